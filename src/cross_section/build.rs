//! From process, model, beams, cuts and scales to an integrand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::bias;
use super::common_bounds::common_bounds;
use super::error::CrossSectionError;
use super::final_states::{declared, final_states, pdgs};
use super::group::{FlavourAssignment, MatrixElementSlot, SubprocessGroup};
use super::helicities::Helicities;
use super::incoming::{
    check_beam_polarisation, check_incoming, check_lines, helicity_frame, leg_polarisation,
    not_in_beams, orientation,
};
use super::merging::{MergingRules, check_merging};
use super::on_shell_veto::OnShellVeto;
use super::outside::OutsideGrid;
use super::pilot::PilotChoice;
use super::resonance::{self, ResonanceRules};
use super::scale_set::{self, ScaleSet};
use crate::amplitude::{ColourMode, Frame, HelicityMode, MatrixElement, MemoryNeeds, Precision};
use crate::beam::{AlphaS, BeamSetup, Luminosity, PdfSet};
use crate::compute::Watch;
use crate::cuts::{Bias, BoundBias, BoundCuts, CutSet, MergingScale, Window};
use crate::diagram::{Diagrams, LegSet, Propagator, Topology, VetoedLine, time_like};
use crate::model::{Model, ParticleId};
use crate::phasespace::{self, PhaseSpace, PhaseSpaceError};
use crate::process::{Group, ProcessSet};
use crate::scale::ScaleChoice;

/// Most topologies that are asked for one matrix element.
const MAX_TOPOLOGIES: usize = 20_000;

/// Matrix elements for each thread whose topologies are in memory at a time.
const COMPILED_AT_ONCE: usize = 4;

/// Everything that defines a cross section.
#[derive(Clone)]
pub struct Setup<'a> {
    /// The model, evaluated.
    pub model: &'a Model,
    /// The expanded process lines.
    pub processes: &'a ProcessSet,
    /// Beams and energies; `None` for partial widths of a particle at rest.
    pub beams: Option<BeamSetup>,
    /// PDF of hadron beams.
    pub pdf: Option<Arc<PdfSet>>,
    /// The strong coupling at the renormalisation scale.
    pub alpha_s: AlphaS,
    /// Renormalisation scale.
    pub mu_r: ScaleChoice,
    /// Factorisation scales of beam 1 and beam 2.
    pub mu_f: [ScaleChoice; 2],
    /// Selection.
    pub cuts: &'a CutSet,
    /// What events are made in proportion to besides the cross section.
    pub bias: Option<&'a Bias>,
    /// What is kept of the colour sum.
    pub colour: ColourMode,
    /// Precision of the currents of matrix elements.
    pub precision: Precision,
    /// Whether helicities are summed or drawn.
    pub helicity: HelicityMode,
    /// Polarisations of the beams, from -1 (left-handed) to 1 (right-handed).
    pub beam_polarisation: [f64; 2],
    /// The legs whose rest frame helicities refer to.
    pub helicity_frame: LegSet,
    /// What the pilots of an earlier run have chosen, group by group; pilots
    /// decide without it.
    pub pilots: Option<&'a [PilotChoice]>,
    /// How declared resonances are treated.
    pub resonances: ResonanceRules,
    /// Merging of multiplicities.
    pub merging: Option<MergingRules>,
    /// Most phase-space channels of one group of subprocesses that are looked
    /// at; those that contribute little are dropped.
    pub max_channels: usize,
    /// Hears of matrix elements that are compiled, and may call it off.
    pub watch: Watch<'a>,
}

impl Setup<'_> {
    /// Which beams have partons.
    pub(super) fn hadronic(&self) -> [bool; 2] {
        let of = |beams: BeamSetup| beams.particles.map(|p| p.is_hadron());
        self.beams.map_or([false; 2], of)
    }
}

/// A subprocess as it is reported.
#[derive(Clone, Debug, PartialEq)]
pub struct SubprocessInfo {
    /// E.g. `u u~ > e+ e-`.
    pub name: String,
    /// PDG numbers of the legs.
    pub pdg: Vec<i32>,
    /// Process number in event files.
    pub process_id: i32,
    /// Whether it includes that with the incoming particles exchanged between the beams.
    pub exchanged: bool,
}

/// A cross section, differential in the coordinates of its channels; or, without beams,
/// partial widths of one particle, in GeV where a cross section is in pb.
pub struct CrossSection {
    pub(super) groups: Vec<SubprocessGroup>,
    /// Group and channel within it.
    pub(super) channels: Vec<(usize, usize)>,
    /// None for decays.
    pub(super) luminosity: Option<Luminosity>,
    pub(super) alpha_s: AlphaS,
    pub(super) mu_r: ScaleChoice,
    /// One for each beam.
    pub(super) mu_f: [ScaleChoice; 2],
    pub(super) subprocesses: Vec<SubprocessInfo>,
    pub(super) cuts: CutSet,
    pub(super) model: Model,
    pub(super) notes: Vec<String>,
    pub(super) outside: Option<OutsideGrid>,
    /// A resonance is on shell within so many widths of its pole.
    pub(super) bw_cutoff: f64,
    /// Merging of multiplicities.
    pub(super) merging: Option<MergingRules>,
    /// Energy of the collision in GeV.
    pub(super) energy: f64,
    /// Processes whose resonances have no room in their windows.
    pub(super) closed: Vec<String>,
    /// Subprocesses of which the cuts leave no event.
    cut_away: Vec<String>,
    /// That process lines add nothing, and why.
    left_out: Vec<String>,
}

impl CrossSection {
    /// Compiles matrix elements and channels.
    ///
    /// # Errors
    /// [`CrossSectionError`] for anything in the setup that cannot work.
    pub fn new(setup: &Setup) -> Result<Self, CrossSectionError> {
        match resonance::widened(setup)? {
            None => Self::with_widths(setup, setup.model),
            Some(model) => {
                let widened = Setup {
                    model: &model,
                    ..setup.clone()
                };
                Self::with_widths(&widened, setup.model)
            }
        }
    }

    /// `real` has the widths of narrow resonances.
    fn with_widths(setup: &Setup, real: &Model) -> Result<Self, CrossSectionError> {
        let set = setup.processes;
        let luminosity = |b: BeamSetup| Luminosity::new(b.particles, setup.pdf.as_ref());
        let luminosity = setup.beams.map(luminosity).transpose()?;
        check_incoming(setup)?;
        let left_out = check_lines(setup)?;
        check_beam_polarisation(setup)?;
        check_merging(setup)?;
        let finals = final_states(setup.model, set);
        setup.cuts.check_decays(&finals)?;
        if let Some(bias) = setup.bias {
            bias.check(&finals)?;
        }
        let mut this = Self {
            groups: vec![],
            channels: vec![],
            luminosity,
            alpha_s: setup.alpha_s.clone(),
            mu_r: setup.mu_r,
            mu_f: setup.mu_f,
            subprocesses: vec![],
            cuts: setup.cuts.clone(),
            model: setup.model.clone(),
            notes: set.notes.clone(),
            left_out,
            outside: None,
            bw_cutoff: setup.resonances.bw_cutoff,
            merging: setup.merging,
            energy: (setup.beams).map_or(0.0, |b| 2.0 * (b.energies[0] * b.energies[1]).sqrt()),
            closed: vec![],
            cut_away: vec![],
        };
        let diagrams = Diagrams::new(setup.model)?;
        check_memory(setup, &diagrams)?;
        let mut refused = None;
        for group in &set.groups {
            for elements in by_spin(setup, group) {
                if let Err(e) = this.add_group(setup, real, &diagrams, group, &elements) {
                    match e {
                        // Other subprocesses may still be possible.
                        CrossSectionError::NotInBeams { .. } => refused = Some(e),
                        CrossSectionError::CutsExclude { ref process, .. } => {
                            this.cut_away.push(process.clone());
                            refused = Some(e);
                        }
                        CrossSectionError::NoInterference { ref process } => {
                            this.notes.push(format!(
                                "'{process}' is left out: its products of amplitudes within the \
                                 limits on squared orders add up to zero at every point"
                            ));
                            refused = Some(e);
                        }
                        _ => return Err(e),
                    }
                }
            }
        }
        this.require_groups(refused)?;
        match setup.pilots {
            Some(pilots) if pilots.len() != this.groups.len() => {
                return Err(CrossSectionError::StoredGroups {
                    found: this.groups.len(),
                    stored: pilots.len(),
                });
            }
            _ => {}
        }
        for (g, group) in this.groups.iter().enumerate() {
            for c in 0..group.space.n_channels() {
                this.channels.push((g, c));
            }
        }
        if let Some(pdf) = &setup.pdf {
            this.look_outside(pdf)?;
        }
        Ok(this)
    }

    /// Makes sure that something is left to integrate.
    fn require_groups(
        &mut self,
        refused: Option<CrossSectionError>,
    ) -> Result<(), CrossSectionError> {
        if self.groups.is_empty() {
            if let Some(e) = refused {
                return Err(e);
            }
            if let Some(process) = self.closed.first() {
                return Err(CrossSectionError::Closed {
                    process: process.clone(),
                });
            }
        }
        self.notes.extend(self.closed.iter().map(|process| {
            format!("'{process}' is left out: its resonances have no room within run.bw_cutoff")
        }));
        Ok(())
    }

    /// The strong coupling at a scale in GeV.
    pub(crate) fn alpha_s_at(&self, mu: f64) -> f64 {
        self.alpha_s.at(mu)
    }

    /// Subprocesses, in the order of the contributions of the integrand.
    pub fn subprocesses(&self) -> &[SubprocessInfo] {
        &self.subprocesses
    }

    /// Cuts on the scale of the softest emission.
    pub(crate) fn merging_scales(&self) -> Vec<MergingScale> {
        self.cuts.merging_scales()
    }

    /// The first subprocesses of groups of which the cuts leave no event.
    pub fn cut_away(&self) -> &[String] {
        &self.cut_away
    }

    /// That process lines add nothing since the densities lack a parton.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// What the user should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether weights may be negative: where only some products of amplitudes count.
    pub fn is_signed(&self) -> bool {
        self.groups.iter().any(SubprocessGroup::is_signed)
    }

    /// Number of matrix elements that are evaluated.
    pub(crate) fn n_matrix_elements(&self) -> usize {
        self.groups.iter().map(|g| g.slots.len()).sum()
    }

    /// The phase space of a channel, and its number there.
    pub fn phase_space(&self, channel: usize) -> (&PhaseSpace, usize) {
        let (group, of_group) = self.channels[channel];
        (&self.groups[group].space, of_group)
    }

    /// Process number of a channel's events and description of the channel.
    pub fn channel_description(&self, channel: usize) -> String {
        let (g, c) = self.channels[channel];
        let group = &self.groups[g];
        format!("{}: {}", group.name, group.space.description(c))
    }

    fn add_group(
        &mut self,
        setup: &Setup,
        real: &Model,
        diagrams: &Diagrams,
        group: &Group,
        members: &[usize],
    ) -> Result<(), CrossSectionError> {
        let model = setup.model;
        let n_in = group.n_in;
        let name = setup.processes.elements[members[0]].subprocess.name(model);
        let mut shared = Shared {
            process_id: process_id(group.tag),
            windows: setup.resonances.windows(&group.resonances),
            ..Shared::default()
        };
        if self.is_closed(setup, group, &shared.windows, &name)? {
            return Ok(());
        }
        let mut kept = vec![];
        let mut refused = None;
        let n_before = self.subprocesses.len();
        for &k in members {
            match self.flavours(setup, real, &mut shared, k) {
                Ok(flavours) if flavours.is_empty() => {}
                Ok(flavours) => kept.push((k, flavours)),
                Err(e @ CrossSectionError::NotInBeams { .. }) => refused = Some(e),
                Err(e) => return Err(e),
            }
        }
        if kept.is_empty() {
            return refused.map_or(Ok(()), Err);
        }
        shared.add_partons(setup);
        let Some(bounds) = common_bounds(&shared.selections, &group.masses, n_in) else {
            self.subprocesses.truncate(n_before);
            let cut = shared.selections.iter().find_map(BoundCuts::never_passed);
            return Err(CrossSectionError::CutsExclude { process: name, cut });
        };
        let frame = helicity_frame(setup, &kept)?;
        let (mut slots, topologies, scale_sets) = self.compile(setup, diagrams, kept, frame)?;
        // With selected orders a group has one matrix element.
        if slots.iter().all(|slot| slot.me.cancels()) {
            self.subprocesses.truncate(n_before);
            return Err(CrossSectionError::NoInterference { process: name });
        }
        let all = || slots.iter().flat_map(|s: &MatrixElementSlot| &s.flavours);
        let beam_swap = all().any(|f| f.orientation[1] > 0.5);
        if !beam_swap {
            // Equal partons need no second orientation where nothing else does.
            slots
                .iter_mut()
                .flat_map(|s| &mut s.flavours)
                .for_each(|f| f.orientation = [1.0, 0.0]);
        }
        let beams = setup.beams.map(|beams| phasespace::BeamSetup {
            e1: beams.energies[0],
            e2: beams.energies[1],
            hadronic: beams.particles.map(|p| p.is_hadron()),
        });
        let (masses_in, masses_out) = group.masses.split_at(n_in);
        let space = PhaseSpace::new(
            masses_in,
            masses_out,
            &topologies,
            beams.as_ref(),
            &bounds,
            setup.max_channels,
        )
        .map_err(|source| {
            let process = name.clone();
            match source {
                PhaseSpaceError::BelowThreshold { .. } if setup.beams.is_some() => {
                    CrossSectionError::BelowThreshold { process, source }
                }
                _ => CrossSectionError::PhaseSpace { process, source },
            }
        })?;
        self.notes
            .extend(space.notes().iter().map(|n| format!("{name}: {n}")));
        self.groups.push(SubprocessGroup {
            cost_ns: 0.0,
            name,
            n_in,
            space,
            slots,
            selections: shared.selections,
            biases: shared.biases,
            masses: group.masses.clone(),
            beam_swap,
            helicities: Helicities::default(),
            helicity_frame: frame,
            scale_sets,
            partons: shared.partons,
            spins: spins(setup, members[0]),
        });
        self.finish_group(setup)
    }

    /// Whether declared resonances have no room in their windows; notes that they have
    /// little.
    fn is_closed(
        &mut self,
        setup: &Setup,
        group: &Group,
        windows: &[Window],
        name: &str,
    ) -> Result<bool, CrossSectionError> {
        let n_in = group.n_in;
        let no_cuts = CutSet::default().bind(&vec![0; group.masses.len() - n_in], n_in, 0)?;
        let no_cuts = no_cuts.with_windows(windows);
        if no_cuts.bounds(&group.masses).exclude_all() {
            self.closed.push(name.to_owned());
            return Ok(true);
        }
        if setup.resonances.bw_cutoff.is_finite()
            && let Some(r) = resonance::off_shell(&group.resonances, &group.masses).first()
        {
            self.notes.push(format!(
                "{name}: the products of the resonance of {} GeV are heavier than it is, and run.bw_cutoff leaves a part of such decays only (inf for all of them)",
                r.mass
            ));
        }
        Ok(false)
    }

    /// Chooses channels and how helicities are treated in the last group.
    fn finish_group(&mut self, setup: &Setup) -> Result<(), CrossSectionError> {
        let g = self.groups.len() - 1;
        if let Some(bias) = setup.bias {
            self.try_bias(g, bias)?;
        }
        let earlier = setup.pilots.and_then(|pilots| pilots.get(g));
        match earlier {
            Some(choice) => self.take_channels(g, &choice.channels)?,
            None => self.drop_idle_channels(),
        }
        // Weights of both signs would cancel among configurations as well, and shares of
        // diagrams are those of the sum over helicities.
        let group = &self.groups[g];
        let summed = (group.is_signed() || group.has_vetoes()).then_some(HelicityMode::Sum);
        let mode = summed.unwrap_or(setup.helicity);
        self.choose_helicities(mode, earlier.map(|e| e.helicities_drawn));
        if let Some(group) = self.groups.last_mut() {
            group.slots.iter_mut().for_each(|s| s.me.forget_graph());
        }
        Ok(())
    }

    /// Compiles matrix elements; also returns their topologies and scales, equal ones
    /// once.
    fn compile(
        &self,
        setup: &Setup,
        diagrams: &Diagrams,
        kept: Vec<(usize, Vec<FlavourAssignment>)>,
        helicity_frame: Option<LegSet>,
    ) -> Result<CompiledGroup, CrossSectionError> {
        let done = AtomicU64::new(self.n_matrix_elements() as u64);
        let total = setup.processes.elements.len() as u64;
        let frame = match helicity_frame {
            None => Frame::CentreOfMass,
            Some(_) => Frame::Any,
        };
        let compile = |(k, flavours): &(usize, Vec<FlavourAssignment>)| {
            let n = done.fetch_add(1, Ordering::Relaxed);
            if !setup.watch.goes_on("matrix elements compiled", n, total) {
                return Err(CrossSectionError::Cancelled);
            }
            let sub = &setup.processes.elements[*k].subprocess;
            let sub = &OnShellVeto::of_narrow(sub, setup.model, setup.resonances);
            let me = MatrixElement::compile_with(setup.model, sub, frame, setup.colour)?;
            let me = me.with_precision(setup.precision);
            let me = me.with_beam_polarisation(leg_polarisation(setup, flavours));
            let clustering = scale_set::clustering(setup, diagrams, sub)?;
            let topologies = diagrams.topologies(sub, MAX_TOPOLOGIES);
            Ok((me, topologies, sub.n_in, clustering))
        };
        let (mut slots, mut topologies, mut clusterings) = (vec![], vec![], vec![]);
        let mut seen = FxHashSet::default();
        let mut kept = kept.into_iter();
        let at_once = COMPILED_AT_ONCE * rayon::current_num_threads();
        loop {
            let some: Vec<_> = kept.by_ref().take(at_once).collect();
            if some.is_empty() {
                let scale_sets = scale_set::shared(&mut slots, clusterings);
                return Ok((slots, topologies, scale_sets));
            }
            // Independent work for each matrix element.
            let compiled: Result<Vec<_>, _> = some.par_iter().map(compile).collect();
            for ((_, flavours), (me, own, n_in, clustering)) in some.into_iter().zip(compiled?) {
                clusterings.push(clustering);
                let mut shown = resonances(&own, n_in);
                let vetoed = |&(legs, particle): &(LegSet, ParticleId)| {
                    me.vetoed().contains(&VetoedLine { legs, particle })
                };
                shown.retain(|line| !vetoed(line));
                let veto = OnShellVeto::new(&me, setup.model, setup.resonances);
                slots.push(MatrixElementSlot {
                    veto,
                    ..MatrixElementSlot::new(me, flavours, shown)
                });
                topologies.extend(own.into_iter().filter(|topology| {
                    let key = |p: &Propagator| (p.set, p.mass.to_bits(), p.width.to_bits());
                    seen.insert(topology.propagators.iter().map(key).collect::<Vec<_>>())
                }));
            }
        }
    }

    /// Flavour assignments of a matrix element that the beams can provide.
    fn flavours(
        &mut self,
        setup: &Setup,
        real: &Model,
        shared: &mut Shared,
        element: usize,
    ) -> Result<Vec<FlavourAssignment>, CrossSectionError> {
        let model = setup.model;
        let element = &setup.processes.elements[element];
        let mut flavours = vec![];
        let mut refused = None;
        let n_in = element.subprocess.n_in;
        for f in &element.flavours {
            let pdg = pdgs(model, &f.legs);
            let sub = f.subprocess(&element.subprocess);
            let orientation = match orientation(setup, f, &pdg) {
                Ok(orientation) => orientation,
                Err(found) => {
                    refused = Some(not_in_beams(setup, &sub, found));
                    continue;
                }
            };
            let resonances = declared(model, &sub);
            let legs = (&pdg[n_in..], n_in, resonances.as_slice());
            let cuts = setup.cuts.bind_decays(legs.0, legs.1, legs.2)?;
            let cuts = cuts.with_windows(&shared.windows);
            let cuts = cuts.with_beams(setup.hadronic());
            let rows = match setup.beams {
                None => [0, 0],
                Some(_) => [0, 1].map(|leg| known_or_added(&mut shared.partons[leg], pdg[leg])),
            };
            self.subprocesses.push(SubprocessInfo {
                name: sub.name(model),
                pdg: pdg.clone(),
                process_id: shared.process_id,
                exchanged: f.direct && f.mirrored,
            });
            flavours.push(FlavourAssignment {
                selection: known_or_added(&mut shared.selections, cuts),
                bias: bias::bound(&mut shared.biases, setup.bias, legs)?,
                contribution: self.subprocesses.len() - 1,
                rows,
                orientation,
                factor: resonance::narrow_width_factor(real, model, &sub),
                decays: sub.decays.iter().map(|d| (d.legs, d.particle)).collect(),
                pdg,
            });
        }
        match refused {
            Some(e) if flavours.is_empty() => Err(e),
            _ => Ok(flavours),
        }
    }
}

/// Refuses what does not fit into memory, before anything is compiled.
fn check_memory(setup: &Setup, diagrams: &Diagrams) -> Result<(), CrossSectionError> {
    let elements = &setup.processes.elements;
    let mut needs = MemoryNeeds::default();
    for (done, element) in (0..).zip(elements) {
        let total = elements.len() as u64;
        if !setup
            .watch
            .goes_on("matrix elements estimated", done, total)
        {
            return Err(CrossSectionError::Cancelled);
        }
        needs.add(diagrams, &element.subprocess);
    }
    Ok(needs.check(rayon::current_num_threads())?)
}

/// Process number in event files: the tag of the line, or 1.
fn process_id(tag: Option<u32>) -> i32 {
    tag.map_or(1, |t| i32::try_from(t).unwrap_or(i32::MAX))
}

/// The place of a value in a list, where it is added unless it is there.
pub(super) fn known_or_added<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|v| *v == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

/// Splits a group by the spins of its legs: those share their singularities.
fn by_spin(setup: &Setup, group: &Group) -> Vec<Vec<usize>> {
    let mut order: Vec<Vec<u8>> = vec![];
    let mut lists: FxHashMap<Vec<u8>, Vec<usize>> = FxHashMap::default();
    for &k in &group.elements {
        let mut key = spins(setup, k);
        let limits = &setup.processes.elements[k].subprocess.filter.orders;
        if !limits.squared.is_empty() {
            // Weights of one point have one sign: events pick flavours in proportion.
            key.extend(k.to_le_bytes());
        }
        if !lists.contains_key(&key) {
            order.push(key.clone());
        }
        lists.entry(key).or_default().push(k);
    }
    order.iter().filter_map(|key| lists.remove(key)).collect()
}

/// Spins of the legs of a matrix element, as `2 s + 1`.
fn spins(setup: &Setup, element: usize) -> Vec<u8> {
    let legs = &setup.processes.elements[element].subprocess.legs;
    legs.iter().map(|&p| setup.model.particle(p).spin).collect()
}

/// Time-like propagators with mass and width: what event records may show.
fn resonances(topologies: &[Topology], n_in: usize) -> Vec<(LegSet, ParticleId)> {
    let all = time_like(topologies, n_in).into_iter();
    all.filter(|p| p.mass > 0.0 && p.width > 0.0)
        .map(|p| (p.set, p.particle))
        .collect()
}

/// Matrix elements, topologies and scales of a group.
type CompiledGroup = (Vec<MatrixElementSlot>, Vec<Topology>, Vec<ScaleSet>);

/// What the flavours of a group refer to.
#[derive(Default)]
struct Shared {
    process_id: i32,
    windows: Vec<Window>,
    selections: Vec<BoundCuts>,
    biases: Vec<BoundBias>,
    partons: [Vec<i32>; 2],
}

impl Shared {
    /// Where emissions have densities of their own, all partons: a line along a beam can
    /// be any of them.
    fn add_partons(&mut self, setup: &Setup) {
        let (Some(rules), Some(pdf)) = (&setup.merging, &setup.pdf) else {
            return;
        };
        for partons in self.partons.iter_mut().filter(|_| rules.densities) {
            let all = pdf.flavours().iter().map(|&p| if p == 0 { 21 } else { p });
            let further: Vec<i32> = all.filter(|p| !partons.contains(p)).collect();
            partons.extend(further);
        }
    }
}
