//! What a user gets told for input that cannot work: message and exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use omnis::production::DeviceChoice;

fn omnis(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

/// Runs a card and checks the exit code, that no event file is left, and the message.
fn refused(card: &str, phrases: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("c.toml"), card).expect("a card");
    let out = omnis(
        &["generate", "c.toml", "-n", "10", "-o", "x.lhe"],
        folder.path(),
    );
    let message = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{card}\n{message}");
    for phrase in phrases {
        assert!(
            message.contains(phrase),
            "{card}\nexpected: {phrase}\nfound: {message}"
        );
    }
    let files = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "{card}: something was left behind");
}

#[test]
fn cards_that_cannot_be_read() {
    refused("[process\n", &["c.toml, line 1, column 9"]);
    refused(
        "[process]\ngenerate = \"e+ e- > mu+ mu-\"\n[run]\nevnts = 3\n",
        &[
            "line 4, column 1",
            "unknown key 'evnts'",
            "did you mean 'events'?",
        ],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[beams]\nenergies = [-1.0, 3.0]\n",
        &["beams.energies", "positive", "-1"],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[run]\nprecision = nan\n",
        &["precision"],
    );
}

#[test]
fn names_that_do_not_exist() {
    refused(
        "[process]\ngenerate = \"e+ e- > mux mu-\"\n",
        &["column 9", "unknown particle 'mux'", "did you mean 'mu-'?"],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[beams]\npdf = \"NNPDF23_lo\"\n",
        &[
            "'NNPDF23_lo' not found",
            "NNPDF23_lo_as_0130_qed",
            "LHAPDF_DATA_PATH",
        ],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[beams]\nmember = 7\n",
        &["members 0 to 0, not 7"],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[cuts]\nrequire = [\"ptt(e+) > 3\"]\n",
        &["unknown observable 'ptt'", "did you mean 'pt'?"],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[model]\nset = { MW = 80.0 }\n",
        &["'MW' is derived", "aEWM1, Gf, MZ", "scheme = \"MW\""],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[model]\nname = \"sn\"\n",
        &["'sn'", "sm"],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[model]\nscheme = \"Gmu\"\n",
        &["no scheme 'Gmu'", "alpha (aEWM1, Gf, MZ), MW (Gf, MW, MZ)"],
    );
}

#[test]
fn processes_and_cuts_that_leave_nothing() {
    refused(
        "[process]\ngenerate = \"u u > e+ e-\"\n",
        &["no diagram", "charge is not conserved"],
    );
    refused(
        "[process]\ngenerate = \"u u~ > d d~ QCD=0 QED=0\"\n",
        &["no diagram"],
    );
    refused(
        "[process]\ngenerate = \"e+ e- > t t~\"\n[beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [100.0, 100.0]\n",
        &["energy 200 GeV", "threshold 346 GeV"],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[cuts]\nrequire = [\"m(e+, e-) > 150\", \"m(e+, e-) < 50\"]\n",
        &[
            "'m(e+, e-) > 150'",
            "'m(e+, e-) < 50'",
            "exclude each other",
        ],
    );
    refused(
        "[process]\ngenerate = \"e+ e- > mu+ mu-\"\n",
        &["'e+' of beam 1"],
    );
}

#[test]
fn momenta_that_are_not_physical() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |momenta: &str, phrase: &str| {
        fs::write(folder.path().join("m.json"), momenta).expect("a file");
        let out = omnis(
            &["evaluate", "e+ e- > mu+ mu-", "--momenta", "m.json"],
            folder.path(),
        );
        let message = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{message}");
        assert!(message.contains(phrase), "{message}");
    };
    check(
        "[[[500,0,0,500],[500,0,0,-500],[500,0,500,0],[500,0,-499,0]]]",
        "off its mass shell",
    );
    check(
        "[[[500,0,0,500],[500,0,0,-500],[500,0,500,0],[499,0,-499,0]]]",
        "is not conserved",
    );
    check(
        "[[[500,0,0,500],[500,0,0,-500]]]",
        "found 2 momenta, expected 4",
    );
    check("[[[500,0,0,500]", "JSON");
}

#[test]
fn places_that_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("c.toml"),
        "[process]\ngenerate = \"e+ e- > mu+ mu-\"\n[beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [500.0, 500.0]\n",
    )
    .expect("a card");
    let out = omnis(
        &["generate", "c.toml", "-o", "missing/x.lhe"],
        folder.path(),
    );
    let message = String::from_utf8_lossy(&out.stderr);
    assert!(
        !out.status.success() && message.contains("missing/x.lhe"),
        "{message}"
    );
    let out = omnis(&["generate", "missing.toml"], folder.path());
    let message = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2));
    assert!(message.contains("missing.toml"), "{message}");
}

/// The same bytes with any number of threads, others with another seed.
#[test]
fn event_files_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let card = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes/pp_tt.toml");
    let card = card.to_str().expect("a path of ordinary letters");
    let make = |name: &str, threads: &str, seed: &str| {
        let out = omnis(
            &[
                "generate",
                card,
                "-n",
                "300",
                "--threads",
                threads,
                "--seed",
                seed,
                "-o",
                name,
            ],
            folder.path(),
        );
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        fs::read(folder.path().join(name)).expect("an event file")
    };
    let one = make("a.lhe.gz", "1", "5");
    assert!(
        one == make("b.lhe.gz", "2", "5"),
        "two threads gave other events"
    );
    assert!(
        one == make("c.lhe.gz", "3", "5"),
        "three threads gave other events"
    );
    assert!(
        one != make("d.lhe.gz", "2", "6"),
        "another seed gave the same events"
    );
}

#[test]
fn devices_that_cannot_be_used_end_the_run_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[process]\ngenerate = \"e+ e- > mu+ mu-\"\n[beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [50.0, 50.0]\n[run]\n";
    let card = |name: &str, more: &str| {
        fs::write(folder.path().join(name), format!("{text}{more}")).expect("a card");
    };
    card("c.toml", "");
    for device in ["cuda", "wgpu", "wgpu-software"] {
        let choice: DeviceChoice = device.parse().expect("a name");
        // A machine that has the device has nothing to refuse.
        let Err(reason) = choice.find() else { continue };
        card("d.toml", &format!("device = \"{device}\"\n"));
        for (command, card, flags) in [
            ("integrate", "c.toml", vec!["--device", device]),
            (
                "generate",
                "c.toml",
                vec!["--device", device, "-o", "x.lhe"],
            ),
            ("generate", "d.toml", vec!["-o", "x.lhe"]),
            ("pack", "d.toml", vec!["-o", "x.omnis"]),
        ] {
            let out = omnis(&[&[command, card][..], &flags].concat(), folder.path());
            let message = String::from_utf8_lossy(&out.stderr);
            assert_eq!(out.status.code(), Some(2), "{message}");
            assert_eq!(message, format!("error: {reason}\n"));
        }
        // What the card asks for can be refused on the command line.
        let cpu = ["integrate", "d.toml", "--device", "cpu"];
        assert!(omnis(&cpu, folder.path()).status.success());
        fs::remove_file(folder.path().join("d.toml")).expect("the card");
    }
    let auto = ["integrate", "c.toml", "--device", "auto"];
    assert!(omnis(&auto, folder.path()).status.success());
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 1, "something was left behind");
}
