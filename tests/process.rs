//! Process lines on the built-in Standard Model.

use std::collections::BTreeMap;

use omnis::model::{Model, ModelSpec};
use omnis::process::ProcessSet;

fn standard_model() -> Model {
    Model::load(&ModelSpec::default()).unwrap()
}

fn expand(model: &Model, line: &str) -> ProcessSet {
    ProcessSet::new(model, &[line.to_string()], &BTreeMap::new()).unwrap()
}

/// Numbers of subprocesses (exchanged beams once) and of diagrams in all of them.
fn totals(set: &ProcessSet, model: &Model) -> (usize, u64) {
    let described = set.describe(model).unwrap();
    let n = |k: usize| set.elements[k].flavours.len();
    let processes = (0..described.len()).map(n).sum();
    let diagrams = (0..described.len()).map(|k| n(k) as u64 * described[k].n_diagrams);
    (processes, diagrams.sum())
}

#[test]
fn numbers_of_diagrams_agree_with_independent_code() {
    let model = standard_model();
    let golden = include_str!("golden/process_diagrams.txt");
    let mut n = 0;
    for row in golden.lines().filter(|l| !l.starts_with('#')) {
        let (line, number) = row.split_once('|').unwrap();
        let set = expand(&model, line);
        let expected: u64 = number.trim().parse().unwrap();
        assert_eq!(totals(&set, &model), (1, expected), "{line}");
        n += 1;
    }
    assert_eq!(n, 61);
}

#[test]
fn hadronic_processes_are_the_sums_of_their_subprocesses() {
    let model = standard_model();
    // g g: 3, four times q q~: 1.
    assert_eq!(totals(&expand(&model, "p p > t t~"), &model), (5, 7));
    // g g: 16, eight times g q: 5, four times q q~: 5.
    assert_eq!(totals(&expand(&model, "p p > t t~ j"), &model), (13, 76));
    // Four times q q~ with a photon or a Z.
    assert_eq!(totals(&expand(&model, "p p > e+ e-"), &model), (4, 8));
    assert_eq!(totals(&expand(&model, "p p > e+ e- j"), &model), (12, 48));
}

#[test]
fn generations_share_matrix_elements() {
    let model = standard_model();
    let set = expand(&model, "p p > l+ l- j");
    assert_eq!(set.elements.len(), 6);
    for element in &set.elements {
        assert_eq!(element.flavours.len(), 4);
        assert!(element.flavours.iter().all(|f| f.direct && f.mirrored));
    }
    // Gluon exchange does not see the charge.
    assert_eq!(expand(&model, "p p > t t~").elements.len(), 2);
    assert_eq!(expand(&model, "p p > t t~ QED=2").elements.len(), 3);
}
