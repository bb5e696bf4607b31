//! Merged samples: cross sections of multiplicities, records that a shower merges, and
//! what is regulated by the cut on the scales of emissions.

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use omnis::event::{Event, read_lhe};
use program::{command, done, fails, json};
use serde_json::Value;

/// A card of one multiplicity at 13 TeV, with the coupling of MadGraph's `nn23lo1`.
fn card(process: &str, cuts: &str, merging: &str) -> String {
    format!(
        "process.generate = [{process}]\ncuts.require = [{cuts}]\n\
         beams.pdf = 'NNPDF23_lo_as_0130_qed'\n\
         scales.alpha_s = {{ value = 0.13, at = 91.188, loops = 2, thresholds = [1.42, 4.7] }}\n\
         run.accuracy = 0.003\nrun.events = 400\n[merging]\n{merging}\n"
    )
}

const JET: &str = "'pt(j) > 20', '|eta(j)| < 5'";
const JETS: &str = "'pt(j) > 20', '|eta(j)| < 5', 'm(j, j) > 20'";

fn integrated(folder: &Path, text: &str) -> (f64, f64) {
    fs::write(folder.join("a.toml"), text).unwrap();
    let found = json(&done(folder, "integrate a.toml --json"));
    let number = |key: &str| found[key].as_f64().unwrap();
    (number("xsec_pb"), number("xsec_err_pb"))
}

/// Cross sections of MadGraph5_aMC@NLO 3.5.7 with `ickkw = 1`, `xqcut = 20`. For W + jets
/// its events at fixed scales, times the weights of an independent clustering that follows
/// the event alone and not the channel; for top quarks, where both agree, as they are.
#[test]
fn cross_sections_of_multiplicities_are_those_of_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    let without = "xqcut = 20\npdfwgt = false";
    for (process, cuts, merging, expected) in [
        ("'p p > w+, w+ > e+ ve'", "", without, (9101.3, 2.4)),
        ("'p p > w+ j, w+ > e+ ve'", JET, without, (2797.4, 3.4)),
        ("'p p > w+ j j, w+ > e+ ve'", JETS, without, (1236.4, 2.5)),
        ("'p p > t t~'", "", "xqcut = 20", (503.501, 0.675)),
        ("'p p > t t~ j'", JET, "xqcut = 20", (848.8, 2.2)),
    ] {
        let (found, error) = integrated(folder.path(), &card(process, cuts, merging));
        let pull = (found - expected.0) / error.hypot(expected.1);
        let apart = found / expected.0 - 1.0;
        assert!(
            pull.abs() < 3.5 && apart.abs() < 0.01,
            "{process}: {found} +- {error} pb, expected {expected:?}: {pull:.1} sigma, {apart:.4}"
        );
    }
}

fn scales_line(event: &Event) -> Vec<(usize, f64)> {
    let line = event
        .rest
        .lines()
        .find(|l| l.starts_with("<scales"))
        .unwrap();
    let words = line.split_whitespace();
    words
        .filter_map(|word| {
            let (place, value) = word.strip_prefix("pt_clust_")?.split_once('=')?;
            let value = value.split('"').nth(1)?;
            Some((place.parse().unwrap(), value.parse().unwrap()))
        })
        .collect()
}

#[test]
fn records_say_at_which_scale_every_particle_was_radiated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let text = card(
        "'p p > t t~ j @1', 'p p > t t~ @0'",
        JET,
        "xqcut = 20\nalpsfact = 0.5",
    );
    fs::write(path.join("a.toml"), text).unwrap();
    done(path, "generate a.toml -o a.lhe --threads 2");
    let (run, events) = read_lhe(path.join("a.lhe")).unwrap();
    let header = run.header_text("MGRunCard").unwrap();
    let values: Vec<&str> = header.lines().map(str::trim).collect();
    assert_eq!(
        values,
        [
            "1 = ickkw",
            "20.0 = xqcut",
            "4 = maxjetflavor",
            "0.5 = alpsfact"
        ]
    );
    let found = json(&done(path, "evaluate a.toml --events a.lhe --json"));
    let found = found["events"].as_array().unwrap();
    let (mut n_jets, mut n_emitted) = (0, 0);
    for (event, found) in events.iter().zip(found) {
        let own = scales_line(event);
        let finals = event.particles.iter().filter(|p| p.status == 1);
        assert_eq!(own.len(), finals.count());
        for (place, scale) in own {
            let expected = found["pt_clust"][place - 1].as_f64().unwrap();
            assert!((scale / expected - 1.0).abs() < 1e-6, "{scale} {expected}");
            let particle = &event.particles[place - 1];
            let is_jet = particle.pdg.abs() < 6 || particle.pdg == 21;
            assert_eq!(scale < 13000.0, is_jet, "{place} {event:?}");
            assert!(!is_jet || scale >= 20.0);
            n_jets += usize::from(is_jet);
        }
        assert_eq!(found["passes_xqcut"], true);
        let n_strong = found["alpha_s_scales"].as_array().unwrap().len();
        let factor = found["alpha_s_factor"].as_f64().unwrap();
        // A jet at the core has the coupling of the event.
        assert!(n_strong <= usize::from(event.process_id == 1));
        n_emitted += n_strong;
        assert_eq!(factor == 1.0, n_strong == 0);
        let start = event.scales.start;
        assert_eq!(start, event.scales.larger_mu_f());
    }
    assert!(
        n_jets > 100 && 2 * n_emitted > n_jets,
        "{n_jets} {n_emitted}"
    );
    // The same bytes for any number of threads.
    let first = fs::read(path.join("a.lhe")).unwrap();
    done(path, "generate a.toml -o a.lhe --threads 1");
    assert_eq!(fs::read(path.join("a.lhe")).unwrap(), first);
}

#[test]
fn the_cut_on_emissions_regulates_what_they_are_singular_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let write = |text: &str| fs::write(path.join("a.toml"), text).unwrap();
    let cuts = "'|eta(j)| < 5'";
    write(&card("'p p > w+ j j'", cuts, "xqcut = 20"));
    done(path, "inspect a.toml");
    // Without a cut on jets themselves; what is left recoils.
    for process in ["'p p > e+ ve j'", "'p p > e+ ve j j'"] {
        write(&card(process, "", "xqcut = 20"));
        done(path, "inspect a.toml");
    }
    // Photons are no emissions.
    write(&card("'p p > e+ e- j'", cuts, "xqcut = 20"));
    let message = fails(path, "inspect a.toml", 2);
    assert!(message.contains("require \"m(e+, e-) > 50\""), "{message}");
    write(&card("'p p > w+ j j'", cuts, "xqcut = 0"));
    let message = fails(path, "inspect a.toml", 2);
    assert!(message.contains("can become parallel"), "{message}");
}

#[test]
fn wrong_values_of_merging_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (merging, part) in [
        ("xqcut = -1", "must be a scale in GeV from 0, but is -1"),
        ("pdfwgt = true", "key 'xqcut' is missing in [merging]"),
        (
            "xqcut = 20\nmaxjetflavor = 7",
            "must be from 3 to 6, but is 7",
        ),
        (
            "xqcut = 20\nmaxjetflavor = 3",
            "found 3, expected at least 4",
        ),
        (
            "xqcut = 20\nalpsfact = 0",
            "must be from 0.001 to 1000, but is 0",
        ),
        ("xqcut = 20\nxcut = 20", "xcut"),
    ] {
        fs::write(path.join("a.toml"), card("'p p > t t~'", "", merging)).unwrap();
        let message = fails(path, "integrate a.toml", 2);
        assert!(message.contains(part), "{merging}: {message}");
    }
}

#[test]
fn a_cut_on_emissions_that_leaves_nothing_and_decays_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(
        path.join("a.toml"),
        card("'p p > t t~ j'", "", "xqcut = 9000"),
    )
    .unwrap();
    let message = fails(path, "integrate a.toml", 1);
    assert!(
        message.contains("an emission below merging.xqcut = 9000 GeV"),
        "{message}"
    );
    let text = "process.generate = ['t > w+ b']\nmerging.xqcut = 20\n";
    fs::write(path.join("a.toml"), text).unwrap();
    let message = fails(path, "integrate a.toml", 2);
    let expected = "[merging]: found the decay 't > w+ b'";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn events_with_other_settings_of_merging_get_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let text = card("'p p > w+ j'", JET, "xqcut = 20");
    let weights = "[weights]\nmu_r = [0.5, 1, 2]\n";
    fs::write(path.join("a.toml"), format!("{text}{weights}")).unwrap();
    done(path, "generate a.toml -o a.lhe");
    done(path, "reweight a.lhe --card a.toml -o same.lhe");
    let other = text.replace("xqcut = 20", "xqcut = 20\nalpsfact = 2");
    fs::write(path.join("b.toml"), format!("{other}{weights}")).unwrap();
    let message = fails(path, "reweight a.lhe --card b.toml -o b.lhe", 2);
    for part in [
        "found events made with [merging]",
        "alpsfact = 1,",
        "alpsfact = 2,",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!path.join("b.lhe").exists());
}

/// Weights of merged events of MadGraph, which state their couplings and densities.
#[test]
fn weights_of_merged_events_are_those_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let golden: Value = serde_json::from_str(include_str!("golden/weights.json")).unwrap();
    for (sample, merging) in [
        ("W1j_mlm", "xqcut = 20"),
        ("W2j_mlm", "xqcut = 20"),
        ("Wj_nopdfwgt", "xqcut = 20\npdfwgt = false"),
    ] {
        let process = "'p p > e+ ve j', 'p p > e+ ve j j'";
        fs::write(path.join("a.toml"), card(process, JETS, merging)).unwrap();
        let root = env!("CARGO_MANIFEST_DIR");
        let events = format!("{root}/tests/golden/weights_{sample}.lhe");
        let line = format!("evaluate a.toml --events {events} --json --weights");
        let options = "--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4 --alps=0.5,1,2";
        let output = command(path, &line).arg(options).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}");
        let found = json(&output);
        let rows = golden[sample].as_array().unwrap();
        assert_eq!(rows.len(), found["events"].as_array().unwrap().len());
        for (k, row) in rows.iter().enumerate() {
            let row = row.as_object().unwrap();
            assert!(row.len() >= 46);
            for (name, expected) in row {
                let ratio = found["events"][k]["weights"][name].as_f64().unwrap();
                let apart = ratio / expected.as_f64().unwrap() - 1.0;
                assert!(
                    apart.abs() < 1e-6,
                    "{sample} {k} {name}: {ratio} {expected}"
                );
            }
        }
    }
}

/// Sums of weights of merged events are the cross sections of other settings. Weights of
/// other emission scales have these in the densities, too, as MadGraph's; there without.
#[test]
fn weights_of_merged_events_give_the_cross_sections_of_other_settings() {
    let weights = "[weights]\nmu_r = [0.5]\nmu_f = [2]\nalpha_s_factor = [0.5]\n";
    let mu_r = "scales.mu_r = '0.5 * clustering'\n[merging]";
    let mu_f = "scales.mu_f = '2 * clustering'\n[merging]";
    let factor = "xqcut = 20\nalpsfact = 0.5";
    for (merging, rows) in [
        (
            "xqcut = 20",
            &[
                ("MUR=0.5 MUF=1.0", "[merging]", mu_r),
                ("MUR=1.0 MUF=2.0", "[merging]", mu_f),
            ][..],
        ),
        (
            "xqcut = 20\npdfwgt = false",
            &[("MUR=1.0 MUF=1.0 ALPSFACT=0.5", "xqcut = 20", factor)],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        // Ratios of weights have the coupling of the set.
        let own = card("'p p > t t~ j'", JET, merging);
        let is_other = |line: &&str| !line.starts_with("scales.alpha_s");
        let own: String = own
            .lines()
            .filter(is_other)
            .map(|l| format!("{l}\n"))
            .collect();
        let text = format!("{own}{weights}").replace("events = 400", "events = 10000");
        fs::write(path.join("a.toml"), text).unwrap();
        done(path, "generate a.toml -o a.lhe");
        let (run, events) = read_lhe(path.join("a.lhe")).unwrap();
        let n = events.len() as f64;
        for (words, from, to) in rows {
            let at = run.weights.iter().position(|w| w.text.trim() == *words);
            let at = at.unwrap_or_else(|| panic!("{words}: {:?}", run.weights));
            let mean = events.iter().map(|e| e.weights[at]).sum::<f64>() / n;
            let square = events.iter().map(|e| e.weights[at].powi(2)).sum::<f64>() / n;
            let of_sample = ((square - mean * mean) / n).sqrt();
            let (expected, error) = integrated(path, &own.replace(from, to));
            // The sample has the cross section of its own integral, at 0.3 %.
            let error = error.hypot(of_sample).hypot(0.003 * mean);
            let pull = (mean - expected) / error;
            assert!(
                pull.abs() < 3.5,
                "{words}: {mean}, expected {expected}: {pull:.1} sigma"
            );
            assert!((mean / events[0].weight - 1.0).abs() > 0.01, "{words}");
        }
    }
}

/// Bottom quarks with mass couple at their own scales where the card says so, and jets of
/// them are cut.
#[test]
fn heavy_quarks_are_what_the_card_makes_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let of = |merging: &str| {
        let text = card(
            "'u d~ > w+ b b~'",
            "",
            &format!("pdfwgt = false\n{merging}"),
        );
        integrated(folder.path(), &text)
    };
    let differs = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() > 5.0 * a.1.hypot(b.1);
    let coupled = of("xqcut = 20");
    let plain = of("xqcut = 20\nasrwgtflavor = 4");
    let jets = of("xqcut = 20\nmaxjetflavor = 5");
    assert!(
        coupled.0 > plain.0 && differs(coupled, plain),
        "{coupled:?} {plain:?}"
    );
    assert!(
        jets.0 < coupled.0 && differs(jets, coupled),
        "{jets:?} {coupled:?}"
    );
}

/// Two partons have one scale: densities and couplings are those of the event.
#[test]
fn two_partons_have_no_lines_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let of = |pdfwgt: bool| {
        let merging = format!("xqcut = 20\npdfwgt = {pdfwgt}");
        let text = card("'p p > j j'", "'pt(j) > 20', '|eta(j)| < 5'", &merging);
        fs::write(folder.path().join("a.toml"), text).unwrap();
        let found = json(&done(
            folder.path(),
            "integrate a.toml --json --accuracy 0.01",
        ));
        let warnings = found["warnings"].to_string();
        assert!(!warnings.contains("not finite"), "{warnings}");
        found["xsec_pb"].as_f64().unwrap()
    };
    let (with, without) = (of(true), of(false));
    assert!((with / without - 1.0).abs() < 1e-9, "{with} {without}");
}
