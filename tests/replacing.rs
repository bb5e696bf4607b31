//! What outputs replace: files of the same card; those of another card, and what omnis did not
//! write, only with `--force`.

#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

#[path = "common/program.rs"]
mod program;
use program::{done, events, fails, json, names, omnis, read};

const MUONS: &str = "process.generate = \"e+ e- > mu+ mu-\"\nbeams = { particles = [\"e+\", \"e-\"], energies = [100.0, 100.0] }\nrun = { events = 200, accuracy = 0.02 }\n";
const TAUS: &str = "process.generate = \"e+ e- > ta+ ta-\"\nbeams = { particles = [\"e+\", \"e-\"], energies = [100.0, 100.0] }\nrun = { events = 200, accuracy = 0.02 }\n";
/// A file of another program.
const OTHERS: &str = "<LesHouchesEvents version=\"1.0\">\n<init>\n11 -11 100 100 0 0 0 0 3 1\n1.0 0.1 1.0 7\n</init>\n</LesHouchesEvents>\n";

fn folder_with_cards() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mu.toml"), MUONS).unwrap();
    fs::write(folder.path().join("ta.toml"), TAUS).unwrap();
    folder
}

/// Refused with this in the message, and nothing is changed; done with `--force`.
fn needs_force(at: &Path, arguments: &str, output: &str, phrase: &str) {
    let before = read(at, output);
    let all = names(at);
    let refused = fails(at, arguments, 2);
    assert!(
        refused.contains(&format!("'{output}'")),
        "{arguments}: {refused}"
    );
    assert!(refused.contains(phrase), "{arguments}: {refused}");
    assert!(refused.contains("--force"), "{arguments}: {refused}");
    assert!(read(at, output) == before, "{arguments}");
    assert_eq!(names(at), all, "{arguments}");
    done(at, &format!("{arguments} --force"));
    assert!(read(at, output) != before, "{arguments}");
}

#[test]
fn events_of_another_card_are_replaced_only_by_force() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "generate mu.toml -o a.lhe");
    let holds = "it holds 200 events (seed 1) of 'e+ e- > mu+ mu-', made with another card";
    needs_force(at, "generate ta.toml -o a.lhe", "a.lhe", holds);
    done(at, "gridpack mu.toml -o mu.omnis");
    let holds = "it holds 200 events (seed 1) of 'e+ e- > ta+ ta-'";
    needs_force(at, "generate mu.omnis -o a.lhe", "a.lhe", holds);
    fs::write(at.join("mg.lhe"), OTHERS).unwrap();
    let holds = "it holds events of another program";
    needs_force(at, "generate mu.omnis -o mg.lhe", "mg.lhe", holds);
    // What force does not do: replace what is read.
    fails(at, "generate mu.toml -o mu.toml --force", 2);
}

#[test]
fn the_same_card_goes_on_and_says_what_is_lost() {
    let folder = folder_with_cards();
    let at = folder.path();
    let note = |arguments: &str| {
        let output = done(at, arguments);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(note("generate mu.toml -o a.lhe"), "");
    let first = read(at, "a.lhe");
    assert_eq!(note("generate mu.toml -o a.lhe"), "");
    assert!(read(at, "a.lhe") == first);
    let lost = "note: 'a.lhe' has 200 events (seed 1) of 'e+ e- > mu+ mu-', and is replaced by ";
    let both = "; another output (-o) keeps both\n";
    for (flags, new) in [
        ("--seed 2", "200 events (seed 2)"),
        ("-n 300", "300 events (seed 1)"),
    ] {
        fs::write(at.join("a.lhe"), &first).unwrap();
        let said = note(&format!("generate mu.toml -o a.lhe {flags}"));
        assert_eq!(said, format!("{lost}{new}{both}"));
    }
    fs::write(at.join("a.lhe"), &first).unwrap();
    assert_eq!(note("generate mu.toml -o a.lhe --seed 3 -q"), "");
    fs::write(at.join("a.lhe"), &first).unwrap();
    // Another accuracy is the same physics.
    assert_eq!(note("generate mu.toml -o a.lhe --accuracy 0.03"), "");
    for _ in 0..2 {
        done(at, "gridpack mu.toml -o p.omnis");
        done(at, "gridpack mu.toml -o p.omnis --seed 5");
        done(at, "gridpack p.omnis --self-contained -o p.tar.gz");
    }
    // What is damaged is nobody's.
    fs::write(at.join("a.lhe"), &first[..first.len() / 2]).unwrap();
    done(at, "generate mu.toml -o a.lhe");
    assert_eq!(events(at, "a.lhe"), 200);
}

#[test]
fn fewer_events_do_not_take_the_place_of_more() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "gridpack mu.toml -o p.omnis");
    done(at, "generate p.omnis -o a.lhe");
    done(at, "generate p.omnis --seed 2 -n 100 -o b.lhe");
    let holds = "it holds 200 events (seed 1) of 'e+ e- > mu+ mu-', and would be replaced by";
    for arguments in [
        "generate p.omnis -n 10 -o a.lhe",
        "generate p.omnis -n 10 --seed 2 -o a.lhe",
        "generate p.omnis --range 200..210 -o a.lhe",
        "generate mu.toml -n 10 -o a.lhe",
        "convert b.lhe -o a.lhe",
        "merge b.lhe -o a.lhe",
    ] {
        let all = read(at, "a.lhe");
        needs_force(at, arguments, "a.lhe", holds);
        fs::write(at.join("a.lhe"), all).unwrap();
    }
    let refused = fails(at, "submit p.omnis -n 100 --jobs 2 -o a.lhe", 2);
    assert!(
        refused.contains("100 events (seed 1), which are fewer"),
        "{refused}"
    );
    assert!(!at.join("a.lhe.jobs").exists());
}

#[test]
fn events_are_named_after_what_they_are_made_of() {
    let folder = folder_with_cards();
    let at = folder.path();
    let made = |arguments: &str| {
        let output = json(&done(at, &format!("generate {arguments} --json")))["output"].clone();
        output.as_str().unwrap().to_owned()
    };
    assert_eq!(made("mu.toml"), "mu.lhe.gz");
    assert_eq!(made("ta.toml"), "ta.lhe.gz");
    fs::create_dir(at.join("cards")).unwrap();
    let own = MUONS.replace("run = {", "run = { output = \"other.lhe\",");
    fs::write(at.join("cards/own.toml"), &own).unwrap();
    assert_eq!(made("cards/own.toml"), "other.lhe");
    // A gridpack has events of its own, in the format that its card asks for.
    done(at, "gridpack cards/own.toml -o cards/my.omnis");
    assert_eq!(made("cards/my.omnis -n 100"), "my.lhe");
    assert_eq!(events(at, "other.lhe"), 200);
    let card = "generate e+ e- > mu+ mu-\noutput x\n";
    fs::write(at.join("cards/Mu_proc_card.dat"), card).unwrap();
    fs::write(at.join("cards/Mu_run_card.dat"), " 0 = lpp1\n 0 = lpp2\n").unwrap();
    assert_eq!(
        made("cards/Mu_proc_card.dat -n 100 --accuracy 0.1"),
        "Mu.lhe.gz"
    );
    let listed = done(at, "inspect mu.toml --effective");
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("output = \"mu.lhe.gz\"\n"), "{listed}");
}

#[test]
fn gridpacks_and_tarballs_of_another_card_are_kept() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "gridpack mu.toml -o p.omnis");
    done(at, "gridpack p.omnis --self-contained -o p.tar.gz");
    done(at, "gridpack ta.toml -o t.omnis");
    let holds = "it holds a gridpack of 'e+ e- > mu+ mu-', made with another card";
    needs_force(
        at,
        "gridpack t.omnis --self-contained -o p.tar.gz",
        "p.tar.gz",
        holds,
    );
    needs_force(at, "gridpack ta.toml -o p.omnis", "p.omnis", holds);
    fs::write(at.join("x.tar.gz"), "not of omnis").unwrap();
    let other = "expected a self-contained gridpack or no file";
    needs_force(
        at,
        "gridpack t.omnis --self-contained -o x.tar.gz",
        "x.tar.gz",
        other,
    );
}

#[test]
fn merged_converted_and_reweighted_files_keep_others_as_well() {
    let folder = folder_with_cards();
    let at = folder.path();
    for seed in [1, 2] {
        done(
            at,
            &format!("generate mu.toml --seed {seed} -o m{seed}.lhe"),
        );
        done(
            at,
            &format!("generate ta.toml --seed {seed} -o t{seed}.lhe"),
        );
    }
    done(at, "merge m1.lhe m2.lhe -o all.lhe");
    done(at, "merge m1.lhe m2.lhe -o all.lhe");
    let holds = "it holds 400 events (2 seeds) of 'e+ e- > mu+ mu-', made with another card";
    needs_force(at, "merge t1.lhe t2.lhe -o all.lhe", "all.lhe", holds);
    done(at, "convert m1.lhe -o c.lhe");
    done(at, "convert m1.lhe -o c.lhe");
    needs_force(
        at,
        "convert t1.lhe -o c.lhe",
        "c.lhe",
        "of 'e+ e- > mu+ mu-'",
    );
    // Files of other programs are told apart by what their heads say.
    fs::write(at.join("mg.lhe"), OTHERS).unwrap();
    fs::write(at.join("mh.lhe"), OTHERS.replace(" 7\n", " 8\n")).unwrap();
    done(at, "convert mg.lhe -o g.lhe");
    done(at, "convert mg.lhe -o g.lhe");
    needs_force(
        at,
        "convert mh.lhe -o g.lhe",
        "g.lhe",
        "events of another program",
    );
}

#[test]
fn reports_of_other_cards_are_kept() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "generate mu.toml -o m.lhe --report r.html");
    done(at, "generate ta.toml -o t.lhe");
    done(at, "report m.lhe -o r.html");
    // A page without a name of its own is the last one that was asked for.
    done(at, "report m.lhe");
    done(at, "report t.lhe");
    assert!(read(at, "report.html") != read(at, "r.html"));
    let holds = "it holds a report of '";
    needs_force(at, "report t.lhe -o r.html", "r.html", holds);
    // A further file beside one that is shown already.
    done(at, "report m.lhe t.lhe -o r.html");
    done(at, "report m.lhe -o r.html");
    fs::remove_file(at.join("t.lhe")).unwrap();
    let arguments = "generate ta.toml -o t.lhe --report r.html";
    let refused = fails(at, arguments, 2);
    assert!(refused.contains("it holds a report of '"), "{refused}");
    assert!(
        !at.join("t.lhe").exists(),
        "refused before the events are made"
    );
    done(at, &format!("{arguments} --force"));
}

#[test]
fn what_omnis_did_not_write_is_kept() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "generate mu.toml -o m.lhe");
    fs::write(
        at.join("proc_card.dat"),
        "generate e+ e- > mu+ mu-\noutput x\n",
    )
    .unwrap();
    for (name, arguments) in [
        ("notes.lhe", "generate mu.toml -o notes.lhe"),
        ("notes.lhe", "convert m.lhe -o notes.lhe"),
        ("notes.html", "report m.lhe -o notes.html"),
        ("r.json", "report m.lhe -o r.html"),
        ("r.yoda", "report m.lhe -o r.html"),
        ("h.json", "integrate mu.toml --history h.json"),
        ("h.csv", "integrate mu.toml --history h.csv"),
        ("d.svg", "process mu.toml --diagrams d.svg"),
        ("notes.toml", "convert proc_card.dat -o notes.toml"),
        ("notes.omnis", "gridpack mu.toml -o notes.omnis"),
        ("notes.bib", "cite mu.toml -o notes.bib"),
    ] {
        fs::write(at.join(name), "my notes\n").unwrap();
        needs_force(at, arguments, name, "or no file");
        // What omnis wrote it writes again.
        done(at, arguments);
    }
}

#[test]
fn what_looks_a_little_like_a_file_of_omnis_is_kept() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "generate mu.toml -o m.lhe.gz");
    let process = "process mu.toml --diagrams";
    let drawn = "<svg>mine, after Feynman diagrams of others</svg>\n";
    for (name, bytes, arguments) in [
        (
            "e.omnis",
            read(at, "m.lhe.gz"),
            "gridpack mu.toml -o e.omnis",
        ),
        ("c.omnis", MUONS.into(), "gridpack mu.toml -o c.omnis"),
        ("d.svg", drawn.into(), &format!("{process} d.svg")),
        ("d.html", drawn.into(), &format!("{process} d.html")),
        (
            "r.bib",
            "% \\cite{Me:2020}\n".into(),
            "cite mu.toml -o r.bib",
        ),
    ] {
        fs::write(at.join(name), bytes).unwrap();
        needs_force(at, arguments, name, "or no file");
        done(at, arguments);
    }
}

#[test]
fn a_file_that_two_flags_name_is_refused_before_the_start() {
    let folder = folder_with_cards();
    let at = folder.path();
    let all = names(at);
    for (arguments, file, flags) in [
        (
            "generate mu.toml -o b.lhe --report b.html --history b.json",
            "b.json",
            ["--report (its numbers)", "--history"],
        ),
        (
            "generate mu.toml -o x.lhe --log-file ./x.lhe",
            "./x.lhe",
            ["-o", "--log-file"],
        ),
        (
            "generate mu.toml -o x.lhe --log-file r.json --report r.html",
            "r.json",
            ["--report (its numbers)", "--log-file"],
        ),
        (
            "generate mu.toml -o x.lhe --log-file r.yoda --report r.html --dry-run",
            "r.yoda",
            ["--report (its histograms)", "--log-file"],
        ),
        (
            "gridpack mu.toml -o p.omnis --log-file p.omnis",
            "p.omnis",
            ["-o", "--log-file"],
        ),
        (
            "integrate mu.toml --history h.json --log-file h.json",
            "h.json",
            ["--history", "--log-file"],
        ),
        (
            "cite mu.toml -o r.bib --log-file r.bib",
            "r.bib",
            ["-o", "--log-file"],
        ),
        (
            "process mu.toml --diagrams d.svg --log-file d.svg --force",
            "d.svg",
            ["--diagrams", "--log-file"],
        ),
        (
            "report m.lhe --log-file report.json",
            "report.json",
            ["-o (the numbers)", "--log-file"],
        ),
    ] {
        let refused = fails(at, arguments, 2);
        let [one, two] = flags;
        let phrase = format!("'{file}': found it as the output of {one} and of {two}");
        assert!(refused.contains(&phrase), "{arguments}: {refused}");
        assert_eq!(names(at), all, "{arguments}");
    }
    // Names that the card or its file gives.
    let refused = fails(at, "generate mu.toml --log-file mu.lhe.gz", 2);
    let phrase = "found it as the output of the events and of --log-file";
    assert!(refused.contains(phrase), "{refused}");
    // Different files are fine.
    done(
        at,
        "generate mu.toml -o b.lhe --report b.html --history h.json --log-file b.log",
    );
}

#[test]
fn names_that_stand_for_nothing_are_refused() {
    let folder = folder_with_cards();
    let at = folder.path();
    done(at, "generate mu.toml -o m.lhe");
    done(at, "gridpack mu.toml -o m.omnis");
    fs::write(
        at.join("proc_card.dat"),
        "generate e+ e- > mu+ mu-\noutput x\n",
    )
    .unwrap();
    let all = names(at);
    for (arguments, known) in [
        ("generate mu.toml -o a.txt", ".lhe"),
        ("merge m.lhe -o a.root", ".lhe"),
        ("convert m.lhe -o a.hepmc", ".lhe"),
        ("submit m.omnis -n 100 -o a.txt", ".lhe"),
        ("gridpack mu.toml -o a.txt", ".omnis"),
        ("gridpack mu.toml -o a", ".omnis"),
        ("report m.lhe -o a.pdf", ".html"),
        ("generate mu.toml -o a.lhe --report a.pdf", ".html"),
        ("integrate mu.toml --history a.txt", ".json or .csv"),
        ("convert proc_card.dat -o a.txt", ".toml"),
        ("process mu.toml --diagrams a.png", ".svg or .html"),
    ] {
        let refused = fails(at, arguments, 2);
        assert!(refused.contains(known), "{arguments}: {refused}");
        assert_eq!(names(at), all, "{arguments}");
    }
}

#[test]
fn libraries_and_folders_of_jobs_keep_what_is_not_theirs() {
    let folder = folder_with_cards();
    let at = folder.path();
    let spec = |card: &str| {
        format!("name = \"l\"\n[[sample]]\nname = \"z\"\ncard = \"{card}\"\nevents = 100\n")
    };
    fs::write(at.join("mu_l.toml"), spec("mu.toml")).unwrap();
    fs::write(at.join("ta_l.toml"), spec("ta.toml")).unwrap();
    fs::create_dir(at.join("mine")).unwrap();
    fs::write(at.join("mine/notes.txt"), "my notes\n").unwrap();
    let refused = fails(at, "library build mu_l.toml -o mine", 2);
    assert!(refused.contains("found 'notes.txt'"), "{refused}");
    done(at, "library build mu_l.toml -o l");
    done(at, "library build mu_l.toml -o l");
    let refused = fails(at, "library build ta_l.toml -o l", 2);
    let holds = "the sample 'z' of 'l' was made of 'e+ e- > mu+ mu-' with another card";
    assert!(
        refused.contains(holds) && refused.contains("--force"),
        "{refused}"
    );
    done(at, "library take l z -n 10 -o x.lhe");
    done(at, "library build ta_l.toml -o l --force");
    let listed = json(&done(at, "library list l --json"));
    assert_eq!(listed["samples"][0]["process"][0], "e+ e- > ta+ ta-");
    let refused = fails(at, "library take l z -n 10 -o x.lhe", 2);
    assert!(refused.contains("it holds 10 events"), "{refused}");

    done(at, "gridpack mu.toml -o m.omnis");
    fs::create_dir(at.join("s.lhe.jobs")).unwrap();
    fs::write(at.join("s.lhe.jobs/notes.txt"), "my notes\n").unwrap();
    let submit = "submit m.omnis -n 100 --jobs 2 -o s.lhe";
    let refused = fails(at, submit, 2);
    assert!(refused.contains("found 'notes.txt'"), "{refused}");
    done(at, &format!("{submit} --force"));
    done(at, submit);
    done(at, "generate ta.toml -o o.lhe");
    let refused = fails(at, "submit m.omnis -n 100 --jobs 2 -o o.lhe", 2);
    assert!(refused.contains("made with another card"), "{refused}");
    assert!(!at.join("o.lhe.jobs").exists());
}

#[test]
fn one_file_for_each_process_is_looked_at_before_the_events_are_made() {
    let folder = folder_with_cards();
    let at = folder.path();
    let two = |a: &str, b: &str| {
        format!(
            "process.generate = [\"{a} @1\", \"{b} @2\"]\nbeams = {{ particles = [\"e+\", \"e-\"], energies = [100.0, 100.0] }}\nrun = {{ events = 200, accuracy = 0.02 }}\n"
        )
    };
    fs::write(at.join("a.toml"), two("e+ e- > mu+ mu-", "e+ e- > ta+ ta-")).unwrap();
    fs::write(at.join("b.toml"), two("e+ e- > u u~", "e+ e- > d d~")).unwrap();
    done(at, "generate a.toml -o x_{process}.lhe");
    done(at, "generate a.toml -o x_{process}.lhe");
    let refused = omnis(at, "generate b.toml -o x_{process}.lhe -v");
    assert_eq!(refused.status.code(), Some(2));
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("made with another card"), "{text}");
    assert!(!text.contains("survey"), "{text}");
    done(at, "generate b.toml -o x_{process}.lhe --force");
}
