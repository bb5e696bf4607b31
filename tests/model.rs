//! The built-in Standard Model: numbers against independent code, and the laws
//! that its vertices obey.

use std::collections::BTreeMap;

use omnis::model::{Model, ModelError, ModelSpec, ParticleId, Vertex};
use omnis::run::Evaluator;

fn load(restrict: &[&str], set: &[(&str, f64)]) -> Result<Model, ModelError> {
    Model::load(&ModelSpec {
        restrict: restrict.iter().map(|s| (*s).to_owned()).collect(),
        set: set.iter().map(|&(k, v)| (k.to_owned(), v)).collect(),
        ..ModelSpec::default()
    })
}

fn sm() -> Model {
    Model::load(&ModelSpec::default()).unwrap()
}

/// Everything on: all masses, Yukawa couplings and CKM elements non-zero.
fn full() -> Model {
    let light = [("MU", 0.01), ("MD", 0.01), ("MS", 0.1)];
    let yukawas = [("ymup", 0.01), ("ymdo", 0.01), ("yms", 0.1)];
    load(
        &["ckm", "c_mass", "lepton_masses"],
        &[&light[..], &yukawas[..]].concat(),
    )
    .unwrap()
}

fn message(result: Result<Model, ModelError>) -> String {
    result.unwrap_err().to_string()
}

/// The imaginary part of a coupling; its real part must vanish.
fn coupling(model: &Model, name: &str) -> f64 {
    let c = model.couplings.iter().find(|c| c.name == name).unwrap();
    assert_eq!(c.value.0, 0.0, "{name}");
    c.value.1
}

fn assert_close(a: f64, b: f64, what: &str) {
    assert!(
        (a - b).abs() <= 4e-15 * b.abs().max(a.abs()),
        "{what}: {a} against {b}"
    );
}

fn golden() -> serde_json::Value {
    serde_json::from_str(include_str!("golden/sm_parameters.json")).unwrap()
}

#[test]
fn parameters_agree_with_madgraph() {
    let model = sm();
    let golden = golden();
    // Powers and roots that MadGraph stores, and Goldstone couplings.
    let auxiliary = |name: &str| {
        name.contains("__")
            || ["ZERO", "complexi", "I1x33", "I2x33", "I3x33", "I4x33"].contains(&name)
    };
    for (name, value) in golden["parameters"].as_object().unwrap() {
        if !auxiliary(name) {
            let ours = model.parameter(name).expect(name);
            assert_close(ours, value.as_f64().unwrap(), name);
        }
    }
    assert_eq!(model.alpha_s(), 0.118);
    assert_close(1.0 / model.alpha_em(), 132.507, "1/alpha");
}

#[test]
fn couplings_agree_with_madgraph() {
    let model = sm();
    let golden = golden();
    let gc = |k: u32| {
        let value = &golden["couplings"][format!("GC_{k}")];
        assert_eq!(value[0].as_f64().unwrap().abs(), 0.0, "GC_{k}");
        value[1].as_f64().unwrap()
    };
    for (ours, theirs) in [
        ("qqg", gc(11)),
        ("gggg", gc(12)),
        ("a_down", gc(1)),
        ("a_up", gc(2)),
        ("a_lepton", gc(3)),
        ("zw_down", gc(50)),
        ("zw_up", -gc(50)),
        ("zy_quark", gc(58)),
        ("zy_lepton", gc(59)),
        ("z_neutrino", gc(62)),
        ("w_lepton", gc(100)),
        ("w_ud", gc(100)),
        ("w_bt", gc(100)),
        ("wwz", gc(53)),
        ("wwaa", gc(5)),
        ("wwaz", -gc(57) / 2.0),
        ("wwww", gc(35)),
        ("wwzz", gc(36)),
        ("wwhh", gc(34)),
        ("zzhh", gc(65)),
        ("wwh", gc(72)),
        ("zzh", gc(81)),
        ("hhh", gc(69)),
        ("hhhh", gc(33)),
        ("h_b", gc(83)),
        ("h_t", gc(94)),
        ("h_ta", gc(99)),
    ] {
        assert_close(coupling(&model, ours), theirs, ours);
    }
    let ggg = model.couplings.iter().find(|c| c.name == "ggg").unwrap();
    assert_close(
        ggg.value.0,
        golden["couplings"]["GC_10"][0].as_f64().unwrap(),
        "ggg",
    );
    assert_eq!(ggg.value.1, 0.0);
}

/// To the last bit: a UFO directory of the Standard Model and the built-in one give the same
/// events only so.
#[test]
fn couplings_have_the_bits_of_madgraphs_ufo_model() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("golden/sm_ufo_couplings.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("param_card.dat");
    std::fs::write(&card, golden["param_card"].as_str().unwrap()).unwrap();
    let model = Model::load(&ModelSpec {
        param_card: Some(card),
        ..ModelSpec::default()
    })
    .unwrap();
    // A zero has a sign, which no sum shows.
    let bits = |x: f64| (x + 0.0).to_bits();
    let own = model.vertices.iter().map(|vertex| {
        let mut codes: Vec<i64> = vertex
            .particles
            .iter()
            .map(|&id| i64::from(model.particle(id).pdg))
            .collect();
        codes.sort_unstable();
        let values = vertex.terms.iter().map(|term| {
            let (re, im) = model.couplings[term.coupling].value;
            (bits(re), bits(im))
        });
        (codes, values.collect::<Vec<_>>())
    });
    let mut own: Vec<_> = own.collect();
    own.sort();
    let theirs = golden["vertices"].as_array().unwrap();
    assert_eq!(own.len(), theirs.len());
    for ((codes, values), row) in own.iter().zip(theirs) {
        let number = |z: &serde_json::Value| bits(z.as_f64().unwrap());
        let expected = row[1].as_array().unwrap().iter();
        let expected: Vec<_> = expected.map(|z| (number(&z[0]), number(&z[1]))).collect();
        assert_eq!(serde_json::json!(codes), row[0]);
        assert_eq!(*values, expected, "{codes:?}");
    }
}

#[test]
fn boson_couplings_follow_from_the_gauge_algebra() {
    // [T^a, T^b] = i f^abc T^c: the neutral boson couples to the W as the
    // difference of its couplings to the members of a doublet.
    let model = sm();
    let g = |name| coupling(&model, name);
    assert_close(g("a_up") - g("a_down"), g("wwa"), "quarks, photon");
    assert_close(-g("a_lepton"), g("wwa"), "leptons, photon");
    assert_close(g("zw_up") - g("zw_down"), g("wwz"), "quarks, Z");
    let left = g("zw_down") + g("zy_lepton");
    assert_close(g("z_neutrino") - left, g("wwz"), "leptons, Z");
    // Right-handed fermions: -Q gz sw2 with the right over left of their structures.
    let right = model.parameter("gz").unwrap() * model.parameter("sw2").unwrap();
    for (name, ratio, charge) in [
        ("zy_quark", 4.0, 2.0 / 3.0),
        ("zy_quark", -2.0, -1.0 / 3.0),
        ("zy_lepton", 2.0, -1.0),
    ] {
        assert_close(ratio * g(name), -charge * right, name);
    }
    // Four-boson couplings are products of three-boson ones.
    assert_close(g("wwaa"), g("wwa").powi(2), "WWAA");
    assert_close(g("wwaz"), g("wwa") * g("wwz"), "WWAZ");
    assert_close(g("wwzz"), g("wwz").powi(2), "WWZZ");
    assert_close(-g("wwww"), g("wwa").powi(2) + g("wwz").powi(2), "WWWW");
    // W exchange against the commutator: 2 g_W^2 = g_WWA^2 + g_WWZ^2.
    assert_close(2.0 * g("w_lepton").powi(2), -g("wwww"), "W to leptons");
}

#[test]
fn longitudinal_bosons_respect_unitarity() {
    // Gunion, Haber, Wudka, Phys. Rev. D43 (1991) 904.
    let model = sm();
    let g = |name| coupling(&model, name);
    let mw2 = model.parameter("MW").unwrap().powi(2);
    let mz2 = model.parameter("MZ").unwrap().powi(2);
    let sum = 4.0 * mw2 * -g("wwww");
    assert_close(
        sum,
        3.0 * mz2 * g("wwz").powi(2) + g("wwh").powi(2),
        "WW to WW",
    );
    let sum = g("wwh") * g("zzh");
    assert_close(sum, g("wwz").powi(2) * mz2 * mz2 / mw2, "WW to ZZ");
    // t t~ to WW: fermions couple to h as their mass over that of the W.
    let mt = model.parameter("MT").unwrap();
    assert_close(-2.0 * mw2 * g("h_t"), mt * g("wwh"), "t t~ to WW");
}

#[test]
fn ckm_matrix_is_unitary_to_its_order() {
    let model = full();
    let lambda = model.parameter("lamWS").unwrap();
    let v = |i: usize, j: usize| {
        let name = format!("CKM{i}x{j}");
        model
            .parameters
            .iter()
            .find(|p| p.name == name)
            .unwrap()
            .value
    };
    for i in 1..=3 {
        for k in 1..=3 {
            let (mut re, mut im) = (0.0, 0.0);
            for j in 1..=3 {
                let ((a, b), (c, d)) = (v(i, j), v(k, j));
                re += a * c + b * d;
                im += b * c - a * d;
            }
            let expected = if i == k { 1.0 } else { 0.0 };
            let off = f64::hypot(re - expected, im);
            assert!(off < 2.0 * lambda.powi(4), "{i}, {k}: {off}");
        }
    }
    for k in 1..=3 {
        assert_eq!(sm().parameter(&format!("CKM{k}x{k}")), Some(1.0));
    }
}

#[test]
fn every_vertex_conserves_charge_triality_and_fermion_number() {
    let model = full();
    for vertex in &model.vertices {
        let legs = || vertex.particles.iter().map(|&id| model.particle(id));
        assert_eq!(
            legs().map(|p| p.charge_thirds).sum::<i32>(),
            0,
            "{}",
            vertex.name
        );
        let triality = |c: i8| i32::from(c.signum()) * i32::from(c.abs() == 3);
        assert_eq!(
            legs().map(|p| triality(p.colour)).sum::<i32>(),
            0,
            "{}",
            vertex.name
        );
        let number = |pdg: i32, range: std::ops::Range<i32>| {
            if range.contains(&pdg.abs()) {
                pdg.signum()
            } else {
                0
            }
        };
        for range in [1..7, 11..13, 13..15, 15..17] {
            let sum: i32 = legs().map(|p| number(p.pdg, range.clone())).sum();
            assert_eq!(sum, 0, "{}", vertex.name);
        }
        assert!(vertex.terms.iter().all(|t| t.colour < vertex.colour.len()));
    }
}

#[test]
fn every_vertex_has_its_hermitian_conjugate() {
    let model = full();
    let sorted = |ids: &mut dyn Iterator<Item = ParticleId>| {
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        ids
    };
    let by_legs: BTreeMap<_, &Vertex> = (model.vertices.iter())
        .map(|v| (sorted(&mut v.particles.iter().copied()), v))
        .collect();
    assert_eq!(
        by_legs.len(),
        model.vertices.len(),
        "a vertex is given twice"
    );
    for vertex in &model.vertices {
        let conjugate = sorted(&mut vertex.particles.iter().map(|&id| model.anti(id)));
        let partner = by_legs.get(&conjugate).expect(&vertex.name);
        if !model.particle(vertex.particles[0]).is_fermion() {
            continue;
        }
        // i L is antihermitian: the coupling of the partner is minus the conjugate.
        for (a, b) in vertex.terms.iter().zip(&partner.terms) {
            assert_eq!(a.lorentz, b.lorentz);
            let (c, d) = (
                model.couplings[a.coupling].value,
                model.couplings[b.coupling].value,
            );
            assert_eq!((-c.0, c.1), d, "{}", vertex.name);
        }
    }
}

#[test]
fn particles_come_with_their_antiparticles() {
    let model = sm();
    assert_eq!(model.particles.len(), 12 * 2 + 6);
    for id in model.ids() {
        let (p, q) = (model.particle(id), model.particle(model.anti(id)));
        assert_eq!(model.anti(model.anti(id)), id);
        assert_eq!((p.charge_thirds, p.mass), (-q.charge_thirds, q.mass));
        assert_eq!(model.by_name(&p.name), Some(id));
        assert_eq!(model.by_pdg(p.pdg), Some(id));
        if p.anti != id {
            assert_eq!(p.pdg, -q.pdg);
        }
    }
    let names =
        "e+ e- mu+ mu- ta+ ta- ve ve~ vm vm~ vt vt~ u u~ d d~ s s~ c c~ b b~ t t~ g a z w+ w- h";
    for name in names.split(' ') {
        assert!(model.by_name(name).is_some(), "{name}");
    }
    let w = model.particle(model.by_name("w-").unwrap());
    assert_eq!(
        (w.pdg, w.charge_thirds, &*w.mass_name, &*w.width_name),
        (-24, -3, "MW", "WW")
    );
    assert_close(w.mass, 80.41900244575616, "MW");
    let nu = model.particle(model.by_name("ve").unwrap());
    assert_eq!((nu.mass, &*nu.mass_name, nu.width), (0.0, "ZERO", 0.0));
}

#[test]
fn zero_couplings_leave_no_vertex() {
    let has = |model: &Model, name: &str| model.vertices.iter().any(|v| v.name == name);
    let model = sm();
    assert!(has(&model, "b~ b h") && has(&model, "d~ u w-"));
    assert!(!has(&model, "c~ c h") && !has(&model, "s~ u w-") && !has(&model, "e+ e- h"));
    assert_eq!(full().vertices.len() - model.vertices.len(), 6 + 12);
    assert!(!has(&load(&["no_b_mass"], &[]).unwrap(), "b~ b h"));
    assert!(has(&load(&["ckm"], &[]).unwrap(), "b~ u w-"));
    let free = load(&[], &[("aS", 0.0)]).unwrap();
    assert!(!free.vertices.iter().any(|v| v.name.contains('g')));
}

#[test]
fn restrictions_set_what_they_say() {
    let value = |restrict: &[&str], name| load(restrict, &[]).unwrap().parameter(name).unwrap();
    for name in ["MU", "MD", "MS", "MC", "Me", "MM", "ymc", "lamWS", "WTau"] {
        assert_eq!(value(&[], name), 0.0, "{name}");
    }
    assert_eq!(value(&[], "MB"), 4.7);
    for name in ["MB", "ymb"] {
        assert_eq!(value(&["no_b_mass"], name), 0.0);
    }
    assert_eq!(value(&["no_tau_mass"], "MTA"), 0.0);
    assert_eq!(value(&["c_mass"], "MC"), 1.55);
    assert_eq!(value(&["lepton_masses"], "MM"), 0.10566);
    assert_eq!(value(&["ckm"], "lamWS"), 0.2253);
    assert_eq!(value(&["zeromass_ckm"], "lamWS"), 0.2253);
    assert_eq!(value(&["zeromass_ckm"], "MB"), 0.0);
    let widthless = load(&["no_widths"], &[]).unwrap();
    assert!(widthless.particles.iter().all(|p| p.width == 0.0));
    let massless = load(&["no_masses"], &[]).unwrap();
    let massive = massless
        .particles
        .iter()
        .filter(|p| p.is_fermion() && p.mass > 0.0);
    assert_eq!(massive.map(|p| p.pdg.abs()).collect::<Vec<_>>(), [6, 6]);
    let both = load(&["no_b_mass", "ckm"], &[]).unwrap();
    assert_eq!(both.restrictions, ["default", "no_b_mass", "ckm"]);
    // `set` comes last.
    let model = load(&["no_b_mass"], &[("mb", 4.2)]).unwrap();
    assert_eq!(model.parameter("MB"), Some(4.2));
}

#[test]
fn a_massless_b_quark_is_a_parton() {
    let members = |restrict: &[&str], label: &str| {
        let model = load(restrict, &[]).unwrap();
        let ids = &model.multiparticles[label];
        let names: Vec<_> = ids
            .iter()
            .map(|&id| model.particle(id).name.clone())
            .collect();
        names.join(" ")
    };
    assert_eq!(members(&[], "p"), "g u c d s u~ c~ d~ s~");
    assert_eq!(members(&["no_b_mass"], "p"), "g u c d s u~ c~ d~ s~ b b~");
    assert_eq!(members(&["no_b_mass"], "j"), "g u c d s u~ c~ d~ s~ b b~");
    assert_eq!(members(&[], "l+"), "e+ mu+");
    assert_eq!(members(&[], "l-"), "e- mu-");
    assert_eq!(members(&[], "vl"), "ve vm vt");
    assert_eq!(members(&[], "vl~"), "ve~ vm~ vt~");
    assert_eq!(members(&[], "l"), "e+ mu+ e- mu-");
}

#[test]
fn a_model_can_be_named_with_its_restrictions() {
    let named = |name: &str, restrict: &[&str]| {
        let spec = ModelSpec {
            name: name.into(),
            restrict: restrict.iter().map(|r| (*r).to_owned()).collect(),
            ..ModelSpec::default()
        };
        Model::load(&spec).unwrap()
    };
    for (name, restrict) in [
        ("sm-no_b_mass", &["no_b_mass"][..]),
        ("sm-ckm_no_b_mass", &["ckm", "no_b_mass"]),
        ("sm-zeromass_ckm", &["zeromass_ckm"]),
    ] {
        let (a, b) = (named(name, &[]), named("sm", restrict));
        for parameter in ["MB", "lamWS", "MTA"] {
            assert_eq!(a.parameter(parameter), b.parameter(parameter), "{name}");
        }
        assert_eq!(a.vertices.len(), b.vertices.len(), "{name}");
    }
    assert_eq!(named("sm-ckm_no_b_mass", &[]).parameter("MB"), Some(0.0));
}

#[test]
fn wrong_names_are_answered_with_the_nearest() {
    let name = |name: &str| ModelSpec {
        name: name.into(),
        ..ModelSpec::default()
    };
    assert_eq!(
        message(Model::load(&name("sn"))),
        "no model 'sn'; did you mean 'sm'?; known: sm, and directories of UFO models and JSON files \
         of ufo-model-loader, looked for in the working directory and along OMNIS_MODEL_PATH"
    );
    assert_eq!(
        message(Model::load(&name("sm-ckm_no_bmass"))),
        "model 'sm' has no restriction 'no_bmass'; did you mean 'no_b_mass'?; known: default, \
         no_b_mass, no_tau_mass, no_widths, c_mass, lepton_masses, no_masses, ckm, zeromass_ckm, and several of them joined by '_'"
    );
    assert!(message(Model::load(&name("sn-ckm"))).contains("no model 'sn'; did you mean 'sm'?"));
    assert!(message(load(&["no_bmass"], &[])).contains("did you mean 'no_b_mass'?"));
    assert_eq!(
        message(load(&[], &[("ymta", 1.7)])),
        "no model parameter 'ymta'; did you mean 'ymtau'?"
    );
    assert_eq!(
        message(load(&[], &[("mw", 80.377)])),
        "parameter 'MW' is derived and cannot be set; it follows from aEWM1, Gf, MZ in the scheme \
         'alpha'; with scheme = \"MW\" in [model] it is an input"
    );
}

fn in_scheme(scheme: &str, set: &[(&str, f64)]) -> Result<Model, ModelError> {
    Model::load(&ModelSpec {
        scheme: Some(scheme.to_owned()),
        set: set.iter().map(|&(k, v)| (k.to_owned(), v)).collect(),
        ..ModelSpec::default()
    })
}

#[test]
fn the_mass_of_the_w_may_be_an_input() {
    let (gf, mw, mz) = (1.1663787e-5, 80.379, 91.1876);
    let model = in_scheme("MW", &[("Gf", gf), ("MW", mw), ("MZ", mz)]).unwrap();
    let value = |name| model.parameter(name).unwrap();
    // From the muon decay: G_F/sqrt(2) = g^2/(8 MW^2), v^2 = 1/(sqrt(2) G_F).
    let g = (8.0 * mw * mw * gf / 2f64.sqrt()).sqrt();
    let sw2 = 1.0 - mw * mw / (mz * mz);
    let alpha = g * g * sw2 / (4.0 * std::f64::consts::PI);
    assert_close(value("gw"), g, "gw");
    assert_close(value("vev"), (2f64.sqrt() * gf).powf(-0.5), "vev");
    assert_close(value("aEWM1"), 1.0 / alpha, "aEWM1");
    assert_close(model.alpha_em(), alpha, "alpha");
    let w = model.particle(model.by_pdg(24).unwrap());
    assert_eq!((w.mass, &*model.scheme), (mw, "MW (Gf, MW, MZ)"));
    assert_eq!(sm().scheme, "alpha (aEWM1, Gf, MZ)");
    assert_eq!(in_scheme("alpha", &[]).unwrap(), sm());
}

#[test]
fn schemes_agree_where_their_inputs_do() {
    let by_mass = in_scheme("MW", &[("MW", 80.379)]).unwrap();
    let by_coupling = load(&[], &[("aEWM1", by_mass.parameter("aEWM1").unwrap())]).unwrap();
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(b.abs());
    for p in &by_mass.parameters {
        let other = by_coupling.parameter(&p.name).unwrap();
        assert!(near(p.value.0, other), "{}: {} {other}", p.name, p.value.0);
    }
    for (a, b) in by_mass.couplings.iter().zip(&by_coupling.couplings) {
        assert!(
            near(a.value.0, b.value.0) && near(a.value.1, b.value.1),
            "{}",
            a.name
        );
    }
    for (line, mass) in [
        ("u d~ > e+ ve", 0.0),
        ("e+ e- > mu+ mu-", 0.0),
        ("u u~ > w+ w-", 80.379),
    ] {
        let (e, cos) = (150.0, 0.3);
        let p = f64::sqrt(e * e - mass * mass);
        let (px, pz) = (p * f64::sqrt(1.0 - cos * cos), p * cos);
        let point = vec![
            [e, 0.0, 0.0, e],
            [e, 0.0, 0.0, -e],
            [e, px, 0.0, pz],
            [e, -px, 0.0, -pz],
        ];
        let me2 = |model: &Model| {
            let evaluator = Evaluator::new(model, line, &BTreeMap::new()).unwrap();
            evaluator.me2(std::slice::from_ref(&point), true).unwrap()[0]
        };
        let (a, b) = (me2(&by_mass), me2(&by_coupling));
        assert!(a > 0.0 && near(a, b), "{line}: {a} {b}");
        if mass == 0.0 {
            let change = me2(&sm()) / a - 1.0;
            assert!(change.abs() > 1e-4, "{line}: nothing was changed");
        }
    }
}

#[test]
fn a_scheme_has_inputs_of_its_own() {
    let error = message(in_scheme("MW", &[("aEWM1", 128.0)]));
    assert_eq!(
        error,
        "parameter 'aEWM1' is derived and cannot be set; it follows from Gf, MZ, MW in the scheme \
         'MW'; with scheme = \"alpha\" in [model] it is an input"
    );
    assert_eq!(
        message(in_scheme("MWW", &[])),
        "model 'sm' has no scheme 'MWW'; did you mean 'MW'?; known: alpha (aEWM1, Gf, MZ), \
         MW (Gf, MW, MZ)"
    );
    // A W heavier than the Z has no mixing angle.
    let error = message(in_scheme("MW", &[("MW", 92.0)]));
    assert!(
        error.contains("is complex") && error.contains("MW = 92"),
        "{error}"
    );
    // A card that is written is read in either scheme.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("param_card.dat");
    let model = in_scheme("MW", &[("MW", 80.377)]).unwrap();
    let card = model.param_card();
    for line in [
        "# Electroweak inputs: MW (Gf, MW, MZ)\n",
        "   24 8.03770000e+01 # MW\n",
        " # aEWM1 (derived)\n",
    ] {
        assert!(card.contains(line), "{line}\n{card}");
    }
    std::fs::write(&path, card).unwrap();
    let read = |scheme: &str| {
        let spec = ModelSpec {
            scheme: Some(scheme.to_owned()),
            param_card: Some(path.clone()),
            ..ModelSpec::default()
        };
        let (model, notes) = Model::load_with_notes(&spec).unwrap();
        assert_eq!(notes, omnis::model::CardNotes::default());
        model
    };
    assert_eq!(read("MW"), model);
    assert!((read("alpha").parameter("MW").unwrap() - 80.377).abs() < 1e-10);
}

#[test]
fn impossible_values_are_refused() {
    assert_eq!(
        message(load(&[], &[("MT", -1.0)])),
        "parameter MT = -1: masses and widths cannot be negative"
    );
    assert!(message(load(&[], &[("WZ", f64::NAN)])).contains("not a finite number"));
    assert!(message(load(&[], &[("aS", f64::INFINITY)])).contains("not a finite number"));
    assert!(message(load(&[], &[("MT", 170.0), ("mt", 171.0)])).contains("set twice"));
    // No real W mass solves the tree-level relation.
    let text = message(load(&[], &[("MZ", 40.0)]));
    assert!(
        text.contains("is complex") && text.contains("MZ = 40"),
        "{text}"
    );
    assert!(message(load(&[], &[("aEWM1", 0.0)])).contains("not finite"));
    assert_eq!(
        load(&[], &[("MB", -0.0)])
            .unwrap()
            .parameter("MB")
            .map(f64::to_bits),
        Some(0)
    );
}

#[test]
fn a_written_card_gives_the_model_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("param_card.dat");
    let model = load(
        &["ckm", "no_b_mass"],
        &[("MT", 172.5 + 1e-13), ("aS", 0.1 + 0.2)],
    )
    .unwrap();
    std::fs::write(&path, model.param_card()).unwrap();
    let spec = ModelSpec {
        param_card: Some(path),
        ..ModelSpec::default()
    };
    let (again, notes) = Model::load_with_notes(&spec).unwrap();
    assert_eq!(notes, omnis::model::CardNotes::default());
    assert_eq!(again.parameters, model.parameters);
    assert_eq!(again.particles, model.particles);
    assert_eq!(again.vertices, model.vertices);
    assert_eq!(again.multiparticles, model.multiparticles);
    assert!(
        model
            .param_card()
            .contains("\n   24 8.0419002445756163e+01 # MW (derived)\n")
    );
}

#[test]
fn a_card_overrides_restrictions_and_set_overrides_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.dat");
    std::fs::write(&path, "BLOCK MASS\n 5 4.5\n 6 172.0\nDECAY 6 1.4\n").unwrap();
    let spec = ModelSpec {
        restrict: vec!["no_b_mass".into()],
        set: BTreeMap::from([("MT".into(), 171.0)]).into(),
        param_card: Some(path.clone()),
        ..ModelSpec::default()
    };
    let model = Model::load(&spec).unwrap();
    let value = |name| model.parameter(name).unwrap();
    assert_eq!((value("MB"), value("MT"), value("WT")), (4.5, 171.0, 1.4));
    std::fs::write(&path, "BLOCK MASS\n 6 -172.0\n").unwrap();
    let text = message(Model::load(&spec));
    assert!(
        text.contains("card.dat:2: parameter MT = -172: masses"),
        "{text}"
    );
    std::fs::remove_file(&path).unwrap();
    assert!(message(Model::load(&spec)).starts_with("cannot read parameter card"));
}

#[test]
fn orders_count_powers_of_the_couplings() {
    // Four times alpha_s is twice the strong coupling.
    let (a, b) = (sm(), load(&[], &[("aS", 4.0 * 0.118)]).unwrap());
    let qcd = a.order_index("QCD").unwrap();
    assert_eq!(a.orders[qcd].hierarchy, 1);
    assert_eq!(a.orders[a.order_index("QED").unwrap()].hierarchy, 2);
    for (c, d) in a.couplings.iter().zip(&b.couplings) {
        let factor = 2f64.powi(i32::from(c.orders[qcd]));
        assert_close(d.value.0, factor * c.value.0, &c.name);
        assert_close(d.value.1, factor * c.value.1, &c.name);
    }
    for vertex in &a.vertices {
        for term in &vertex.terms {
            let powers: u8 = a.couplings[term.coupling].orders.iter().sum();
            assert_eq!(
                usize::from(powers),
                vertex.particles.len() - 2,
                "{}",
                vertex.name
            );
        }
    }
}
