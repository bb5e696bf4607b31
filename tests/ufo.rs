//! UFO models: what they contain, their matrix elements against MadGraph, and the Standard
//! Model through a UFO directory against the built-in one, bit for bit.

#[path = "common/program.rs"]
mod program;
#[path = "common/ufo_models.rs"]
mod ufo_models;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use omnis::card::ModelCard;
use omnis::model::{Gauge, Model, ModelSpec, ParameterOrigin};
use omnis::run::Evaluator;
use serde_json::Value;

use program::{command, done, json};
use ufo_models::{MINIMAL, standard_model, toy, write_model};

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/ufo_toys.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn load(name: &str) -> Model {
    Model::load(&ModelSpec {
        name: toy(name),
        ..ModelSpec::default()
    })
    .unwrap()
}

fn spec(name: String) -> ModelSpec {
    ModelSpec {
        name,
        ..ModelSpec::default()
    }
}

#[test]
fn parameters_of_the_toys_are_those_of_madgraph() {
    let mut n = 0;
    for entry in golden()["models"].as_array().unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let card = folder.path().join("param_card.dat");
        fs::write(&card, entry["param_card"].as_str().unwrap()).unwrap();
        let model = Model::load(&ModelSpec {
            param_card: Some(card),
            ..spec(toy(entry["model"].as_str().unwrap()))
        })
        .unwrap();
        for (name, value) in entry["parameters"].as_object().unwrap() {
            let bare = name.trim_start_matches("mdl_");
            let same = |p: &&omnis::model::Parameter| p.name == bare;
            let own = model.parameters.iter().find(same).expect(bare).value;
            let theirs = match value {
                Value::Array(z) => (z[0].as_f64().unwrap(), z[1].as_f64().unwrap()),
                x => (x.as_f64().unwrap(), 0.0),
            };
            let size = theirs.0.hypot(theirs.1);
            let off = (own.0 - theirs.0).hypot(own.1 - theirs.1);
            assert!(off <= 1e-13 * size, "{name}: {own:?} and {theirs:?}");
            n += 1;
        }
    }
    assert!(n > 70, "{n}");
}

/// Value and reference of every point, or why there is none.
fn compared(entry: &Value, process: &Value) -> Result<Vec<(f64, f64, f64)>, String> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("card.dat"), entry["param_card"].as_str().unwrap()).unwrap();
    let points = process["points"].as_array().unwrap();
    let momenta: Vec<&Value> = points.iter().map(|p| &p["p"]).collect();
    fs::write(at("points.json"), serde_json::to_string(&momenta).unwrap()).unwrap();
    let mut all = Vec::new();
    for (width, key) in [("on", "me2"), ("off", "me2_t0")] {
        let mut run = command(folder.path(), "evaluate");
        run.arg(process["process"].as_str().unwrap())
            .args(["--model", &toy(entry["model"].as_str().unwrap())])
            .args(["--restrict", "full", "--gauge", "unitary", "--json"])
            .args(["--param-card", "card.dat", "--momenta", "points.json"])
            .args(["--tchannel-width", width]);
        let output = run.output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let found = json(&output);
        for (k, point) in points.iter().enumerate() {
            let value = found["points"][k]["me2"].as_f64().unwrap();
            let tolerance = (10.0 * point["rel_rot"].as_f64().unwrap()).max(1e-9);
            all.push((value, point[key].as_f64().unwrap(), tolerance));
        }
    }
    Ok(all)
}

/// Against MadGraph's standalone output at the same momenta, through the command line.
#[test]
fn matrix_elements_of_the_toys_are_those_of_madgraph() {
    let mut n = 0;
    for entry in golden()["models"].as_array().unwrap() {
        for process in entry["processes"].as_array().unwrap() {
            let name = format!("{} {}", entry["model"], process["process"]);
            let points = compared(entry, process).unwrap_or_else(|e| panic!("{name}: {e}"));
            for (value, theirs, tolerance) in points {
                let off = (value / theirs - 1.0).abs();
                assert!(off <= tolerance, "{name}: {value:e} and {theirs:e}");
                n += 1;
            }
        }
    }
    assert!(n > 250, "{n}");
}

#[test]
fn the_standard_model_through_ufo_has_the_bits_of_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let directory = standard_model(folder.path());
    let built_in = Model::load(&ModelSpec::default()).unwrap();
    let ufo = Model::load(&spec(directory.clone())).unwrap();
    assert_eq!(ufo.restrictions, ["default"]);
    let particle = |model: &Model| -> Vec<String> {
        let row = |p: &omnis::model::Particle| {
            let numbers = (p.pdg, p.spin, p.colour, p.charge_thirds, p.anti);
            format!("{} {numbers:?} {:?} {:?}", p.name, p.mass, p.width)
        };
        model.particles.iter().map(row).collect()
    };
    assert_eq!(particle(&ufo), particle(&built_in));
    let bits = |model: &Model| -> BTreeMap<String, (u64, u64)> {
        let used = model.vertices.iter().flat_map(|v| &v.terms);
        let used = used.map(|t| &model.couplings[t.coupling]);
        used.map(|c| (c.name.clone(), (c.value.0.to_bits(), c.value.1.to_bits())))
            .collect()
    };
    assert_eq!(bits(&ufo), bits(&built_in));
    assert_eq!(ufo.vertices.len(), built_in.vertices.len());
    assert_eq!(ufo.multiparticles, built_in.multiparticles);

    let card = ModelCard {
        name: directory,
        ..ModelCard::default()
    };
    let none = BTreeMap::new();
    for (process, points) in [
        ("u u~ > e+ e- g", ufo_models::three_body()),
        (
            "u d~ > w+ z",
            ufo_models::two_body([0.0, 0.0, 80.419_002_445_756_16, 91.188]),
        ),
        ("g g > t t~", ufo_models::two_body([0.0, 0.0, 173.0, 173.0])),
    ] {
        let one = Evaluator::load(&ModelCard::default(), process, &none).unwrap();
        let other = Evaluator::load(&card, process, &none).unwrap();
        let one = one.me2(&points, true).unwrap();
        let other = other.me2(&points, true).unwrap();
        assert!(one[0] > 0.0);
        let bits = |list: &[f64]| list.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&one), bits(&other), "{process}: {one:?} {other:?}");
    }
}

#[test]
fn models_are_read_in_a_moment() {
    for name in ["toy_colour", "toy_delta", "toy_misc", "toy_spin32"] {
        let begun = Instant::now();
        load(name);
        let seconds = begun.elapsed().as_secs_f64();
        assert!(seconds < 1.0, "{name}: {seconds} s");
    }
}

#[test]
fn objects_mean_what_ufo_says() {
    let model = load("toy_misc");
    let particle = |name: &str| model.particle(model.by_name(name).unwrap()).clone();
    // Mass and width as parameters, charges of antiparticles, signs of masses.
    let (plus, minus) = (particle("wp+"), particle("wp-"));
    assert_eq!((plus.pdg, minus.pdg), (9_300_021, -9_300_021));
    assert_eq!((plus.charge_thirds, minus.charge_thirds), (3, -3));
    assert_eq!(model.particle(plus.anti).name, "wp-");
    let n = model.by_name("n").unwrap();
    assert_eq!(model.anti(n), n);
    assert!(model.particle(n).mass > 0.0);
    assert_eq!(model.signed_mass(n), -model.particle(n).mass);
    // An order that the model expands in.
    let expansion: Vec<_> = model
        .orders
        .iter()
        .map(|o| (&*o.name, o.expansion))
        .collect();
    assert_eq!(expansion, [("QED", None), ("NP", Some(1)), ("FF", None)]);
    // Form factors stand in their structures with numbers for parameters.
    let structure = &model
        .lorentz
        .iter()
        .find(|l| l.name == "FFV2")
        .unwrap()
        .structure;
    assert_eq!(
        *structure,
        "(1./(1. + (P(-1,3)*P(-1,3))**2/(400.0)**4))*Gamma(3,2,-1)*ProjM(-1,1)"
    );
    // A function that the model defines for itself, conditions, codes of blocks.
    let place = |name: &str| {
        let p = model.parameters.iter().find(|p| p.name == name).unwrap();
        match &p.origin {
            ParameterOrigin::External { block, code } => format!("{block} {code:?}"),
            ParameterOrigin::Internal { expression, .. } => expression.clone(),
        }
    };
    assert_eq!(place("LamF"), "TOY [2]");
    assert_eq!(place("aS"), "SMINPUTS [3]");
}

#[test]
fn labels_are_those_that_the_particles_allow() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::load(&spec(standard_model(folder.path()))).unwrap();
    let label = |name: &str| -> Vec<&str> {
        let ids = model.multiparticles[name].iter();
        ids.map(|&id| &*model.particle(id).name).collect()
    };
    assert_eq!(
        label("j"),
        ["g", "u", "c", "d", "s", "u~", "c~", "d~", "s~"]
    );
    let without = Model::load(&ModelSpec {
        restrict: vec!["no_b_mass".into()],
        ..spec(standard_model(folder.path()))
    })
    .unwrap();
    assert_eq!(without.multiparticles["p"].len(), 11);
    assert!(!load("toy_misc").multiparticles.contains_key("p"));
}

#[test]
fn restrictions_have_the_meaning_of_madgraph() {
    let folder = tempfile::tempdir().unwrap();
    let directory = write_model(folder.path(), "small", MINIMAL);
    let path = Path::new(&directory);
    let card = |values: &str| format!("Block TOY\n{values}");
    // One zero, one one, two equal values, and a protected one.
    let values = " 1 0.5\n 2 0.0\n 3 1.0\n 4 0.5\n 5 9.999999e-1\n 6 0.25\n";
    fs::write(path.join("restrict_default.dat"), card(values)).unwrap();
    fs::write(path.join("restrict_other.dat"), card(" 2 0.25\n")).unwrap();
    let load = |name: &str, set: &[(&str, f64)], restrict: &[&str]| {
        let mut spec = ModelSpec {
            name: name.to_owned(),
            restrict: restrict.iter().map(|s| (*s).to_owned()).collect(),
            ..ModelSpec::default()
        };
        for (name, value) in set {
            spec.set.set_value(name, *value);
        }
        Model::load_with_notes(&spec).unwrap()
    };
    let value = |model: &Model, name: &str| model.parameter(name).unwrap();
    let (full, _) = load(&directory, &[], &["full"]);
    assert_eq!((full.vertices.len(), value(&full, "g4")), (3, 0.4));
    // The default is applied silently: what is zero takes its vertex along.
    let (model, _) = load(&directory, &[], &[]);
    assert_eq!(model.restrictions, ["default"]);
    assert_eq!(model.vertices.len(), 2);
    let is_input = |model: &Model, name: &str| {
        let p = model.parameters.iter().find(|p| p.name == name).unwrap();
        matches!(p.origin, ParameterOrigin::External { .. })
    };
    let inputs: Vec<&str> = ["g1", "g2", "g3", "g4", "g5", "g6"]
        .into_iter()
        .filter(|name| is_input(&model, name))
        .collect();
    assert_eq!(inputs, ["g1", "g5", "g6"]);
    assert_eq!(value(&model, "g5"), 1.0);
    // What is equal stays equal, and what is fixed stays so, with a note.
    let set = [("g1", 0.7), ("g2", 3.0), ("TOY 6", 0.125)];
    let (changed, notes) = load(&directory, &set, &[]);
    assert_eq!((value(&changed, "g1"), value(&changed, "g4")), (0.7, 0.7));
    assert_eq!((value(&changed, "g2"), value(&changed, "g6")), (0.0, 0.125));
    assert_eq!(notes.warnings.len(), 1, "{notes:?}");
    assert!(
        notes.warnings[0]
            .text
            .starts_with("setting g2 has no effect: the restriction 'default'")
    );
    // By a hyphen, as in `import model`.
    let (other, _) = load(&format!("{directory}-other"), &[], &[]);
    assert_eq!(
        (other.restrictions, other.vertices.len()),
        (vec!["other".to_owned()], 3)
    );
    let (full, _) = load(&format!("{directory}-full"), &[], &[]);
    assert!(full.restrictions.is_empty());
    // One of another model, which says nothing of the inputs of this one.
    fs::write(path.join("restrict_foreign.dat"), "Block MODSEL\n 1 1\n").unwrap();
    let error = Model::load(&ModelSpec {
        name: format!("{directory}-foreign"),
        ..ModelSpec::default()
    });
    let error = error.unwrap_err().to_string();
    let expected = "restrict_foreign.dat: found MODSEL, which the model 'small' does not have, and not \
                    MASS, SMINPUTS, TOY, where it has inputs";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn goldstone_bosons_are_particles_in_feynman_gauge() {
    let folder = tempfile::tempdir().unwrap();
    let directory = write_model(folder.path(), "small", MINIMAL);
    let load = |gauge| {
        let spec = ModelSpec {
            gauge,
            ..spec(directory.clone())
        };
        Model::load(&spec).unwrap()
    };
    let (unitary, feynman) = (load(Gauge::Unitary), load(Gauge::Feynman));
    assert!(unitary.by_name("G0").is_none() && unitary.by_name("gh").is_none());
    let goldstone = feynman.by_name("G0").unwrap();
    assert!(feynman.particle(goldstone).is_goldstone && feynman.by_name("gh").is_none());
    assert_eq!((unitary.vertices.len(), feynman.vertices.len()), (3, 4));
}

#[test]
fn python_of_both_kinds_and_loops_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let directory = write_model(folder.path(), "small", MINIMAL);
    let at = |name: &str| Path::new(&directory).join(name);
    let mut particles = fs::read_to_string(at("particles.py")).unwrap();
    particles.push_str(
        "\nnames = ['x%d' % k for k in range(1, 4)]\n\
         def make(k, name):\n    'a scalar'\n    return Particle(pdg_code=9000100 + k, name=name,\
         \x20antiname=name, spin=1, color=1, mass=Param.ZERO, width=Param.ZERO, texname=name,\
         \x20antitexname=name, charge=0)\n\
         found = {}\nfor k, name in enumerate(names):\n    if not k == 1:\n\
         \x20       found[name] = make(k, name)\n    else:\n        continue\n\
         try:\n    import nothing\nexcept ImportError, e:\n    print 'old'\n\
         last = found['x3']\nlast.mass = Param.M\nlast.color = 3 - 2\n",
    );
    fs::write(at("particles.py"), particles).unwrap();
    let model = Model::load(&spec(directory.clone())).unwrap();
    let mass = |name: &str| model.by_name(name).map(|id| model.particle(id).mass);
    assert_eq!(
        [mass("x1"), mass("x2"), mass("x3")],
        [Some(0.0), None, Some(100.0)]
    );
}

#[test]
fn names_keep_their_letters_and_may_be_written_in_others() {
    let folder = tempfile::tempdir().unwrap();
    let directory = write_model(folder.path(), "small", MINIMAL);
    let card = ModelCard {
        name: directory,
        ..ModelCard::default()
    };
    let none = BTreeMap::new();
    assert!(Evaluator::load(&card, "phi phi > Phi2 Phi2", &none).is_ok());
    assert!(Evaluator::load(&card, "PHI phi > phi2 phi2", &none).is_ok());
    let error = Evaluator::load(&card, "phi phi > Phy2 phi2", &none)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("did you mean 'Phi2'?"),
        "{error}"
    );
}

#[test]
fn a_model_is_looked_for_beside_the_card_and_along_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let cards = folder.path().join("cards");
    fs::create_dir(&cards).unwrap();
    write_model(&cards, "small", MINIMAL);
    let card = "[model]\nname = \"small\"\n[process]\ngenerate = \"phi phi > Phi2 Phi2\"\n";
    fs::write(cards.join("c.toml"), card).unwrap();
    let found = json(&done(folder.path(), "process cards/c.toml --json"));
    assert_eq!(
        found["processes"][0]["matrix_elements"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let run = || {
        let mut run = command(folder.path(), "model small --json");
        run.env("OMNIS_MODEL_PATH", "nowhere:cards");
        run.output().unwrap()
    };
    assert_eq!(json(&run())["model"], "small");
    let message = program::fails(folder.path(), "model small", 2);
    assert!(message.contains("no model 'small'"), "{message}");
}

#[test]
fn the_report_of_a_model_says_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), "small", MINIMAL);
    let report = json(&done(folder.path(), "model small --json"));
    let names: Vec<&str> = report["particles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    // By PDG number, in whatever order the model lists them.
    assert_eq!(names, ["e-", "e+", "phi", "Phi2", "chi+", "chi-"]);
    assert_eq!(report["parameters"][0]["block"], "TOY");
    // Gamma = g1^2 |p| / (8 pi M^2), which is what decays.py says.
    let widths = report["checks"]["widths"].as_array().unwrap();
    assert_eq!(widths.len(), 1);
    assert_eq!(widths[0]["agrees"], true, "{widths:?}");
    // The model breaks the charge in one vertex, which has no conjugate.
    assert_eq!(report["checks"]["charge"].as_array().unwrap().len(), 1);
    assert_eq!(report["checks"]["hermiticity"].as_array().unwrap().len(), 1);
    let text = String::from_utf8(done(folder.path(), "model small").stdout).unwrap();
    assert!(
        text.contains("partial widths: 1 of 1 formulas agree"),
        "{text}"
    );
}

#[test]
fn colour_structures_are_read_and_errors_name_the_vertex() {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(&write_model(folder.path(), "small", MINIMAL)).join("vertices.py");
    let text = fs::read_to_string(&path).unwrap();
    let legs = "[P.phi, P.Phi2, P.Phi2], color=['1']";
    assert!(text.contains(legs));
    let broken = legs.replace("'1'", "'T(1,2,3)'");
    fs::write(&path, text.replace(legs, &broken)).unwrap();
    let report = json(&done(folder.path(), "model small --json"));
    let found = report["findings"].as_array().unwrap();
    let f = (found.iter()).find(|f| f["kind"] == "unsupported");
    let said = f.expect("it is found")["text"].as_str().unwrap();
    assert!(
        said.starts_with("vertex 'V_1': colour structure 'T(1,2,3)'"),
        "{said}"
    );
    let message = program::fails(folder.path(), "width phi --model small", 2);
    assert!(
        message.contains("vertex 'V_1': colour structure"),
        "{message}"
    );
}

#[test]
fn what_a_report_finds_has_fields() {
    let folder = tempfile::tempdir().unwrap();
    let directory = write_model(folder.path(), "small", MINIMAL);
    let change = |name: &str, from: &str, to: &str| {
        let path = Path::new(&directory).join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name}");
        fs::write(path, text.replace(from, to)).unwrap();
    };
    change("particles.py", "charge=3/3", "charge=3/3.1");
    change("coupling_orders.py", "QED = C", "NP = C");
    change("coupling_orders.py", "name='QED'", "name='NP'");
    change(
        "couplings.py",
        "complex(0,1)*g1*M",
        "complex(0,1)*g1*(1 + aS)*M",
    );
    change("decays.py", "g1**2", "2*g1**2");
    let card = "Block TOY\n 1 0.5\n 77 0.2\nBlock OTHER\n 1 2\nDECAY 9000001 0.5\n";
    fs::write(folder.path().join("card.dat"), card).unwrap();
    let report = |arguments: &str| {
        let line = format!("model small --json --param-card card.dat {arguments}");
        json(&done(folder.path(), &line))
    };
    let found = report("");
    let rows: Vec<_> = (found["findings"].as_array().unwrap().iter())
        .map(|f| {
            let text = |key: &str| f[key].as_str().unwrap_or("-").to_owned();
            (text("kind"), text("name"), text("file"), f["line"].as_u64())
        })
        .collect();
    let row = |kind: &str, name: &str, file: &str, line: Option<u64>| {
        (kind.to_owned(), name.to_owned(), file.to_owned(), line)
    };
    assert_eq!(
        rows,
        [
            row("fractional_charge", "chi+", "particles.py", Some(13)),
            row("undefined_order", "QED", "-", None),
            row("mixed_strong_power", "GC_1", "-", None),
            row("card_value_unused", "DECAY 9000001", "card.dat", Some(6)),
            row("card_value_unused", "TOY 77", "card.dat", Some(3)),
            row("card_blocks_ignored", "OTHER", "card.dat", None),
            row("charge_not_conserved", "V_4", "-", None),
            row("not_hermitian", "V_4", "-", None),
            row("partial_width_differs", "phi > Phi2 Phi2", "-", None),
        ]
    );
    // Each has its sentence, in the lists as well.
    let sentence = &found["findings"][4]["text"];
    let expected = "card.dat:3: TOY 77 = 0.2 is not used: the model has no such input";
    assert_eq!(
        (sentence, &found["unused"][1]),
        (&expected.into(), sentence)
    );
    // What a file of the model says is at its line; what a restriction fixed is no input.
    fs::write(Path::new(&directory).join("decays.py"), "x = nowhere\n").unwrap();
    fs::write(
        Path::new(&directory).join("restrict_default.dat"),
        "Block TOY\n 2 0\n",
    )
    .unwrap();
    let found = report("--set g2=1");
    let at = |kind: &str| {
        let mut all = found["findings"].as_array().unwrap().iter();
        let f = all
            .find(|f| f["kind"] == kind)
            .unwrap_or_else(|| panic!("{kind}: {found:#}"));
        (f["name"].clone(), f["file"].clone(), f["line"].clone())
    };
    let none = serde_json::Value::Null;
    let place = ("decays".into(), "decays.py".into(), 1.into());
    assert_eq!(at("partial_widths_unread"), place);
    assert_eq!(
        at("setting_without_effect"),
        ("g2".into(), none.clone(), none)
    );
}

#[test]
fn a_gridpack_carries_its_model() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), "small", MINIMAL);
    let card = "[model]\nname = \"small\"\n[process]\ngenerate = \"e+ e- > Phi2 Phi2\"\n[beams]\n\
                particles = [\"e+\", \"e-\"]\nenergies = [500.0, 500.0]\n";
    fs::write(folder.path().join("c.toml"), card).unwrap();
    done(folder.path(), "pack c.toml -n 200 -o p.omnis");
    fs::remove_dir_all(folder.path().join("small")).unwrap();
    done(folder.path(), "generate p.omnis -n 50 -o e.lhe");
    let events = fs::read_to_string(folder.path().join("e.lhe")).unwrap();
    // What a shower must know of the new particles: each mass once, the charged scalar's
    // beside the inputs, since it has that of another one.
    let (header, _) = events.split_once("<init>").unwrap();
    let count = |start: &str| header.lines().filter(|l| l.starts_with(start)).count();
    assert_eq!(count("BLOCK QNUMBERS "), 3);
    for number in ["9000001 ", "9000002 ", "9000003 "] {
        assert_eq!(count(number), 1, "{number}");
    }
    let chi = "BLOCK QNUMBERS 9000003 # chi+ chi-\n    1 3 # 3 times";
    assert!(events.contains(chi), "{events}");
    let mass = "BLOCK MASS # derived\n9000003 1.00000000e2 # chi+\n";
    assert!(events.contains(mass), "{events}");
}

#[test]
fn couplings_run_with_the_power_of_the_strong_coupling_that_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let power = |value: &str| {
        let directory = write_model(folder.path(), "small", MINIMAL);
        let path = Path::new(&directory).join("couplings.py");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("complex(0,1)*g1*M", value)).unwrap();
        let model = Model::load(&spec(directory)).unwrap();
        let order = model.strong_order().unwrap();
        let of = |name: &str| {
            let coupling = model.couplings.iter().find(|c| c.name == name).unwrap();
            u32::from(coupling.orders[order])
        };
        (
            of("GC_1"),
            of("GC_3"),
            model.orders.len(),
            model.notes.len(),
        )
    };
    assert_eq!(power("complex(0,1)*g1*M"), (0, 0, 2, 0));
    assert_eq!(power("complex(0,1)*g1*M*aS/cmath.pi"), (2, 0, 3, 0));
    assert_eq!(power("complex(0,1)*g1*cmath.sqrt(aS)**3"), (3, 0, 3, 0));
    assert_eq!(power("complex(0,1)*g1*(1 + aS)"), (0, 0, 2, 1));
}

/// `e+ e- > Phi2 Phi2` has one diagram of two vertices, whose powers of QED are 1 and `power`.
#[test]
fn powers_of_coupling_orders_may_be_negative() {
    let counted = |power: i32| {
        let folder = tempfile::tempdir().unwrap();
        let directory = write_model(folder.path(), "small", MINIMAL);
        let file = Path::new(&directory).join("couplings.py");
        let text = fs::read_to_string(&file).unwrap();
        let one = "g1*M', order={'QED': 1}";
        assert!(text.contains(one));
        let other = format!("g1*M', order={{'QED': {power}}}");
        fs::write(&file, text.replace(one, &other)).unwrap();
        let listed = |line: &str| {
            let mut process = command(folder.path(), "process --model small --json");
            let output = process.arg(line).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let value: Option<Value> = serde_json::from_str(&text).ok();
            let value = value.filter(|_| output.status.success());
            value.map(|v| v["matrix_elements"][0]["orders"].to_string())
        };
        let model = json(&done(folder.path(), "model small --json"));
        let vertices = model["vertices"].as_array().unwrap();
        let first = vertices[0]["terms"][0]["orders"]["QED"].clone();
        let lines = [
            "",
            " QED=0",
            " QED==0",
            " QED=1",
            " QED^2==0",
            " QED=2",
            " WEIGHTED<=3",
        ];
        let lines = lines.map(|limits| listed(&format!("e+ e- > Phi2 Phi2{limits}")).is_some());
        (
            first,
            listed("e+ e- > Phi2 Phi2").unwrap_or_default(),
            lines,
        )
    };
    let (first, orders, lines) = counted(-1);
    assert_eq!(first, -1);
    assert!(
        orders.contains("\"QED\":0") || orders.contains("QED=0"),
        "{orders}"
    );
    assert_eq!(lines, [true, true, true, true, true, true, true]);
    let (_, orders, lines) = counted(1);
    assert!(
        orders.contains("\"QED\":2") || orders.contains("QED=2"),
        "{orders}"
    );
    assert_eq!(lines, [true, false, false, false, false, true, false]);
}

#[test]
fn cards_of_madgraph_import_models() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cards")).unwrap();
    let directory = write_model(&folder.path().join("cards"), "small", MINIMAL);
    // A model with a name of its own for the electron, and a restriction.
    let at = |name: &str| Path::new(&directory).join(name);
    let particles = fs::read_to_string(at("particles.py")).unwrap();
    let renamed = particles.replace("'e-'", "'E1-'").replace("'e+'", "'E1+'");
    fs::write(at("particles.py"), renamed).unwrap();
    fs::write(at("restrict_mine.dat"), "Block TOY\n 1 0.25\n").unwrap();
    let card = "import model small-mine\ndefine ee = e+ e-\ngenerate e+ e- > phi2 phi2\n";
    fs::write(folder.path().join("cards/x_proc_card.dat"), card).unwrap();
    program::omnis(folder.path(), "convert cards/x_proc_card.dat -o x.toml");
    let made = fs::read_to_string(folder.path().join("x.toml")).unwrap();
    assert!(made.contains("E1+ E1- > Phi2 Phi2"), "{made}");
    assert!(made.contains("small-mine"), "{made}");
}
