//! What stands beside results: progress, notes, logs; for people and for programs.

#![cfg(feature = "cli")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use serde_json::Value;

#[path = "common/program.rs"]
mod program;
use program::{card, done, fails, json, names, omnis};

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The objects on standard error, one a line.
fn objects(output: &Output) -> Vec<Value> {
    let object = |line: &str| {
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: no JSON in the line {line}"))
    };
    stderr(output).lines().map(object).collect()
}

/// Lines of progress of one stage.
fn of_stage<'a>(lines: &'a [Value], stage: &str) -> Vec<&'a Value> {
    lines.iter().filter(|l| l["stage"] == stage).collect()
}

#[test]
fn every_line_is_json_where_programs_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = format!(
        "generate {} -n 2000 --precision 0.05 -o a.lhe",
        card("pp_epem.toml")
    );
    let output = done(at, &format!("--json --progress json {job}"));
    let lines = objects(&output);
    let begun = lines.iter().filter(|l| l["event"] == "begin");
    let ended = lines.iter().filter(|l| l["event"] == "end");
    let names: BTreeSet<&str> = begun.map(|l| l["stage"].as_str().unwrap()).collect();
    let answer = json(&output);
    let made = answer["seconds_by_stage"].as_object().unwrap();
    let made: BTreeSet<&str> = made.keys().map(String::as_str).collect();
    assert_eq!(names, made);
    assert_eq!(ended.count(), made.len());
    let last = of_stage(&lines, "generate");
    let last = last.last().unwrap();
    assert_eq!(
        (&last["done"], &last["total"]),
        (&2000.0.into(), &2000.0.into())
    );
    assert_eq!(last["unit"], "events");
    let notes: Vec<&Value> = lines.iter().filter(|l| l["kind"] == "note").collect();
    assert_eq!(notes.len(), 1, "{lines:#?}");
    assert_eq!(
        notes[0]["text"],
        "--precision is the old name of --accuracy"
    );
    for arguments in [
        "--progress json generate nothing.toml",
        "generate a.toml --progress=json --no-such-flag",
    ] {
        let output = omnis(at, arguments);
        assert_eq!(output.status.code(), Some(2));
        let lines = objects(&output);
        let error = &lines.last().unwrap()["error"];
        assert_eq!(
            (&error["kind"], &error["exit_code"]),
            (&"usage".into(), &2.into())
        );
        assert!(output.stdout.is_empty(), "{arguments}");
    }
}

#[test]
fn files_are_merged_converted_and_reweighted_by_counted_events() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (card, flags) = (card("pp_epem.toml"), "--accuracy 0.05");
    done(at, &format!("gridpack {card} {flags} -n 1000 -o a.omnis"));
    done(at, "generate a.omnis --range 0..700 -o a.lhe");
    done(at, "generate a.omnis --range 700..1000 -o b.lhe");
    let weights = "--weights=--muf=1,2";
    for (stage, arguments) in [
        ("merge", "merge a.lhe b.lhe -o c.lhe".to_owned()),
        ("convert", "convert c.lhe -o c.lhe.gz".to_owned()),
        (
            "reweight",
            format!("reweight c.lhe --card {card} {weights} -o w.lhe"),
        ),
    ] {
        let lines = objects(&done(at, &format!("--progress json {arguments}")));
        let of = of_stage(&lines, stage);
        assert!(of.len() >= 2, "{lines:#?}");
        let end = of[of.len() - 1];
        assert_eq!(end["total"], 1000.0, "{end}");
        // Told every 256 events.
        assert_eq!(end["done"], 768.0, "{end}");
        let text = stderr(&done(at, &format!("{arguments} --progress lines")));
        assert!(
            text.starts_with(&format!("{stage} ...\n{stage}: ")),
            "{text}"
        );
        assert_eq!(
            stderr(&done(at, &format!("{arguments} --progress none"))),
            ""
        );
    }
}

/// A file of another program with something that HDF5 does not keep would need HDF5; a card
/// with a line that is not taken over needs nothing.
const PROC_CARD: &str = "import model sm\ngenerate p p > e+ e-\noutput x\n";
const RUN_CARD: &str = "  6500 = ebeam1\n  6500 = ebeam2\n  1 = lpp1\n  1 = lpp2\n  10 = ptl\n  2.5 = etal\n  50 = mmll\n  7 = sde_strategy\n  0.5 = alpsfact\n  30 = xqcut\n  3 = ickkw\n";

#[test]
fn quiet_leaves_warnings_that_change_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = format!("integrate {} --precision 0.05", card("pp_epem.toml"));
    let output = done(at, &format!("{job} -q"));
    assert_eq!(stderr(&output), "");
    assert!(!output.stdout.is_empty());
    assert_eq!(
        stderr(&done(at, &job)),
        "note: --precision is the old name of --accuracy\n"
    );
    fs::write(at.join("proc_card.dat"), PROC_CARD).unwrap();
    fs::write(at.join("run_card.dat"), RUN_CARD).unwrap();
    let arguments = "integrate proc_card.dat --accuracy 0.1";
    let told = stderr(&omnis(at, arguments));
    let quiet = stderr(&omnis(at, &format!("-q {arguments}")));
    assert!(quiet.starts_with("warning: not taken over: "), "{told}");
    for line in quiet.lines() {
        assert!(!line.starts_with("note: "), "{quiet}");
    }
    for flags in ["-q -v integrate a.toml", "-v integrate a.toml -q"] {
        let refused = fails(at, flags, 2);
        assert!(
            refused.contains("-q") || refused.contains("--quiet"),
            "{refused}"
        );
    }
}

#[test]
fn a_log_has_all_that_could_be_shown_run_after_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = format!("integrate {} --accuracy 0.05", card("pp_epem.toml"));
    assert_eq!(stderr(&done(at, &format!("-q {job} --log-file a.log"))), "");
    let text = fs::read_to_string(at.join("a.log")).unwrap();
    // The stamp, and a space.
    let said: Vec<&str> = text.lines().map(|l| &l[25..]).collect();
    assert!(
        said[0].starts_with("omnis ") && said[0].contains(": omnis -q integrate "),
        "{text}"
    );
    for line in [
        "setup ...",
        "survey ...",
        "adapt ...",
        "integrate ...",
        "exit code 0",
    ] {
        assert!(said.contains(&line), "{text}");
    }
    let iterations = said
        .iter()
        .filter(|l| l.starts_with("adapt: ") && l.contains(" pb after "));
    assert!(iterations.count() > 2, "{text}");
    fails(at, "integrate nothing.toml --log-file a.log", 2);
    let more = fs::read_to_string(at.join("a.log")).unwrap();
    assert!(more.starts_with(&text));
    let said: Vec<&str> = more[text.len()..].lines().map(|l| &l[25..]).collect();
    assert!(said[1].starts_with("error: "), "{more}");
    assert_eq!(*said.last().unwrap(), "exit code 2");
}

#[test]
fn a_log_that_cannot_be_written_is_refused_before_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("notes.txt"), "my notes\n").unwrap();
    let card = card("pp_epem.toml");
    for log in ["no/such/a.log", "notes.txt", ".", "/dev/full"] {
        let job = format!("generate {card} -n 100 -o a.lhe --log-file {log}");
        let refused = fails(at, &job, 2);
        assert!(refused.contains(log), "{refused}");
    }
    assert_eq!(names(at), ["notes.txt"]);
    assert_eq!(
        fs::read_to_string(at.join("notes.txt")).unwrap(),
        "my notes\n"
    );
}

#[test]
fn the_time_left_comes_once_there_is_a_basis() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = format!(
        "generate {} -n 1e6 -o a.lhe --threads 1",
        card("pp_jj.toml")
    );
    let lines = objects(&done(at, &format!("--progress json {job}")));
    let of = of_stage(&lines, "generate");
    let end = of[of.len() - 1]["elapsed_s"].as_f64().unwrap();
    assert!(end > 3.0, "too fast to tell: {end} s");
    for line in &of {
        let (at, left) = (line["elapsed_s"].as_f64().unwrap(), line["left_s"].as_f64());
        assert!(at >= 1.0 || left.is_none(), "{line}");
    }
    let told = of
        .iter()
        .filter(|l| l["left_s"].is_number() && l["event"] == "count");
    assert!(told.count() >= 1, "{of:#?}");
}
