//! `$ x` against MadGraph: cross section, mass distribution and what events show; where
//! it acts, and where not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use omnis::event::{Event, read_lhe};
use omnis::kinematics::FourVector;
use omnis::process::ProcessSet;
use serde_json::Value;
use statrs::distribution::{ChiSquared, ContinuousCDF};

#[path = "common/program.rs"]
mod program;

use program::{done, json, omnis};

const N_EVENTS: u64 = 20_000;

/// A card of `p p > e+ e-` at 13 TeV with the cuts of the reference.
fn card(process: &str, cuts: &str, run: &str) -> String {
    format!(
        "[process]\ngenerate = [\"{process}\"]\n[beams]\nparticles = [\"p\", \"p\"]\n\
         energies = [6500, 6500]\n[scales]\nmu_r = 91.188\nmu_f = 91.188\nalpha_s = 0.13\n\
         [cuts]\nrequire = [\"pt(e) > 10\", \"|y(e)| < 2.5\", \"m(e+, e-) > 30\"{cuts}]\n\
         [process.define]\ne = [\"e+\", \"e-\"]\n\
         [run]\naccuracy = 0.0025\nevents = {N_EVENTS}\nseed = 5\n{run}"
    )
}

fn mass(event: &Event) -> f64 {
    let mut sum: FourVector = [0.0; 4];
    for p in event.particles.iter().filter(|p| p.status == 1) {
        sum.iter_mut().zip(p.p).for_each(|(s, x)| *s += x);
    }
    (sum[0] * sum[0] - sum[1] * sum[1] - sum[2] * sum[2] - sum[3] * sum[3]).sqrt()
}

/// Weights and their squares by bin.
fn histogram(events: &[Event], edges: &[f64]) -> Vec<[f64; 2]> {
    let mut bins = vec![[0.0; 2]; edges.len() - 1];
    for event in events {
        let m = mass(event);
        let bin = edges.partition_point(|e| *e <= m) - 1;
        bins[bin][0] += event.weight;
        bins[bin][1] += event.weight * event.weight;
    }
    bins
}

fn integrated(folder: &Path, card: &str) -> (f64, f64) {
    fs::write(folder.join("x.toml"), card).unwrap();
    let found = json(&done(folder, "integrate x.toml --json"));
    let number = |key: &str| found[key].as_f64().unwrap();
    (number("xsec_pb"), number("xsec_err_pb"))
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the table is what one wants to read with --nocapture"
)]
fn cross_sections_and_masses_agree_with_madgraph() {
    let golden: Value = serde_json::from_str(include_str!("golden/on_shell_veto.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["pp_ee_dollar_z", "pp_ee_ddollar_z", "pp_ee_full"] {
        let all = golden["xsec"].as_array().unwrap();
        let entry = all.iter().find(|e| e["name"] == name).unwrap();
        let cuts = serde_json::json!({ "ptl": 10, "etal": 2.5, "mmll": 30 });
        assert_eq!(entry["cuts_active"], cuts);
        let process = entry["process"].as_str().unwrap();
        fs::write(folder.path().join("x.toml"), card(process, "", "")).unwrap();
        let found = json(&done(
            folder.path(),
            "generate x.toml -o x.lhe --json --force",
        ));
        let number = |value: &Value| value.as_f64().unwrap();
        let (xsec, error) = (number(&found["xsec_pb"]), number(&found["xsec_err_pb"]));
        let (other, other_error) = (number(&entry["xsec_pb"]), number(&entry["err_pb"]));
        let pull = (xsec - other) / error.hypot(other_error);
        let ratio = xsec / other - 1.0;
        println!(
            "{name}: {xsec} +- {error}, {pull:+.2}, {:+.2} %",
            100.0 * ratio
        );
        assert!(pull.abs() < 3.0 && ratio.abs() < 0.01 && error < 0.004 * xsec);

        let (_, events) = read_lhe(folder.path().join("x.lhe")).unwrap();
        let list = |key: &str| -> Vec<f64> {
            let values = entry[key].as_array().unwrap();
            values.iter().map(|x| x.as_f64().unwrap()).collect()
        };
        let (edges, fractions) = (list("edges"), list("fraction"));
        let bins = histogram(&events, &edges);
        let sum: f64 = bins.iter().map(|b| b[0]).sum();
        let mut chi2 = 0.0;
        for ([w, w2], expected) in bins.iter().zip(&fractions) {
            let own = w2 / (sum * sum);
            let theirs = expected.max(1e-4) / N_EVENTS as f64;
            chi2 += (w / sum - expected).powi(2) / (own + theirs);
        }
        let p = 1.0
            - ChiSquared::new(fractions.len() as f64 - 1.0)
                .unwrap()
                .cdf(chi2);
        println!(
            "{name}: chi2 {chi2:.1} of {} bins, p = {p:.3}",
            fractions.len()
        );
        assert!(p > 1e-3, "{bins:?} {fractions:?}");
        let shows_z = |e: &Event| e.particles.iter().any(|p| p.pdg == 23 && p.status == 2);
        let with_z = events.iter().filter(|e| shows_z(e)).count();
        assert_eq!(with_z > 0, name == "pp_ee_full");
        fs::remove_file(folder.path().join("x.lhe")).unwrap();
    }
}

#[test]
fn nothing_changes_outside_the_window() {
    let folder = tempfile::tempdir().unwrap();
    // 15 widths of 2.441404 GeV about 91.188 GeV.
    let outside = ", \"m(e+, e-) outside 54.56694 .. 127.80906\"";
    let of = |process: &str, cuts: &str, run: &str| {
        integrated(folder.path(), &card(process, cuts, run)).0
    };
    let [veto, clean] = ["p p > e+ e- $ z", "p p > e+ e-"].map(|p| of(p, outside, ""));
    let same = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
    assert!(same(veto, clean), "{veto} {clean}");
    // With the window everywhere the share of the photon is left, which is its cross section
    // up to the interference.
    let whole = of("p p > e+ e- $ z", "", "bw_cutoff = inf\n");
    let without = of("p p > e+ e- $$ z", "", "");
    assert!((whole / without - 1.0).abs() < 0.04, "{whole} {without}");
    // What has no propagator of this kind, or none with a window, is as it was.
    for line in ["p p > e+ e- $ h", "p p > e+ e- $ a", "p p > e+ e- $ t t~"] {
        let found = of(line, outside, "");
        assert!(same(found, clean), "{line}: {found} {clean}");
    }
}

#[test]
fn vetoes_tell_matrix_elements_apart() {
    let model = omnis::model::Model::load(&omnis::model::ModelSpec::default()).unwrap();
    let elements = |lines: &[&str]| {
        let lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        let set = ProcessSet::new(&model, &lines, &BTreeMap::new()).unwrap();
        set.elements.len()
    };
    assert_eq!(elements(&["u u~ > e+ e-", "u u~ > e+ e- $ z"]), 2);
    assert_eq!(elements(&["u u~ > e+ e- $ z", "u u~ > e+ e- $ z h"]), 1);
    assert_eq!(elements(&["u u~ > l+ l- $ z"]), 1);
    assert_eq!(
        elements(&[
            "e+ e- > z h, z > mu+ mu- ta+ ta-",
            "e+ e- > z h, z > mu+ mu- ta+ ta- $ z"
        ]),
        2
    );
}

#[test]
fn matrix_elements_alone_do_not_have_it_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let point =
        "[[[45.594,0,0,45.594],[45.594,0,0,-45.594],[45.594,45.594,0,0],[45.594,-45.594,0,0]]]";
    fs::write(folder.path().join("p.json"), point).unwrap();
    let mut values = Vec::new();
    for line in ["u u~ > e+ e-", "u u~ > e+ e- $ z"] {
        let output = program::command(folder.path(), "evaluate --momenta p.json --json")
            .arg(line)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            message.contains("'$' acts on events, not on matrix elements"),
            line.contains('$'),
            "{message}"
        );
        values.push(json(&output)["points"][0]["me2"].as_f64().unwrap());
    }
    assert_eq!(values[0], values[1]);
}

#[test]
fn files_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let text = card("p p > e+ e- $ z", "", "").replace("events = 20000", "events = 2000");
    fs::write(folder.path().join("x.toml"), text).unwrap();
    for threads in [1, 3] {
        let output = omnis(
            folder.path(),
            &format!("generate x.toml --threads {threads} -o x{threads}.lhe"),
        );
        assert!(output.status.success(), "{output:?}");
    }
    let files = ["x1.lhe", "x3.lhe"].map(|name| program::read(folder.path(), name));
    assert!(files[0] == files[1]);
}
