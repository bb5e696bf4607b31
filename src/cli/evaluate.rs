//! `omnis evaluate`: squared matrix elements at given momenta.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::failure::{Failure, OrFail};
use super::momenta_file::{read_momenta, split_points};
use super::process::ModelArgs;
use super::program::Context;
use super::running::failure;
use super::values;
use crate::run::{Evaluator, PointDetails};

const AFTER_HELP: &str = "\
Examples:
  omnis evaluate \"g g > t t~\" --momenta points.txt
  omnis evaluate \"u u~ > e+ e- g\" --momenta points.json --set aS=0.118 --flows --json
  omnis evaluate \"w+ w- > w+ w-\" --momenta points.txt --tchannel-width off

A file of momenta has one line 'E px py pz' (GeV) for each leg, in the order of
the process, incoming legs with positive energy. Empty lines may separate points,
'#' starts a comment. A JSON array [point][leg][E, px, py, pz] is read as well,
and '-' reads from standard input.

The number printed is summed over final and averaged over initial helicities and
colours, divided by the factor for identical final particles, in GeV^(8-2m) for
m legs.";

/// Whether propagators that separate the two incoming legs keep their width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TChannelWidth {
    /// The width stands in every propagator.
    On,
    /// Zero width in propagators that separate the incoming legs, as in cross sections.
    Off,
}

impl TChannelWidth {
    /// Whether the width is kept.
    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Arguments of `omnis evaluate`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EvaluateArgs {
    /// Process with definite particles, in quotes
    #[arg(value_name = "PROCESS", value_parser = values::process_line)]
    pub process: String,

    /// File of momenta, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub momenta: PathBuf,

    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,

    /// Width in propagators that separate the incoming legs
    #[arg(long, value_name = "ON|OFF", value_enum, default_value = "on")]
    pub tchannel_width: TChannelWidth,

    /// Legs whose rest frame helicities refer to, such as 3,4 [default: the incoming ones where legs are polarised]
    #[arg(long, value_name = "LEGS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=14))]
    pub me_frame: Vec<u32>,

    /// Print each helicity configuration as well
    #[arg(long)]
    pub helicities: bool,

    /// Print each colour flow as well
    #[arg(long)]
    pub flows: bool,
}

impl EvaluateArgs {
    /// Evaluates and prints one number for each point.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a process, model or file that cannot be used.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let points = read_momenta(&self.momenta)
            .or_usage(format!("cannot use momenta {}", self.momenta.display()))?;
        let evaluator = Evaluator::load(&self.model.card(), &self.process, &self.model.defines())
            .and_then(|e| e.in_frame(&self.me_frame))
            .map_err(failure)?;
        for warning in &evaluator.warnings {
            context.progress.log(0, &format!("warning: {warning}"));
        }
        let points = split_points(points, evaluator.n_ext());
        let on = self.tchannel_width.is_on();
        let results: Vec<PointDetails> = if self.helicities || self.flows {
            evaluator.details(&points, on).map_err(failure)?
        } else {
            let values = evaluator.me2(&points, on).map_err(failure)?;
            values.into_iter().map(PointDetails::plain).collect()
        };
        let json: Vec<serde_json::Value> = results.iter().map(|r| self.json(r)).collect();
        let json = json!({ "process": evaluator.name, "points": json });
        let text: Vec<String> = results.iter().map(|r| self.text(r)).collect();
        context.print(&text.join("\n"), &json)
    }

    fn json(&self, result: &PointDetails) -> serde_json::Value {
        let mut point = json!({ "me2": result.me2 });
        if self.helicities {
            point["helicities"] = json!(result.helicities);
        }
        if self.flows {
            let flow =
                |(tags, value): &(Vec<[i32; 2]>, f64)| json!({ "colours": tags, "value": value });
            point["flows"] = result.flows.iter().map(flow).collect();
        }
        point
    }

    fn text(&self, result: &PointDetails) -> String {
        let mut lines = vec![format!("{:.16e}", result.me2)];
        if self.helicities {
            for (helicities, value) in &result.helicities {
                let signs: Vec<String> = helicities.iter().map(|h| format!("{h:+}")).collect();
                lines.push(format!("  helicities {}  {value:.16e}", signs.join(" ")));
            }
        }
        if self.flows {
            for (tags, value) in &result.flows {
                let ends: Vec<String> = tags.iter().map(|[c, a]| format!("({c},{a})")).collect();
                lines.push(format!("  flow {}  {value:.16e}", ends.join(" ")));
            }
        }
        lines.join("\n")
    }
}
