//! Biased events: more of them where they are rare, with weights that keep every
//! distribution.

use std::fs;
use std::path::Path;

use omnis::event::{Event, RunInfo, read_lhe};
use omnis::kinematics::FourVector;
use statrs::distribution::{ChiSquared, ContinuousCDF};

#[path = "common/program.rs"]
mod program;

use program::{done, fails, json, read};

/// A card of Drell-Yan with a jet.
fn card(run: &str) -> String {
    format!(
        "[process]\ngenerate = [\"p p > e+ e- j\"]\n\
         [beams]\nparticles = [\"p\", \"p\"]\nenergies = [6500, 6500]\n\
         [scales]\nmu_r = 91.188\nmu_f = 91.188\n\
         [cuts]\nrequire = [\"pt(j) > 20\", \"m(e+, e-) > 60\"]\n\
         [run]\nevents = 20000\nseed = 3\n{run}\n"
    )
}

/// The file that a card makes, and the cross section that the program states.
fn sample(folder: &Path, card: &str) -> (RunInfo, Vec<Event>, f64) {
    fs::write(folder.join("x.toml"), card).unwrap();
    let found = json(&done(folder, "generate x.toml -o x.lhe --json"));
    let (run, events) = read_lhe(folder.join("x.lhe")).unwrap();
    fs::remove_file(folder.join("x.lhe")).unwrap();
    (run, events, found["xsec_err_pb"].as_f64().unwrap())
}

fn p_t(p: FourVector) -> f64 {
    p[1].hypot(p[2])
}

/// Transverse momentum of the jet.
fn jet(event: &Event) -> f64 {
    let mut last = event.particles.iter().filter(|p| p.status == 1);
    let jet = last.find(|p| p.pdg == 21 || p.pdg.abs() < 6);
    p_t(jet.expect("a jet").p)
}

/// Mean of the weights and its error.
fn mean(events: &[Event]) -> (f64, f64) {
    let n = events.len() as f64;
    let mean = events.iter().map(|e| e.weight).sum::<f64>() / n;
    let square = events.iter().map(|e| e.weight * e.weight).sum::<f64>() / n;
    (mean, ((square - mean * mean) / n).sqrt())
}

#[test]
fn weights_add_up_to_the_cross_section_and_keep_distributions() {
    let folder = tempfile::tempdir().unwrap();
    let (plain_run, plain, error) = sample(folder.path(), &card("accuracy = 0.003"));
    let bias = "accuracy = 0.003\nbias = \"(pt(j) / 50)^2\"";
    let (run, biased, other_error) = sample(folder.path(), &card(bias));
    assert_eq!((plain_run.weight_strategy, run.weight_strategy), (4, 4));

    let [(xsec, _), (of_biased, _)] = [plain_run.xsec_pb(), run.xsec_pb()];
    let stated = (of_biased - xsec) / error.hypot(other_error);
    assert!(stated.abs() < 3.0, "{of_biased} {xsec}: {stated}");
    let (found, spread) = mean(&biased);
    let pull = (found - xsec) / spread.hypot(error);
    assert!(
        pull.abs() < 3.0 && spread < 0.02 * xsec,
        "{found} +- {spread}, {xsec}: {pull}"
    );

    // Weight times bias is the same for all events but the overweights.
    let mut units: Vec<f64> = biased
        .iter()
        .map(|e| e.weight * (jet(e) / 50.0).powi(2))
        .collect();
    units.sort_by(f64::total_cmp);
    let least = units[0];
    let equal = units.iter().filter(|u| **u < least * (1.0 + 1e-6)).count();
    assert!(equal > 19_800, "{equal}");

    let edges = [
        20.0, 25.0, 32.0, 42.0, 60.0, 90.0, 130.0, 200.0, 300.0, 500.0, 7e3,
    ];
    let histogram = |events: &[Event]| {
        let mut bins = vec![[0.0; 3]; edges.len() - 1];
        for e in events {
            let bin = &mut bins[edges.partition_point(|x| *x <= jet(e)) - 1];
            let w = e.weight / events.len() as f64;
            *bin = [bin[0] + w, bin[1] + w * w, bin[2] + 1.0];
        }
        bins
    };
    let (ours, theirs) = (histogram(&biased), histogram(&plain));
    let chi2: f64 = (ours.iter().zip(&theirs))
        .filter(|(_, b)| b[2] > 10.0)
        .map(|(a, b)| (a[0] - b[0]).powi(2) / (a[1] + b[1]))
        .sum();
    let n = theirs.iter().filter(|b| b[2] > 10.0).count() as f64;
    let p = 1.0 - ChiSquared::new(n).unwrap().cdf(chi2);
    assert!(p > 1e-3, "chi2 {chi2} of {n}: {ours:?} {theirs:?}");
    let tail = |bins: &[[f64; 3]]| bins[7..].iter().map(|b| b[2]).sum::<f64>();
    assert!(
        tail(&ours) > 8.0 * tail(&theirs) && tail(&theirs) > 100.0,
        "{} {}",
        tail(&ours),
        tail(&theirs)
    );
}

#[test]
fn ranges_gridpacks_and_threads_give_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = card("accuracy = 0.02\nevent_norm = \"sum\"\nbias = \"(ht / 50)^1.5\"");
    fs::write(folder.join("x.toml"), text).unwrap();
    done(folder, "pack x.toml -n 3000 -o x.omnis");
    done(folder, "generate x.omnis -n 3000 --threads 1 -o one.lhe");
    done(folder, "generate x.omnis -n 3000 --threads 3 -o two.lhe");
    assert!(read(folder, "one.lhe") == read(folder, "two.lhe"));
    done(folder, "generate x.omnis --range 0..1024 -o a.lhe");
    done(folder, "generate x.omnis --range 1024..3000 -o b.lhe");
    done(folder, "merge a.lhe b.lhe -o both.lhe");
    let events = |name: &str| read_lhe(folder.join(name)).unwrap();
    let ((run, whole), (_, merged)) = (events("one.lhe"), events("both.lhe"));
    assert_eq!((whole.len(), run.weight_strategy), (3000, 4));
    for (a, b) in whole.iter().zip(&merged) {
        assert_eq!(a.particles, b.particles);
        assert!((a.weight / b.weight - 1.0).abs() < 1e-8);
    }
    let (mean, spread) = mean(&whole);
    let (xsec, error) = run.xsec_pb();
    let pull = (3000.0 * mean - xsec) / (3000.0 * spread).hypot(error);
    assert!(pull.abs() < 3.0, "{mean} {xsec} {pull}");
    done(folder, "verify one.lhe");
}

#[test]
fn what_is_no_bias_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (bias, message) in [
        (
            "bias = \"(ht / 50\"",
            "run.bias '(ht / 50', column 9: found the end, expected ')'",
        ),
        ("bias = \"2\"", "run.bias '2': it has no observable"),
        (
            "bias = \"ht > 5\"",
            "run.bias 'ht > 5', column 4: found '>', expected an operation or the end",
        ),
        (
            "bias = \"hx\"",
            "run.bias 'hx', column 1: unknown observable 'hx'; did you mean 'ht'?",
        ),
        (
            "bias = \"pt(e+) * pt(j[2])\"",
            "run.bias 'pt(e+) * pt(j[2])': no subprocess has the particles that it names",
        ),
        (
            "bias = \"n(mu+)\"",
            "run.bias 'n(mu+)': it is 0 in all events of some subprocess, expected a positive number",
        ),
        ("bias = \"y(j)\"", "run.bias 'y(j)': it is -"),
        (
            "bias = \"ht\"\nevent_norm = \"unity\"",
            "run.bias 'ht': found run.event_norm = \"unity\", expected \"average\" or \"sum\"",
        ),
    ] {
        fs::write(folder.path().join("x.toml"), card(bias)).unwrap();
        let found = fails(folder.path(), "integrate x.toml", 2);
        assert!(found.contains(message), "{bias}: {found}");
    }
    let two = card("bias = \"pt(j)\"").replace("e- j", "e- j j");
    let two = two.replace("\"pt(j) > 20\"", "\"pt(j) > 20\", \"dR(j, j) > 0.4\"");
    fs::write(folder.path().join("x.toml"), two).unwrap();
    let found = fails(folder.path(), "integrate x.toml", 2);
    let message = "found 2 values in one event, expected one: name particles by their rank";
    assert!(found.contains(message), "{found}");
}
