//! Pulls of whole integrations against known cross sections, over many seeds.
//!
//!     cargo test --release --test pulls -- [--seeds N] [--accuracies A,B,...] [CARD ...]
//!
//! Integrates every card of `tests/pulls/cards` (or those that are named) with seeds 1
//! to N (40) at each relative accuracy (0.03, 0.01, 0.003), and prints one row for each
//! card and accuracy: the mean deviation from the truth in per cent and in units of the
//! error of the mean, and mean and width of the pulls, with their errors. The truth and
//! its error stand in the first lines of a card, `# truth: VALUE ERROR ORIGIN`, in pb.
//! It takes hours, and is not part of `cargo test`.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use omnis::card::Card;
use omnis::integrate::Control;
use omnis::run::Run;

/// A card with its exact cross section in pb.
struct Known {
    name: String,
    card: Card,
    truth: f64,
    error: f64,
}

impl Known {
    fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(path)?;
        let line = text.lines().find_map(|l| l.strip_prefix("# truth:"));
        let line = line.ok_or_else(|| format!("{}: no line '# truth:'", path.display()))?;
        let mut words = line.split_whitespace();
        let mut number = || words.next().ok_or("two numbers after '# truth:'");
        let (truth, error) = (number()?.parse()?, number()?.parse()?);
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            card: Card::from_path(path)?,
            truth,
            error,
        })
    }
}

/// What the seeds gave at one accuracy.
struct Row {
    /// Cross sections and their errors, in pb.
    results: Vec<(f64, f64)>,
    n_points: u64,
    n_reached: usize,
}

/// Mean, and deviation of a single value.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

impl Row {
    fn new(run: &mut Run, accuracy: f64, n_seeds: u64) -> Result<Self, Box<dyn Error>> {
        let mut row = Self {
            results: vec![],
            n_points: 0,
            n_reached: 0,
        };
        run.card.run.accuracy = accuracy;
        for seed in 1..=n_seeds {
            run.card.run.seed = seed;
            let adapted = run.integrate(0, &Control::silent())?;
            let total = &adapted.total;
            row.results.push((total.xsec_pb, total.xsec_err_pb));
            row.n_points += adapted.n_points();
            row.n_reached += usize::from(total.relative_error() <= accuracy);
        }
        Ok(row)
    }

    /// Pulls against a truth that has an error of its own.
    fn pulls(&self, known: &Known) -> Vec<f64> {
        let pull = |(value, error): &(f64, f64)| (value - known.truth) / error.hypot(known.error);
        self.results.iter().map(pull).collect()
    }

    fn text(&self, known: &Known, accuracy: f64) -> String {
        let n = self.results.len() as f64;
        let values: Vec<f64> = self.results.iter().map(|r| r.0).collect();
        let (mean, deviation) = moments(&values);
        let bias = mean - known.truth;
        let (pull, width) = moments(&self.pulls(known));
        format!(
            "| {} | {} | {:+.3} | {:+.1} | {:+.2} ± {:.2} | {:.2} ± {:.2} | {:.2e} | {}/{} |",
            known.name,
            accuracy,
            100.0 * bias / known.truth,
            bias / (deviation / n.sqrt()).hypot(known.error),
            pull,
            width / n.sqrt(),
            width,
            width / (2.0 * (n - 1.0)).sqrt(),
            self.n_points as f64 / n,
            self.n_reached,
            self.results.len(),
        )
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut n_seeds, mut accuracies) = (40, vec![0.03, 0.01, 0.003]);
    let mut cards: Vec<PathBuf> = vec![];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--seeds" => n_seeds = value()?.parse()?,
            "--accuracies" => {
                let list = value()?;
                accuracies = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            path => cards.push(path.into()),
        }
    }
    if cards.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pulls/cards");
        for entry in folder.read_dir()? {
            cards.push(entry?.path());
        }
        cards.sort();
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| card | accuracy | mean, % | sigma | mean pull | width | points | reached |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    for path in cards {
        let known = Known::read(&path)?;
        let mut run = Run::prepare(known.card.clone())?;
        for accuracy in &accuracies {
            let row = Row::new(&mut run, *accuracy, n_seeds)?;
            writeln!(out, "{}", row.text(&known, *accuracy))?;
            out.flush()?;
        }
    }
    Ok(())
}
