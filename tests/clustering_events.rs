//! The scale from clustering in a run: events, their file, and their evaluation.

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use omnis::event::{Event, LheWriter, Particle, RunInfo, read_lhe};
use program::{done, fails, json, omnis};
use serde_json::Value;

/// A card of a process with these scales.
fn card(process: &str, cuts: &str) -> String {
    format!(
        "process.generate = [{process}]\nscales.mu_r = 'clustering'\nscales.mu_f = 'clustering'\n\
         scales.alpha_s = {{ value = 0.13, at = 91.188, loops = 2, thresholds = [1.42, 4.7] }}\n\
         cuts.require = [{cuts}]\nrun.accuracy = 0.1\nrun.events = 200\n"
    )
}

/// Events and their evaluation, which agree.
fn evaluated(folder: &Path, card_text: &str) -> (Vec<Event>, Value) {
    fs::write(folder.join("a.toml"), card_text).unwrap();
    done(folder, "generate a.toml -o a.lhe --threads 2 --force");
    let (_, events) = read_lhe(folder.join("a.lhe")).unwrap();
    let found = json(&done(folder, "evaluate a.toml --events a.lhe --json"));
    let list = found["events"].as_array().unwrap();
    assert_eq!(list.len(), events.len());
    for (event, found) in events.iter().zip(list) {
        let close = |found: &Value, own: f64| {
            let found = found.as_f64().unwrap();
            assert!((found / own - 1.0).abs() < 1e-7, "{found} {own} {event:?}");
        };
        close(&found["mu_r"], event.scales.mu_r);
        close(&found["mu_f"][0], event.scales.mu_f[0]);
        close(&found["mu_f"][1], event.scales.mu_f[1]);
        close(&found["scalup"], event.scales.start);
        close(&found["alpha_s"], event.alpha_s);
        assert_eq!(event.scales.start, event.scales.larger_mu_f());
        assert!(found["me2"].as_f64().unwrap() > 0.0);
    }
    (events, found)
}

#[test]
fn jets_have_scales_of_their_own_and_the_same_bytes_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let text = card(
        "'p p > j j j'",
        "'pt(j) > 30', 'dR(j, j) > 0.4', '|y(j)| < 4'",
    );
    let (events, _) = evaluated(folder.path(), &text);
    let spread = |of: &dyn Fn(&Event) -> f64| {
        let all = events.iter().map(of);
        all.clone().fold(0.0, f64::max) / all.fold(f64::INFINITY, f64::min)
    };
    assert!(spread(&|e| e.scales.mu_r) > 1.5);
    assert!(spread(&|e| e.alpha_s) > 1.02);
    let first = fs::read(folder.path().join("a.lhe")).unwrap();
    done(folder.path(), "generate a.toml -o a.lhe --threads 1");
    assert_eq!(fs::read(folder.path().join("a.lhe")).unwrap(), first);
}

#[test]
fn both_beams_of_vector_boson_fusion_have_their_scale_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = card("'u d > h u d QCD=0'", "'pt(j) > 20'");
    let (events, found) = evaluated(folder.path(), &text);
    let text = fs::read_to_string(folder.path().join("a.lhe")).unwrap();
    for event in &events {
        let [a, b] = event.scales.mu_f;
        assert_ne!(a, b);
        assert!(text.contains(&format!(" muf1=\"{a:?}\" muf2=\"{b:?}\"")));
    }
    // Tagging quarks are not radiated.
    for event in found["events"].as_array().unwrap() {
        assert_eq!(
            event["pt_clust"],
            serde_json::json!([null, null, 13000.0, 13000.0, 13000.0])
        );
    }
}

/// Events of the reference with their resonances, and those that the file states.
fn reference() -> (Vec<Event>, Vec<Value>) {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("golden/clustering_madgraph.json")).unwrap();
    let is_w = |v: &&Value| v["sample"] != "tt01j" && v["pdg"].as_array().unwrap().len() < 6;
    let all: Vec<Value> = all.iter().filter(is_w).cloned().collect();
    (all.iter().map(event).collect(), all)
}

fn event(from: &Value) -> Event {
    let momentum = |v: &Value| [0, 1, 2, 3].map(|mu| v[mu].as_f64().unwrap());
    let legs: Vec<Particle> = (from["pdg"].as_array().unwrap().iter())
        .zip(from["momenta"].as_array().unwrap())
        .enumerate()
        .map(|(leg, (pdg, p))| Particle {
            pdg: pdg.as_i64().unwrap() as i32,
            status: [1, -1][usize::from(leg < 2)],
            mothers: [[1, 2], [0, 0]][usize::from(leg < 2)],
            p: momentum(p),
            ..Particle::default()
        })
        .collect();
    let mut particles = legs.clone();
    for (k, resonance) in from["resonances"].as_array().unwrap().iter().enumerate() {
        let mut line = Particle {
            pdg: resonance[0].as_i64().unwrap() as i32,
            status: 2,
            mothers: [1, 2],
            ..Particle::default()
        };
        for leg in resonance[1].as_array().unwrap() {
            let place = legs.len() + k;
            let leg = leg.as_u64().unwrap() as usize;
            particles[leg].mothers = [place as i32 + 1; 2];
            line.p
                .iter_mut()
                .zip(legs[leg].p)
                .for_each(|(s, x)| *s += x);
        }
        particles.push(line);
    }
    Event {
        particles,
        ..Event::default()
    }
}

#[test]
fn events_of_another_generator_have_its_scales_and_foreign_ones_an_error() {
    let (mut events, expected) = reference();
    assert!(events.len() > 4);
    let mut foreign = events[0].clone();
    foreign.particles[2].pdg = 13;
    foreign.particles[3].pdg = -13;
    events.push(foreign);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let text = card("'p p > e+ ve', 'p p > e+ ve j'", "'pt(j) > 20'");
    fs::write(path.join("a.toml"), text).unwrap();
    let run = RunInfo {
        beam_pdg: [2212; 2],
        beam_energy: [6500.0; 2],
        weight_strategy: 3,
        ..RunInfo::default()
    };
    let mut writer = LheWriter::create(path.join("a.lhe.gz"), &run).unwrap();
    events.iter().for_each(|e| writer.write(e).unwrap());
    writer.finish().unwrap();
    let out = omnis(path, "evaluate a.toml --events a.lhe.gz --json");
    assert_eq!(out.status.code(), Some(2));
    let found = json(&out);
    let found = found["events"].as_array().unwrap();
    assert_eq!(found.len(), events.len());
    for (found, expected) in found.iter().zip(&expected) {
        let digits = |key: &str, digits: f64| {
            let [a, b] = [found, expected].map(|v| v[key].as_f64().unwrap());
            assert!((a / b - 1.0).abs() < digits, "{key}: {a}, expected {b}");
        };
        digits("mu_r", 6e-8);
        digits("scalup", 6e-7);
        let scales = expected["pt_clust"].as_array().unwrap();
        let own = found["pt_clust"].as_array().unwrap();
        let own: Vec<&Value> = own.iter().filter(|v| !v.is_null()).collect();
        assert_eq!(own.len(), scales.len());
        for (own, scale) in own.into_iter().zip(scales) {
            assert!((own.as_f64().unwrap() - scale.as_f64().unwrap()).abs() < 6e-6);
        }
    }
    let error = found.last().unwrap()["error"].as_str().unwrap();
    assert!(
        error.contains("is no subprocess of the card, which has 'p p > e+ ve'"),
        "{error}"
    );
    let message = String::from_utf8_lossy(&out.stderr);
    assert!(message.contains("1 of"), "{message}");
    // The other way round.
    let message = fails(path, "evaluate a.toml --momenta a.lhe.gz", 2);
    assert!(
        message.contains("--momenta belongs to a process line"),
        "{message}"
    );
    let message = fails(path, "evaluate a.toml --events none.lhe", 2);
    assert!(message.contains("none.lhe"), "{message}");
}
