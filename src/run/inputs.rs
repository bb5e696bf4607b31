//! What a card names, loaded: model, processes, cuts, beams, parton densities.
//!
//! Knows the order in which files are read; compiles nothing and knows no formula.

use std::sync::Arc;

use super::branching::too_narrow;
use super::load_model::{ComputedWidth, LoadedModel, load_model};
use super::parameter_points::ParameterPoints;
use crate::beam::{AlphaS, BeamError, BeamParticle, BeamSetup, DEFAULT_PDF, PdfSet, RunningAlphaS};
use crate::card::{AlphaSChoice, Card, MergingCard, RunCard};
use crate::clustering::QuarkRules;
use crate::compute::Watch;
use crate::cross_section::{
    CrossSectionError, MergingRules, PilotChoice, ResonanceRules, Setup, check_merging, cut_offs,
    final_states, refuse, singularities,
};
use crate::cuts::{Bias, CutError, CutSet, Groups};
use crate::error::Error;
use crate::event::EventNorm;
use crate::histogram::HistogramSet;
use crate::model::{Model, ModelNote};
use crate::process::{ProcessSet, named_groups};
use crate::scale::ScaleKind;
use crate::suggest::did_you_mean;
use crate::weights::WeightPlan;

/// Most phase-space channels of one group of subprocesses that are looked at.
const MAX_CHANNELS: usize = 1024;
/// Names of the hadrons of beams.
const PROTON: &str = "p";
const ANTIPROTON: &str = "p~";

/// The incoming words of a process line that stand for antiprotons.
pub(super) fn antiprotons(line: &str) -> [bool; 2] {
    let incoming = line.split('>').next().unwrap_or_default();
    let mut words = incoming.split_whitespace();
    [0, 1].map(|_| words.next() == Some(ANTIPROTON))
}

/// Refuses lines with more `p~` than there are beams of antiprotons. Its label is that of the
/// proton, so that nothing else would tell.
fn check_antiprotons(card: &Card) -> Result<(), CrossSectionError> {
    let beams = &card.beams.particles;
    let n_beams = beams.iter().filter(|beam| *beam == ANTIPROTON).count();
    let is_own = card.process.define.contains_key(ANTIPROTON);
    for line in card.process.generate.iter().filter(|_| !is_own) {
        let words = antiprotons(line);
        let n_words = words.iter().filter(|is| **is).count();
        let beam = (0..2).find(|&k| words[k] && beams[k] == PROTON);
        if let (true, Some(beam)) = (n_words > n_beams, beam) {
            return Err(CrossSectionError::NotInBeams {
                process: line.trim().to_owned(),
                beams: beams.join(" "),
                beam: beam + 1,
                found: format!("'{ANTIPROTON}'"),
                expected: format!("'{PROTON}', or '{ANTIPROTON}' as that beam (beams.particles)"),
            });
        }
    }
    Ok(())
}

/// The beam particle of a name: a hadron, or a particle of the model by its name or PDG id.
fn beam_particle(model: &Model, name: &str) -> Result<BeamParticle, BeamError> {
    let name = name.trim();
    let unknown = match name.parse() {
        Ok(particle) => return Ok(particle),
        Err(unknown) => unknown,
    };
    let by_number = || name.parse().ok().and_then(|pdg| model.by_pdg(pdg));
    let found = model.by_name(name).or_else(|| model.by_folded_name(name));
    if let Some(id) = found.or_else(by_number) {
        return Ok(BeamParticle::Elementary(model.particle(id).pdg));
    }
    let mut known: Vec<&str> = model.particles.iter().map(|p| p.name.as_str()).collect();
    known.extend(BeamParticle::names());
    Err(match unknown {
        BeamError::UnknownBeam { name, .. } => BeamError::UnknownBeam {
            hint: did_you_mean(&name, known),
            name,
        },
        other => other,
    })
}

/// How a card treats declared resonances.
pub(super) fn resonance_rules(card: &RunCard) -> ResonanceRules {
    ResonanceRules {
        bw_cutoff: card.bw_cutoff,
        small_width: card.small_width_treatment,
    }
}

/// How a card merges; quarks without mass are always in jets.
fn merging_rules(card: &MergingCard) -> MergingRules {
    MergingRules {
        xqcut: card.xqcut,
        alpha_s: card.reweight,
        densities: card.reweight && card.pdfwgt,
        alpha_s_factor: card.alpsfact,
        quarks: QuarkRules {
            jets: card.maxjetflavor,
            coupled: card.asrwgtflavor,
        },
    }
}

/// The inputs of a cross section.
pub(super) struct Inputs<'w> {
    pub model: Model,
    pub processes: ProcessSet,
    pub cuts: CutSet,
    bias: Option<Bias>,
    pub beams: BeamSetup,
    pub pdf: Option<Arc<PdfSet>>,
    pub alpha_s: AlphaS,
    groups: Groups,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Values of the parameter card that are not those of the run, and widths that are too
    /// small.
    pub unused: Vec<String>,
    /// Widths that were `auto`.
    pub widths: Vec<ComputedWidth>,
    watch: Watch<'w>,
}

impl<'w> Inputs<'w> {
    /// Loads and expands what a card names; `watch` hears how far it is and may call
    /// it off.
    ///
    /// # Errors
    /// Anything in the card that cannot be used, with the nearest valid choice.
    pub fn load(card: &Card, watch: Watch<'w>) -> Result<Self, Error> {
        let loaded = load_model(&card.model.spec(), &card.process.generate, watch)?;
        let mut warnings = ModelNote::texts(&loaded.warnings());
        let LoadedModel {
            model,
            unused,
            widths,
            ..
        } = loaded;
        let mut notes = ModelNote::texts(&unused.ignored);
        notes.extend(widths.iter().map(ToString::to_string));
        let (lines, defines) = (&card.process.generate, &card.process.define);
        let processes = ProcessSet::watched(&model, lines, defines, watch)?;
        warnings.extend(processes.warnings.iter().cloned());
        warnings.extend(too_narrow(&model, &processes)?);
        let groups = named_groups(&model, &card.process.define)?;
        let cuts = CutSet::parse(&card.cuts.require, &groups)?;
        let bias = bias(&card.run, &groups)?;
        check_antiprotons(card)?;
        let [a, b] = &card.beams.particles;
        let particles = [beam_particle(&model, a)?, beam_particle(&model, b)?];
        let beams = BeamSetup::new(particles, card.beams.energies)?;
        let hadrons = beams.particles.iter().any(|p| p.is_hadron());
        let pdf = if hadrons {
            let name = card.beams.pdf.as_deref().unwrap_or(DEFAULT_PDF);
            Some(Arc::new(PdfSet::load(name, card.beams.member as usize)?))
        } else {
            if let Some(name) = &card.beams.pdf {
                notes.push(format!(
                    "beams.pdf = \"{name}\" is not used: no beam is a hadron"
                ));
            }
            None
        };
        let alpha_s = match (&card.scales.alpha_s, &pdf) {
            (Some(AlphaSChoice::Fixed(value)), _) => AlphaS::fixed(*value)?,
            (Some(AlphaSChoice::Running(r)), _) => AlphaS::running(&RunningAlphaS {
                value: r.value,
                at: r.at,
                loops: r.loops,
                thresholds: r.thresholds.clone(),
            })?,
            (None, Some(pdf)) => pdf.alpha_s()?,
            (None, None) => AlphaS::fixed(model.alpha_s())?,
        };
        if card.scales.mu_r.kind == ScaleKind::Fixed {
            alpha_s.check_scale(card.scales.mu_r.factor)?;
        }
        Ok(Self {
            model,
            processes,
            cuts,
            bias,
            beams,
            pdf,
            alpha_s,
            groups,
            notes,
            unused: warnings,
            widths,
            watch,
        })
    }

    /// What a cross section is made from; `pilots` holds what those of an
    /// earlier run have chosen.
    pub fn setup<'a>(&'a self, card: &Card, pilots: Option<&'a [PilotChoice]>) -> Setup<'a> {
        Setup {
            model: &self.model,
            processes: &self.processes,
            beams: Some(self.beams),
            pdf: self.pdf.clone(),
            alpha_s: self.alpha_s.clone(),
            mu_r: card.scales.mu_r,
            mu_f: card.scales.mu_f.0,
            cuts: &self.cuts,
            bias: self.bias.as_ref(),
            colour: card.amplitude.colour,
            precision: card.amplitude.precision,
            helicity: card.amplitude.helicity,
            beam_polarisation: card.beams.polarisation,
            helicity_frame: frame_legs(&card.run.me_frame),
            pilots,
            resonances: resonance_rules(&card.run),
            merging: card.merging.map(|merging| merging_rules(&merging)),
            max_channels: MAX_CHANNELS,
            watch: self.watch,
        }
    }

    /// The alternative weights that a card asks for, and what those for other parameters
    /// of the model need, if there are any.
    ///
    /// # Errors
    /// [`Error::Weight`] for parton densities that cannot be loaded; those of
    /// [`ParameterPoints::load`].
    pub(crate) fn weights(
        &self,
        card: &Card,
    ) -> Result<(WeightPlan, Option<ParameterPoints>), Error> {
        let (pdf, alpha_s) = (self.pdf.as_ref(), &self.alpha_s);
        let plan = WeightPlan::new(&card.weights, &self.beams, pdf, alpha_s)?;
        let points = ParameterPoints::load(card, &self.model, &self.processes, self.watch)?;
        let expanded = points.as_ref().map(ParameterPoints::expanded);
        Ok((plan.with_expanded(expanded.unwrap_or_default()), points))
    }

    /// The histograms that a card asks for.
    ///
    /// # Errors
    /// [`Error::Histogram`] for one that is not understood, or that nothing would fill.
    pub(crate) fn histograms(&self, card: &Card) -> Result<HistogramSet, Error> {
        let hadronic = self.beams.particles.map(|p| p.is_hadron());
        let set = HistogramSet::new(&card.histograms.0, &self.groups, hadronic)?;
        if !set.is_empty() {
            set.check(&final_states(&self.model, &self.processes))?;
        }
        Ok(set)
    }

    /// Makes sure that the cross section is finite. Where the card permits
    /// singularities, cut-offs join the cuts; one line for each is returned.
    ///
    /// # Errors
    /// [`Error::CrossSection`] for singularities that are not permitted or that no
    /// cut-off regulates.
    pub(crate) fn regulate(&mut self, card: &Card) -> Result<Vec<String>, Error> {
        let setup = self.setup(card, None);
        let allowed = card.cuts.allow_singular;
        let found = regulated(&setup, &card.cuts.require, &self.groups, allowed)?;
        self.cuts = found.cuts;
        self.notes.extend(found.notes);
        Ok(found.cut_offs)
    }
}

/// The bias of a card.
fn bias(card: &RunCard, groups: &Groups) -> Result<Option<Bias>, CutError> {
    let Some(text) = &card.bias else {
        return Ok(None);
    };
    if card.event_norm == EventNorm::Unity {
        return Err(CutError::Bias(format!(
            "'{text}': found run.event_norm = \"unity\", expected \"average\" or \"sum\": the \
             weights of biased events are not equal"
        )));
    }
    Bias::parse(text, groups).map(Some)
}

/// Legs counted from 1 as a set.
pub(super) fn frame_legs(legs: &[u32]) -> u32 {
    legs.iter().fold(0, |set, leg| set | 1 << (leg - 1))
}

/// Cuts that leave no singularity.
pub(super) struct Regulated {
    pub cuts: CutSet,
    /// One line for each technical cut-off.
    pub cut_offs: Vec<String>,
    pub notes: Vec<String>,
}

/// Makes sure that a cross section or a width is finite. Where singularities are `allowed`,
/// cut-offs join the cuts that are required.
///
/// # Errors
/// [`Error::CrossSection`] for singularities that are not permitted or that no cut-off
/// regulates.
pub(super) fn regulated(
    setup: &Setup,
    require: &[String],
    groups: &Groups,
    allowed: bool,
) -> Result<Regulated, Error> {
    check_merging(setup)?;
    let found = singularities(setup)?;
    let mut notes = Vec::new();
    if !allowed {
        refuse(setup, found)?;
        return Ok(Regulated {
            cuts: setup.cuts.clone(),
            cut_offs: Vec::new(),
            notes,
        });
    }
    let added = cut_offs(setup, &found);
    if found.is_empty() {
        notes
            .push("cuts.allow_singular = true is not needed: the cuts leave no singularity".into());
    }
    let texts: Vec<&String> = (require.iter())
        .chain(added.iter().map(|(cut, _)| cut))
        .collect();
    let cuts = CutSet::parse(&texts, groups)?;
    let closed = Setup {
        cuts: &cuts,
        ..setup.clone()
    };
    refuse(&closed, singularities(&closed)?)?;
    let what = match setup.beams {
        Some(_) => "cross section",
        None => "width",
    };
    let line = |(cut, reason): (String, String)| {
        format!(
            "technical cut-off {cut} GeV: the {what} grows without limit as it falls ({reason})"
        )
    };
    let cut_offs = added.into_iter().map(line).collect();
    Ok(Regulated {
        cuts,
        cut_offs,
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_without_a_word_on_resonances_have_the_usual_rules() {
        let of_card = resonance_rules(&RunCard::default());
        assert_eq!(of_card, ResonanceRules::default());
    }
}
