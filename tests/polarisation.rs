//! Helicities of legs that are fixed, polarised beams, and products of amplitudes that are
//! selected: against sums over helicities, closed formulas, and totals less the rest.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use omnis::card::Card;
use omnis::integrate::Control;
use omnis::kinematics::FourVector;
use omnis::model::{Model, ModelSpec};
use omnis::run::{Evaluator, Run};

fn sm() -> Model {
    Model::load(&ModelSpec::default()).unwrap()
}

fn evaluator(model: &Model, line: &str) -> Evaluator {
    Evaluator::new(model, line, &BTreeMap::new()).unwrap_or_else(|e| panic!("{line}: {e}"))
}

/// Two bodies of masses `m` at a cosine of 0.3, from massless ones of `e` GeV together.
fn point(e: f64, m: [f64; 2]) -> Vec<FourVector> {
    let [a, b] = m.map(|x| x * x);
    let p = ((e * e - a - b).powi(2) - 4.0 * a * b).sqrt() / (2.0 * e);
    let n = [0.91_f64.sqrt() * 0.6, 0.91_f64.sqrt() * 0.8, 0.3];
    let leg = |m2: f64, sign: f64| {
        let q = n.map(|x| sign * p * x);
        [(p * p + m2).sqrt(), q[0], q[1], q[2]]
    };
    let h = 0.5 * e;
    vec![
        [h, 0.0, 0.0, h],
        [h, 0.0, 0.0, -h],
        leg(a, 1.0),
        leg(b, -1.0),
    ]
}

/// The same points moving along a direction.
fn moving(points: &[FourVector], v: [f64; 3]) -> Vec<FourVector> {
    let v2: f64 = v.iter().map(|x| x * x).sum();
    let gamma = 1.0 / (1.0 - v2).sqrt();
    let boost = |p: &FourVector| {
        let along: f64 = (0..3).map(|k| v[k] * p[k + 1]).sum();
        let f = (gamma - 1.0) * along / v2 + gamma * p[0];
        let e = gamma * (p[0] + along);
        [e, p[1] + f * v[0], p[2] + f * v[1], p[3] + f * v[2]]
    };
    points.iter().map(boost).collect()
}

fn close(a: f64, b: f64, what: &str) {
    assert!(
        (a - b).abs() <= 1e-11 * b.abs().max(1e-300),
        "{what}: {a}, expected {b}"
    );
}

#[test]
fn a_polarised_leg_is_a_part_of_the_sum_over_helicities() {
    let model = sm();
    let (w, z) = (80.41900244575616, 91.188);
    let allowed = |letters: &str, h: i8| match letters {
        "0" => h == 0,
        "T" => h != 0,
        "L" | "-" => h < 0,
        "R" | "+" => h > 0,
        "0L" => h <= 0,
        _ => true,
    };
    for (line, masses) in [
        ("u u~ > w+ w-", [w, w]),
        ("u d~ > w+ z", [w, z]),
        ("e+ e- > t t~", [173.0; 2]),
    ] {
        let p = vec![point(600.0, masses)];
        let whole = evaluator(&model, line);
        let parts = &whole.details(&p, true).unwrap()[0];
        let total = whole.me2(&p, true).unwrap()[0];
        let sum: f64 = parts.helicities.iter().map(|h| h.1).sum();
        let words: Vec<&str> = line.split(' ').collect();
        let letters: &[&str] = if line.contains('w') {
            &["0", "T", "L", "R", "+", "-", "0L"]
        } else {
            &["L", "R"]
        };
        let mut added = 0.0;
        for a in letters {
            for b in letters {
                let polarised = format!(
                    "{} {} > {}{{{a}}} {}{{{b}}}",
                    words[0], words[1], words[3], words[4]
                );
                let own = evaluator(&model, &polarised);
                let found = own.me2(&p, true).unwrap()[0];
                let fits = |h: &&(Vec<i8>, f64)| allowed(a, h.0[2]) && allowed(b, h.0[3]);
                let part: f64 = parts.helicities.iter().filter(fits).map(|h| h.1).sum();
                assert!(
                    (found - part * total / sum).abs() < 1e-11 * total,
                    "{polarised}"
                );
                if ["0", "T"].contains(a) && ["0", "T"].contains(b) {
                    added += found;
                }
            }
        }
        if line.contains('w') {
            close(added, total, line);
        }
    }
    // Of incoming legs the average is over what is allowed.
    let p = vec![point(200.0, [0.0; 2])];
    let me2 = |line: &str| evaluator(&model, line).me2(&p, true).unwrap()[0];
    let [lr, rl] = ["e+{L} e-{R} > mu+ mu-", "e+{R} e-{L} > mu+ mu-"].map(me2);
    close(0.25 * (lr + rl), me2("e+ e- > mu+ mu-"), "average");
    close(0.5 * lr, me2("e+ e-{R} > mu+ mu-"), "half an average");
    assert!(me2("e+{L} e-{L} > mu+ mu-") < 1e-20);
}

#[test]
fn helicities_are_those_of_the_frame() {
    let model = sm();
    let (line, plain) = ("u d~ > w+{0} z{T} g", "u d~ > w+ z g");
    // Two massive bosons and a gluon.
    let [w, z] = [80.41900244575616_f64, 91.188];
    let pair = point(400.0, [w, z]);
    let boosted = moving(&pair[2..], [0.2, -0.1, 0.4]);
    let gluon_of = |sum: FourVector| {
        let g: f64 = (1..4).map(|k| sum[k] * sum[k]).sum();
        [g.sqrt(), -sum[1], -sum[2], -sum[3]]
    };
    let sum: FourVector = std::array::from_fn(|k| boosted[0][k] + boosted[1][k]);
    let gluon = gluon_of(sum);
    let h = 0.5 * (sum[0] + gluon[0]);
    let at_rest = vec![
        [h, 0.0, 0.0, h],
        [h, 0.0, 0.0, -h],
        boosted[0],
        boosted[1],
        gluon,
    ];
    let by_hand = |points: &[FourVector]| -> f64 {
        let found = &evaluator(&model, plain)
            .details(&[points.to_vec()], true)
            .unwrap()[0];
        let fits = |h: &&(Vec<i8>, f64)| h.0[2] == 0 && h.0[3] != 0;
        let (sum, part): (f64, f64) = (
            found.helicities.iter().map(|h| h.1).sum(),
            found.helicities.iter().filter(fits).map(|h| h.1).sum(),
        );
        found.me2 * part / sum
    };
    // By default the rest frame of the incoming legs, however they move.
    let in_cm = by_hand(&at_rest);
    let moving_points = moving(&at_rest, [0.3, 0.5, -0.2]);
    for p in [&at_rest, &moving_points] {
        let found = evaluator(&model, line)
            .me2(std::slice::from_ref(p), true)
            .unwrap()[0];
        assert!((found / in_cm - 1.0).abs() < 1e-9, "{found}, {in_cm}");
    }
    // The rest frame of the two bosons.
    let back: Vec<f64> = (1..4).map(|k| -sum[k] / sum[0]).collect();
    let in_pair = by_hand(&moving(&at_rest, [back[0], back[1], back[2]]));
    assert!((in_pair / in_cm - 1.0).abs() > 0.01, "{in_pair}, {in_cm}");
    let framed = evaluator(&model, line).in_frame(&[3, 4]).unwrap();
    for p in [&at_rest, &moving_points] {
        let found = framed.me2(std::slice::from_ref(p), true).unwrap()[0];
        assert!((found / in_pair - 1.0).abs() < 1e-9, "{found}, {in_pair}");
    }
    let error = evaluator(&model, line)
        .in_frame(&[3, 6])
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("names leg 6") && error.contains("has 5 legs"),
        "{error}"
    );
}

fn omnis(arguments: &[&str]) -> (i32, serde_json::Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(arguments)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let json = serde_json::from_str(&out).unwrap_or_default();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), json, err)
}

/// `t > b w+` with a massless b: F_0 = m_t^2 / (m_t^2 + 2 m_W^2), and no right-handed W.
#[test]
fn the_w_of_a_top_decay_is_longitudinal_or_left_handed() {
    let width = |line: &str| {
        let (code, json, err) = omnis(&["width", line, "--restrict", "no_b_mass", "--json"]);
        assert_eq!(code, 0, "{line}: {err}");
        json["width_gev"].as_f64().unwrap()
    };
    let total = width("t > b w+");
    let [t, w] = [173.0_f64, 80.41900244575616].map(|m| m * m);
    close(width("t > b w+{0}") / total, t / (t + 2.0 * w), "F_0");
    close(width("t > b w+{L}") / total, 2.0 * w / (t + 2.0 * w), "F_L");
    let (code, _, err) = omnis(&["width", "t > b w+{R}", "--restrict", "no_b_mass"]);
    assert!(code != 0 && err.contains("zero"), "{code}, {err}");
    // The spin of what decays is the only one: no average. Its angles are integrated.
    let one = width("t{L} > b w+");
    assert!((one / total - 1.0).abs() < 5e-3, "{one}, {total}");
}

/// Cross section of a card with its error.
fn integrated(text: &str, accuracy: f64) -> (f64, f64) {
    let text = format!("{text}\n[run]\naccuracy = {accuracy}\n");
    let run = Run::prepare(Card::from_str(&text, "card").unwrap()).unwrap();
    let found = run.integrate(0, &Control::silent()).unwrap().total;
    (found.xsec_pb, found.xsec_err_pb)
}

fn leptons(line: &str, more: &str) -> String {
    format!(
        "process.generate = ['{line}']\nbeams.particles = ['e+', 'e-']\nbeams.energies = [150, 150]\n{more}"
    )
}

fn agree(found: (f64, f64), expected: (f64, f64), what: &str) {
    let pull = (found.0 - expected.0) / found.1.hypot(expected.1);
    assert!(
        pull.abs() < 3.5,
        "{what}: {found:?}, expected {expected:?}, {pull} sigma"
    );
}

#[test]
fn cross_sections_of_helicities_add_up() {
    let of = |line: &str, more: &str| integrated(&leptons(line, more), 2e-3);
    let total = of("e+ e- > w+ w-", "");
    let mut sum = (0.0, 0.0_f64);
    for (a, b) in [("0", "0"), ("0", "T"), ("T", "0"), ("T", "T")] {
        let part = of(&format!("e+ e- > w+{{{a}}} w-{{{b}}}"), "");
        sum = (sum.0 + part.0, sum.1.hypot(part.1));
    }
    agree(sum, total, "w+ w-");
    // Identical bosons: those of different helicities can be told apart.
    let total = of("e+ e- > z z", "");
    let mut sum = (0.0, 0.0_f64);
    for pair in ["z{0} z{0}", "z{0} z{T}", "z{T} z{T}"] {
        let part = of(&format!("e+ e- > {pair}"), "");
        sum = (sum.0 + part.0, sum.1.hypot(part.1));
    }
    agree(sum, total, "z z");
}

#[test]
fn polarised_beams_mix_cross_sections_of_helicities() {
    let of = |line: &str, more: &str| integrated(&leptons(line, more), 2e-3);
    let cut = "cuts.require = ['|eta(mu-)| < 2.5']\n";
    let [lr, rl] = ["e+{L} e-{R} > mu+ mu-", "e+{R} e-{L} > mu+ mu-"].map(|line| of(line, cut));
    let [p, q] = [0.3, -0.8];
    let mixed = |lr: f64, rl: f64| 0.25 * ((1.0 - p) * (1.0 + q) * lr + (1.0 + p) * (1.0 - q) * rl);
    let expected = (mixed(lr.0, rl.0), mixed(lr.1, rl.1));
    let beams = format!("beams.polarisation = [{p}, {q}]\n{cut}");
    agree(of("e+ e- > mu+ mu-", &beams), expected, "polarised beams");
    // The other order of the beams, and helicities that are drawn.
    let drawn = leptons("e- e+ > mu+ mu-", cut).replace("['e+', 'e-']", "['e-', 'e+']");
    let more = format!("beams.polarisation = [{q}, {p}]\namplitude.helicity = 'sample'\n");
    let found = integrated(&format!("{drawn}{more}"), 2e-3);
    agree(found, expected, "beams exchanged");
    let none = of("e+ e- > mu+ mu-", cut);
    assert!((expected.0 / none.0 - 1.0).abs() > 0.1);
    for (line, beams, reason) in [
        (
            "e+{L} e- > mu+ mu-",
            "beams.polarisation = [0.3, 0]",
            "fixes helicities",
        ),
        (
            "e+ e- > mu+ mu-",
            "beams.polarisation = [30, 0]",
            "between -1 and 1",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let card = folder.path().join("c.toml");
        fs::write(&card, leptons(line, beams)).unwrap();
        let (code, _, err) = omnis(&["integrate", card.to_str().unwrap()]);
        assert!(code == 2 && err.contains(reason), "{err}");
    }
    let hadrons = "process.generate = ['p p > e+ e-']\nbeams.polarisation = [0.3, 0]\ncuts.require = ['m(e+, e-) > 50']";
    let error = Run::prepare(Card::from_str(hadrons, "card").unwrap())
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("a hadron is not polarised"),
        "{error}"
    );
}

#[test]
fn helicities_that_cannot_be_are_refused_with_the_place() {
    let model = sm();
    for (line, reason) in [
        (
            "g g{0} > t t~",
            "column 3: 'g' has no helicity '{0}': a massless vector has",
        ),
        (
            "e+ e- > t{0} t~",
            "column 9: 't' has no helicity '{0}': a fermion has",
        ),
        ("e+ e- > z h{T}", "'h' has no helicity '{T}': a scalar"),
        ("e+ e- > z{X} h", "found '{X}', expected"),
        (
            "e+ e- > z{0} > mu+ mu-",
            "polarisations of particles inside",
        ),
    ] {
        let error = Evaluator::new(&model, line, &BTreeMap::new())
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(reason), "{line}: {error}");
    }
}

#[test]
fn events_have_the_helicities_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["c.toml", "e.lhe"].map(|n| folder.path().join(n));
    let text =
        "process.generate = ['p p > w+{0} w-{T}']\nrun.accuracy = 0.05\nrun.me_frame = [3, 4]\n";
    fs::write(&paths[0], text).unwrap();
    let [card, events] = paths.each_ref().map(|p| p.to_str().unwrap());
    let (code, _, err) = omnis(&["generate", card, "-n", "200", "-o", events]);
    assert_eq!(code, 0, "{err}");
    let text = fs::read_to_string(events).unwrap();
    let mut n = 0;
    for words in text
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>())
    {
        if words.len() == 13 && ["24", "-24"].contains(&words[0]) {
            let spin: f64 = words[12].parse().unwrap();
            assert_eq!(words[0] == "24", spin == 0.0, "{words:?}");
            n += 1;
        }
    }
    assert_eq!(n, 400);
    let (code, _, err) = omnis(&["verify", events]);
    assert_eq!(code, 0, "{err}");
}

/// Quark beams by process line, with a cut.
fn quarks(orders: &str) -> String {
    format!(
        "process.generate = ['u u > u u {orders}', 'u d > u d {orders}']\n\
         cuts.require = ['pt(u) > 100', 'pt(d) > 100', 'm(u, d) > 10', 'm(u, u) > 10']\n\
         scales.mu_r = 91.188\nscales.mu_f = 91.188\n"
    )
}

#[test]
fn selected_products_of_amplitudes_add_up() {
    let model = sm();
    let p = vec![point(500.0, [0.0; 2])];
    for line in ["u u > u u", "u u~ > d d~", "u d > u d"] {
        let me2 = |orders: &str| {
            let all = format!("{line} QED<=2 QCD<=2 {orders}");
            evaluator(&model, &all).me2(&p, false).unwrap()[0]
        };
        let total = me2("");
        let [strong, mixed, weak] = ["QCD^2==4", "QCD^2==2", "QCD^2==0"].map(me2);
        close(strong + mixed + weak, total, line);
        assert!(
            mixed != 0.0 && (mixed / total).abs() > 1e-4,
            "{line}: {mixed}"
        );
        close(me2("QCD^2<=2"), mixed + weak, line);
        close(me2("QED^2>0"), mixed + weak, line);
        close(me2("QED^2==2"), mixed, line);
        close(me2("QCD^2<=4"), total, line);
        // alpha_s^2 is QCD^2 = 4; without other limits the orders follow.
        let alone = |orders: &str| {
            evaluator(&model, &format!("{line} {orders}"))
                .me2(&p, false)
                .unwrap()[0]
        };
        close(alone("aS==1"), mixed, line);
        close(alone("aS=1"), mixed + weak, line);
        close(alone("aEW=1"), mixed + strong, line);
        close(alone("QCD^2==2"), mixed, line);
        close(
            evaluator(&model, &format!("{line} QCD=2 QED=0"))
                .me2(&p, false)
                .unwrap()[0],
            strong,
            line,
        );
        // By helicity as well.
        let details = evaluator(&model, &format!("{line} QCD^2==2"))
            .details(&p, false)
            .unwrap();
        let sum: f64 = details[0].helicities.iter().map(|h| h.1).sum();
        let denominator = if line == "u u > u u" { 72.0 } else { 36.0 };
        close(sum / denominator, mixed, line);
    }
    let none = Evaluator::new(&model, "g g > t t~ QCD^2==3", &BTreeMap::new());
    assert!(none.is_err());
    let twice = Evaluator::new(&model, "u u > u u QCD^2==2 QCD^2==4", &BTreeMap::new());
    let error = twice.err().unwrap().to_string();
    assert!(error.contains("limited twice"), "{error}");
}

#[test]
fn an_interference_is_the_total_less_the_squares() {
    let of = |orders: &str, accuracy: f64| integrated(&quarks(orders), accuracy);
    let total = of("QCD<=2 QED<=2", 5e-4);
    let strong = of("QCD^2==4", 5e-4);
    let weak = of("QCD^2==0 QED<=2", 2e-3);
    let mixed = of("QCD^2==2", 5e-3);
    let error = total.1.hypot(strong.1).hypot(weak.1);
    agree(mixed, (total.0 - strong.0 - weak.0, error), "interference");
    assert!(mixed.0.abs() > 3.0 * error, "{mixed:?}, {error}");
}

#[test]
fn events_of_an_interference_have_weights_of_either_sign() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["c.toml", "e.lhe"].map(|n| folder.path().join(n));
    let line = "process.generate = ['u u~ > u u~ QCD^2==2']\n\
                cuts.require = ['pt(u) > 30', 'pt(u~) > 30']\nrun.accuracy = 0.02\n";
    fs::write(&paths[0], line).unwrap();
    let [card, events] = paths.each_ref().map(|p| p.to_str().unwrap());
    let (code, json, err) = omnis(&["generate", card, "-n", "4000", "-o", events, "--json"]);
    assert_eq!(code, 0, "{err}");
    let xsec = json["xsec_pb"].as_f64().unwrap();
    let text = fs::read_to_string(events).unwrap();
    assert!(
        text.lines()
            .any(|l| l.split_whitespace().nth(8) == Some("-4")),
        "IDWTUP"
    );
    let mut lines = text.lines();
    let mut weights: Vec<f64> = vec![];
    while let Some(line) = lines.next() {
        if line.starts_with("<event>") {
            let words: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
            weights.push(words[2].parse().unwrap());
        }
    }
    assert_eq!(weights.len(), 4000);
    let n_negative = weights.iter().filter(|w| **w < 0.0).count();
    assert!(n_negative > 40 && n_negative < 3960, "{n_negative}");
    let share = json["negative_weights"].as_f64().unwrap();
    assert!(
        (share - n_negative as f64 / 4000.0).abs() < 1e-12,
        "{share}"
    );
    // The mean is the cross section.
    let mean = weights.iter().sum::<f64>() / 4000.0;
    let square = weights.iter().map(|w| w * w).sum::<f64>() / 4000.0;
    let error = ((square - mean * mean) / 4000.0)
        .sqrt()
        .hypot(json["xsec_err_pb"].as_f64().unwrap());
    assert!(
        (mean - xsec).abs() < 4.0 * error,
        "{mean} +- {error}, {xsec}"
    );
    let (code, _, err) = omnis(&["verify", events]);
    assert_eq!(code, 0, "{err}");
    // Sums of weights as well.
    fs::write(&paths[0], format!("{line}run.event_norm = 'sum'\n")).unwrap();
    let (code, _, err) = omnis(&["generate", card, "-n", "500", "-o", events, "--force"]);
    assert_eq!(code, 0, "{err}");
    let text = fs::read_to_string(events).unwrap();
    assert!(
        text.lines()
            .any(|l| l.split_whitespace().nth(8) == Some("-3")),
        "IDWTUP"
    );
}

/// A polarised boson that decays: in the limit of a narrow width it is a product of the
/// polarised production and a branching ratio, and one with all helicities is the whole.
#[test]
fn polarised_bosons_decay() {
    let narrow = |width: f64| format!("model.set = {{ WW = {width} }}\n");
    let of = |line: &str, width: f64, accuracy: f64| {
        integrated(&leptons(line, &narrow(width)), accuracy)
    };
    // The partial width of w+ > mu+ vm, and a width of a thousandth of it.
    let model = sm();
    let gw = model.parameter("gw").unwrap();
    let partial = gw * gw * 80.41900244575616 / (48.0 * std::f64::consts::PI);
    let width = 1e-3;
    for letters in ["0", "T", "L", "R"] {
        let line = format!("e+ e- > w+{{{letters}}} w-{{0}}");
        let produced = of(&line, width, 2e-3);
        let chain = of(&format!("{line}, w+ > mu+ vm"), width, 3e-3);
        let expected = [produced.0, produced.1].map(|x| x * partial / width);
        // Windows of 15 widths leave 2/pi atan(30) of a Breit-Wigner.
        let kept = 2.0 / std::f64::consts::PI * 30.0_f64.atan();
        agree(chain, (expected[0] * kept, expected[1] * kept), &line);
    }
    // The flow of the line through the diagram: the boson is the last leg or another one.
    let [first, last] = ["e+ e- > w+{R} w-", "e+ e- > w- w+{R}"]
        .map(|line| of(&format!("{line}, w+ > mu+ vm"), 2.0476, 3e-3));
    agree(first, last, "order of the legs");
    let error = Evaluator::new(&model, "e+ e- > t{L} t~, t > b w+", &BTreeMap::new());
    assert!(error.err().unwrap().to_string().contains("vectors alone"));
}
