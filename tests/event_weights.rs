//! What event files say beside momenta: weights as `run.event_norm` scales them, sums of
//! alternative weights in each format, and lifetimes of unstable particles.

use std::fs;
use std::path::Path;

use omnis::event::{Event, EventReader, LheReader, RunInfo};

#[path = "common/program.rs"]
mod program;

use program::{done, fails, json};

/// Writes a card with these lines in `[run]`.
fn write(folder: &Path, name: &str, process: &str, run: &str) {
    let text = format!(
        "process.generate = [\"{process}\"]\n[model]\nset = {{ WT = 1e-15, WH = 1e-13 }}\n[beams]\n\
         particles = [\"e+\", \"e-\"]\nenergies = [250.0, 250.0]\n[run]\n{run}\n"
    );
    fs::write(folder.join(name), text).unwrap();
}

fn sample(folder: &Path, name: &str) -> (RunInfo, Vec<Event>) {
    let mut reader = LheReader::open(folder.join(name)).unwrap();
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        events.push(event);
    }
    (reader.run().clone(), events)
}

fn weight_sum(events: &[Event]) -> f64 {
    events.iter().map(|e| e.weight).sum()
}

#[test]
fn weights_have_the_norm_that_the_card_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for norm in ["average", "sum", "unity"] {
        let card = format!("{norm}.toml");
        write(
            at,
            &card,
            "e+ e- > mu+ mu-",
            &format!("event_norm = \"{norm}\""),
        );
        done(
            at,
            &format!("generate {card} -n 1000 -o {norm}.lhe --threads 1"),
        );
        done(at, &format!("verify {norm}.lhe"));
    }
    let (average, plain) = sample(at, "average.lhe");
    let (sum, summed) = sample(at, "sum.lhe");
    let (unity, units) = sample(at, "unity.lhe");
    let strategies = [&average, &sum, &unity].map(|r| r.weight_strategy);
    assert_eq!(strategies, [4, 3, 3]);
    for (k, event) in plain.iter().enumerate() {
        assert!((summed[k].weight * 1000.0 / event.weight - 1.0).abs() < 1e-6);
        assert_eq!(summed[k].particles, event.particles);
        assert_eq!(units[k].particles, event.particles);
        assert!(units[k].weight >= 1.0);
    }
    // What is above the maximum weight has a thousandth of the cross section.
    let above = weight_sum(&units) / 1000.0 - 1.0;
    assert!((0.0..0.01).contains(&above), "{above}");
    assert!(units.iter().any(|e| e.weight == 1.0));
    let (xsec, _) = sum.xsec_pb();
    assert!((weight_sum(&summed) / xsec - 1.0).abs() < 0.01);
    assert!(
        sum.header_text("OmnisSummary")
            .unwrap()
            .contains("event_norm = sum")
    );
}

#[test]
fn merged_weights_add_up_to_the_cross_section_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "sum.toml", "e+ e- > mu+ mu-", "event_norm = \"sum\"");
    done(at, "pack sum.toml -o sum.omnis");
    done(at, "generate sum.omnis --range 0..300 -o a.lhe");
    done(at, "generate sum.omnis --range 300..1000 -o b.lhe");
    done(at, "merge b.lhe a.lhe -o all.lhe");
    done(at, "verify all.lhe");
    let (run, events) = sample(at, "all.lhe");
    assert_eq!(events.len(), 1000);
    let (xsec, _) = run.xsec_pb();
    assert!((weight_sum(&events) / xsec - 1.0).abs() < 0.01);
    // A file with another sum is found out.
    let text = fs::read_to_string(at.join("all.lhe")).unwrap();
    let other = text.replace("event_norm = sum", "event_norm = average");
    fs::write(at.join("other.lhe"), other).unwrap();
    assert!(fails(at, "verify other.lhe", 1).contains("mean weight"));
    let card = "event_norm = \"mean\"";
    write(at, "mean.toml", "e+ e- > mu+ mu-", card);
    let message = fails(at, "integrate mean.toml", 2);
    assert!(message.contains("average"), "{message}");
}

/// Ids of alternative weights with their sums and the errors of these, as `inspect` says.
fn sums(at: &Path, file: &str) -> Vec<(String, f64, f64)> {
    let told = json(&done(at, &format!("inspect {file} --json")));
    let sums = told["weight_totals"]["sums"].as_array().unwrap();
    let number = |s: &serde_json::Value, key: &str| s[key].as_f64().unwrap();
    sums.iter()
        .map(|s| {
            let id = s["id"].as_str().unwrap().to_owned();
            (id, number(s, "sum"), number(s, "sum_err"))
        })
        .collect()
}

/// The lines of scales of all events of a file in any format.
fn scale_lines(at: &Path, file: &str) -> Vec<String> {
    let mut reader = EventReader::open(&at.join(file)).unwrap();
    let mut lines = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        lines.push(event.rest);
    }
    lines
}

#[test]
fn a_merged_sample_has_the_same_weights_and_scales_in_all_formats() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let card = "process.generate = ['p p > e+ ve', 'p p > e+ ve j']\n\
                cuts.require = ['pt(j) > 20', '|eta(j)| < 5']\nmerging.xqcut = 20\n\
                run.accuracy = 0.02\nrun.events = 300\n\
                [weights]\nmu_r = [0.5, 1, 2]\nmu_f = [0.5, 1, 2]\n\
                scales = ['transverse_mass']\nalpha_s_factor = [0.5, 2]\n";
    fs::write(at.join("w.toml"), card).unwrap();
    done(at, "generate w.toml -o a.lhe");
    done(at, "generate w.toml -o b.lhe.gz");
    done(at, "convert a.lhe -o c.lhe.gz");
    let mut files = vec!["b.lhe.gz", "c.lhe.gz"];
    if cfg!(feature = "hdf5") {
        done(at, "generate w.toml -o d.h5");
        done(at, "convert a.lhe -o e.h5");
        done(at, "convert e.h5 -o f.lhe");
        files.extend(["d.h5", "e.h5", "f.lhe"]);
    }
    let (of_text, lines) = (sums(at, "a.lhe"), scale_lines(at, "a.lhe"));
    assert_eq!(of_text.len(), 20);
    assert_eq!(lines.len(), 300);
    let n_jets = lines.iter().filter(|l| l.contains("pt_clust_6=")).count();
    assert!(n_jets > 30, "{n_jets}");
    for file in files {
        let found = sums(at, file);
        assert_eq!(found.len(), of_text.len(), "{file}");
        for (a, b) in found.iter().zip(&of_text) {
            // Text has a few digits less than numbers in memory.
            let is_same = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-8;
            assert_eq!(a.0, b.0, "{file}");
            assert!(
                is_same(a.1, b.1) && is_same(a.2, b.2),
                "{file}: {a:?} {b:?}"
            );
        }
        assert_eq!(scale_lines(at, file), lines, "{file}");
    }
}

#[test]
fn unstable_particles_have_lifetimes_where_the_card_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let of = |name: &str, run: &str, threads: u32| {
        write(at, "tt.toml", "e+ e- > t t~", run);
        done(
            at,
            &format!("generate tt.toml -n 2000 -o {name} --threads {threads}"),
        );
        sample(at, name).1
    };
    let without = of("none.lhe", "", 1);
    let all = of("all.lhe", "time_of_flight = 0", 1);
    let again = of("again.lhe", "time_of_flight = 0.0", 2);
    let far = of("far.lhe", "time_of_flight = 100", 1);
    // hbar c in GeV mm over the width.
    let mean = 1.973_269_804e-13 / 1e-15;
    let (mut sum, mut n, mut n_far) = (0.0, 0.0, 0.0);
    for (k, event) in all.iter().enumerate() {
        assert_eq!(event.particles, again[k].particles);
        for (i, p) in event.particles.iter().enumerate() {
            let t = p.lifetime_mm;
            assert_eq!(without[k].particles[i].lifetime_mm, 0.0);
            assert_eq!(without[k].particles[i].p, p.p);
            assert_eq!(
                far[k].particles[i].lifetime_mm,
                if t > 100.0 { t } else { 0.0 }
            );
            if p.pdg.abs() == 6 {
                assert!(t > 0.0);
                (sum, n) = (sum + t, n + 1.0);
                n_far += f64::from(u8::from(t > 100.0));
            } else {
                assert_eq!(t, 0.0);
            }
        }
    }
    assert_eq!(n, 4000.0);
    assert!(
        (sum / n / mean - 1.0).abs() < 4.0 / f64::sqrt(n),
        "{}",
        sum / n
    );
    let share = (-100.0 / mean).exp();
    let sigma = (share * (1.0 - share) / n).sqrt();
    assert!((n_far / n - share).abs() < 4.0 * sigma, "{}", n_far / n);
    write(at, "bad.toml", "e+ e- > t t~", "time_of_flight = -1");
    let message = fails(at, "integrate bad.toml", 2);
    assert!(message.contains("run.time_of_flight"), "{message}");
}

/// Their matrix elements have a larger width, of `run.small_width_treatment`.
#[test]
fn narrow_resonances_live_as_long_as_their_own_width_says() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "zh.toml", "e+ e- > z h, h > b b~", "time_of_flight = 0");
    done(at, "generate zh.toml -n 2000 -o zh.lhe");
    let (_, events) = sample(at, "zh.lhe");
    let higgs = |e: &Event| {
        e.particles
            .iter()
            .find(|p| p.pdg == 25)
            .unwrap()
            .lifetime_mm
    };
    let all: Vec<f64> = events.iter().map(higgs).collect();
    let mean = 1.973_269_804e-13 / 1e-13;
    let n = all.len() as f64;
    let found = all.iter().sum::<f64>() / n;
    assert!(
        (found / mean - 1.0).abs() < 4.0 / n.sqrt(),
        "{found} {mean}"
    );
}
