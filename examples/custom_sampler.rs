//! A sampler of your own on the channels of a real cross section.
//!
//!     cargo run --release --example custom_sampler -- [CARD]
//!
//! Implements `Sampler` for a power of every coordinate, fitted to weighted points, and
//! integrates the process of a card (`processes/pp_tt.toml` if none is given), channel
//! by channel. Prints, for flat points and for the powers, the cross section in pb with
//! its error, and the deviation of all weights relative to the cross section (RSD).

use std::error::Error;
use std::io::Write;
use std::path::Path;

use omnis::card::Card;
use omnis::integrand::{Integrand, SampleBatch};
use omnis::integrate::channel_values;
use omnis::rng::{Purpose, Stream};
use omnis::run::Run;
use omnis::sampler::train::WeightSummary;
use omnis::sampler::{Sampler, Uniform};

/// `q(x) = prod_j a_j x_j^(a_j - 1)`: `x = z^(1 / a)` of uniform `z`.
struct Powers(Vec<f64>);

impl Powers {
    /// Of greatest likelihood: `a = -1 / <log x>`, here of points with weights.
    fn fit(points: &SampleBatch, weights: &[f64]) -> Self {
        let sum: f64 = weights.iter().sum();
        let mean_log = |x: &[f64]| -> f64 {
            let terms = x.iter().zip(weights);
            terms.map(|(x, w)| w * x.max(1e-12).ln()).sum::<f64>() / sum
        };
        let dimensions = (0..points.n_dim).map(|j| points.coordinate(j));
        Self(dimensions.map(|x| -1.0 / mean_log(x)).collect())
    }
}

impl Sampler for Powers {
    fn n_dim(&self) -> usize {
        self.0.len()
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        *batch = SampleBatch::zeros(self.n_dim(), n);
        stream.fill(&mut batch.u);
        for (j, a) in self.0.iter().enumerate() {
            for x in batch.coordinate_mut(j) {
                *x = x.powf(1.0 / a).clamp(f64::MIN_POSITIVE, 1.0 - 1e-16);
            }
        }
        self.density(batch, q);
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        let of = |(j, a): (usize, &f64), k: usize| a * batch.coordinate(j)[k].powf(a - 1.0);
        let point = |k| self.0.iter().enumerate().map(|ja| of(ja, k)).product();
        *q = (0..batch.n_batch).map(point).collect();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let card = std::env::args().nth(1);
    let card = card.as_deref().unwrap_or("processes/pp_tt.toml");
    let run = Run::prepare(Card::from_path(Path::new(card))?)?;
    let (mut flat_sum, mut power_sum) = ([0.0; 3], [0.0; 3]);
    for channel in 0..run.cross_section.n_channels() {
        let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
        let mut add = |sampler: &dyn Sampler, sum: &mut [f64; 3]| {
            let mut stream = Stream::new(1, Purpose::Test, channel as u32, 0);
            sampler.sample(&mut stream, 100_000, &mut batch, &mut q);
            let value = channel_values(&run.cross_section, channel, &batch);
            let weights: Vec<f64> = value.iter().zip(&q).map(|(f, q)| f / q).collect();
            let w = WeightSummary::of(&mut weights.clone());
            let terms = [w.mean, w.error.powi(2), w.deviation * w.size];
            sum.iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += term);
            Powers::fit(&batch, &weights)
        };
        let powers = add(
            &Uniform::new(run.cross_section.n_dim(channel)),
            &mut flat_sum,
        );
        add(&powers, &mut power_sum);
    }
    for (name, [value, error2, deviation]) in [("flat", flat_sum), ("powers", power_sum)] {
        let (error, rsd) = (error2.sqrt(), deviation / value);
        writeln!(
            std::io::stdout(),
            "{name:<7}{value:.5} +- {error:.5} pb, RSD {rsd:.3}"
        )?;
    }
    Ok(())
}
