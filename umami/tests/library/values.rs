//! Values of the C interface are those of the library, to the last bit where they are the same
//! computation.

use std::collections::BTreeMap;
use std::fs;

use crate::common::{Points, Provider, input, key, output, uniform};
use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::card::ModelCard;
use omnis::model::Model;
use omnis::process::ProcessSet;
use omnis::run::Evaluator;

fn none() -> BTreeMap<String, Vec<String>> {
    BTreeMap::new()
}

fn masses(line: &str) -> Vec<f64> {
    let model = Model::load(&ModelCard::default().spec()).unwrap();
    let found = Evaluator::new(&model, line, &none()).unwrap();
    let legs = found.subprocess.legs.iter();
    legs.map(|&p| model.particle(p).mass).collect()
}

fn expected(model: &ModelCard, line: &str, points: &Points) -> Vec<f64> {
    let evaluator = Evaluator::load(model, line, &none()).unwrap();
    evaluator.me2(&points.all, false).unwrap()
}

#[test]
fn values_are_those_of_the_library_wherever_the_points_lie() {
    // More than a block, and no multiple of one.
    for (line, n) in [
        ("e+ e- > mu+ mu-", 2500),
        ("g g > t t~ g", 1100),
        ("u d~ > w+ z", 100),
        ("u u~ > z{0} z{T}", 40),
    ] {
        let points = Points::new(&masses(line), 1000.0, n);
        let expected = expected(&ModelCard::default(), line, &points);
        let provider = Provider::of_line(line);
        let handle = provider.initialize(None).unwrap();
        assert_eq!(provider.me2(handle, &points, &[]), expected, "{line}");

        let (stride, offset) = (n + 70, 30);
        let rows = points.rows(stride, offset);
        let mut out = vec![-7.0; stride];
        let inputs = [input(key::MOMENTA, &rows)];
        // In two calls, the second one first.
        for (from, count) in [(13, n - 13), (0, 13)] {
            let outputs = [output(key::MATRIX_ELEMENT, &mut out)];
            let at = [count, stride, offset + from];
            assert_eq!(provider.call(handle, at, &inputs, &outputs), 0);
        }
        assert_eq!(out[offset..offset + n], expected, "{line}");
        let outside = out[..offset].iter().chain(&out[offset + n..]);
        assert!(outside.into_iter().all(|x| *x == -7.0), "{line}");
        provider.free(handle);
    }
}

#[test]
fn polarised_legs_refer_to_the_rest_frame_of_the_beams() {
    let line = "u u~ > z{0} z{T}";
    let mut points = Points::new(&masses(line), 500.0, 50);
    let provider = Provider::of_line(line);
    let handle = provider.initialize(None).unwrap();
    let at_rest = provider.me2(handle, &points, &[]);
    let (gamma, beta) = (1.25, 0.6);
    for p in points.all.iter_mut().flatten() {
        let [e, x, y, z] = *p;
        *p = [gamma * (e + beta * z), x, y, gamma * (z + beta * e)];
    }
    let moving = provider.me2(handle, &points, &[]);
    for (a, b) in at_rest.iter().zip(moving) {
        assert!((a - b).abs() < 1e-9 * a, "{a} {b}");
    }
}

#[test]
fn flavours_are_numbered_as_the_process_lists_them() {
    let card = "process.generate = [\"p p > e+ e- j\"]\n";
    let provider = Provider::of_card(card);
    let model = Model::load(&ModelCard::default().spec()).unwrap();
    let set = ProcessSet::new(&model, &["p p > e+ e- j".to_owned()], &none()).unwrap();
    let described = set.describe(&model).unwrap();
    let all = described.iter().flat_map(|d| d.subprocesses.iter());
    let names: Vec<&str> = all.map(|(name, _)| name.as_str()).collect();
    assert!(names.len() > 10 && described.len() > 2, "{names:?}");

    let n = 300;
    let points = Points::new(&[0.0; 5], 300.0, n);
    let index: Vec<i32> = (0..n).map(|k| (7 * k % names.len()) as i32).collect();
    let handle = provider.initialize(None).unwrap();
    let found = provider.me2(handle, &points, &[input(key::FLAVOUR, &index)]);
    for (flavour, name) in names.iter().enumerate() {
        let line = format!("{name} QED<=2 QCD<=1");
        let expected = expected(&ModelCard::default(), &line, &points);
        for k in (0..n).filter(|&k| index[k] as usize == flavour) {
            let close = (found[k] - expected[k]).abs() < 1e-12 * expected[k];
            assert!(close, "{name}: {} {}", found[k], expected[k]);
        }
    }
    let required = provider.list("umami_required_inputs");
    assert_eq!(required.iter().filter(|yes| **yes).count(), 2);
    assert!(required[key::FLAVOUR as usize]);
}

#[test]
fn alpha_s_counts_with_its_power_in_each_order() {
    let line = "u u~ > d d~ QED<=2 QCD<=2";
    let points = Points::new(&[0.0; 4], 200.0, 60);
    let provider = Provider::of_line(line);
    let handle = provider.initialize(None).unwrap();
    let alpha_s: Vec<f64> = (0..60).map(|k| 0.09 + 0.001 * f64::from(k)).collect();
    let found = provider.me2(handle, &points, &[input(key::ALPHA_S, &alpha_s)]);

    let model = Model::load(&ModelCard::default().spec()).unwrap();
    let sub = Evaluator::new(&model, line, &none()).unwrap().subprocess;
    let matrix = MatrixElement::compile(&model, &sub, Frame::Any).unwrap();
    let mut same = vec![0.0; 60];
    let flat: Vec<f64> = points.all.iter().flatten().flatten().copied().collect();
    let view = omnis::kinematics::MomentumView::by_point(&flat, 4);
    let mut work = MatrixElementWorkspace::default();
    matrix.me2(
        view,
        Some(&alpha_s),
        TChannelWidth::Off,
        &mut work,
        &mut same,
    );
    assert_eq!(found, same);
    // The coupling of the model gives the same without a factor.
    for k in [0, 30, 59] {
        let mut card = ModelCard::default();
        card.set.set_value("aS", alpha_s[k]);
        let one = Points {
            all: vec![points.all[k].clone()],
            n: 1,
        };
        let direct = expected(&card, line, &one)[0];
        assert!(
            (direct - found[k]).abs() < 1e-12 * direct,
            "{direct} {}",
            found[k]
        );
    }
}

#[test]
fn parameters_are_those_of_each_handle() {
    let line = "g g > t t~";
    let provider = Provider::of_line(line);
    let (one, other) = (
        provider.initialize(None).unwrap(),
        provider.initialize(None).unwrap(),
    );
    let before = Points::new(&masses(line), 800.0, 20);
    let mut masses = masses(line);
    (masses[2], masses[3]) = (171.0, 171.0);
    let points = Points::new(&masses, 800.0, 20);

    assert_eq!(provider.set(one, "mdl_MT", 171.0), 0);
    assert_eq!(provider.get(one, "MT"), Ok(171.0));
    assert_eq!(provider.get(one, "mdl_mt"), Ok(171.0));
    assert_ne!(provider.get(other, "MT"), Ok(171.0));
    assert!((provider.get(one, "MW").unwrap() - 80.4).abs() < 0.1);
    let mut card = ModelCard::default();
    card.set.set_value("MT", 171.0);
    assert_eq!(
        provider.me2(one, &points, &[]),
        expected(&card, line, &points)
    );
    let own = expected(&ModelCard::default(), line, &before);
    assert_eq!(provider.me2(other, &before, &[]), own);
    let mut found = [0.0; 4];
    assert_eq!((provider.meta(5, &mut found), found[2]), (0, 171.0));

    // What cannot be set changes nothing.
    for (name, value) in [("MW", 80.0), ("nobody", 1.0), ("MT", f64::NAN)] {
        assert_eq!(provider.set(one, name, value), 1, "{name}");
    }
    assert_eq!(
        provider.me2(one, &points, &[]),
        expected(&card, line, &points)
    );

    // A parameter card takes the place of what the process says.
    let text = Model::load(&card.spec()).unwrap().param_card();
    let path = provider.folder.path().join("param_card.dat");
    fs::write(&path, text).unwrap();
    let third = provider.initialize(Some(&path)).unwrap();
    let by_card = provider.me2(third, &points, &[]);
    for (a, b) in by_card.iter().zip(expected(&card, line, &points)) {
        assert!((a - b).abs() < 1e-12 * b, "{a} {b}");
    }
    assert_eq!(provider.initialize(Some(&path.join("none"))).err(), Some(1));
    for handle in [one, other, third] {
        provider.free(handle);
    }
}

/// Random numbers on a grid give every choice its share to one part in their number.
#[test]
fn helicities_and_flows_are_drawn_in_proportion() {
    let line = "g g > t t~ g";
    let provider = Provider::of_line(line);
    let handle = provider.initialize(None).unwrap();
    let point = Points::new(&masses(line), 700.0, 1).all[0].clone();
    let (mut n_hel, mut n_flow) = ([0i32], [0i32]);
    assert_eq!(provider.meta(3, &mut n_hel), 0);
    assert_eq!(provider.meta(4, &mut n_flow), 0);
    assert_eq!((n_hel[0], n_flow[0]), (32, 6));

    // Every helicity alone: the sum is the whole.
    let repeated = |n: usize| Points {
        all: vec![point.clone(); n],
        n,
    };
    let all: Vec<i32> = (0..32).collect();
    let each = provider.me2(handle, &repeated(32), &[input(key::HELICITY, &all)]);
    let whole = provider.me2(handle, &repeated(1), &[])[0];
    assert!((each.iter().sum::<f64>() / whole - 1.0).abs() < 1e-12);

    let n = 4000;
    let points = repeated(n);
    let rows = points.rows(n, 0);
    let grid: Vec<f64> = (0..n).map(|k| (k as f64 + 0.5) / n as f64).collect();
    let apart: Vec<f64> = (0..n).map(|k| uniform(k as u64 + 1)).collect();
    let mut values = vec![0.0; n];
    let (mut helicity, mut flow) = (vec![-9i32; n], vec![-9i32; n]);
    let inputs = [
        input(key::MOMENTA, &rows),
        input(key::RANDOM_HELICITY, &grid),
        input(key::RANDOM_COLOUR, &apart),
    ];
    let outputs = [
        output(key::MATRIX_ELEMENT, &mut values),
        output(key::HELICITY_INDEX, &mut helicity),
        output(key::COLOUR_INDEX, &mut flow),
    ];
    assert_eq!(provider.call(handle, [n, n, 0], &inputs, &outputs), 0);
    assert!(values.iter().all(|x| *x == whole));
    for (h, part) in each.iter().enumerate() {
        let drawn = helicity.iter().filter(|x| **x as usize == h).count() as f64;
        let share = part / whole;
        assert!(
            (drawn / n as f64 - share).abs() < 1.5 / n as f64,
            "{h}: {drawn} {share}"
        );
    }

    // Flows of all helicities together, against the details of the library.
    let evaluator = Evaluator::load(&ModelCard::default(), line, &none()).unwrap();
    let details = evaluator
        .details(std::slice::from_ref(&point), false)
        .unwrap()
        .remove(0);
    let total: f64 = details.flows.iter().map(|f| f.1).sum();
    let inputs = [input(key::MOMENTA, &rows), input(key::RANDOM_COLOUR, &grid)];
    let outputs = [output(key::COLOUR_INDEX, &mut flow)];
    assert_eq!(provider.call(handle, [n, n, 0], &inputs, &outputs), 0);
    for (f, (_, size)) in details.flows.iter().enumerate() {
        let drawn = flow.iter().filter(|x| **x as usize == f).count() as f64;
        let share = size / total;
        assert!(
            (drawn / n as f64 - share).abs() < 1.5 / n as f64,
            "{f}: {drawn} {share}"
        );
    }
}

/// The last leg counts fastest, from the lowest helicity.
#[test]
fn helicities_are_numbered_by_legs() {
    let line = "e- e+ > w- w+";
    let provider = Provider::of_line(line);
    let handle = provider.initialize(None).unwrap();
    let points = Points::new(&masses(line), 300.0, 1);
    let evaluator = Evaluator::load(&ModelCard::default(), line, &none()).unwrap();
    let details = evaluator.details(&points.all, false).unwrap().remove(0);
    let mut n = [0i32];
    assert_eq!((provider.meta(3, &mut n), n[0]), (0, 36));
    let states: [&[i8]; 4] = [&[-1, 1], &[-1, 1], &[-1, 0, 1], &[-1, 0, 1]];
    let mut found = vec![];
    for index in 0..36usize {
        let digits = [index / 18, index / 9 % 2, index / 3 % 3, index % 3];
        let one = [index as i32];
        let value = provider.me2(handle, &points, &[input(key::HELICITY, &one)])[0];
        if value != 0.0 {
            let helicities = (0..4)
                .map(|leg| states[leg][digits[leg]])
                .collect::<Vec<i8>>();
            found.push((helicities, value));
        }
    }
    let mut listed = details.helicities;
    listed.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found.len(), listed.len());
    for ((a, x), (b, y)) in found.iter().zip(&listed) {
        assert_eq!(a, b);
        // The average over four incoming states.
        assert!((x - y / 4.0).abs() < 1e-12 * y);
    }
}
