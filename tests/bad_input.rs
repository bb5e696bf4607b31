//! What a user gets told for input that cannot work: message and exit code.

#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/parameters.rs"]
mod parameters;
#[path = "bad_input/words.rs"]
mod words;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use omnis::compute::DeviceChoice;

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
    // Whatever is wrong with a card is said with its file.
    assert!(message.starts_with("error: c.toml"), "{message}");
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
        "[process]\ngenerate = \"p p > e+ e-\"\n[run]\naccuracy = nan\n",
        &["accuracy"],
    );
}

#[test]
fn names_that_do_not_exist() {
    refused(
        "[process]\ngenerate = \"e+ e- > mux mu-\"\n",
        &[
            "c.toml, line 2: process 'e+ e- > mux mu-', column 9: unknown particle 'mux'",
            "did you mean 'mu-'?",
        ],
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
        &[
            "c.toml, line 4: cut 'ptt(e+) > 3', column 1: unknown observable 'ptt'",
            "did you mean 'pt'?",
        ],
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
fn every_command_that_reads_a_card_names_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(
        at.join("c.toml"),
        "[process]\ngenerate = [\n\"p p > t t~\",\n\"p p > t bb\"]\n",
    )
    .expect("a card");
    for command in [
        "process c.toml",
        "integrate c.toml",
        "generate c.toml",
        "gridpack c.toml -o x.omnis",
        "verify c.toml",
        "inspect c.toml",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let out = omnis(&arguments, at);
        let message = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        let phrase = "c.toml, line 4: process 'p p > t bb', column 9: unknown particle 'bb'";
        assert!(message.contains(phrase), "{command}: {message}");
    }
    // Cards of MadGraph have a file for the process and one for the beams.
    fs::write(at.join("proc_card.dat"), "generate p p > t t~\n").expect("a card");
    fs::write(at.join("run_card.dat"), "50 = ebeam1\n50 = ebeam2\n").expect("a card");
    let out = omnis(&["integrate", "proc_card.dat"], at);
    let message = String::from_utf8_lossy(&out.stderr).into_owned();
    let phrase = "error: run_card.dat: 'g g > t t~': the energy 100 GeV is below the threshold";
    assert!(message.contains(phrase), "{message}");
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
        &[
            "error: c.toml, line 5: 'e+ e- > t t~': the energy 200 GeV",
            "threshold 346 GeV",
            "beams.energies has the energy of each beam in GeV",
        ],
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
fn cross_sections_that_are_infinite() {
    refused(
        "process.generate = [\"p p > e+ e-\"]\n",
        &[
            "error: c.toml: the cross section is infinite: no cut keeps away from a singularity",
            "u u~ > e+ e- and 3 more: m(e+, e-) can go to 0, the pole of the massless 'a'; \
             require \"m(e+, e-) > 50\"",
        ],
    );
    refused(
        "process.generate = [\"p p > z > mu+ mu-\"]\nmodel.set = { WZ = 0.0 }\n\
         cuts.require = [\"m(mu+, mu-) > 40\"]\n",
        &[
            "'z' of 91.188 GeV has no width, and m(mu+, mu-) goes from 40 to 13000 GeV, over its \
             pole; give it a width (model.set = { WZ = ... }) or cut so that m(mu+, mu-) stays on \
             one side of it",
        ],
    );
}

/// Every command that a card is given to says the same.
#[test]
fn infinite_cross_sections_are_refused_by_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let card = "process.generate = [\"p p > a a\"]\n";
    fs::write(folder.path().join("c.toml"), card).expect("a card");
    let mut said = Vec::new();
    for command in [
        "verify c.toml",
        "inspect c.toml",
        "generate c.toml",
        "integrate c.toml",
        "pack c.toml -o p.omnis",
    ] {
        let arguments: Vec<&str> = command.split(' ').chain(["--json"]).collect();
        let out = omnis(&arguments, folder.path());
        assert_eq!(out.status.code(), Some(2), "{command}");
        let text = String::from_utf8_lossy(&out.stdout);
        let found: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{command}: {e}: {text}"));
        assert_eq!(found["error"]["kind"], "divergent", "{command}");
        assert_eq!(found["error"]["exit_code"], 2, "{command}");
        assert_eq!(found["error"]["cuts"][0], "pt(a) > 20", "{command}");
        said.push(found);
    }
    assert!(said.iter().all(|s| *s == said[0]), "{said:?}");
    let files = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "something was left behind");
}

#[test]
fn a_permitted_singularity_is_cut_off_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let card = "process.generate = [\"e+ e- > e+ e-\"]\n\
                beams = { particles = [\"e+\", \"e-\"], energies = [50.0, 50.0] }\n\
                scales = { mu_r = 91.188, mu_f = 91.188 }\n\
                cuts.allow_singular = true\n\
                run = { sampler = \"vegas\", accuracy = 0.05 }\n";
    fs::write(folder.path().join("c.toml"), card).expect("a card");
    let told = "technical cut-off pt(e+) > 0.0001 GeV";
    let out = omnis(&["verify", "c.toml"], folder.path());
    assert!(out.status.success());
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(text.contains(told), "{text}");
    let out = omnis(&["integrate", "c.toml", "--json"], folder.path());
    let text = String::from_utf8_lossy(&out.stdout);
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let warnings = found["warnings"].as_array().expect("a list");
    let names_it = |w: &serde_json::Value| w.as_str().is_some_and(|w| w.contains(told));
    assert!(warnings.iter().any(names_it), "{text}");
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

/// A card of `e+ e- > mu+ mu-` with more lines.
fn muons(more: &str) -> String {
    format!(
        "[process]\ngenerate = \"e+ e- > mu+ mu-\"\n[beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [50.0, 50.0]\n{more}"
    )
}

/// Runs a command that is refused; returns the message.
fn message_of(folder: &Path, arguments: &[&str]) -> String {
    let out = omnis(arguments, folder);
    let message = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{arguments:?}: {message}");
    message
}

#[test]
fn names_without_a_charge_come_with_the_charged_ones_and_their_groups() {
    let cut = |text: &str| {
        format!("[process]\ngenerate = \"p p > e+ e-\"\n[cuts]\nrequire = [\"{text}\"]\n")
    };
    refused(
        &cut("pt(e) > 10"),
        &[
            "column 4",
            "'e'; did you mean 'e+' or 'e-', or 'l', which holds both?",
        ],
    );
    refused(&cut("pt(jj) > 10"), &["'jj'; did you mean 'j'?"]);
}

#[test]
fn lines_in_the_syntax_of_others_are_answered() {
    let line = |text: &str| format!("[process]\ngenerate = \"{text}\"\n");
    for arrow in ["->", "=>", "-->"] {
        refused(
            &line(&format!("p p {arrow} e+ e-")),
            &["column 5", "stands '>' alone, as in 'p p > e+ e-'"],
        );
    }
    refused(
        &line("p p > t t~, t > b w+, w+ > e+ ve"),
        &[
            "there is no 'w+'",
            "stand in brackets with what they come from",
        ],
    );
    let folder = tempfile::tempdir().expect("a folder");
    let out = omnis(
        &["process", "p p > t t~ --no_warning=duplicate QED=0"],
        folder.path(),
    );
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}");
    assert!(
        text.contains("'--no_warning=duplicate' means nothing here and is ignored"),
        "{text}"
    );
}

#[test]
fn restrictions_may_be_joined() {
    let folder = tempfile::tempdir().expect("a folder");
    let listing = |arguments: &[&str]| {
        let out = omnis(
            &[&["process", "u u~ > b b~"], arguments].concat(),
            folder.path(),
        );
        let message = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{message}");
        out.stdout
    };
    let joined = listing(&["--restrict", "ckm_no_b_mass"]);
    assert_eq!(joined, listing(&["--restrict", "ckm,no_b_mass"]));
    assert_eq!(joined, listing(&["--model", "sm-ckm_no_b_mass"]));
    let bad = ["process", "u u~ > b b~", "--restrict", "ckm_no_bmass"];
    let message = message_of(folder.path(), &bad);
    assert!(message.contains("did you mean 'no_b_mass'?"), "{message}");
    assert!(message.contains("joined by '_'"), "{message}");
}

#[test]
fn files_that_are_no_process_cards_are_recognised() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let write = |name: &str, text: &[u8]| fs::write(at.join(name), text).expect("a file");
    write("c.toml", muons("").as_bytes());
    let made = omnis(&["pack", "c.toml", "-n", "100", "-o", "x.omnis"], at);
    assert!(made.status.success());
    write(
        "proc.dat",
        b"#*\nimport model sm\ngenerate p p > e+ e-\noutput X\n",
    );
    write(
        "run.dat",
        b"#*\n  tag_1 = run_tag ! name\n  10000 = nevents ! number\n",
    );
    write("param.dat", b"Block mass\n 6 173.0 # MT\n");
    write("e.lhe", b"<LesHouchesEvents version=\"3.0\">\n");
    write("binary", b"\xff\xfe\x00");
    for (name, found, instead) in [
        (
            "x.omnis",
            "found a gridpack",
            "'omnis generate' makes events of it",
        ),
        (
            "run.dat",
            "a run_card of MadGraph",
            "beams and energies in [beams]",
        ),
        ("param.dat", "a parameter card", "[model] param_card"),
        ("e.lhe", "an event file", "'omnis inspect' shows it"),
        ("binary", "a file that is no text", "UTF-8"),
    ] {
        let message = message_of(at, &["integrate", name]);
        for part in [name, "is no process card", found, instead] {
            assert!(message.contains(part), "{name}: {message}");
        }
    }
    // Cards of MadGraph are read; checks of files are for those of omnis.
    let message = message_of(at, &["verify", "proc.dat"]);
    for part in [
        "a proc_card of MadGraph",
        "'omnis convert' makes a process card",
    ] {
        assert!(message.contains(part), "{message}");
    }
    for flag in [
        ["--sampler", "vegas"],
        ["--training", "2"],
        ["--device", "cpu"],
    ] {
        let message = message_of(
            at,
            &[&["generate", "x.omnis", "-o", "y.lhe"], &flag[..]].concat(),
        );
        assert!(message.contains(flag[0]), "{message}");
        assert!(message.contains("is adapted already"), "{message}");
    }
    assert!(!at.join("y.lhe").exists());
}

#[test]
fn numbers_have_bounds_that_are_named() {
    refused(
        &muons("").replace("50.0, 50.0", "1e308, 1e308"),
        &[
            "line 5",
            "beams.energies: must lie between 1e-9 and 1e9 GeV",
            "1e308",
        ],
    );
    refused(
        &muons("[run]\nthreads = 100000\n"),
        &["at most 1024, but is 100000"],
    );
    refused(&muons("[run]\nevents = 1e16\n"), &["run.events"]);
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("c.toml"), muons("")).expect("a card");
    for (arguments, part) in [
        (&["-n", "1e18"][..], "too large: at most 1e15"),
        (&["-n", "1e19"], "too large: at most 1e15"),
        (
            &["-n", "ten"],
            "not a whole number, as in 10000, 1e4 or 10k",
        ),
        (&["--range", "1e15..2e15"], "too large: at most 1e15"),
        (
            &["--checkpoint-every", "1e300"],
            "too long: at most 3.2e9 seconds",
        ),
        (&["--threads", "100000"], "too large: at most 1024"),
        (&["--seed", "-3"], "--seed"),
    ] {
        let message = message_of(
            at,
            &[&["generate", "c.toml", "-o", "x.lhe"], arguments].concat(),
        );
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    let submit = [
        "submit", "x.omnis", "-n", "1e9", "--jobs", "1e9", "-o", "y.lhe",
    ];
    let message = message_of(at, &submit);
    assert!(message.contains("too large: at most 50000"), "{message}");
    let run = [
        "generate", "c.toml", "-n", "1k", "--seed", "1e3", "-o", "x.lhe",
    ];
    let out = omnis(&run, at);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let head = fs::read_to_string(at.join("x.lhe")).expect("an event file");
    assert_eq!(head.matches("<event>").count(), 1000);
    assert!(
        head.contains("seed 1000 events 0..1000"),
        "the seed is not in the header"
    );
}

#[test]
fn an_energy_at_the_threshold_is_said_to_be_there() {
    let card = "[process]\ngenerate = \"e+ e- > t t~\"\n[beams]\nparticles = [\"e+\", \"e-\"]\n";
    refused(
        &format!("{card}energies = [173.0, 173.0]\n"),
        &[
            "the energy 346 GeV is exactly the threshold 346 GeV",
            "no phase space is left",
        ],
    );
    refused(
        &format!("{card}energies = [173.0, 172.999]\n"),
        &["is below the threshold 346 GeV"],
    );
}

#[test]
fn messages_are_short_and_cannot_steer_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let long = format!(
        "[process]\ngenerate = \"p p > {}\"\n",
        "e".repeat(1_000_000)
    );
    fs::write(at.join("long.toml"), long).expect("a card");
    let message = message_of(at, &["integrate", "long.toml"]);
    assert!(message.len() < 3000, "{} bytes", message.len());
    assert!(message.contains("unknown particle 'eee"), "{message}");
    let escapes = "[process]\ngenerate = \"p p > e+ \\u001b[31me-\"\n";
    fs::write(at.join("escapes.toml"), escapes).expect("a card");
    for arguments in [
        &["integrate", "escapes.toml"][..],
        &["process", "p p > \u{1b}[2Je+ e-"],
        &["integrate", "\u{1b}]0;title\u{7}.toml"],
    ] {
        let message = message_of(at, arguments);
        let is_harmless = |c: char| c == '\n' || !c.is_control();
        assert!(message.chars().all(is_harmless), "{message:?}");
        assert!(message.contains("u{1b}"), "{message}");
    }
    // Of flags and their values such characters are left out.
    for arguments in [
        &["integrate", "c.toml", "--\u{1b}[2J"][..],
        &["generate", "c.toml", "-n", "\u{1b}[2J"],
    ] {
        let message = message_of(at, arguments);
        assert!(!message.contains('\u{1b}'), "{message:?}");
    }
}

#[test]
fn labels_of_labels_are_expanded_once_and_what_is_too_much_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let mut arguments = vec!["process".to_owned(), "e+ x0 > mu+ mu-".to_owned()];
    for k in 0..60 {
        let inner = if k == 59 {
            "e- e-".to_owned()
        } else {
            format!("x{0} x{0}", k + 1)
        };
        arguments.extend(["--define".to_owned(), format!("x{k}={inner}")]);
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert!(omnis(&words, at).status.success());
    let deep: String = (0..3000)
        .map(|k| format!("x{k} = [\"x{}\"]\n", k + 1))
        .collect();
    fs::write(
        at.join("c.toml"),
        format!(
            "[process]\ngenerate = \"e+ x0 > mu+ mu-\"\n[process.define]\n{deep}x3000 = [\"e-\"]\n"
        ),
    )
    .expect("a card");
    let message = message_of(at, &["integrate", "c.toml"]);
    assert!(
        message.contains("leads through more than 100 labels"),
        "{message}"
    );
    let all = "x=u d c s b u~ d~ c~ s~ b~ g a z w+ w- h t t~ e+ e- mu+ mu- ta+ ta-";
    let much = ["process", "p p > x x x x x x x x x x x x", "--define", all];
    let message = message_of(at, &much);
    assert!(
        message.contains("stand for 834451800 final states, at most 1000000 can be looked at"),
        "{message}"
    );
}

#[test]
fn matrix_elements_that_do_not_fit_into_memory_are_refused_with_an_estimate() {
    let folder = tempfile::tempdir().expect("a folder");
    let gluons = format!("g g > {}", ["g"; 10].join(" "));
    let message = message_of(folder.path(), &["process", &gluons]);
    assert!(message.contains("need about "), "{message}");
    assert!(message.contains(" GB are available"), "{message}");
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
