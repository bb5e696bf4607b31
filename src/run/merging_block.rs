//! What programs that merge multiplicities read in the header of an event file.
//!
//! Knows cuts and process lines; knows no event. Source: Pythia 8.311, its reading of
//! `<MGRunCard>` (`JetMatching:setMad`) and of the process with `@1` (`Merging:doMGMerging`).

use std::fmt::Write as _;

use super::run::Run;
use crate::card::MergingCard;
use crate::event::HeaderBlock;
use crate::process::ProcessLine;

/// Header block with lines `value = name` as in MadGraph's run card.
pub(super) const MERGING: &str = "MGRunCard";

/// The block of a run that is to be merged: lines `value = name`. Without CDATA, which
/// hides it from Pythia.
pub(super) fn merging_block(run: &Run) -> Option<HeaderBlock> {
    let text = match run.card.merging.filter(|merging| merging.reweight) {
        Some(merging) => mlm(run, &merging),
        None => ckkwl(run)?,
    };
    Some(HeaderBlock {
        name: MERGING.to_owned(),
        text,
        ..HeaderBlock::default()
    })
}

/// The four values that `JetMatching:setMad` looks for.
fn mlm(run: &Run, merging: &MergingCard) -> String {
    let is_light = |pdg: &i32| {
        let id = run.model.by_pdg(*pdg);
        id.is_some_and(|id| run.model.particle(id).mass == 0.0)
    };
    let n_light = (1..=6).filter(is_light).count() as u32;
    let n_jets = merging.maxjetflavor.unwrap_or(n_light);
    let (xqcut, factor) = (merging.xqcut, merging.alpsfact);
    format!("  1 = ickkw\n  {xqcut} = xqcut\n  {n_jets} = maxjetflavor\n  {factor} = alpsfact")
}

/// Cuts on merging scales, and the process without emissions.
fn ckkwl(run: &Run) -> Option<String> {
    let scales = run.cross_section.merging_scales();
    let flavours = scales.iter().map(|s| s.flavours).max()?;
    // Pythia reads on where it finds the word MadGraph.
    let mut text = "# names and units of MadGraph's run card\n".to_owned();
    for scale in &scales {
        let _ = writeln!(text, "  {} = {}", scale.least, scale.name);
        if let Some(d) = scale.radius {
            let _ = writeln!(text, "  {d} = dparameter");
        }
    }
    let _ = write!(text, "  {flavours} = maxjetflavor\n  0 = ickkw");
    let lines = run.processes.lines.iter();
    if let Some(core) = lines.min_by_key(|line| line.outgoing.len()) {
        let words = |words: Vec<&str>| words.join(" ");
        let incoming = words(core.initial.iter().map(|l| l.text.as_str()).collect());
        let _ = write!(text, "\n{incoming} > {} @1", words(products(core)));
    }
    Some(text)
}

/// The outgoing legs of a line after all decays.
fn products(line: &ProcessLine) -> Vec<&str> {
    let mut left: Vec<&ProcessLine> = line.decays.iter().collect();
    let mut words = Vec::new();
    for leg in &line.outgoing {
        let fits = |d: &&ProcessLine| d.initial[0].text == leg.text;
        match left.iter().position(fits) {
            Some(k) => {
                words.extend(products(left[k]));
                // The only decay of a kind is that of all legs of the kind.
                if left.iter().filter(|d| fits(d)).count() > 1 {
                    left.remove(k);
                }
            }
            None => words.push(leg.text.as_str()),
        }
    }
    words
}
