//! What commands print with `--json` is what their schemas say, and nothing else.
//!
//! Every schema is met by the real answer of a command. For the test no object may have a key
//! that its schema does not know, so that none goes without a description.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

#[path = "common/program.rs"]
mod program;

use program::{card, command, done, json, omnis};

/// The schema of a name as the program prints it, closed to unknown keys.
fn closed_schema(name: &str) -> Value {
    let printed = done(Path::new("."), &format!("schema {name}"));
    let mut schema = json(&printed);
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(close);
            // Not a table of properties that has one of that name.
            let is_schema = map.get("properties").is_some_and(Value::is_object);
            if is_schema && map.get("type").is_some_and(|t| t == "object") {
                map.entry("additionalProperties").or_insert(false.into());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

/// Why an answer does not have its schema.
fn faults(answer: &Value) -> Vec<String> {
    let id = answer["schema"]
        .as_str()
        .expect("an answer names its schema");
    let parts: Vec<&str> = id.split('/').collect();
    assert_eq!((parts.len(), parts[0]), (3, "omnis"), "{id}");
    let schema = closed_schema(parts[1]);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors = validator.iter_errors(answer);
    errors
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect()
}

/// Runs commands and remembers which schemas were met.
struct Runs {
    folder: tempfile::TempDir,
    seen: BTreeSet<String>,
}

impl Runs {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            seen: BTreeSet::new(),
        }
    }

    fn check(&mut self, name: &str, what: &str, output: &std::process::Output) -> Value {
        let answer = json(output);
        assert_eq!(
            answer["schema"],
            format!("omnis/{name}/1"),
            "{what}: {answer:#}"
        );
        assert_eq!(faults(&answer), [""; 0], "{what}: {answer:#}");
        self.seen.insert(name.to_owned());
        answer
    }

    /// A command whose answer has the schema of this name.
    fn run(&mut self, name: &str, arguments: &[&str]) -> Value {
        let mut program = command(self.folder.path(), "--json");
        let output = program.args(arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {message}");
        self.check(name, &arguments.join(" "), &output)
    }

    fn line(&mut self, name: &str, arguments: &str) -> Value {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        self.run(name, &words)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

/// A card with alternative weights and a histogram.
fn card_with_everything() -> String {
    let text = fs::read_to_string(card("pp_epem.toml")).unwrap();
    text + "\n[weights]\nmu_r = [0.5, 1.0, 2.0]\nmu_f = [0.5, 1.0, 2.0]\n\n[histograms]\nm_ee = { of = \"m(e+, e-)\", bins = 5, range = [50.0, 150.0] }\n"
}

/// Momenta of `u u~ > e+ e-` at 200 GeV.
const MOMENTA: &str = "100 0 0 100\n100 0 0 -100\n100 60 0 80\n100 -60 0 -80\n";

fn runs(all: &mut Runs) {
    all.write("all.toml", &card_with_everything());
    all.write("points.txt", MOMENTA);
    all.line("integrate", "integrate all.toml --accuracy 0.05");
    all.line("gridpack", "gridpack all.toml -n 200 -o all.omnis");
    all.line(
        "tarball",
        "gridpack all.omnis --self-contained -o all.tar.gz",
    );
    let made = all.line(
        "generate",
        "generate all.omnis -n 100 -o a.lhe --report a.html",
    );
    assert_eq!(made["beams"][0], "p");
    assert_eq!(made["helicity_groups"][0]["reason"], "gridpack");
    all.line(
        "generate",
        "generate all.toml -n 50 -o b.lhe --seed 3 --sampler flow",
    );
    all.line(
        "generate",
        "generate all.omnis --seed 2 --range 5..25 -o c.lhe",
    );
    all.line("merge", "merge a.lhe c.lhe -o m.lhe");
    all.line(
        "reweight",
        "reweight a.lhe --card all.toml --weights --muf=1,2 -o w.lhe",
    );
    all.line("inspect-card", "inspect all.toml");
    all.line("inspect-gridpack", "inspect all.omnis");
    let inspected = all.line("inspect-events", "inspect m.lhe");
    assert_eq!(inspected["origin"]["samples"].as_array().unwrap().len(), 2);
    for file in ["all.toml", "all.omnis", "a.lhe"] {
        all.line("verify", &format!("verify {file}"));
    }
    all.line("report", "report a.lhe all.omnis -o r.html");
    all.line("convert", "convert a.lhe -o a.lhe.gz");
    all.line("dry-run", "generate all.toml --dry-run -o x.lhe");
    let tried = "submit all.omnis -n 1000 --jobs 3 -o x.lhe --dry-run";
    all.line("dry-run", tried);
    all.line("submit", "submit all.omnis -n 1000 --jobs 3 -o s.lhe.gz");
    all.line("submit-status", "submit --status s.lhe.gz.jobs");
    all.run("width", &["width", "w+"]);
    all.run("decay", &["width", "t > b w+"]);
    all.run("decay", &["integrate", "z > e+ e-"]);
    let line = "u u~ > e+ e-";
    all.run(
        "evaluate",
        &[
            "evaluate",
            line,
            "--momenta",
            "points.txt",
            "--helicities",
            "--flows",
        ],
    );
    all.line("evaluate-events", "evaluate all.toml --events a.lhe");
    let listed = all.run(
        "process",
        &["process", "p p > t t~", "--graph", "--diagrams", "d.svg"],
    );
    assert_eq!(
        listed["matrix_elements"][0]["orders"][0]["powers"]["QCD"],
        2
    );
    all.line("process-card", "process all.toml");
    all.line("model", "model sm");
    all.line("schemas", "schema");
    all.run("init", &["init", "p p > t t~"]);
    all.run("init", &["init", "t > b w+"]);
    let shown = all.run("init", &["init", "p p > t t~", "-o", "-"]);
    assert!(
        shown["text"].as_str().unwrap().contains("[process]"),
        "{shown:#}"
    );
    all.line("man", "man --output-dir pages");
    texts(all);
    all.line("pdf-list", "pdf list");
    all.line("pdf-get", "pdf get NNPDF23_lo_as_0130_qed");
    for file in ["all.toml", "all.omnis", "a.lhe"] {
        all.line("cite", &format!("cite {file}"));
    }
}

/// Texts that are no result are one object, too.
fn texts(all: &mut Runs) {
    for (arguments, part) in [
        ("--help", "Commands:"),
        ("generate --help", "--seed"),
        ("generate -h", "--seed"),
        ("--version", "omnis "),
        ("help init", "Examples:"),
        ("completions bash", "_omnis"),
        ("man", ".TH omnis"),
        ("man init", "init"),
        ("schema generate --markdown", "| key | type | meaning |"),
        ("schema card --markdown", "| key |"),
        ("schema --markdown", "| key | type | meaning |"),
    ] {
        let answer = all.line("text", arguments);
        let text = answer["text"].as_str().unwrap();
        assert!(
            text.contains(part) && !text.contains('\u{1b}'),
            "{arguments}: {text}"
        );
    }
}

fn libraries(all: &mut Runs) {
    all.write(
        "library.toml",
        "name = \"l\"\ncitation = \"nobody\"\n[[sample]]\nname = \"z\"\ncard = \"all.toml\"\nevents = 100\n",
    );
    all.line("library-list", "library build library.toml -o l");
    all.line("library-take", "library take l z -n 10 -o t.lhe.gz");
    all.line("library-list", "library list l");
    let verified = all.line("library-verify", "library verify l");
    assert_eq!(verified["results"][0]["ok"], true);
}

fn foreign_cards(all: &mut Runs) {
    all.write("proc_card.dat", "generate p p > e+ e-\noutput x\n");
    all.line("convert-card", "convert proc_card.dat -o converted.toml");
}

/// Two processes that share a sample, one after the other: the first one merges.
fn ranks(all: &mut Runs) {
    let arguments = "--json generate all.omnis -n 60 -o ranks.lhe --mpi";
    let process = |rank: &str| {
        let mut program = command(all.folder.path(), arguments);
        program.env("PMI_SIZE", "2").env("PMI_RANK", rank);
        program
    };
    let mut other = process("1").stdout(Stdio::null()).spawn().unwrap();
    let first = process("0").output().unwrap();
    assert!(other.wait().unwrap().success());
    all.check("generate-ranks", "--mpi", &first);
}

/// What stands on standard error for programs that watch.
fn watched(all: &mut Runs) {
    let arguments = "--progress json integrate all.toml --precision 0.05";
    let output = omnis(all.folder.path(), arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!(faults(&object), [""; 0], "{line}");
        let id = object["schema"].as_str().unwrap();
        all.seen.insert(id.split('/').nth(1).unwrap().to_owned());
    }
}

fn failures(all: &mut Runs) {
    all.write("bad.toml", "[process]\ngenerate = [\"p p > e+ e- j\"]\n");
    for (arguments, kind, code) in [
        ("--json generate nothing.toml", "usage", 2),
        ("--json generate --no-such-flag", "usage", 2),
        ("--json integrate bad.toml", "divergent", 2),
        ("--json verify broken.lhe", "run", 1),
    ] {
        let broken = fs::read_to_string(all.folder.path().join("a.lhe")).unwrap();
        all.write("broken.lhe", &with_other_energy(&broken));
        let output = omnis(all.folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {said}");
        let answer = all.check("error", arguments, &output);
        assert_eq!(answer["error"]["kind"], kind, "{arguments}");
    }
}

#[test]
fn every_command_answers_as_its_schema_says() {
    let mut all = Runs::new();
    runs(&mut all);
    libraries(&mut all);
    foreign_cards(&mut all);
    ranks(&mut all);
    watched(&mut all);
    failures(&mut all);
    let list = json(&done(Path::new("."), "--json schema"));
    let names = list["schemas"].as_array().unwrap().iter();
    let names: BTreeSet<String> = names
        .map(|s| s["name"].as_str().unwrap().to_owned())
        // Of what is read, not of an answer.
        .filter(|name| name != "card")
        .collect();
    assert_eq!(all.seen, names);
}

#[test]
fn a_key_that_no_schema_knows_is_found() {
    let answer = json(&done(Path::new("."), "--json schema"));
    assert_eq!(faults(&answer), [""; 0]);
    let mut more = answer.clone();
    more["schemas"][0]["colour"] = 1.into();
    assert_eq!(faults(&more).len(), 1);
    let mut less = answer.clone();
    less["schemas"][0].as_object_mut().unwrap().remove("id");
    assert_eq!(faults(&less).len(), 1);
}

#[test]
fn schemas_are_valid_and_describe_every_key() {
    let list = json(&done(Path::new("."), "--json schema"));
    for entry in list["schemas"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let schema = json(&done(Path::new("."), &format!("schema {name}")));
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        let tables = done(Path::new("."), &format!("schema {name} --markdown"));
        let tables = String::from_utf8(tables.stdout).unwrap();
        assert!(!tables.contains("|  |"), "{tables}");
    }
}

#[test]
fn the_page_of_the_guide_has_the_tables_of_the_program() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/user/json.md");
    let page = fs::read_to_string(page).unwrap();
    let tables = done(Path::new("."), "schema --markdown");
    let tables = String::from_utf8(tables.stdout).unwrap();
    // To write it anew: omnis schema --markdown, below the line that says so.
    assert!(
        page.trim_end().ends_with(tables.trim()),
        "the tables have changed"
    );
}

/// An event file where the first outgoing particle has another energy.
fn with_other_energy(text: &str) -> String {
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let is_outgoing =
        |line: &&str| matches!(&words(line)[..], all if all.len() == 13 && all[1] == "1");
    let line = text
        .lines()
        .find(is_outgoing)
        .expect("an outgoing particle");
    let mut changed = words(line);
    changed[9] = "12345.6".to_owned();
    text.replacen(line, &changed.join(" "), 1)
}
