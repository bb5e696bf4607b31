//! What cards mean at their edges, and what users are told of things that would come out as
//! nothing, or as something else than they mean.

use std::fs;
use std::path::Path;

use omnis::event::{EventWriter, read_lhe};

#[path = "common/program.rs"]
mod program;

use program::{done, fails, json, omnis};

fn card(lines: &[&str], rest: &str) -> String {
    format!(
        "[process]\ngenerate = {lines:?}\n[beams]\nparticles = [\"p\", \"p\"]\n\
         energies = [6500, 6500]\n[scales]\nmu_r = 91.188\nmu_f = 91.188\n{rest}"
    )
}

fn write(folder: &Path, text: &str) {
    fs::write(folder.join("x.toml"), text).unwrap();
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn interference_that_vanishes_everywhere_is_no_cross_section() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, &card(&["p p > t t~ QCD^2==2"], ""));
    let message = fails(folder, "integrate x.toml", 2);
    assert!(
        message.contains(" > t t~': the products of amplitudes within the limits on squared orders add up to zero"),
        "{message}"
    );
    // Gluon and photon meet where both are exchanged in the t-channel of equal quarks.
    let cuts = "[cuts]\nrequire = [\"pt(q) > 50\", \"m(q, q) > 100\"]\n";
    let define = "[process.define]\nq = [\"u\", \"u~\", \"c\", \"c~\"]\n";
    let lines = ["u u > u u QCD^2==2", "u u~ > c c~ QCD^2==2"];
    write(folder, &card(&lines, &format!("{cuts}{define}")));
    let output = done(folder, "integrate x.toml -v --json --accuracy 0.05");
    let message = stderr(&output);
    assert!(message.contains("'u u~ > c c~' is left out"), "{message}");
    let found = json(&output);
    let of = found["subprocesses"].as_array().unwrap();
    assert_eq!(of.len(), 1, "{found}");
    let (value, error) = (
        found["xsec_pb"].as_f64().unwrap(),
        found["xsec_err_pb"].as_f64().unwrap(),
    );
    assert!(value.abs() > 5.0 * error, "{value} {error}");
}

#[test]
fn a_cut_on_a_number_says_how_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let cuts = "[cuts]\nrequire = [\"pt(j) > 20\", \"n(j) >= 2\"]\n";
    write(folder.path(), &card(&["p p > z j"], cuts));
    let message = fails(folder.path(), "integrate x.toml", 2);
    assert!(
        message.contains("passes the cut 'n(j) >= 2': n(j) is 1 there"),
        "{message}"
    );
}

#[test]
fn words_that_stand_twice_are_no_unknown_particles() {
    let folder = tempfile::tempdir().unwrap();
    let cuts = "[cuts]\nrequire = [\"pt(core core j) > 20\"]\n";
    write(folder.path(), &card(&["p p > z j"], cuts));
    let message = fails(folder.path(), "integrate x.toml", 2);
    assert!(
        message.contains(
            "column 9: found 'core', expected a particle or a label: 'core' stands there already"
        ),
        "{message}"
    );
}

#[test]
fn widths_that_are_too_small_for_the_decays_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines = ["p p > t t~, t > w+ b, t~ > w- b~"];
    for (width, is_told) in [(0.5, true), (1.4915, false)] {
        let model = format!("[model]\nset = {{ WT = {width} }}\n");
        write(folder, &card(&lines, &model));
        let found = json(&done(folder, "integrate x.toml --json --accuracy 0.05"));
        let warnings = found["warnings"].to_string();
        let told = warnings.contains("the width of 't' is 5.0000e-1 GeV")
            && warnings.contains("branching ratios add up to 2.9");
        assert_eq!(told, is_told, "{warnings}");
    }
}

#[test]
fn events_that_are_not_physical_are_evaluated_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cuts = "[cuts]\nrequire = [\"m(e+, e-) > 60\"]\n[run]\naccuracy = 0.05\nevents = 10\n";
    write(folder, &card(&["p p > e+ e-"], cuts));
    done(folder, "generate x.toml -o x.lhe");
    let message = stderr(&done(folder, "evaluate x.toml --events x.lhe"));
    assert!(!message.contains("not physical"), "{message}");
    let (run, mut events) = read_lhe(folder.join("x.lhe")).unwrap();
    let last = events[3].particles.last_mut().unwrap();
    last.p[0] *= 1.01;
    let mut writer = EventWriter::create(&folder.join("y.lhe"), &run).unwrap();
    for event in &events {
        writer.write(event).unwrap();
    }
    writer.finish().unwrap();
    let message = stderr(&omnis(folder, "evaluate x.toml --events y.lhe"));
    assert!(
        message.contains("1 of 10 events are not physical to 1e-6: in event 4 'e")
            && message.contains("is off its mass shell"),
        "{message}"
    );
}

#[test]
fn cuts_on_what_decays_act_on_the_sum_of_its_products() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines = ["p p > t t~, (t > w+ b, w+ > e+ ve), t~ > w- b~"];
    let integrated = |cuts: &[&str]| {
        let rest = format!(
            "[cuts]\nrequire = {cuts:?}\n[run]\naccuracy = 0.03\n\
             [process.define]\nws = [\"w+\", \"w-\"]\n"
        );
        write(folder, &card(&lines, &rest));
        json(&done(folder, "integrate x.toml --json"))["xsec_pb"].clone()
    };
    for (named, products) in [
        ("pt(t) > 150", "pt(e+, ve, b) > 150"),
        ("pt(core t) > 150", "pt(e+, ve, b) > 150"),
        ("m(t, t~) > 500", "sqrt_s > 500"),
        ("|y(w+)| < 1", "|y(e+, ve)| < 1"),
        ("any pt(ws) > 100", "pt(e+, ve) > 100 or pt(w-) > 100"),
    ] {
        assert_eq!(integrated(&[named]), integrated(&[products]), "{named}");
    }
    assert_ne!(integrated(&["pt(t) > 150"]), integrated(&[]));
    for cut in ["dR(t, t~) > 1", "pt(t[1]) > 100"] {
        let rest = format!("[cuts]\nrequire = [\"{cut}\"]\n");
        write(folder, &card(&lines, &rest));
        let message = fails(folder, "integrate x.toml", 2);
        assert!(
            message.contains("'t' matches no final-state particle of the process; it decays"),
            "{message}"
        );
    }
}

#[test]
fn shares_of_overweights_that_samples_scatter_by_are_no_warning() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |rest: &str| {
        let name = program::card("pp_epem_j.toml");
        let output = done(
            folder.path(),
            &format!("generate {name} -o x.lhe --json {rest}"),
        );
        (json(&output), stderr(&output))
    };
    // 0.1 % is aimed at; single weights carry this share.
    let (found, message) = generate("-n 10000");
    let share = found["overweight_fraction"].as_f64().unwrap();
    assert!(share > 1.2e-3, "{share}");
    assert!(!message.contains("above the maxima"), "{message}");
    assert_eq!(found["warnings"].as_array().unwrap().len(), 0, "{found}");
}

#[test]
fn a_card_shows_its_processes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &card(&["p p > z j", "p p > w+ j"], ""));
    let found = json(&done(folder.path(), "process x.toml --json"));
    assert_eq!(found["processes"].as_array().unwrap().len(), 2);
    let text = done(folder.path(), "process x.toml");
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains("g u > z u") && text.contains("w+ d"),
        "{text}"
    );
}

#[test]
fn a_card_that_is_not_there_is_no_process_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &card(&["e+ e- > mu+ mu-"], ""));
    fs::write(at.join("first.toml"), "").unwrap();
    for (arguments, phrase) in [
        (
            "process frist.toml",
            "there is no such file; did you mean 'first.toml'?",
        ),
        (
            "evaluate frist.toml --events a.lhe",
            "there is no such file; did you mean 'first.toml'?",
        ),
        (
            "process no/first.toml",
            "there is no such file; there is no folder 'no'",
        ),
        ("process some_proc_card.dat", "there is no such file"),
        ("process pp", "no '>' in it"),
    ] {
        let refused = fails(at, arguments, 2);
        assert!(refused.contains(phrase), "{arguments}: {refused}");
        assert_eq!(
            refused.contains("in quotes"),
            phrase.contains('>'),
            "{refused}"
        );
    }
}

#[test]
fn what_libraries_say_is_put_into_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let process = "[process]\ngenerate = \"p p > e+ e-\"\n";
    for (text, phrase) in [
        (
            format!("{process}[process]\n"),
            "card.toml, line 3, column 2: 'process' stands twice, expected each section and key once",
        ),
        (
            "[process]\ngenerate = [\"p p > e+ e-\"\n[run]\n".to_owned(),
            "or ']' at the end of a list that begins before",
        ),
        (
            format!("{process}[model]\nset = {{ MZ = \"x\" }}\n"),
            "model.set.MZ: found the text \"x\", expected a number, or \"auto\" for a width",
        ),
    ] {
        fs::write(at.join("card.toml"), text).unwrap();
        let message = fails(at, "generate card.toml", 2);
        assert!(message.contains(phrase), "{message}");
    }
    fs::create_dir(at.join("x.jobs")).unwrap();
    let message = fails(at, "submit --status x.jobs", 2);
    let phrase =
        "'x.jobs' cannot be used: found no 'plan.json' in it, expected a folder of 'omnis submit'";
    assert!(message.contains(phrase), "{message}");
    fs::write(at.join("x.jobs/plan.json"), "{\n").unwrap();
    let message = fails(at, "submit --status x.jobs", 2);
    let phrase = "found no JSON: a text that ends too early, in line 2";
    assert!(message.contains(phrase), "{message}");
}

#[test]
fn a_process_line_that_stands_twice_gets_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let cuts = "[cuts]\nrequire = [\"m(e+, e-) > 60\"]\n[run]\naccuracy = 0.05\n";
    let run = |lines: &[&str]| {
        write(at, &card(lines, cuts));
        let found = json(&done(at, "integrate x.toml --json"));
        (
            found["xsec_pb"].as_f64().unwrap(),
            found["warnings"].to_string(),
        )
    };
    let (once, nothing) = run(&["u u~ > e+ e-"]);
    assert_eq!(nothing, "[]");
    for again in ["u u~ > e+ e-", "u u~ > e- e+"] {
        let (found, warnings) = run(&["u u~ > e+ e-", again]);
        assert!((found / once - 1.0).abs() < 0.05, "{found} {once}");
        let expected = format!(
            "process '{again}' adds nothing: all of its subprocesses (1) are those of \
             'u u~ > e+ e-', and count once"
        );
        assert!(warnings.contains(&expected), "{warnings}");
    }
    let (found, warnings) = run(&["u u~ > e+ e- @1", "u u~ > e+ e- @2"]);
    assert!((found / once - 2.0).abs() < 0.1, "{found} {once}");
    let expected = "are those of 'u u~ > e+ e- @1' under another number @n, and the cross section \
                    has them twice";
    assert!(warnings.contains(expected), "{warnings}");
}
