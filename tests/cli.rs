//! The program from outside: help texts, exit codes, messages.

#![cfg(feature = "cli")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn omnis(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn omnis_with_input(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_command_has_a_help_text_with_examples() {
    for command in [
        "generate",
        "gridpack",
        "merge",
        "integrate",
        "evaluate",
        "process",
        "model",
    ] {
        let output = omnis(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let text = stdout(&output);
        assert!(text.contains(&format!("Usage: omnis {command}")), "{text}");
        assert!(text.contains("Examples:"), "{text}");
        assert!(text.contains(&format!("  omnis {command} ")), "{text}");
        let (own, of_all) = text.split_once("Flags of all commands:").unwrap();
        for flag in ["--json", "--verbose", "--quiet", "--progress", "--log-file"] {
            assert!(
                of_all.contains(flag) && !own.contains(&format!("{flag} ")),
                "{text}"
            );
        }
    }
}

#[test]
fn the_program_lists_its_commands_and_exit_codes() {
    let text = stdout(&omnis(&["--help"]));
    for part in [
        "generate",
        "gridpack",
        "pack",
        "train",
        "merge",
        "integrate",
        "evaluate",
        "process",
        "85",
        "130",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn version_names_commit_and_features() {
    let output = omnis(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let start = format!("omnis {} (commit ", env!("CARGO_PKG_VERSION"));
    assert!(text.starts_with(&start), "{text}");
    assert!(text.contains("features cli"), "{text}");
}

#[test]
fn bad_arguments_end_with_exit_code_2_and_a_hint() {
    for (arguments, part) in [
        (
            &["integrate", "a.toml", "--accuracy_", "0.1"][..],
            "--accuracy",
        ),
        (&["genrate"], "generate"),
        (&["generate"], "<CARD>"),
        (&[], "Usage"),
        (&["generate", "a.toml", "-n", "0"], "at least 1"),
        (
            &["integrate", "a.toml", "--accuracy", "2"],
            "between 0 and 1",
        ),
        (&["process", "p"], "quotes"),
        (
            &["evaluate", "g g > g g", "--momenta", "-", "--set", "aS"],
            "aS=0.118",
        ),
    ] {
        let output = omnis(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = stderr(&output);
        assert!(text.contains(part), "{arguments:?}: {text}");
        assert!(stdout(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn errors_are_json_on_standard_output_if_asked_for() {
    let output = omnis(&["integrate", "a.toml", "--json", "--nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["error"]["kind"], "usage");
    assert_eq!(json["error"]["exit_code"], 2);
    let message = json["error"]["message"].as_str().unwrap();
    assert!(message.contains("--nonsense"), "{message}");
    assert!(stderr(&output).contains("--nonsense"));
}

/// One number for the cross section on the terminal and in the file, another one
/// under a name of its own.
#[test]
fn the_total_of_generated_events_is_the_one_of_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let card = "process.generate = \"e+ e- > mu+ mu-\"\n[beams]\n\
                particles = [\"e+\", \"e-\"]\nenergies = [50.0, 50.0]\n";
    std::fs::write(at("c.toml"), card).unwrap();
    let arguments = [
        "generate",
        &at("c.toml"),
        "-n",
        "2k",
        "-o",
        &at("x.lhe"),
        "--json",
    ];
    let output = omnis(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let text = std::fs::read_to_string(at("x.lhe")).unwrap();
    let init = text
        .lines()
        .skip_while(|line| *line != "<init>")
        .nth(2)
        .unwrap();
    let numbers: Vec<f64> = init
        .split_whitespace()
        .map(|w| w.parse().unwrap())
        .collect();
    assert_eq!(json["xsec_pb"], numbers[0]);
    assert_eq!(json["xsec_err_pb"], numbers[1]);
    let with_events = json["xsec_err_with_events_pb"].as_f64().unwrap();
    assert!(with_events > 0.0 && with_events < numbers[1], "{json}");
    assert_ne!(json["xsec_with_events_pb"], json["xsec_pb"]);
}

#[test]
fn a_file_of_momenta_that_is_wrong_is_named_with_its_line() {
    let output = omnis_with_input(
        &["evaluate", "g g > t t~", "--momenta", "-"],
        "1 0 0 1\n1 0 zero -1\n",
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: cannot use momenta -\n  \
         because: line 2: expected 'E px py pz', found '1 0 zero -1'\n"
    );
    let output = omnis(&["evaluate", "g g > t t~", "--momenta", "no/such/file"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no/such/file"));
}

#[test]
fn the_old_name_of_a_flag_works_with_a_note() {
    let output = omnis(&["integrate", "missing.toml", "--precision", "0.1"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("--precision is the old name of --accuracy"),
        "{text}"
    );
    assert!(text.contains("missing.toml"), "{text}");
    let output = omnis(&["integrate", "missing.toml", "--accuracy", "0.1"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("old name"), "{text}");
}

/// Flags of cards and flags of process lines are refused where they would do nothing.
#[test]
fn flags_that_would_do_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("x_proc_card.dat");
    std::fs::write(&card, "generate e+ e- > mu+ mu-\n").unwrap();
    let card = card.to_str().unwrap();
    for (arguments, flag) in [
        (vec!["process", "e+ e- > mu+ mu-", "--pdf", "x"], "--pdf"),
        (vec!["process", "e+ e- > mu+ mu-", "--strict"], "--strict"),
        (vec!["process", card, "--set", "MT=100"], "--set"),
        (vec!["process", card, "--model", "x"], "--model"),
        (vec!["submit", "--status", "x", "--pdf", "y"], "--pdf"),
        (
            vec!["submit", "--resume", "x", "--weights", "y"],
            "--weights",
        ),
        (vec!["submit", "--status", "x", "--time", "4h"], "--time"),
    ] {
        let output = omnis(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(&format!("{flag} belongs to")), "{text}");
    }
    let output = omnis(&["process", card]);
    assert_eq!(output.status.code(), Some(0));
    let own = folder.path().join("own.toml");
    let text = "process.generate = 'u u~ > mu+ mu-'\ncuts.require = ['m(mu+, mu-) > 50']\n";
    std::fs::write(&own, text).unwrap();
    let inspect = ["inspect", own.to_str().unwrap(), "--pdf", "NoSuchSet"];
    let output = omnis(&inspect);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("NoSuchSet"), "{text}");
}
