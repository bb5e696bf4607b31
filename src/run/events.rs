//! Events of a file under a card: squared matrix elements and scales as the card has them.
//!
//! Knows which subprocess of the card an event is; knows no formula.

use std::path::Path;

use super::evaluate::{TOLERANCE, VETO_IGNORED};
use super::inputs::Inputs;
use super::locate::{External, Locator};
use super::parameter_points::ParameterPoints;
use crate::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, MemoryNeeds, TChannelWidth};
use crate::beam::{AlphaS, BeamSetup};
use crate::card::Card;
use crate::clustering::{Clustered, Clustering, Measure, OnShell, ResonanceWindow, Workspace};
use crate::compute::Watch;
use crate::cross_section::MergingRules;
use crate::diagram::{Diagrams, LegSet, Subprocess, time_like};
use crate::error::Error;
use crate::event::{Event, EventReader, RecordedEmissions};
use crate::kinematics::{FourVector, MomentumBatch, dot, incoming_rest_frame};
use crate::model::ParticleId;
use crate::scale::ScaleChoice;
use crate::weights::{BeamLine, Emitted, HardPoint, WeightPlan};

/// Relative difference of scales of a record, whose momenta are rounded.
const SCALE_TOLERANCE: f64 = 1e-5;

/// Most diagram topologies that are looked at for resonances.
const MAX_TOPOLOGIES: usize = 20_000;

/// What an event is under a card.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDetails {
    /// Its subprocess.
    pub process: String,
    /// `|M|^2` with the strong coupling below, averaged over initial, summed over final
    /// states.
    pub me2: f64,
    /// Renormalisation scale in GeV.
    pub mu_r: f64,
    /// Factorisation scales of both beams in GeV, in the order of the record.
    pub mu_f: [f64; 2],
    /// The strong coupling at `mu_r`.
    pub alpha_s: f64,
    /// Scale of each outgoing particle in GeV, line by line of the record; the energy of
    /// the collision for those that are no radiated partons, `None` for incoming ones and
    /// resonances. `None` altogether if the subprocess cannot be clustered.
    pub pt_clust: Option<Vec<Option<f64>>>,
    /// Scales in GeV at which merged samples take the strong coupling, vertex by vertex.
    pub alpha_s_scales: Option<Vec<f64>>,
    /// Couplings at these scales, times the factor of the card, over that at `mu_r`.
    pub alpha_s_factor: Option<f64>,
    /// Whether `merging.xqcut` of the card keeps the event; `None` without it.
    pub passes_xqcut: Option<bool>,
    /// Which lines of the record were joined, in order.
    pub clustering_class: Option<String>,
    /// Ratios of the alternative weights of the card to the weight of the event, in the
    /// order of [`EventEvaluator::weights`].
    pub weights: Vec<f64>,
}

impl EventDetails {
    /// Where a shower starts, GeV.
    pub fn scalup(&self) -> f64 {
        self.mu_f[0].max(self.mu_f[1])
    }
}

/// Evaluates events under a card.
pub struct EventEvaluator {
    locator: Locator,
    alpha_s: AlphaS,
    mu_r: ScaleChoice,
    mu_f: [ScaleChoice; 2],
    measure: Measure,
    window: ResonanceWindow,
    compiled: Vec<(Subprocess, Compiled)>,
    memory: MatrixElementWorkspace,
    clustering: Workspace,
    weights: WeightPlan,
    points: Option<ParameterPoints>,
    merging: Option<MergingRules>,
    /// Scales are those of the records, which are held against the card's.
    recorded_scales: bool,
    beams: BeamSetup,
    pdf_id: i32,
    warnings: Vec<String>,
    /// Events seen, those that are not physical, and what is wrong with the first.
    n_events: u64,
    n_unphysical: u64,
    unphysical: String,
}

struct Compiled {
    element: MatrixElement,
    /// Time-like propagators of its diagrams.
    resonances: Vec<(LegSet, ParticleId)>,
    /// Why not, if not.
    clustering: Result<Clustering, String>,
}

impl EventEvaluator {
    /// Loads what a card names.
    ///
    /// # Errors
    /// Anything in the card that cannot be used, with the nearest valid choice.
    pub fn load(card: &Card) -> Result<Self, Error> {
        Self::compile(card).map_err(|e| e.in_card(card))
    }

    fn compile(card: &Card) -> Result<Self, Error> {
        let inputs = Inputs::load(card, Watch::nobody())?;
        let (weights, points) = inputs.weights(card)?;
        let setup = inputs.setup(card, None);
        let setup_window = setup.resonances.window();
        let (mu_r, mu_f, merging) = (setup.mu_r, setup.mu_f, setup.merging);
        let hadrons = |b: &BeamSetup| b.particles.iter().any(|p| p.is_hadron());
        let measure = match hadrons(&inputs.beams) {
            true => Measure::Hadron,
            false => Measure::Lepton,
        };
        let mut elements = inputs.processes.elements.iter();
        let mut warnings = match elements.any(|e| e.subprocess.has_vetoes()) {
            true => vec![VETO_IGNORED.to_owned()],
            false => vec![],
        };
        warnings.extend(points.iter().flat_map(|p| p.warnings().iter().cloned()));
        Ok(Self {
            warnings,
            n_events: 0,
            n_unphysical: 0,
            unphysical: String::new(),
            mu_r,
            mu_f,
            measure,
            window: setup_window,
            alpha_s: inputs.alpha_s,
            locator: Locator::new(inputs.model, inputs.processes),
            compiled: vec![],
            memory: MatrixElementWorkspace::default(),
            clustering: Workspace::default(),
            weights,
            points,
            merging,
            recorded_scales: false,
            beams: inputs.beams,
            pdf_id: inputs.pdf.as_ref().map_or(0, |pdf| pdf.lhapdf_id()),
        })
    }

    /// Takes scales from the records of events, as those of the sample are; a scale that
    /// is not the card's is an error, but for one from clustering, which is that of the
    /// channel where the event was made.
    pub fn with_recorded_scales(mut self) -> Self {
        self.recorded_scales = true;
        self
    }

    /// Beams of the card, and the LHAPDF id of its parton densities; 0 without.
    pub(crate) fn beams(&self) -> (BeamSetup, i32) {
        (self.beams, self.pdf_id)
    }

    /// What of the card matrix elements do not have, and events that are not physical.
    pub fn warnings(&self) -> Vec<String> {
        let mut all = self.warnings.clone();
        if self.n_unphysical > 0 {
            all.push(format!(
                "{} of {} events are not physical to {TOLERANCE:e}: {}",
                self.n_unphysical, self.n_events, self.unphysical
            ));
        }
        all
    }

    /// Why the momenta of an event are not those of its particles, if they are not.
    fn unphysical(&self, event: &Event, external: &External) -> Option<String> {
        let legs = || external.places.iter().map(|&k| event.particles[k].p);
        for ((p, &id), line) in legs().zip(&external.legs).zip(&external.places) {
            let m = self.locator.model.particle(id).mass;
            let size = (p[1] * p[1] + p[2] * p[2] + p[3] * p[3] + m * m).sqrt();
            if (p[0] - size).abs() > TOLERANCE * p[0].max(size) {
                return Some(format!(
                    "'{}' in line {} is off its mass shell, found p^2 = {:.6e} GeV^2, expected {:.6e}",
                    self.locator.model.particle(id).name,
                    line + 1,
                    dot(p, p),
                    m * m
                ));
            }
        }
        let energy: f64 = legs().take(2).map(|p| p[0]).sum();
        let lost = |mu: usize| -> f64 {
            let signed = legs().enumerate();
            signed
                .map(|(k, p)| if k < 2 { p[mu] } else { -p[mu] })
                .sum()
        };
        let mu = (0..4).find(|&mu| lost(mu).abs() > TOLERANCE * energy)?;
        let axis = ["E", "px", "py", "pz"][mu];
        Some(format!(
            "{axis} is not conserved, {:.6e} GeV are lost",
            lost(mu)
        ))
    }

    /// The alternative weights of the card.
    pub fn weights(&self) -> &WeightPlan {
        &self.weights
    }

    /// Events of a file, one by one; what cannot be evaluated has a reason.
    ///
    /// # Errors
    /// [`Error::Event`] for a file that cannot be read.
    pub fn file(
        &mut self,
        path: &Path,
        mut each: impl FnMut(Result<EventDetails, String>),
    ) -> Result<(), Error> {
        let mut reader = EventReader::open(path)?;
        let energy = reader.run().beam_energy;
        while let Some(event) = reader.next_event()? {
            each(self.event(&event, energy));
        }
        Ok(())
    }

    /// One event; `energies` are those of both beams in GeV.
    ///
    /// # Errors
    /// In words, if the event is none of the card's.
    pub fn event(&mut self, event: &Event, energies: [f64; 2]) -> Result<EventDetails, String> {
        let collision = 2.0 * (energies[0] * energies[1]).sqrt();
        let external = self.locator.external(event);
        self.count(event, external.as_ref().ok());
        let external = external?;
        let at = self.compiled(&external)?;
        let points = external.places.iter().map(|&k| event.particles[k].p);
        let lab = MomentumBatch::from_points(&[points.collect()]);
        let legs = partonic(&lab)?;
        let (sub, compiled) = &self.compiled[at];
        if compiled.clustering.is_ok() {
            let unknown = |r: &&(LegSet, ParticleId)| !compiled.resonances.contains(r);
            if let Some(r) = external.resonances.iter().find(unknown) {
                return Err(self.unknown_resonance(*r, &external, sub));
            }
        }
        // Those of diagrams that clustering does not follow, with fewer powers of the
        // strong coupling, are left out there.
        let given = OnShell::Given(&external.resonances);
        let clustering = compiled.clustering.as_ref().map_err(String::clone);
        let clustered = clustering.map(|c| c.cluster(&legs, given, &mut self.clustering));
        let scale = |choice: ScaleChoice, found: &dyn Fn(&Clustered) -> f64| {
            if choice.is_clustering() {
                let clustered = clustered.as_ref().map_err(String::clone)?;
                return Ok::<f64, String>(choice.factor * found(clustered));
            }
            let mut out = [0.0];
            choice.evaluate(&lab, 2, &mut out);
            Ok(out[0])
        };
        let mu_r = scale(self.mu_r, &|c| c.mu_r)?;
        let mu_f = [
            scale(self.mu_f[0], &|c| c.mu_f[0])?,
            scale(self.mu_f[1], &|c| c.mu_f[1])?,
        ];
        let (mu_r, mu_f) = match self.recorded_scales {
            false => (mu_r, mu_f),
            true => self.recorded(event, mu_r, mu_f)?,
        };
        let alpha_s = [self.alpha_s.at(mu_r)];
        let mut me2 = [0.0];
        let (width, memory) = (TChannelWidth::Off, &mut self.memory);
        compiled
            .element
            .me2(&lab, Some(&alpha_s), width, memory, &mut me2);
        if !me2[0].is_finite() {
            return Err(format!("its squared matrix element is {}", me2[0]));
        }
        let parton = |k: usize| {
            let p = &event.particles[external.places[k]];
            (p.pdg, p.p)
        };
        let is_swapped = parton(0).1[3] < parton(1).1[3];
        let incoming = HardPoint::incoming([parton(0), parton(1)], energies);
        let mut point = HardPoint {
            mu_r,
            mu_f: if is_swapped { [mu_f[1], mu_f[0]] } else { mu_f },
            powers: powers(&compiled.element, &lab, &mut self.memory),
            scales: self.weights.scales(&lab, 2).concat(),
            ..incoming
        };
        if let (Ok(found), Some(rules)) = (&clustered, &self.merging) {
            let pdg: Vec<i32> = (0..external.places.len()).map(|k| parton(k).0).collect();
            let legs = if is_swapped { [1, 0] } else { [0, 1] };
            point.emissions = rules.emitted(&found.emissions, legs, point.x, &pdg);
            let recorded = RecordedEmissions::read(&event.rest)?;
            recorded
                .filter(|_| rules.alpha_s)
                .inspect(|r| take_recorded(&mut point, r));
        }
        let mut weights = self.weights.ratios(&[point]).pop().unwrap_or_default();
        if let Some(points) = &self.points {
            let with_coupling = Event {
                alpha_s: alpha_s[0],
                ..event.clone()
            };
            weights.extend(points.ratios(&with_coupling, &self.weights)?);
        }
        let found = clustered.ok();
        let scales = |c: &Clustered| {
            let mut of_lines = vec![None; event.particles.len()];
            for (&line, scale) in external.places[2..].iter().zip(&c.pt_clust) {
                of_lines[line] = Some(scale.unwrap_or(collision));
            }
            of_lines
        };
        let line = |leg: usize| external.places[leg] + 1;
        let strong = |c: &Clustered| c.emissions.strong().to_vec();
        let coupling = |c: &Clustered| self.coupling(c, alpha_s[0]);
        let passes = |c: &Clustered| Some(c.emissions.least_jet >= self.merging?.xqcut);
        Ok(EventDetails {
            process: sub.name(&self.locator.model),
            me2: me2[0],
            mu_r,
            mu_f,
            alpha_s: alpha_s[0],
            pt_clust: found.as_ref().map(scales),
            alpha_s_scales: found.as_ref().map(strong),
            alpha_s_factor: found.as_ref().map(coupling),
            passes_xqcut: found.as_ref().and_then(passes),
            clustering_class: found.as_ref().map(|c| c.class(line)),
            weights,
        })
    }

    /// The strong coupling at the scales of emissions over `alpha_s`.
    fn coupling(&self, clustered: &Clustered, alpha_s: f64) -> f64 {
        let factor = self.merging.map_or(1.0, |rules| rules.alpha_s_factor);
        let ratio = |q: &f64| self.alpha_s.at(factor * q) / alpha_s;
        clustered.emissions.strong().iter().map(ratio).product()
    }

    /// Counts an event, and whether its momenta are none.
    fn count(&mut self, event: &Event, external: Option<&External>) {
        self.n_events += 1;
        let Some(what) = external.and_then(|external| self.unphysical(event, external)) else {
            return;
        };
        if self.n_unphysical == 0 {
            self.unphysical = format!("in event {} {what}", self.n_events);
        }
        self.n_unphysical += 1;
    }

    /// The scales of a record, held against those of the card.
    fn recorded(
        &self,
        event: &Event,
        mu_r: f64,
        mu_f: [f64; 2],
    ) -> Result<(f64, [f64; 2]), String> {
        let [a, b] = self.mu_f;
        let scales = &event.scales;
        for (name, choice, own, recorded) in [
            ("renormalisation", self.mu_r, mu_r, scales.mu_r),
            ("factorisation", a, mu_f[0], scales.mu_f[0]),
            ("factorisation", b, mu_f[1], scales.mu_f[1]),
        ] {
            let apart = (recorded / own - 1.0).abs();
            if !choice.is_clustering() && apart.is_nan() | (apart > SCALE_TOLERANCE) {
                return Err(format!(
                    "found the {name} scale {recorded} GeV, expected {own} GeV as the card has it: \
                     it was made with another card"
                ));
            }
        }
        Ok((scales.mu_r, scales.mu_f))
    }

    /// The place of the compiled subprocess of an event, legs in the order of the record.
    fn compiled(&mut self, external: &External) -> Result<usize, String> {
        let sub = self.locator.subprocess(external)?;
        if let Some(at) = self.compiled.iter().position(|c| c.0 == sub) {
            return Ok(at);
        }
        let text = |e: &dyn std::error::Error| e.to_string();
        let diagrams = Diagrams::new(&self.locator.model).map_err(|e| text(&e))?;
        let mut needs = MemoryNeeds::default();
        needs.add(&diagrams, &sub);
        needs.check(1).map_err(|e| text(&e))?;
        let quarks = self.merging.map(|rules| rules.quarks).unwrap_or_default();
        let element = MatrixElement::compile(&self.locator.model, &sub, Frame::Any);
        let clustering = Clustering::new(&diagrams, &sub, self.measure, self.window, quarks);
        let topologies = diagrams.topologies(&sub, MAX_TOPOLOGIES);
        let resonances = time_like(&topologies, 2).into_iter();
        let compiled = Compiled {
            resonances: resonances.map(|p| (p.set, p.particle)).collect(),
            element: element.map_err(|e| text(&e))?,
            clustering: clustering.map_err(|e| text(&e)),
        };
        self.compiled.push((sub, compiled));
        Ok(self.compiled.len() - 1)
    }

    fn unknown_resonance(
        &self,
        (set, particle): (LegSet, ParticleId),
        external: &External,
        sub: &Subprocess,
    ) -> String {
        let legs = (0..external.legs.len()).filter(|leg| set >> leg & 1 == 1);
        let lines: Vec<String> = legs.map(|l| (external.places[l] + 1).to_string()).collect();
        format!(
            "its resonance '{}' of lines {} is in no diagram of '{}'",
            self.locator.model.particle(particle).name,
            lines.join(" "),
            sub.name(&self.locator.model)
        )
    }
}

/// Takes couplings and densities from what a merged event states of its weight.
fn take_recorded(point: &mut HardPoint, recorded: &RecordedEmissions) {
    let all = recorded.power + recorded.strong.len() as f64;
    point.mu_r = recorded.mu_r;
    point.powers = vec![(all, 1.0)];
    let line = |&(parton, x, scale): &(i32, f64, f64)| BeamLine { parton, x, scale };
    point.emissions = Emitted {
        strong: recorded.strong.clone(),
        lines: [0, 1].map(|beam| recorded.lines[beam].iter().map(line).collect()),
    };
    for (mu_f, lines) in point.mu_f.iter_mut().zip(&point.emissions.lines) {
        *mu_f = lines.last().map_or(*mu_f, |line| line.scale);
    }
}

/// Powers of the strong coupling in `|M|^2` and their coefficients.
fn powers(
    element: &MatrixElement,
    lab: &MomentumBatch,
    memory: &mut MatrixElementWorkspace,
) -> Vec<(f64, f64)> {
    let orders = element.squared_orders();
    let mut by_order = vec![0.0; orders.len()];
    element.me2_by_order(lab, TChannelWidth::Off, memory, &mut by_order);
    let parts = orders.iter().map(|order| order.strong).zip(by_order);
    HardPoint::powers_of(parts, element.alpha_s())
}

/// The momenta of a point in the rest frame of both incoming particles.
fn partonic(lab: &MomentumBatch) -> Result<Vec<FourVector>, String> {
    let frame = incoming_rest_frame(lab);
    let legs: Vec<FourVector> = (0..frame.n_ext).map(|leg| frame.get(leg, 0)).collect();
    match legs.iter().flatten().all(|p| p.is_finite()) {
        true => Ok(legs),
        false => Err("its incoming particles are not two of opposite directions".to_owned()),
    }
}
