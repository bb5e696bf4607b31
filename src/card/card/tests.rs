//! Tests of the card: every key is read, and what is wrong is named.

use super::*;

const FULL: &str = r#"# Drell-Yan
[process]
generate = ["p p > ell+ e-"]
define = { "ell+" = ["e+", "mu+"] }
[model]
name = "sm"
scheme = "MW"
restrict = []
set = { aS = 0.118, WT = "auto" }
param_card = "param.dat"
[beams]
particles = ["p", "p~"]
energies = [980.0, 980]
pdf = "NNPDF23_lo_as_0130_qed"
member = 3
polarisation = [0, -0.8]
[scales]
mu_r = "0.5 * transverse_mass"
mu_f = 91.188
alpha_s = { value = 0.130, at = 91.188, loops = 1, thresholds = [1.42, 4.7, 172.5] }
[cuts]
require = ["m(l+, l-) > 50", "pt(l+) > 10"]
allow_singular = true
[run]
events = 1e5
seed = 7
accuracy = 0.01
output = "out.lhe"
max_overweight = 0
sampler = "flow"
training = 2.5
device = "cpu"
bw_cutoff = 12.5
small_width_treatment = 1e-5
me_frame = [3, 4]
threads = 2
time_of_flight = 0.5
event_norm = "sum"
bias = "ht^2"
"#;

fn message(rest: &str) -> String {
    let text = format!("[process]\ngenerate = [\"p p > e+ e-\"]\n{rest}");
    let error = Card::from_str(&text, "card.toml").unwrap_err();
    let error = error.to_string();
    error.strip_prefix("card.toml, ").unwrap().to_string()
}

#[test]
fn every_key_is_read() {
    let card = Card::from_str(FULL, "card.toml").unwrap();
    assert_eq!(card.text, FULL);
    assert_eq!(card.process.generate, ["p p > ell+ e-"]);
    assert_eq!(card.process.define["ell+"], ["e+", "mu+"]);
    assert_eq!(card.model.scheme.as_deref(), Some("MW"));
    assert_eq!(card.model.set["aS"], 0.118);
    assert!(card.model.set.auto().eq(["WT"]));
    assert_eq!(card.model.param_card, Some("param.dat".into()));
    assert_eq!(card.beams.particles, ["p", "p~"]);
    assert_eq!(card.beams.energies, [980.0, 980.0]);
    assert_eq!(card.beams.pdf.as_deref(), Some("NNPDF23_lo_as_0130_qed"));
    assert_eq!(card.beams.member, 3);
    assert_eq!(card.beams.polarisation, [0.0, -0.8]);
    assert_eq!(card.scales.mu_r, "transverse_mass / 2".parse().unwrap());
    assert_eq!(card.scales.mu_f.0, [ScaleChoice::fixed(91.188).unwrap(); 2]);
    assert_eq!(
        card.scales.alpha_s,
        Some(AlphaSChoice::Running(RunningCoupling {
            value: 0.130,
            at: 91.188,
            loops: 1,
            thresholds: vec![1.42, 4.7, 172.5],
        }))
    );
    assert_eq!(card.cuts.require.len(), 2);
    assert!(card.cuts.allow_singular);
    let run = RunCard {
        events: 100_000,
        seed: 7,
        accuracy: 0.01,
        output: "out.lhe".into(),
        max_overweight: 0.0,
        sampler: SamplerKind::Flow,
        training: 2.5,
        device: DeviceChoice::Cpu,
        bw_cutoff: 12.5,
        small_width_treatment: 1e-5,
        me_frame: vec![3, 4],
        threads: 2,
        time_of_flight: Some(0.5),
        event_norm: EventNorm::Sum,
        bias: Some("ht^2".into()),
    };
    assert_eq!(card.run, run);
}

#[test]
fn the_old_name_of_the_accuracy_is_read_with_a_note() {
    let old = FULL.replace("accuracy", "precision");
    let card = Card::from_str(&old, "card.toml").unwrap();
    assert_eq!(card.run.accuracy, 0.01);
    assert_eq!(
        card.old_names(),
        ["run.precision is the old name of run.accuracy"]
    );
    let new = Card::from_str(FULL, "card.toml").unwrap();
    assert!(new.old_names().is_empty());
    let both = message("[run]\nprecision = 0.1\naccuracy = 0.1");
    assert!(both.contains("accuracy"), "{both}");
}

#[test]
fn only_a_process_is_required() {
    let card = Card::from_str("process.generate = 'p p > e+ e-'", "card.toml").unwrap();
    assert_eq!(card.process.generate, ["p p > e+ e-"]);
    assert_eq!(card.model, ModelCard::default());
    assert_eq!(card.beams, BeamsCard::default());
    assert_eq!(card.scales, ScalesCard::default());
    assert_eq!(card.cuts, CutsCard::default());
    assert_eq!(card.run, RunCard::default());
    assert_eq!(card.model.name, "sm");
}

#[test]
fn what_is_written_is_read_again() {
    let card = Card::from_str(FULL, "card.toml").unwrap();
    let text = toml::to_string(&card).unwrap();
    let again = Card::from_str(&text, "card.toml").unwrap();
    assert_eq!(
        Card {
            text: card.text.clone(),
            ..again
        },
        card
    );
}

#[test]
fn the_strong_coupling_is_fixed_or_runs_with_defaults() {
    let read = |value: &str| {
        let text = format!("process.generate = 'a'\nscales.alpha_s = {value}");
        Card::from_str(&text, "").unwrap().scales.alpha_s.unwrap()
    };
    assert_eq!(read("0.118"), AlphaSChoice::Fixed(0.118));
    assert_eq!(
        read("{ value = 0.118 }"),
        AlphaSChoice::Running(RunningCoupling {
            value: 0.118,
            at: 91.1876,
            loops: 2,
            thresholds: vec![1.42, 4.7],
        })
    );
}

#[test]
fn unknown_keys_come_with_the_nearest_valid_one() {
    assert_eq!(
        message("[run]\nevnts = 5\n"),
        "line 4, column 1: unknown key 'evnts' in [run]; did you mean 'events'?"
    );
    assert_eq!(
        message("[beam]\nmember = 5\n"),
        "line 3, column 2: unknown section or key 'beam'; did you mean 'beams'?"
    );
    assert_eq!(
        message("[scales]\nrenormalisation = 5\n"),
        "line 4, column 1: unknown key 'renormalisation' in [scales]; known here: mu_r, mu_f, alpha_s"
    );
    assert_eq!(
        message("[beams]\nevents = 5\n"),
        "line 4, column 1: unknown key 'events' in [beams]; it is a key of [run]"
    );
    assert_eq!(
        message("[scales]\nalpha_s = { value = 0.118, loop = 2 }\n"),
        "line 4, column 28: unknown key 'loop' in [scales.alpha_s]; did you mean 'loops'?"
    );
}

#[test]
fn numbers_out_of_range_are_refused_where_they_stand() {
    for (rest, error) in [
        (
            "[beams]\nenergies = [6500, -6500.0]",
            "line 4, column 12: beams.energies: must be positive energies in GeV, but one is -6500",
        ),
        (
            "[beams]\nenergies = [6500.0]",
            "line 4, column 12: beams.energies: found a list of 1, expected two energies in GeV, as in [6500.0, 6500.0]",
        ),
        (
            "[beams]\nmember = -1",
            "line 4, column 10: beams.member: found -1: must not be negative",
        ),
        (
            "[run]\nevents = 0",
            "line 4, column 10: run.events: must be at least 1, but is 0",
        ),
        (
            "[run]\nevents = 1.5",
            "line 4, column 10: run.events: found 1.5: not a whole number, as in 10000, 1e4 or 10k",
        ),
        (
            "[run]\naccuracy = nan",
            "line 4, column 12: run.accuracy: must be above 0 and below 1, but is NaN",
        ),
        (
            "[run]\ntraining = 0",
            "line 4, column 12: run.training: must be above 0 and at most 1000, but is 0",
        ),
        (
            "[run]\nmax_overweight = -0.1",
            "line 4, column 18: run.max_overweight: must be at least 0 and below 1, but is -0.1",
        ),
        (
            "[model]\nset = { aS = inf }",
            "line 4, column 7: model.set: 'aS' must be finite, but is inf",
        ),
        (
            "[scales]\nmu_r = -5",
            "line 4, column 8: scales.mu_r: scale '-5' is not a positive number",
        ),
        (
            "[scales]\nmu_f = \"transverse_mas\"",
            "line 4, column 8: scales.mu_f: scale 'transverse_mas': unknown quantity 'transverse_mas'; did you mean 'transverse_mass'?",
        ),
        (
            "[scales]\nalpha_s = 1.18",
            "line 4, column 11: scales.alpha_s: must be above 0 and below 1, but is 1.18",
        ),
        (
            "[scales]\nalpha_s = { value = 0.118, loops = 5 }",
            "line 4, column 36: scales.alpha_s.loops: must be 1, 2, 3 or 4, but is 5",
        ),
        (
            "[scales]\nalpha_s = { value = 0.118, thresholds = [5, 2] }",
            "line 4, column 41: scales.alpha_s.thresholds: must be at most three increasing energies in GeV (charm, bottom, top), but is [5.0, 2.0]",
        ),
    ] {
        assert_eq!(message(rest), error);
    }
}

#[test]
fn wrong_types_are_refused_where_they_stand() {
    for (rest, error) in [
        (
            "[run]\nevents = \"many\"",
            "line 4, column 10: run.events: found the text \"many\": not a whole number, as in 10000, 1e4 or 10k",
        ),
        (
            "[cuts]\nrequire = 5",
            "line 4, column 11: cuts.require: found the number 5, expected a string or a list of strings",
        ),
        (
            "[beams]\nenergies = [\"a\", \"b\"]",
            "line 4, column 13: beams.energies: found the text \"a\", expected a number, the energy in GeV",
        ),
        (
            "[beams]\nenergies = 13000",
            "line 4, column 12: beams.energies: found the number 13000, expected two energies in GeV, as in [6500.0, 6500.0]",
        ),
        (
            "[beams]\nparticles = \"pp\"",
            "line 4, column 13: beams.particles: found the text \"pp\", expected two particles, as in [\"p\", \"p\"]",
        ),
        (
            "[process.define]\nx = 5",
            "line 4, column 5: process.define.x: found the number 5, expected a list, as in [1, 2]",
        ),
        (
            "[scales]\nalpha_s = true",
            "line 4, column 11: scales.alpha_s: found true, expected a number or { value = ..., at = ..., loops = ..., thresholds = ... }",
        ),
    ] {
        assert_eq!(message(rest), error);
    }
}

#[test]
fn a_value_where_a_section_is_wanted_is_answered_with_its_keys() {
    let error = Card::from_str("process = \"p p > e+ e-\"\n", "c").unwrap_err();
    assert_eq!(
        error.to_string(),
        "c, line 1, column 11: process: found the text \"p p > e+ e-\", expected the line \
         [process] and below it its keys, which are generate, define"
    );
    let error = Card::from_str("[process]\ngenerate = \"a\"\n[histograms]\nx = 5\n", "c");
    assert_eq!(
        error.unwrap_err().to_string(),
        "c, line 4, column 5: histograms.x: found the number 5, expected keys with values, \
         as in { key = value }"
    );
}

#[test]
fn broken_toml_is_located() {
    assert_eq!(
        message("[run]\nevents = \n"),
        "line 4, column 10: no value, expected one behind the sign '='"
    );
    assert_eq!(
        message("[run\nevents = 5\n"),
        "line 3, column 5: unclosed table, expected ']'"
    );
    assert_eq!(
        message("[run]\nseed = 1\nseed = 2\n"),
        "line 5, column 1: 'seed' stands twice, expected each section and key once"
    );
}

#[test]
fn a_card_without_a_process_is_refused() {
    let message = |text: &str| Card::from_str(text, "c").unwrap_err().to_string();
    assert_eq!(
        message("[run]\nevents = 5\n"),
        "c, line 1, column 1: section [process] is missing"
    );
    assert_eq!(
        message("\n[process]\n"),
        "c, line 2, column 1: key 'generate' is missing in [process]"
    );
    assert_eq!(
        message("[process]\ngenerate = []\n"),
        "c, line 2, column 12: process.generate: expected at least one process, as in [\"p p > e+ e-\"]"
    );
}

#[test]
fn weights_of_the_set_of_the_run_follow_it() {
    let text = "[process]\ngenerate = [\"p p > z\"]\n[beams]\npdf = 247000\n\
                [weights]\npdf = [247000, \"247000@3\", 2470001, \"CT18NLO\"]\n";
    let mut card = Card::from_str(text, "c").unwrap();
    card.use_pdf("NNPDF40");
    assert_eq!(card.beams.pdf.as_deref(), Some("NNPDF40"));
    let asked = ["NNPDF40", "NNPDF40@3", "2470001", "CT18NLO"];
    assert_eq!(card.weights.pdf, asked);

    let mut card = Card::from_str("[process]\ngenerate = [\"p p > z\"]\n", "c").unwrap();
    card.use_pdf("NNPDF40");
    assert_eq!(card.beams.pdf.as_deref(), Some("NNPDF40"));
    assert!(card.weights.pdf.is_empty());
}

#[test]
fn a_missing_file_is_named() {
    let error = Card::from_path(Path::new("no/such/card.toml")).unwrap_err();
    let start = "cannot read card 'no/such/card.toml': ";
    assert!(error.to_string().starts_with(start), "{error}");
}
