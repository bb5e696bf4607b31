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
        assert!(
            message.contains(&*format!("'.{name}.partial'")),
            "{message}"
        );
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

#[test]
fn negative_numbers_are_out_of_range_and_no_unknown_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("c.toml"), MUONS).expect("a card");
    let submit = "submit c.toml -n 10 -o y.lhe";
    for (line, phrase) in [
        (
            "generate c.toml --seed -1",
            "'--seed <S>': must not be negative",
        ),
        ("generate c.toml -n -5", "must not be negative"),
        (
            "integrate c.toml --accuracy -0.1",
            "a relative accuracy lies between 0 and 1",
        ),
        (
            "width t --accuracy -1e-3",
            "a relative accuracy lies between 0 and 1",
        ),
        (
            "generate c.toml --range -1..5",
            "'--range <A..B>': must not be negative",
        ),
        (
            "gridpack c.toml -o a.omnis --training -1",
            "above 0, at most",
        ),
        (
            "generate c.toml --checkpoint-every -1",
            "expected seconds from 0 on",
        ),
        ("init --energy -5", "an energy is above 0 and finite"),
        (
            "library take l z -n 1 -o x.lhe --skip -1",
            "must not be negative",
        ),
        ("process c.toml --most-drawings -1", "must not be negative"),
        (
            "evaluate c.toml --momenta m.txt --me-frame -1",
            "must not be negative",
        ),
        (&*format!("{submit} --jobs -1"), "must not be negative"),
        (&*format!("{submit} --retries -1"), "must not be negative"),
        (&*format!("{submit} --throttle -1"), "must not be negative"),
        (&*format!("{submit} --max-array -1"), "must not be negative"),
        (&*format!("{submit} --time -5m"), "not the time of a job"),
        (&*format!("{submit} --memory -1G"), "expected 1M to 1024T"),
        (&*format!("{submit} --disk -1G"), "expected 1M to 1024T"),
    ] {
        let message = refused_at_once(at, line);
        assert!(message.contains(phrase), "{line}: {message}");
    }
}

#[test]
fn names_with_braces_that_stand_for_nothing_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("c.toml"), MUONS).expect("a card");
    let in_card = format!("{MUONS}\n[run]\noutput = \"mm_{{proces}}.lhe\"\n");
    fs::write(at.join("d.toml"), in_card).expect("a card");
    let phrase = "found '{proces}' in the name, expected '{process}', which stands for the number \
                  of the process, or a name without braces; did you mean '{process}'?";
    for line in [
        "generate c.toml -o mm_{proces}.lhe",
        "generate c.toml -o mm_{proces}.lhe --dry-run",
        "submit c.toml -n 10 -o mm_{proces}.lhe",
        "convert c.toml -o mm_{proces}.lhe",
        "merge c.toml -o mm_{proces}.lhe",
    ] {
        let message = refused_at_once(at, line);
        assert!(message.contains(phrase), "{line}: {message}");
    }
    let message = refused_at_once(at, "generate d.toml");
    assert!(message.contains("d.toml, line "), "{message}");
    assert!(
        message.contains(&*format!("run.output: {phrase}")),
        "{message}"
    );
    let message = refused_at_once(at, "generate c.toml -o {process}/mm.lhe");
    assert!(message.contains("'{process}' of the folder"), "{message}");
    assert_eq!(fs::read_dir(at).expect("a folder").count(), 2);
}

#[test]
fn first_cards_have_the_names_of_cards() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (line, phrase) in [
        ("init -o pp_tt", "found no ending, expected .toml"),
        ("init -o a.lhe", "found the ending '.lhe', expected .toml"),
        ("init -o no/a.toml", "there is no folder 'no'"),
    ] {
        let message = refused_at_once(at, line);
        assert!(message.contains(phrase), "{line}: {message}");
    }
    assert_eq!(fs::read_dir(at).expect("a folder").count(), 0);
}

#[test]
fn seeds_have_one_range_in_cards_and_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let write = |seed: &str| {
        let text = format!("{MUONS}\n[run]\nseed = {seed}\n");
        fs::write(at.join("c.toml"), text).expect("a card");
    };
    for (seed, phrase) in [
        ("-1", "must not be negative"),
        ("1.5", "not a whole number"),
        (
            "18446744073709551616",
            "too large: at most 18446744073709551615",
        ),
        (
            "1e18",
            "too large for an exponent or a letter, at most 9e15; written with all digits at most \
             18446744073709551615",
        ),
    ] {
        write(seed);
        let of_card = refused_at_once(at, "integrate c.toml");
        let expected = format!("run.seed: found {seed}: {phrase}");
        assert!(of_card.contains(&expected), "{of_card}");
        write("1");
        let of_flag = refused_at_once(at, &format!("integrate c.toml --seed {seed}"));
        assert!(of_flag.contains(phrase), "{of_flag}");
    }
    for seed in ["18446744073709551615", "9e15", "0", "1_000"] {
        write(seed);
        let output = omnis(&["inspect", "c.toml"], at);
        assert!(output.status.success(), "{seed}");
        // A flag that is wrong as well tells that the seed is none.
        let line = format!("integrate c.toml --seed {seed} --accuracy 2");
        let message = refused_at_once(at, &line);
        assert!(message.contains("'--accuracy <A>'"), "{message}");
    }
}
