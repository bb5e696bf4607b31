//! Histograms of a card: sums of weights that are the cross section, whatever the number of
//! threads, parts or interruptions; and what reports make of them.

use std::fs;
use std::path::Path;

use omnis::card::Card;
use omnis::event::{EventReader, RunInfo};
use omnis::histogram::{HistogramRequest, HistogramSet, Tallies};
use omnis::jobs::{Distributions, fill_from, fill_parts};
use omnis::report::Report;
use serde_json::Value;

#[path = "common/program.rs"]
mod program;

use program::{done, fails};

const CARD: &str = r#"
process.generate = ["p p > e+ e- j"]
cuts.require = ["pt(l) > 10", "m(l+, l-) > 50", "pt(j) > 20"]
run = { events = 2500, seed = 3, accuracy = 0.02, sampler = "vegas", output = "events.lhe.gz" }
[weights]
mu_r = [0.5, 1, 2]
mu_f = [0.5, 1, 2]
[histograms]
all = { of = "n(j)" }
pt_j = { of = "pt(j[1])", bins = 12, range = [20, 2000], log = "xy" }
m_ll = { of = "m(e+, e-)", edges = [80, 90, 92, 100] }
pt_l = { of = "pt(l)", bins = 10, range = [0, 100], title = "each lepton" }
"#;

/// What a command printed.
fn told(folder: &Path, arguments: &str) -> Value {
    program::json(&done(folder, arguments))
}

fn card(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

fn histogram<'a>(all: &'a Value, name: &str) -> &'a Value {
    let list = all["distributions"].as_array().unwrap();
    list.iter().find(|h| h["name"] == name).unwrap()
}

fn near(a: f64, b: f64, relative: f64) {
    assert!((a - b).abs() <= relative * b.abs(), "{a} {b}");
}

#[test]
fn bins_add_up_to_the_cross_section_and_do_not_depend_on_how_events_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    card(at, "card.toml", CARD);
    let one = told(at, "generate card.toml -o one.lhe --json --threads 1");
    let four = told(at, "generate card.toml -o four.lhe.gz --json --threads 4");
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let all = &one["histograms"];
    assert_eq!(*all, four["histograms"]);
    assert_eq!(all["schema"], 1);
    let names: Vec<&str> = (all["distributions"].as_array().unwrap().iter())
        .map(|h| h["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["all", "pt_j", "m_ll", "pt_l"]);
    let xsec = one["xsec_pb"].as_f64().unwrap();
    near(all["xsec_pb"].as_f64().unwrap(), xsec, 1e-14);
    let total = |name: &str| -> f64 {
        let h = histogram(all, name);
        let beside = ["underflow", "overflow"].map(|k| h[k]["xsec_pb"].as_f64().unwrap());
        numbers(&h["xsec_pb"]).iter().chain(&beside).sum()
    };
    // Each event has one jet and two leptons.
    assert_eq!(numbers(&histogram(all, "all")["xsec_pb"])[1], total("all"));
    for (name, per_event) in [("all", 1.0), ("pt_j", 1.0), ("m_ll", 1.0), ("pt_l", 2.0)] {
        near(total(name), per_event * xsec, 1e-12);
    }
    let m = histogram(all, "m_ll");
    assert!(
        m["underflow"]["entries"].as_u64() > Some(0) && m["overflow"]["entries"].as_u64() > Some(0)
    );
    assert_eq!(numbers(&m["edges"]), [80.0, 90.0, 92.0, 100.0]);
    let edges = numbers(&histogram(all, "pt_j")["edges"]);
    edges
        .windows(2)
        .for_each(|e| near(e[1] / e[0], 100_f64.powf(1.0 / 12.0), 1e-12));

    // The envelope of the total is that of the summary, and those of bins are theirs.
    let flat = histogram(all, "all");
    let seven = flat["bands"]
        .as_array()
        .unwrap()
        .iter()
        .find(|b| b["name"] == "7 points")
        .unwrap();
    let envelope = &one["weight_totals"]["scale_envelopes"][0];
    assert_eq!(envelope["n_points"], 7);
    let plus = numbers(&seven["high_pb"])[1] - xsec;
    near(plus, envelope["plus_pb"].as_f64().unwrap(), 1e-9);
    let minus = xsec - numbers(&seven["low_pb"])[1];
    near(minus, envelope["minus_pb"].as_f64().unwrap(), 1e-9);
    bands_are_those_by_hand(histogram(all, "pt_j"));

    // A report of the file says the same, digit by digit.
    done(at, "report one.lhe -o page.html");
    let report = read(&fs::read_to_string(at.join("page.json")).unwrap());
    assert_eq!(report["samples"][0]["histograms"], *all);

    // A run that was made in parts, with the first events kept.
    let pack = "gridpack card.toml -o card.omnis";
    done(at, pack);
    for (k, range) in ["0..900", "900..2500"].iter().enumerate() {
        done(
            at,
            &format!("generate card.omnis --range {range} -o part{k}.lhe.gz --report part{k}.html"),
        );
    }
    done(at, "merge part0.lhe.gz part1.lhe.gz -o merged.lhe.gz");
    done(at, "report merged.lhe.gz -o merged.html");
    let merged = read(&fs::read_to_string(at.join("merged.json")).unwrap());
    let merged = &merged["samples"][0]["histograms"];
    assert_eq!(merged["distributions"], all["distributions"]);
    let entries = |file: &str| {
        let report = read(&fs::read_to_string(at.join(file)).unwrap());
        numbers(&histogram(&report["samples"][0]["histograms"], "pt_j")["entries"])
    };
    let sum: Vec<f64> = entries("part0.json")
        .iter()
        .zip(entries("part1.json"))
        .map(|(a, b)| a + b)
        .collect();
    assert_eq!(sum, numbers(&histogram(all, "pt_j")["entries"]));
}

/// Largest and smallest of the seven weights whose factors differ by no more than 2, and of
/// the event itself.
fn bands_are_those_by_hand(h: &Value) {
    let band = h["bands"]
        .as_array()
        .unwrap()
        .iter()
        .find(|b| b["name"] == "7 points")
        .unwrap();
    let (low, high) = (numbers(&band["low_pb"]), numbers(&band["high_pb"]));
    let weights = h["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 9);
    let own = numbers(&h["xsec_pb"]);
    let mut n_open = 0;
    for bin in 0..own.len() {
        let of_bin = weights.iter().filter(|w| {
            let name = w["name"].as_str().unwrap();
            let far = |a: &str, b: &str| name.contains(&format!("MUR={a}_MUF={b}_"));
            !far("0.5", "2") && !far("2", "0.5")
        });
        let values: Vec<f64> = of_bin.map(|w| numbers(&w["xsec_pb"])[bin]).collect();
        assert_eq!(values.len(), 7);
        let largest = values.iter().fold(own[bin], |a, b| a.max(*b));
        let smallest = values.iter().fold(own[bin], |a, b| a.min(*b));
        near(high[bin], largest, 1e-12);
        near(low[bin], smallest, 1e-12);
        n_open += u32::from(largest > 1.02 * smallest);
    }
    assert!(n_open > 5, "{n_open}");
}

#[test]
fn a_run_that_was_stopped_has_the_histograms_of_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    card(at, "card.toml", CARD);
    // The place of a partial output, with a checkpoint after every block: the last one
    // is taken away and the run goes on.
    let card = Card::from_str(CARD, "card").unwrap();
    let run = omnis::run::Run::prepare(card).unwrap();
    let adapted = run
        .integrate(2500, &omnis::integrate::Control::silent())
        .unwrap();
    let pack = omnis::gridpack::Gridpack::new(&run, adapted).unwrap();
    let job = omnis::jobs::Job {
        output: at.join("stopped.lhe.gz"),
        seed: 3,
        events: 0..6000,
        checkpoint_every: std::time::Duration::ZERO,
    };
    let stop = std::sync::atomic::AtomicBool::new(true);
    let make = |stop: &std::sync::atomic::AtomicBool| {
        let output = omnis::jobs::Output::open(&job.output).unwrap();
        let control = omnis::integrate::Control::silent();
        output
            .produce(&run, &pack, &job, &control, stop, &|_| {})
            .unwrap()
    };
    let omnis::jobs::Outcome::Stopped { n_done } = make(&stop) else {
        panic!("it was not stopped");
    };
    assert!(n_done > 0 && n_done < 6000, "{n_done}");
    let goes_on = std::sync::atomic::AtomicBool::new(false);
    let omnis::jobs::Outcome::Complete(report) = make(&goes_on) else {
        panic!("it was stopped again");
    };
    assert_eq!(report.n_resumed, n_done);
    let found = serde_json::to_value(report.distributions.unwrap()).unwrap();
    assert_eq!(found["events"], 6000);
    let read = Report::read(std::slice::from_ref(&job.output), None).unwrap();
    let of_file = serde_json::to_value(read.samples[0].histograms.clone()).unwrap();
    assert_eq!(found, of_file);
}

#[test]
fn sums_of_parts_are_those_of_all_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    card(at, "card.toml", CARD);
    done(at, "generate card.toml -o events.lhe");
    let path = at.join("events.lhe");
    let requests = [
        HistogramRequest::new("pt", "pt(j[1])", 7, [0.0, 150.0]),
        HistogramRequest::new("eta", "eta(l)", 9, [-4.0, 4.0]),
    ];
    let names = [
        ("j", vec![21, 1, 2, 3, 4, -1, -2, -3, -4]),
        ("l", vec![11, -11]),
    ];
    let groups = names.into_iter().map(|(n, p)| (n.to_owned(), p)).collect();
    let set = HistogramSet::new(&requests, &groups, [true; 2]).unwrap();
    let mut events = Vec::new();
    let mut reader = EventReader::open(&path).unwrap();
    while let Some(event) = reader.next_event().unwrap() {
        events.push(event);
    }
    let filled = |parts: &mut dyn Iterator<Item = &[omnis::event::Event]>| -> Tallies {
        let mut all = set.tallies();
        for part in parts {
            let mut sums = set.tallies();
            fill_parts(&set, part, &mut sums);
            all.merge(&sums);
        }
        all
    };
    let whole = filled(&mut std::iter::once(&events[..]));
    assert_eq!(filled(&mut events.chunks(1)), whole);
    assert_eq!(filled(&mut events.rchunks(77)), whole);
    let mut backwards = events.clone();
    backwards.reverse();
    assert_eq!(filled(&mut std::iter::once(&backwards[..])), whole);
    let mut reader = EventReader::open(&path).unwrap();
    let mut read = set.tallies();
    fill_from(&mut reader, &set, Some(1000), &mut read).unwrap();
    assert_ne!(read, whole);
    fill_from(&mut reader, &set, None, &mut read).unwrap();
    assert_eq!(read, whole);
    // Two leptons of one event in one bin are not independent.
    let sums = whole.each[1].sums(5, 0);
    let entries = whole.each[1].entries(5) as f64;
    let weight = events[0].weight;
    assert!(
        sums.w2 > 1.05 * entries * weight * weight,
        "{sums:?} {entries}"
    );
}

#[test]
fn files_without_a_cross_section_have_the_mean_of_their_weights() {
    let set = HistogramSet::default();
    let mut sums = set.tallies();
    let events: Vec<_> = [2.0, 4.0, f64::NAN]
        .map(|weight| omnis::event::Event {
            weight,
            ..Default::default()
        })
        .to_vec();
    let mut part = set.tallies();
    set.fill(&events, &mut part);
    sums.merge(&part);
    let found = Distributions::new(&RunInfo::default(), &set, &sums);
    assert_eq!((found.events, found.not_finite), (3, 1));
    assert_eq!(found.xsec_pb, 2.0);
    near(found.xsec_err_pb, 8_f64.sqrt() / 3.0, 1e-12);
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
}

#[test]
fn events_with_too_many_particles_and_values_that_are_none_are_counted() {
    let requests = [
        HistogramRequest::new("pt", "pt(j[1])", 1, [0.0, 100.0]),
        HistogramRequest::new(
            "none",
            "(E(j[1]) - E(j[1])) / (E(j[1]) - E(j[1]))",
            1,
            [0.0, 1.0],
        ),
    ];
    let groups = [("j".to_owned(), vec![21])].into_iter().collect();
    let set = HistogramSet::new(&requests, &groups, [true; 2]).unwrap();
    let gluon = omnis::event::Particle {
        pdg: 21,
        status: 1,
        p: [30.0, 30.0, 0.0, 0.0],
        ..Default::default()
    };
    let event = |n: usize| omnis::event::Event {
        weight: 1.0,
        particles: vec![gluon; n],
        ..Default::default()
    };
    let mut part = set.tallies();
    set.fill(&[event(1), event(64), event(65)], &mut part);
    let mut all = set.tallies();
    all.merge(&part);
    let found = Distributions::new(&RunInfo::default(), &set, &all);
    assert_eq!(found.distributions[0].entries, [2]);
    assert_eq!(found.distributions[1].not_numbers, 2);
    let said = found
        .notes
        .iter()
        .any(|n| n.starts_with("1 events have too many"));
    assert!(said, "{:?}", found.notes);
}

#[test]
fn what_is_wrong_with_a_histogram_is_said_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let head = "process.generate = [\"e+ e- > mu+ mu-\"]\nbeams = { particles = [\"e+\", \"e-\"], energies = [50.0, 50.0] }\n[histograms]\n";
    for (line, parts) in [
        (
            "a = { of = \"pt(mu+)\" }",
            vec!["histograms.a", "range = [0, 500]"],
        ),
        (
            "a = { of = \"ptt(mu+)\", range = [0, 1] }",
            vec!["histograms.a", "did you mean 'pt'"],
        ),
        (
            "a = { of = \"pt(mu)\", range = [0, 1] }",
            vec!["column 4", "did you mean 'mu+' or 'mu-'"],
        ),
        (
            "a = { of = \"pt(j[1])\", range = [0, 1] }",
            vec!["no subprocess has the particles", "pt(j[1])"],
        ),
        (
            "a = { of = \"pt(mu+)\", range = [5, 1] }",
            vec!["[5, 1]", "a smaller number and a larger one"],
        ),
        (
            "a = { of = \"pt(mu+)\", range = [0, 1], log = \"x\" }",
            vec!["expected one above 0"],
        ),
        (
            "a = { of = \"pt(mu+)\", range = [0, 1], bins = 0 }",
            vec!["0 bins"],
        ),
        (
            "a = { of = \"pt(mu+)\", range = [0, 1], bin = 5 }",
            vec!["unknown key 'bin'", "did you mean 'bins'", "line 4"],
        ),
        (
            "a = { of = \"pt(mu+)\", edges = [0, 1], bins = 5 }",
            vec!["one of them"],
        ),
        ("a = 5", vec!["histograms", "line 4"]),
    ] {
        card(at, "card.toml", &format!("{head}{line}\n"));
        let message = fails(at, "generate card.toml -n 10", 2);
        for part in parts {
            assert!(message.contains(part), "{line}: {message}");
        }
    }
}
