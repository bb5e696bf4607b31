//! Every command of README and guide is run, in a folder of its own, and what the guide shows of
//! its output is what it prints.
//!
//! A block `sh` holds commands that succeed. A block `console` has them behind `$ `, each with what
//! it prints: the same but for numbers, runs of blanks and lines `...`, which stand for any. A block
//! `sh needs-X` cannot be run here, for the reason X, and is counted. Runs are made small: see
//! [`smaller`].

#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

#[path = "guide/commands.rs"]
mod commands;
#[path = "common/guide.rs"]
mod guide;
#[path = "common/program.rs"]
mod program;

use commands::{Line, lines, smaller, written};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a page takes for granted.
enum Given {
    /// A file of the package, under another name.
    File(&'static str, &'static str),
    /// The block `toml` of this number in the page, as a file; counts in it as in [`smaller`].
    Block(usize, &'static str),
    /// A file with this text.
    Text(&'static str, &'static str),
    /// A set of parton densities in `LHAPDF_DATA_PATH`: the built-in one with this name and id.
    Pdf(&'static str, u32),
    /// A command that was run before.
    Run(&'static str),
}
use Given::{Block, File, Pdf, Run, Text};

/// A card that is quick.
const CARD: &str = "processes/pp_epem.toml";

/// Why blocks are not run, how many there are, and where they are run instead.
const NOT_RUN: [(&str, usize, &str); 7] = [
    ("needs-zig", 1, ".ci/check-binaries"),
    ("needs-mpi", 1, ".ci/check-mpi"),
    ("needs-python", 1, ".ci/check-python"),
    ("needs-umami", 1, ".ci/check-umami"),
    ("needs-network", 1, "tests/starting.rs with archives"),
    ("needs-model", 1, "tests/ufo.rs with models of its own"),
    (
        "needs-cargo",
        1,
        "cargo itself; tests/docs.rs compares README and .ci/run",
    ),
];

/// A page run in a folder of its own.
struct Page {
    folder: tempfile::TempDir,
    n_run: usize,
}

impl Page {
    fn new(page: &str, given: &[Given]) -> Self {
        let mut all = Self {
            folder: tempfile::tempdir().unwrap(),
            n_run: 0,
        };
        let place = all.folder.path().to_owned();
        copy_folder(&root().join("processes"), &place.join("processes"));
        stand_ins(&place.join("bin"));
        for one in given {
            match one {
                File(from, to) => {
                    let to = place.join(to);
                    fs::create_dir_all(to.parent().unwrap()).unwrap();
                    match root().join(from).is_dir() {
                        true => copy_folder(&root().join(from), &to),
                        false => {
                            fs::copy(root().join(from), to).unwrap();
                        }
                    }
                }
                Block(number, to) => {
                    let text = guide::block(page, *number);
                    fs::write(place.join(to), small_counts(&text)).unwrap();
                }
                Text(to, text) => {
                    let to = place.join(to);
                    fs::create_dir_all(to.parent().unwrap()).unwrap();
                    fs::write(to, text).unwrap();
                }
                Pdf(name, id) => {
                    fs::create_dir_all(place.join("pdf")).unwrap();
                    let set = program::own_pdf(&place.join("pdf"), name);
                    let info = set.join(format!("{name}.info"));
                    let text = fs::read_to_string(&info).unwrap();
                    let text = text.replace("SetIndex: 247000", &format!("SetIndex: {id}"));
                    fs::write(info, text).unwrap();
                }
                Run(line) => {
                    for line in lines(line) {
                        let (ok, said) = all.run(&line);
                        assert!(ok, "{page}: {line:?}: {said}");
                    }
                }
            }
        }
        all.n_run = 0;
        all
    }

    /// Whether a line succeeded, and what it printed.
    fn run(&mut self, line: &Line) -> (bool, String) {
        let folder = self.folder.path();
        self.n_run += 1;
        match line {
            Line::Write { file, text } => {
                fs::write(folder.join(file), text).unwrap();
                (true, String::new())
            }
            Line::Command { words, output } => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                match words.as_slice() {
                    ["omnis", arguments @ ..]
                    | ["cargo", "run", "--release", "--", arguments @ ..] => {
                        let child = self.omnis(arguments, &[]);
                        finished(child, output.as_ref().map(|name| folder.join(name)))
                    }
                    ["mpirun", "-n", n, "omnis", arguments @ ..] => self.ranks(n, arguments),
                    other => panic!("the test has no stand-in for {other:?}"),
                }
            }
        }
    }

    fn omnis(&self, arguments: &[&str], variables: &[(&str, String)]) -> Child {
        let folder = self.folder.path();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(env!("CARGO_BIN_EXE_omnis"));
        command
            .args(smaller(arguments))
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", folder.join("bin").display()))
            .env_remove("LHAPDF_DATA_PATH")
            .env("XDG_DATA_HOME", folder)
            .env_remove("OMNIS_MODEL_PATH")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if folder.join("pdf").is_dir() {
            command.env("LHAPDF_DATA_PATH", folder.join("pdf"));
        }
        command.spawn().unwrap()
    }

    /// The processes of a launcher.
    fn ranks(&self, n: &str, arguments: &[&str]) -> (bool, String) {
        let n_ranks: usize = n.parse().unwrap();
        let rank = |k: usize| {
            let variables = [("PMI_SIZE", n.to_owned()), ("PMI_RANK", k.to_string())];
            self.omnis(arguments, &variables)
        };
        let all: Vec<Child> = (0..n_ranks).map(rank).collect();
        let all = all.into_iter().map(|child| finished(child, None));
        all.reduce(|a, b| (a.0 && b.0, a.1 + &b.1)).unwrap()
    }
}

/// Waits for a command: whether it succeeded, and what it said. Standard output may go to a file.
fn finished(child: Child, to: Option<PathBuf>) -> (bool, String) {
    let output = child.wait_with_output().unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    if let Some(file) = to {
        fs::write(file, &output.stdout).unwrap();
        said.clear();
    }
    said += &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy_folder(&path, &target),
            false => {
                fs::copy(&path, &target).unwrap();
            }
        }
    }
}

/// Programs of batch systems that take a job and do nothing.
fn stand_ins(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in [
        ("sbatch", "#!/bin/sh\necho 7\n"),
        ("squeue", "#!/bin/sh\n"),
        ("scontrol", "#!/bin/sh\nexit 1\n"),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

/// A file with its counts of events made small.
fn small_counts(text: &str) -> String {
    let line = |line: &str| match line.split_once("events = ") {
        Some(("", n)) => format!("events = {}", commands::smaller_count(n.trim())),
        _ => line.to_owned(),
    };
    text.lines().map(|l| line(l) + "\n").collect()
}

/// Runs all blocks of a page in their order.
fn run_page(page: &str, given: &[Given]) {
    let mut all = Page::new(page, given);
    for block in guide::blocks(&root().join(page)) {
        let place = format!("{page}, line {}", block.line);
        match block.language.as_str() {
            "sh" => {
                for line in lines(&block.text) {
                    // Cargo runs these.
                    let cargo = ["cargo install --locked --path .", "cargo test --release"];
                    if written(&line).is_some_and(|l| cargo.contains(&l.as_str())) {
                        continue;
                    }
                    let (ok, said) = all.run(&line);
                    assert!(ok, "{place}: {line:?}: {said}");
                }
            }
            "console" => run_console(&mut all, &place, &block.text),
            language => {
                // What is shown without being run must not look like a command.
                let first = block.text.trim_start();
                let shown = language == "text" && first.starts_with("omnis ");
                assert!(!shown, "{place}: commands belong into a block sh");
                let reason = language.strip_prefix("sh ");
                let known = |reason| NOT_RUN.iter().any(|(r, _, _)| *r == reason);
                assert!(reason.is_none_or(known), "{place}: {language}");
            }
        }
    }
}

/// Commands with what they print.
fn run_console(all: &mut Page, place: &str, text: &str) {
    let first = text.strip_prefix("$ ");
    let first = first.unwrap_or_else(|| panic!("{place}: expected '$ omnis ...'"));
    for part in first.split("\n$ ") {
        let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
        let mut said = String::new();
        for line in lines(command) {
            said += &all.run(&line).1;
        }
        if let Err(missing) = commands::agrees(expected, &said) {
            panic!("{place}: {command}\nexpected: {missing}\nfound:\n{said}");
        }
    }
}

macro_rules! pages {
    ($($name:ident $page:literal [$($given:expr),* $(,)?],)*) => {
        const PAGES: &[&str] = &[$($page),*];

        $(#[test]
        fn $name() {
            run_page($page, &[$($given),*]);
        })*
    };
}

pages! {
    readme "README.md" [],
    quick_start "docs/src/user/quick-start.md" [],
    cards "docs/src/user/cards.md" [
        Run("omnis generate processes/pp_epem.toml"),
    ],
    cuts_and_scales "docs/src/user/cuts-and-scales.md" [],
    errors "docs/src/user/errors.md" [],
    events "docs/src/user/events.md" [],
    gpus "docs/src/user/gpus.md" [],
    json "docs/src/user/json.md" [],
    madgraph "docs/src/user/madgraph.md" [
        Pdf("NNPDF31_lo_as_0130", 315_200),
        Text("WJets_proc_card.dat", "generate p p > w+ j, w+ > e+ ve\noutput w\n"),
        Text("WJets_run_card.dat", " 1000 = nevents\n 20 = ptj\n"),
        Text("cards/WJets/W_proc_card.dat", "generate p p > w+, w+ > e+ ve\noutput w\n"),
        Text("other_run_card.dat", " nn23lo1 = pdlabel\n 10 = ptl\n"),
    ],
    merging "docs/src/user/merging.md" [Block(1, "w.toml")],
    models "docs/src/user/models.md" [],
    pdf_sets "docs/src/user/pdf-sets.md" [],
    process_syntax "docs/src/user/process-syntax.md" [],
    install "docs/src/user/install.md" [],
    terminal "docs/src/user/terminal.md" [],
    production "docs/src/user/production.md" [
        File("processes/pp_ttj.toml", "pp_ttj.toml"),
        Run("omnis gridpack pp_ttj.toml -o pp_ttj.omnis"),
        Block(0, "z_jets.toml"),
        File("processes/pp_epem.toml", "pp_epem.toml"),
        File("processes/pp_epem_j.toml", "pp_epem_j.toml"),
    ],
    python "docs/src/user/python.md" [],
    umami "docs/src/user/umami.md" [],
    report "docs/src/user/report.md" [
        Run("omnis generate processes/pp_tt.toml -o born.lhe.gz"),
        Run("omnis generate processes/pp_tt.toml -o merged.lhe.gz --seed 2"),
        Run("omnis generate processes/pp_tt.toml -o tt_7.lhe.gz --seed 3"),
        Run("omnis gridpack processes/pp_tt.toml -o pp_tt.omnis"),
        File("tests/golden/madgraph_pp_epemj.lhe", "of_madgraph.lhe.gz"),
        Block(0, "histograms.toml"),
    ],
    shower "docs/src/user/shower.md" [],
    summary "docs/src/user/summary.md" [],
    training "docs/src/user/training.md" [],
    troubleshooting "docs/src/user/troubleshooting.md" [],
    weights "docs/src/user/weights.md" [
        Pdf("NNPDF31_lo_as_0130", 315_200),
        File(CARD, "card.toml"),
        Run("omnis generate card.toml -o events.lhe.gz"),
    ],
    widths "docs/src/user/widths.md" [],
}

#[test]
fn every_page_of_the_guide_is_run() {
    let known = |page: &Path| {
        let name = page.strip_prefix(root()).unwrap().display().to_string();
        PAGES.contains(&name.as_str())
    };
    let missing: Vec<PathBuf> = guide::pages().into_iter().filter(|p| !known(p)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn blocks_that_are_not_run_are_counted() {
    for (reason, n, elsewhere) in NOT_RUN {
        let all = guide::pages().into_iter().flat_map(|p| guide::blocks(&p));
        let found = all.filter(|b| b.language.strip_prefix("sh ") == Some(reason));
        assert_eq!(found.count(), n, "{reason}, run by {elsewhere}");
        let script = elsewhere.split([';', ' ']).next().unwrap();
        assert!(
            !script.starts_with('.') || root().join(script).exists(),
            "{script}"
        );
    }
}

/// Messages that tables quote in part, with `...` for what differs, are in the sources.
#[test]
fn messages_in_tables_are_those_of_the_program() {
    let mut sources = String::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                sources += &fs::read_to_string(path).unwrap();
            }
        }
    }
    // Literals that go on in the next line.
    let joined = regex::Regex::new(r"\\\n\s*").unwrap();
    let sources = joined.replace_all(&sources, "");
    let differs = regex::Regex::new(r"\.\.\.|'|warning: |\d+ (%|of)|\d+").unwrap();
    let mut n_messages = 0;
    for page in ["troubleshooting", "pdf-sets", "gpus", "training"] {
        let page = format!("docs/src/user/{page}.md");
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for line in text.lines().filter(|l| !l.starts_with("```")) {
            for quoted in line.split('`').skip(1).step_by(2) {
                let is_message = quoted.contains("...") || quoted.starts_with("warning: ");
                if !is_message || quoted.starts_with("omnis ") {
                    continue;
                }
                n_messages += 1;
                for part in differs.split(quoted).map(str::trim) {
                    let found = part.len() < 4 || sources.contains(part);
                    assert!(found, "{page}: '{part}' of '{quoted}'");
                }
            }
        }
    }
    assert!(n_messages >= 8, "{n_messages}");
}
