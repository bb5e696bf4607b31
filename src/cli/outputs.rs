//! The files that one command writes, which must be different ones.
//!
//! Knows flags and the names of files; writes none.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::program::Command;
use super::sampler_args::SamplerArgs;
use crate::storage::is_one_output;

/// A flag, or what it writes, and the file.
pub(super) type Named = (&'static str, PathBuf);

/// Refuses outputs of one command that would be the same file.
///
/// # Errors
/// [`Failure::Usage`] with both flags and the file.
pub(super) fn refuse_same(outputs: &[Named]) -> Result<(), Failure> {
    for (k, (flag, path)) in outputs.iter().enumerate() {
        let same = |other: &&Named| is_one_output(&other.1, path);
        if let Some((other, _)) = outputs[..k].iter().find(same) {
            return Err(Failure::Usage(anyhow::anyhow!(
                "cannot write '{}': found it as the output of {other} and of {flag}, expected one \
                 file for each; choose another name for one of them",
                path.display()
            )));
        }
    }
    Ok(())
}

/// The files of a report.
pub(super) fn of_report(flag: [&'static str; 3], page: &Path) -> [Named; 3] {
    let [page_flag, numbers, yoda] = flag;
    [
        (page_flag, page.to_owned()),
        (numbers, page.with_extension("json")),
        (yoda, page.with_extension("yoda")),
    ]
}

/// Those of `omnis generate --report`.
pub(super) fn of_report_flag(page: &Path) -> [Named; 3] {
    let flags = [
        "--report",
        "--report (its numbers)",
        "--report (its histograms)",
    ];
    of_report(flags, page)
}

fn history(sampler: &SamplerArgs) -> Option<Named> {
    let file = sampler.history.clone();
    file.map(|file| ("--history", file))
}

fn given(flag: &'static str, file: Option<&PathBuf>) -> Option<Named> {
    file.map(|file| (flag, file.clone()))
}

impl Command {
    /// The files that the arguments name to be written; a card may name others.
    pub(super) fn outputs(&self) -> Vec<Named> {
        const OUTPUT: &str = "-o";
        match self {
            Self::Generate(args) => {
                let report = args.report.iter().flat_map(|page| of_report_flag(page));
                let output = given(OUTPUT, args.output.as_ref());
                (output.into_iter().chain(report))
                    .chain(history(&args.sampler))
                    .collect()
            }
            Self::Gridpack(args) => {
                let output = [(OUTPUT, args.output.clone())];
                output.into_iter().chain(history(&args.sampler)).collect()
            }
            Self::Integrate(args) => history(&args.sampler).into_iter().collect(),
            Self::Width(args) => history(&args.sampler).into_iter().collect(),
            Self::Report(args) => {
                let flags = ["-o", "-o (the numbers)", "-o (the histograms)"];
                of_report(flags, args.page()).into()
            }
            Self::Merge(args) => vec![(OUTPUT, args.output.clone())],
            Self::Reweight(args) => vec![(OUTPUT, args.output.clone())],
            Self::Convert(args) => vec![(OUTPUT, args.output.clone())],
            Self::Submit(args) => given(OUTPUT, args.output.as_ref()).into_iter().collect(),
            Self::Init(args) => given(OUTPUT, args.output.as_ref()).into_iter().collect(),
            Self::Cite(args) => given(OUTPUT, args.output.as_ref()).into_iter().collect(),
            Self::Process(args) => {
                let drawings = given("--diagrams", args.diagrams.as_ref());
                drawings.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}
