//! Integrates a function of your own and draws unweighted points from it.

use std::error::Error;
use std::io::Write;

use omnis::integrand::{Evaluation, Integrand, SampleBatch};
use omnis::integrate::{AdaptSettings, Control, GenerateSettings, adapt, generate};

/// A peak on the unit square: one channel, two dimensions.
struct Peak;

impl Integrand for Peak {
    fn n_channels(&self) -> usize {
        1
    }

    fn n_dim(&self, _channel: usize) -> usize {
        2
    }

    fn group(&self, _channel: usize) -> usize {
        0
    }

    fn evaluate(&self, _channel: usize, batch: &SampleBatch) -> Evaluation {
        let points = batch.coordinate(0).iter().zip(batch.coordinate(1));
        Evaluation {
            value: points
                .map(|(x, y)| (-200.0 * ((x - 0.3).powi(2) + (y - 0.6).powi(2))).exp())
                .collect(),
            alpha: vec![1.0; batch.n_batch],
            ..Default::default()
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let settings = AdaptSettings {
        precision: 1e-3,
        ..Default::default()
    };
    let adapted = adapt(&Peak, &settings, &Control::silent())?;
    let total = &adapted.total;
    writeln!(
        out,
        "integral  {:.6} +- {:.6}",
        total.xsec_pb, total.xsec_err_pb
    )?;
    writeln!(out, "exact     {:.6}", std::f64::consts::PI / 200.0)?;

    let wanted = GenerateSettings {
        n_events: 1000,
        ..Default::default()
    };
    let mut mean_x = 0.0;
    let made = generate(
        &Peak,
        &adapted,
        &wanted,
        &Control::silent(),
        &mut |events| {
            mean_x += events
                .iter()
                .map(|e| e.relative_weight * e.u[0])
                .sum::<f64>();
            Ok(())
        },
    )?;
    mean_x /= made.report.mean_weight * made.report.n_events as f64;
    writeln!(
        out,
        "<x>       {mean_x:.4} from {} points",
        made.report.n_events
    )?;
    writeln!(out, "accepted  {:.1} %", 100.0 * made.report.efficiency)?;
    Ok(())
}
