//! Event files of other programs, and broken ones, as a user meets them:
//! habits are noted, what a shower would stumble over is an error, and nothing
//! is lost on the way through a conversion. Origin of the files:
//! `golden/README.md`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use omnis::event::{Event, LheReader, RunInfo, read_lhe};
use omnis::jobs::{Verdict, Verification, convert, merge, verify};

use crate::common::{fails, json, omnis};

const FILES: [&str; 8] = [
    "madgraph-2.0.0-wbj",
    "powheg-box-v2-Z",
    "powheg-box-v2-directphoton",
    "powheg-box-v2-hvq",
    "pr180",
    "pythia-6.413-ttbar",
    "sherpa-3.0.1-eejjj",
    "whizard-3.1.4-eeWW",
];

fn path(name: &str) -> PathBuf {
    crate::golden(&format!("others/{name}.lhe"))
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

fn words(found: &Verification, verdict: Verdict) -> Vec<String> {
    let checks = found.checks.iter().filter(|c| c.verdict == verdict);
    checks.map(|c| format!("{}: {}", c.name, c.what)).collect()
}

/// What is said about a changed copy of a file.
fn verified(text: &str) -> Verification {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.lhe");
    fs::write(&path, text).unwrap();
    verify(&path, None).unwrap()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_of_other_programs_are_not_called_wrong() {
    for name in FILES {
        let found = verify(&path(name), None).unwrap();
        let wrong = words(&found, Verdict::Wrong);
        if name.starts_with("sherpa") {
            // Quarks without colours: no shower can start from them.
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].contains("(pdg 4) cannot have the colours (0, 0)"));
        } else {
            assert_eq!(wrong, [""; 0], "{name}");
        }
    }
    let notes = |name| words(&verify(&path(name), None).unwrap(), Verdict::Note).join("\n");
    assert!(notes("pr180").contains("found 2, expected 10000 as the header says"));
    assert!(notes("powheg-box-v2-directphoton").contains("cross section: -1.0 ± 1.0 pb"));
    assert!(notes("powheg-box-v2-Z").contains("text after </LesHouchesEvents>, 1 line"));
    assert!(notes("sherpa-3.0.1-eejjj").contains("which is neither 1, nor the cross section"));
    assert!(notes("whizard-3.1.4-eeWW").contains("found 2, expected 10"));
}

#[test]
fn numbers_that_are_wrong_beyond_their_digits_are_found() {
    let good = text("powheg-box-v2-Z");
    for (from, to, what) in [
        // The tenth digit is a matter of rounding, the seventh is not.
        ("1.412545337E+02", "1.412545338E+02", None),
        (
            "1.412545337E+02",
            "1.412555337E+02",
            Some("off its mass shell"),
        ),
        (
            "-1.426204896E+01",
            "-1.426204896E+02",
            Some("does not conserve"),
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let found = verified(&good.replacen(from, to, 1));
        let wrong = words(&found, Verdict::Wrong).join("\n");
        match what {
            None => assert_eq!(wrong, ""),
            Some(what) => assert!(wrong.contains(what), "{to}: {wrong}"),
        }
    }
}

#[test]
fn numbers_of_omnis_itself_have_no_excuse() {
    let own = text("pr180").replace("name='MadGraph5_aMC@NLO'", "name='omnis'");
    let wrong = words(&verified(&own), Verdict::Wrong);
    assert_eq!(
        wrong,
        ["number of events: found 2, expected 10000 as the header says"]
    );
}

#[test]
fn the_generator_is_named_as_it_names_itself() {
    let folder = tempfile::tempdir().unwrap();
    for (name, generator) in [
        ("madgraph-2.0.0-wbj", "SomeGen1 1.2.3"),
        ("powheg-box-v2-Z", "POWHEG-BOX-V2"),
        ("pythia-6.413-ttbar", "PYTHIA 6.413"),
        ("sherpa-3.0.1-eejjj", "SHERPA 3.0.1"),
        ("whizard-3.1.4-eeWW", "WHIZARD 3.1.6"),
    ] {
        let out = omnis(
            folder.path(),
            &format!("inspect --json {}", path(name).display()),
        );
        assert_eq!(json(&out)["generator"], generator);
    }
}

#[test]
fn attributes_and_tags_survive_text_gzip_and_text() {
    let folder = tempfile::tempdir().unwrap();
    for name in FILES {
        let [packed, plain] = ["lhe.gz", "lhe"].map(|e| folder.path().join(format!("{name}.{e}")));
        convert(&path(name), &packed).unwrap();
        convert(&packed, &plain).unwrap();
        let (before, after) = (read_lhe(path(name)).unwrap(), read_lhe(&plain).unwrap());
        assert_eq!(before.0, after.0, "{name}");
        assert_eq!(before.1, after.1, "{name}");
        // All tags and attributes, whatever they are called, spaces aside.
        let written = fs::read_to_string(&plain).unwrap();
        for line in text(name).lines().map(str::trim) {
            let is_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '+');
            let kept = line.is_empty()
                || line.starts_with(is_number)
                || line.starts_with("</LesHouchesEvents>")
                || line.starts_with("#Random number generator exit")
                // The same number in other digits.
                || line.starts_with("<wgt ")
                || written.contains(line);
            assert!(kept, "{name}: {line}");
        }
    }
    let weights = |name| read_lhe(path(name)).unwrap().1[0].weights.clone();
    assert_eq!(weights("madgraph-2.0.0-wbj")[1], 45.746);
    assert_eq!(weights("powheg-box-v2-hvq").len(), 45);
    assert_eq!(weights("powheg-box-v2-hvq")[0], 0.11148e8);
}

#[test]
fn a_conversion_says_what_it_does_not_keep() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.lhe");
    let notes = convert(&path("powheg-box-v2-Z"), &output).unwrap().notes;
    assert_eq!(notes, ["not kept: text after </LesHouchesEvents>, 1 line"]);
    let output = folder.path().join("b.lhe");
    let notes = convert(&path("pr180"), &output).unwrap().notes;
    assert_eq!(
        notes,
        ["found 2 events, expected 10000 as the header says, which is kept"]
    );
}

/// `<rwgt>` that is not that of the header stays as it is.
#[test]
fn weights_that_the_header_does_not_declare_are_kept_as_text() {
    let changed = text("madgraph-2.0.0-wbj").replacen("<wgt id=\"1009\">", "<wgt id=\"9\">", 1);
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.lhe", "b.lhe"].map(|n| folder.path().join(n));
    fs::write(&a, &changed).unwrap();
    convert(&a, &b).unwrap();
    let (_, events) = read_lhe(&b).unwrap();
    assert_eq!(events[0].weights, [0.0; 0]);
    assert!(events[0].rest.contains("<wgt id=\"9\"> 0.52581E+02 </wgt>"));
    assert_eq!(events[1].weights.len(), 9);
    let found = verify(&b, None).unwrap();
    let notes = words(&found, Verdict::Note).join("\n");
    assert!(
        notes.contains("1 of 5 events do not list the 9 weights"),
        "{notes}"
    );
}

/// A file that begins again after its end.
fn doubled(name: &str) -> String {
    let one = text(name);
    format!("{one}{one}")
}

#[test]
fn files_behind_one_another_are_read_on() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, packed, one] = ["a.lhe", "a.lhe.gz", "one.lhe"].map(|n| folder.path().join(n));
    let (_, expected): (RunInfo, Vec<Event>) = read_lhe(path("whizard-3.1.4-eeWW")).unwrap();
    let twice = [expected.clone(), expected].concat();
    let half = text("whizard-3.1.4-eeWW");
    fs::write(&plain, format!("{}{half}", half.trim_end())).unwrap();
    fs::write(&packed, [gzip(&half), gzip(&half)].concat()).unwrap();
    for file in [&plain, &packed] {
        let mut reader = LheReader::open(file).unwrap();
        let mut events = Vec::new();
        while let Some(event) = reader.next_event().unwrap() {
            events.push(event);
        }
        assert_eq!(events, twice);
        assert_eq!(reader.further().len(), 1);
        let converted = convert(file, &one).unwrap();
        assert_eq!(converted.n_events, 4);
        assert_eq!(read_lhe(&one).unwrap().1, twice);
        let found = verify(file, None).unwrap();
        let notes = words(&found, Verdict::Note).join("\n");
        assert!(notes.contains("2 files with the same <init>"), "{notes}");
        assert!(notes.contains("found 4, expected 20"), "{notes}");
    }
    // The head of the one file counts the events of both.
    fs::write(&plain, doubled("pr180")).unwrap();
    fs::remove_file(&one).unwrap();
    convert(&plain, &one).unwrap();
    let written = fs::read_to_string(&one).unwrap();
    assert!(written.contains("#  Number of Events        :       20000\n"));
}

#[test]
fn what_is_lost_is_told_of_files_behind_one_another_too() {
    let folder = tempfile::tempdir().unwrap();
    let (two, one) = (folder.path().join("two.lhe"), folder.path().join("one.lhe"));
    let text = doubled("pr180").replace("</event>\n", "</event>\n<!-- between -->\n");
    fs::write(&two, text).unwrap();
    let notes = convert(&two, &one).unwrap().notes;
    let has = |part: &str| notes.iter().any(|n| n.contains(part));
    assert!(has("2 files behind one another are one now"), "{notes:?}");
    assert!(has("not kept: comments between events"), "{notes:?}");
}

#[test]
fn a_second_file_with_another_init_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let other = doubled("whizard-3.1.4-eeWW");
    let at = other.rfind("7.1988749153E+00  2.5").unwrap();
    let other = format!("{}8{}", &other[..at], &other[at + 1..]);
    fs::write(folder.path().join("a.lhe"), other).unwrap();
    for command in [
        "verify a.lhe",
        "convert a.lhe -o b.lhe",
        "merge a.lhe -o b.lhe",
    ] {
        let message = fails(folder.path(), command, 2);
        assert!(
            message.contains("a second file begins at line 27"),
            "{message}"
        );
        assert!(
            message.contains("found processes 1: 8.1988749153"),
            "{message}"
        );
        assert!(!folder.path().join("b.lhe").exists());
    }
}

#[test]
fn tags_that_begin_like_an_event_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let head =
        "<LesHouchesEvents version=\"3.0\">\n<init>\n11 -11 5 5 0 0 0 0 3 1\n1 1 1 1\n</init>\n";
    for (tag, numbers) in [
        ("<events>", "-1 1 1 1 1 1"),
        ("<events>", "2147483647 1 1 1 1 1"),
        ("<event.x a='1'>", "1000000000 1 1 1 1 1"),
    ] {
        fs::write(
            folder.path().join("a.lhe"),
            format!("{head}{tag}\n{numbers}\n"),
        )
        .unwrap();
        for command in [
            "verify a.lhe",
            "convert a.lhe -o b.lhe",
            "merge a.lhe -o b.lhe",
        ] {
            let message = fails(folder.path(), command, 2);
            let expected =
                format!("line 6: found '{tag}', expected <event> or </LesHouchesEvents>");
            assert!(message.contains(&expected), "{message}");
        }
    }
    // A count is no reason to ask for memory, and is not believed.
    for n in ["-1", "1000000000", "2147483647"] {
        let text = format!("{head}<event>\n{n} 1 1 1 1 1\n</event>\n");
        fs::write(folder.path().join("a.lhe"), text).unwrap();
        let message = fails(folder.path(), "verify a.lhe", 2);
        assert!(
            message.contains(&format!("line 7: found NUP = {n}, expected")),
            "{message}"
        );
    }
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("nothing.lhe.gz", b"");
    write("packed.lhe.gz", &gzip(""));
    write("nothing.lhe", b"");
    for name in ["nothing.lhe.gz", "packed.lhe.gz", "nothing.lhe"] {
        for command in ["inspect", "verify"] {
            let message = fails(folder.path(), &format!("{command} {name}"), 2);
            assert!(
                message.contains("the file is empty"),
                "{command} {name}: {message}"
            );
        }
    }
}

#[test]
fn text_on_both_sides_of_the_weights_is_the_same_after_a_conversion() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.lhe", "b.lhe"].map(|name| folder.path().join(name));
    let end = "</initrwgt>\n";
    let given = text("powheg-box-v2-directphoton");
    let given = given.replace(end, &format!("{end}<!-- behind -->\n"));
    fs::write(&a, given).unwrap();
    convert(&a, &b).unwrap();
    let [a, b] = [a, b].map(|path| read_lhe(path).unwrap().0);
    let last = a.header.last().expect("a comment");
    assert!(last.text.ends_with("\n<!-- behind -->"), "{}", last.text);
    assert_eq!(a, b);
}

#[test]
fn names_of_other_formats_are_refused_with_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let input = path("pythia-6.413-ttbar");
    let card = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes/ee_mumu.toml");
    for name in ["ev.hepmc", "ev.root", "ev.csv", "ev.hepmc.gz"] {
        for (command, input) in [("convert", &input), ("merge", &input), ("generate", &card)] {
            let line = format!("{command} {} -o {name}", input.display());
            let message = fails(folder.path(), &line, 2);
            let ending = name.trim_start_matches("ev");
            assert!(
                message.contains(&format!("'{ending}' is no format of events"))
                    && message.contains(".lhe or .lhe.gz"),
                "{message}"
            );
        }
    }
    if !cfg!(feature = "hdf5") {
        let line = format!("convert {} -o ev.h5", input.display());
        let message = fails(folder.path(), &line, 2);
        assert!(
            message.contains("built without HDF5") && !message.contains("found"),
            "{message}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_of_other_programs_merge_as_far_as_they_fit() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let parts = |name: &str| -> [String; 2] {
        let text = text(name);
        let events: Vec<&str> = text.split_inclusive("</event>\n").collect();
        let head = events[0].split("<event>").next().unwrap();
        let end = "</LesHouchesEvents>\n";
        [
            format!("{}{end}", events[0]),
            format!("{head}{}{end}", events[1]),
        ]
    };
    let [a, b] = parts("pythia-6.413-ttbar");
    fs::write(at("a.lhe"), &a).unwrap();
    // Another run of the same settings: another estimate.
    fs::write(at("b.lhe"), b.replace("5.220106E+00", "5.420106E+00")).unwrap();
    let merged = merge(&[at("a.lhe"), at("b.lhe")], &at("c.lhe")).unwrap();
    assert_eq!(merged.n_events, 2);
    assert!((merged.xsec_pb - (5.320106 + 0.2602564)).abs() < 1e-9);
    assert!(merged.notes[0].contains("that they are independent is up to you"));
    let (_, expected) = read_lhe(path("pythia-6.413-ttbar")).unwrap();
    assert_eq!(read_lhe(at("c.lhe")).unwrap().1, expected);

    let refused = |inputs: &[&Path]| {
        let inputs: Vec<PathBuf> = inputs.iter().map(|p| p.to_path_buf()).collect();
        merge(&inputs, &at("d.lhe")).unwrap_err().to_string()
    };
    fs::write(at("copy.lhe"), &a).unwrap();
    assert!(refused(&[&at("a.lhe"), &at("copy.lhe")]).contains("its first event is that of"));
    assert!(refused(&[&at("a.lhe"), &path("pr180")]).contains("found beams"));
    let sums = text("pr180").replace("1 +2.8947316e-19", "1 +1.4473658e-19");
    fs::write(at("sums.lhe"), sums).unwrap();
    assert!(refused(&[&at("sums.lhe")]).contains("event_norm = average"));
    assert!(!at("d.lhe").exists());
}
