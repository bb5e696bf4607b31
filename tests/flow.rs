//! Laws of flows and of their mixtures with the grid, without training.

use omnis::compute::SimdLevel;
use omnis::integrand::SampleBatch;
use omnis::rng::{Purpose, Stream};
use omnis::sampler::{
    ChannelSampler, Flow, FlowError, FlowSettings, Mixture, Sampler, Uniform, Vegas, VegasSettings,
};

/// A grid adapted to a product of peaks.
fn grid(n_dim: usize) -> Vegas {
    let mut vegas = Vegas::new(n_dim, VegasSettings::default());
    for t in 0..4 {
        let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
        let mut stream = Stream::new(1, Purpose::Test, 0, t);
        vegas.sample(&mut stream, 4000, &mut batch, &mut q);
        let w: Vec<f64> = (0..batch.n_batch)
            .map(|k| {
                let f: f64 = batch.point(k).iter().map(|x| 1.0 / (x + 0.05)).product();
                f / q[k]
            })
            .collect();
        let mut histogram = vegas.histogram(&[1.0]);
        vegas.accumulate(&batch, &w, &mut histogram);
        vegas.refine(&histogram, 1.0);
    }
    vegas
}

/// A flow with random weights in all layers.
fn random_flow(n_dim: usize, settings: FlowSettings, spread: f64) -> Flow {
    let mut flow = Flow::new(&grid(n_dim), settings, 3).unwrap();
    let mut stream = Stream::new(5, Purpose::Test, n_dim as u32, 0);
    let parameters: Vec<f32> = flow
        .parameters()
        .iter()
        .map(|p| p + (spread * (2.0 * stream.uniform() - 1.0)) as f32)
        .collect();
    flow.set_parameters(&parameters).unwrap();
    flow
}

fn with_cells(cells: Vec<(usize, usize)>) -> FlowSettings {
    FlowSettings {
        cells,
        ..Default::default()
    }
}

fn drawn(sampler: &impl Sampler, n: usize, batch_number: u64) -> (SampleBatch, Vec<f64>) {
    let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
    let mut stream = Stream::new(9, Purpose::Test, 0, batch_number);
    sampler.sample(&mut stream, n, &mut batch, &mut q);
    (batch, q)
}

fn density(sampler: &impl Sampler, batch: &SampleBatch) -> Vec<f64> {
    let mut q = Vec::new();
    sampler.density(batch, &mut q);
    q
}

/// Points of a midpoint rule, `n` in each of two dimensions.
fn square(n: usize) -> SampleBatch {
    let mut batch = SampleBatch::zeros(2, n * n);
    for k in 0..n * n {
        batch.u[k] = ((k / n) as f64 + 0.5) / n as f64;
        batch.u[n * n + k] = ((k % n) as f64 + 0.5) / n as f64;
    }
    batch
}

#[test]
fn the_first_flow_is_the_grid() {
    for n_dim in [1, 2, 5, 8] {
        let vegas = grid(n_dim);
        let flow = Flow::new(&vegas, FlowSettings::default(), 7).unwrap();
        let (batch, q) = drawn(&flow, 1000, 0);
        let (same, q_grid) = drawn(&vegas, 1000, 0);
        for k in 0..1000 {
            assert!((q[k] / q_grid[k] - 1.0).abs() < 1e-9, "{n_dim} {k}");
        }
        for (a, b) in batch.u.iter().zip(&same.u) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
        let again = density(&flow, &same);
        for k in 0..1000 {
            assert!((again[k] / q_grid[k] - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn stated_density_is_that_of_the_drawn_points() {
    for (n_dim, cells) in [
        (1, vec![]),
        (2, vec![]),
        (3, vec![(1, 4)]),
        (6, vec![(5, 3), (0, 7)]),
        (8, vec![]),
        (13, vec![]),
    ] {
        let flow = random_flow(n_dim, with_cells(cells), 0.15);
        let (batch, q) = drawn(&flow, 3000, 1);
        assert!(batch.u.iter().all(|x| (0.0..1.0).contains(x)));
        let again = density(&flow, &batch);
        let far = |limit: f64| {
            (0..q.len())
                .filter(|&k| (again[k] / q[k] - 1.0).abs() > limit)
                .count()
        };
        // A coordinate at a rounding boundary of single precision is rare.
        assert!(far(1e-9) <= 3, "{n_dim}: {}", far(1e-9));
        assert_eq!(far(1e-4), 0, "{n_dim}");
        let varied = q.iter().cloned().fold(0.0, f64::max) / q.iter().cloned().fold(1e9, f64::min);
        assert!(varied > 10.0, "the flow must differ from flat");
    }
}

#[test]
fn density_integrates_to_one() {
    let n = 2048;
    let batch = square(n);
    // Flat grids have no steps that a midpoint rule would see.
    let flat = Vegas::new(2, VegasSettings::default());
    for cells in [vec![], vec![(0, 4)], vec![(1, 2), (0, 8)]] {
        let mut flow = Flow::new(&flat, with_cells(cells), 1).unwrap();
        let parameters: Vec<f32> = random_flow(2, flow.settings().clone(), 0.15)
            .parameters()
            .to_vec();
        flow.set_parameters(&parameters).unwrap();
        let flow_integral = density(&flow, &batch).iter().sum::<f64>() / (n * n) as f64;
        assert!((flow_integral - 1.0).abs() < 1e-4, "{flow_integral}");
        let mixture = Mixture::new(flow, 0.3);
        let integral = density(&mixture, &batch).iter().sum::<f64>() / (n * n) as f64;
        assert!((integral - 1.0).abs() < 1e-4, "{integral}");
    }
}

#[test]
fn drawn_points_follow_the_density() {
    // The mean of 1/q over drawn points is the volume of the cube.
    for cells in [vec![], vec![(2, 5)]] {
        let flow = random_flow(4, with_cells(cells), 0.2);
        let mixture = Mixture::new(flow, 0.1);
        let (_, q) = drawn(&mixture, 200_000, 2);
        let n = q.len() as f64;
        let mean = q.iter().map(|q| 1.0 / q).sum::<f64>() / n;
        let variance = q.iter().map(|q| (1.0 / q - mean).powi(2)).sum::<f64>() / n;
        let error = (variance / n).sqrt();
        assert!((mean - 1.0).abs() < 4.0 * error, "{mean} +- {error}");
        assert!(error < 0.05, "{error}");
    }
}

#[test]
fn the_mixture_has_the_density_of_both() {
    let flow = random_flow(5, with_cells(vec![(3, 4)]), 0.15);
    let identity = Flow::new(&grid(5), with_cells(vec![(3, 4)]), 1).unwrap();
    let mixture = Mixture::new(flow.clone(), 0.05);
    let (batch, q) = drawn(&mixture, 2000, 3);
    let (q_flow, q_grid) = (density(&flow, &batch), density(&identity, &batch));
    let again = density(&mixture, &batch);
    let mut n_far = 0;
    for k in 0..q.len() {
        let wanted = 0.05 * q_grid[k] + 0.95 * q_flow[k];
        assert!((again[k] / wanted - 1.0).abs() < 1e-9);
        n_far += usize::from((q[k] / wanted - 1.0).abs() > 1e-9);
    }
    assert!(n_far <= 2, "{n_far}");
    assert!(
        (0..q.len()).all(|k| q[k] >= 0.05 * q_grid[k]),
        "weights are bounded"
    );
}

#[test]
fn instruction_sets_agree() {
    let flow = random_flow(8, with_cells(vec![(2, 6)]), 0.15);
    let reference = flow.clone().with_level(SimdLevel::Scalar);
    let (batch, _) = drawn(&reference, 500, 4);
    let q = density(&reference, &batch);
    for level in SimdLevel::available() {
        let other = density(&flow.clone().with_level(level), &batch);
        let rel: Vec<f64> = (0..q.len())
            .map(|k| (other[k] / q[k] - 1.0).abs())
            .collect();
        // Weights are f32: where a spline is steep a rounding error is seen.
        let n_far = rel.iter().filter(|r| **r > 2e-4).count();
        assert!(n_far <= q.len() / 100, "{level:?}: {n_far} points");
        assert!(rel.iter().all(|r| *r < 5e-3), "{level:?}");
    }
}

#[test]
fn a_point_does_not_depend_on_its_neighbours() {
    let flow = random_flow(8, FlowSettings::default(), 0.15);
    let (batch, _) = drawn(&flow, 130, 5);
    let q = density(&flow, &batch);
    for k in [0, 63, 64, 129] {
        let mut one = SampleBatch::zeros(8, 1);
        one.u = batch.point(k);
        assert_eq!(density(&flow, &one), [q[k]]);
    }
}

#[test]
fn a_stored_flow_comes_back_bit_for_bit() {
    let flow = random_flow(4, with_cells(vec![(1, 3)]), 0.15);
    let sampler = ChannelSampler::flow(Mixture::new(flow, 0.05));
    let text = serde_json::to_string(&sampler).unwrap();
    let back: ChannelSampler = serde_json::from_str(&text).unwrap();
    assert_eq!(back, sampler);
    assert_eq!(drawn(&back, 100, 6), drawn(&sampler, 100, 6));
    let broken = text.replacen("\"n_bins\":10", "\"n_bins\":11", 1);
    let error = serde_json::from_str::<ChannelSampler>(&broken).unwrap_err();
    assert!(error.to_string().contains("parameters"), "{error}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let vegas = grid(3);
    let refused = |settings: FlowSettings| Flow::new(&vegas, settings, 1).unwrap_err();
    let bins = refused(FlowSettings {
        n_bins: 1,
        ..Default::default()
    });
    assert!(bins.to_string().contains("n_bins = 1"), "{bins}");
    let twice = refused(with_cells(vec![(1, 3), (1, 2)]));
    assert_eq!(
        twice,
        FlowError::Dimension {
            dimension: 1,
            n_dim: 3
        }
    );
    assert_eq!(
        refused(with_cells(vec![(3, 2)])),
        FlowError::Dimension {
            dimension: 3,
            n_dim: 3
        }
    );
    let mut flow = Flow::new(&vegas, FlowSettings::default(), 1).unwrap();
    assert!(matches!(
        flow.set_parameters(&[0.0; 3]),
        Err(FlowError::Shape { found: 3, .. })
    ));
    let mut parameters = flow.parameters().to_vec();
    parameters[5] = f32::NAN;
    assert!(matches!(
        flow.set_parameters(&parameters),
        Err(FlowError::NotFinite { .. })
    ));
}

#[test]
fn coordinates_come_from_numbers_with_an_address() {
    let (n_dim, n) = (3, 500);
    let stream = Stream::new(9, Purpose::Test, 0, 4);
    let number = |j: usize, k: usize| stream.at((j * n + k) as u64);
    let (flat, _) = drawn(&Uniform::new(n_dim), n, 4);
    let grid = grid(n_dim);
    let (points, _) = drawn(&grid, n, 4);
    let share = 0.4;
    let flow = random_flow(n_dim, FlowSettings::default(), 0.5);
    let axes = flow.base().to_vec();
    let (mixed, _) = drawn(&Mixture::new(flow, share), n, 4);
    let mut n_from_grid = 0;
    for k in 0..n {
        // Row n_dim chooses between grid and flow.
        let from_grid = number(n_dim, k) < share;
        n_from_grid += usize::from(from_grid);
        let close =
            |j: usize| (mixed.coordinate(j)[k] - axes[j].quantile(number(j, k)).0).abs() < 1e-12;
        assert_eq!((0..n_dim).all(close), from_grid, "point {k}");
        for j in 0..n_dim {
            assert_eq!(flat.coordinate(j)[k], number(j, k));
            assert_eq!(
                points.coordinate(j)[k],
                grid.axes()[j].quantile(number(j, k)).0
            );
        }
    }
    assert!(n_from_grid > n / 4 && n_from_grid < n / 2);
}
