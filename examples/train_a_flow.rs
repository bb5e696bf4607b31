//! Integrates a function of your own with a grid, and with a flow that is trained on it.

use std::error::Error;
use std::io::Write;

use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::{AdaptSettings, Control, adapt};
use omnis::sampler::SamplerKind;

/// A thin ridge along the diagonal of the unit square.
struct Ridge;

impl Integrand for Ridge {
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
        let [x, y] = [0, 1].map(|j| batch.points.coordinate(j).iter());
        out.set_values(x.zip(y).map(|(x, y)| (-(x - y).powi(2) / 2e-3).exp()));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    for sampler in [SamplerKind::Vegas, SamplerKind::Flow] {
        let settings = AdaptSettings {
            sampler,
            precision: 1e-3,
            // Training is as long as suits so many events.
            planned_events: 10_000,
            ..Default::default()
        };
        let adapted = adapt(&Ridge, &settings, &Control::silent())?;
        writeln!(
            out,
            "{sampler:?}: integral {:.6} +- {:.6}, unweighting efficiency {:.1} %",
            adapted.total.xsec_pb,
            adapted.total.xsec_err_pb,
            100.0 * adapted.max_weights.efficiency,
        )?;
        for training in &adapted.training {
            let report = training.report.as_ref().ok_or("no training")?;
            writeln!(
                out,
                "  {:?} after {} calls of the integrand ({:?})",
                training.reason, report.n_points, report.outcome
            )?;
        }
    }
    Ok(())
}
