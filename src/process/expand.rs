//! Process lines to subprocesses, matrix elements and groups.
//!
//! Knows labels, diagrams and symmetries; knows no beam, no PDF and no momentum.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::collect::Collected;
use super::combinations::{multisets, n_multisets, pairs};
use super::conserved::Conserved;
use super::explain;
use super::join::Joiner;
use super::labels::{LegLabel, ProcessLine};
use super::symmetry::Automorphisms;
use super::{ProcessError, chain};
use crate::compute::Watch;
use crate::diagram::{DiagramError, Diagrams, LegSet, Polarisation, Subprocess, Topology};
use crate::model::{Model, ParticleId};

/// Most final states, and most subprocesses, that one line may stand for.
const MAX_FLAVOURS: u64 = 1_000_000;

/// External particles of one subprocess, in the leg order of its matrix element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flavours {
    /// Particles leg by leg; they have the matrix element of the representative.
    pub legs: Vec<ParticleId>,
    /// What decays, in the order of the decays of the representative.
    pub resonances: Vec<ParticleId>,
    /// Index into [`ProcessSet::lines`].
    pub line: usize,
    /// Whether leg 0 may come from beam 1 (and leg 1 from beam 2).
    pub direct: bool,
    /// Whether leg 0 may come from beam 2 (and leg 1 from beam 1). False for
    /// equal incoming particles: the exchange gives nothing new.
    pub mirrored: bool,
}

impl Flavours {
    /// The representative with these particles.
    pub(crate) fn subprocess(&self, representative: &Subprocess) -> Subprocess {
        let mut sub = representative.with_legs(&self.legs);
        for (decay, &particle) in sub.decays.iter_mut().zip(&self.resonances) {
            decay.particle = particle;
        }
        sub
    }
}

/// Subprocesses with equal matrix elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixElement {
    /// The one that is evaluated.
    pub subprocess: Subprocess,
    /// All of them, the evaluated one included.
    pub flavours: Vec<Flavours>,
    /// Index into [`ProcessSet::groups`].
    pub group: usize,
}

/// A declared resonance of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resonance {
    /// The legs that it decays to.
    pub legs: LegSet,
    /// Mass in GeV.
    pub mass: f64,
    /// Width in GeV.
    pub width: f64,
}

/// Matrix elements that share phase-space channels and cuts: same masses leg
/// by leg, same decays, same tokens in the process line, same tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// `@n` of the line.
    pub tag: Option<u32>,
    /// Number of incoming legs.
    pub n_in: usize,
    /// Masses of the external legs in GeV.
    pub masses: Vec<f64>,
    /// Declared resonances, outer ones before those inside.
    pub resonances: Vec<Resonance>,
    /// The token of each leg in the first line of the group.
    pub labels: Vec<LegLabel>,
    /// Indices into [`ProcessSet::elements`].
    pub elements: Vec<usize>,
}

/// Everything that a list of process lines asks for.
#[derive(Clone, Debug)]
pub struct ProcessSet {
    /// The lines; a default limit on WEIGHTED is filled into their filters.
    pub lines: Vec<ProcessLine>,
    /// Distinct matrix elements in the order in which the lines give them.
    pub elements: Vec<MatrixElement>,
    /// Matrix elements by external masses.
    pub groups: Vec<Group>,
    /// Remarks for the user, e.g. on subprocesses given twice.
    pub notes: Vec<String>,
    /// Lines that add nothing, or again what is there.
    pub warnings: Vec<String>,
}

impl ProcessSet {
    /// Expands process lines; what they describe is added up.
    ///
    /// Final states are unordered: of `u g` and `g u` for `j j` the first one
    /// met is kept. A line without coupling orders takes the least WEIGHTED
    /// for which any of its flavours has a diagram, unless it is a decay; in a line that
    /// limits some order the others are unlimited, but for those that the model expands in.
    ///
    /// # Errors
    /// [`ProcessError`], with line and column where there is one.
    pub fn new(
        model: &Model,
        lines: &[String],
        defines: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, ProcessError> {
        Self::watched(model, lines, defines, Watch::nobody())
    }

    /// As [`ProcessSet::new`]; `watch` hears of subprocesses and may call it off.
    ///
    /// # Errors
    /// [`ProcessError`]; [`ProcessError::Cancelled`] if it was called off.
    pub(crate) fn watched(
        model: &Model,
        lines: &[String],
        defines: &BTreeMap<String, Vec<String>>,
        watch: Watch,
    ) -> Result<Self, ProcessError> {
        if lines.is_empty() {
            return Err(ProcessError::NoLines);
        }
        let diagrams = Diagrams::new(model)?;
        let expander = Expander {
            model,
            diagrams: &diagrams,
            symmetries: Automorphisms::new(model),
            conserved: Conserved::new(model),
            watch,
        };
        let mut lines = lines
            .iter()
            .map(|line| ProcessLine::parse(line, model, defines))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        let mut joiner = Joiner::new(&expander);
        let mut collected = Collected::default();
        let (mut notes, mut warnings) = (Vec::new(), Vec::new());
        let texts: Vec<String> = lines.iter().map(|line| line.text.clone()).collect();
        for (k, line) in lines.iter_mut().enumerate() {
            for clause in &line.ignored {
                notes.push(format!("process '{}': {clause}", line.text));
            }
            let subprocesses = chain::subprocesses(&expander, line)?;
            let mut same = |a: &Subprocess, b: &Subprocess| joiner.has_same_amplitude(a, b);
            let repeated = collected.add(k, subprocesses, &mut same);
            notes.extend(repeated.notes(k, &texts));
            warnings.extend(repeated.warnings(k, &texts));
        }
        let mut set = Self {
            lines,
            elements: Vec::new(),
            groups: Vec::new(),
            notes,
            warnings,
        };
        let total = collected.entries.len() as u64;
        for (done, entry) in (0..).zip(collected.entries) {
            expander.tell("subprocesses compared", done, total)?;
            joiner.add(&mut set, entry);
        }
        Ok(set)
    }

    /// Number of subprocesses, exchanged beams counted apart.
    pub fn n_subprocesses(&self) -> usize {
        let flavours = self.elements.iter().flat_map(|e| &e.flavours);
        flavours
            .map(|f| usize::from(f.direct) + usize::from(f.mirrored))
            .sum()
    }

    /// Topologies of all matrix elements of a group, equal kinematics once.
    ///
    /// At most `limit` for each matrix element; see [`crate::diagram::topologies`].
    ///
    /// # Errors
    /// [`DiagramError`].
    pub fn topologies(
        &self,
        model: &Model,
        group: &Group,
        limit: usize,
    ) -> Result<Vec<Topology>, DiagramError> {
        let diagrams = Diagrams::new(model)?;
        let mut seen = FxHashSet::default();
        let mut list = Vec::new();
        for &k in &group.elements {
            for topology in diagrams.topologies(&self.elements[k].subprocess, limit) {
                let key: Vec<_> = topology
                    .propagators
                    .iter()
                    .map(|p| (p.set, p.mass.to_bits(), p.width.to_bits()))
                    .collect();
                if seen.insert(key) {
                    list.push(topology);
                }
            }
        }
        Ok(list)
    }
}

/// What the expansion of one line needs.
pub(crate) struct Expander<'a> {
    pub model: &'a Model,
    pub diagrams: &'a Diagrams<'a>,
    pub symmetries: Automorphisms,
    pub conserved: Conserved,
    pub watch: Watch<'a>,
}

impl Expander<'_> {
    /// Flavours of a line that have diagrams; fills in the default limit on WEIGHTED, which
    /// a decay has only within a chain.
    ///
    /// # Errors
    /// [`ProcessError::NoDiagrams`], [`ProcessError::TooMany`].
    pub(super) fn line(
        &self,
        line: &mut ProcessLine,
        in_chain: bool,
    ) -> Result<Vec<Vec<ParticleId>>, ProcessError> {
        let candidates = self.candidates(line)?;
        let total = candidates.len() as u64;
        let given = line.orders_given || (line.initial.len() == 1 && !in_chain);
        let start = if given { 0 } else { self.first_weight(line) };
        let mut least: FxHashMap<Vec<ParticleId>, Option<u32>> = FxHashMap::default();
        let mut limit = u32::MAX >> 1;
        let mut found = Vec::new();
        for (done, legs) in (0..).zip(candidates) {
            self.tell("flavours looked at", done, total)?;
            let sub = subprocess(line, legs);
            let key = self.crossing_key(&sub);
            let weight = *least.entry(key).or_insert_with(|| {
                if given {
                    self.diagrams.contribute(&sub).then_some(0)
                } else {
                    self.diagrams.least_weighted(&sub, limit.max(start))
                }
            });
            if let Some(weight) = weight {
                limit = limit.min(weight);
                found.push((weight, sub.legs));
            }
        }
        if found.is_empty() {
            return Err(explain::no_diagrams(self, line)?);
        }
        limit = limit.max(start);
        if !given {
            line.filter.orders.max_weighted = Some(limit);
        }
        found.retain(|&(weight, _)| weight <= limit);
        Ok(found.into_iter().map(|(_, legs)| legs).collect())
    }

    /// The least limit on WEIGHTED that is tried, as MadGraph does: a vertex of three legs for
    /// each leg beyond two, at the lowest hierarchies at which the particles interact. It
    /// is more than the least WEIGHTED of a process where vertices of more legs cost
    /// less; then the diagrams of other powers that it admits count as well.
    fn first_weight(&self, line: &ProcessLine) -> u32 {
        let levels = self.diagrams.rules.levels(self.model);
        let of = |ids: &[ParticleId]| ids.iter().filter_map(|p| levels.get(p)).min().copied();
        let labels = line.initial.iter().chain(&line.outgoing);
        let mut legs: Vec<u32> = labels.filter_map(|l| of(&l.particles)).collect();
        legs.sort_unstable();
        let legs = legs.split_off(legs.len().min(2));
        let offset = self
            .model
            .offset_weight(line.initial.len() + line.outgoing.len());
        let all = legs.iter().sum::<u32>();
        let through = |required: &Vec<Vec<ParticleId>>| {
            let propagators: Vec<u32> = required.iter().filter_map(|ids| of(ids)).collect();
            let others = legs.len().saturating_sub(2 * propagators.len());
            2 * propagators.iter().sum::<u32>() + legs[..others].iter().sum::<u32>()
        };
        let alternatives = &line.filter.required_s_channel;
        offset + all.max(alternatives.iter().map(through).min().unwrap_or(0))
    }

    /// Tells of a count.
    ///
    /// # Errors
    /// [`ProcessError::Cancelled`] if the work is to end.
    fn tell(&self, what: &str, done: u64, total: u64) -> Result<(), ProcessError> {
        if self.watch.goes_on(what, done, total) {
            Ok(())
        } else {
            Err(ProcessError::Cancelled)
        }
    }

    /// Flavours of a line that conserve all additive numbers of the model.
    ///
    /// # Errors
    /// [`ProcessError::TooMany`], before they are made.
    pub(crate) fn candidates(
        &self,
        line: &ProcessLine,
    ) -> Result<Vec<Vec<ParticleId>>, ProcessError> {
        let within = |what, n| {
            if n <= MAX_FLAVOURS {
                return Ok(());
            }
            Err(ProcessError::TooMany {
                line: line.text.clone(),
                what,
                n,
                limit: MAX_FLAVOURS,
            })
        };
        within("final states", n_multisets(&line.outgoing))?;
        let finals = multisets(&line.outgoing);
        let mut by_sum: FxHashMap<Vec<i64>, Vec<usize>> = FxHashMap::default();
        for (k, out) in finals.iter().enumerate() {
            by_sum.entry(self.conserved.sum(out)).or_default().push(k);
        }
        let initials = pairs(&line.initial);
        let matching = |initial: &[ParticleId]| by_sum.get(&self.conserved.sum(initial));
        let n = initials
            .iter()
            .map(|i| matching(i).map_or(0, Vec::len) as u64);
        within("subprocesses", n.sum())?;
        let mut list = Vec::new();
        for initial in &initials {
            for &k in matching(initial).into_iter().flatten() {
                list.push([initial.as_slice(), &finals[k]].concat());
            }
        }
        Ok(list)
    }

    /// Equal for subprocesses whose diagrams exist together: the particles up
    /// to crossing (unless a filter knows about channels), order and symmetry.
    pub(crate) fn crossing_key(&self, sub: &Subprocess) -> Vec<ParticleId> {
        let filter = &sub.filter;
        let crossed = filter.forbidden_s_channel.is_empty() && filter.required_s_channel.is_empty();
        let incoming = (0..sub.legs.len()).map(|k| sub.incoming(self.model, k));
        let incoming: Vec<ParticleId> = incoming.collect();
        let n_in = sub.n_in;
        self.symmetries.least_image(sub, &incoming, |legs| {
            let mut legs = legs.to_vec();
            // Decays name legs by their numbers.
            if sub.decays.is_empty() {
                let (incoming, outgoing) = legs.split_at_mut(if crossed { 0 } else { n_in });
                incoming.sort_unstable();
                outgoing.sort_unstable();
            }
            legs
        })
    }
}

/// The filter of a line on definite particles.
pub(crate) fn subprocess(line: &ProcessLine, legs: Vec<ParticleId>) -> Subprocess {
    let labels = line.initial.iter().chain(&line.outgoing);
    let mut polarisation: Vec<Polarisation> =
        labels.map(|l| l.polarisation).take(legs.len()).collect();
    if polarisation.iter().all(|p| p.is_any()) {
        polarisation.clear();
    }
    Subprocess {
        filter: line.filter.clone(),
        polarisation,
        tag: line.tag,
        ..Subprocess::new(legs, line.initial.len())
    }
}

#[cfg(test)]
mod tests {
    use crate::diagram::Classifier;
    use crate::model::{CouplingOrder, Vertex};

    use super::super::combinations::sorted;
    use super::super::test_model::{process_set, standard_model, try_process_set};
    use super::*;

    #[test]
    fn an_expansion_tells_how_far_it_is_and_can_be_called_off() {
        use std::sync::Mutex;
        use std::sync::atomic::AtomicBool;

        let told = Mutex::new(Vec::new());
        let tell = |what: &str, done: u64, total: u64| {
            told.lock().unwrap().push((what.to_owned(), done, total));
        };
        let expand = |cancel: &AtomicBool| {
            let lines = ["p p > e+ e-".to_owned()];
            let watch = Watch {
                tell: &tell,
                cancel,
            };
            ProcessSet::watched(&standard_model(), &lines, &BTreeMap::new(), watch)
        };
        assert_eq!(expand(&AtomicBool::new(false)).unwrap().n_subprocesses(), 8);
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert!(told.iter().all(|(_, done, total)| done < total));
        for what in ["flavours looked at", "subprocesses compared"] {
            assert!(told.iter().any(|t| t.0 == what), "{told:?}");
        }
        let cancelled = expand(&AtomicBool::new(true));
        assert!(matches!(cancelled, Err(ProcessError::Cancelled)));
    }

    fn with_defines(lines: &[&str], defines: &[(&str, &str)]) -> ProcessSet {
        let lines: Vec<String> = lines.iter().map(|l| l.to_string()).collect();
        let defines = defines
            .iter()
            .map(|(k, v)| (k.to_string(), v.split(' ').map(Into::into).collect()))
            .collect();
        ProcessSet::new(&standard_model(), &lines, &defines).unwrap()
    }

    /// Representatives, numbers of flavours and of subprocesses.
    fn summary(set: &ProcessSet) -> (Vec<String>, usize, usize) {
        let model = standard_model();
        let names = set
            .elements
            .iter()
            .map(|e| e.subprocess.name(&model))
            .collect();
        let flavours = set.elements.iter().map(|e| e.flavours.len()).sum();
        (names, flavours, set.n_subprocesses())
    }

    #[test]
    fn common_processes_expand_as_known() {
        let set = process_set(&["p p > t t~"]);
        let names = ["g g > t t~", "u u~ > t t~"].map(String::from).to_vec();
        assert_eq!(summary(&set), (names, 5, 9));
        assert_eq!(set.lines[0].filter.orders.max_weighted, Some(2));
        assert_eq!(set.groups.len(), 1);
        assert_eq!(set.groups[0].masses, [0.0, 0.0, 173.0, 173.0]);

        let set = process_set(&["p p > e+ e-"]);
        let names = ["u u~ > e+ e-", "d d~ > e+ e-"].map(String::from).to_vec();
        assert_eq!(summary(&set), (names, 4, 8));

        let set = process_set(&["p p > e+ e- j"]);
        let names = [
            "g u > e+ e- u",
            "g d > e+ e- d",
            "g u~ > e+ e- u~",
            "g d~ > e+ e- d~",
            "u u~ > e+ e- g",
            "d d~ > e+ e- g",
        ];
        let names = names.map(String::from).to_vec();
        assert_eq!(summary(&set), (names, 12, 24));
        assert_eq!(set.lines[0].filter.orders.max_weighted, Some(5));
        assert_eq!(set.groups[0].labels[4].text, "j");

        let set = process_set(&["t > b w+"]);
        assert_eq!(summary(&set), (vec!["t > b w+".into()], 1, 1));
    }

    #[test]
    fn the_default_order_is_the_least_weighted_of_the_line() {
        let model = standard_model();
        for (line, orders) in [
            ("u u > u u", "QCD=2 QED=0"),
            ("p p > e+ e- j j", "QCD=2 QED=2"),
            ("p p > j j", "QCD=2 QED=0"),
            ("e+ e- > j j j", "QCD=1 QED=2"),
        ] {
            for element in process_set(&[line]).describe(&model).unwrap() {
                let found: Vec<&str> = element.orders.iter().map(|o| o.0.as_str()).collect();
                assert_eq!(found, [orders], "{line}: {}", element.name);
            }
        }
        // Flavours that would need more powers of QED do not count.
        let all = process_set(&["u d > j j QED<=2 QCD<=2"]).n_subprocesses();
        assert_eq!(process_set(&["u d > j j"]).n_subprocesses(), 1);
        assert_eq!(all, 1);
        assert!(process_set(&["u s > j j QED=2"]).n_subprocesses() > 1);
    }

    /// Five bosons at once cost one coupling, in three vertices they cost three.
    /// Of two vertices with a new order, which weighs least, the model allows one.
    #[test]
    fn the_default_order_keeps_to_the_expansion_of_the_model() {
        let mut model = standard_model();
        model.orders.push(CouplingOrder {
            name: "NP".into(),
            hierarchy: 1,
            expansion: Some(1),
            offset: 0,
        });
        model.couplings.iter_mut().for_each(|c| c.orders.push(0));
        for v in 0..model.vertices.len() {
            let mut term = model.vertices[v].terms[0].clone();
            let mut coupling = model.couplings[term.coupling].clone();
            coupling.orders = vec![0; model.orders.len()];
            *coupling.orders.last_mut().unwrap() = 1;
            term.coupling = model.couplings.len();
            model.couplings.push(coupling);
            model.vertices[v].terms.push(term);
        }
        let lines = ["u u~ > e+ e-".to_owned()];
        let set = ProcessSet::new(&model, &lines, &BTreeMap::new()).unwrap();
        assert_eq!(set.lines[0].filter.orders.max_weighted, Some(3));
        let orders = &set.describe(&model).unwrap()[0].orders;
        assert_eq!(orders[..], [("QCD=0 QED=1 NP=1".into(), 4)]);
    }

    #[test]
    fn a_vertex_of_many_legs_does_not_leave_out_those_of_three() {
        let mut model = standard_model();
        let least = |model: &Model| {
            let lines = ["w+ w- > h h h".to_owned()];
            let set = ProcessSet::new(model, &lines, &BTreeMap::new()).unwrap();
            set.lines[0].filter.orders.max_weighted
        };
        assert_eq!(least(&model), Some(6));
        let id = |name| model.by_name(name).unwrap();
        let higgs = |v: &&Vertex| v.particles.len() == 4 && v.particles.contains(&id("h"));
        let mut vertex = model.vertices.iter().find(higgs).unwrap().clone();
        vertex.particles = ["w+", "w-", "h", "h", "h"].map(id).to_vec();
        let orders = &model.couplings[vertex.terms[0].coupling].orders;
        assert!(orders.iter().map(|n| u32::from(*n)).sum::<u32>() < 3);
        model.vertices.push(vertex);
        assert_eq!(least(&model), Some(6));
    }

    #[test]
    fn the_expansion_holds_exactly_what_has_diagrams() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        for text in [
            "p p > e+ e- j j",
            "p p > l+ vl j QED=2",
            "p p > j j $$ g QCD=2 QED=2",
        ] {
            let set = process_set(&[text]);
            let mut expanded = FxHashSet::default();
            for flavours in set.elements.iter().flat_map(|e| &e.flavours) {
                let legs = &flavours.legs;
                let mut insert = |initial: Vec<ParticleId>| {
                    assert!(expanded.insert((initial, sorted(&legs[2..]))), "{text}");
                };
                if flavours.direct {
                    insert(legs[..2].to_vec());
                }
                if flavours.mirrored {
                    insert(vec![legs[1], legs[0]]);
                }
            }
            let line = &set.lines[0];
            let mut expected = FxHashSet::default();
            for initial in pairs(&line.initial) {
                for out in pairs(&line.outgoing) {
                    let legs = [initial.as_slice(), &out].concat();
                    if diagrams.exist(&subprocess(line, legs)) {
                        expected.insert((initial.clone(), sorted(&out)));
                    }
                }
            }
            assert!(expected.len() > 20);
            assert_eq!(expanded, expected, "{text}");
        }
    }

    #[test]
    fn all_flavours_have_the_amplitude_of_their_representative() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let mut classifier = Classifier::new(&diagrams);
        // An order of flavours in which beams must be exchanged to find equals.
        for quarks in ["g u d s c u~ d~ s~ c~", "c~ u s d g d~ c s~ u~"] {
            for line in ["q q > q q", "q q > l+ l- q", "q q > l+ vl q q QCD=0 / h"] {
                let set = with_defines(&[line], &[("q", quarks)]);
                for element in &set.elements {
                    let sub = &element.subprocess;
                    let expected = classifier.signature(sub);
                    for flavours in &element.flavours {
                        let own = flavours.subprocess(sub);
                        assert_eq!(classifier.signature(&own), expected);
                        assert_eq!(own.identical_factor(), sub.identical_factor());
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_of_a_label_does_not_matter() {
        for line in ["q q > q q", "q q > l+ l- q q"] {
            let numbers = ["g u d s c u~ d~ s~ c~", "c~ u s d g d~ c s~ u~"].map(|quarks| {
                let set = with_defines(&[line], &[("q", quarks)]);
                let (_, _, n_subprocesses) = summary(&set);
                n_subprocesses
            });
            assert_eq!(numbers[0], numbers[1], "{line}");
        }
    }

    #[test]
    fn a_pair_of_beams_is_counted_once() {
        let set = process_set(&["u u~ > e+ e-", "u~ u > e+ e-"]);
        let flavours = &set.elements[0].flavours;
        assert_eq!((set.elements.len(), flavours.len()), (1, 1));
        assert!(flavours[0].direct && flavours[0].mirrored);
        let same = process_set(&["g g > t t~"]);
        assert!(!same.elements[0].flavours[0].mirrored);
        assert!(same.notes.is_empty());
    }

    #[test]
    fn subprocesses_of_two_lines_count_once_unless_tags_differ() {
        let set = process_set(&["p p > e+ e-", "u u~ > e- e+", "p p > mu+ mu-"]);
        assert_eq!(set.n_subprocesses(), 16);
        assert_eq!((set.notes.len(), set.warnings.len()), (0, 1));
        // The same diagrams in other words.
        let set = process_set(&["u u~ > t t~ QED=0", "u u~ > t t~"]);
        assert_eq!(set.elements.len(), 1);
        // Other diagrams are added up.
        let set = process_set(&["p p > t t~ QED=0", "p p > t~ t QCD=0"]);
        assert_eq!(set.n_subprocesses(), 9 + 8);
        assert_eq!(
            set.notes,
            [
                "process 'p p > t~ t QCD=0': 8 of its subprocesses have the particles of \
              'p p > t t~ QED=0' and other diagrams; both are added up, without their interference"
            ]
        );
        // The same diagrams, other products of them.
        let set = process_set(&["u u~ > t t~ QCD^2<=2", "u u~ > t t~ QCD^2==2"]);
        assert_eq!(set.elements.len(), 2);
        // Chains, their particles in another order; the decay has other diagrams.
        let line = "e+ e- > z h, z > e+ e-, h > b b~";
        for (other, n) in [
            ("e+ e- > h z, h > b b~, z > e- e+", 1),
            ("e+ e- > h z, h > b b~ QED<=1, z > e+ e-", 1),
            ("e+ e- > h z, h > b b~, z > e+ e-, h > ta+ ta-", 2),
        ] {
            let lines = [line, other];
            assert_eq!(process_set(&lines).elements.len(), n, "{other}");
        }
        let set = process_set(&[
            "e+ e- > t t~, t > w+ b, t~ > w- b~",
            "e+ e- > t~ t / z, t > w+ b, t~ > w- b~",
        ]);
        assert_eq!(set.elements.len(), 2);
        let set = process_set(&["p p > e+ e- @1", "p p > e+ e- @2"]);
        assert_eq!((set.n_subprocesses(), set.groups.len()), (16, 2));
    }

    #[test]
    fn groups_have_equal_masses_leg_by_leg() {
        let set = with_defines(&["p p > q q~"], &[("q", "u t"), ("q~", "u~ t~")]);
        let model = standard_model();
        assert_eq!(set.groups.len(), 2);
        for (k, group) in set.groups.iter().enumerate() {
            for &e in &group.elements {
                assert_eq!(set.elements[e].group, k);
                for flavours in &set.elements[e].flavours {
                    let masses = flavours.legs.iter().map(|&p| model.particle(p).mass);
                    assert!(masses.eq(group.masses.iter().copied()));
                }
            }
            assert!(!set.topologies(&model, group, 100).unwrap().is_empty());
        }
    }

    #[test]
    fn no_line_is_an_error() {
        assert_eq!(try_process_set(&[]).unwrap_err(), ProcessError::NoLines);
    }
}
