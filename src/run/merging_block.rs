//! What programs that merge multiplicities read in the header of an event file.
//!
//! Knows cuts, the merging section of cards and process lines; knows no event. Source:
//! Pythia 8.311, its reading of `<MGRunCard>` (`JetMatching:setMad`) and of the process
//! with `@1` (`Merging:doMGMerging`).

use std::fmt::Write as _;

use super::run::Run;
use crate::card::MergingCard;
use crate::cuts::MergingScale;
use crate::event::HeaderBlock;
use crate::process::ProcessLine;

/// Header block with lines `value = name` as in MadGraph's run card.
const MERGING: &str = "MGRunCard";

/// The block of a run that is made for merging: lines `value = name`. Without CDATA, which
/// hides it from Pythia.
pub(super) fn merging_block(run: &Run) -> Option<HeaderBlock> {
    let mlm = run.card.merging.filter(|merging| merging.reweight);
    let scales = run.cross_section.merging_scales();
    let flavours = scales.iter().map(|s| s.flavours).max();
    let mut text = match (&mlm, flavours) {
        (None, None) => return None,
        (Some(merging), _) => matched(run, merging),
        (None, Some(n)) => format!("  0 = ickkw\n  {n} = maxjetflavor"),
    };
    if !scales.is_empty() {
        add_scales(&mut text, run, &scales);
    }
    Some(HeaderBlock {
        name: MERGING.to_owned(),
        text,
        ..HeaderBlock::default()
    })
}

/// MLM: the four values that Pythia looks for.
fn matched(run: &Run, merging: &MergingCard) -> String {
    let is_light = |pdg: &i32| {
        let id = run.model.by_pdg(*pdg);
        id.is_some_and(|id| run.model.particle(id).mass == 0.0)
    };
    let n_light = (1..=6).filter(is_light).count() as u32;
    let n_jets = merging.maxjetflavor.unwrap_or(n_light);
    format!(
        "  1 = ickkw\n  {:?} = xqcut\n  {n_jets} = maxjetflavor\n  {:?} = alpsfact",
        merging.xqcut, merging.alpsfact
    )
}

/// CKKW-L: the cuts on merging scales, and the process without emissions.
fn add_scales(text: &mut String, run: &Run, scales: &[MergingScale]) {
    // Pythia reads on where it finds the word MadGraph.
    text.insert_str(0, "# names and units of MadGraph's run card\n");
    for scale in scales {
        let _ = write!(text, "\n  {} = {}", scale.least, scale.name);
        if let Some(d) = scale.radius {
            let _ = write!(text, "\n  {d} = dparameter");
        }
    }
    let lines = run.processes.lines.iter();
    if let Some(core) = lines.min_by_key(|line| line.outgoing.len()) {
        let incoming: Vec<&str> = core.initial.iter().map(|l| l.text.as_str()).collect();
        let (incoming, outgoing) = (incoming.join(" "), products(core).join(" "));
        let _ = write!(text, "\n{incoming} > {outgoing} @1");
    }
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
