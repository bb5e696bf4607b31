//! Names in a process line to particles of the model.
//!
//! Knows particle names, PDG numbers, predefined and user labels; knows no diagram.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ProcessError;
use super::expansion;
use super::syntax::{self, OrderSpec, RawLine, RawSegment, Relation, Word};
use crate::diagram::{DiagramFilter, OrderLimits, Polarisation, SquaredLimit, SquaredRelation};
use crate::model::{Model, ParticleId};
use crate::suggest::did_you_mean;

/// One external token of a process line and the particles it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegLabel {
    /// As written, e.g. `j`.
    pub text: String,
    /// The particles, in the order of the definition, without repetition.
    pub particles: Vec<ParticleId>,
    /// The helicities that they may have, from `w+{0}`.
    pub polarisation: Polarisation,
}

/// A process line with its names resolved, or a decay in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessLine {
    /// The text, without comment; of a decay, its own.
    pub text: String,
    /// Incoming tokens, 1 or 2.
    pub initial: Vec<LegLabel>,
    /// Outgoing tokens, before they decay.
    pub outgoing: Vec<LegLabel>,
    /// Filters and order limits as written; the default limit on WEIGHTED is
    /// filled in by the expansion.
    pub filter: DiagramFilter,
    /// Whether the line limits any order.
    pub orders_given: bool,
    /// Decays of outgoing particles, in the order of the line.
    pub decays: Vec<ProcessLine>,
    /// Limits on the orders of the process and its decays together.
    pub overall: OrderLimits,
    /// `@n`.
    pub tag: Option<u32>,
    /// What of it is not taken as it is written, one clause each.
    pub ignored: Vec<String>,
}

/// Longest process that is accepted, incoming legs included.
pub(super) const MAX_LEGS: usize = 14;
/// Labels within labels, at most.
const MAX_DEPTH: usize = 100;
/// Most required resonances: all combinations of what they admit can be told apart.
const MAX_REQUIRED: usize = 5;

impl ProcessLine {
    /// Parses one line with the model's names and the user's labels: one process, or with
    /// `+ 0,1,2 j` one for each number.
    ///
    /// A token is a particle name, a label, or a PDG number; exact spelling
    /// wins over spelling with case ignored.
    ///
    /// # Errors
    /// [`ProcessError`] with line and column; [`ProcessError::Label`] for any
    /// definition that cannot be expanded, used or not.
    pub fn parse(
        line: &str,
        model: &Model,
        defines: &BTreeMap<String, Vec<String>>,
    ) -> Result<Vec<Self>, ProcessError> {
        let lines = syntax::lines(line)?;
        let names = Names::new(model, defines);
        names.check_defines()?;
        let resolved = |raw: RawLine| {
            let mut parsed = Self::segment(&raw, &raw.core, &names)?;
            if !raw.overall.is_empty() {
                parsed.overall = orders(&raw, &raw.overall, model)?;
                if !parsed.overall.squared.is_empty() {
                    return Err(squared_in_chain(&raw, raw.overall[0].name.column));
                }
            }
            parsed.tag = raw.tag;
            parsed.text = raw.text;
            let nothing = |o| format!("'{o}' means nothing here and is ignored");
            (parsed.ignored).extend(raw.ignored.iter().map(nothing));
            Ok(parsed)
        };
        lines.into_iter().map(resolved).collect()
    }

    /// The process of a line, or one of its decays.
    fn segment(raw: &RawLine, segment: &RawSegment, names: &Names) -> Result<Self, ProcessError> {
        let model = names.model;
        let all = |words: &[Word]| -> Result<Vec<LegLabel>, ProcessError> {
            words.iter().map(|w| names.label(raw, w)).collect()
        };
        let flat = |labels: Vec<LegLabel>| -> Vec<ParticleId> {
            let mut ids = Vec::new();
            for id in labels.into_iter().flat_map(|l| l.particles) {
                for both in [id, model.anti(id)] {
                    if !ids.contains(&both) {
                        ids.push(both);
                    }
                }
            }
            ids.sort_unstable();
            ids
        };
        refuse(raw, segment)?;
        let mut filter = DiagramFilter {
            forbidden: flat(all(&segment.forbidden)?),
            forbidden_s_channel: flat(all(&segment.forbidden_s_channel)?),
            vetoed_on_shell: flat(all(&segment.vetoed)?),
            orders: orders(raw, &segment.orders, model)?,
            ..DiagramFilter::default()
        };
        for alternative in &segment.required {
            let entry = |words: &Vec<Word>| -> Result<Vec<ParticleId>, ProcessError> {
                let mut ids: Vec<ParticleId> =
                    all(words)?.into_iter().flat_map(|l| l.particles).collect();
                ids.sort_unstable();
                ids.dedup();
                Ok(ids)
            };
            let entries: Result<Vec<_>, _> = alternative.iter().map(entry).collect();
            filter.required_s_channel.push(entries?);
        }
        let mut outgoing = Vec::new();
        for word in &segment.outgoing {
            let (n, label) = names.repeated(raw, word)?;
            outgoing.extend(std::iter::repeat_n(label, n));
        }
        let initial = all(&segment.initial)?;
        if initial.len() + outgoing.len() > MAX_LEGS {
            let at = (MAX_LEGS - initial.len()).min(segment.outgoing.len() - 1);
            return Err(too_many_legs(raw.text.clone(), segment.outgoing[at].column));
        }
        let decays = segment.decays.iter().map(|d| Self::segment(raw, d, names));
        let decays = decays.collect::<Result<Vec<Self>, ProcessError>>()?;
        refuse_with_decays(raw, segment, &filter.orders, &decays)?;
        let ignored = expansion::limit(&mut filter.orders, model);
        expansion::add_offsets(&mut filter.orders, model, initial.len() + outgoing.len());
        Ok(Self {
            orders_given: !segment.orders.is_empty(),
            text: segment.text.clone(),
            initial,
            outgoing,
            filter,
            decays,
            overall: OrderLimits::default(),
            tag: None,
            ignored,
        })
    }
}

/// The error of a process with too many legs.
pub(super) fn too_many_legs(line: String, column: usize) -> ProcessError {
    ProcessError::Unsupported {
        line,
        column,
        what: format!("more than {MAX_LEGS} external particles are"),
        instead: "ask for fewer outgoing particles".into(),
    }
}

/// The error of something that has no meaning here.
fn unsupported(raw: &RawLine, column: usize, what: &str, instead: &str) -> ProcessError {
    ProcessError::Unsupported {
        line: raw.text.clone(),
        column,
        what: what.into(),
        instead: instead.into(),
    }
}

/// The error of a squared order where a process has decays.
fn squared_in_chain(raw: &RawLine, column: usize) -> ProcessError {
    let instead = "MadGraph refuses them as well; write the products instead of the decays, as \
                   in 'p p > e+ ve j j QCD^2==2'";
    unsupported(raw, column, "squared orders in a decay chain are", instead)
}

/// Refuses what has no meaning in a chain of decays.
fn refuse_with_decays(
    raw: &RawLine,
    segment: &RawSegment,
    orders: &OrderLimits,
    decays: &[ProcessLine],
) -> Result<(), ProcessError> {
    let is_squared = |limits: &OrderLimits| !limits.squared.is_empty();
    let in_decays = decays.iter().any(|d| is_squared(&d.filter.orders));
    if in_decays || (!decays.is_empty() && is_squared(orders)) {
        return Err(squared_in_chain(raw, segment.column));
    }
    for decay in &segment.decays {
        if let Some(word) = decay.initial.iter().find(|w| w.polarisation.is_some()) {
            let instead = "write it where the particle is made, as in 'w+{0} z, w+ > e+ ve'";
            let what = "a polarisation where a particle decays is";
            return Err(unsupported(raw, word.column, what, instead));
        }
    }
    Ok(())
}

/// Refuses what has no meaning here yet.
fn refuse(raw: &RawLine, segment: &RawSegment) -> Result<(), ProcessError> {
    let unsupported =
        |column, what: &str, instead: &str| Err(unsupported(raw, column, what, instead));
    let inside = (segment.required.iter().flatten().flatten())
        .chain(&segment.forbidden)
        .chain(&segment.forbidden_s_channel)
        .chain(&segment.vetoed);
    if let Some(word) = inside.clone().find(|w| w.polarisation.is_some()) {
        let instead = "write '{...}' behind incoming and outgoing particles alone";
        return unsupported(
            word.column,
            "polarisations of particles inside diagrams are",
            instead,
        );
    }
    if let Some(entry) = segment.required.iter().flatten().nth(MAX_REQUIRED) {
        return unsupported(
            entry[0].column,
            &format!("more than {MAX_REQUIRED} required resonances are"),
            "name fewer particles between the arrows",
        );
    }
    Ok(())
}

/// The order limits of a line.
fn orders(raw: &RawLine, specs: &[OrderSpec], model: &Model) -> Result<OrderLimits, ProcessError> {
    let mut limits = OrderLimits {
        max: vec![None; model.orders.len()],
        exact: vec![None; model.orders.len()],
        ..OrderLimits::default()
    };
    for spec in specs {
        let name = &spec.name.text;
        // In MadGraph's terms alpha is a squared order: aS = 2 is QCD^2 = 4.
        let alpha = ["aS", "aEW"].iter().find(|a| a.eq_ignore_ascii_case(name));
        let is_known = model
            .orders
            .iter()
            .any(|o| o.name.eq_ignore_ascii_case(name));
        match alpha {
            Some(&alpha) if !is_known => {
                let of = if alpha == "aS" { "QCD" } else { "QED" };
                let order = order_index(raw, spec, of, model)?;
                squared(raw, spec, order, 2 * spec.value, &mut limits)?;
            }
            _ => limit(raw, spec, model, &mut limits)?,
        }
    }
    // A product of amplitudes has no more of a coupling than its two factors.
    for SquaredLimit {
        order,
        relation,
        value,
    } in limits.squared.clone()
    {
        let is_free = limits.max[order].is_none() && limits.exact[order].is_none();
        let signed = model.orders[order].offset > 0;
        if is_free && !signed && relation != SquaredRelation::MoreThan {
            limits.max[order] = Some(value);
        }
    }
    Ok(limits)
}

/// Adds one limit.
fn limit(
    raw: &RawLine,
    spec: &OrderSpec,
    model: &Model,
    limits: &mut OrderLimits,
) -> Result<(), ProcessError> {
    let name = &spec.name.text;
    let unsupported = |what: &str, instead: &str| unsupported(raw, spec.name.column, what, instead);
    if name.eq_ignore_ascii_case("WEIGHTED") {
        if spec.squared {
            let instead = "limit the squared order of a coupling, as in 'QCD^2<=4'";
            return Err(unsupported("limits on the square of WEIGHTED are", instead));
        }
        if spec.relation == Relation::Exactly {
            let instead = "use 'WEIGHTED<=n', or '==' on a coupling order";
            return Err(unsupported("an exact WEIGHTED is", instead));
        }
        if limits.max_weighted.replace(spec.value).is_some() {
            return Err(limited_twice(raw, spec, "WEIGHTED"));
        }
        return Ok(());
    }
    let order = order_index(raw, spec, name, model)?;
    if spec.squared {
        return squared(raw, spec, order, spec.value, limits);
    }
    let slot = match spec.relation {
        Relation::AtMost => &mut limits.max[order],
        Relation::Exactly => &mut limits.exact[order],
        Relation::MoreThan => {
            let instead = "use '<=' (or '=') for an upper limit, '==' for an exact order";
            return Err(unsupported("the relation '>' is", instead));
        }
    };
    match slot.replace(spec.value) {
        Some(_) => Err(limited_twice(raw, spec, &model.orders[order].name)),
        None => Ok(()),
    }
}

/// Adds a limit on a product of amplitudes.
fn squared(
    raw: &RawLine,
    spec: &OrderSpec,
    order: usize,
    value: u32,
    limits: &mut OrderLimits,
) -> Result<(), ProcessError> {
    let relation = match spec.relation {
        Relation::AtMost => SquaredRelation::AtMost,
        Relation::Exactly => SquaredRelation::Exactly,
        Relation::MoreThan => SquaredRelation::MoreThan,
    };
    let is_same = |l: &SquaredLimit| l.order == order && l.relation == relation;
    if limits.squared.iter().any(is_same) {
        return Err(limited_twice(raw, spec, &format!("{}^2", spec.name.text)));
    }
    limits.squared.push(SquaredLimit {
        order,
        relation,
        value,
    });
    Ok(())
}

fn limited_twice(raw: &RawLine, spec: &OrderSpec, name: &str) -> ProcessError {
    ProcessError::Syntax {
        line: raw.text.clone(),
        column: spec.name.column,
        reason: format!("{name} is limited twice"),
    }
}

/// Position of a coupling order; `EW` is `QED` in models that have no `EW`.
fn order_index(
    raw: &RawLine,
    spec: &OrderSpec,
    name: &str,
    model: &Model,
) -> Result<usize, ProcessError> {
    let find = |name: &str| {
        let mut orders = model.orders.iter();
        orders.position(|o| o.name.eq_ignore_ascii_case(name))
    };
    let found = find(name).or_else(|| find("QED").filter(|_| name.eq_ignore_ascii_case("EW")));
    found.ok_or_else(|| {
        let known: Vec<&str> = (model.orders.iter().map(|o| o.name.as_str()))
            .chain(["WEIGHTED"])
            .collect();
        ProcessError::UnknownOrder {
            line: raw.text.clone(),
            column: spec.name.column,
            name: name.to_owned(),
            hint: did_you_mean(name, known.iter().copied()),
            known: known.join(", "),
        }
    })
}

/// PDG numbers of everything that has a name: particles, the model's labels,
/// and `defines` (which may name other labels).
///
/// # Errors
/// [`ProcessError`] for a definition that names something unknown or itself.
pub fn named_groups(
    model: &Model,
    defines: &BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, Vec<i32>>, ProcessError> {
    let names = Names::new(model, defines);
    let particles = model.particles.iter().map(|p| p.name.as_str());
    let labels = model.multiparticles.keys().chain(defines.keys());
    let mut groups = BTreeMap::new();
    for name in particles.chain(labels.map(String::as_str)) {
        let ids = names.expand(name, &mut Vec::new())?.unwrap_or_default();
        let pdgs = ids.iter().map(|&id| model.particle(id).pdg).collect();
        groups.insert(name.to_owned(), pdgs);
    }
    Ok(groups)
}

/// All names that a token may be.
struct Names<'a> {
    model: &'a Model,
    defines: &'a BTreeMap<String, Vec<String>>,
    /// Labels that were expanded before, so that each is expanded once.
    known: RefCell<FxHashMap<Context, Vec<ParticleId>>>,
}

/// A label and the labels around it on which its meaning depends: those that
/// the model predefines.
type Context = (String, Vec<String>);

impl<'a> Names<'a> {
    fn new(model: &'a Model, defines: &'a BTreeMap<String, Vec<String>>) -> Self {
        Self {
            model,
            defines,
            known: RefCell::default(),
        }
    }

    /// Every definition must be usable, also one that no line uses.
    fn check_defines(&self) -> Result<(), ProcessError> {
        for label in self.defines.keys() {
            if self.model.by_name(label).is_some() {
                return Err(ProcessError::Label {
                    label: label.clone(),
                    reason: "is the name of a particle; choose another".into(),
                });
            }
            self.expand(label, &mut Vec::new())?;
        }
        Ok(())
    }

    fn label(&self, raw: &RawLine, word: &Word) -> Result<LegLabel, ProcessError> {
        match self.expand(&word.text, &mut Vec::new())? {
            Some(particles) => Ok(LegLabel {
                text: word.text.clone(),
                polarisation: self.polarisation(raw, word, &particles)?,
                particles,
            }),
            None => Err(ProcessError::UnknownParticle {
                line: raw.text.clone(),
                column: word.column,
                name: word.text.clone(),
                hint: self.hint(&word.text),
            }),
        }
    }

    /// What the braces behind a name allow.
    fn polarisation(
        &self,
        raw: &RawLine,
        word: &Word,
        particles: &[ParticleId],
    ) -> Result<Polarisation, ProcessError> {
        let Some(text) = &word.polarisation else {
            return Ok(Polarisation::ANY);
        };
        let error = |reason: String| ProcessError::Syntax {
            line: raw.text.clone(),
            column: word.column,
            reason,
        };
        let Some(polarisation) = Polarisation::parse(text) else {
            return Err(error(format!(
                "found '{{{text}}}', expected '{{0}}', '{{T}}', '{{L}}', '{{R}}', '{{+}}' or '{{-}}'"
            )));
        };
        for &id in particles {
            let p = self.model.particle(id);
            let has_none = polarisation.helicities(p).is_empty();
            if has_none || (p.spin == 1 && !polarisation.is_any()) {
                let of = match (p.spin, p.mass == 0.0) {
                    (1, _) => "a scalar has no helicity",
                    (2, _) => "a fermion has '{L}' and '{R}'",
                    (_, true) => "a massless vector has '{L}', '{R}' and '{T}'",
                    _ => "it has others",
                };
                return Err(error(format!(
                    "'{}' has no helicity '{{{text}}}': {of}",
                    p.name
                )));
            }
        }
        Ok(polarisation)
    }

    /// A label and how often it stands: `3j` is `j j j`, unless something has that name.
    fn repeated(&self, raw: &RawLine, word: &Word) -> Result<(usize, LegLabel), ProcessError> {
        let mut chars = word.text.chars();
        let n = chars.next().and_then(|c| c.to_digit(10));
        let name = chars.as_str();
        if let Some(n @ 2..) = n
            && name.starts_with(|c: char| !c.is_ascii_digit())
            && self.expand(&word.text, &mut Vec::new())?.is_none()
            && self.expand(name, &mut Vec::new())?.is_some()
        {
            let one = Word {
                text: name.to_owned(),
                ..word.clone()
            };
            return Ok((n as usize, self.label(raw, &one)?));
        }
        Ok((1, self.label(raw, word)?))
    }

    fn hint(&self, name: &str) -> String {
        let particles = self.model.particles.iter().map(|p| p.name.as_str());
        let labels = self.model.multiparticles.keys().map(String::as_str);
        let defines = self.defines.keys().map(String::as_str);
        did_you_mean(name, particles.chain(labels).chain(defines))
    }

    /// The particles of a name; `None` for an unknown one. `open` lists the
    /// definitions being expanded: inside itself, a label that the model
    /// predefines means the predefined one (`p = p b b~`).
    fn expand(
        &self,
        name: &str,
        open: &mut Vec<String>,
    ) -> Result<Option<Vec<ParticleId>>, ProcessError> {
        let lower = name.to_lowercase();
        let model = self.model;
        if let Some(id) = model.by_name(name) {
            return Ok(Some(vec![id]));
        }
        if let Some(found) = self.expand_label(name, open, |key| key == name)? {
            return Ok(Some(found));
        }
        if let Some(id) = model.by_folded_name(name) {
            return Ok(Some(vec![id]));
        }
        if let Some(found) = self.expand_label(name, open, |key| key.to_lowercase() == lower)? {
            return Ok(Some(found));
        }
        let by_number = name.parse().ok().and_then(|pdg| model.by_pdg(pdg));
        Ok(by_number.map(|id| vec![id]))
    }

    fn expand_label(
        &self,
        name: &str,
        open: &mut Vec<String>,
        matches: impl Fn(&str) -> bool,
    ) -> Result<Option<Vec<ParticleId>>, ProcessError> {
        let defined = self.defines.iter().find(|(key, _)| matches(key));
        if let Some((key, members)) = defined.filter(|(key, _)| !open.contains(key)) {
            if open.len() == MAX_DEPTH {
                return Err(ProcessError::Label {
                    label: open[0].clone(),
                    reason: format!(
                        "leads through more than {MAX_DEPTH} labels, one inside the other"
                    ),
                });
            }
            let mut around: Vec<String> = open
                .iter()
                .filter(|name| self.is_predefined(name))
                .cloned()
                .collect();
            around.sort_unstable();
            let context = (key.clone(), around);
            if let Some(ids) = self.known.borrow().get(&context) {
                return Ok(Some(ids.clone()));
            }
            open.push(key.clone());
            let ids = self.expand_define(key, members, open)?;
            open.pop();
            self.known.borrow_mut().insert(context, ids.clone());
            return Ok(Some(ids));
        }
        let predefined = self
            .model
            .multiparticles
            .iter()
            .find(|(key, _)| matches(key));
        if let Some((_, ids)) = predefined {
            return Ok(Some(ids.clone()));
        }
        match defined {
            Some((key, _)) => Err(ProcessError::Label {
                label: key.clone(),
                reason: format!("is defined through itself by '{name}'"),
            }),
            None => Ok(None),
        }
    }

    /// Whether the model has a label of this name, in any case.
    fn is_predefined(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        let mut keys = self.model.multiparticles.keys();
        keys.any(|key| key.to_lowercase() == lower)
    }

    fn expand_define(
        &self,
        label: &str,
        members: &[String],
        open: &mut Vec<String>,
    ) -> Result<Vec<ParticleId>, ProcessError> {
        let error = |reason: String| ProcessError::Label {
            label: label.to_string(),
            reason,
        };
        if members.is_empty() {
            return Err(error("stands for no particle".into()));
        }
        let mut ids = Vec::new();
        let mut seen = FxHashSet::default();
        for member in members {
            let Some(found) = self.expand(member, open)? else {
                let hint = self.hint(member);
                return Err(error(format!("unknown particle '{member}'{hint}")));
            };
            ids.extend(found.into_iter().filter(|id| seen.insert(*id)));
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_model::standard_model;
    use super::*;

    fn line(text: &str, defines: &[(&str, &[&str])]) -> Result<ProcessLine, ProcessError> {
        let defines = defines
            .iter()
            .map(|(k, v)| (k.to_string(), v.iter().map(|s| s.to_string()).collect()))
            .collect();
        ProcessLine::parse(text, &standard_model(), &defines).map(|mut all| all.remove(0))
    }

    fn names(label: &LegLabel) -> String {
        let model = standard_model();
        let names: Vec<_> = label
            .particles
            .iter()
            .map(|&p| model.particle(p).name.clone())
            .collect();
        names.join(" ")
    }

    #[test]
    fn labels_numbers_and_case_are_understood() {
        let parsed = line(
            "p P > L+ -11 lep 21",
            &[("lep", &["l-", "ta-"]), ("p", &["p", "b", "b~", "u"])],
        )
        .unwrap();
        assert_eq!(names(&parsed.initial[0]), "g u c d s u~ c~ d~ s~ b b~");
        assert_eq!(parsed.initial[0].particles, parsed.initial[1].particles);
        assert_eq!(names(&parsed.outgoing[0]), "e+ mu+");
        assert_eq!(names(&parsed.outgoing[1]), "e+");
        assert_eq!(names(&parsed.outgoing[2]), "e- mu- ta-");
        assert_eq!(names(&parsed.outgoing[3]), "g");
        assert_eq!(parsed.outgoing[2].text, "lep");
    }

    #[test]
    fn forbidden_means_particle_and_antiparticle_but_required_has_a_direction() {
        let parsed = line("p p > w+ > e+ ve / t $$ c", &[]).unwrap();
        assert_eq!(parsed.filter.forbidden.len(), 2);
        assert_eq!(parsed.filter.forbidden_s_channel.len(), 2);
        assert_eq!(parsed.filter.required_s_channel[0][0].len(), 1);
    }

    #[test]
    fn unknown_names_are_reported_with_the_nearest_one() {
        let text = |l: &str, d: &[(&str, &[&str])]| line(l, d).unwrap_err().to_string();
        assert_eq!(
            text("p p > e+ e_ jet", &[]),
            "process 'p p > e+ e_ jet', column 10: unknown particle 'e_'; did you mean 'e-'?"
        );
        assert_eq!(
            text("p p > e+ e- QDC=2", &[]),
            "process 'p p > e+ e- QDC=2', column 13: unknown coupling order 'QDC'; did you mean \
             'QCD'? (known: QCD, QED, WEIGHTED)"
        );
        assert_eq!(
            text("x p > e+ e-", &[("x", &["y"]), ("y", &["x"])]),
            "label 'x': is defined through itself by 'x'"
        );
        assert_eq!(
            text("x p > e+ e-", &[("x", &["uu~"])]),
            "label 'x': unknown particle 'uu~'; did you mean 'u~'?"
        );
        assert_eq!(
            text("p p > e+ e-", &[("g", &["u"])]),
            "label 'g': is the name of a particle; choose another"
        );
        assert!(text("p p > e+ e- QCD=1 QCD=2", &[]).contains("QCD is limited twice"));
        assert!(text("p p > e+ e- WEIGHTED==1", &[]).contains("exact WEIGHTED"));
    }
}
