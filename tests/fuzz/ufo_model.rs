//! Files of a UFO model, one of which is almost right.

use std::fs;

use omnis::model::{Model, ModelSpec};

use super::targets::Scratch;
use super::ufo_models::{MINIMAL, toy, write_model};

/// Words that the reader looks for.
pub const DICTIONARY: &[&str] = &[
    "Particle(",
    "Parameter(",
    "Coupling(",
    "Vertex(",
    "Lorentz(",
    "from object_library import all_particles, Particle\n",
    "import particles as P\n",
    ".anti()",
    "for k in range(10):\n    ",
    "while True: pass\n",
    "def f(x):\n    return f(x)\n",
    "lambda x: x",
    "try:\n    ",
    "except ImportError:\n    ",
    "if x:\n",
    "\'%s\' % ",
    "\"\"\"",
    "[x for x in all_particles]",
    "{(0,0): ",
    "**",
    "complex(0,1)",
    "cmath.sqrt(",
    " if ",
    " else ",
    "\\\n",
    "\t",
    "1e308",
    "10**10",
    "'a'*10**6",
];

/// The directory of the model.
const MODEL: &str = "ufo";
/// What a case may replace besides the files of the small model.
const CARD: &str = "restrict_default.dat";

/// The files of the model as they are before and after a case.
fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    MINIMAL.iter().copied().chain([(CARD, "")])
}

/// Every file of the small model and of a toy, with its name in the first line; writes the
/// small model.
pub fn corpus(scratch: &Scratch) -> Vec<Vec<u8>> {
    write_model(scratch.folder(), MODEL, &files().collect::<Vec<_>>());
    let with_name = |name: &str, text: &str| format!("{name}\n{text}").into_bytes();
    let mut all: Vec<Vec<u8>> = MINIMAL.iter().map(|(n, t)| with_name(n, t)).collect();
    for file in ["parameters.py", "vertices.py", "particles.py", "lorentz.py"] {
        let text = fs::read_to_string(format!("{}/{file}", toy("toy_misc")));
        all.push(with_name(file, &text.expect("a file of the toy")));
    }
    let card = "Block TOY\n 1 0.5\n 2 0.0\n 3 1.0\nBlock MASS\n 9000001 10.0\n";
    all.push(with_name(CARD, card));
    all
}

/// Reads the small model with one file replaced.
pub fn read(scratch: &Scratch, input: &[u8]) -> Result<(), String> {
    let end = input.iter().position(|b| *b == b'\n');
    let (name, text) = input.split_at(end.map_or(0, |k| k + 1));
    let name = String::from_utf8_lossy(name).trim_end().to_owned();
    let one = files().find(|(n, _)| *n == name);
    let (name, before) = one
        .or(files().find(|(n, _)| *n == "vertices.py"))
        .expect("a file");
    let directory = scratch.folder().join(MODEL);
    let path = directory.join(name);
    fs::write(&path, text).expect("a file of the model");
    drop(Model::load(&ModelSpec {
        name: directory.display().to_string(),
        ..ModelSpec::default()
    }));
    fs::write(&path, before).expect("a file of the model");
    Ok(())
}
