//! Cards of MadGraph that are broken or are not taken over whole.

use std::fs;

use omnis::card::{MadGraphImport, MadGraphOptions};

use super::program::{done, fails, json, omnis};
use super::{OPEN, folder, import, kinds};

#[test]
fn convert_tells_by_its_exit_code_whether_all_was_taken_over() {
    let whole = format!("{OPEN}nn23lo1 = pdlabel\n50 = mmll\n");
    let folder = folder(&[
        ("proc_card.dat", "generate p p > e+ e-\noutput x\n"),
        ("run_card.dat", &whole),
    ]);
    let at = folder.path();
    let out = done(at, "convert x_proc_card.dat -o whole.toml --json");
    let found = json(&out);
    assert_eq!(found["complete"], true);
    assert_eq!(found["not_taken"].as_array().unwrap().len(), 0);
    assert_eq!(found["files"][1], "x_run_card.dat");
    done(at, "convert . -o whole.toml --strict");

    // The cards give the events of the card that is made of them.
    done(at, "generate x_proc_card.dat -n 200 -o a.lhe --threads 1");
    done(at, "generate whole.toml -n 200 -o b.lhe --threads 1");
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    let events = |text: &str| text[text.find("<init>").unwrap()..].to_owned();
    assert_eq!(events(&read("a.lhe")), events(&read("b.lhe")));

    fs::write(
        at.join("other.dat"),
        format!("{whole}2 = ickkw\nF = fixed_ren_scale\n"),
    )
    .unwrap();
    let line = "convert x_proc_card.dat --run-card other.dat -o part.toml";
    let message = fails(at, line, 2);
    assert!(message.contains("could not be taken over"), "{message}");
    let out = omnis(at, &format!("{line} --json"));
    let found = json(&out);
    assert_eq!(
        (out.status.code(), &found["complete"]),
        (Some(2), &false.into())
    );
    assert_eq!(found["not_taken"][0]["what"], "merging");
    assert!(at.join("part.toml").exists());
    let strict = line.replace("part", "strict") + " --strict";
    assert!(fails(at, &strict, 2).contains("--strict"));
    assert!(!at.join("strict.toml").exists());
    let integrate = "integrate x_proc_card.dat --run-card other.dat --strict";
    assert!(fails(at, integrate, 2).contains("merging"));
    // A missing grid is an error of a run, not of a conversion.
    done(at, "convert x_proc_card.dat --pdf NoSuchSet -o pdf.toml");
    assert!(fails(at, "integrate x_proc_card.dat --pdf NoSuchSet", 2).contains("NoSuchSet"));
    let out = done(at, "process x_proc_card.dat --json");
    assert_eq!(json(&out)["processes"].as_array().unwrap().len(), 1);
    done(at, "inspect .");
    let message = fails(at, "integrate whole.toml --run-card other.dat", 2);
    assert!(
        message.contains("--run-card belongs to cards of MadGraph"),
        "{message}"
    );
}

#[test]
fn broken_cards_get_an_error_that_says_where() {
    let refused = |files: &[(&str, &str)]| {
        let folder = folder(files);
        fails(folder.path(), "convert . -o c.toml", 2)
    };
    for (process, parts) in [
        ("import model sm\n", vec!["no 'generate' line"]),
        (
            "generate p p > tt~ z",
            vec!["x_proc_card.dat, line 1", "did you mean"],
        ),
        ("define l+ = e+ mu\n", vec!["line 1", "'mu'"]),
        ("generate p p > t t~, (t > w+ b", vec!["without its ')'"]),
        ("generate p p t t~", vec!["no '>'"]),
        ("\0\u{1}\u{2}", vec!["is no text"]),
    ] {
        let message = refused(&[("proc_card.dat", process)]);
        for part in parts {
            assert!(message.contains(part), "{process}: {message}");
        }
    }
    let process = ("proc_card.dat", "generate p p > z");
    let message = refused(&[process, ("run_card.dat", "\n\nmany = ptj")]);
    assert!(message.contains("x_run_card.dat, line 3"), "{message}");
    assert!(message.contains("expected a number"), "{message}");
    let message = refused(&[
        process,
        ("customizecards.dat", "set param_card mass 6 heavy"),
    ]);
    assert!(
        message.contains("found 'heavy', expected a number"),
        "{message}"
    );
    let message = refused(&[("notes.dat", "nothing")]);
    assert!(
        message.contains("found x_notes.dat, expected a process card"),
        "{message}"
    );
    let two = [process, ("y_proc_card.dat", "generate p p > z")];
    assert!(refused(&two).contains("2 process cards"));
    // A missing companion is no error, and loops of commands end.
    let many = format!(
        "generate p p > z\n{}",
        "import command x_proc_card.dat\n".repeat(1000)
    );
    let folder = folder(&[("proc_card.dat", &many)]);
    let import = import(folder.path());
    assert!(import.toml.contains("no run card beside it"));
}

#[test]
fn decays_without_end_are_refused() {
    let line = format!("generate p p > t t~{}", ", t > w+ b".repeat(200));
    let folder = folder(&[("proc_card.dat", &line)]);
    let error = MadGraphImport::read(folder.path(), &MadGraphOptions::default()).unwrap_err();
    assert!(
        error.to_string().contains("more than 100 decays"),
        "{error}"
    );
}

#[test]
fn a_madspin_card_of_an_unknown_model_comes_to_an_end() {
    let folder = folder(&[
        (
            "proc_card.dat",
            "import model stm\ngenerate p p > t t~ w+ w-\n",
        ),
        (
            "madspin_card.dat",
            "define q = u c\ndecay t > w+ b, w+ > all all\ndecay w+ > q d~\n",
        ),
    ]);
    let import = import(folder.path());
    assert!(kinds(&import).contains(&"model"), "{:?}", import.not_taken);
}
