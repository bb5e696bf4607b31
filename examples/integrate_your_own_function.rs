//! Integrates a function of your own and draws unweighted points from it.

use std::error::Error;
use std::io::Write;

use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
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

    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let (x, y) = (batch.points.coordinate(0), batch.points.coordinate(1));
        let peak = |(x, y): (&f64, &f64)| (-200.0 * ((x - 0.3).powi(2) + (y - 0.6).powi(2))).exp();
        out.set_values(x.iter().zip(y).map(peak));
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
