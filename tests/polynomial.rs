//! Squared matrix elements as polynomials in coefficients of the model, derivatives by its
//! parameters, and the weights of events that they become.

use std::fs;
use std::path::Path;

use omnis::event::read_lhe;
use serde_json::Value;

#[path = "common/mean.rs"]
mod mean;
#[path = "common/program.rs"]
mod program;

use mean::mean;
use program::{command, done, fails, json};

fn toy(name: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
    models.join(name).display().to_string()
}

/// Centre-of-mass momenta of two particles to two, at three energies and angles.
fn two_to_two(masses: [f64; 4]) -> Vec<Vec<[f64; 4]>> {
    let breakup = |s: f64, a: f64, b: f64| {
        ((s * s - (a + b).powi(2)) * (s * s - (a - b).powi(2))).sqrt() / (2.0 * s)
    };
    let point = |(energy, cos, phi): (f64, f64, f64)| {
        let (p, q) = (
            breakup(energy, masses[0], masses[1]),
            breakup(energy, masses[2], masses[3]),
        );
        let sin = (1.0 - cos * cos).sqrt();
        let n = [sin * phi.cos(), sin * phi.sin(), cos];
        let out = |m: f64, sign: f64| {
            let x = n.map(|x| sign * q * x);
            [q.hypot(m), x[0], x[1], x[2]]
        };
        vec![
            [p.hypot(masses[0]), 0.0, 0.0, p],
            [p.hypot(masses[1]), 0.0, 0.0, -p],
            out(masses[2], 1.0),
            out(masses[3], -1.0),
        ]
    };
    [(610.0, 0.37, 0.4), (933.0, -0.71, 2.9), (1771.0, 0.08, 5.1)]
        .map(point)
        .to_vec()
}

/// What `omnis evaluate` says of a process at the points of a file.
fn evaluate(at: &Path, process: &str, arguments: &[String]) -> Value {
    let output = command(at, "evaluate --momenta points.json --json")
        .arg(process)
        .args(arguments)
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{process}: {message}");
    json(&output)
}

fn refused(at: &Path, process: &str, arguments: &[&str]) -> String {
    let output = command(at, "evaluate --momenta points.json --json")
        .arg(process)
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{process} {arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Value of a monomial such as `kap.kap.lam`.
fn monomial(name: &str, names: &[&str], values: &[f64]) -> f64 {
    let value = |factor: &str| values[names.iter().position(|n| *n == factor).unwrap()];
    match name {
        "1" => 1.0,
        name => name.split('.').map(value).product(),
    }
}

/// The terms with one lane are those with the widest vectors, within rounding of the sums.
fn check_levels(at: &Path, process: &str, arguments: &[String], found: &Value) {
    let output = command(at, "evaluate --momenta points.json --json")
        .arg(process)
        .args(arguments)
        .env("OMNIS_SIMD", "scalar")
        .output()
        .unwrap();
    let scalar = json(&output);
    let of = |v: &Value, k: usize| -> Vec<f64> {
        let terms = v["points"][k]["polynomial"].as_array().unwrap();
        terms.iter().map(|t| t["value"].as_f64().unwrap()).collect()
    };
    for k in 0..3 {
        let (a, b) = (of(&scalar, k), of(found, k));
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            // A product of amplitudes a quarter of a turn apart is rounding alone.
            let rounding = 1e-11 * b.abs() + 1e-14;
            assert!((a - b).abs() <= rounding, "{process}: {a} {b}");
        }
    }
}

#[test]
fn the_polynomial_is_the_matrix_element_at_all_coefficients() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (misc, colour) = (toy("toy_misc"), toy("toy_colour"));
    type Case<'a> = (&'a str, &'a str, [f64; 4], &'a [&'a str], usize);
    // Amplitudes a kap^2 + b kt^2; a kap^2 + b kap ee + c ee kt; a kqo + b kogg.
    let cases: [Case; 6] = [
        (
            "f f~ > h h FF<=4 QED=0 NP=0",
            &misc,
            [30.0, 30.0, 125.0, 125.0],
            &["kap", "kt"],
            3,
        ),
        (
            "f f~ > b1 h FF<=2 NP<=1 QED<=2",
            &misc,
            [30.0, 30.0, 180.0, 125.0],
            &["kap", "ee", "kt"],
            6,
        ),
        (
            "f f~ > b1 h FF<=2 NP<=1 NP^2<=1",
            &misc,
            [30.0, 30.0, 180.0, 125.0],
            &["kap", "ee", "kt"],
            5,
        ),
        (
            "f f~ > b1 h FF<=2 NP<=1 NP^2==1",
            &misc,
            [30.0, 30.0, 180.0, 125.0],
            &["ee", "kt"],
            2,
        ),
        (
            "g g > g h NEW<=1",
            &colour,
            [0.0, 0.0, 0.0, 125.0],
            &["kogg"],
            1,
        ),
        (
            "q q~ > o8 g NEW<=2",
            &colour,
            [10.0, 10.0, 150.0, 0.0],
            &["kqo", "kogg"],
            3,
        ),
    ];
    for (process, model, masses, names, n_terms) in cases {
        fs::write(at.join("points.json"), format!("{:?}", two_to_two(masses))).unwrap();
        let model = ["--model".to_owned(), model.to_owned()];
        let asked = ["--polynomial".to_owned(), names.join(",")];
        let found = evaluate(at, process, &[model.clone(), asked.clone()].concat());
        let terms = |k: usize| found["points"][k]["polynomial"].as_array().unwrap();
        assert_eq!(terms(0).len(), n_terms, "{process}: {}", found["points"][0]);
        check_levels(at, process, &[model.clone(), asked].concat(), &found);
        for shift in [1.0, -0.7, 2.3] {
            // What is of dimension -1 is small, so that products do not cancel.
            let size = |k: usize| {
                if names[k] == "kt" {
                    1e-3
                } else {
                    1.0 / (3.0 + 7.0 * k as f64)
                }
            };
            let values: Vec<f64> = (0..names.len()).map(|k| shift * size(k)).collect();
            let set = |(name, x): (&&str, &f64)| ["--set".to_owned(), format!("{name}={x:?}")];
            let set: Vec<String> = names.iter().zip(&values).flat_map(set).collect();
            let arguments = [model.to_vec(), set].concat();
            let anew = evaluate(at, process, &arguments);
            // Selected products are differences there, as exact as the whole is.
            let (whole, _) = process.split_once(" NP^2").unwrap_or((process, ""));
            let whole = evaluate(at, whole, &arguments);
            for k in 0..3 {
                let (mut sum, mut size) = (0.0_f64, 0.0_f64);
                for term in terms(k) {
                    let factor = monomial(term["monomial"].as_str().unwrap(), names, &values);
                    sum += factor * term["value"].as_f64().unwrap();
                    size += (factor * term["value"].as_f64().unwrap()).abs();
                }
                let me2 = |v: &Value| v["points"][k]["me2"].as_f64().unwrap();
                let (want, whole) = (me2(&anew), me2(&whole));
                let rounding = if process.contains('^') {
                    1e-15 * whole
                } else {
                    1e-13 * size
                };
                assert!(
                    (sum - want).abs() <= 1e-9 * want.abs() + rounding,
                    "{process} {values:?}: {sum} {want} {whole}"
                );
                assert!(want != 0.0, "{process}");
            }
        }
    }
}

#[test]
fn derivatives_are_those_of_the_logarithm() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(
        at.join("points.json"),
        format!("{:?}", two_to_two([0.0, 0.0, 0.0, 0.0])),
    )
    .unwrap();
    let process = "e+ e- > mu+ mu-";
    for (name, value, step) in [
        ("MZ", 91.188, 1e-4),
        ("WZ", 2.441404, 1e-3),
        ("Gf", 1.16639e-5, 1e-9),
    ] {
        let asked = ["--scores".to_owned(), name.to_owned()];
        let found = evaluate(at, process, &asked);
        let set = |x: f64| ["--set".to_owned(), format!("{name}={x:?}")];
        let [up, down] = [value + step, value - step].map(|x| evaluate(at, process, &set(x)));
        for k in 0..3 {
            let score = found["points"][k]["scores"][0]["value"].as_f64().unwrap();
            let ln = |v: &Value| v["points"][k]["me2"].as_f64().unwrap().ln();
            let want = (ln(&up) - ln(&down)) / (2.0 * step);
            let rounding = 1e-14 / step;
            assert!(
                (score - want).abs() < 1e-5 * want.abs() + rounding,
                "{name}: {score} {want}"
            );
        }
    }
    // By terms and by differences.
    let masses = [30.0, 30.0, 125.0, 125.0];
    fs::write(at.join("points.json"), format!("{:?}", two_to_two(masses))).unwrap();
    let text = |list: &[&str]| -> Vec<String> { list.iter().map(|x| (*x).to_owned()).collect() };
    let model = toy("toy_misc");
    let both = [
        "--model",
        &model,
        "--scores",
        "kap,kt",
        "--polynomial",
        "kap,kt",
    ];
    let process = "f f~ > h h FF<=4 QED=0 NP=0";
    let one = evaluate(at, process, &text(&both));
    let other = evaluate(at, process, &text(&both[..4]));
    for k in 0..3 {
        for which in 0..2 {
            let value = |v: &Value| v["points"][k]["scores"][which]["value"].as_f64().unwrap();
            let (a, b) = (value(&one), value(&other));
            assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
        }
    }
}

#[test]
fn what_cannot_be_expanded_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(
        at.join("points.json"),
        format!("{:?}", two_to_two([30.0, 30.0, 125.0, 125.0])),
    )
    .unwrap();
    let misc = toy("toy_misc");
    let process = "f f~ > h h FF<=4 QED=0 NP=0";
    for (process, option, names, parts) in [
        (
            process,
            "--polynomial",
            "kpa",
            &["'kpa'", "did you mean 'kap'"][..],
        ),
        (
            process,
            "--polynomial",
            "kap,TOY 3",
            &["'kap' is given twice"],
        ),
        (
            process,
            "--polynomial",
            "kabs",
            &["'kabs'", "derived", "kap, sw"],
        ),
        (
            process,
            "--polynomial",
            "lam",
            &["'lam'", "no subprocess", "depends on it"],
        ),
        (
            process,
            "--polynomial",
            "Mh",
            &["the mass of 'h' depends on 'Mh'"],
        ),
        (
            "n n > h h FF<=2 QED=0 NP=0",
            "--polynomial",
            "phase",
            &["no polynomial in 'phase'", "'exp'", "GC_"],
        ),
        (
            "f f~ > b2 h FF<=2 QED=0 NP=0",
            "--polynomial",
            "kap",
            &["the mass of 'b2' depends on 'kap' through MB2"],
        ),
        (
            process,
            "--scores",
            "kpa",
            &["scores = 'kpa'", "did you mean 'kap'"],
        ),
        (process, "--scores", "kap,kap", &["'kap' is given twice"]),
        (
            process,
            "--scores",
            "kabs",
            &["derived", "expected an input"],
        ),
        (process, "--scores", "Mh", &["external particle 'h'"]),
    ] {
        let message = refused(at, process, &["--model", &misc, option, names]);
        for part in parts {
            assert!(message.contains(part), "{names}: {part}: {message}");
        }
    }
}

fn card(rest: &str) -> String {
    format!(
        "[process]\ngenerate = [\"e+ e- > t t~ h\"]\n[beams]\nparticles = [\"e+\", \"e-\"]\n\
         energies = [500, 500]\n[run]\naccuracy = 0.003\nevents = 2000\nseed = 3\n{rest}"
    )
}

const WEIGHTS: &str = "[weights]\nreweight = [{ ymt = 140.0 }, { MZ = 91.189 }, { MZ = 91.187 }]\n\
                       polynomial = [\"ymt\"]\nscores = [\"YUKAWA 6\", \"MZ\"]\n";

#[test]
fn events_have_the_terms_as_weights_wherever_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("x.toml"), card(WEIGHTS)).unwrap();
    done(at, "generate x.toml -o x.lhe");
    let (run, events) = read_lhe(at.join("x.lhe")).unwrap();
    let ids: Vec<&str> = run.weights.iter().map(|w| w.id.as_str()).collect();
    let terms = [
        "poly_1",
        "poly_ymt",
        "poly_ymt.ymt",
        "score_ymt",
        "score_MZ",
    ];
    assert_eq!(ids, [&["rwgt_1", "rwgt_2", "rwgt_3"][..], &terms].concat());
    let text = &run.spelling.weights;
    for part in [
        "<weightgroup name=\"polynomial\"",
        "<weight id=\"poly_ymt.ymt\"> ymt^2 </weight>",
        "<weightgroup name=\"score\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
    for event in &events {
        let w = &event.weights;
        let at = |y: f64| w[3] + y * (w[4] + y * w[5]);
        let size = w[3].abs() + 173.0 * w[4].abs() + 173.0 * 173.0 * w[5].abs();
        assert!(
            (at(140.0) - w[0]).abs() < 1e-9 * size,
            "{} {}",
            at(140.0),
            w[0]
        );
        assert!((at(173.0) - event.weight).abs() < 1e-9 * size);
        assert!((w[6] - (w[4] + 346.0 * w[5])).abs() < 1e-9 * size);
        let slope = (w[1] - w[2]) / 2e-3;
        assert!(
            (w[7] - slope).abs() < 1e-4 * slope.abs() + 1e-5 * event.weight,
            "{} {slope}",
            w[7]
        );
    }
    // The cross section with another coefficient.
    let other = card("[model]\nset = { ymt = 140.0 }\n");
    fs::write(at.join("y.toml"), other).unwrap();
    let anew = json(&done(at, "integrate y.toml --json"));
    let number = |key: &str| anew[key].as_f64().unwrap();
    let (sum, error) = mean(&events, |e| {
        e.weights[3] + 140.0 * (e.weights[4] + 140.0 * e.weights[5])
    });
    let error = error.hypot(number("xsec_err_pb")).hypot(0.003 * sum);
    let pull = (sum - number("xsec_pb")) / error;
    assert!(
        pull.abs() < 3.0 && error < 0.02 * sum,
        "{pull} {error} {sum}"
    );
    // Threads, gridpacks, files without weights, conversion, merging.
    fs::write(at.join("z.toml"), card("")).unwrap();
    done(at, "generate z.toml -n 100 -o z.lhe");
    done(at, "reweight z.lhe --card x.toml -o again.lhe");
    done(at, "generate x.toml -n 100 -o w.lhe --threads 2");
    done(at, "generate x.toml -n 100 -o v.lhe --threads 1");
    assert!(fs::read(at.join("w.lhe")).unwrap() == fs::read(at.join("v.lhe")).unwrap());
    done(at, "pack x.toml -n 100 -o x.omnis");
    done(at, "generate x.omnis --range 0..50 -o p.lhe");
    done(at, "generate x.omnis --range 50..100 -o q.lhe");
    done(at, "convert w.lhe -o c.lhe.gz");
    done(at, "merge p.lhe q.lhe -o m.lhe");
    let read = |name: &str| read_lhe(at.join(name)).unwrap();
    let made = read("w.lhe");
    for name in ["again.lhe", "p.lhe", "c.lhe.gz", "m.lhe"] {
        let (run, events) = read(name);
        assert_eq!(run.weights, made.0.weights, "{name}");
        for event in &events {
            let w = &event.weights;
            let sum = w[3] + 173.0 * (w[4] + 173.0 * w[5]);
            let size = w[3].abs() + 173.0 * w[4].abs() + 173.0 * 173.0 * w[5].abs();
            assert!((sum - event.weight).abs() < 1e-6 * size, "{name}");
        }
    }
    let found = json(&done(at, "inspect w.lhe --json"));
    assert!(found.to_string().contains("poly_ymt.ymt"), "{found}");
    done(at, "verify m.lhe");
}

#[test]
fn cards_with_coefficients_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (weights, parts) in [
        (
            "polynomial = [\"ymtt\"]",
            &["weights.polynomial = 'ymtt'", "did you mean 'ymt'"][..],
        ),
        (
            "polynomial = [\"aEWM1\"]",
            &[
                "weights.polynomial = 'aEWM1'",
                "no polynomial in 'aEWM1' through ee",
            ],
        ),
        ("polynomial = [\"aS\"]", &["the strong coupling"]),
        ("polynomial = [\"ymb\"]", &["'ymb'", "no subprocess"]),
        (
            "scores = [\"MT\"]",
            &["weights.scores = 'MT'", "external particle 't'"],
        ),
        ("scores = [\"ymt\", \"YUKAWA 6\"]", &["given twice"]),
    ] {
        fs::write(at.join("x.toml"), card(&format!("[weights]\n{weights}\n"))).unwrap();
        let message = fails(at, "generate x.toml -n 10 -o x.lhe", 2);
        for part in parts {
            assert!(message.contains(part), "{weights}: {part}: {message}");
        }
    }
}
