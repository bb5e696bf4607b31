//! UFO directories for tests: the toys, a small one written here, and the built-in
//! Standard Model as a directory.

#![allow(dead_code, reason = "every test program uses a part of it")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use toml::Value;

/// The path of a toy.
pub fn toy(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
    path.join(name).display().to_string()
}

/// Files of a model with two scalars, an electron, a charged scalar that breaks its charge,
/// a Goldstone boson and a ghost.
pub const MINIMAL: &[(&str, &str)] = &[
    (
        "parameters.py",
        "from .object_library import all_parameters, Parameter\n\
         from .function_library import complexconjugate, twice\n\
         ZERO = Parameter(name='ZERO', nature='internal', type='real', value='0.0', texname='0')\n\
         def g(k, value):\n\
         \x20   return Parameter(name='g%d' % k, nature='external', type='real', value=value,\n\
         \x20                    texname='g', lhablock='TOY', lhacode=[k])\n\
         g1 = g(1, 0.5)\ng2 = g(2, 0.3)\ng3 = g(3, 0.7)\ng4 = g(4, .4)\ng5 = g(5, 9e-1)\n\
         g6 = g(6, 0.6)\n\
         M = Parameter('M', 'external', 'real', 100, 'M', 'MASS', [9000001])\n\
         M2 = Parameter('M2', 'external', 'real', 30., 'M2', 'MASS', [9000002])\n\
         late = Parameter(name='late', nature='internal', type='complex',\n\
         \x20                value='complex(0,1)*early*twice(g4)/2', texname='late')\n\
         early = Parameter(name='early', nature='internal', type='real',\n\
         \x20                 value='g6 if g6 > 0 else -g6', texname='early')\n",
    ),
    (
        "function_library.py",
        "import cmath\nfrom .object_library import all_functions, Function\n\
         complexconjugate = Function(name='complexconjugate', arguments=('z',),\n\
         \x20                           expression='z.conjugate()')\n\
         twice = Function(name='twice', arguments=('z',), expression='2*z')\n",
    ),
    (
        "particles.py",
        "from __future__ import division\nfrom .object_library import all_particles, Particle\n\
         from . import parameters as Param\n\
         phi = Particle(pdg_code=9000001, name='phi', antiname='phi', spin=1, color=1, mass=Param.M,\n\
         \x20              width=Param.ZERO, texname='phi', antitexname='phi', charge=0)\n\
         Phi2 = Particle(pdg_code=9000002, name='Phi2', antiname='Phi2', spin=1, color=1,\n\
         \x20               mass=Param.M2, width=Param.ZERO, texname='Phi2', antitexname='Phi2',\n\
         \x20               charge=0, LeptonNumber=0)\n\
         e__minus__ = Particle(pdg_code=11, name='e-', antiname='e+', spin=2, color=1,\n\
         \x20                     mass=Param.ZERO, width=Param.ZERO, texname='e-', antitexname='e+',\n\
         \x20                     charge=-1, LeptonNumber=1)\n\
         e__plus__ = e__minus__.anti()\n\
         chi = Particle(pdg_code=9000003, name='chi+', antiname='chi-', spin=1, color=1,\n\
         \x20              mass=Param.M, width=Param.ZERO, texname='chi', antitexname='chi', charge=3/3)\n\
         chi__minus__ = chi.anti()\n\
         G0 = Particle(pdg_code=250, name='G0', antiname='G0', spin=1, color=1, mass=Param.M,\n\
         \x20             width=Param.ZERO, texname='G0', antitexname='G0', charge=0, GoldstoneBoson=True)\n\
         gh = Particle(pdg_code=9000010, name='gh', antiname='gh~', spin=-1, color=1,\n\
         \x20             mass=Param.ZERO, width=Param.ZERO, texname='gh', antitexname='gh~', charge=0,\n\
         \x20             GhostNumber=1)\n\
         gh__tilde__ = gh.anti()\n",
    ),
    (
        "coupling_orders.py",
        "from .object_library import all_orders, CouplingOrder\n\
         QED = CouplingOrder(name='QED', expansion_order=99, hierarchy=2)\n\
         QCD = CouplingOrder(name='QCD', expansion_order=99, hierarchy=1)\n",
    ),
    (
        "couplings.py",
        "from .object_library import all_couplings, Coupling\n\
         GC_1 = Coupling(name='GC_1', value='complex(0,1)*g1*M', order={'QED': 1})\n\
         GC_2 = Coupling(name='GC_2', value='complex(0,1)*g2*M', order={'QED': 1})\n\
         GC_3 = Coupling(name='GC_3', value='late', order={'QED': 1})\n",
    ),
    (
        "lorentz.py",
        "from .object_library import all_lorentz, Lorentz\n\
         SSS1 = Lorentz(name='SSS1', spins=[1, 1, 1], structure='1')\n\
         FFS1 = Lorentz(name='FFS1', spins=[2, 2, 1], structure='Identity(2,1)')\n\
         UUS1 = Lorentz(name='UUS1', spins=[-1, -1, 1], structure='1')\n",
    ),
    (
        "vertices.py",
        "from .object_library import all_vertices, Vertex\n\
         from . import particles as P\nfrom . import couplings as C\nfrom . import lorentz as L\n\
         V_1 = Vertex(name='V_1', particles=[P.phi, P.Phi2, P.Phi2], color=['1'],\n\
         \x20            lorentz=[L.SSS1], couplings={(0,0): C.GC_1})\n\
         V_2 = Vertex(name='V_2', particles=[P.e__plus__, P.e__minus__, P.phi], color=['1'],\n\
         \x20            lorentz=[L.FFS1], couplings={(0,0): [C.GC_3]})\n\
         V_3 = Vertex(name='V_3', particles=[P.G0, P.Phi2, P.Phi2], color=['1'],\n\
         \x20            lorentz=[L.SSS1], couplings={(0,0): C.GC_1})\n\
         V_4 = Vertex(name='V_4', particles=[P.chi, P.phi, P.phi], color=['1'],\n\
         \x20            lorentz=[L.SSS1], couplings={(0,0): C.GC_2})\n\
         V_5 = Vertex(name='V_5', particles=[P.gh, P.gh__tilde__, P.phi], color=['1'],\n\
         \x20            lorentz=[L.UUS1], couplings={(0,0): C.GC_2})\n",
    ),
    (
        "decays.py",
        "from .object_library import all_decays, Decay\nfrom . import particles as P\n\
         Decay_phi = Decay(name='Decay_phi', particle=P.phi, partial_widths={\n\
         \x20   (P.Phi2, P.Phi2): 'g1**2*cmath.sqrt(M**2/4. - M2**2)/(16*cmath.pi)'})\n",
    ),
];

/// Writes the files of a model; returns the directory.
pub fn write_model(folder: &Path, name: &str, files: &[(&str, &str)]) -> String {
    let directory = folder.join(name);
    fs::create_dir_all(&directory).unwrap();
    for (file, text) in files {
        fs::write(directory.join(file), text).unwrap();
    }
    directory.display().to_string()
}

fn table(file: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sm");
    fs::read_to_string(path.join(file))
        .unwrap()
        .parse()
        .unwrap()
}

fn rows<'a>(table: &'a toml::Table, key: &str) -> Vec<&'a toml::Table> {
    let list = table[key].as_array().unwrap().iter();
    list.map(|row| row.as_table().unwrap()).collect()
}

fn text<'a>(row: &'a toml::Table, key: &str) -> &'a str {
    row[key].as_str().unwrap()
}

fn number(value: &Value) -> f64 {
    value
        .as_float()
        .unwrap_or_else(|| value.as_integer().unwrap() as f64)
}

/// A name as an identifier.
fn variable(name: &str) -> String {
    let sign = |c: char| match c {
        '+' => "__plus__".to_owned(),
        '-' => "__minus__".to_owned(),
        '~' => "__tilde__".to_owned(),
        c => c.to_string(),
    };
    format!("p_{}", name.chars().map(sign).collect::<String>())
}

/// Writes the built-in Standard Model as a UFO directory, with its restrictions `default`
/// and `no_b_mass`; returns the directory.
pub fn standard_model(folder: &Path) -> String {
    let files = [
        ("parameters.py", parameters()),
        ("particles.py", particles()),
        ("coupling_orders.py", orders()),
        ("couplings.py", couplings()),
        ("lorentz.py", lorentz()),
        ("vertices.py", vertices()),
        ("restrict_default.dat", restriction(&["default"])),
        (
            "restrict_no_b_mass.dat",
            restriction(&["default", "no_b_mass"]),
        ),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, &**t)).collect();
    write_model(folder, "standard", &files)
}

fn parameters() -> String {
    let table = table("parameters.toml");
    let mut out = "from object_library import all_parameters, Parameter\n\
                   ZERO = Parameter(name = 'ZERO', nature = 'internal', type = 'real', \
                   value = '0.0', texname = '0')\n"
        .to_owned();
    let schemes = rows(&table, "schemes");
    let part = |key: &str| -> Vec<toml::Table> {
        let own = schemes[0].get(key).and_then(Value::as_array);
        let own = own
            .into_iter()
            .flatten()
            .map(|r| r.as_table().unwrap().clone());
        let all = rows(&table, key).into_iter().cloned();
        all.chain(own).collect()
    };
    for row in part("external") {
        let (name, block) = (text(&row, "name"), text(&row, "block"));
        let (code, value) = (row["code"].as_integer().unwrap(), number(&row["value"]));
        writeln!(
            out,
            "{name} = Parameter(name = '{name}', nature = 'external', type = 'real', value = \
             {value:?}, texname = '{name}', lhablock = '{block}', lhacode = [ {code} ])"
        )
        .unwrap();
    }
    for row in part("internal") {
        let (name, value) = (text(&row, "name"), text(&row, "value"));
        let is_complex = row.get("complex").and_then(Value::as_bool).unwrap_or(false);
        let kind = if is_complex { "complex" } else { "real" };
        writeln!(
            out,
            "{name} = Parameter(name = '{name}', nature = 'internal', type = '{kind}', value = \
             '{value}', texname = '{name}')"
        )
        .unwrap();
    }
    out
}

fn particles() -> String {
    let mut out = "from __future__ import division\nfrom object_library import all_particles, \
                   Particle\nimport parameters as Param\n"
        .to_owned();
    // In an order of their own, of which nothing may depend.
    for row in rows(&table("particles.toml"), "particles").iter().rev() {
        let name = text(row, "name");
        let anti = row.get("anti").map_or(name, |a| a.as_str().unwrap());
        let parameter = |key: &str| row.get(key).map_or("ZERO", |m| m.as_str().unwrap());
        let integer = |key: &str| row[key].as_integer().unwrap();
        writeln!(
            out,
            "{} = Particle(pdg_code = {}, name = '{name}', antiname = '{anti}', spin = {}, color \
             = {}, mass = Param.{}, width = Param.{}, texname = '{name}', antitexname = '{anti}', \
             charge = {}/3)",
            variable(name),
            integer("pdg"),
            integer("spin"),
            integer("colour"),
            parameter("mass"),
            parameter("width"),
            integer("charge"),
        )
        .unwrap();
        if anti != name {
            writeln!(out, "{} = {}.anti()", variable(anti), variable(name)).unwrap();
        }
    }
    out
}

fn orders() -> String {
    let mut out = "from object_library import all_orders, CouplingOrder\n".to_owned();
    for row in rows(&table("couplings.toml"), "orders") {
        let (name, hierarchy) = (text(row, "name"), row["hierarchy"].as_integer().unwrap());
        writeln!(
            out,
            "{name} = CouplingOrder(name = '{name}', expansion_order = 99, hierarchy = {hierarchy})"
        )
        .unwrap();
    }
    out
}

fn couplings() -> String {
    let mut out = "from object_library import all_couplings, Coupling\n".to_owned();
    for row in rows(&table("couplings.toml"), "couplings") {
        let (name, value) = (text(row, "name"), text(row, "value"));
        let order = row["order"].as_table().unwrap();
        let order: Vec<String> = order.iter().map(|(n, p)| format!("'{n}':{p}")).collect();
        let order = order.join(",");
        writeln!(
            out,
            "{name} = Coupling(name = '{name}', value = '{value}', order = {{{order}}})"
        )
        .unwrap();
    }
    out
}

fn lorentz() -> String {
    let mut out = "from object_library import all_lorentz, Lorentz\n".to_owned();
    for row in rows(&table("lorentz.toml"), "lorentz") {
        let (name, structure, spins) = (text(row, "name"), text(row, "structure"), &row["spins"]);
        writeln!(
            out,
            "{name} = Lorentz(name = '{name}', spins = {spins}, structure = '{structure}')"
        )
        .unwrap();
    }
    out
}

fn vertices() -> String {
    let mut out = "from object_library import all_vertices, Vertex\nimport particles as P\nimport \
                   couplings as C\nimport lorentz as L\n"
        .to_owned();
    for (k, row) in rows(&table("vertices.toml"), "vertices").iter().enumerate() {
        let legs = text(row, "of").split(' ');
        let legs: Vec<String> = legs.map(|n| format!("P.{}", variable(n))).collect();
        let colour = &row["colour"];
        let terms = row["terms"].as_array().unwrap();
        let term = |t: &Value, k: usize| t.as_array().unwrap()[k].clone();
        let mut structures: Vec<String> = Vec::new();
        let mut couplings: Vec<String> = Vec::new();
        for t in terms {
            let name = format!("L.{}", term(t, 1).as_str().unwrap());
            let at = structures.iter().position(|s| *s == name);
            let at = at.unwrap_or_else(|| {
                structures.push(name);
                structures.len() - 1
            });
            let coupling = term(t, 2);
            couplings.push(format!(
                "({},{at}):C.{}",
                term(t, 0),
                coupling.as_str().unwrap()
            ));
        }
        writeln!(
            out,
            "V_{k} = Vertex(name = 'V_{k}', particles = [ {} ], color = {colour}, lorentz = [ {} \
             ], couplings = {{{}}})",
            legs.join(", "),
            structures.join(", "),
            couplings.join(",")
        )
        .unwrap();
    }
    out
}

/// A restriction card with the values of these restrictions, later ones first served.
fn restriction(names: &[&str]) -> String {
    let mut values = toml::Table::new();
    for name in names {
        let table = table(&format!("restrictions/{name}.toml"));
        values.extend(table["set"].as_table().unwrap().clone());
    }
    let parameters = table("parameters.toml");
    let mut out = String::new();
    for row in rows(&parameters, "external") {
        let (name, block) = (text(row, "name"), text(row, "block"));
        let code = row["code"].as_integer().unwrap();
        if let Some(value) = values.get(name) {
            let value = number(value);
            match block {
                "DECAY" => writeln!(out, "DECAY {code} {value:?} # {name}").unwrap(),
                _ => writeln!(out, "BLOCK {block}\n {code} {value:?} # {name}").unwrap(),
            }
        }
    }
    out
}

/// Momenta of a process with two legs of each side, at 500 GeV.
pub fn two_body(masses: [f64; 4]) -> Vec<Vec<[f64; 4]>> {
    let e = 250.0;
    let [_, _, a, b] = masses;
    let s = 4.0 * e * e;
    let ea = (s + a * a - b * b) / (4.0 * e);
    let p = (ea * ea - a * a).sqrt();
    let (x, z) = (0.6 * p, 0.8 * p);
    vec![vec![
        [e, 0.0, 0.0, e],
        [e, 0.0, 0.0, -e],
        [ea, x, 0.0, z],
        [2.0 * e - ea, -x, 0.0, -z],
    ]]
}

/// Momenta of three massless particles from two, at 300 GeV.
pub fn three_body() -> Vec<Vec<[f64; 4]>> {
    let third = 3f64.sqrt() / 2.0 * 100.0;
    vec![vec![
        [150.0, 0.0, 0.0, 150.0],
        [150.0, 0.0, 0.0, -150.0],
        [100.0, 100.0 * 0.6, 0.0, 100.0 * 0.8],
        [100.0, -50.0 * 0.6, third, -50.0 * 0.8],
        [100.0, -50.0 * 0.6, -third, -50.0 * 0.8],
    ]]
}
