//! Les Houches Event Files: what is written is read back, bytes are the same
//! every time, and no half file ever appears under its name.

#[path = "common/program.rs"]
mod common;
#[path = "formats/others.rs"]
mod others;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use omnis::event::{
    Event, EventError, EventScales, Generator, HeaderBlock, LheEncoder, LheReader, LheWriter,
    Particle, ProcessInfo, RunInfo, Tolerance, WeightInfo, check_event, read_lhe,
};

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file)
}

fn block(name: &str, text: &str) -> HeaderBlock {
    HeaderBlock {
        name: name.to_owned(),
        text: text.to_owned(),
        ..HeaderBlock::default()
    }
}

fn run() -> RunInfo {
    RunInfo {
        beam_pdg: [2212, 2212],
        beam_energy: [6500.0, 6500.0],
        pdf_group: [0, 0],
        pdf_set: [247_000, 247_000],
        weight_strategy: 3,
        processes: vec![
            ProcessInfo {
                id: 1,
                xsec_pb: 1.0 / 3.0,
                xsec_err_pb: 1e-7 / 3.0,
                max_weight: 1.0,
            },
            ProcessInfo {
                id: 7,
                xsec_pb: 1e-12,
                xsec_err_pb: 0.0,
                max_weight: 2.5e20,
            },
        ],
        generator: Some(Generator {
            name: "omnis".to_owned(),
            version: "0.1.0".to_owned(),
            text: "a < b & c".to_owned(),
        }),
        weights: vec![
            WeightInfo {
                id: "mur=0.5".to_owned(),
                text: "mu_r < 1 & more".to_owned(),
            },
            WeightInfo {
                id: "it's \"2\"".to_owned(),
                text: String::new(),
            },
        ],
        header: vec![
            block(
                "omnis-card",
                "process = \"p p > t t~\" # <init> ]]> & |y| < 2.5\n</header>\n\n<event>\n",
            ),
            block("slha", "Block MASS\n  6 1.730000e+02 # t"),
            block("empty", ""),
        ],
        ..RunInfo::default()
    }
}

fn events() -> Vec<Event> {
    (0..20)
        .map(|k| {
            let angle = 0.1 + f64::from(k) * 0.37;
            let (e, m) = (200.0 / 3.0 + f64::from(k), 4.7);
            let p = (e * e - m * m).sqrt();
            let (s, c) = angle.sin_cos();
            let gluon = |colours, pz: f64| Particle {
                pdg: 21,
                status: -1,
                colours,
                p: [pz.abs(), 0.0, 0.0, pz],
                spin: 1.0,
                ..Particle::default()
            };
            let quark = |pdg, colours, sign: f64| Particle {
                pdg,
                mothers: [1, 2],
                colours,
                p: [e, sign * p * s, -0.0, sign * p * c],
                mass: m,
                lifetime_mm: 1e-300 * f64::from(k),
                spin: -sign,
                ..Particle::default()
            };
            Event {
                process_id: if k % 2 == 0 { 1 } else { 7 },
                weight: 1e-17 * f64::from(k + 1) / 3.0,
                scales: EventScales {
                    start: 91.188,
                    mu_f: if k % 3 == 0 {
                        [91.188; 2]
                    } else {
                        [1e3 / 7.0; 2]
                    },
                    mu_r: if k % 2 == 0 { 91.188 } else { 1e-3 / 3.0 },
                },
                alpha_em: 1.0 / 132.507,
                alpha_s: 0.1 + 1e-9 * f64::from(k),
                particles: vec![
                    gluon([501, 502], e),
                    gluon([503, 501], -e),
                    quark(5, [503, 0], 1.0),
                    quark(-5, [0, 502], -1.0),
                ],
                weights: vec![0.5 * f64::from(k), -1e-30],
                ..Event::default()
            }
        })
        .collect()
}

fn write(path: &Path, run: &RunInfo, events: &[Event]) -> u64 {
    let mut writer = LheWriter::create(path, run).unwrap();
    for event in events {
        writer.write(event).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn what_is_written_is_read_back_to_the_last_bit() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.lhe", "a.lhe.gz"] {
        let path = directory.path().join(name);
        assert_eq!(write(&path, &run(), &events()), 20);
        let (run_back, events_back) = read_lhe(&path).unwrap();
        assert_eq!(run_back, run());
        assert_eq!(events_back, events());
        for event in events_back {
            assert_eq!(check_event(&event, &Tolerance::default()), []);
        }
    }
    let plain = fs::read(directory.path().join("a.lhe")).unwrap();
    let packed = fs::read(directory.path().join("a.lhe.gz")).unwrap();
    assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() < plain.len() / 2);
}

#[test]
fn a_run_without_weights_header_or_generator_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.lhe");
    let mut bare = run();
    bare.weights.clear();
    bare.header.clear();
    bare.generator = None;
    let events: Vec<Event> = events()
        .into_iter()
        .map(|e| Event {
            weights: Vec::new(),
            ..e
        })
        .collect();
    write(&path, &bare, &events);
    assert_eq!(read_lhe(&path).unwrap(), (bare, events));
}

#[test]
fn the_text_of_a_file_is_literally_this() {
    let mut run = run();
    run.weights.truncate(1);
    run.processes.truncate(1);
    let mut event = events().remove(0);
    event.weights.truncate(1);
    event.particles.truncate(1);
    let mut encoder = LheEncoder::new(Vec::new(), false, &run, "x").unwrap();
    encoder.write(&event).unwrap();
    let text = String::from_utf8(encoder.finish().unwrap()).unwrap();
    assert_eq!(
        text,
        "<LesHouchesEvents version=\"3.0\">\n<header>\n<omnis-card>\n\
         process = \"p p > t t~\" # &lt;init> ]]&gt; &amp; |y| &lt; 2.5\n&lt;/header>\n\n&lt;event>\n\n\
         </omnis-card>\n<slha>\nBlock MASS\n  6 1.730000e+02 # t\n</slha>\n<empty>\n\n</empty>\n\
         <initrwgt>\n<weightgroup name='variations'>\n\
         <weight id='mur=0.5'>mu_r &lt; 1 &amp; more</weight>\n</weightgroup>\n</initrwgt>\n\
         </header>\n<init>\n2212 2212 6500 6500 0 0 247000 247000 3 1\n\
         0.3333333333333333 0.000000033333333333333334 1 1\n\
         <generator name='omnis' version='0.1.0'>a &lt; b &amp; c</generator>\n</init>\n\
         <event>\n1 1 3.3333333333333337e-18 91.188 0.0075467711139788835 0.1\n\
         21 -1 0 0 501 502 0.0 0.0 66.66666666666667 66.66666666666667 0.0 0.0 1.0\n\
         <rwgt>\n<wgt id='mur=0.5'> 0e0 </wgt>\n</rwgt>\n</event>\n</LesHouchesEvents>\n"
    );
}

#[test]
fn the_same_events_are_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.lhe", "a.lhe.gz"] {
        let path = directory.path().join(name);
        write(&path, &run(), &events());
        let first = fs::read(&path).unwrap();
        if name.ends_with(".gz") {
            assert_eq!(first[4..8], [0; 4], "no time in the gzip head");
        }
        write(&path, &run(), &events());
        assert_eq!(first, fs::read(&path).unwrap());
    }
}

#[test]
fn a_file_appears_when_it_is_complete_and_not_before() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.lhe");
    let names = || -> Vec<String> {
        fs::read_dir(directory.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let mut writer = LheWriter::create(&path, &run()).unwrap();
    writer.write(&events()[0]).unwrap();
    assert!(!path.exists());
    assert!(
        names()
            .iter()
            .all(|n| n.starts_with(".a.lhe.") && n.ends_with(".part"))
    );
    drop(writer);
    assert_eq!(names(), [""; 0], "an abandoned file is removed");

    fs::write(&path, "old").unwrap();
    let mut writer = LheWriter::create(&path, &run()).unwrap();
    writer.write(&events()[0]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    writer.finish().unwrap();
    assert_eq!(names(), ["a.lhe"]);
    assert_eq!(read_lhe(&path).unwrap().1.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let usual = directory.path().join("usual");
        File::create(&usual).unwrap();
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&usual), "readable like any new file");
    }
}

#[test]
fn a_bad_output_path_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().display();
    let message = |path: String| LheWriter::create(path, &run()).unwrap_err().to_string();
    assert_eq!(
        message(format!("{here}/missing/a.lhe")),
        format!(
            "cannot create '{here}/missing/a.lhe': No such file or directory (os error 2); there is no folder '{here}/missing'"
        )
    );
    assert_eq!(
        message(here.to_string()),
        format!("cannot create '{here}': found a directory, expected a regular file or none")
    );
    fs::write(directory.path().join("file"), "").unwrap();
    assert_eq!(
        message(format!("{here}/file/a.lhe")),
        format!(
            "cannot create '{here}/file/a.lhe': Not a directory (os error 20); '{here}/file' is a file and no folder"
        )
    );
}

#[test]
fn run_information_that_would_break_the_file_is_refused() {
    for (spoil, message) in [
        (
            (|r| r.header[0].name = "init".to_owned()) as fn(&mut RunInfo),
            "run information for 'x' is refused: 'init' cannot be a header block",
        ),
        (
            |r| r.header[0].name = "a b".to_owned(),
            "run information for 'x' is refused: 'a b' is no name for a header block",
        ),
        (
            |r| r.processes[0].xsec_pb = f64::NAN,
            "run information for 'x' is refused: a cross section, weight or energy is not finite",
        ),
        (
            |r| r.weights[1].id = r.weights[0].id.clone(),
            "run information for 'x' is refused: two weights have the id 'mur=0.5'",
        ),
    ] {
        let mut bad = run();
        spoil(&mut bad);
        let error = LheEncoder::new(Vec::new(), false, &bad, "x").unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn an_event_that_no_reader_understands_is_refused() {
    let mut encoder = LheEncoder::new(Vec::new(), false, &run(), "x").unwrap();
    let mut event = events().remove(0);
    event.particles[2].p[1] = f64::NAN;
    assert_eq!(
        encoder.write(&event).unwrap_err().to_string(),
        "event 1 of 'x' is refused: a number of particle 3 is not finite"
    );
    let mut event = events().remove(0);
    event.weights.pop();
    assert_eq!(
        encoder.write(&event).unwrap_err().to_string(),
        "event 1 of 'x' is refused: 1 alternative weights where the run declares 2"
    );
    encoder.write(&events()[0]).unwrap();
    assert_eq!(encoder.n_events(), 1, "a refused event leaves no trace");
}

/// A disk with room for `left` bytes.
struct SmallDisk {
    left: usize,
}

impl Write for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const NO_SPACE: i32 = 28;
        if self.left == 0 {
            return Err(io::Error::from_raw_os_error(NO_SPACE));
        }
        let n = bytes.len().min(self.left);
        self.left -= n;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_wherever_it_happens() {
    let events = events();
    let fill = |left: usize, gzip: bool| -> Result<(), EventError> {
        let disk = SmallDisk { left };
        let mut encoder = LheEncoder::new(disk, gzip, &run(), "out.lhe")?;
        for _ in 0..100 {
            for event in &events {
                encoder.write(event)?;
            }
        }
        encoder.finish().map(drop)
    };
    assert!(fill(10_000_000, false).is_ok());
    for (left, gzip) in [
        (0, false),
        (1000, false),
        (500_000, false),
        (0, true),
        (20_000, true),
    ] {
        let error = fill(left, gzip).unwrap_err();
        let EventError::Write { source, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        let text = error.to_string();
        assert!(text.starts_with("cannot write 'out.lhe' (after "), "{text}");
        assert!(
            text.ends_with("No space left on device (os error 28)"),
            "{text}"
        );
    }
}

#[test]
fn events_of_madevent_are_read_and_pass() {
    let (run, events) = read_lhe(golden("madgraph_pp_epemj.lhe")).unwrap();
    assert_eq!(run.beam_pdg, [2212, 2212]);
    assert_eq!(run.processes[0].xsec_pb, 212.5248);
    assert_eq!(run.generator.as_ref().unwrap().version, "3.5.7");
    assert!(
        run.header_text("MG5ProcCard")
            .unwrap()
            .contains("generate p p > e+ e- j")
    );
    assert_eq!(events.len(), 5);
    assert_eq!(events[0].particles[2].pdg, 23);
    for event in &events {
        assert_eq!(check_event(event, &Tolerance::default()), []);
    }
}

#[test]
fn broken_events_are_found_out() {
    for (file, message) in [
        (
            "bad_colour.lhe",
            "colour line 501 of the hard process has 0 colour and 1 anticolour",
        ),
        ("bad_mom.lhe", "the hard process does not conserve pz"),
    ] {
        let (_, events) = read_lhe(golden(file)).unwrap();
        assert_eq!(events.len(), 2);
        for event in &events {
            let found = check_event(event, &Tolerance::default());
            let text: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert!(text.iter().any(|t| t.contains(message)), "{text:?}");
        }
    }
}

const FOREIGN: &str = "<?xml version='1.0'?>\n<LesHouchesEvents  version='3.0' x='y'>\n\n\
<!-- one line -->\n<init>\n2212 2212 6.5D+03 6.5D+03 0 0 0 0 3 1\n1.0D+00 1d-2 1.0 1\n  </init>\n\
# note\n\n<eventgroup>\n  <event npLO='1'>\n 2 1 1.0D+00 91.2 -1.0 0.1\n\
 21 -1 0 0 501 502 0. 0. 1.D+01 10. 0. 0. 9.\n 21 -1 0 0 502 501 0. 0. -10. 10. 0. 0. 9.\n\
#comment\n  </event>\n</eventgroup>\n<!-- two\nlines -->\n</LesHouchesEvents>\n";

#[test]
fn spelling_of_other_programs_is_understood() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("foreign.lhe");
    fs::write(&path, FOREIGN).unwrap();
    let (run, events) = read_lhe(&path).unwrap();
    assert_eq!(run.beam_energy, [6500.0, 6500.0]);
    assert_eq!(
        (run.processes[0].xsec_pb, run.processes[0].xsec_err_pb),
        (1.0, 0.01)
    );
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].particles[0].p, [10.0, 0.0, 0.0, 10.0]);
}

#[test]
fn a_file_that_cannot_be_read_says_where_and_why() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.lhe");
    let name = path.display().to_string();
    let message = |text: &str| {
        fs::write(&path, text).unwrap();
        read_lhe(&path).unwrap_err().to_string().replace(&name, "x")
    };
    for (text, expected) in [
        (String::new(), "cannot read 'x', line 0: the file is empty"),
        (
            "hello\n".to_owned(),
            "cannot read 'x', line 1: this is no Les Houches Event File: it does not begin with \
             <LesHouchesEvents>",
        ),
        (
            FOREIGN.replace("</LesHouchesEvents>\n", ""),
            "cannot read 'x', event 2, line 20: the file ends without </LesHouchesEvents>; it is \
             not complete",
        ),
        (
            FOREIGN.replace("\n 2 1 1.0D", "\n -2 1 1.0D"),
            "cannot read 'x', event 1, line 13: found NUP = -2, expected a number from 0 to 100000",
        ),
        (
            FOREIGN.replace("0 3 1\n", "0 3 99999999999\n"),
            "cannot read 'x', line 6: found NPRUP = 99999999999, expected a number from 0 to 100000",
        ),
        (
            FOREIGN.replace("501 0. 0. -10.", "501 0. zero -10."),
            "cannot read 'x', event 1, line 15: particle 2 of 2: found 'zero', expected the number \
             PUP(2)",
        ),
    ] {
        assert_eq!(message(&text), expected);
    }
    let missing = LheReader::open(directory.path().join("none.lhe"));
    let text = missing.err().unwrap().to_string();
    assert!(
        text.ends_with("none.lhe': No such file or directory (os error 2)"),
        "{text}"
    );
}

#[test]
fn events_state_both_scales_of_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let card = "process.generate = 'u u~ > d d~'\nbeams.particles = ['p', 'p']\n\
                beams.energies = [6500, 6500]\ncuts.require = ['pt(j) > 20']\n\
                scales = { mu_r = 40, mu_f = 'SCALE' }\nrun.precision = 0.05\n";
    for (mu_f, lines) in [("40", 0), ("80", 20)] {
        fs::write(folder.path().join("a.toml"), card.replace("'SCALE'", mu_f)).unwrap();
        common::done(folder.path(), "generate a.toml -n 20 -o a.lhe --force");
        let text = fs::read_to_string(folder.path().join("a.lhe")).unwrap();
        assert_eq!(text.matches("\n<scales ").count(), lines);
        let (_, events) = read_lhe(folder.path().join("a.lhe")).unwrap();
        for event in &events {
            let mu_f = mu_f.parse().unwrap();
            let expected = EventScales {
                start: mu_f,
                mu_f: [mu_f; 2],
                mu_r: 40.0,
            };
            assert_eq!(event.scales, expected);
            assert_eq!(event.rest, "");
        }
    }
}

#[test]
fn scales_that_others_wrote_are_read_and_stay_as_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.lhe");
    write(&path, &run(), &events()[..1]);
    let text = fs::read_to_string(&path).unwrap();
    let line = "<scales muf='20' mur='30' mups='91.188' pt_clust_1='5'></scales>\n";
    let text = text.replace("<rwgt>", &format!("{line}<rwgt>"));
    fs::write(&path, &text).unwrap();
    let (run, events) = read_lhe(&path).unwrap();
    let scales = events[0].scales;
    assert_eq!((scales.mu_f, scales.mu_r), ([20.0; 2], 30.0));
    write(&path, &run, &events);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

/// A list that nothing closes would swallow one that is written behind it.
#[test]
fn weights_before_a_list_that_never_ends_stay_as_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.lhe");
    write(&path, &run(), &events()[..1]);
    let text = fs::read_to_string(&path).unwrap();
    let damaged = text.replace("</rwgt>", "</rwgt>\n<<rwgt>> 1.0 </weights>\n# kept");
    assert_ne!(damaged, text);
    fs::write(&path, damaged).unwrap();
    let (run, events) = read_lhe(&path).unwrap();
    assert!(events[0].rest.ends_with("</weights>\n# kept\n"));
    write(&path, &run, &events);
    assert_eq!(read_lhe(&path).unwrap(), (run, events));
}

#[cfg(feature = "hdf5")]
mod hdf5_files {
    use super::*;
    use omnis::event::{EventReader, EventWriter};

    fn read_all(path: &Path) -> (RunInfo, Vec<Event>) {
        let mut reader = EventReader::open(path).unwrap();
        let run = reader.run().clone();
        let mut events = Vec::new();
        while let Some(event) = reader.next_event().unwrap() {
            events.push(event);
        }
        (run, events)
    }

    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.h5");
        // More than one piece, and wider events later on.
        let mut all: Vec<Event> = std::iter::repeat_with(events).take(450).flatten().collect();
        for event in all.iter_mut().take(5000) {
            event.particles.pop();
        }
        let mut writer = EventWriter::create(&path, &run()).unwrap();
        for event in &all {
            writer.write(event).unwrap();
        }
        assert!(!path.exists());
        assert_eq!(writer.finish().unwrap(), 9000);
        let (run_back, events_back) = read_all(&path);
        assert_eq!(run_back, run());
        assert!(events_back == all);
        let names: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn an_empty_sample_is_a_file_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.h5");
        let writer = EventWriter::create(&path, &run()).unwrap();
        assert_eq!(writer.finish().unwrap(), 0);
        assert_eq!(read_all(&path), (run(), vec![]));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.h5");
        let mut writer = EventWriter::create(&path, &run()).unwrap();
        writer.write(&events()[0]).unwrap();
        writer.finish().unwrap();
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let message = match EventReader::open(&path) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("a half file was read"),
        };
        assert!(message.contains("expected the layout LHEH5"), "{message}");
    }
}
