//! UFO directories that cannot be used: what is said of them, and that they take no time, no
//! memory, and nothing outside of themselves.

#[path = "common/program.rs"]
mod program;
#[path = "common/ufo_models.rs"]
mod ufo_models;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use omnis::model::{CardNotes, Model, ModelSpec};
use ufo_models::{MINIMAL, write_model};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        write_model(folder.0.path(), "m", MINIMAL);
        folder
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join("m").join(name)
    }

    /// Adds to the end of a file.
    fn add(self, file: &str, text: &str) -> Self {
        let old = fs::read_to_string(self.at(file)).unwrap_or_default();
        fs::write(self.at(file), old + text).unwrap();
        self
    }

    /// Replaces what must be there.
    fn replace(self, file: &str, from: &str, to: &str) -> Self {
        let old = fs::read_to_string(self.at(file)).unwrap();
        assert!(old.contains(from), "{file} lacks {from}");
        fs::write(self.at(file), old.replace(from, to)).unwrap();
        self
    }

    fn spec(&self) -> ModelSpec {
        ModelSpec {
            name: self.0.path().join("m").display().to_string(),
            ..ModelSpec::default()
        }
    }

    /// The message, without the folder, in less than five seconds.
    fn message(&self) -> String {
        let begun = Instant::now();
        let error = Model::load(&self.spec()).expect_err("a bad model");
        let seconds = begun.elapsed().as_secs_f64();
        assert!(seconds < 5.0, "{seconds} s: {error}");
        let folder = format!("{}/", self.0.path().display());
        error.to_string().replace(&folder, "")
    }

    fn with_card(&self, card: &str) -> (Model, CardNotes) {
        let path = self.0.path().join("param_card.dat");
        fs::write(&path, card).unwrap();
        let spec = ModelSpec {
            param_card: Some(path),
            ..self.spec()
        };
        Model::load_with_notes(&spec).unwrap()
    }
}

#[test]
fn directories_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let message = program::fails(folder.path(), "model ./nowhere", 2);
    assert!(
        message.contains("no model './nowhere'; known: sm, and directories of UFO models"),
        "{message}"
    );
    let folder = Folder::new();
    fs::remove_file(folder.at("vertices.py")).unwrap();
    assert_eq!(
        folder.message(),
        "cannot read the model m: there is no file vertices.py, expected the files of a UFO \
         model: parameters.py, particles.py, couplings.py, lorentz.py, vertices.py"
    );
    fs::create_dir(folder.at("vertices.py")).unwrap();
    assert_eq!(
        folder.message(),
        "cannot read the model m/vertices.py: found a directory, expected a regular file"
    );
}

#[test]
fn what_is_not_python_or_not_read_has_its_line() {
    for (text, message) in [
        (
            "x = = 3\n",
            "m/couplings.py:4: found '=', expected an expression: 'x = = 3'",
        ),
        (
            "x = (1,\n",
            "m/couplings.py:4: '(' is never closed: 'x = (1,'",
        ),
        (
            "with open('x') as f:\n    pass\n",
            "m/couplings.py:4: 'with' is not read in model files: 'with open('x') as f:'",
        ),
        (
            "import os\nos.system('touch x')\n",
            "m/couplings.py:5: 'os.system' is not read: a model may use what is in its directory, \
             cmath, math and object_library: 'os.system('touch x')'",
        ),
        (
            "import socket\n",
            "m/couplings.py:4: found the module 'socket', expected one that is in the directory \
             (no file socket.py), cmath, math or object_library: 'import socket'",
        ),
        (
            "y = nobody + 1\n",
            "m/couplings.py:4: unknown name 'nobody': 'y = nobody + 1'",
        ),
        (
            "y = open('x')\n",
            "m/couplings.py:4: unknown name 'open': 'y = open('x')'",
        ),
        (
            "GC_4 = Coupling(name='GC_4', value='1')\n",
            "m/couplings.py:4: Coupling 'GC_4' lacks 'order': 'GC_4 = Coupling(name='GC_4', \
             value='1')'",
        ),
    ] {
        let folder = Folder::new();
        let lines = fs::read_to_string(folder.at("couplings.py")).unwrap();
        // Three lines, as the messages count.
        let short: Vec<&str> = lines.lines().take(2).collect();
        fs::write(folder.at("couplings.py"), short.join("\n") + "\n\n").unwrap();
        assert_eq!(folder.add("couplings.py", text).message(), message);
    }
    let order = Folder::new().replace("couplings.py", "order={'QED': 1}", "order={'QED': -16}");
    assert!(
        order.message().starts_with(
            "m/couplings.py:2: Coupling 'GC_1': found order = {'QED': -16}, expected names of \
             orders with powers from -15 to 255: 'GC_1 = Coupling("
        ),
        "{}",
        order.message()
    );
}

#[test]
fn expressions_that_cannot_be_evaluated() {
    let with = |value: &str| {
        let folder = Folder::new();
        folder.replace("couplings.py", "value='late'", &format!("value='{value}'"))
    };
    assert_eq!(
        with("cmath.sqr(g1)").message(),
        "GC_3 = cmath.sqr(g1): unknown function 'cmath.sqr'; did you mean 'sqrt'?"
    );
    assert_eq!(
        with("thrice(g1)").message(),
        "GC_3 = thrice(g1): unknown function 'thrice'; did you mean 'twice'?"
    );
    assert_eq!(
        with("twice(g1,g2)").message(),
        "GC_3 = twice(g1,g2): 'twice' takes 1 argument(s), not 2"
    );
    assert_eq!(
        with("g7*2").message(),
        "GC_3 = g7*2: unknown parameter 'g7'; did you mean 'g1'?"
    );
    assert!(with("1/(g1-g1)").message().contains("not finite"));
    let cycle = Folder::new().replace("parameters.py", "'g6 if g6 > 0 else -g6'", "'re(late)'");
    assert_eq!(
        cycle.message(),
        "parameters are defined by each other: late -> early -> late"
    );
    let body = Folder::new().replace("function_library.py", "'2*z'", "'2*y'");
    assert!(
        body.message()
            .contains("Function 'twice': 2*y: 'y' is none of its arguments"),
        "{}",
        body.message()
    );
}

#[test]
fn indices_and_spins_that_do_not_fit() {
    let key = Folder::new().replace("vertices.py", "{(0,0): [C.GC_3]}", "{(0,1): [C.GC_3]}");
    assert!(
        key.message().contains(
            "Vertex 'V_2': found the key (0, 1) in couplings, expected a colour structure below 1 \
             and a Lorentz structure below 1"
        ),
        "{}",
        key.message()
    );
    let spins = Folder::new().replace("lorentz.py", "spins=[2, 2, 1]", "spins=[2, 2, 3]");
    assert!(
        spins.message().contains(
            "Vertex 'V_2': its particles (e+, e-, phi) have the spins [2, 2, 1] and its structure \
             FFS1 is for [2, 2, 3]"
        ),
        "{}",
        spins.message()
    );
    let spin = Folder::new().replace("particles.py", "spin=2", "spin=6");
    assert!(
        spin.message()
            .contains("Particle 'e-': expected a spin (2 s + 1) from 1 to 5")
    );
    let colour = Folder::new().replace("particles.py", "spin=2, color=1", "spin=2, color=10");
    assert!(
        colour
            .message()
            .contains("found color = 10, expected 1, 3, -3, 6, -6 or 8")
    );
    let twice = Folder::new().replace("particles.py", "pdg_code=9000002", "pdg_code=9000001");
    assert!(
        twice
            .message()
            .contains("Particle 'Phi2': 'phi' has the same name or pdg_code")
    );
    let object = Folder::new().replace("vertices.py", "[C.GC_3]", "[P.phi]");
    assert!(
        object
            .message()
            .contains("Vertex 'V_2': found phi, expected a Coupling")
    );
}

#[test]
fn loops_without_end_and_values_without_bounds() {
    for (text, phrase) in [
        ("while True:\n    pass\n", "is there a loop without end?"),
        (
            "x = []\nfor k in range(10**12):\n    x.append(k)\n",
            "a range of more than",
        ),
        (
            "x = [1]\nfor y in x:\n    x = x + x\nwhile x:\n    x = x + x\n",
            "more than",
        ),
        ("x = 'a'\nwhile x:\n    x = x + x\n", "bytes"),
        ("x = 'a'*10**11\n", "of more than"),
        (
            "def f(n):\n    return f(n + 1)\nf(0)\n",
            "is called within more than 30 functions",
        ),
        ("x = 1e400\n", "too large for a number"),
        (
            &format!("x = {}\n", "7".repeat(5000)),
            "a number of 5000 characters",
        ),
        (
            &format!("x = {}1{}\n", "(".repeat(5000), ")".repeat(5000)),
            "brackets in each other",
        ),
        (&format!("x = {}1\n", "-".repeat(5000)), "nested more than"),
        ("x = '%10000000d' % 3\n", "a format of more than"),
        (
            "x = [[0]*4000 for a in range(4000)]\ny = [x*4000 for a in x]\n",
            "bytes",
        ),
    ] {
        let folder = Folder::new().add("lorentz.py", text);
        let message = folder.message();
        let start: String = text.chars().take(60).collect();
        assert!(message.contains(phrase), "{start}\n{message}");
        assert!(message.starts_with("m/lorentz.py:"), "{message}");
    }
    let deep = format!("'{}g1{}'", "(".repeat(3000), ")".repeat(3000));
    let folder = Folder::new().replace("couplings.py", "'late'", &deep);
    assert!(folder.message().contains("nested more than 100 deep"));
    let long = format!("'g1{}'", " + g1".repeat(100_000));
    let folder = Folder::new().replace("couplings.py", "'late'", &long);
    assert!(Model::load(&folder.spec()).is_ok());
}

#[test]
fn what_is_compared_and_searched_counts_as_steps() {
    let lists = "x = list(range(100000))\ny = list(range(100000))\n";
    let loops = "for k in range(20000):\n    ";
    let texts = "x = 'a'*1000000\ny = 'a'*500000 + 'b'\n";
    let dict = "d = {}\nt = tuple(range(100000))\n";
    for text in [
        format!("{lists}{loops}z = (x == y)\n"),
        format!("{lists}{loops}z = [x].count(y)\n"),
        format!("{lists}{loops}z = y in [x]\n"),
        format!("{lists}{loops}z = [x].index(y)\n"),
        format!("{dict}{loops}d[t] = k\n"),
        format!("{dict}d[t] = 1\n{loops}z = d[t]\n"),
        format!("{dict}d[t] = 1\n{loops}z = d.get(t)\n"),
        format!("{texts}{loops}z = y in x\n"),
        format!("{texts}z = 'a'*999999 + 'b'\n{loops}w = (x == z)\n"),
        format!("{texts}z = 'a'*999999 + 'b'\n{loops}w = (x < z)\n"),
        format!("{texts}{loops}z = len(x)\n"),
    ] {
        let message = Folder::new().add("lorentz.py", &text).message();
        assert!(message.contains("steps, expected"), "{text}\n{message}");
    }
    // What takes memory says so.
    for text in [
        "x = range(100000)\ny = [tuple(x) for k in range(500)]\n",
        "x = tuple(range(100000))\ny = [x[1:] for k in range(500)]\n",
        "x = range(100000)\ny = zip(x, x, x, x, x, x, x, x)\ny = zip(y, x, x, x, x, x, x, x)\n\
         x = [zip(x, x, x, x, x, x, x, x, x, x, x) for k in range(20)]\n",
        "x = 'a'*4000000\nfor c in x:\n    pass\n",
    ] {
        let message = Folder::new().add("lorentz.py", text).message();
        assert!(message.contains("bytes"), "{text}\n{message}");
    }
    let few = "assert [1, 'a', (2,)].index((2,)) == 2\nd = {(1, 2): 3}\nassert d[(1, 2)] == 3\n\
               assert d.pop((1, 2)) == 3 and d.pop(1, 4) == 4 and d == d\n\
               assert d.setdefault(1, 5) == 5 and d.get(1) == 5 and d.has_key(1)\ndel d[1]\n\
               assert len(d) == 0 and [1, 1, 2].count(1) == 2 and 'b' in 'abc' and (1, 2) != (1, 3)\n";
    assert!(Model::load(&Folder::new().add("lorentz.py", few).spec()).is_ok());
}

#[test]
fn parameters_are_many_and_not_without_bound() {
    let with = |n: usize| {
        let text = format!(
            "for i in range({n}):\n    x = Parameter('A%d' % i, 'internal', 'real', '1.0', 'x')\n"
        );
        Folder::new().add("parameters.py", &text)
    };
    assert!(Model::load(&with(40_000).spec()).is_ok());
    let message = with(100_000).message();
    assert!(
        message.contains("more than 50000 parameters in one model"),
        "{message}"
    );
}

#[test]
fn inputs_that_parameter_cards_cannot_give() {
    let with = |text: &str| Folder::new().add("parameters.py", text).message();
    let message =
        with("XX = Parameter('XX', 'external', 'complex', complex(1,2), 'x', 'NEW', [1])\n");
    assert!(
        message.contains("Parameter 'XX': found value = (1+2j), expected a real number"),
        "{message}"
    );
    let message = with("XX = Parameter('XX', 'external', 'real', 1.0, 'x', 'toy', [2])\n");
    assert!(
        message.contains(
            "Parameter 'XX': found the block toy and the code 2, which the parameter 'g2' has already"
        ),
        "{message}"
    );
    let message = with("XX = Parameter('XX', 'external', 'quaternion', 1.0, 'x', 'NEW', [1])\n");
    assert!(
        message.contains("found type = 'quaternion', expected 'real' or 'complex'"),
        "{message}"
    );
}

#[test]
fn particles_that_cannot_be_named_or_are_none() {
    let with = |from: &str, to: &str| Folder::new().replace("particles.py", from, to).message();
    for name in ["", "Phi 2", "Phi>2", "Phi\\n2", "Phi2\\t", "\u{a0}"] {
        let message = with("name='Phi2', antiname", &format!("name='{name}', antiname"));
        assert!(
            message.contains("expected a name without blanks, line breaks and '>'"),
            "{message}"
        );
    }
    let message = with("antiname='e+'", "antiname='e +'");
    assert!(message.contains("found antiname = 'e +'"), "{message}");
    let message = with("pdg_code=9000002", "pdg_code=0");
    assert!(
        message.contains("Particle 'Phi2': found pdg_code = 0, expected another number"),
        "{message}"
    );
    let message = with("spin=-1", "spin=-2");
    assert!(
        message.contains("Particle 'gh': expected a spin (2 s + 1) from 1 to 5, or -1 of a ghost"),
        "{message}"
    );
    for charge in ["'x'", "float('nan')", "float('inf')"] {
        let message = with("charge=3/3", &format!("charge={charge}"));
        assert!(message.contains("expected a number"), "{message}");
    }
}

#[test]
fn structures_that_have_no_finite_value_are_an_error_of_amplitudes() {
    for text in [
        "Identity(2,1)/0",
        "Identity(2,1)/(aS-aS)",
        "Identity(2,1)*0**-1",
    ] {
        let folder = Folder::new().replace("lorentz.py", "'Identity(2,1)'", &format!("'{text}'"));
        let output = program::command(folder.0.path(), "process --graph --model ./m")
            .arg("e+ e- > phi")
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{text}: {message}");
        assert!(
            message.contains("Lorentz structure")
                && message.contains("coefficient that is not finite"),
            "{text}: {message}"
        );
    }
}

#[test]
fn what_python_reads_at_the_limits_of_numbers_lines_and_lists() {
    let read = |text: &str| Model::load(&Folder::new().add("lorentz.py", text).spec()).map(drop);
    // There is no 2^63 among the integers.
    let least = "least = -9223372036854775807 - 1\n";
    let divided = format!("{least}assert least // -1 == -(least + 0.0)\nassert least % -1 == 0\n");
    assert_eq!(read(&divided), Ok(()));
    assert_eq!(
        read("assert [-7 // 2, 7 // -2, -7 % 2, 7 % -2] == [-4, -4, 1, -1]\n"),
        Ok(())
    );
    // A line goes on behind a carriage return, whatever stands there.
    let message = read("x = 1 + \\\r\u{e9}\n").unwrap_err().to_string();
    assert!(message.contains("unknown name '\u{e9}'"), "{message}");
    // Values without an order among each other.
    let order = "assert sorted(['b', 2, None, 'a', 1.5]) == [1.5, 2, 'a', 'b', None]\n";
    assert_eq!(read(order), Ok(()));
    let mut state = 1_u32;
    let mut random = |n: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % n
    };
    let mut lists = String::new();
    for _ in 0..400 {
        let n_texts = random(10);
        let items = (0..20 + random(80)).map(|_| match random(10) < n_texts {
            true => format!("'{}'", random(20)),
            false => random(500).to_string(),
        });
        lists += &format!("x = sorted([{}])\n", items.collect::<Vec<_>>().join(", "));
    }
    assert_eq!(read(&lists), Ok(()));
    // Deeper than any stack.
    for value in ["[x]", "(x,)", "{1: x}", "[x.count]"] {
        let text = format!("x = []\nfor k in range(200000):\n    x = {value}\n");
        assert_eq!(read(&text), Ok(()), "{value}");
    }
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_the_directory() {
    let folder = Folder::new();
    let outside = folder.0.path().join("secret.py");
    fs::rename(folder.at("lorentz.py"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, folder.at("lorentz.py")).unwrap();
    let message = folder.message();
    assert!(
        message.contains("cannot read the model m/lorentz.py: a link to")
            && message.contains("secret.py, which is outside of the model"),
        "{message}"
    );
    // Within the directory a link is a file, and the directory itself may be one.
    fs::copy(&outside, folder.at("structures.txt")).unwrap();
    fs::remove_file(folder.at("lorentz.py")).unwrap();
    std::os::unix::fs::symlink("structures.txt", folder.at("lorentz.py")).unwrap();
    let link = folder.0.path().join("link");
    std::os::unix::fs::symlink(folder.0.path().join("m"), &link).unwrap();
    let spec = ModelSpec {
        name: link.display().to_string(),
        ..ModelSpec::default()
    };
    assert!(Model::load(&spec).is_ok());
    let card = folder.0.path().join("card.dat");
    fs::write(&card, "Block TOY\n 1 0.1\n").unwrap();
    std::os::unix::fs::symlink(&card, folder.at("restrict_default.dat")).unwrap();
    let message = folder.message();
    assert!(
        message.contains("card.dat, which is outside of the model"),
        "{message}"
    );
}

#[test]
fn restrictions_and_cards_of_other_models() {
    let folder = Folder::new().add("restrict_small.dat", "Block TOY\n 1 0.1\n");
    let mut spec = folder.spec();
    spec.restrict = vec!["smal".into()];
    let message = Model::load(&spec).unwrap_err().to_string();
    assert!(
        message.ends_with(
            "has no restriction 'smal' (no file restrict_smal.dat); did you mean 'small'?; known: \
             small, and 'full' for none"
        ),
        "{message}"
    );
    // MadGraph takes its default for what a card lacks, and ignores what it does not know.
    let (model, notes) = folder.with_card("Block OTHER\n 1 0.2\nBlock TOY # Q = 3\n 3 0.1 # g3\n");
    assert_eq!(
        (model.parameter("g1"), model.parameter("g3")),
        (Some(0.5), Some(0.1))
    );
    assert_eq!(notes.ignored.len(), 1);
    assert!(
        notes.ignored[0].text.ends_with("were ignored: OTHER"),
        "{notes:?}"
    );
    let (_, notes) = folder.with_card("Block TOY\n 77 0.2\nDECAY 9000002 0.5\n");
    assert_eq!(notes.warnings.len(), 2, "{notes:?}");
    assert!(
        notes.warnings[1]
            .text
            .ends_with("TOY 77 = 0.2 is not used: the model has no such input")
    );
    // A restriction for another model has nothing that fits.
    let folder = folder.add(
        "restrict_other.dat",
        "Block MASS\n 6 173.0\nBlock SMINPUTS\n 1 127\n",
    );
    spec.restrict = vec!["other".into()];
    let model = Model::load(&spec).unwrap();
    assert_eq!(model.parameter("g1"), Some(0.5));
    drop(folder);
}

#[test]
fn what_is_set_must_be_an_input() {
    let folder = Folder::new();
    let set = |name: &str| {
        let mut spec = folder.spec();
        spec.set.set_value(name, 1.0);
        Model::load(&spec).map(|m| m.parameter("g2"))
    };
    assert_eq!(set("TOY 2"), Ok(Some(1.0)));
    let message = |name: &str| set(name).unwrap_err().to_string();
    assert_eq!(message("TOY 9"), "no model parameter 'TOY 9'");
    assert_eq!(
        message("g22"),
        "no model parameter 'g22'; did you mean 'g2'?"
    );
    assert_eq!(
        message("early"),
        "parameter 'early' is derived and cannot be set; it follows from g6"
    );
    let built_in = ModelSpec {
        gauge: omnis::model::Gauge::Feynman,
        ..ModelSpec::default()
    };
    let message = Model::load(&built_in).unwrap_err().to_string();
    assert!(
        message.contains("'sm' has no Goldstone bosons"),
        "{message}"
    );
}

#[test]
fn a_parameter_that_is_stated_again_is_read_once_and_another_of_its_name_is_not() {
    let early = "early = Parameter(name='early', nature='internal', type='real',\n    value='VALUE', texname='early')\n";
    let again = early.replace("VALUE", "g6 if g6 > 0 else -g6");
    assert!(Model::load(&Folder::new().add("parameters.py", &again).spec()).is_ok());
    let other = Folder::new().add("parameters.py", &early.replace("VALUE", "2*g6"));
    assert!(
        other.message().contains("'early' is defined twice"),
        "{}",
        other.message()
    );
}

#[test]
fn comments_in_old_encodings_are_no_obstacle() {
    let folder = Folder::new();
    let mut bytes = b"# Universit\xe9 catholique\r\n".to_vec();
    bytes.extend(fs::read(folder.at("lorentz.py")).unwrap());
    fs::write(folder.at("lorentz.py"), bytes).unwrap();
    assert!(Model::load(&folder.spec()).is_ok());
    fs::write(folder.at("lorentz.py"), [0_u8, 159, 146, 150, 0]).unwrap();
    assert!(
        folder
            .message()
            .starts_with("m/lorentz.py:1: found the character")
    );
}

#[test]
fn a_card_of_a_broken_model_says_so_in_its_message() {
    let folder = Folder::new().add("particles.py", "x = Particle(\n");
    let card = "[model]\nname = \"m\"\n[process]\ngenerate = \"e+ e- > phi\"\n";
    fs::write(folder.0.path().join("c.toml"), card).unwrap();
    let message = program::fails(folder.0.path(), "generate c.toml -n 10", 2);
    assert!(message.contains("particles.py:"), "{message}");
    assert!(message.contains("'(' is never closed"), "{message}");
    assert!(!Path::new(&folder.at("x")).exists());
}
