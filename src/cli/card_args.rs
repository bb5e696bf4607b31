//! Flags of commands that read a card, omnis' own or MadGraph's, and `omnis convert` of
//! MadGraph's cards.
//!
//! Knows which flags belong to which kind of card; takes no card apart.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::program::Context;
use super::running::failure;
use crate::card::{Card, MadGraphImport, MadGraphOptions, NotTaken, is_madgraph};
use crate::jobs::{Replace, TextKind, check_text_output};
use crate::storage::write_whole;
use crate::weights::WeightRequest;

/// What stands beside a card on the command line.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CardArgs {
    /// Run card of MadGraph, instead of the one beside the process card
    #[arg(long, value_name = "FILE")]
    pub run_card: Option<PathBuf>,

    /// Parameter card, instead of the card's or the one beside it
    #[arg(long, value_name = "FILE")]
    pub param_card: Option<PathBuf>,

    /// PDF set, instead of the card's: a name, a path or an LHAPDF id
    #[arg(long, value_name = "SET")]
    pub pdf: Option<String>,

    /// Alternative weights of events, instead of the card's:
    /// "--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4 --pdf=247000,315200"
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub weights: Option<String>,

    /// Refuse cards of MadGraph of which something that changes the physics cannot be taken over
    #[arg(long)]
    pub strict: bool,
}

impl CardArgs {
    /// Reads a card of either kind; says what of MadGraph's is not taken over.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a card that cannot be used, or for flags that it has no use for.
    pub(super) fn read(
        &self,
        path: &Path,
        threads: Option<NonZeroUsize>,
        context: &Context,
    ) -> Result<Card, Failure> {
        let mut card = if is_madgraph(path) {
            let import = self.import(path)?;
            for entry in &import.not_taken {
                let sentence = entry.sentence();
                if entry.changes_physics {
                    context
                        .progress
                        .warn(&format!("not taken over: {sentence}"));
                } else {
                    let text = format!("not taken over, the physics is the same: {sentence}");
                    context.progress.log(1, &text);
                }
            }
            self.check_strict(&import)?;
            import.card().map_err(|e| failure(e.into()))?
        } else {
            self.refuse_run_card(path)?;
            let mut card = Card::from_path(path).map_err(|e| failure(e.into()))?;
            card.model.param_card = self.param_card.clone().or(card.model.param_card);
            if let Some(set) = &self.pdf {
                card.use_pdf(set);
            }
            card
        };
        if let Some(threads) = threads {
            card.run.threads = threads.get();
        }
        if let Some(options) = &self.weights {
            card.weights = WeightRequest::parse(options)
                .map_err(|what| Failure::Usage(anyhow::anyhow!("--weights: {what}")))?;
        }
        Ok(card)
    }

    /// Reads cards of MadGraph.
    pub(super) fn import(&self, path: &Path) -> Result<MadGraphImport, Failure> {
        let options = MadGraphOptions {
            run_card: self.run_card.clone(),
            param_card: self.param_card.clone(),
            pdf: self.pdf.clone(),
        };
        MadGraphImport::read(path, &options).map_err(|e| failure(e.into()))
    }

    fn refuse_run_card(&self, path: &Path) -> Result<(), Failure> {
        let flag = match (&self.run_card, self.strict) {
            (Some(_), _) => "--run-card",
            (None, true) => "--strict",
            (None, false) => return Ok(()),
        };
        Err(Failure::Usage(anyhow::anyhow!(
            "{flag} belongs to cards of MadGraph, and '{}' is none",
            path.display()
        )))
    }

    /// The first of these flags that is given.
    fn given(&self) -> Option<&'static str> {
        let given = [
            ("--run-card", self.run_card.is_some()),
            ("--param-card", self.param_card.is_some()),
            ("--pdf", self.pdf.is_some()),
            ("--weights", self.weights.is_some()),
            ("--strict", self.strict),
        ];
        given.iter().find(|g| g.1).map(|g| g.0)
    }

    /// Whether any of these flags is given.
    pub(super) fn is_given(&self) -> bool {
        self.given().is_some()
    }

    /// Refuses all of these flags.
    pub(super) fn refuse(&self, path: &Path, what: &str) -> Result<(), Failure> {
        match self.given() {
            None => Ok(()),
            Some(flag) => Err(Failure::Usage(anyhow::anyhow!(
                "{flag} belongs to a card, and '{}' is {what}",
                path.display()
            ))),
        }
    }

    /// Refuses all of these flags where a folder of jobs is gone on with, which has its gridpack.
    pub(super) fn refuse_beside(&self, flag: &str, folder: &Path) -> Result<(), Failure> {
        match self.given() {
            None => Ok(()),
            Some(given) => Err(Failure::Usage(anyhow::anyhow!(
                "{given} belongs to a card: 'omnis submit CARD' takes it, and {flag} '{}' has the \
                 gridpack that it was begun with",
                folder.display()
            ))),
        }
    }

    fn check_strict(&self, import: &MadGraphImport) -> Result<(), Failure> {
        let lacking: Vec<String> = import.physics().map(NotTaken::sentence).collect();
        if !self.strict || lacking.is_empty() {
            return Ok(());
        }
        let error = anyhow::anyhow!(lacking.join("; "));
        Err(Failure::Usage(error.context(
            "not all of the physics could be taken over, and --strict was given",
        )))
    }

    /// Writes a card of omnis made of MadGraph's.
    ///
    /// # Errors
    /// [`Failure::Usage`] for cards that cannot be read, and under `--strict` for what
    /// cannot be taken over, in which case nothing is written; [`Failure::NotTaken`] if
    /// something that changes the physics could not be taken over.
    pub(super) fn convert(
        &self,
        path: &Path,
        output: &Path,
        replace: Replace,
        context: &Context,
    ) -> Result<(), Failure> {
        let import = self.import(path)?;
        // What was written is a card: it is read once before it gets its name.
        import.card().map_err(|e| failure(e.into()))?;
        self.check_strict(&import)?;
        let inputs = import.files.iter().map(|f| (f.as_path(), "the input"));
        check_text_output(output, inputs, TextKind::Card, replace).map_err(failure)?;
        let written = write_whole(output, import.toml.as_bytes());
        written.map_err(|e| failure(crate::error::Error::from(e)))?;
        let n = import.physics().count();
        let mut lines = vec![format!("written {}", output.display())];
        for (changes, title) in [
            (true, "not taken over:"),
            (false, "not taken over, the physics is the same:"),
        ] {
            let of_kind = (import.not_taken.iter()).filter(|e| e.changes_physics == changes);
            let of_kind: Vec<String> = of_kind.map(|e| format!("  {}", e.sentence())).collect();
            if !of_kind.is_empty() {
                lines.push(title.to_owned());
                lines.extend(of_kind);
            }
        }
        let files: Vec<String> = import
            .files
            .iter()
            .map(|f| f.display().to_string())
            .collect();
        let json = json!({
            "output": output.display().to_string(),
            "files": files,
            "complete": n == 0,
            "not_taken": import.not_taken,
        });
        context.print(Answer::ConvertCard, &lines.join("\n"), &json)?;
        if n == 0 {
            return Ok(());
        }
        let what = match n {
            1 => "1 line that changes the physics".to_owned(),
            n => format!("{n} lines that change the physics"),
        };
        Err(Failure::NotTaken(format!("{what} could not be taken over")))
    }
}
