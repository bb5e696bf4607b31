//! Decay chains against MadGraph: matrix elements, cross sections and what events show.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::event::{Event, read_lhe};
use omnis::kinematics::{FourVector, MomentumBatch};
use omnis::model::{Model, ModelSpec};
use omnis::process::ProcessSet;
use serde::Deserialize;
use serde_json::Value;

#[path = "common/program.rs"]
mod program;

use program::{done, fails, json};

#[derive(Deserialize)]
struct Golden {
    me: Vec<GoldenElement>,
    xsec: Vec<Value>,
}

#[derive(Deserialize)]
struct GoldenElement {
    process: String,
    pdg: Vec<i32>,
    ndiagrams: u64,
    denominator: f64,
    points: Vec<GoldenPoint>,
}

#[derive(Deserialize)]
struct GoldenPoint {
    p: Vec<FourVector>,
    me2: f64,
    me2_t0: f64,
    rel_rot: f64,
}

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    serde_json::from_str(include_str!("golden/decay_chains.json")).expect("a JSON file")
});

#[test]
fn matrix_elements_of_chains_agree() {
    let model = Model::load(&ModelSpec::default()).unwrap();
    let mut work = MatrixElementWorkspace::default();
    for golden in GOLDEN.me.iter().filter(|g| !g.process.contains('$')) {
        let name = &golden.process;
        let set = ProcessSet::new(&model, std::slice::from_ref(name), &BTreeMap::new()).unwrap();
        assert_eq!(set.elements.len(), 1, "{name}");
        let sub = &set.elements[0].subprocess;
        let pdg: Vec<i32> = sub.legs.iter().map(|&p| model.particle(p).pdg).collect();
        assert_eq!(pdg, golden.pdg, "{name}");
        assert_eq!(sub.denominator(&model), golden.denominator, "{name}");
        let described = &set.describe(&model).unwrap()[0];
        assert_eq!(described.n_diagrams, golden.ndiagrams, "{name}");
        let points: Vec<_> = golden.points.iter().map(|q| q.p.clone()).collect();
        let momenta = MomentumBatch::from_points(&points);
        for frame in [Frame::Any, Frame::CentreOfMass] {
            let me = MatrixElement::compile(&model, sub, frame).unwrap();
            for (width, kept) in [(TChannelWidth::On, true), (TChannelWidth::Off, false)] {
                let mut found = vec![0.0; points.len()];
                me.me2(&momenta, None, width, &mut work, &mut found);
                for (point, found) in golden.points.iter().zip(found) {
                    let expected = if kept { point.me2 } else { point.me2_t0 };
                    let error = (found / expected - 1.0).abs();
                    let tolerance = (10.0 * point.rel_rot).max(1e-9);
                    assert!(error < tolerance, "{name}: {found} {expected} {error:e}");
                }
            }
        }
    }
}

/// The card of a reference cross section; cuts act on legs that do not come from decays
/// unless it says so.
fn card(entry: &Value) -> String {
    let core = match entry["cut_decays"].as_bool() {
        Some(true) => "",
        _ => "core ",
    };
    let legs = |kind: &str| format!("{core}{}", if kind == "b" { "bottom" } else { kind });
    let is_chain = entry["process"].to_string().contains(',');
    let mut cuts = Vec::new();
    for (name, value) in entry["cuts_active"].as_object().expect("cuts") {
        // The leptons of chains come from decays, on which nothing acts.
        let no_jet = name.ends_with('j') && !entry["process"].to_string().contains(" j");
        if no_jet || (is_chain && !core.is_empty() && name.ends_with('l')) {
            continue;
        }
        let text = match (name.strip_prefix("pt"), name.strip_prefix("eta")) {
            (Some(kind), _) => format!("pt({}) > {value}", legs(kind)),
            (_, Some(kind)) => format!("|y({})| < {value}", legs(kind)),
            _ => {
                let (a, b) = name.strip_prefix("dr").expect("a distance").split_at(1);
                format!("dR({}, {}) > {value}", legs(a), legs(b))
            }
        };
        cuts.push(format!("\"{text}\""));
    }
    let mut define = "bottom = [\"b\", \"b~\"]\n".to_owned();
    for row in entry["defines"].as_array().into_iter().flatten() {
        let (label, members) = row.as_str().unwrap().split_once('=').unwrap();
        let members: Vec<&str> = members.split_whitespace().collect();
        define += &format!("{:?} = {members:?}\n", label.trim());
    }
    format!(
        "[process]\ngenerate = {}\n[process.define]\n{define}[model]\nname = {}\n\
         [beams]\nparticles = [\"p\", \"p\"]\nenergies = [6500, 6500]\n\
         [scales]\nmu_r = 91.188\nmu_f = 91.188\nalpha_s = 0.13\n\
         [cuts]\nrequire = [{}]\n\
         [run]\nbw_cutoff = {}\naccuracy = 0.003\nevents = 20000\nseed = 11\n",
        entry["process"],
        entry["model"],
        cuts.join(", "),
        entry["bwcutoff"]
    )
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the table is what one wants to read with --nocapture"
)]
fn cross_sections_of_chains_agree() {
    let folder = tempfile::tempdir().unwrap();
    let mut failures = Vec::new();
    for entry in &GOLDEN.xsec {
        let name = entry["name"].as_str().unwrap();
        if !entry["process"].to_string().contains(',') {
            continue;
        }
        let file = format!("{name}.toml");
        fs::write(folder.path().join(&file), card(entry)).unwrap();
        let found = json(&done(folder.path(), &format!("integrate {file} --json")));
        let number = |value: &Value| value.as_f64().unwrap();
        let (value, error) = (number(&found["xsec_pb"]), number(&found["xsec_err_pb"]));
        let (expected, expected_error) = (number(&entry["xsec_pb"]), number(&entry["err_pb"]));
        let pull = (value - expected) / error.hypot(expected_error);
        let ratio = value / expected - 1.0;
        let line = format!(
            "{name:16} {value:.5} +- {error:.5} {pull:+.2} {:+.2} %",
            100.0 * ratio
        );
        println!("{line}");
        if pull.abs() > 3.0 || ratio.abs() > 0.01 || error > 0.004 * value {
            failures.push(line);
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Mean and its error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Transverse momenta, or masses, of the particles of one kind.
fn values(events: &[Event], key: &str, quantity: &str) -> Vec<f64> {
    let (pdg, status) = match key.strip_suffix("_res") {
        Some(pdg) => (pdg, 2),
        None => (key, 1),
    };
    let pdg: i32 = pdg.parse().unwrap();
    let all = events.iter().flat_map(|e| &e.particles);
    all.filter(|p| p.pdg == pdg && p.status == status)
        .map(|p| match quantity {
            "mean_pt" => p.p[1].hypot(p.p[2]),
            _ => p.mass,
        })
        .collect()
}

#[test]
fn events_show_declared_resonances_and_their_distributions() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pp_tt_emu", "pp_zz_ee_mumu", "pp_zh_llbb", "pp_wj_enu_bw5"] {
        let entry = GOLDEN.xsec.iter().find(|e| e["name"] == name).unwrap();
        fs::write(folder.path().join("x.toml"), card(entry)).unwrap();
        done(folder.path(), "generate x.toml -o x.lhe --force");
        let (_, events) = read_lhe(folder.path().join("x.lhe")).unwrap();
        assert_eq!(events.len(), 20_000);
        for (key, expected) in entry["observables"].as_object().unwrap() {
            let n = values(&events, key, "mean_pt").len() as f64 / events.len() as f64;
            let per_event = expected["per_event"].as_f64().unwrap();
            let spread = (per_event.max(0.01) / 20_000.0).sqrt();
            let exact = per_event.fract() == 0.0;
            let apart = (n - per_event).abs();
            assert!(
                apart < if exact { 1e-9 } else { 6.0 * spread },
                "{name} {key}: {n} {per_event}"
            );
            for quantity in ["mean_pt", "mean_mass"] {
                let Some(reference) = expected[quantity].as_f64() else {
                    continue;
                };
                let (found, error) = mean(&values(&events, key, quantity));
                let other = expected[format!("{quantity}_err")].as_f64().unwrap();
                let pull = (found - reference) / error.hypot(other);
                assert!(
                    pull.abs() < 4.0,
                    "{name} {key} {quantity}: {found} {reference} {pull}"
                );
            }
        }
        check_records(&events, entry["bwcutoff"].as_f64().unwrap());
        fs::remove_file(folder.path().join("x.lhe")).unwrap();
    }
}

/// Mothers of products are the resonances that they come from, whose momenta they add up
/// to, within the window.
fn check_records(events: &[Event], bw_cutoff: f64) {
    let poles = [
        (6, 173.0, 1.4915),
        (24, 80.419, 2.0476),
        (23, 91.188, 2.441404),
        (25, 125.0, 0.006382339),
    ];
    for event in events {
        for (k, resonance) in event.particles.iter().enumerate() {
            if resonance.status != 2 {
                continue;
            }
            let mut sum = [0.0; 4];
            let daughters = event
                .particles
                .iter()
                .filter(|p| p.mothers == [k as i32 + 1; 2]);
            for p in daughters.map(|d| d.p) {
                sum.iter_mut().zip(p).for_each(|(s, x)| *s += x);
            }
            for (found, expected) in sum.iter().zip(resonance.p) {
                assert!(
                    (found - expected).abs() < 1e-6 * resonance.p[0],
                    "{event:?}"
                );
            }
            let pole = poles.iter().find(|p| p.0 == resonance.pdg.abs());
            let &(_, mass, width) = pole.expect("a declared resonance");
            let apart = (resonance.mass - mass).abs() / width;
            assert!(
                apart < bw_cutoff * (1.0 + 1e-6) + 1e-3,
                "{} {apart}",
                resonance.pdg
            );
        }
    }
}

#[test]
fn files_do_not_depend_on_threads_ranges_or_gridpacks() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let card = program::card("pp_tt_emu.toml");
    for threads in [1, 2] {
        let run = format!("generate {card} -n 3000 --threads {threads} -o {threads}.lhe");
        done(at, &run);
    }
    let bytes = |name: &str| fs::read(at.join(name)).unwrap();
    assert!(bytes("1.lhe") == bytes("2.lhe"));
    done(at, &format!("gridpack {card} -n 3000 -o tt.omnis"));
    done(at, "generate tt.omnis -n 3000 -o whole.lhe");
    for (k, range) in ["0..1000", "1000..3000"].iter().enumerate() {
        done(
            at,
            &format!("generate tt.omnis --range {range} -o part{k}.lhe"),
        );
    }
    done(at, "merge part0.lhe part1.lhe -o merged.lhe");
    let events = |name: &str| read_lhe(at.join(name)).unwrap().1;
    assert!(events("whole.lhe") == events("1.lhe"));
    assert!(events("whole.lhe") == events("merged.lhe"));
    done(at, "verify merged.lhe");
}

#[test]
fn windows_and_widths_follow_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let integrate = |process: &str, run: &str| {
        let text = format!(
            "[process]\ngenerate = [\"{process}\"]\n[beams]\nparticles = [\"e+\", \"e-\"]\n\
             energies = [125, 125]\n[run]\naccuracy = 0.002\n{run}\n"
        );
        fs::write(folder.path().join("x.toml"), text).unwrap();
        let found = json(&done(folder.path(), "integrate x.toml --json"));
        found["xsec_pb"].as_f64().unwrap()
    };
    // A Breit-Wigner within n widths: 2 / pi atan(2 n).
    let kept = |n: f64| 2.0 / std::f64::consts::PI * (2.0 * n).atan();
    let narrow = |n: f64| integrate("e+ e- > h z, h > ta+ ta-", &format!("bw_cutoff = {n}"));
    let ratio = narrow(1.0) / narrow(15.0);
    let expected = kept(1.0) / kept(15.0);
    assert!((ratio / expected - 1.0).abs() < 0.01, "{ratio} {expected}");
    // The same, with a width that is fifty times too large in the matrix element and is
    // corrected for.
    let plain = integrate("e+ e- > h z, h > ta+ ta-", "");
    let widened = integrate("e+ e- > h z, h > ta+ ta-", "small_width_treatment = 2.5e-3");
    assert!((plain / widened - 1.0).abs() < 0.02, "{plain} {widened}");
    // All masses, and a window that leaves nothing out of what is possible.
    let open = integrate("e+ e- > z h, z > mu+ mu-, h > b b~", "bw_cutoff = inf");
    let wide = integrate("e+ e- > z h, z > mu+ mu-, h > b b~", "bw_cutoff = 1e6");
    assert!((open / wide - 1.0).abs() < 0.02, "{open} {wide}");
}

#[test]
fn chains_without_room_or_width_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let message = |process: &str| {
        let text = format!(
            "[process]\ngenerate = [\"{process}\"]\n[beams]\nparticles = [\"e+\", \"e-\"]\n\
             energies = [125, 125]\n"
        );
        fs::write(folder.path().join("x.toml"), text).unwrap();
        fails(folder.path(), "integrate x.toml", 2)
    };
    let closed = message("e+ e- > z z, z > t t~, z > mu+ mu-");
    assert!(
        closed.contains("it is closed") && closed.contains("bw_cutoff"),
        "{closed}"
    );
    let stable = message("e+ e- > mu+ mu-, mu+ > e+ ve vm~, mu- > e- ve~ vm");
    assert!(stable.contains("the width of 'mu+' is 0"), "{stable}");
    let orphan = message("e+ e- > t t~, t > w+ b, w+ > e+ ve");
    assert!(
        orphan.contains("there is no 'w+'") && orphan.contains("brackets"),
        "{orphan}"
    );
}
