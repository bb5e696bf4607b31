//! `omnis width`, and `omnis integrate` of decays: widths instead of a cross section.
//!
//! Knows how they are shown; computes nothing.

use std::num::NonZeroUsize;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::interrupt::either_requested;
use super::process::ModelArgs;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{failure, in_pool, set_up, with_unit};
use super::sampler_args::SamplerArgs;
use super::team::{check_built, threads};
use super::values;
use crate::card::Card;
use crate::integrate::Adaptation;
use crate::numbers::{grouped, with_error};
use crate::run::{DecayWidth, PartialWidth, TotalWidth, write_history};

const AFTER_HELP: &str = "\
Examples:
  omnis width t                               all decays, with branching ratios
  omnis width h --set MH=200 --json
  omnis width z --param-card param_card.dat
  omnis width \"t > b w+\"                     one partial width
  omnis width \"w+ > l+ vl\" --accuracy 0.001

Of a particle, by name or PDG number, all decays to two and three particles at tree
level are added up. Decays to three that are two decays to two in a row do not count
again. The width of one particle does not depend on that of another.";

/// A decay with a smaller branching ratio has no row of its own.
const LEAST_RATIO: f64 = 1e-6;

/// Arguments of `omnis width`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct WidthArgs {
    /// A particle, or a decay in quotes
    #[arg(value_name = "PARTICLE|DECAY", allow_negative_numbers = true)]
    pub what: String,

    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,

    /// Relative statistical error of what is integrated
    #[arg(long, value_name = "A", value_parser = values::accuracy, default_value = "0.002", allow_hyphen_values = true)]
    pub accuracy: f64,

    /// Seed of the random numbers
    #[arg(long, value_name = "S", value_parser = values::whole, default_value = "1", allow_negative_numbers = true)]
    pub seed: u64,

    /// How points are drawn.
    #[command(flatten)]
    pub sampler: SamplerArgs,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroUsize>,

    /// Share the work among the processes that mpirun started (feature mpi)
    #[arg(long)]
    pub mpi: bool,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

impl WidthArgs {
    /// Computes the width and prints it.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a particle, decay or model that cannot be used,
    /// [`Failure::Inaccurate`] where the accuracy that was asked for was not reached.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        check_built(self.mpi)?;
        let begin = Instant::now();
        if self.what.contains('>') {
            let mut card = card_of(&self.what);
            card.model = self.model.card();
            card.process.define = self.model.defines();
            card.run.accuracy = self.accuracy;
            card.run.seed = self.seed;
            card.run.threads = self.threads.map_or(0, NonZeroUsize::get);
            self.sampler.apply(&mut card.run);
            let replace = self.replace.replace();
            self.sampler.check_history(std::iter::empty(), replace)?;
            return print_width(&card, &self.sampler, begin, context);
        }
        if let Some(flag) = self.given_for_a_decay() {
            return Err(Failure::Usage(anyhow::anyhow!(
                "{flag} belongs to one decay, as in \"t > b w+\"; '{}' is a particle, all of \
                 whose decays are computed",
                self.what
            )));
        }
        let n_threads = self.threads.map_or(0, NonZeroUsize::get);
        let found = in_pool(threads(n_threads, &*context.team), || {
            with_unit(&context.progress, either_requested(), " GeV", |control| {
                set_up(&mut None, context, |watch| {
                    let model = self.model.card();
                    TotalWidth::of_name(
                        &self.what,
                        &model,
                        self.accuracy,
                        self.seed,
                        control,
                        watch,
                    )
                })
            })
        })?;
        let seconds = begin.elapsed().as_secs_f64();
        context.print(
            Answer::Width,
            &total_text(&found),
            &total_json(&found, seconds),
        )
    }

    /// The first flag that one decay alone has a use for.
    fn given_for_a_decay(&self) -> Option<&'static str> {
        let given = [
            ("--sampler", self.sampler.sampler.is_some()),
            ("--training", self.sampler.training.is_some()),
            ("--device", self.sampler.device.is_some()),
            ("--history", self.sampler.history.is_some()),
            ("--define", !self.model.define.is_empty()),
            ("--mpi", self.mpi),
        ];
        given.iter().find(|g| g.1).map(|g| g.0)
    }
}

/// The card that a process line on the command line stands for.
pub(super) fn card_of(line: &str) -> Card {
    Card::of_lines(vec![line.to_owned()])
}

/// Integrates the decays of a card and prints their widths.
///
/// # Errors
/// [`Failure::Usage`] for decays that cannot be used, [`Failure::Inaccurate`] where the
/// accuracy that was asked for was not reached.
pub(super) fn print_width(
    card: &Card,
    sampler: &SamplerArgs,
    begin: Instant,
    context: &Context,
) -> Result<(), Failure> {
    let found = in_pool(threads(card.run.threads, &*context.team), || {
        let (found, adapted) =
            with_unit(&context.progress, either_requested(), " GeV", |control| {
                set_up(&mut None, context, |watch| {
                    let shared = Adaptation {
                        team: &*context.team,
                        begin: None,
                        keep: &mut |_, _| Ok(()),
                    };
                    PartialWidth::of_card(card, control, shared, watch)
                })
            })?;
        if let Some(path) = &sampler.history
            && context.team.rank() == 0
        {
            write_history(&adapted, path).map_err(failure)?;
        }
        Ok(found)
    })?;
    let title = card.process.generate.join("; ");
    let seconds = begin.elapsed().as_secs_f64();
    context.print(
        Answer::Decay,
        &text(&title, &found),
        &in_json(&title, &found, seconds),
    )?;
    if found.accuracy_reached() {
        return Ok(());
    }
    Err(Failure::Inaccurate(format!(
        "the relative error is {:.2} %, {:.2} % was asked for",
        100.0 * found.total.relative_error(),
        100.0 * found.accuracy_asked
    )))
}

fn in_json(title: &str, found: &PartialWidth, seconds: f64) -> serde_json::Value {
    json!({
        "title": title,
        "pdg": found.pdg,
        "width_gev": found.total.xsec_pb,
        "width_err_gev": found.total.xsec_err_pb,
        "decays": found.decays,
        "chi2": (found.total.n_dof > 0).then_some(found.total.chi2),
        "chi2_dof": found.total.n_dof,
        "accuracy_reached": found.accuracy_reached(),
        "points_evaluated": found.n_points,
        "non_finite": found.n_non_finite,
        "seconds": seconds,
        "samplers": found.samplers,
        "warnings": found.notes,
    })
}

/// Largest widths first, the total last.
fn text(title: &str, found: &PartialWidth) -> String {
    let mut rows: Vec<&DecayWidth> = found.decays.iter().collect();
    rows.sort_by(|a, b| b.width_gev.total_cmp(&a.width_gev));
    let total = DecayWidth {
        name: "total".to_owned(),
        pdg: vec![],
        width_gev: found.total.xsec_pb,
        width_err_gev: found.total.xsec_err_pb,
    };
    if rows.len() == 1 {
        rows.clear();
    }
    rows.push(&total);
    let width = rows.iter().map(|r| r.name.len()).max().unwrap_or(0).max(22);
    let head = format!("{:<width$}  partial width [GeV]", "decay");
    let mut lines = vec![title.to_owned(), String::new(), head];
    for row in rows {
        let share = 100.0 * row.width_gev / total.width_gev;
        let share = match row.pdg.is_empty() {
            true => String::new(),
            false => format!("{share:6.2} %"),
        };
        let value = with_error(row.width_gev, row.width_err_gev);
        let line = format!("{:<width$}  {value:<26}{share}", row.name);
        lines.push(line.trim_end().to_owned());
    }
    lines.push(String::new());
    lines.push(format!(
        "{:<24}{}",
        "phase-space points",
        grouped(found.n_points)
    ));
    if let Some(samplers) = &found.samplers {
        lines.push(format!("{:<24}{samplers}", "samplers"));
    }
    lines.extend(found.notes.iter().map(|w| format!("warning: {w}")));
    lines.join("\n")
}

fn total_json(found: &TotalWidth, seconds: f64) -> serde_json::Value {
    let decay = |d: &DecayWidth| {
        json!({
            "name": d.name,
            "pdg": d.pdg,
            "width_gev": d.width_gev,
            "width_err_gev": d.width_err_gev,
            "branching_ratio": found.branching_ratio(d),
        })
    };
    json!({
        "particle": found.name,
        "pdg": found.pdg,
        "mass_gev": found.mass,
        "width_gev": found.width_gev,
        "width_err_gev": found.width_err_gev,
        "decays": found.decays.iter().map(decay).collect::<Vec<_>>(),
        "cascades": found.cascades,
        "points_evaluated": found.n_points,
        "seconds": seconds,
        "warnings": found.notes,
    })
}

/// Largest widths first, the total last.
fn total_text(found: &TotalWidth) -> String {
    let names = found.decays.iter().map(|d| d.name.len());
    let width = names.max().unwrap_or(0).max(22);
    let mut lines = vec![
        format!("{}   mass {} GeV", found.name, found.mass),
        String::new(),
        format!("{:<width$}  {:<26}branching ratio", "decay", "width [GeV]"),
    ];
    let is_shown = |d: &&DecayWidth| found.branching_ratio(d) >= LEAST_RATIO;
    let (shown, rare): (Vec<&DecayWidth>, Vec<_>) = found.decays.iter().partition(is_shown);
    for decay in shown {
        let text = with_error(decay.width_gev, decay.width_err_gev);
        let ratio = 100.0 * found.branching_ratio(decay);
        lines.push(format!("{:<width$}  {text:<26}{ratio:8.4} %", decay.name));
    }
    if !rare.is_empty() {
        let sum = rare.iter().map(|d| d.width_gev).sum();
        let error = rare.iter().map(|d| d.width_err_gev.powi(2)).sum::<f64>();
        let text = with_error(sum, error.sqrt());
        let name = format!("{} others", rare.len());
        lines.push(format!("{name:<width$}  {text:<26}below 0.0001 % each"));
    }
    let total = with_error(found.width_gev, found.width_err_gev);
    lines.push(format!("{:<width$}  {total}", "total"));
    if !found.cascades.is_empty() {
        lines.push(String::new());
        lines.push(format!(
            "{} decays to three are two decays in a row, or radiation: they do not count again",
            found.cascades.len()
        ));
    }
    lines.extend(found.notes.iter().map(|w| format!("warning: {w}")));
    lines.join("\n")
}
