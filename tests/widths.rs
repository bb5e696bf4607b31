//! Partial widths against closed formulas, with the parameters of the model.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::fs;
use std::process::Command;

use omnis::card::AmplitudeCard;
use omnis::compute::Watch;
use omnis::error::Error;
use omnis::integrate::{AdaptSettings, Control};
use omnis::model::{Model, ModelSpec};
use omnis::run::{PartialWidth, TotalWidth, TotalWidthRequest, WidthRequest, load_model};

const ACCURACY: f64 = 2e-3;

fn sm() -> Model {
    Model::load(&ModelSpec::default()).unwrap()
}

/// With masses and mixing that the model sets to 0 by default.
fn restricted(names: &[&str]) -> Model {
    let spec = ModelSpec {
        restrict: names.iter().map(|name| (*name).to_owned()).collect(),
        ..ModelSpec::default()
    };
    Model::load(&spec).unwrap()
}

fn width_with(model: &Model, lines: &[&str], require: &[&str]) -> Result<PartialWidth, Error> {
    let texts = |list: &[&str]| -> Vec<String> { list.iter().map(|l| (*l).to_owned()).collect() };
    let request = WidthRequest {
        model,
        lines: &texts(lines),
        define: &BTreeMap::new(),
        require: &texts(require),
        allow_singular: false,
        me_frame: &[1],
        resonances: Default::default(),
        amplitude: AmplitudeCard::default(),
        settings: AdaptSettings {
            precision: ACCURACY,
            ..AdaptSettings::default()
        },
        watch: Watch::nobody(),
    };
    PartialWidth::new(&request, &Control::silent())
}

fn width(model: &Model, lines: &[&str]) -> PartialWidth {
    width_with(model, lines, &[]).unwrap()
}

/// Pull and error are both bounded; what does not depend on angles is exact.
fn agrees(found: &PartialWidth, exact: f64, is_flat: bool) {
    let (value, error) = (found.total.xsec_pb, found.total.xsec_err_pb);
    let name = &found.decays[0].name;
    if is_flat {
        assert!(
            (value / exact - 1.0).abs() < 1e-10,
            "{name}: {value} GeV, exact {exact}"
        );
    }
    assert!(error <= ACCURACY * exact, "{name}: {value} ± {error} GeV");
    let allowed = 4.0 * error + 1e-10 * exact;
    assert!(
        (value - exact).abs() < allowed,
        "{name}: {value} ± {error} GeV, exact {exact}"
    );
    let sum: f64 = found.decays.iter().map(|d| d.width_gev).sum();
    assert!(
        (sum / value - 1.0).abs() < 1e-9,
        "{name}: {sum} and {value}"
    );
}

fn parameter(model: &Model, name: &str) -> f64 {
    model
        .parameter(name)
        .unwrap_or_else(|| panic!("no parameter {name}"))
}

fn mass(model: &Model, name: &str) -> f64 {
    model.particle(model.by_name(name).unwrap()).mass
}

fn root_lambda(a: f64, b: f64) -> f64 {
    ((1.0 - a - b).powi(2) - 4.0 * a * b).sqrt()
}

#[test]
fn a_top_decays_to_a_bottom_and_a_w() {
    let model = sm();
    let [m, m_w, m_b] = ["t", "w+", "b"].map(|p| mass(&model, p));
    let (b, w) = ((m_b / m).powi(2), (m_w / m).powi(2));
    let v = parameter(&model, "CKM3x3");
    let fermi = parameter(&model, "gw").powi(2) / (8.0 * m_w * m_w);
    // Phys. Lett. B 181 (1986) 157 at tree level, both masses kept.
    let exact = fermi * m.powi(3) / (8.0 * PI)
        * v
        * v
        * root_lambda(b, w)
        * ((1.0 - b).powi(2) + (1.0 + b) * w - 2.0 * w * w);
    agrees(&width(&model, &["t > b w+"]), exact, true);
    // The antiparticle and other quarks: another name, the same law.
    agrees(&width(&model, &["t~ > b~ w-"]), exact, true);
}

/// `W > f f'` with a mixing element and `n_c` colours.
fn of_w(model: &Model, up: &str, down: &str, mixing: f64, n_c: f64) -> f64 {
    let m = mass(model, "w+");
    let [a, b] = [up, down].map(|f| (mass(model, f) / m).powi(2));
    let coupling = (parameter(model, "gw") * mixing).powi(2);
    n_c * coupling * m / (48.0 * PI)
        * root_lambda(a, b)
        * (1.0 - 0.5 * (a + b) - 0.5 * (a - b).powi(2))
}

#[test]
fn a_w_decays_to_all_that_is_light_enough() {
    let model = restricted(&["lepton_masses", "ckm", "c_mass"]);
    assert!(mass(&model, "c") > 1.0 && mass(&model, "mu-") > 0.1);
    let mut exact = 0.0;
    for (k, up) in ["u", "c"].into_iter().enumerate() {
        for (j, down) in ["d", "s", "b"].into_iter().enumerate() {
            let name = format!("CKM{}x{}", k + 1, j + 1);
            let mixing = model
                .parameters
                .iter()
                .find(|p| p.name == name)
                .unwrap()
                .value;
            exact += of_w(&model, up, down, mixing.0.hypot(mixing.1), 3.0);
        }
    }
    let lines = [
        "w+ > u d~",
        "w+ > u s~",
        "w+ > u b~",
        "w+ > c d~",
        "w+ > c s~",
        "w+ > c b~",
    ];
    let quarks = width(&model, &lines);
    agrees(&quarks, exact, true);
    for (nu, lepton) in [("ve", "e-"), ("vm", "mu-"), ("vt", "ta-")] {
        exact += of_w(&model, nu, lepton, 1.0, 1.0);
    }
    let leptons = ["w+ > ve e+", "w+ > vm mu+", "w+ > vt ta+"];
    let all = width(&model, &[&lines[..], &leptons].concat());
    agrees(&all, exact, true);
    assert_eq!(all.decays.len(), 9);
    assert_eq!(all.pdg, 24);
}

#[test]
fn a_z_decays_to_electrons() {
    let model = sm();
    let (m, sw2) = (mass(&model, "z"), parameter(&model, "sw2"));
    let x = (mass(&model, "e-") / m).powi(2);
    let (v, a) = (-0.5 + 2.0 * sw2, -0.5);
    let exact = parameter(&model, "gz").powi(2) * m / (48.0 * PI)
        * (1.0 - 4.0 * x).sqrt()
        * (v * v * (1.0 + 2.0 * x) + a * a * (1.0 - 4.0 * x));
    agrees(&width(&model, &["z > e+ e-"]), exact, true);
}

#[test]
fn a_higgs_decays_to_bottoms_and_identical_bosons_count_half() {
    let model = sm();
    let m = mass(&model, "h");
    let beta = |name: &str| (1.0 - 4.0 * (mass(&model, name) / m).powi(2)).sqrt();
    let yukawa = parameter(&model, "ymb") / parameter(&model, "vev");
    let exact = 3.0 * m / (8.0 * PI) * yukawa.powi(2) * beta("b").powi(3);
    agrees(&width(&model, &["h > b b~"]), exact, true);

    // A heavy one decays to two Z, with a factor 1/2 that two W do not have.
    let mut spec = ModelSpec::default();
    spec.set.insert("MH".to_owned(), 400.0);
    let model = Model::load(&spec).unwrap();
    let m = mass(&model, "h");
    for (line, boson, identical) in [("h > z z", "z", 0.5), ("h > w+ w-", "w+", 1.0)] {
        let x = (mass(&model, boson) / m).powi(2);
        let exact = identical * m.powi(3) / (16.0 * PI * parameter(&model, "vev").powi(2))
            * (1.0 - 4.0 * x).sqrt()
            * (1.0 - 4.0 * x + 12.0 * x * x);
        agrees(&width(&model, &[line]), exact, true);
    }
}

#[test]
fn a_muon_decays_to_three() {
    let model = restricted(&["lepton_masses"]);
    let (m, m_e, m_w) = (mass(&model, "mu-"), mass(&model, "e-"), mass(&model, "w-"));
    let fermi = parameter(&model, "gw").powi(2) / (4.0 * 2f64.sqrt() * m_w * m_w);
    let x = (m_e / m).powi(2);
    let phase_space = 1.0 - 8.0 * x + 8.0 * x.powi(3) - x.powi(4) - 12.0 * x * x * x.ln();
    // With the leading effect of the W propagator.
    let exact = fermi.powi(2) * m.powi(5) / (192.0 * PI.powi(3))
        * phase_space
        * (1.0 + 0.6 * (m / m_w).powi(2));
    let found = width(&model, &["mu- > e- ve~ vm"]);
    agrees(&found, exact, false);
    assert_eq!(found.decays[0].pdg, [13, 11, -12, 14]);
}

#[test]
fn a_chain_on_its_pole_is_a_product_of_a_width_and_a_branching_fraction() {
    // In the limit of a narrow W: t > b (w+ > vm mu+).
    let mut spec = ModelSpec::default();
    spec.set.insert("WW".to_owned(), 1e-4);
    let model = Model::load(&spec).unwrap();
    let first = width(&model, &["t > b w+"]).total.xsec_pb;
    let branching = of_w(&model, "vm", "mu-", 1.0, 1.0) / 1e-4;
    let found = width(&model, &["t > b vm mu+"]);
    let (value, error) = (found.total.xsec_pb, found.total.xsec_err_pb);
    let exact = first * branching;
    // Corrections are of the order of the width over the mass.
    assert!(
        (value - exact).abs() < 4.0 * error + 1e-4 * exact,
        "{value} ± {error}, {exact}"
    );
    assert!(error < ACCURACY * exact);
}

#[test]
fn cuts_are_those_of_the_rest_frame() {
    let model = sm();
    let all = width(&model, &["z > e+ e-"]).total.xsec_pb;
    // Unpolarised: flat in the cosine, so that half of it has pt below sqrt(3)/2 of the momentum.
    let cut = format!("pt(e-) > {}", 0.75f64.sqrt() * 0.5 * mass(&model, "z"));
    let found = width_with(&model, &["z > e+ e-"], &[&cut]).unwrap().total;
    assert!((found.xsec_pb - 0.5 * all).abs() < 4.0 * found.xsec_err_pb + 1e-6 * all);
    assert!(found.xsec_err_pb < ACCURACY * all);
}

#[test]
fn what_is_no_partial_width_is_refused_with_a_reason() {
    let model = sm();
    for (lines, reason) in [
        (vec!["u u~ > e+ e-"], "two incoming particles"),
        (vec!["t > b w+", "w+ > e+ ve"], "'t' and 'w+' decay"),
        (vec!["z > t t~"], "below the threshold"),
        (vec!["mu- > e- ve~ vm"], "exactly the threshold"),
        (vec!["t > b w+ g"], "the width is infinite"),
    ] {
        let message = width_with(&model, &lines, &[]).unwrap_err().to_string();
        assert!(message.contains(reason), "{lines:?}: {message}");
    }
}

fn total(model: &Model, particle: &str) -> TotalWidth {
    let request = TotalWidthRequest {
        model,
        particle: model.by_name(particle).unwrap(),
        accuracy: ACCURACY,
        seed: 1,
        watch: Watch::nobody(),
    };
    TotalWidth::new(&request, &Control::silent()).unwrap()
}

fn close(value: f64, exact: f64) {
    assert!(
        (value / exact - 1.0).abs() < 1e-10,
        "{value}, exact {exact}"
    );
}

#[test]
fn widths_of_two_body_decays_are_exact_sums() {
    let model = sm();
    let top = total(&model, "t");
    close(top.width_gev, width(&model, &["t > b w+"]).total.xsec_pb);
    assert_eq!((top.decays.len(), top.width_err_gev), (1, 0.0));

    assert!(mass(&model, "ta-") > 0.0);
    let exact = 2.0 * of_w(&model, "ve", "e-", 1.0, 1.0)
        + of_w(&model, "vt", "ta-", 1.0, 1.0)
        + 2.0 * of_w(&model, "u", "d", 1.0, 3.0);
    for w in ["w+", "w-"] {
        let found = total(&model, w);
        close(found.width_gev, exact);
        assert_eq!(found.decays.len(), 5);
        let sum: f64 = found.decays.iter().map(|d| found.branching_ratio(d)).sum();
        close(sum, 1.0);
    }
}

#[test]
fn a_z_decays_to_eleven_pairs() {
    let model = sm();
    let (m, sw2) = (mass(&model, "z"), parameter(&model, "sw2"));
    let pair = |name: &str, charge: f64, isospin: f64, n_c: f64| {
        let x = (mass(&model, name) / m).powi(2);
        let (v, a) = (isospin - 2.0 * charge * sw2, isospin);
        n_c * parameter(&model, "gz").powi(2) * m / (48.0 * PI)
            * (1.0 - 4.0 * x).sqrt()
            * (v * v * (1.0 + 2.0 * x) + a * a * (1.0 - 4.0 * x))
    };
    let mut exact = 0.0;
    for lepton in ["e-", "mu-", "ta-"] {
        exact += pair(lepton, -1.0, -0.5, 1.0) + pair("ve", 0.0, 0.5, 1.0);
    }
    for (name, charge, isospin) in [
        ("d", -1.0 / 3.0, -0.5),
        ("u", 2.0 / 3.0, 0.5),
        ("s", -1.0 / 3.0, -0.5),
        ("c", 2.0 / 3.0, 0.5),
        ("b", -1.0 / 3.0, -0.5),
    ] {
        exact += pair(name, charge, isospin, 3.0);
    }
    let found = total(&model, "z");
    let pairs = found.decays.iter().filter(|d| d.pdg.len() == 3);
    assert_eq!(pairs.clone().count(), 11);
    close(pairs.map(|d| d.width_gev).sum(), exact);
    // What is left is a real W: below 1e-6 of the whole, and not of two bodies.
    let rest = found.width_gev - exact;
    assert!(rest > 0.0 && rest < 1e-6 * exact, "{rest}");
}

/// The widths of MadGraph's default parameter card, which were computed with a charm quark
/// of 1.40 GeV.
#[test]
fn widths_are_those_of_the_parameter_card_of_madgraph() {
    let mut spec = ModelSpec {
        restrict: vec!["c_mass".to_owned()],
        ..ModelSpec::default()
    };
    spec.set.insert("MC".to_owned(), 1.40);
    let model = Model::load(&spec).unwrap();
    for (name, width) in [("z", 2.441404), ("w+", 2.0476), ("t", 1.4915)] {
        let found = total(&model, name).width_gev;
        let digits = if name == "t" { 3e-5 } else { 5e-7 };
        assert!(
            (found / width - 1.0).abs() < digits,
            "{name}: {found}, {width}"
        );
    }
}

/// `h > V V*` with `V*` to everything that is massless: Keung and Marciano, Phys. Rev. D30
/// (1984) 248, as in Djouadi, Phys. Rept. 457 (2008) 1, eq. (2.29).
fn keung_marciano(epsilon: f64) -> f64 {
    let e2 = epsilon * epsilon;
    let x = (3.0 * e2 - 1.0) / (2.0 * epsilon.powi(3));
    3.0 * (1.0 - 8.0 * e2 + 20.0 * e2 * e2) / (4.0 * e2 - 1.0).sqrt() * x.acos()
        - (1.0 - e2) * (23.5 * e2 - 6.5 + 1.0 / e2)
        - 3.0 * (1.0 - 6.0 * e2 + 4.0 * e2 * e2) * epsilon.ln()
}

#[test]
fn a_light_higgs_has_a_real_and_a_virtual_boson() {
    let model = restricted(&["no_b_mass", "no_tau_mass"]);
    assert_eq!(mass(&model, "b") + mass(&model, "ta-"), 0.0);
    let (m, m_w) = (mass(&model, "h"), mass(&model, "w+"));
    // Nine colours and flavours of f f' for each charge: 3 g^4 is for all of them.
    let exact =
        3.0 * parameter(&model, "gw").powi(4) * m / (512.0 * PI.powi(3)) * keung_marciano(m_w / m);
    let found = total(&model, "h");
    let of = |boson: &str| -> f64 {
        let own = found.decays.iter().filter(|d| d.name.contains(boson));
        own.map(|d| d.width_gev).sum()
    };
    let both = of("w+") + of("w-");
    let error = found.width_err_gev;
    assert!(error < 0.01 * both, "{error}");
    assert!(
        (both - exact).abs() < 4.0 * error,
        "{both} +- {error}, {exact}"
    );
    // delta_Z of the same source, for five quarks.
    let s = parameter(&model, "sw2");
    let delta = 7.0 / 12.0 - 10.0 / 9.0 * s + 40.0 / 27.0 * s * s;
    let m_z = mass(&model, "z");
    // 3 G^2 M_Z^4 m / (16 pi^3) delta' F / 2, with G M_Z^2 = gz^2 / (4 sqrt 2).
    let exact = 3.0 * parameter(&model, "gz").powi(4) * m / (512.0 * PI.powi(3))
        * delta
        * keung_marciano(m_z / m);
    let z = of("z");
    assert!(
        (z - exact).abs() < 4.0 * error + 1e-3 * z,
        "{z} +- {error}, {exact}"
    );
}

#[test]
fn widths_that_are_auto_are_computed_and_do_not_depend_on_each_other() {
    let model = sm();
    let mut spec = ModelSpec::default();
    for name in ["WT", "ww", "WZ"] {
        spec.set.set_auto(name);
    }
    let error = Model::load(&spec).unwrap_err().to_string();
    assert!(
        error.contains("WZ, WW, WT") || error.contains("auto"),
        "{error}"
    );
    let loaded = load_model(&spec, &[], Watch::nobody()).unwrap();
    assert_eq!(loaded.widths.len(), 3);
    for name in ["t", "w+", "z"] {
        let id = loaded.model.by_name(name).unwrap();
        let [p, anti] = [id, loaded.model.anti(id)].map(|id| loaded.model.particle(id));
        assert_eq!(p.width, total(&model, name).width_gev, "{name}");
        assert_eq!(p.width, anti.width);
    }
    // From a parameter card, with its other values; `set` wins.
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("param_card.dat");
    fs::write(
        &card,
        "BLOCK MASS\n 6 180.0\nDECAY 6 Auto # t\n 1.0 2 5 24\nDECAY 23 auto\n",
    )
    .unwrap();
    let mut spec = ModelSpec {
        param_card: Some(card),
        ..ModelSpec::default()
    };
    spec.set.insert("WZ".to_owned(), 2.4);
    let loaded = load_model(&spec, &[], Watch::nobody()).unwrap();
    let names: Vec<&str> = loaded.widths.iter().map(|w| w.parameter.as_str()).collect();
    assert_eq!(names, ["WT"]);
    assert!(loaded.unused.warnings.is_empty(), "{:?}", loaded.unused);
    let heavy = loaded.model.particle(loaded.model.by_name("t").unwrap());
    assert!(heavy.mass == 180.0 && heavy.width > 1.1 * total(&model, "t").width_gev);
    assert_eq!(loaded.model.parameter("WZ"), Some(2.4));
    for wrong in ["MT", "aS"] {
        let mut spec = ModelSpec::default();
        spec.set.set_auto(wrong);
        let error = load_model(&spec, &[], Watch::nobody())
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("{wrong} = auto")), "{error}");
    }
}

#[test]
fn soft_and_collinear_decays_need_cuts() {
    let model = restricted(&["no_b_mass"]);
    let infinite = |lines: &[&str], cuts: &[&str]| match width_with(&model, lines, cuts) {
        Err(e) => e
            .singular()
            .map(|s| s.lines().join("; "))
            .unwrap_or_default(),
        Ok(_) => String::new(),
    };
    let soft = infinite(&["t > b w+ g"], &[]);
    assert!(soft.contains("the energy of g can go to 0"), "{soft}");
    assert!(soft.contains("b, g") || soft.contains("g, b"), "{soft}");
    // A collinear one is left where only the soft one is cut away.
    let collinear = infinite(&["t > b w+ g"], &["pt(g) > 10"]);
    assert!(
        collinear.contains("become parallel") || collinear.contains("m("),
        "{collinear}"
    );
    assert_eq!(
        infinite(&["t > b w+ g"], &["m(b, g) > 20", "pt(g) > 5"]),
        ""
    );
    // A massive b radiates softly alone.
    let massive = sm();
    let error = width_with(&massive, &["t > b w+ g"], &[]).unwrap_err();
    assert_eq!(error.singular().unwrap().lines().len(), 1);
    assert!(width_with(&massive, &["t > b w+ g"], &["pt(g) > 5"]).is_ok());
}

fn omnis(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap();
    (code, text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_process_line_or_a_card_gives_widths_on_the_command_line() {
    let expected = width(&sm(), &["t > b w+"]).total.xsec_pb;
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("top.toml");
    fs::write(
        &card,
        "process.generate = ['t > b w+']\nrun.accuracy = 0.002\n",
    )
    .unwrap();
    for what in ["t > b w+", card.to_str().unwrap()] {
        let (code, out, err) = omnis(&["integrate", what, "--json"]);
        assert_eq!(code, 0, "{err}");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        let value = json["width_gev"].as_f64().unwrap();
        assert!(
            (value / expected - 1.0).abs() < 1e-9,
            "{value} and {expected}"
        );
        assert!(json["width_err_gev"].as_f64().unwrap() < 0.01 * value);
        assert_eq!(json["pdg"], 6);
        assert_eq!(json["decays"][0]["name"], "t > b w+");
        assert_eq!(json["decays"][0]["pdg"], serde_json::json!([6, 5, 24]));
    }
    let (code, out, _) = omnis(&["integrate", "w+ > l+ vl"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("partial width [GeV]") && out.contains("total"),
        "{out}"
    );
    let (code, _, err) = omnis(&["integrate", "u u~ > e+ e-"]);
    assert!(
        code == 2 && err.contains("whose beams stand in a card"),
        "{err}"
    );
}

#[test]
fn the_width_of_a_particle_on_the_command_line() {
    let expected = total(&sm(), "t");
    for what in ["t", "6", "T~"] {
        let (code, out, err) = omnis(&["width", what, "--json"]);
        assert_eq!(code, 0, "{err}");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        close(json["width_gev"].as_f64().unwrap(), expected.width_gev);
        assert_eq!(json["decays"][0]["branching_ratio"], 1.0);
    }
    let (code, out, _) = omnis(&["width", "z", "--set", "MZ=90"]);
    assert!(
        code == 0 && out.contains("branching ratio") && out.contains("mass 90"),
        "{out}"
    );
    let (code, out, _) = omnis(&["width", "t > b w+", "--json"]);
    assert!(code == 0 && out.contains("width_gev"), "{out}");
    let (code, _, err) = omnis(&["width", "tt"]);
    assert!(code == 2 && err.contains("no particle 'tt'"), "{err}");
    let (code, _, err) = omnis(&["width", "t", "--history", "a.json"]);
    assert!(
        code == 2 && err.contains("--history belongs to one decay"),
        "{err}"
    );
    let (code, out, _) = omnis(&["width", "e-"]);
    assert!(code == 0 && out.contains("is stable"), "{out}");
    let total = out.lines().find(|line| line.starts_with("total"));
    let total = total.unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(total, ["total", "0"], "{out}");
    let (code, out, _) = omnis(&["width", "e-", "--json"]);
    assert!(code == 0 && out.contains("\"width_gev\": 0.0"), "{out}");
}

#[test]
fn sampler_and_history_of_a_decay_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.json");
    let line = ["integrate", "t > b e+ ve", "--accuracy", "0.05", "--json"];
    let more = [
        "--sampler",
        "flow",
        "--training",
        "0.1",
        "--history",
        history.to_str().unwrap(),
    ];
    let (code, out, err) = omnis(&[&line[..], &more].concat());
    assert_eq!(code, 0, "{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(json["samplers"].as_str().unwrap().contains("flow"), "{out}");
    assert!(history.exists());
}

#[test]
fn an_auto_width_stands_in_the_event_file() {
    let folder = tempfile::tempdir().unwrap();
    let (card, events) = (folder.path().join("c.toml"), folder.path().join("e.lhe"));
    fs::write(
        &card,
        "process.generate = ['e+ e- > w+ w-']\nbeams.particles = ['e+', 'e-']\n\
         beams.energies = [100, 100]\nmodel.set = { WT = 'auto', MT = 170.0 }\nrun.accuracy = 0.05\n",
    )
    .unwrap();
    let paths = [&card, &events].map(|p| p.to_str().unwrap());
    let (code, _, err) = omnis(&["generate", paths[0], "-n", "10", "-o", paths[1]]);
    assert_eq!(code, 0, "{err}");
    let text = fs::read_to_string(&events).unwrap();
    let line = text.lines().find(|l| l.starts_with("computed_width WT = "));
    let value: f64 = line.unwrap().split(' ').nth(3).unwrap().parse().unwrap();
    let mut spec = ModelSpec::default();
    spec.set.insert("MT".to_owned(), 170.0);
    close(value, total(&Model::load(&spec).unwrap(), "t").width_gev);
}
