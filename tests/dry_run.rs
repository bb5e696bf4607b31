//! `--dry-run`: nothing is written, what the run would refuse is refused, and what is expected
//! is about what comes.

#![cfg(feature = "cli")]

use std::fs;

use serde_json::Value;

#[path = "common/program.rs"]
mod program;
use program::{card, done, fails, json, names, read};

fn number(json: &Value, path: &str) -> f64 {
    let value = json.pointer(path).and_then(Value::as_f64);
    value.unwrap_or_else(|| panic!("{path} in {json:#}"))
}

#[test]
fn nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let card = card("ee_mumu.toml");
    done(at, &format!("gridpack {card} -n 1000 -o a.omnis"));
    for arguments in [
        format!("generate {card}"),
        "generate a.omnis -n 1e6 -o b.lhe".to_owned(),
        format!("integrate {card}"),
        format!("gridpack {card} -o b.omnis"),
        format!("submit {card} -n 1e6 --jobs 7 -o b.lhe.gz"),
        "submit a.omnis -n 1e6 --jobs 7 -o b.lhe.gz".to_owned(),
    ] {
        let output = done(at, &format!("{arguments} --dry-run"));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("dry run: nothing is written"), "{text}");
        assert!(
            text.contains("expected time") && text.contains("measured"),
            "{text}"
        );
        assert_eq!(names(at), ["a.omnis"], "{arguments}");
    }
}

#[test]
fn what_is_expected_is_about_what_comes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for name in ["pp_epem.toml", "pp_tt.toml"] {
        let job = format!("generate {} -n 20000 -o a.lhe.gz --json", card(name));
        let dry = json(&done(at, &format!("{job} --dry-run")));
        let real = json(&done(at, &job));
        let size = read(at, "a.lhe.gz").len() as f64;
        fs::remove_file(at.join("a.lhe.gz")).unwrap();
        // Bytes and accepted points vary by chance alone: a few thousand events were measured.
        let ratio = number(&dry, "/expected/file_bytes") / size;
        assert!((0.97..1.03).contains(&ratio), "{name}: {ratio}");
        let ratio = number(&dry, "/expected/unweighting_efficiency")
            / number(&real, "/unweighting_efficiency");
        assert!((0.85..1.15).contains(&ratio), "{name}: {ratio}");
        let complete = dry["measured"]["adapt_complete"] == true;
        assert!(complete, "{name}: {dry:#}");
        assert_eq!(dry["events"], 20000);
        let made = number(&dry, "/measured/events");
        assert!(made >= 1024.0, "{made}");
    }
}

#[test]
fn an_adaptation_that_takes_longer_is_called_off_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let flags = "--accuracy 0.0002 --sampler vegas --threads 1 --json --dry-run -o a.lhe";
    let output = done(
        at,
        &format!("generate {} -n 1000 {flags}", card("pp_epem_jj.toml")),
    );
    let dry = json(&output);
    assert_eq!(dry["measured"]["adapt_complete"], false, "{dry:#}");
    let (done, all) = (
        number(&dry, "/measured/adapt_points"),
        number(&dry, "/expected/adapt_points"),
    );
    assert!(all > done, "{done} of {all}");
    let (took, expected) = (
        number(&dry, "/measured/adapt_s"),
        number(&dry, "/expected/adapt_s"),
    );
    // The same pace to the end.
    assert!(
        (expected / took / (all / done) - 1.0).abs() < 1e-9,
        "{dry:#}"
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("note: the trial of the adaptation ended after "),
        "{said}"
    );
    let first = dry["notes"][0].as_str().unwrap();
    assert!(said.contains(first), "{said}");
}

#[test]
fn jobs_get_their_part_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(
        at,
        &format!("gridpack {} -n 1000 -o a.omnis", card("ee_mumu.toml")),
    );
    let submit = "submit a.omnis -n 1000000 --jobs 8 -o b.lhe.gz --dry-run --json";
    let dry = json(&done(at, submit));
    assert_eq!(dry["jobs"]["jobs"], 8);
    assert_eq!(dry["jobs"]["events_each"], 125_000);
    let part = number(&dry, "/jobs/file_bytes_each") / number(&dry, "/expected/file_bytes");
    assert!((part - 0.125).abs() < 0.002, "{part}");
    assert_eq!(dry["measured"]["adapt_s"], Value::Null);
    assert_eq!(dry["threads"], 1);
}

#[test]
fn what_the_run_would_refuse_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mu = card("ee_mumu.toml");
    fs::write(
        at.join("bad.toml"),
        "process.generate = \"p p > e+ e- j\"\n",
    )
    .unwrap();
    done(at, &format!("gridpack {mu} -n 1000 -o a.omnis"));
    for (arguments, phrase) in [
        ("integrate bad.toml".to_owned(), "infinite"),
        (format!("generate {mu} -o no/such/a.lhe"), "'no/such/a.lhe'"),
        (format!("generate {mu} -o a.txt"), ".txt"),
        (format!("gridpack {mu} -o a.txt"), ".omnis"),
        (format!("generate {mu} --mpi"), "--mpi"),
        (
            "gridpack a.omnis --self-contained -o a.tar.gz".to_owned(),
            "is a gridpack",
        ),
        ("submit --resume x.jobs".to_owned(), "--resume"),
    ] {
        let all = names(at);
        let refused = fails(at, &format!("{arguments} --dry-run"), 2);
        assert!(refused.contains(phrase), "{arguments}: {refused}");
        assert_eq!(names(at), all, "{arguments}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_found_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mu = card("ee_mumu.toml");
    // A run that would take a day.
    for arguments in [
        format!("generate {mu} -n 1e12 -o a.lhe --report no/r.html"),
        format!("generate {mu} -n 1e12 -o a.lhe --history no/r.json"),
        format!("gridpack {mu} -n 1e12 --accuracy 1e-9 -o a.omnis --history no/r.json"),
        format!("integrate {mu} --accuracy 1e-9 --history no/r.csv"),
    ] {
        for dry in ["", " --dry-run"] {
            let refused = fails(at, &format!("{arguments}{dry}"), 2);
            let phrase = "there is no folder 'no'";
            assert!(refused.contains(phrase), "{arguments}{dry}: {refused}");
            assert!(refused.contains("cannot create 'no/r."), "{refused}");
            assert!(names(at).is_empty(), "{arguments}{dry}");
        }
    }
}

#[test]
fn the_size_of_a_tarball_is_that_with_its_program() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mu = card("ee_mumu.toml");
    let job = format!("gridpack {mu} -n 1000 --self-contained -o y.tar.gz --json");
    let dry = json(&done(at, &format!("{job} --dry-run")));
    assert!(names(at).is_empty());
    done(at, &job);
    let ratio = number(&dry, "/expected/file_bytes") / read(at, "y.tar.gz").len() as f64;
    assert!((0.95..1.05).contains(&ratio), "{ratio}");
}

#[test]
fn what_stands_in_the_place_of_an_output_is_only_noted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (mu, ee) = (card("ee_mumu.toml"), card("pp_epem.toml"));
    done(at, &format!("generate {ee} -n 100 -o e.lhe"));
    done(at, &format!("generate {mu} -n 200 -o m.lhe"));
    done(at, &format!("gridpack {mu} -n 100 -o a.omnis"));
    fs::write(at.join("notes.lhe"), "my notes\n").unwrap();
    let all = names(at);
    for (arguments, phrase) in [
        (format!("generate {mu} -o e.lhe"), "made with another card"),
        (format!("generate {mu} -n 100 -o m.lhe"), "which are fewer"),
        (
            format!("generate {mu} -o notes.lhe"),
            "expected an event file",
        ),
        (
            "submit a.omnis -n 100 --jobs 2 -o e.lhe".to_owned(),
            "made with another card",
        ),
        (
            format!("gridpack {ee} -n 100 -o a.omnis"),
            "made with another card",
        ),
    ] {
        let tried = done(at, &format!("{arguments} --dry-run"));
        let said = String::from_utf8(tried.stderr).unwrap();
        let note = "note: without --dry-run this is refused: cannot write ";
        assert!(said.contains(note) && said.contains(phrase), "{said}");
        fails(at, &arguments, 2);
        assert_eq!(names(at), all, "{arguments}");
    }
}

/// What an error says.
fn said(message: &str) -> &str {
    let mut lines = message.lines();
    lines.find(|l| l.starts_with("error: ")).unwrap_or(message)
}

#[test]
fn a_place_that_cannot_be_written_is_refused_as_by_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let mu = card("ee_mumu.toml");
    done(at, &format!("gridpack {mu} -n 100 -o a.omnis"));
    fs::write(at.join(".b.lhe.partial"), "mine").unwrap();
    fs::write(at.join(".b.omnis.partial"), "mine").unwrap();
    let all = names(at);
    let mut jobs = vec![
        "generate a.omnis -n 10 -o b.lhe".to_owned(),
        "generate a.omnis -n 10 -o a.omnis/b.lhe".to_owned(),
        "generate a.omnis -n 10 -o no/b.lhe".to_owned(),
        format!("generate {mu} -n 10 -o b.lhe"),
        format!("gridpack {mu} -n 10 -o b.omnis"),
        format!("gridpack {mu} -n 10 -o a.omnis/b.omnis"),
    ];
    if cfg!(target_os = "linux") {
        // A folder in which nobody can write.
        jobs.push("generate a.omnis -n 10 -o /proc/b.lhe".to_owned());
        jobs.push("generate a.omnis -n 10 -o c.lhe --report /proc/c.html".to_owned());
        jobs.push(format!(
            "integrate {mu} --accuracy 1e-9 --history /proc/c.json"
        ));
    }
    for job in jobs {
        let dry = fails(at, &format!("{job} --dry-run"), 2);
        let real = fails(at, &job, 2);
        assert!(said(&real).contains("cannot create"), "{job}: {real}");
        assert_eq!(said(&dry), said(&real), "{job}");
        assert_eq!(names(at), all, "{job}");
    }
    // A folder of jobs is made with those that it lies in.
    done(at, "submit a.omnis -n 10 -o new/b.lhe --dry-run");
    fails(at, "submit a.omnis -n 10 -o a.omnis/b.lhe --dry-run", 2);
    fails(at, "submit a.omnis -n 10 -o a.omnis/b.lhe", 2);
    assert_eq!(names(at), all);
}
