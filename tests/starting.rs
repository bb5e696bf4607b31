//! What a user meets before and after the runs: the first card, PDF sets, references,
//! completions and manual pages.

#![cfg(feature = "cli")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

#[path = "common/program.rs"]
mod program;

use program::{card, command, done, fails, json, names, omnis, own_pdf, read};

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Runs `omnis init` for a process and returns the card.
fn init(folder: &Path, lines: &[&str]) -> String {
    let output = command(folder, "init -o -").args(lines).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{lines:?}: {message}");
    text(&output)
}

#[test]
fn lines_that_cannot_happen_in_the_beams_are_refused_beside_others() {
    let folder = tempfile::tempdir().unwrap();
    let fails_with = |card: &str, expected: &str| {
        std::fs::write(folder.path().join("c.toml"), card).unwrap();
        let message = fails(folder.path(), "integrate c.toml", 2);
        assert!(message.contains(expected), "{message}");
    };
    fails_with(
        "process.generate = [\"p p > t t~\", \"e+ e- > t t~\"]\n",
        "'e+ e- > t t~' cannot happen in beams of p p: 'e+' of beam 1",
    );
    // The label has the partons of the proton, and would give the cross section of two protons.
    fails_with(
        "process.generate = \"p p~ > t t~\"\n",
        "'p p~ > t t~' cannot happen in beams of p p: 'p~' of beam 2 is not found in it; expected \
         'p', or 'p~' as that beam",
    );
    fails_with(
        "process.generate = \"p~ p~ > t t~\"\nbeams.particles = [\"p\", \"p~\"]\n",
        "'p~' of beam 1 is not found in it",
    );
}

#[test]
fn a_line_for_which_the_densities_lack_a_parton_is_left_out_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let set = own_pdf(folder.path(), "without_photon");
    for name in ["without_photon.info", "without_photon_0000.dat"] {
        let text = std::fs::read_to_string(set.join(name)).unwrap();
        // The column of the photon becomes one of something that no process asks for.
        let other = text
            .replace("21, 22]", "21, 25]")
            .replace(" 21 22\n", " 21 25\n");
        assert_ne!(other, text, "{name}");
        std::fs::write(set.join(name), other).unwrap();
    }
    let run = |lines: &str| {
        let card = format!(
            "process.generate = [{lines}]\nbeams.pdf = \"without_photon\"\nrun.accuracy = 0.1\n\
             cuts.require = [\"m(mu+, mu-) > 50\"]\n"
        );
        std::fs::write(folder.path().join("c.toml"), card).unwrap();
        omnis(folder.path(), "integrate c.toml")
    };
    let output = run("\"p p > z\", \"a a > mu+ mu-\"");
    assert!(output.status.success());
    let warning = text(&output);
    let expected = "a process line is left out: 'a a > mu+ mu-' cannot happen in beams of p p: 'a'";
    assert!(warning.contains(expected), "{warning}");
    let error = String::from_utf8_lossy(&run("\"a a > mu+ mu-\"").stderr).into_owned();
    assert!(
        error.contains("error:") && error.contains("cannot happen in beams"),
        "{error}"
    );
}

#[test]
fn a_scale_at_which_the_coupling_has_no_meaning_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let card = "process.generate = \"p p > t t~\"\nscales.mu_r = 0.091188\n";
    std::fs::write(folder.path().join("c.toml"), card).unwrap();
    let message = fails(folder.path(), "integrate c.toml", 2);
    let expected = "found the renormalisation scale 0.091188 GeV, where the strong coupling is";
    assert!(
        message.contains(expected) && message.contains("c.toml, line 2"),
        "{message}"
    );
}

#[test]
fn a_first_card_runs_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let said = text(
        &command(folder.path(), "init")
            .arg("p p > e+ e- j")
            .output()
            .unwrap(),
    );
    assert!(
        said.contains("pp_epemj.toml: a card for p p > e+ e- j"),
        "{said}"
    );
    assert!(
        said.contains("cuts that it needs: m(e+, e-) > 50, pt(j) > 20"),
        "{said}"
    );
    assert!(
        said.contains("next: omnis generate pp_epemj.toml"),
        "{said}"
    );
    done(folder.path(), "generate pp_epemj.toml -n 50");
    assert!(names(folder.path()).contains(&"pp_epemj.lhe.gz".to_owned()));
    // A card that is there may be the work of an afternoon.
    let before = read(folder.path(), "pp_epemj.toml");
    let again = command(folder.path(), "init")
        .arg("p p > e+ e- j")
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(2));
    let message = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        message.contains("'pp_epemj.toml' is there already"),
        "{message}"
    );
    assert_eq!(read(folder.path(), "pp_epemj.toml"), before);
}

#[test]
fn first_cards_of_all_kinds_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for lines in [
        &["p p > e+ e-"][..],
        &["p p > j j"],
        &["p p > a a j"],
        &["p p > t t~", "p p > t t~ j"],
        &["p p > w+ j, w+ > e+ ve"],
        &["p p > h j j $$ w+ w- z QCD=0"],
        &["e+ e- > mu+ mu- a"],
        &["e- p > e- j"],
        &["a a > mu+ mu-"],
        &["mu+ mu- > z h"],
        &["e+ e- > t t~ t t~"],
    ] {
        fs::write(folder.path().join("a.toml"), init(folder.path(), lines)).unwrap();
        let output = omnis(folder.path(), "verify a.toml");
        assert!(output.status.success(), "{lines:?}: {}", text(&output));
    }
    fs::write(
        folder.path().join("a.toml"),
        init(folder.path(), &["t > b e+ ve"]),
    )
    .unwrap();
    let width = json(&done(
        folder.path(),
        "--json integrate a.toml --accuracy 0.02",
    ));
    assert!(
        width["width_gev"].as_f64().is_some_and(|w| w > 0.1),
        "{width:#}"
    );
}

#[test]
fn a_first_card_says_what_is_wrong_with_a_process() {
    let folder = tempfile::tempdir().unwrap();
    let message = |line: &str| {
        let output = command(folder.path(), "init").arg(line).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(message("p p > e+ q-").contains("q-"));
    assert!(message("p p").contains("no '>' in it"));
    let negative = omnis(folder.path(), "init --energy -5");
    assert_eq!(negative.status.code(), Some(2));
    let low = command(folder.path(), "init --energy 100")
        .arg("e+ e- > t t~")
        .output()
        .unwrap();
    assert_eq!(low.status.code(), Some(2));
    let low = String::from_utf8(low.stderr).unwrap();
    assert!(
        low.contains("the energy 200 GeV is below the threshold 346"),
        "{low}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

/// An archive of a set as LHAPDF publishes them.
fn archive(folder: &Path, name: &str) -> std::path::PathBuf {
    let inner = folder.join("made");
    fs::create_dir_all(&inner).unwrap();
    own_pdf(&inner, name);
    let path = folder.join(format!("{name}.tar.gz"));
    let encoder = flate2::write::GzEncoder::new(
        fs::File::create(&path).unwrap(),
        flate2::Compression::fast(),
    );
    let mut tar = tar::Builder::new(encoder);
    tar.append_dir_all(name, inner.join(name)).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    path
}

/// The program with a search path and a home of the test's own.
fn at_home(folder: &Path, arguments: &str) -> std::process::Command {
    let mut command = command(folder, arguments);
    command
        .env("LHAPDF_DATA_PATH", folder.join("sets"))
        .env("XDG_DATA_HOME", folder.join("home"));
    command
}

#[test]
fn a_set_of_an_archive_is_found_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    archive(path, "Mine_lo");
    let run = |arguments: &str| at_home(path, arguments).output().unwrap();
    let listed = text(&run("pdf list"));
    assert!(
        listed.contains("NNPDF23_lo_as_0130_qed") && !listed.contains("Mine_lo"),
        "{listed}"
    );
    // No directory of the search path is there: it goes to the user's own.
    let got = json(&run("--json pdf get Mine_lo --from Mine_lo.tar.gz"));
    assert_eq!(
        (&got["members"], &got["present"]),
        (&1.into(), &false.into()),
        "{got:#}"
    );
    let home = path.join("home/omnis/pdf");
    assert_eq!(got["directory"], home.join("Mine_lo").display().to_string());
    assert_eq!(names(&home), ["Mine_lo"]);
    let again = json(&run("--json pdf get Mine_lo"));
    assert_eq!(again["present"], true, "{again:#}");
    let one = text(&run("pdf list MINE"));
    assert!(one.contains("name                  Mine_lo"), "{one}");
    let card = fs::read_to_string(card("pp_epem.toml")).unwrap();
    let card = card.replace("NNPDF23_lo_as_0130_qed", "Mine_lo");
    fs::write(path.join("a.toml"), card).unwrap();
    let used = run("generate a.toml -n 20");
    assert!(
        used.status.success(),
        "{}",
        String::from_utf8_lossy(&used.stderr)
    );
    // A directory of the search path comes first, once it is there.
    fs::create_dir(path.join("sets")).unwrap();
    let built_in = json(&run("--json pdf get NNPDF23_lo_as_0130_qed"));
    assert_eq!(
        built_in["directory"],
        serde_json::Value::Null,
        "{built_in:#}"
    );
    archive(path, "Yours");
    let other = json(&run("--json pdf get Yours --from ."));
    assert_eq!(
        other["directory"],
        path.join("sets/Yours").display().to_string()
    );
}

#[test]
fn a_set_that_is_not_whole_is_not_installed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let whole = fs::read(archive(path, "Mine")).unwrap();
    fs::create_dir(path.join("sets")).unwrap();
    let refused = |arguments: &str, code: i32| {
        let output = at_home(path, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}");
        assert_eq!(names(&path.join("sets")), [""; 0]);
        String::from_utf8(output.stderr).unwrap()
    };
    fs::write(path.join("cut.tar.gz"), &whole[..whole.len() / 2]).unwrap();
    let message = refused("pdf get Mine --from cut.tar.gz", 2);
    assert!(
        message.contains("damaged data in its file 'Mine_0000.dat'"),
        "{message}"
    );
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    fs::write(path.join("flip.tar.gz"), flipped).unwrap();
    let message = refused("pdf get Mine --from flip.tar.gz", 2);
    assert!(message.contains("flip.tar.gz"), "{message}");
    let message = refused("pdf get Other --from Mine.tar.gz", 2);
    assert!(
        message.contains("expected an archive with the folder 'Other'"),
        "{message}"
    );
    let message = refused("pdf get ../Mine", 2);
    assert!(
        message.contains("'../Mine' is no name of a PDF set"),
        "{message}"
    );
    // A member that the info file promises.
    let set = path.join("made/Mine/Mine.info");
    let info = fs::read_to_string(&set)
        .unwrap()
        .replace("NumMembers: 1", "NumMembers: 2");
    fs::write(&set, info).unwrap();
    let encoder = flate2::write::GzEncoder::new(
        fs::File::create(path.join("less.tar.gz")).unwrap(),
        flate2::Compression::fast(),
    );
    let mut tar = tar::Builder::new(encoder);
    tar.append_dir_all("Mine", path.join("made/Mine")).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    let message = refused("pdf get Mine --from less.tar.gz", 2);
    for part in [
        "'less.tar.gz' does not hold the PDF set 'Mine' whole",
        "member 1 of PDF set 'Mine' has no file 'Mine/Mine_0001.dat'",
        "nothing is installed",
        "omnis pdf get Mine",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains(".omnis-pdf-"), "{message}");
    // Folders that were made for it go away again, others stay.
    let message = refused("pdf get Mine --from less.tar.gz --into more/sets", 2);
    assert!(message.contains("has no file"), "{message}");
    assert!(!path.join("more").exists());
    fs::create_dir(path.join("more")).unwrap();
    refused("pdf get Mine --from cut.tar.gz --into more/sets", 2);
    assert_eq!(names(&path.join("more")), [""; 0]);
}

#[test]
fn a_set_is_downloaded_or_the_way_to_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    archive(path, "Mine");
    let bin = path.join("bin");
    fs::create_dir(&bin).unwrap();
    let get = || {
        let mut get = at_home(path, "--json pdf get Mine");
        get.env("PATH", &bin);
        get.output().unwrap()
    };
    let without = get();
    assert_eq!(without.status.code(), Some(1));
    let message = String::from_utf8(without.stderr).unwrap();
    for part in [
        "neither curl nor wget",
        "https://lhapdfsets.web.cern.ch/current/Mine.tar.gz",
        "omnis pdf get Mine --from Mine.tar.gz",
        "LHAPDF_DATA_PATH=/cvmfs/",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let program = |name: &str, script: &str| {
        let file = bin.join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    };
    program(
        "curl",
        "#!/bin/sh\necho 'could not resolve host' >&2\nexit 6\n",
    );
    let message = String::from_utf8(get().stderr).unwrap();
    assert!(message.contains("could not resolve host"), "{message}");
    // A stand-in that has the file.
    let archive = path.join("Mine.tar.gz").display().to_string();
    let log = path.join("log").display().to_string();
    program(
        "curl",
        &format!(
            "#!/bin/sh\necho \"$@\" > {log}\nwhile [ $# -gt 0 ]; do\n\
             [ \"$1\" = --output ] && to=$2\nshift\ndone\n/bin/cat {archive} > \"$to\"\n"
        ),
    );
    let got = json(&get());
    assert_eq!(got["members"], 1, "{got:#}");
    let asked = fs::read_to_string(path.join("log")).unwrap();
    assert!(
        asked
            .trim_end()
            .ends_with("-- https://lhapdfsets.web.cern.ch/current/Mine.tar.gz")
    );
    assert!(
        asked.contains("--fail") && asked.contains("--location"),
        "{asked}"
    );
}

#[test]
fn references_follow_what_a_run_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let drell_yan = card("pp_epem.toml");
    done(path, &format!("gridpack {drell_yan} -n 500 -o a.omnis"));
    done(path, "generate a.omnis -n 20 -o a.lhe");
    let keys = |file: &str| -> Vec<String> {
        let answer = json(&done(path, &format!("--json cite {file}")));
        let list = answer["references"].as_array().unwrap();
        list.iter()
            .map(|r| r["key"].as_str().unwrap().to_owned())
            .collect()
    };
    let (of_pack, of_events) = (keys("a.omnis"), keys("a.lhe"));
    let formats = ["Boos:2001cv", "Alwall:2006yp", "Andersen:2014efa"];
    assert_eq!(
        of_events,
        [&of_pack[..], &formats.map(str::to_owned)].concat()
    );
    assert!(of_pack.contains(&"Ball:2013hta".to_owned()), "{of_pack:?}");
    assert!(!of_pack.contains(&"Gao:2020vdv".to_owned()), "{of_pack:?}");
    done(
        path,
        &format!("generate {drell_yan} -n 200 --sampler flow -o flow.lhe"),
    );
    assert!(keys("flow.lhe").contains(&"Gao:2020vdv".to_owned()));
    done(path, "cite a.lhe -o a.bib");
    let bib = fs::read_to_string(path.join("a.bib")).unwrap();
    assert!(bib.contains("@article{Lepage:1977sw,"), "{bib}");
    let of_card = text(&done(path, &format!("cite {drell_yan}")));
    assert!(
        of_card.contains("% note: a card does not say whether flows"),
        "{of_card}"
    );
    // Another program's events are not ours to cite.
    let other = fs::read_to_string(path.join("a.lhe")).unwrap();
    let head = other.find("<header>").unwrap();
    let end = other.find("</header>").unwrap();
    let mut foreign = format!("{}{}", &other[..head], &other[end + 9..]);
    let at = foreign.find("<generator").expect("a generator");
    let to = at + foreign[at..].find("</generator>").unwrap() + 12;
    foreign.replace_range(
        at..to,
        "<generator name=\"Other\" version=\"1\">Other</generator>",
    );
    fs::write(path.join("other.lhe"), foreign).unwrap();
    let message = fails(path, "cite other.lhe", 2);
    assert!(message.contains("found events of Other 1"), "{message}");
    fails(path, "cite nothing.lhe", 2);
}

/// Commands as the help text lists them.
fn commands() -> Vec<String> {
    let help = text(&done(Path::new("."), "--help"));
    let list = help.split("Commands:\n").nth(1).unwrap();
    let list = list.split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|l| l.split_whitespace().next());
    let names = names.filter(|n| *n != "help" && n.chars().all(|c| c.is_ascii_lowercase()));
    names.map(str::to_owned).collect()
}

#[test]
fn completions_and_pages_know_every_command() {
    let all = commands();
    assert!(
        all.len() > 15 && all.contains(&"cite".to_owned()),
        "{all:?}"
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&done(Path::new("."), &format!("completions {shell}")));
        for name in &all {
            assert!(script.contains(name), "{shell} {name}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let written = json(&done(folder.path(), "--json man --output-dir pages"));
    let pages = names(&folder.path().join("pages"));
    assert_eq!(written["files"].as_array().unwrap().len(), pages.len());
    for name in &all {
        assert!(
            pages.contains(&format!("omnis-{name}.1")),
            "{name}: {pages:?}"
        );
    }
    assert!(pages.contains(&"omnis.1".to_owned()));
    assert!(
        pages.contains(&"omnis-library-build.1".to_owned()),
        "{pages:?}"
    );
    let page = text(&done(Path::new("."), "man generate"));
    assert_eq!(
        page.trim_end().as_bytes(),
        read(&folder.path().join("pages"), "omnis-generate.1").trim_ascii_end()
    );
    assert!(page.contains("\\-\\-seed"), "{page}");
    let message = fails(Path::new("."), "man generat", 2);
    assert!(message.contains("did you mean 'generate'"), "{message}");
}
