//! Alternative weights of events: against cross sections that are computed anew, against
//! the formula, and in files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use omnis::beam::PdfSet;
use omnis::event::read_lhe;
use serde_json::Value;

#[path = "common/mean.rs"]
mod mean;
#[path = "common/pdf_set.rs"]
mod pdf_set;
#[path = "common/program.rs"]
mod program;

use pdf_set::{MadeSet, spread};

use mean::mean;
use program::{done, fails, json};

/// A card with top pairs and a jet of mixed orders, or Drell-Yan, at the scales given.
fn card(process: &str, mu_r: &str, mu_f: &str, rest: &str) -> String {
    format!(
        "[process]\ngenerate = [\"{process}\"]\n[beams]\nparticles = [\"p\", \"p\"]\n\
         energies = [6500, 6500]\n[scales]\nmu_r = {mu_r}\nmu_f = {mu_f}\n\
         [run]\naccuracy = 0.002\nevents = 20000\nseed = 5\n{rest}"
    )
}

fn write(at: &Path, name: &str, text: &str) {
    fs::write(at.join(name), text).unwrap();
}

const SCALES: &str = "[weights]\nmu_r = [0.5, 1, 2]\nmu_f = [2, 0.5]\n\
                      scales = [\"transverse_mass\"]\n";

#[test]
fn weights_give_the_cross_sections_of_other_scales() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // QCD and electroweak production of top pairs: powers 2 and 0 of the strong coupling.
    let process = "p p > t t~ QCD<=2 QED<=2";
    let own = "\"half_transverse_mass\"";
    write(at, "x.toml", &card(process, own, own, SCALES));
    done(at, "generate x.toml -o x.lhe");
    let (run, events) = read_lhe(at.join("x.lhe")).unwrap();
    assert_eq!(run.weights.len(), 18);
    assert_eq!(run.weights[0].id, "1001");
    for event in &events {
        // The nominal weight is the weight.
        assert!((event.weights[0] / event.weight - 1.0).abs() < 1e-12);
    }
    let text = |k: usize| run.weights[k].text.trim().to_owned();
    for (k, words, mu_r, mu_f) in [
        (
            1,
            "MUR=1.0 MUF=1.0 dyn_scale_choice=2",
            "transverse_mass",
            "transverse_mass",
        ),
        (
            2,
            "MUR=2.0 MUF=1.0",
            "2 * half_transverse_mass",
            "half_transverse_mass",
        ),
        (
            4,
            "MUR=0.5 MUF=1.0",
            "0.5 * half_transverse_mass",
            "half_transverse_mass",
        ),
        (
            16,
            "MUR=0.5 MUF=0.5",
            "0.5 * half_transverse_mass",
            "0.5 * half_transverse_mass",
        ),
        (
            9,
            "MUR=2.0 MUF=2.0 dyn_scale_choice=2",
            "2 * transverse_mass",
            "2 * transverse_mass",
        ),
    ] {
        assert_eq!(text(k), words);
        let (weighted, error) = mean(&events, |e| e.weights[k]);
        let quoted = |scale: &str| format!("\"{scale}\"");
        write(
            at,
            "y.toml",
            &card(process, &quoted(mu_r), &quoted(mu_f), ""),
        );
        let anew = json(&done(at, "integrate y.toml --json"));
        let number = |key: &str| anew[key].as_f64().unwrap();
        let (value, own_error) = (number("xsec_pb"), number("xsec_err_pb"));
        // The events carry the error of the run's own cross section, too.
        let error = error.hypot(own_error).hypot(0.002 * value);
        let pull = (weighted - value) / error;
        assert!(pull.abs() < 3.0, "{words}: {weighted} {value} {error}");
        assert!(error < 0.006 * value, "{words}: {error}");
        let plain = mean(&events, |e| e.weight).0;
        assert!(
            (weighted / plain - 1.0).abs() > 0.01,
            "{words} changes something"
        );
    }
}

#[test]
fn weights_of_files_are_those_of_generation_and_of_reweighting() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let process = "p p > e+ e- j";
    let cuts = "[cuts]\nrequire = [\"pt(j) > 20\", \"m(e+, e-) > 50\"]\n";
    let plain = card(
        process,
        "\"transverse_mass\"",
        "\"half_transverse_mass\"",
        cuts,
    );
    let plain = plain
        .replace("events = 20000", "events = 500")
        .replace("0.002", "0.02");
    let pdf = "pdf = [\"NNPDF23_lo_as_0130_qed\"]\n";
    write(at, "plain.toml", &plain);
    write(at, "x.toml", &format!("{plain}{SCALES}{pdf}"));
    done(at, "generate plain.toml -o plain.lhe");
    for threads in [1, 2] {
        done(
            at,
            &format!("generate x.toml --threads {threads} -o {threads}.lhe"),
        );
    }
    assert!(fs::read(at.join("1.lhe")).unwrap() == fs::read(at.join("2.lhe")).unwrap());
    let (run, events) = read_lhe(at.join("1.lhe")).unwrap();
    let (_, bare) = read_lhe(at.join("plain.lhe")).unwrap();
    // Weights change nothing else.
    for (event, bare) in events.iter().zip(&bare) {
        assert_eq!(event.particles, bare.particles);
        assert_eq!(event.weight, bare.weight);
    }
    assert_eq!(run.weights.len(), 19);
    done(at, "reweight plain.lhe --card x.toml -o again.lhe");
    let (other, again) = read_lhe(at.join("again.lhe")).unwrap();
    assert_eq!(other.weights, run.weights);
    for (a, b) in events.iter().zip(&again) {
        for (x, y) in a.weights.iter().zip(&b.weights) {
            assert!((x / y - 1.0).abs() < 1e-6, "{x} {y}");
        }
    }
    // The set of the run, with its own name: the nominal weight again.
    for event in &events {
        assert!((event.weights[18] / event.weight - 1.0).abs() < 1e-12);
    }
    done(at, "verify again.lhe");
    let text = fs::read_to_string(at.join("1.lhe")).unwrap();
    for part in [
        "<weightgroup name=\"Central scale variation\" combine=\"envelope\">\n<weight id=\"1001\" \
         MUR=\"1.0\" MUF=\"1.0\" PDF=\"247000\" name=\"MUR=1_MUF=1_PDF=247000\">",
        "<weightgroup name=\"NNPDF23_lo_as_0130_qed\" combine=\"",
        "DYN_SCALE=\"2\"",
        "<wgt id='1001'>",
    ] {
        assert!(
            text.contains(part),
            "{part}\n{}",
            &text[..6000.min(text.len())]
        );
    }
}

#[test]
fn ratios_follow_the_formula() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "x.toml", &card("p p > t t~", "100", "100", ""));
    let text = fs::read_to_string(at.join("x.toml")).unwrap();
    write(at, "x.toml", &text.replace("events = 20000", "events = 20"));
    done(at, "generate x.toml -o x.lhe");
    let weights = "evaluate x.toml --events x.lhe --json --weights";
    let output = program::command(at, weights)
        .arg("--mur=2,4 --muf=1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let found = json(&output);
    let events = found["events"].as_array().unwrap();
    assert_eq!(events.len(), 20);
    // The coupling of the set at 100, 200 and 400 GeV: the squares of its ratios.
    let alpha_s = |mu: &str| {
        write(
            at,
            "y.toml",
            &text.replace("mu_r = 100", &format!("mu_r = {mu}")),
        );
        let found = json(&done(at, "evaluate y.toml --events x.lhe --json"));
        found["events"][0]["alpha_s"].as_f64().unwrap()
    };
    let nominal = alpha_s("100");
    for (name, mu) in [
        ("MUR=2_MUF=1_PDF=247000", "200"),
        ("MUR=4_MUF=1_PDF=247000", "400"),
    ] {
        let expected = (alpha_s(mu) / nominal).powi(2);
        for event in events {
            let all: BTreeMap<String, Value> =
                serde_json::from_value(event["weights"].clone()).unwrap();
            assert_eq!(all.len(), 3);
            let ratio = all[name].as_f64().unwrap();
            assert!(
                (ratio / expected - 1.0).abs() < 1e-12,
                "{name}: {ratio} {expected}"
            );
        }
    }
}

#[test]
fn events_of_another_card_get_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = card("p p > t t~", "\"transverse_mass\"", "100", SCALES);
    let text = text.replace("events = 20000", "events = 20");
    write(at, "x.toml", &text);
    done(at, "generate x.toml -o x.lhe");
    for (from, to, part) in [
        (
            "\"transverse_mass\"\nmu_f",
            "\"partonic_energy\"\nmu_f",
            "renormalisation scale",
        ),
        ("mu_f = 100", "mu_f = 120", "expected 120 GeV"),
        (
            "[6500, 6500]",
            "[7000, 7000]",
            "beams of [6500.0, 6500.0] GeV",
        ),
        ("p p > t t~", "p p > b b~", "is no subprocess of the card"),
    ] {
        assert!(text.contains(from), "{from}");
        write(at, "y.toml", &text.replacen(from, to, 1));
        let message = fails(at, "reweight x.lhe --card y.toml -o y.lhe", 2);
        assert!(message.contains(part), "{from}: {message}");
        assert!(!at.join("y.lhe").exists());
    }
}

#[test]
fn weights_that_cannot_be_had_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let message = |weights: &str| {
        write(at, "x.toml", &card("p p > t t~", "100", "100", weights));
        fails(at, "generate x.toml -o x.lhe", 2)
    };
    write(at, "y.toml", &card("p p > t t~", "100", "100", ""));
    let none = fails(at, "reweight y.lhe --card y.toml -o z.lhe", 2);
    assert!(none.contains("asks for no weights"), "{none}");
    let scale = message("[weights]\nscales = [\"transverse_mas\"]\n");
    assert!(
        scale.contains("line 14") && scale.contains("did you mean"),
        "{scale}"
    );
    let factor = message("[weights]\nmu_r = [0]\n");
    assert!(factor.contains("from 0.001 to 1000"), "{factor}");
    let set = message("[weights]\npdf = [\"NNPDF23_lo_as_0130_qe\"]\n");
    assert!(set.contains("NNPDF23_lo_as_0130_qed"), "{set}");
    // A cross section alone needs none.
    program::done(at, "integrate x.toml --accuracy 0.1");
    let member = message("[weights]\npdf = [\"NNPDF23_lo_as_0130_qed@7\"]\n");
    assert!(
        member.contains("member 7") && member.contains("0 to 0"),
        "{member}"
    );
    assert!(!at.join("x.lhe").exists());
}

#[test]
fn ratios_are_those_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let golden: Value = serde_json::from_str(include_str!("golden/weights.json")).unwrap();
    for (sample, process, scale) in [
        ("dy0", "p p > e+ e-", "\"clustering\""),
        ("dy1", "p p > e+ e- j", "\"half_transverse_mass\""),
    ] {
        let cuts = "[cuts]\nrequire = [\"m(e+, e-) > 1\"]\n";
        let cuts = if sample == "dy0" {
            cuts
        } else {
            "[cuts]\nrequire = [\"pt(j) > 5\", \"m(e+, e-) > 1\"]\n"
        };
        write(at, "x.toml", &card(process, scale, scale, cuts));
        let events = format!(
            "{}/tests/golden/weights_{sample}.lhe",
            env!("CARGO_MANIFEST_DIR")
        );
        let output = program::command(
            at,
            &format!("evaluate x.toml --events {events} --json --weights"),
        )
        .arg("--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4")
        .output()
        .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let found = json(&output);
        let rows = golden[sample].as_array().unwrap();
        assert_eq!(
            (rows.len(), found["events"].as_array().unwrap().len()),
            (12, 12)
        );
        for (k, row) in rows.iter().enumerate() {
            let row = row.as_object().unwrap();
            assert!(row.len() >= 40);
            for (name, expected) in row {
                let ratio = found["events"][k]["weights"][name].as_f64().unwrap();
                let expected = expected.as_f64().unwrap();
                assert!(
                    (ratio / expected - 1.0).abs() < 1e-6,
                    "{sample} {k} {name}: {ratio} {expected}"
                );
            }
        }
    }
}

/// A set with members that differ, two of them in their strong coupling.
fn made(name: &str, index: usize, error_type: &str, n_members: usize, at: &Path) -> String {
    let set = MadeSet {
        name,
        index,
        error_type,
        n_members,
        info: "ErrorConfLevel: 90\n",
        factor: &spread,
        alpha_s: &|member| match n_members - member {
            1 => 0.121,
            2 => 0.115,
            _ => 0.118,
        },
    };
    set.write(at).display().to_string()
}

/// A command that finds the sets in its folder.
fn with_sets(at: &Path, arguments: &str) -> Output {
    let mut command = program::command(at, arguments);
    let output = command.env("LHAPDF_DATA_PATH", at).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments}: {message}");
    output
}

#[test]
fn ratios_of_members_follow_the_formula() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let set = made("Made", 990_000, "hessian+as", 13, at);
    let rest = "[weights]\npdf = [990003, \"Made@12\"]\n";
    let text = card("p p > t t~", "\"transverse_mass\"", "120", rest);
    write(at, "x.toml", &text.replace("events = 20000", "events = 40"));
    with_sets(at, "generate x.toml -o x.lhe");
    let (run, events) = read_lhe(at.join("x.lhe")).unwrap();
    // An id stands for the whole set.
    assert_eq!(run.weights.len(), 14);
    let own = PdfSet::embedded();
    let members: Vec<PdfSet> = (0..13).map(|k| PdfSet::load(&set, k).unwrap()).collect();
    for event in &events {
        let density = |pdf: &PdfSet| -> f64 {
            let of_beam = |k: usize| {
                let parton = &event.particles[k];
                let x = parton.p[0] / 6500.0;
                pdf.xf_point(parton.pdg, x, event.scales.mu_f[k].powi(2))
            };
            let alpha_s = pdf.alpha_s().unwrap().at(event.scales.mu_r);
            of_beam(0) * of_beam(1) * alpha_s.powi(2)
        };
        for (k, weight) in event.weights.iter().enumerate() {
            let expected = density(&members[k.min(12)]) / density(&own);
            let ratio = weight / event.weight;
            assert!(
                (ratio / expected - 1.0).abs() < 1e-9,
                "{k}: {ratio} {expected}"
            );
        }
        assert_eq!(event.weights[12], event.weights[13]);
        assert_ne!(event.weights[0], event.weights[11]);
    }
}

/// Parton densities may be negative, and so are events then.
#[test]
fn negative_densities_make_events_of_either_sign() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let set = MadeSet {
        name: "Negative",
        index: 990_000,
        error_type: "unknown",
        n_members: 1,
        info: "ForcePositive: 0\n",
        factor: &|_, flavour, x| if flavour < 0 && x > 0.02 { -0.5 } else { 1.0 },
        alpha_s: &|_| 0.118,
    };
    set.write(at);
    let text = "process.generate = ['p p > e+ e-']\ncuts.require = ['m(e+, e-) > 60']\n\
                run.accuracy = 0.01\nrun.events = 500\n";
    write(at, "p.toml", text);
    write(at, "n.toml", &format!("{text}beams.pdf = 'Negative'\n"));
    for (card, strategy) in [("p", 4), ("n", -4)] {
        with_sets(at, &format!("generate {card}.toml -o {card}.lhe"));
        with_sets(at, &format!("verify {card}.lhe"));
        let (run, events) = read_lhe(at.join(format!("{card}.lhe"))).unwrap();
        assert_eq!(run.weight_strategy, strategy);
        let n = events.iter().filter(|e| e.weight < 0.0).count();
        assert_eq!(n > 0, strategy < 0, "{n} negative weights");
    }
}
