//! `omnis evaluate`: squared matrix elements at given momenta, and of events under a card.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::failure::{Failure, OrFail};
use super::momenta_file::{read_momenta, split_points};
use super::process::ModelArgs;
use super::program::Context;
use super::running::failure;
use super::values;
use crate::run::{Evaluator, EventDetails, EventEvaluator, PointDetails, PointExpansion};

const AFTER_HELP: &str = "\
Examples:
  omnis evaluate \"g g > t t~\" --momenta points.txt
  omnis evaluate \"u u~ > e+ e- g\" --momenta points.json --set aS=0.118 --flows --json
  omnis evaluate \"w+ w- > w+ w-\" --momenta points.txt --tchannel-width off
  omnis evaluate \"g g > t t~ h\" --momenta points.txt --polynomial ymt --scores ymt,MH --json
  omnis evaluate processes/pp_epem_jj.toml --events pp_epem_jj.lhe.gz --json
  omnis evaluate WJets_proc_card.dat --events WJets.lhe.gz --json

A file of momenta has one line 'E px py pz' (GeV) for each leg, in the order of
the process, incoming legs with positive energy. Empty lines may separate points,
'#' starts a comment. A JSON array [point][leg][E, px, py, pz] is read as well,
and '-' reads from standard input.

With --events, PROCESS is a card and the events are those of any generator's file.
For each one: |M|^2 with the strong coupling at its renormalisation scale, the
scales that the card has for it, and how its legs are clustered; resonances are
the lines of status 2 of the record. clustering_class says which lines of the
record were joined, in order: 3+5 1+(3+5). pt_clust has the scale of every
outgoing line, alpha_s_factor the couplings of the emissions over that at mu_r,
passes_xqcut what the merging of the card makes of the event; weights of merged
events that state their couplings and densities (<mgrwt> of MadGraph) follow these.
An event that is none of the card's has an error in its place, and the exit code
is 2.

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
    /// Process with definite particles, in quotes; with --events a card
    #[arg(value_name = "PROCESS|CARD", value_parser = values::process_or_file)]
    pub process: String,

    /// File of momenta, or - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "events")]
    pub momenta: Option<PathBuf>,

    /// File of events, which are evaluated under the card
    #[arg(long, value_name = "FILE", conflicts_with_all = ["momenta", "helicities", "flows"])]
    pub events: Option<PathBuf>,

    /// Run card of MadGraph, instead of the one beside the process card
    #[arg(long, value_name = "FILE", requires = "events")]
    pub run_card: Option<PathBuf>,

    /// PDF set, instead of the card's: a name, a path or an LHAPDF id
    #[arg(long, value_name = "SET", requires = "events")]
    pub pdf: Option<String>,

    /// Alternative weights, instead of the card's:
    /// "--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4 --pdf=247000,315200"
    #[arg(
        long,
        value_name = "OPTIONS",
        requires = "events",
        allow_hyphen_values = true
    )]
    pub weights: Option<String>,

    /// Refuse cards of MadGraph of which something that changes the physics cannot be taken over
    #[arg(long, requires = "events")]
    pub strict: bool,

    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,

    /// Width in propagators that separate the incoming legs
    #[arg(long, value_name = "ON|OFF", value_enum, default_value = "on")]
    pub tchannel_width: TChannelWidth,

    /// Legs whose rest frame helicities refer to, such as 3,4 [default: the incoming ones where legs are polarised]
    #[arg(long, value_name = "LEGS", value_delimiter = ',', value_parser = values::leg, allow_negative_numbers = true)]
    pub me_frame: Vec<u32>,

    /// Print each helicity configuration as well
    #[arg(long)]
    pub helicities: bool,

    /// Print each colour flow as well
    #[arg(long)]
    pub flows: bool,

    /// Inputs of the model, such as cW,cHq3: print the factor of each product of them in |M|^2
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "events"
    )]
    pub polynomial: Vec<String>,

    /// Inputs of the model, such as MT: print the derivative of log |M|^2 by each as well
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "events"
    )]
    pub scores: Vec<String>,
}

impl EvaluateArgs {
    /// Evaluates and prints one number for each point.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a process, model or file that cannot be used.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        match (&self.events, &self.momenta) {
            (Some(events), _) => self.run_events(events, context),
            (None, Some(momenta)) => self.run_points(momenta, context),
            (None, None) => Err(Failure::Usage(anyhow::anyhow!(
                "one of --momenta and --events is needed"
            ))),
        }
    }

    /// Events of a file under a card.
    fn run_events(&self, events: &Path, context: &Context) -> Result<(), Failure> {
        let path = Path::new(&self.process);
        if let Some(flag) = self.model.given_beside_card() {
            return Err(Failure::Usage(anyhow::anyhow!(
                "{flag} belongs to a process line, and '{}' is a card, which says it itself",
                self.process
            )));
        }
        let reading = CardArgs {
            run_card: self.run_card.clone(),
            param_card: self.model.param_card.clone(),
            pdf: self.pdf.clone(),
            weights: self.weights.clone(),
            strict: self.strict,
        };
        let card = reading.read(path, None, context)?;
        let mut evaluator = EventEvaluator::load(&card).map_err(failure)?;
        let mut found: Vec<Result<EventDetails, String>> = vec![];
        let file = evaluator.file(events, |event| found.push(event));
        file.map_err(failure)?;
        for warning in evaluator.warnings() {
            context.progress.warn(&warning);
        }
        let names = evaluator.weights().names();
        let text: Vec<String> = found.iter().map(event_text).collect();
        let list: Vec<serde_json::Value> = found.iter().map(|e| event_json(e, &names)).collect();
        context.print(
            Answer::EvaluateEvents,
            &text.join("\n"),
            &json!({ "events": list }),
        )?;
        let wrong: Vec<(usize, &String)> = (found.iter().enumerate())
            .filter_map(|(k, event)| event.as_ref().err().map(|e| (k, e)))
            .collect();
        match wrong.first() {
            None => Ok(()),
            Some((k, reason)) => Err(Failure::NotTaken(format!(
                "{} of {} events could not be evaluated; event {}: {reason}",
                wrong.len(),
                found.len(),
                k + 1
            ))),
        }
    }

    fn run_points(&self, momenta: &Path, context: &Context) -> Result<(), Failure> {
        if !self.process.contains('>') {
            return Err(Failure::Usage(anyhow::anyhow!(
                "--momenta belongs to a process line, as in \"g g > t t~\", and '{}' is a file; \
                 expected --events beside a card",
                self.process
            )));
        }
        let points =
            read_momenta(momenta).or_usage(format!("cannot use momenta {}", momenta.display()))?;
        let evaluator = Evaluator::load(&self.model.card(), &self.process, &self.model.defines())
            .and_then(|e| e.in_frame(&self.me_frame))
            .and_then(|e| match self.is_expanded() {
                true => {
                    let (model, line) = (&self.model.card(), &self.process);
                    e.expanded(model, line, &self.polynomial, &self.scores)
                }
                false => Ok(e),
            })
            .map_err(failure)?;
        for warning in &evaluator.warnings {
            context.progress.warn(warning);
        }
        let points = split_points(points, evaluator.n_ext());
        let on = self.tchannel_width.is_on();
        let results: Vec<PointDetails> = if self.helicities || self.flows {
            evaluator.details(&points, on).map_err(failure)?
        } else {
            let values = evaluator.me2(&points, on).map_err(failure)?;
            values.into_iter().map(PointDetails::plain).collect()
        };
        let expansions = evaluator.expansions(&points, on).map_err(failure)?;
        let both = || results.iter().zip(&expansions);
        let json: Vec<serde_json::Value> = both().map(|(r, e)| self.json(r, e)).collect();
        let json = json!({ "process": evaluator.name, "points": json });
        let text: Vec<String> = both().map(|(r, e)| self.text(r, e)).collect();
        context.print(Answer::Evaluate, &text.join("\n"), &json)
    }

    /// Whether derivatives or a polynomial are asked for.
    fn is_expanded(&self) -> bool {
        !self.polynomial.is_empty() || !self.scores.is_empty()
    }

    fn json(&self, result: &PointDetails, expansion: &PointExpansion) -> serde_json::Value {
        let mut point = json!({ "me2": result.me2 });
        if !self.polynomial.is_empty() {
            let term = |(name, x): &(String, f64)| json!({ "monomial": name, "value": x });
            point["polynomial"] = expansion.polynomial.iter().map(term).collect();
        }
        if !self.scores.is_empty() {
            let score = |(name, x): &(String, f64)| json!({ "parameter": name, "value": x });
            point["scores"] = expansion.scores.iter().map(score).collect();
        }
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

    fn text(&self, result: &PointDetails, expansion: &PointExpansion) -> String {
        let mut lines = vec![format!("{:.16e}", result.me2)];
        let terms = expansion.polynomial.iter();
        lines.extend(terms.map(|(name, x)| format!("  term {name}  {x:.16e}")));
        let scores = expansion.scores.iter();
        lines.extend(scores.map(|(name, x)| format!("  score {name}  {x:.16e}")));
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

fn event_json(event: &Result<EventDetails, String>, names: &[String]) -> serde_json::Value {
    let weights = |event: &EventDetails| -> serde_json::Map<String, serde_json::Value> {
        let all = names
            .iter()
            .cloned()
            .zip(event.weights.iter().map(|w| json!(w)));
        all.collect()
    };
    match event {
        Err(reason) => json!({ "error": reason }),
        Ok(event) => json!({
            "process": event.process,
            "me2": event.me2,
            "mu_r": event.mu_r,
            "mu_f": event.mu_f,
            "scalup": event.scalup(),
            "alpha_s": event.alpha_s,
            "pt_clust": event.pt_clust,
            "alpha_s_scales": event.alpha_s_scales,
            "alpha_s_factor": event.alpha_s_factor,
            "passes_xqcut": event.passes_xqcut,
            "clustering_class": event.clustering_class,
            "weights": weights(event),
        }),
    }
}

fn event_text(event: &Result<EventDetails, String>) -> String {
    match event {
        Err(reason) => format!("error: {reason}"),
        Ok(event) => format!(
            "{:.16e}  mu_r {}  mu_f {} {}  alpha_s {}  {}  {}",
            event.me2,
            event.mu_r,
            event.mu_f[0],
            event.mu_f[1],
            event.alpha_s,
            event.process,
            event.clustering_class.as_deref().unwrap_or("not clustered")
        ),
    }
}
