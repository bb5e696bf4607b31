//! Samples of several multiplicities for merging: one card, its lines alone, one file or
//! one for each.

#![cfg(all(feature = "cli", unix))]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use omnis::event::{Event, RunInfo, read_lhe};

#[path = "common/program.rs"]
mod program;
use program::{done, fails, json};

/// W+ with jets above a merging scale; `lines` as in a card.
fn card(at: &Path, name: &str, lines: &str) {
    let text = format!(
        "process.generate = [{lines}]\nscales = {{ mu_r = 91.188, mu_f = 91.188 }}\n\
         cuts.require = [\"kt_durham(j, 0.4) > 20\"]\nrun.accuracy = 0.01\n"
    );
    fs::write(at.join(name), text).unwrap();
}

fn read(at: &Path, name: &str) -> (RunInfo, Vec<Event>) {
    read_lhe(&at.join(name)).unwrap()
}

/// Cross section and error of each process number.
fn parts(run: &RunInfo) -> BTreeMap<i32, (f64, f64)> {
    let row = |p: &omnis::event::ProcessInfo| (p.id, (p.xsec_pb, p.xsec_err_pb));
    run.processes.iter().map(row).collect()
}

fn n_jets(event: &Event) -> usize {
    let is_jet = |pdg: i32| pdg == 21 || pdg.abs() < 6;
    let mut n = 0;
    for p in &event.particles {
        n += usize::from(p.status == 1 && is_jet(p.pdg));
    }
    n
}

#[test]
fn a_line_of_several_multiplicities_is_its_lines_together() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    card(at, "all.toml", "\"p p > w+ + 0,1 j, w+ > e+ ve\"");
    card(
        at,
        "lines.toml",
        "\"p p > w+, w+ > e+ ve @0\", \"p p > w+ j, w+ > e+ ve @1\"",
    );
    done(at, "generate all.toml -n 4000 -o all.lhe");
    done(at, "generate lines.toml -n 4000 -o lines.lhe");
    let (run, events) = read(at, "all.lhe");
    let (same, _) = read(at, "lines.lhe");
    assert_eq!(parts(&run), parts(&same));

    let parts = parts(&run);
    let (total, _) = run.xsec_pb();
    for (id, alone) in [
        (0, "\"p p > w+, w+ > e+ ve\""),
        (1, "\"p p > w+ j, w+ > e+ ve\""),
    ] {
        card(at, "one.toml", alone);
        // A cut on jets acts on nothing without them.
        if id == 0 {
            let text = fs::read_to_string(at.join("one.toml")).unwrap();
            let text = text.replace("\"kt_durham(j, 0.4) > 20\"", "");
            fs::write(at.join("one.toml"), text).unwrap();
        }
        let found = json(&done(at, "integrate one.toml --accuracy 0.005 --json"));
        let number = |key: &str| found[key].as_f64().unwrap();
        let (xsec, err) = parts[&id];
        let sigma = err.hypot(number("xsec_err_pb"));
        let pull = (xsec - number("xsec_pb")) / sigma;
        assert!(pull.abs() < 3.0, "{id}: {xsec} +- {err}, pull {pull}");
        assert!(sigma < 0.03 * xsec, "{id}: {sigma}");
        // Events come in proportion.
        let n = events.iter().filter(|e| e.process_id == id).count() as f64;
        let p = xsec / total;
        let (expected, sigma) = (4000.0 * p, (4000.0 * p * (1.0 - p)).sqrt());
        let sigma = sigma.hypot(4000.0 * err / total);
        assert!((n - expected).abs() < 4.0 * sigma, "{id}: {n}, {expected}");
    }
    for event in &events {
        assert_eq!(n_jets(event), event.process_id as usize);
    }
}

#[test]
fn each_multiplicity_has_its_file_if_the_name_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    card(at, "w.toml", "\"p p > w+ + 0,1 j, w+ > e+ ve\"");
    done(at, "gridpack w.toml -o w.omnis");
    done(at, "generate w.omnis -n 2000 -o whole.lhe");
    done(at, "generate w.omnis -n 2000 -o w_{process}.lhe");
    done(at, "generate w.omnis --range 0..1100 -n 2000 -o a.lhe");
    done(
        at,
        "generate w.omnis --range 1100..2000 -n 2000 -o b.lhe.gz",
    );
    done(at, "merge a.lhe b.lhe.gz -o merged_{process}.lhe");
    done(at, "convert whole.lhe -o converted_{process}.lhe");

    let (run, events) = read(at, "whole.lhe");
    let mut sum = 0.0;
    for id in [0, 1] {
        let name = format!("w_{id}.lhe");
        let (own, own_events) = read(at, &name);
        assert_eq!(parts(&own)[&id], parts(&run)[&id]);
        assert_eq!(own.processes.len(), 1);
        let of_id: Vec<&Event> = events.iter().filter(|e| e.process_id == id).collect();
        assert_eq!(own_events.len(), of_id.len());
        // All weights are scaled alike: their mean is the cross section.
        let factor = own_events[0].weight / of_id[0].weight;
        for (own, whole) in own_events.iter().zip(&of_id) {
            assert!((own.weight / (whole.weight * factor) - 1.0).abs() < 1e-8);
            assert_eq!(own.particles, whole.particles);
        }
        let mean = own_events.iter().map(|e| e.weight).sum::<f64>() / of_id.len() as f64;
        assert!((mean / parts(&own)[&id].0 - 1.0).abs() < 1e-8, "{mean}");
        sum += mean;
        for other in ["merged", "converted"] {
            let other = fs::read(at.join(format!("{other}_{id}.lhe"))).unwrap();
            assert!(other == fs::read(at.join(&name)).unwrap(), "{id}");
        }
        done(at, &format!("verify {name}"));
    }
    let total: f64 = parts(&run).values().map(|p| p.0).sum();
    assert!((sum / total - 1.0).abs() < 1e-8, "{sum} {total}");
    let left: Vec<String> = program::names(at);
    assert!(left.iter().all(|n| !n.contains("{process}")), "{left:?}");
    let whole = |n: &String| n.starts_with(".whole");
    assert!(!left.iter().any(whole), "{left:?}");
}

#[test]
fn headers_tell_of_the_merging_scale() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    card(at, "w.toml", "\"p p > w+ + 0,1 j, w+ > e+ ve\"");
    done(at, "generate w.toml -n 10 -o w.lhe");
    let (run, _) = read(at, "w.lhe");
    assert_eq!(run.header[0].name, "MGRunCard");
    let lines: Vec<&str> = run.header[0].text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "# names and units of MadGraph's run card",
            "0 = ickkw",
            "4 = maxjetflavor",
            "20 = ktdurham",
            "0.4 = dparameter",
            "p p > e+ ve @1"
        ]
    );
    let text = fs::read_to_string(at.join("w.lhe")).unwrap();
    assert!(!text.contains("CDATA"), "hides lines from Pythia");
}

#[test]
fn jets_without_a_merging_scale_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (cuts, lines, open) in [
        ("", "\"p p > w+ + 0,1 j\"", true),
        (
            "\"kt_durham(j, 0.4) > 20\"",
            "\"p p > w+ + 0,1,2 j\"",
            false,
        ),
        ("\"pt_lund(j) > 20\"", "\"p p > w+ + 0,1,2 j\"", false),
        ("\"kt_durham(g, 0.4) > 20\"", "\"p p > w+ + 0,1 j\"", true),
        ("\"kt_durham(j, 0.4) < 20\"", "\"p p > w+ j\"", true),
    ] {
        let text = format!("process.generate = [{lines}]\ncuts.require = [{cuts}]\n");
        fs::write(at.join("c.toml"), text).unwrap();
        if open {
            let message = fails(at, "integrate c.toml --accuracy 0.5", 2);
            assert!(
                message.contains("the cross section is infinite"),
                "{message}"
            );
        } else {
            done(at, "integrate c.toml --accuracy 0.2");
        }
    }
    for (cuts, open) in [
        ("\"kt_durham(j, 1) > 20\"", false),
        ("\"pt_lund(j) > 10\"", false),
        ("\"kt_durham(j, 1) < 20\"", true),
    ] {
        let text = format!(
            "process.generate = [\"e+ e- > j j g\"]\nbeams = {{ particles = [\"e+\", \"e-\"], \
             energies = [100.0, 100.0] }}\ncuts.require = [{cuts}]\n"
        );
        fs::write(at.join("c.toml"), text).unwrap();
        if open {
            fails(at, "integrate c.toml --accuracy 0.5", 2);
        } else {
            done(at, "integrate c.toml --accuracy 0.2");
        }
    }
}
