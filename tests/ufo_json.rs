//! Models from the JSON files of ufo-model-loader: the same as from their UFO directories,
//! and what is said of files that cannot be used.

#[path = "common/program.rs"]
mod program;
#[path = "common/ufo_models.rs"]
mod ufo_models;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use omnis::card::ModelCard;
use omnis::model::{Gauge, Model, ModelSpec};
use omnis::run::Evaluator;
use serde_json::{Value, json};
use ufo_models::{MINIMAL, toy, write_model};

const TOYS: [&str; 3] = ["toy_colour", "toy_delta", "toy_spin32"];

fn golden(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    path.join(name)
}

fn exported(name: &str) -> String {
    let path = golden("ufo_json").join(format!("{name}.json"));
    path.display().to_string()
}

fn spec(name: &str) -> ModelSpec {
    ModelSpec {
        name: name.to_owned(),
        ..ModelSpec::default()
    }
}

/// Particles, parameters and vertices as text, numbers rounded to 13 digits.
fn rows(model: &Model) -> Vec<String> {
    let number = |x: f64| format!("{x:.12e}").replace("-0.000000000000e0", "0.000000000000e0");
    let mut rows: Vec<String> = Vec::new();
    for p in &model.particles {
        let numbers = (p.pdg, p.spin, p.colour, p.charge_thirds, p.anti);
        let (mass, width) = (number(p.mass), number(p.width));
        rows.push(format!("{} {numbers:?} {mass} {width}", p.name));
    }
    let mut values: Vec<String> = model
        .parameters
        .iter()
        .map(|p| format!("{} {} {}", p.name, number(p.value.0), number(p.value.1)))
        .collect();
    values.sort();
    rows.append(&mut values);
    for v in &model.vertices {
        let legs: Vec<&str> = v
            .particles
            .iter()
            .map(|&p| &*model.particle(p).name)
            .collect();
        rows.push(format!("{} {}", legs.join(" "), v.terms.len()));
    }
    for o in &model.orders {
        rows.push(format!("{} {} {:?}", o.name, o.hierarchy, o.expansion));
    }
    rows
}

#[test]
fn a_model_is_what_its_directory_is() {
    for name in TOYS {
        let from_json = Model::load(&spec(&exported(name))).unwrap();
        let from_directory = Model::load(&spec(&toy(name))).unwrap();
        assert_eq!(rows(&from_json), rows(&from_directory), "{name}");
        assert_eq!(from_json.name, name);
    }
}

/// All processes for which MadGraph's numbers are there, at the same momenta. Couplings are
/// written in another order of factors, so that their last bits may differ.
#[test]
fn matrix_elements_are_those_of_the_directory() {
    let file = fs::read_to_string(golden("ufo_toys.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let (mut n, mut n_same) = (0, 0);
    for entry in file["models"].as_array().unwrap() {
        let name = entry["model"].as_str().unwrap();
        if !TOYS.contains(&name) {
            continue;
        }
        for process in entry["processes"].as_array().unwrap() {
            let points = process["points"].as_array().unwrap();
            let points: Vec<Vec<[f64; 4]>> = points
                .iter()
                .map(|p| serde_json::from_value(p["p"].clone()).unwrap())
                .collect();
            let process = process["process"].as_str().unwrap();
            let values = |name: String| {
                let card = ModelCard {
                    name,
                    ..ModelCard::default()
                };
                let evaluator = Evaluator::load(&card, process, &BTreeMap::new()).unwrap();
                evaluator.me2(&points, true).map_err(|e| e.to_string())
            };
            let (one, other) = match (values(exported(name)), values(toy(name))) {
                (Ok(one), Ok(other)) => (one, other),
                (Err(one), Err(other)) => {
                    // A decay to more than its energy.
                    assert_eq!(one, other);
                    continue;
                }
                (one, other) => panic!("{process}: {one:?}, {other:?}"),
            };
            for (a, b) in one.iter().zip(&other) {
                assert!(
                    (a / b - 1.0).abs() <= 1e-14,
                    "{name} {process}: {a:e} and {b:e}"
                );
                n += 1;
                n_same += usize::from(a.to_bits() == b.to_bits());
            }
        }
    }
    assert!(n > 90 && n_same > n / 2, "{n_same} of {n}");
}

/// A small model: two scalars, an electron, a Goldstone boson and a ghost.
fn small() -> Value {
    let particle = |pdg: i64, name: &str, anti: &str, spin: i64, charge: Value| {
        let mass = if spin == 1 { "M" } else { "ZERO" };
        json!({"pdg_code": pdg, "name": name, "antiname": anti, "spin": spin, "color": 1,
               "mass": mass, "width": "ZERO", "texname": name, "antitexname": anti,
               "charge": charge, "ghost_number": i64::from(spin < 0), "lepton_number": 0,
               "y_charge": null})
    };
    let external = |name: &str, block: &str, code: i64, value: f64| {
        json!({"name": name, "nature": "external", "parameter_type": "real", "lhablock": block,
               "lhacode": [code], "value": [value, 0.0], "expression": null})
    };
    let internal = |name: &str, kind: &str, expression: Value, value: Value| {
        json!({"name": name, "nature": "internal", "parameter_type": kind, "lhablock": null,
               "lhacode": null, "value": value, "expression": expression})
    };
    let vertex = |name: &str, legs: &[&str], structure: &str, coupling: &str| {
        json!({"name": name, "particles": legs, "color_structures": ["1"],
               "lorentz_structures": [structure], "couplings": [[coupling]]})
    };
    json!({
        "name": "small", "restriction": null,
        "orders": [{"name": "QED", "expansion_order": 99, "hierarchy": 2}],
        "functions": [{"name": "twice", "arguments": ["z"], "expression": "2*z"},
                      {"name": "complexconjugate", "arguments": ["z"], "expression": null}],
        "parameters": [
            external("g1", "TOY", 1, 0.5), external("g2", "TOY", 2, 0.3),
            external("M", "MASS", 9_000_001, 100.0),
            internal("ZERO", "real", json!(null), json!([0.0, 0.0])),
            internal("late", "complex", json!("(𝑖/2)*UFO::{}::early*UFO::{}::twice(UFO::{}::g2)"),
                     json!(null)),
            internal("early", "real", json!("(UFO::{}::g1^2)^(1/2)"), json!([0.5, 0.0])),
        ],
        "particles": [
            particle(9_000_001, "phi", "phi", 1, json!(0)),
            particle(11, "e-", "e+", 2, json!("-1")), particle(-11, "e+", "e-", 2, json!(1.0)),
            particle(250, "G0", "G0", 1, json!("0/1")),
            particle(9_000_010, "gh", "gh~", -1, json!(0)),
            particle(-9_000_010, "gh~", "gh", -1, json!(0)),
        ],
        "propagators": [{"name": "phi_propFeynman", "particle": "phi", "numerator": "𝑖",
                         "denominator": "-M^2+P(1)^2"}],
        "lorentz_structures": [
            {"name": "SSS1", "spins": [1, 1, 1], "structure": "1"},
            {"name": "FFS1", "spins": [2, 2, 1], "structure": "UFO::{}::Identity(2,1)"},
            {"name": "UUS1", "spins": [-1, -1, 1], "structure": "1"}],
        "couplings": [
            {"name": "GC_1", "expression": "(𝑖)*UFO::{}::g1*UFO::{}::M", "orders": [["QED", 1]],
             "value": null},
            {"name": "GC_2", "expression": "UFO::{}::late", "orders": [["QED", 1]],
             "value": [0.0, 0.15]}],
        "vertex_rules": [
            vertex("V_1", &["phi", "phi", "phi"], "SSS1", "GC_1"),
            vertex("V_2", &["e+", "e-", "phi"], "FFS1", "GC_2"),
            vertex("V_3", &["G0", "phi", "phi"], "SSS1", "GC_1"),
            vertex("V_4", &["gh", "gh~", "phi"], "UUS1", "GC_1")],
    })
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(model: &Value) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("m.json", &format!("{model:#}"));
        folder
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    /// The message, without the folder, in less than ten seconds.
    fn message(&self) -> String {
        let begun = Instant::now();
        let error = Model::load(&spec(&self.at("m.json"))).expect_err("a bad model");
        let seconds = begun.elapsed().as_secs_f64();
        assert!(seconds < 10.0, "{seconds} s: {error}");
        error.to_string().replace(&self.at(""), "")
    }
}

#[test]
fn records_mean_what_ufo_says() {
    let folder = Folder::new(&small());
    let load = |gauge: Gauge| {
        let spec = ModelSpec {
            gauge,
            ..spec(&folder.at("m.json"))
        };
        Model::load(&spec).unwrap()
    };
    let model = load(Gauge::Unitary);
    let value = |name: &str| {
        let found = model.parameters.iter().find(|p| p.name == name);
        found.unwrap().value
    };
    assert_eq!(value("early"), (0.5, 0.0));
    assert_eq!(value("late"), (0.0, 0.15));
    let names =
        |model: &Model| -> Vec<String> { model.particles.iter().map(|p| p.name.clone()).collect() };
    assert_eq!(names(&model), ["e-", "e+", "phi"]);
    let electron = model.particle(model.by_name("e-").unwrap());
    assert_eq!(electron.charge_thirds, -3);
    // Ghosts and, in unitary gauge, Goldstone bosons are left out with their vertices.
    assert_eq!(model.vertices.len(), 2);
    let feynman = load(Gauge::Feynman);
    // In the order of their codes.
    assert_eq!(names(&feynman), ["e-", "e+", "G0", "phi"]);
    assert_eq!(feynman.vertices.len(), 3);
    // Said of particles that are known by their codes, in a file that marks none; one that marks
    // another is taken at its word.
    assert!(model.notes.iter().any(|n| n.text.contains("250 and 251")));
    let mut marked = small();
    for particle in marked["particles"].as_array_mut().unwrap() {
        particle["goldstoneboson"] = json!(particle["name"] == "phi");
    }
    let model = Model::load(&spec(&Folder::new(&marked).at("m.json"))).unwrap();
    assert_eq!(names(&model), ["e-", "e+", "G0"]);
    assert!(model.notes.is_empty());
}

#[test]
fn feynman_gauge_without_its_goldstone_bosons_is_noticed() {
    let mut vector = small();
    let mut add = |key: &str, row: Value| vector[key].as_array_mut().unwrap().push(row);
    add(
        "particles",
        json!({"pdg_code": 9_000_002, "name": "V", "antiname": "V", "spin": 3, "color": 1,
               "mass": "M", "width": "ZERO", "texname": "V", "antitexname": "V", "charge": 0}),
    );
    add(
        "lorentz_structures",
        json!({"name": "VVS1", "spins": [3, 3, 1], "structure": "UFO::{}::Metric(1,2)"}),
    );
    add(
        "vertex_rules",
        json!({"name": "V_5", "particles": ["V", "V", "phi"], "color_structures": ["1"],
               "lorentz_structures": ["VVS1"], "couplings": [["GC_1"]]}),
    );
    let folder = Folder::new(&vector);
    let warnings = |gauge: Gauge| {
        let card = ModelCard {
            name: folder.at("m.json"),
            gauge,
            ..ModelCard::default()
        };
        let found = Evaluator::load(&card, "V V > phi phi", &BTreeMap::new()).unwrap();
        found.warnings
    };
    assert_eq!(warnings(Gauge::Unitary), Vec::<String>::new());
    let found = warnings(Gauge::Feynman);
    let text = "this model is not the same in Feynman as in unitary gauge: 1 of 3 squared matrix";
    assert!(found.len() == 1 && found[0].contains(text), "{found:?}");
}

#[test]
fn cards_beside_the_file_are_its_restrictions() {
    let folder = Folder::new(&small());
    let load = |name: &str, card: Option<&str>| {
        Model::load(&ModelSpec {
            param_card: card.map(|c| folder.at(c).into()),
            ..spec(&folder.at(name))
        })
    };
    folder.write(
        "restrict_zero.json",
        r#"{"g1": [0.0, 0.0], "g2": [0.7, 0.0]}"#,
    );
    assert_eq!(load("m.json", None).unwrap().vertices.len(), 2);
    let model = load("m.json-zero", None).unwrap();
    assert_eq!(model.restrictions, ["zero"]);
    assert_eq!(model.parameter("g2"), Some(0.7));
    assert!(model.vertices.is_empty(), "GC_1 and GC_2 vanish with g1");
    // That of `default` is taken by itself, under either name, and `full` is none.
    folder.write("m_default.json", r#"{"g2": [0.4, 0.0]}"#);
    assert_eq!(load("m.json", None).unwrap().parameter("g2"), Some(0.4));
    assert_eq!(
        load("m.json-full", None).unwrap().parameter("g2"),
        Some(0.3)
    );
    folder.write("restrict_default.json", r#"{"g2": [0.6, 0.0]}"#);
    assert_eq!(load("m.json", None).unwrap().parameter("g2"), Some(0.6));
    // The same format as a parameter card, as the exporter writes one.
    folder.write("m_param_card.json", r#"{"g2": [0.9, 0.0], "M": 50}"#);
    let model = load("m.json", Some("m_param_card.json")).unwrap();
    assert_eq!(
        (model.parameter("g2"), model.parameter("M")),
        (Some(0.9), Some(50.0))
    );
    let message = |name: &str, card: &str| {
        let error = load(name, Some(card)).unwrap_err();
        error.to_string().replace(&folder.at(""), "")
    };
    folder.write("bad.json", r#"{"g3": [0.9, 0.0]}"#);
    assert_eq!(
        message("m.json", "bad.json"),
        "cannot read parameter card bad.json: no model parameter 'g3'; did you mean 'g1'?"
    );
    folder.write("bad.json", r#"{"g2": [0.9, 1.0]}"#);
    assert_eq!(
        message("m.json", "bad.json"),
        "cannot read parameter card bad.json: found g2 = [0.9,1.0], expected [a number, 0.0]"
    );
    assert_eq!(
        load("m.json-zer", None)
            .unwrap_err()
            .to_string()
            .replace(&folder.at(""), ""),
        "model 'm.json' has no restriction 'zer' (no file restrict_zer.json); did you mean 'zero'?; \
         known: default, zero, and 'full' for none"
    );
}

/// A file is found as directories are, and a gridpack has it inside.
#[test]
fn a_gridpack_has_the_file_inside() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    fs::copy(exported("toy_colour"), models.join("toy.json")).unwrap();
    fs::write(
        models.join("restrict_light.json"),
        r#"{"Ms1": [150.0, 0.0]}"#,
    )
    .unwrap();
    let card = "[process]\ngenerate = \"q q~ > s1 s1~ NEW=0\"\n[model]\nname = \
                \"toy.json-light\"\n[beams]\nparticles = [\"q\", \"q~\"]\nenergies = [500, 500]\n";
    fs::write(folder.path().join("c.toml"), card).unwrap();
    let mut run = program::command(folder.path(), "gridpack c.toml -n 500 -o a.omnis");
    let output = run.env("OMNIS_MODEL_PATH", &models).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::remove_dir_all(&models).unwrap();
    program::done(folder.path(), "generate a.omnis -n 10 -o a.lhe");
    assert_eq!(program::events(folder.path(), "a.lhe"), 10);
    let text = fs::read_to_string(folder.path().join("a.lhe")).unwrap();
    assert!(
        text.contains("1.5000000000e2") || text.contains("150"),
        "the restriction"
    );
}

#[test]
fn files_that_are_no_model() {
    let folder = Folder::new(&small());
    for (text, message) in [
        (
            "name = \"sm\"\n",
            "m.json:1: no JSON: expected ident in column 2, expected a model that ufo-model-loader \
             wrote: 'name = \"sm\"'",
        ),
        (
            "[1, 2]",
            "m.json:1: invalid type: sequence, expected an object with the keys of a model that \
             ufo-model-loader wrote: '[1, 2]'",
        ),
        (
            "{\"name\": \"x\"}",
            "cannot read the model m.json: the key 'orders' is missing, expected a model that \
             ufo-model-loader wrote, with name, orders, parameters, particles, couplings, \
             lorentz_structures, vertex_rules",
        ),
        (
            "{\"name\": \"x\", \"orders\": 3}",
            "cannot read the model m.json: found orders = 3, expected a list",
        ),
        (
            "{\"name\": \"x\",\n\"orders\": [7]}",
            "m.json:2: found orders[0] = 7, expected an object: '\"orders\": [7]}'",
        ),
        (
            "{\"name\": \"x\", \"name\": \"y\"}",
            "m.json:1: found the key 'name' twice: '{\"name\": \"x\", \"name\": \"y\"}'",
        ),
    ] {
        folder.write("m.json", text);
        assert_eq!(folder.message(), message);
    }
    // Cut off at any place.
    let whole = format!("{:#}", small());
    for part in 1..40 {
        let mut end = whole.len() * part / 40;
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        folder.write("m.json", &whole[..end]);
        let message = folder.message();
        assert!(message.contains("no JSON: EOF while parsing"), "{message}");
    }
}

/// A change of the small model, by a JSON pointer, and the problem that is named.
fn refused(pointer: &str, value: Value, problem: &str) {
    let mut model = small();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = model.pointer_mut(parent).expect(pointer);
    match (parent, key.parse::<usize>()) {
        (Value::Array(items), Ok(k)) => items[k] = value,
        (Value::Object(entries), _) if value == json!("-") => {
            entries.remove(key).expect(pointer);
        }
        (Value::Object(entries), _) => {
            entries.insert(key.to_owned(), value);
        }
        _ => panic!("{pointer}"),
    }
    let message = Folder::new(&model).message();
    let begin = message.split_once(": ").unwrap().0;
    let has_place = begin.starts_with("m.json:") && !begin.ends_with(":0");
    assert!(has_place && message.contains(problem), "{message}");
}

#[test]
fn vertices_that_are_wrong() {
    for (pointer, value, problem) in [
        (
            "/vertex_rules/0/particles/1",
            json!("ph"),
            "vertex_rules[0] 'V_1': found 'ph' in particles, expected the name of a particle; did \
             you mean 'phi'?",
        ),
        (
            "/vertex_rules/1/lorentz_structures/0",
            json!("FFS2"),
            "vertex_rules[1] 'V_2': found 'FFS2' in lorentz_structures, expected the name of a \
             Lorentz structure; did you mean 'FFS1'?",
        ),
        (
            "/vertex_rules/1/couplings/0/0",
            json!(3),
            "vertex_rules[1] 'V_2': found 3 in couplings, expected the name of a coupling",
        ),
        (
            "/vertex_rules/1/couplings",
            json!([["GC_1", null]]),
            "vertex_rules[1] 'V_2': found couplings = [['GC_1', None]], expected a list of 1 lists, \
             one for each colour structure, of 1 names or null",
        ),
        (
            "/vertex_rules/1/lorentz_structures",
            json!(["SSS1"]),
            "Vertex 'V_2': its particles (e+, e-, phi) have the spins [2, 2, 1]",
        ),
    ] {
        refused(pointer, value, problem);
    }
}

#[test]
fn particles_and_parameters_that_are_wrong() {
    for (pointer, value, problem) in [
        (
            "/particles/1/mass",
            json!("m"),
            "particles[1] 'e-': found 'm' in mass, expected the name of a parameter; did you mean \
             'M'?",
        ),
        (
            "/particles/1/charge",
            json!("x"),
            "particles[1] 'e-': found charge = 'x', expected a number or a fraction '2/3'",
        ),
        (
            "/particles/0/color",
            json!(5),
            "Particle 'phi': found color = 5, expected 1, 3, -3",
        ),
        (
            "/particles/0/pdg_code",
            json!("-"),
            "particles[0] 'phi': the key 'pdg_code' is missing, expected an integer",
        ),
        (
            "/particles/0/name",
            json!(1),
            "particles[0]: found name = 1, expected a string",
        ),
        (
            "/particles/0/propagating",
            json!(0),
            "found propagating = 0, expected true or false",
        ),
        (
            "/parameters/0/value",
            json!([1.0, 1.0]),
            "parameters[0] 'g1': found value = [1.0, 1.0], expected [a number, 0.0]",
        ),
        (
            "/parameters/0/value",
            json!("x"),
            "expected [real part, imaginary part]",
        ),
        (
            "/parameters/0/lhacode",
            json!(["x"]),
            "found lhacode = ['x'], expected a list of integers",
        ),
        (
            "/parameters/3/value",
            json!(null),
            "found neither an expression nor a value",
        ),
        (
            "/parameters/5/nature",
            json!("inner"),
            "found nature = 'inner', expected 'external'",
        ),
        (
            "/parameters/5/expression",
            json!("UFO::{}::g3^2"),
            "Parameter 'early': expression = g3**2: unknown parameter 'g3'; did you mean 'g1'?",
        ),
    ] {
        refused(pointer, value, problem);
    }
}

#[test]
fn couplings_functions_and_orders_that_are_wrong() {
    for (pointer, value, problem) in [
        (
            "/couplings/0/expression",
            json!("UFO::{}::twise(UFO::{}::g1)"),
            "couplings[0] 'GC_1': expression = twise(g1): unknown function 'twise'; did you mean \
             'twice'?",
        ),
        (
            "/couplings/0/expression",
            json!("if(UFO::{}::g1,2)"),
            "couplings[0] 'GC_1': expression = 'if(UFO::{}::g1,2)': 'if' of 2 arguments, expected 3",
        ),
        (
            "/couplings/0/orders",
            json!([["QED", -1.5]]),
            "couplings[0] 'GC_1': found orders = [['QED', -1.5]], expected a list of [name, power]",
        ),
        (
            "/couplings/1/name",
            json!("GC_1"),
            "couplings[1] 'GC_1': the list has this name already",
        ),
        (
            "/functions/0/expression",
            json!("2*y"),
            "functions[0] 'twice': expression = 2*y: 'y' is none of its arguments",
        ),
        (
            "/lorentz_structures/0/spins",
            json!("111"),
            "lorentz_structures[0] 'SSS1': found spins = '111', expected a list",
        ),
        (
            "/orders/0/hierarchy",
            json!(1.5),
            "orders[0] 'QED': found hierarchy = 1.5, expected an int",
        ),
    ] {
        refused(pointer, value, problem);
    }
}

#[test]
fn sizes_and_depths_are_bounded() {
    let folder = Folder::new(&small());
    let start = "{\"name\": \"x\", \"orders\": ";
    for (text, problem) in [
        (
            start.to_owned() + &"[".repeat(1_000_000),
            "recursion limit exceeded",
        ),
        (
            start.to_owned() + "[" + &"{},".repeat(3_000_000) + "{}]}",
            "take more than 134217728 bytes",
        ),
        (
            start.to_owned() + "[" + &"0,".repeat(12_000_000) + "0]}",
            "take more than 134217728 bytes",
        ),
        (
            "{\"raw_ufo\": ".to_owned() + &"[".repeat(1_000_000),
            "EOF while parsing",
        ),
        (" ".repeat(40 << 20), "expected at most 33554432"),
    ] {
        folder.write("m.json", &text);
        let message = folder.message();
        assert!(
            message.contains(problem) && message.len() < 500,
            "{problem}: {message}"
        );
    }
    // A million particles and one expression without end.
    let mut model = small();
    let one = model["particles"][0].clone();
    let particles = model["particles"].as_array_mut().unwrap();
    for k in 0..20_000 {
        let mut other = one.clone();
        other["pdg_code"] = json!(9_100_000 + k);
        let name = format!("x{k}");
        other["name"] = json!(name);
        other["antiname"] = json!(name);
        particles.push(other);
    }
    let message = Folder::new(&model).message();
    assert!(message.contains("more than 5000000 steps"), "{message}");
    let mut model = small();
    model["couplings"][0]["expression"] = json!("if(".repeat(500_000));
    let message = Folder::new(&model).message();
    assert!(
        message.contains("a bracket that is not closed"),
        "{message}"
    );
}

/// A directory stays a directory, whatever its name, and other files are no models.
#[test]
fn names_of_files_and_directories() {
    let folder = Folder::new(&small());
    write_model(folder.0.path(), "d.json", MINIMAL);
    let model = Model::load(&spec(&folder.at("d.json"))).unwrap();
    assert!(model.by_name("chi+").is_some());
    folder.write("m.txt", "{}");
    let message = Model::load(&spec(&folder.at("m.txt")))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("JSON files of ufo-model-loader"),
        "{message}"
    );
    fs::rename(folder.at("m.json"), folder.at("my-model.JSON")).unwrap();
    assert_eq!(
        Model::load(&spec(&folder.at("my-model.JSON")))
            .unwrap()
            .name,
        "small"
    );
}
