//! What is no regular file, too large, or would be overwritten.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::omnis;

/// Runs a command that must be refused, and not wait for anything; returns the
/// message.
fn refused_at_once(folder: &Path, line: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    for _ in 0..3000 {
        if child.try_wait().expect("a child").is_some() {
            let out = child.wait_with_output().expect("a child");
            let message = String::from_utf8_lossy(&out.stderr).into_owned();
            assert_eq!(out.status.code(), Some(2), "{line}: {message}");
            return message;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("a child");
    panic!("{line}: still busy");
}

const MUONS: &str = "[process]\ngenerate = \"e+ e- > mu+ mu-\"\n[beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [500.0, 500.0]\n";

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_no_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::create_dir(at.join("dir")).expect("a folder");
    let made = Command::new("mkfifo").arg(at.join("pipe")).status();
    assert!(made.expect("mkfifo").success());
    std::os::unix::fs::symlink("/dev/zero", at.join("zero")).expect("a link");
    for (name, kind) in [
        ("pipe", "a named pipe"),
        ("zero", "a device"),
        ("dir", "a directory"),
    ] {
        let with_card = format!("{MUONS}[model]\nparam_card = \"{name}\"\n");
        fs::write(at.join("c.toml"), with_card).expect("a card");
        for line in [
            format!("integrate {name}"),
            format!("generate {name} -o x.lhe"),
            format!("pack {name} -o x.omnis"),
            format!("inspect {name}"),
            format!("verify {name}"),
            format!("verify {name} --pack {name}"),
            format!("convert {name} -o x.lhe"),
            format!("merge {name} -o x.lhe"),
            format!("submit {name} -n 10 -o x.lhe"),
            format!("library build {name} -o lib"),
            "integrate c.toml".to_owned(),
        ] {
            let message = refused_at_once(at, &line);
            // These take folders with cards of MadGraph.
            let of_cards = [
                "integrate dir",
                "generate dir",
                "pack dir",
                "inspect dir",
                "submit dir",
            ];
            let is_folder =
                of_cards.iter().any(|c| line.starts_with(c)) || line.starts_with("convert dir");
            let phrase = match is_folder {
                true => "found no file, expected a process card of MadGraph".to_owned(),
                false => format!("found {kind}, expected a regular file"),
            };
            assert!(message.contains(&phrase), "{line}: {message}");
            assert!(message.contains(name), "{line}: {message}");
        }
        let line = ["evaluate", "e+ e- > mu+ mu-", "--momenta", name];
        let message = String::from_utf8_lossy(&omnis(&line, at).stderr).into_owned();
        let phrase = format!("found {kind}, expected a regular file");
        assert!(message.contains(&phrase), "{message}");
        fs::write(at.join("c.toml"), MUONS).expect("a card");
        for command in ["generate", "pack"] {
            let message = refused_at_once(at, &format!("{command} c.toml -o {name}"));
            let phrase = format!("cannot create '{name}': found {kind}, expected a regular file");
            assert!(message.contains(&phrase), "{command}: {message}");
        }
    }
    assert!(!at.join("lib").exists());
}

#[test]
fn folders_that_are_not_there_are_said_to_be_lacking() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("c.toml"), MUONS).expect("a card");
    for (line, phrase) in [
        (
            "generate c.toml -o nodir/x.lhe.gz",
            "there is no folder 'nodir'",
        ),
        (
            "generate c.toml -o c.toml/x.lhe",
            "'c.toml' is a file and no folder",
        ),
        (
            "generate c.toml -o x.lhe/",
            "cannot create 'x.lhe/': found the name of a folder",
        ),
        ("generate d.toml -o x.lhe", "did you mean 'c.toml'?"),
        ("verify no/d.toml", "there is no folder 'no'"),
        (
            "process e+ e- mu-",
            "found the words 'e+', 'e-', 'mu-', expected one process: put it in quotes",
        ),
        (
            "generate c.toml --threads -1",
            "'--threads <T>': must not be negative",
        ),
    ] {
        let message = refused_at_once(at, line);
        assert!(message.contains(phrase), "{line}: {message}");
        assert_eq!(fs::read_dir(at).expect("a folder").count(), 1, "{line}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let file = fs::File::create(at.join("c.toml")).expect("a file");
    file.set_len(17 << 20).expect("a sparse file");
    let message = refused_at_once(at, "integrate c.toml");
    assert!(
        message.contains("17825792 bytes or more, expected at most 16777216"),
        "{message}"
    );
    fs::write(at.join("c.toml"), b"\x1f\x8b\x08\x00\x00").expect("a file");
    let message = refused_at_once(at, "integrate c.toml");
    assert!(message.contains("found a compressed file"), "{message}");
    // A few kilobytes of events that hold one line without end.
    let name = at.join("bomb.lhe.gz");
    let text = b"<LesHouchesEvents version=\"3.0\">\n<header>\n";
    let file = fs::File::create(&name).expect("a file");
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text).expect("a header");
    let mut line = std::io::Read::take(std::io::repeat(b'x'), 20 << 20);
    std::io::copy(&mut line, &mut encoder).expect("a line");
    encoder.finish().expect("a file");
    assert!(fs::metadata(&name).expect("a file").len() < 200_000);
    for line in ["verify bomb.lhe.gz", "inspect bomb.lhe.gz"] {
        let message = refused_at_once(at, line);
        assert!(
            message.contains("found a line of more than 16777216 bytes"),
            "{message}"
        );
        assert!(message.contains("bomb.lhe.gz"), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn no_input_is_overwritten_under_any_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::create_dir(at.join("d")).expect("a folder");
    let text = format!(
        "{MUONS}[model]\nparam_card = \"p.dat\"\n[run]\nevents = 20\noutput = \"c.toml\"\n"
    );
    fs::write(at.join("c.toml"), &text).expect("a card");
    fs::write(at.join("p.dat"), "Block SMINPUTS\n").expect("parameters");
    fs::write(at.join("notes.txt"), "mine").expect("a file");
    let made = |line: &[&str]| {
        let out = omnis(line, at);
        let message = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{line:?}: {message}");
    };
    made(&["pack", "c.toml", "-o", "p.omnis"]);
    made(&["generate", "p.omnis", "-o", "e.lhe.gz"]);
    std::os::unix::fs::symlink("../c.toml", at.join("d/link")).expect("a link");
    std::os::unix::fs::symlink("e.lhe.gz", at.join("e.lhe")).expect("a link");
    let files = ["c.toml", "p.dat", "p.omnis", "e.lhe.gz", "notes.txt"];
    let bytes = || files.map(|name| fs::read(at.join(name)).expect("a file"));
    let before = bytes();
    for (line, phrase) in [
        ("generate c.toml", "it is the input 'c.toml', which is read"),
        ("generate c.toml -o c.toml", "it is the input"),
        ("generate c.toml -o ./d/../c.toml", "it is the input"),
        ("generate c.toml -o d/link", "it is the input"),
        ("generate c.toml -o p.dat", "it is the parameter card"),
        (
            "generate c.toml -o p.omnis",
            "found pack, expected an event file or no file",
        ),
        (
            "generate c.toml -o notes.txt",
            "expected an event file or no file",
        ),
        ("generate p.omnis -o p.omnis", "it is the input"),
        (
            "generate p.omnis -o c.toml",
            "expected an event file or no file",
        ),
        ("pack c.toml -o c.toml", "it is the input"),
        ("pack c.toml -o d/link", "it is the input"),
        ("pack c.toml -o e.lhe.gz", "expected a gridpack or no file"),
        ("pack c.toml -o x.omnis --history c.toml", "it is the input"),
        (
            "pack c.toml -o x.omnis --history p.omnis",
            "expected a history of trainings or no file",
        ),
        (
            "pack c.toml -o x.omnis --history x.omnis",
            "as the output of -o and of --history",
        ),
        ("integrate c.toml --history ./c.toml", "it is the input"),
        ("convert e.lhe.gz -o e.lhe.gz", "it is the input"),
        ("convert e.lhe.gz -o e.lhe", "it is the input"),
        ("convert e.lhe -o ./e.lhe.gz", "it is the input"),
        (
            "convert e.lhe.gz -o c.toml",
            "expected an event file or no file",
        ),
        ("merge e.lhe.gz -o d/../e.lhe.gz", "it is the input"),
        (
            "merge e.lhe.gz -o p.omnis",
            "expected an event file or no file",
        ),
        ("submit p.omnis -n 10 -o p.omnis", "it is the input"),
    ] {
        let message = refused_at_once(at, line);
        assert!(message.contains("choose another"), "{line}: {message}");
        assert!(message.contains(phrase), "{line}: {message}");
        assert!(bytes() == before, "{line}");
    }
}

#[cfg(unix)]
#[test]
fn what_stands_where_unfinished_output_is_kept_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("c.toml"), MUONS).expect("a card");
    std::os::unix::fs::symlink("nowhere", at.join(".a.lhe.partial")).expect("a link");
    fs::write(at.join(".b.lhe.partial"), "mine").expect("a file");
    for (name, found) in [("a.lhe", "a link"), ("b.lhe", "a file")] {
        let message = refused_at_once(at, &format!("generate c.toml -n 10 -o {name}"));
        let phrase = format!("found {found} there, expected a directory or none; move it away");
        assert!(message.contains(&phrase), "{message}");
        assert!(message.contains(&format!("'.{name}.partial'")), "{message}");
    }
    for (name, command) in [("c.lhe", "generate"), ("c.omnis", "gridpack")] {
        let place = at.join(format!(".{name}.partial"));
        fs::create_dir(&place).expect("a folder");
        fs::write(place.join("notes.txt"), "mine").expect("a file");
        let message = refused_at_once(at, &format!("{command} c.toml -n 10 -o {name} --force"));
        let phrase = "found a directory of another kind there, expected one that omnis made";
        assert!(message.contains(phrase), "{message}");
        assert!(message.contains("move it away"), "{message}");
        assert_eq!(fs::read(place.join("notes.txt")).expect("notes"), b"mine");
    }
}
