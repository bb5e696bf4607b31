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

/// Words of the JSON files of ufo-model-loader.
pub const JSON_DICTIONARY: &[&str] = &[
    "\"name\": ",
    "\"particles\": ",
    "\"couplings\": ",
    "\"vertex_rules\": ",
    "\"lorentz_structures\": ",
    "\"expression\": \"",
    "\"value\": [1.0, 0.0]",
    "\"value\": null",
    "\"propagator\": \"",
    "\"goldstoneboson\": true",
    "UFO::{}::",
    "\u{1d456}",
    "\u{1d70b}",
    "if(",
    "conj(",
    "^(1/2)",
    "^-1",
    "[[",
    "]]",
    "{}",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "\\u0000",
    "\\ud835",
];

/// Exported models.
const JSON: [&[u8]; 2] = [
    include_bytes!("../golden/ufo_json/toy_delta.json"),
    include_bytes!("../golden/ufo_json/toy_colour.json"),
];

/// Two exported models, and a restriction card of the first one.
pub fn json_corpus(_: &Scratch) -> Vec<Vec<u8>> {
    let card: &[u8] = b"{\"kv\": [0.0, 0.0], \"kg\": [1.0, 0.0]}";
    [JSON[0], JSON[1], card].map(<[u8]>::to_vec).into()
}

/// Reads a file as a model, and a short one as the restriction card of one.
pub fn read_json(scratch: &Scratch, input: &[u8]) -> Result<(), String> {
    let read = |model: &[u8], card: &[u8]| {
        let path = scratch.file("model.json", model);
        scratch.file("restrict_default.json", card);
        drop(Model::load(&ModelSpec {
            name: path.display().to_string(),
            ..ModelSpec::default()
        }));
    };
    read(input, b"{}");
    if input.len() < 1000 {
        read(JSON[0], input);
    }
    Ok(())
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
