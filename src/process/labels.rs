//! Names in a process line to particles of the model.
//!
//! Knows particle names, PDG numbers, predefined and user labels; knows no diagram.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ProcessError;
use super::syntax::{self, RawLine, Relation, Word};
use crate::diagram::DiagramFilter;
use crate::model::{Model, ParticleId};
use crate::suggest::did_you_mean;

/// One external token of a process line and the particles it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegLabel {
    /// As written, e.g. `j`.
    pub text: String,
    /// The particles, in the order of the definition, without repetition.
    pub particles: Vec<ParticleId>,
}

/// A process line with its names resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessLine {
    /// The text, without comment.
    pub text: String,
    /// Incoming tokens, 1 or 2.
    pub initial: Vec<LegLabel>,
    /// Outgoing tokens.
    pub outgoing: Vec<LegLabel>,
    /// Filters and order limits as written; the default limit on WEIGHTED is
    /// filled in by the expansion.
    pub filter: DiagramFilter,
    /// Whether the line limits any order.
    pub orders_given: bool,
    /// `@n`.
    pub tag: Option<u32>,
    /// Options of other programs in it that mean nothing here.
    pub ignored: Vec<String>,
}

/// Longest process that is accepted, incoming legs included.
const MAX_LEGS: usize = 14;
/// Labels within labels, at most.
const MAX_DEPTH: usize = 100;
/// Most required resonances: all combinations of what they admit can be told apart.
const MAX_REQUIRED: usize = 5;

impl ProcessLine {
    /// Parses one line with the model's names and the user's labels.
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
    ) -> Result<Self, ProcessError> {
        let raw = syntax::parse(line)?;
        let names = Names::new(model, defines);
        names.check_defines()?;
        let all = |words: &[Word]| -> Result<Vec<LegLabel>, ProcessError> {
            words.iter().map(|w| names.label(&raw, w)).collect()
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
        let mut filter = DiagramFilter {
            forbidden: flat(all(&raw.forbidden)?),
            forbidden_s_channel: flat(all(&raw.forbidden_s_channel)?),
            ..DiagramFilter::default()
        };
        for entry in &raw.required {
            let mut ids: Vec<ParticleId> = all(entry)?
                .into_iter()
                .flat_map(|label| label.particles)
                .collect();
            ids.sort_unstable();
            ids.dedup();
            filter.required_s_channel.push(ids);
        }
        if raw.required.len() > MAX_REQUIRED {
            return Err(ProcessError::Unsupported {
                column: raw.required[MAX_REQUIRED][0].column,
                line: raw.text,
                what: format!("more than {MAX_REQUIRED} required resonances are"),
                instead: "name fewer particles between the arrows".into(),
            });
        }
        orders(&raw, model, &mut filter)?;
        let (initial, outgoing) = (all(&raw.initial)?, all(&raw.outgoing)?);
        if initial.len() + outgoing.len() > MAX_LEGS {
            return Err(ProcessError::Unsupported {
                line: raw.text,
                column: raw.outgoing[MAX_LEGS - initial.len()].column,
                what: format!("more than {MAX_LEGS} external particles are"),
                instead: "ask for fewer outgoing particles".into(),
            });
        }
        Ok(Self {
            orders_given: !raw.orders.is_empty(),
            text: raw.text,
            initial,
            outgoing,
            filter,
            tag: raw.tag,
            ignored: raw.ignored,
        })
    }

    /// The token of a leg, counted from 0, incoming first.
    pub fn leg_label(&self, leg: usize) -> Option<&LegLabel> {
        self.initial.iter().chain(&self.outgoing).nth(leg)
    }
}

/// Fills the order limits of a line.
fn orders(raw: &RawLine, model: &Model, filter: &mut DiagramFilter) -> Result<(), ProcessError> {
    let limits = &mut filter.orders;
    limits.max = vec![None; model.orders.len()];
    limits.exact = vec![None; model.orders.len()];
    let syntax = |column, reason: String| ProcessError::Syntax {
        line: raw.text.clone(),
        column,
        reason,
    };
    for spec in &raw.orders {
        let name = &spec.name.text;
        if name.eq_ignore_ascii_case("WEIGHTED") {
            if spec.relation == Relation::Exactly {
                return Err(ProcessError::Unsupported {
                    line: raw.text.clone(),
                    column: spec.name.column,
                    what: "an exact WEIGHTED is".into(),
                    instead: "use 'WEIGHTED<=n', or '==' on a coupling order".into(),
                });
            }
            if limits.max_weighted.replace(spec.value).is_some() {
                return Err(syntax(spec.name.column, "WEIGHTED is limited twice".into()));
            }
            continue;
        }
        let Some(k) = model
            .orders
            .iter()
            .position(|o| o.name.eq_ignore_ascii_case(name))
        else {
            let known: Vec<&str> = model
                .orders
                .iter()
                .map(|o| o.name.as_str())
                .chain(["WEIGHTED"])
                .collect();
            return Err(ProcessError::UnknownOrder {
                line: raw.text.clone(),
                column: spec.name.column,
                name: name.clone(),
                hint: did_you_mean(name, known.iter().copied()),
                known: known.join(", "),
            });
        };
        let slot = match spec.relation {
            Relation::AtMost => &mut limits.max[k],
            Relation::Exactly => &mut limits.exact[k],
        };
        if slot.replace(spec.value).is_some() {
            return Err(syntax(
                spec.name.column,
                format!("{} is limited twice", model.orders[k].name),
            ));
        }
    }
    Ok(())
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
        let folded = model
            .ids()
            .find(|&id| model.particle(id).name.to_lowercase() == lower);
        if let Some(id) = folded {
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
        ProcessLine::parse(text, &standard_model(), &defines)
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
        assert_eq!(parsed.leg_label(4).unwrap().text, "lep");
    }

    #[test]
    fn forbidden_means_particle_and_antiparticle_but_required_has_a_direction() {
        let parsed = line("p p > w+ > e+ ve / t $$ c", &[]).unwrap();
        assert_eq!(parsed.filter.forbidden.len(), 2);
        assert_eq!(parsed.filter.forbidden_s_channel.len(), 2);
        assert_eq!(parsed.filter.required_s_channel[0].len(), 1);
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
