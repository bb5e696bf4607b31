//! `omnis model` compares unitary with Feynman gauge: a Higgs model with one massive vector.

#![cfg(feature = "cli")]

use serde_json::Value;

#[path = "common/program.rs"]
mod program;
#[path = "common/ufo_models.rs"]
mod ufo_models;
use program::{command, done, fails, json};
use ufo_models::write_model;

/// The Abelian Higgs model of coupling g and scale v with a fermion: vertices follow from
/// |D phi|^2 - l (|phi|^2 - v^2/2)^2 with phi = (v + h + i G)/sqrt(2).
const HIGGS: [(&str, &str); 6] = [
    (
        "parameters.py",
        "from .object_library import all_parameters, Parameter\n\
         ZERO = Parameter(name='ZERO', nature='internal', type='real', value='0.0', texname='0')\n\
         g = Parameter('g', 'external', 'real', 0.6, 'g', 'TOY', [1])\n\
         y = Parameter('y', 'external', 'real', 0.4, 'y', 'TOY', [2])\n\
         MV = Parameter('MV', 'external', 'real', 90.0, 'MV', 'MASS', [9000001])\n\
         MH = Parameter('MH', 'external', 'real', 125.0, 'MH', 'MASS', [9000002])\n\
         WV = Parameter('WV', 'external', 'real', 2.0, 'WV', 'DECAY', [9000001])\n\
         v = Parameter('v', 'internal', 'real', 'MV/g', 'v')\n\
         l = Parameter('l', 'internal', 'real', 'MH**2/(2*v**2)', 'l')\n",
    ),
    (
        "particles.py",
        "from .object_library import all_particles, Particle\nfrom . import parameters as Param\n\
         V = Particle(pdg_code=9000001, name='V', antiname='V', spin=3, color=1, mass=Param.MV,\n\
         \x20            width=Param.WV, texname='V', antitexname='V', charge=0)\n\
         H = Particle(pdg_code=9000002, name='H', antiname='H', spin=1, color=1, mass=Param.MH,\n\
         \x20            width=Param.ZERO, texname='H', antitexname='H', charge=0)\n\
         G0 = Particle(pdg_code=250, name='G0', antiname='G0', spin=1, color=1, mass=Param.MV,\n\
         \x20            width=Param.WV, texname='G0', antitexname='G0', charge=0, goldstoneboson=True)\n\
         f = Particle(pdg_code=9000003, name='f', antiname='f~', spin=2, color=1, mass=Param.ZERO,\n\
         \x20            width=Param.ZERO, texname='f', antitexname='f', charge=0)\n\
         f__tilde__ = f.anti()\n",
    ),
    (
        "coupling_orders.py",
        "from .object_library import all_orders, CouplingOrder\n\
         QED = CouplingOrder(name='QED', expansion_order=99, hierarchy=1)\n",
    ),
    (
        "couplings.py",
        "from .object_library import all_couplings, Coupling\n\
         GC_1 = Coupling('GC_1', '2*complex(0,1)*g**2*v', {'QED': 1})\n\
         GC_2 = Coupling('GC_2', '2*complex(0,1)*g**2', {'QED': 2})\n\
         GC_3 = Coupling('GC_3', 'g', {'QED': 1})\n\
         GC_4 = Coupling('GC_4', '-6*complex(0,1)*l*v', {'QED': 1})\n\
         GC_5 = Coupling('GC_5', '-6*complex(0,1)*l', {'QED': 2})\n\
         GC_6 = Coupling('GC_6', '-2*complex(0,1)*l*v', {'QED': 1})\n\
         GC_7 = Coupling('GC_7', '-2*complex(0,1)*l', {'QED': 2})\n\
         GC_8 = Coupling('GC_8', 'complex(0,1)*y', {'QED': 1})\n",
    ),
    (
        "lorentz.py",
        "from .object_library import all_lorentz, Lorentz\n\
         VVS1 = Lorentz(name='VVS1', spins=[3, 3, 1], structure='Metric(1,2)')\n\
         VVSS1 = Lorentz(name='VVSS1', spins=[3, 3, 1, 1], structure='Metric(1,2)')\n\
         VSS1 = Lorentz(name='VSS1', spins=[3, 1, 1], structure='P(1,2) - P(1,3)')\n\
         SSS1 = Lorentz(name='SSS1', spins=[1, 1, 1], structure='1')\n\
         SSSS1 = Lorentz(name='SSSS1', spins=[1, 1, 1, 1], structure='1')\n\
         FFV1 = Lorentz(name='FFV1', spins=[2, 2, 3], structure='Gamma(3,2,1)')\n",
    ),
    (
        "vertices.py",
        "from .object_library import all_vertices, Vertex\nfrom . import particles as P\n\
         from . import couplings as C\nfrom . import lorentz as L\n\
         def add(k, ps, l, c):\n\
         \x20   return Vertex(name='V_%d' % k, particles=ps, color=['1'], lorentz=[l], couplings={(0,0): c})\n\
         V_1 = add(1, [P.V, P.V, P.H], L.VVS1, C.GC_1)\n\
         V_2 = add(2, [P.V, P.V, P.H, P.H], L.VVSS1, C.GC_2)\n\
         V_3 = add(3, [P.V, P.V, P.G0, P.G0], L.VVSS1, C.GC_2)\n\
         V_4 = add(4, [P.V, P.G0, P.H], L.VSS1, C.GC_3)\n\
         V_5 = add(5, [P.H, P.H, P.H], L.SSS1, C.GC_4)\n\
         V_6 = add(6, [P.H, P.H, P.H, P.H], L.SSSS1, C.GC_5)\n\
         V_7 = add(7, [P.H, P.G0, P.G0], L.SSS1, C.GC_6)\n\
         V_8 = add(8, [P.H, P.H, P.G0, P.G0], L.SSSS1, C.GC_7)\n\
         V_9 = add(9, [P.f__tilde__, P.f, P.V], L.FFV1, C.GC_8)\n",
    ),
];

/// The checks of the model with a coupling changed, from both gauges.
fn checks(from: &str, to: &str) -> [Value; 2] {
    let folder = tempfile::tempdir().unwrap();
    let files = HIGGS.map(|(name, text)| {
        let changed = if name == "couplings.py" {
            text.replace(from, to)
        } else {
            text.to_owned()
        };
        (name, changed)
    });
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, &**text)).collect();
    write_model(folder.path(), "higgs", &files);
    ["unitary", "feynman"].map(|gauge| {
        let report = done(
            folder.path(),
            &format!("model higgs --gauge {gauge} --json"),
        );
        json(&report)
    })
}

#[test]
fn a_model_is_the_same_in_both_gauges() {
    for report in checks("", "") {
        let gauges = report["checks"]["gauges"].as_array().unwrap();
        let of = |process: &str| gauges.iter().find(|g| g["process"] == process);
        for process in ["V V > V V", "V V > H H", "f f~ > V H", "f f~ > V V"] {
            let found = of(process).unwrap_or_else(|| panic!("{process}: {gauges:?}"));
            assert_eq!(found["agrees"], true, "{found}");
        }
        let kinds = report["findings"].as_array().unwrap().iter();
        assert_eq!(kinds.filter(|f| f["kind"] == "gauges_differ").count(), 0);
    }
}

#[test]
fn goldstone_bosons_are_no_products_of_decays() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), "higgs", &HIGGS);
    let width = |gauge: &str| {
        let command = format!("width H --model higgs --set MH=300 --gauge {gauge} --json");
        json(&done(folder.path(), &command))
    };
    let [unitary, feynman] = ["unitary", "feynman"].map(width);
    let names = |w: &Value| -> Vec<String> {
        let decays = w["decays"].as_array().unwrap().iter();
        decays.map(|d| d["process"].to_string()).collect()
    };
    assert_eq!(names(&unitary).len(), 1, "{unitary}");
    assert_eq!(names(&feynman), names(&unitary));
    let [a, b] = [&unitary, &feynman].map(|w| w["width_gev"].as_f64().unwrap());
    assert!(a > 1.0 && (a - b).abs() < 1e-12 * a, "{a} {b}");
    // Its width can be asked for, though the Goldstone boson has the same parameter.
    let report = json(&done(
        folder.path(),
        "model higgs --gauge feynman --set WV=auto --json",
    ));
    assert_eq!(report["gauge"], "feynman");
}

#[test]
fn a_wrong_coupling_of_a_goldstone_boson_is_found() {
    let [unitary, feynman] = checks("'g', {", "'1.1*g', {");
    assert_eq!(unitary["checks"]["gauges"], feynman["checks"]["gauges"]);
    let findings = unitary["findings"].as_array().unwrap().iter();
    let found: Vec<&Value> = findings.filter(|f| f["kind"] == "gauges_differ").collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["name"], "V V > H H");
}

#[test]
fn a_run_in_feynman_gauge_says_that_goldstone_bosons_are_missing() {
    let files = |without: &str| {
        let kept = HIGGS.map(|(name, text)| {
            let lines: Vec<&str> = text.lines().filter(|l| !l.contains(without)).collect();
            (name, lines.join("\n"))
        });
        let folder = tempfile::tempdir().unwrap();
        let kept: Vec<(&str, &str)> = kept.iter().map(|(n, t)| (*n, &**t)).collect();
        write_model(folder.path(), "higgs", &kept);
        let process = ["process", "V V > H H", "--model", "higgs"];
        let mut program = command(folder.path(), "--json");
        let output = program.args(process).args(["--gauge", "feynman"]).output();
        json(&output.unwrap())["notes"].to_string()
    };
    let none = files("no line of it");
    assert!(!none.contains("gauge"), "{none}");
    let warning = files("P.G0");
    assert!(
        warning.contains("V V > H H, which without widths is"),
        "{warning}"
    );
}

#[test]
fn what_feynman_gauge_alone_needs_is_no_fault_of_unitary_gauge() {
    let folder = tempfile::tempdir().unwrap();
    let files = HIGGS.map(|(name, text)| {
        let goldstone = "width=Param.WV, texname='G0'";
        (name, text.replace(goldstone, "width='WG', texname='G0'"))
    });
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, &**t)).collect();
    write_model(folder.path(), "higgs", &files);
    let report = json(&done(folder.path(), "model higgs --json"));
    assert_eq!(report["checks"]["gauges"].as_array().unwrap().len(), 0);
    let findings = report["findings"].as_array().unwrap().iter();
    let found: Vec<&Value> = findings
        .filter(|f| f["kind"] == "no_feynman_gauge")
        .collect();
    assert_eq!(found.len(), 1, "{report}");
    let text = found[0]["text"].as_str().unwrap();
    assert!(
        text.contains("no model parameter 'WG', which particle 'G0' names"),
        "{text}"
    );
    let message = fails(folder.path(), "model higgs --gauge feynman", 2);
    assert!(message.contains("no model parameter 'WG'"), "{message}");
}

#[test]
fn a_model_of_unitary_gauge_alone_is_not_computed_in_another() {
    let folder = tempfile::tempdir().unwrap();
    let write = |gauges: &str| {
        let text = format!("from . import particles\n\ngauge{gauges}\n");
        let all = [HIGGS.as_slice(), &[("__init__.py", text.as_str())]].concat();
        write_model(folder.path(), "higgs", &all);
    };
    for gauges in [" = [0]", "=[0]  # allowed: unitary"] {
        write(gauges);
        let message = fails(folder.path(), "model higgs --gauge feynman", 2);
        let place = format!("higgs/__init__.py:3: 'gauge{gauges}': the vertices of this model");
        assert!(message.contains(&place), "{message}");
        assert!(message.contains("expected gauge 'unitary'"), "{message}");
        let report = json(&done(folder.path(), "model higgs --json"));
        assert_eq!(report["checks"]["gauges"].as_array().unwrap().len(), 0);
    }
    write(" = [0, 1]");
    done(folder.path(), "model higgs --gauge feynman");
}
