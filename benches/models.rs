//! Matrix elements of UFO models per second, one thread, batches of 1024 points, as a table
//! at the end: structures that the Standard Model does not have. The toys of `tests/models`
//! are always there; the other models are looked for along `OMNIS_MODEL_PATH`, and rows of
//! those that are not found are left out. The time is that of `benches/amplitude.rs`.

#[path = "../tests/common/clock.rs"]
mod clock;
#[path = "../tests/common/points.rs"]
mod points;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use clock::now;
use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::compute::SimdLevel;
use omnis::model::{Model, ModelSpec};
use omnis::process::ProcessSet;

const N_BATCH: usize = 1024;
/// Samples of each number, in rounds over all levels, and the least time of one in seconds.
const N_SAMPLES: usize = 9;
const LEAST_S: f64 = 0.1;

/// Model, process with its orders, total energy in GeV.
const ROWS: [(&str, &str, f64); 11] = [
    ("toy_colour", "g g > six six~ NEW=0", 3000.0),
    ("toy_colour", "q q~ > six six~ g QCD<=3 NEW<=0", 3000.0),
    ("toy_misc", "f f~ > y h FF<=9 QED<=4 NP<=1", 3000.0),
    ("toy_misc", "n n2 > h h FF<=9 QED<=4 NP<=1", 3000.0),
    ("toy_spin32", "psi psi~ > grv grv", 3000.0),
    ("MSSM_SLHA2", "g g > go go", 3000.0),
    ("MSSM_SLHA2", "u u > su1 su1 g", 3000.0),
    ("MSSM_SLHA2", "e+ e- > n1 n2", 3000.0),
    ("RS_UFO", "G G > A A", 1000.0),
    ("RS_UFO", "u u~ > y G", 3000.0),
    ("RS_UFO", "G G > y G", 3000.0),
];

/// The model of a row, if it is there.
fn load(name: &str) -> Option<Model> {
    let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
    let toy = toy.join(name);
    let name = match toy.is_dir() {
        true => toy.display().to_string(),
        false => name.to_owned(),
    };
    let spec = ModelSpec {
        name,
        ..ModelSpec::default()
    };
    match Model::load(&spec) {
        Ok(model) => Some(model),
        Err(error) => {
            eprintln!("left out: {error}");
            None
        }
    }
}

/// Medians in matrix elements per second, by level.
fn rates(model: &Model, process: &str, energy: f64) -> Vec<f64> {
    let set = ProcessSet::new(model, &[process.to_owned()], &BTreeMap::new());
    let set = set.expect("a process of the model");
    let sub = &set.elements[0].subprocess;
    let me = MatrixElement::compile(model, sub, Frame::CentreOfMass).expect("a process");
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let momenta = points::points(&masses, sub.n_in, energy, N_BATCH, 7);
    let levels: Vec<MatrixElement> = SimdLevel::available()
        .into_iter()
        .map(|level| me.clone().with_simd(level))
        .collect();
    let mut work = MatrixElementWorkspace::default();
    let mut out = vec![0.0; N_BATCH];
    let mut time = |me: &MatrixElement, n: usize| {
        let begin = now();
        for _ in 0..n {
            me.me2(
                black_box(&momenta),
                None,
                TChannelWidth::On,
                &mut work,
                &mut out,
            );
            black_box(&out);
        }
        (now() - begin).as_secs_f64()
    };
    let repeats: Vec<usize> = levels
        .iter()
        .map(|me| {
            time(me, 1);
            (LEAST_S / time(me, 1)).ceil() as usize
        })
        .collect();
    let mut samples = vec![Vec::new(); levels.len()];
    for _ in 0..N_SAMPLES {
        for (k, me) in levels.iter().enumerate() {
            samples[k].push(time(me, repeats[k]) / (repeats[k] * N_BATCH) as f64);
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        1.0 / times[N_SAMPLES / 2]
    };
    samples.into_iter().map(median).collect()
}

fn main() {
    let wanted = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let row = |first: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|c| format!(" {c:>9} |")).collect();
        eprintln!("| {first:<70} |{cells}");
    };
    let levels = SimdLevel::available();
    let names = levels.iter().map(|level| format!("{level:?}")).collect();
    row("matrix elements per second", names);
    row("---", vec!["---".to_owned(); levels.len()]);
    let mut models: BTreeMap<&str, Option<Model>> = BTreeMap::new();
    for (name, process, energy) in ROWS {
        let title = format!("{name}: {process}");
        if wanted.as_ref().is_some_and(|w| !title.contains(w.as_str())) {
            continue;
        }
        if let Some(model) = models.entry(name).or_insert_with(|| load(name)) {
            let rates = rates(model, process, energy);
            row(&title, rates.iter().map(|x| format!("{x:.2e}")).collect());
        }
    }
}
