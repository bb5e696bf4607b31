//! Weights for other parameters of the model, and what the weights of a sample say of its
//! cross section.

use std::fs;
use std::path::Path;

use omnis::event::read_lhe;
use serde_json::Value;

#[path = "common/mean.rs"]
mod mean;
#[path = "common/pdf_set.rs"]
mod pdf_set;
#[path = "common/program.rs"]
mod program;

use mean::mean;
use pdf_set::{MadeSet, spread};
use program::{done, fails, json};

fn card(process: &str, model: &str, rest: &str) -> String {
    format!(
        "[process]\ngenerate = [\"{process}\"]\n[beams]\nparticles = [\"p\", \"p\"]\n\
         energies = [6500, 6500]\n[model]\nset = {{ {model} }}\n[scales]\nmu_r = 91\nmu_f = 91\n\
         [run]\naccuracy = 0.002\nevents = 10000\nseed = 5\n{rest}"
    )
}

const NEAR_Z: &str = "[cuts]\nrequire = [\"m(e+, e-) > 60\", \"m(e+, e-) < 120\"]\n";

fn write(at: &Path, name: &str, text: &str) {
    fs::write(at.join(name), text).unwrap();
}

#[test]
fn weights_of_points_are_ratios_of_matrix_elements_and_give_their_cross_sections() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let points =
        "[weights]\nmu_r = [2]\nreweight = [{ MZ = 91.6 }, { WZ = 2.7, name = \"wide\" }]\n";
    let rest = format!("{NEAR_Z}{points}");
    write(at, "x.toml", &card("p p > e+ e-", "MZ = 91.188", &rest));
    done(at, "generate x.toml -o x.lhe");
    let (run, events) = read_lhe(at.join("x.lhe")).unwrap();
    let ids: Vec<&str> = run.weights.iter().map(|w| w.id.as_str()).collect();
    assert_eq!(ids, ["1001", "1002", "rwgt_1", "wide"]);
    let me2 = |name: &str| -> Vec<f64> {
        let found = json(&done(at, &format!("evaluate {name} --events x.lhe --json")));
        let events = found["events"].as_array().unwrap();
        events.iter().map(|e| e["me2"].as_f64().unwrap()).collect()
    };
    let own = me2("x.toml");
    for (k, set) in [(2, "MZ = 91.6"), (3, "MZ = 91.188, WZ = 2.7")] {
        write(at, "y.toml", &card("p p > e+ e-", set, NEAR_Z));
        for ((event, a), b) in events.iter().zip(me2("y.toml")).zip(&own) {
            let ratio = event.weights[k] / event.weight;
            assert!(
                (ratio / (a / b) - 1.0).abs() < 1e-9,
                "{set}: {ratio} {}",
                a / b
            );
        }
        let anew = json(&done(at, "integrate y.toml --json"));
        let number = |key: &str| anew[key].as_f64().unwrap();
        let (weighted, error) = mean(&events, |e| e.weights[k]);
        let error = error.hypot(number("xsec_err_pb")).hypot(0.002 * weighted);
        let pull = (weighted - number("xsec_pb")) / error;
        assert!(
            pull.abs() < 3.0 && error < 0.02 * weighted,
            "{set}: {pull} {error}"
        );
        let ratios = events.iter().map(|e| e.weights[k] / e.weight);
        let (low, high) = ratios.fold((1.0_f64, 1.0_f64), |(a, b), r| (a.min(r), b.max(r)));
        assert!(high > 1.05 * low, "{set} changes something: {low} {high}");
    }
    // The file without weights gets the same.
    write(at, "z.toml", &card("p p > e+ e-", "MZ = 91.188", NEAR_Z));
    done(at, "generate z.toml -o z.lhe -n 200");
    done(at, "reweight z.lhe --card x.toml -o again.lhe");
    done(at, "generate x.toml -o w.lhe -n 200 --threads 2");
    done(at, "generate x.toml -o v.lhe -n 200 --threads 1");
    assert!(fs::read(at.join("w.lhe")).unwrap() == fs::read(at.join("v.lhe")).unwrap());
    let (again, made) = (read_lhe(at.join("again.lhe")), read_lhe(at.join("w.lhe")));
    let (again, made) = (again.unwrap(), made.unwrap());
    assert_eq!(again.0.weights, made.0.weights);
    for (a, b) in again.1.iter().zip(&made.1) {
        for (x, y) in a.weights.iter().zip(&b.weights) {
            assert!((x / y - 1.0).abs() < 1e-6, "{x} {y}");
        }
    }
    let found = json(&done(at, "evaluate x.toml --events z.lhe --json"));
    let ratio = &found["events"][0]["weights"]["MUR=1_MUF=1_PDF=247000_WZ=2.7"];
    let expected = again.1[0].weights[3] / again.1[0].weight;
    assert!((ratio.as_f64().unwrap() / expected - 1.0).abs() < 1e-8);
}

#[test]
fn masses_of_external_particles_cannot_change_but_those_that_decay_can() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let message = |process: &str, point: &str| {
        let weights = format!("[weights]\nreweight = [{point}]\n");
        write(at, "x.toml", &card(process, "MT = 173", &weights));
        fails(at, "generate x.toml -n 10 -o x.lhe", 2)
    };
    let mass = message("p p > t t~", "{ MT = 171.5 }");
    for part in [
        "weights.reweight = MT=171.5",
        "'t'",
        "171.5 GeV",
        "expected 173 GeV",
        "decays",
    ] {
        assert!(mass.contains(part), "{part}: {mass}");
    }
    let unknown = message("p p > t t~", "{ MTT = 171.5 }");
    assert!(
        unknown.contains("'MTT' is no input") && unknown.contains("'MT'"),
        "{unknown}"
    );
    let strong = message("p p > t t~", "{ aS = 0.12 }");
    assert!(strong.contains("weights.pdf"), "{strong}");
    assert!(message("p p > t t~", "{}").contains("without a parameter"));
    let width = message("p p > t t~, t > w+ b", "{ WT = 0 }");
    assert!(width.contains("a width of 0 GeV of 't'"), "{width}");
    let lines = "p p > t t~ QCD=2 QED=0\", \"p p > t t~ QCD=0 QED=2";
    let twice = message(lines, "{ MZ = 92 }");
    assert!(twice.contains("several process lines"), "{twice}");
    assert!(!at.join("x.lhe").exists());
    let weights = "[weights]\nreweight = [{ MT = 171.5 }]\n";
    let process = "g g > t t~, t > w+ b, t~ > w- b~";
    let text = card(process, "MT = 173", weights).replace("0.002", "0.05");
    write(at, "x.toml", &text);
    done(at, "generate x.toml -n 50 -o x.lhe");
    let (_, events) = read_lhe(at.join("x.lhe")).unwrap();
    write(
        at,
        "y.toml",
        &text.replace("MT = 173", "MT = 171.5").replace(weights, ""),
    );
    let me2 = |name: &str| json(&done(at, &format!("evaluate {name} --events x.lhe --json")));
    let (own, other) = (me2("x.toml"), me2("y.toml"));
    for (k, event) in events.iter().enumerate() {
        let of = |found: &Value| found["events"][k]["me2"].as_f64().unwrap();
        let expected = of(&other) / of(&own);
        let ratio = event.weights[0] / event.weight;
        assert!((ratio / expected - 1.0).abs() < 1e-8, "{ratio} {expected}");
    }
}

/// A command that finds the sets in its folder; what it printed.
fn with_sets(at: &Path, arguments: &str) -> Value {
    let mut command = program::command(at, arguments);
    let output = command.env("LHAPDF_DATA_PATH", at).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments}: {message}");
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

#[test]
fn summaries_combine_weights_as_sets_prescribe() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, index, error_type) in [
        ("Hess", 990_000, "hessian+as"),
        ("Repl", 991_000, "replicas"),
    ] {
        let set = MadeSet {
            name,
            index,
            error_type,
            n_members: 9,
            info: "ErrorConfLevel: 90\n",
            factor: &spread,
            alpha_s: &|member| 0.118 + [0.0, 0.002, -0.002][member.saturating_sub(6) % 3],
        };
        set.write(at);
    }
    let weights = "[weights]\nmu_r = [0.5, 2]\nmu_f = [0.5, 2]\npdf = [\"Hess\", \"Repl\"]\n\
                   scales = [\"transverse_mass\"]\n";
    let text = card("p p > t t~", "MT = 173", weights).replace("10000", "2000");
    write(at, "x.toml", &text);
    let made = with_sets(at, "generate x.toml -o x.lhe --json");
    let (run, events) = read_lhe(at.join("x.lhe")).unwrap();
    let totals = &made["weight_totals"];
    let sums = totals["sums"].as_array().unwrap();
    assert_eq!((sums.len(), run.weights.len()), (36, 36));
    let plain: f64 = events.iter().map(|e| e.weight).sum();
    let xsec = run.xsec_pb().0;
    let value: Vec<f64> = (0..36)
        .map(|k| xsec * events.iter().map(|e| e.weights[k]).sum::<f64>() / plain)
        .collect();
    for (k, sum) in sums.iter().enumerate() {
        assert_eq!(sum["id"], run.weights[k].id);
        let found = sum["xsec_pb"].as_f64().unwrap();
        assert!(
            (found / value[k] - 1.0).abs() < 1e-9,
            "{k}: {found} {}",
            value[k]
        );
        assert!(sum["sum_err"].as_f64().unwrap() < 0.05 * sum["sum"].as_f64().unwrap().abs());
    }
    let number = |v: &Value| v.as_f64().unwrap();
    // Without the other scale, which stands between: mu_f = 1, 2, 0.5, in each mu_r = 1, 2, 0.5.
    let nine: Vec<f64> = (0..9).map(|k| value[2 * k]).collect();
    let seven: Vec<f64> = [0, 1, 2, 3, 4, 6, 8].map(|k| nine[k]).to_vec();
    for (found, list) in totals["scale_envelopes"]
        .as_array()
        .unwrap()
        .iter()
        .zip([seven, nine])
    {
        assert_eq!(found["n_points"], list.len());
        let high = list.iter().fold(xsec, |a, b| a.max(*b)) - xsec;
        let low = xsec - list.iter().fold(xsec, |a, b| a.min(*b));
        assert!((number(&found["plus_pb"]) / high - 1.0).abs() < 1e-6);
        assert!((number(&found["minus_pb"]) / low - 1.0).abs() < 1e-6);
    }
    let [hessian, replicas] = &totals["pdf_errors"].as_array().unwrap()[..] else {
        panic!("{totals}");
    };
    let (h, r) = (&value[18..27], &value[27..36]);
    let up = |a: f64, b: f64| a.max(b).max(0.0).powi(2);
    let plus: f64 = (0..3)
        .map(|k| up(h[2 * k + 1] - h[0], h[2 * k + 2] - h[0]))
        .sum();
    let alpha_s = 0.5 * (h[7] - h[8]).abs();
    let scale = 1.0 / 1.644_853_626_951;
    assert_eq!(hessian["confidence_level"], 90.0);
    assert!(
        (number(&hessian["plus_pb"]) / (scale * plus.sqrt().hypot(alpha_s)) - 1.0).abs() < 1e-6
    );
    assert!((number(&hessian["parameters_pb"]) / (scale * alpha_s) - 1.0).abs() < 1e-6);
    let average = r[1..].iter().sum::<f64>() / 8.0;
    let variance = r[1..].iter().map(|v| (v - average).powi(2)).sum::<f64>() / 7.0;
    assert!((number(&replicas["central_pb"]) / average - 1.0).abs() < 1e-9);
    assert!((number(&replicas["plus_pb"]) / variance.sqrt() - 1.0).abs() < 1e-6);
    files_agree(at, xsec);
}

/// Files say the same: whole, compressed, and put together from parts.
fn files_agree(at: &Path, xsec: f64) {
    with_sets(at, "pack x.toml -o x.omnis");
    with_sets(at, "generate x.omnis --seed 5 -n 2000 -o y.lhe.gz");
    with_sets(at, "generate x.omnis --seed 5 --range 0..900 -o a.lhe");
    with_sets(
        at,
        "generate x.omnis --seed 5 --range 900..2000 -o b.lhe.gz",
    );
    with_sets(at, "merge a.lhe b.lhe.gz -o c.lhe");
    let whole = with_sets(at, "inspect y.lhe.gz --json");
    for name in ["c.lhe", "x.lhe"] {
        let found = with_sets(at, &format!("inspect {name} --json"));
        let (a, b) = (&found["weight_totals"], &whole["weight_totals"]);
        for key in ["sums", "pdf_errors", "scale_envelopes"] {
            let (a, b) = (a[key].as_array().unwrap(), b[key].as_array().unwrap());
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                for (key, value) in a.as_object().unwrap() {
                    let near = match (value.as_f64(), b[key].as_f64()) {
                        (Some(x), Some(y)) => (x - y).abs() <= 1e-6 * y.abs().max(1e-3 * xsec),
                        _ => value == &b[key],
                    };
                    assert!(near, "{name} {key}: {value} {}", b[key]);
                }
            }
        }
    }
    let checked = with_sets(at, "verify c.lhe --json");
    let checks = checks(&checked, "sum of weights");
    assert_eq!(checks.len(), 36);
    assert!(
        checks[0].starts_with("1001 MUR=1_MUF=1_PDF=247000: "),
        "{}",
        checks[0]
    );
}

fn checks(found: &Value, name: &str) -> Vec<String> {
    let all = found["checks"].as_array().unwrap().iter();
    let named = all.filter(|c| c["name"] == name);
    named
        .map(|c| c["what"].as_str().unwrap().to_owned())
        .collect()
}
