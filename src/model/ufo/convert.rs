//! From the objects of a UFO directory, or of a JSON file, to the tables of a model.
//!
//! Knows which files a model has and how its objects refer to each other; computes no
//! number. Ghosts are left out, and Goldstone bosons in unitary gauge.

use std::collections::BTreeMap;
use std::path::Path;

use rustc_hash::FxHashMap;

use super::directory::Files;
use super::fault::{Fault, FaultKind};
use super::interpreter::Interpreter;
use super::locate::Place;
use super::objects::Object;
use super::offsets;
use super::records;
use super::value::{Class, Value};
use crate::model::expression::Functions;
use crate::model::source::{
    DecayRow, ExternalRow, InternalRow, LabelExtension, ModelSource, ParticleRow, VertexRow,
};
use crate::model::{Gauge, ModelError, ModelNote, NoteKind};

/// Files that every model has.
const REQUIRED: [&str; 5] = [
    "parameters",
    "particles",
    "couplings",
    "lorentz",
    "vertices",
];
/// Files that a model may have; of the last one a fault is a note.
const OPTIONAL: [&str; 3] = ["coupling_orders", "propagators", "form_factors"];
const DECAYS: &str = "decays";

/// Names of the attribute that marks Goldstone bosons.
const GOLDSTONE: [&str; 3] = ["goldstoneboson", "goldstone", "GoldstoneBoson"];

/// The spin of ghosts.
const GHOST: i64 = -1;

/// Lines from here on are no help: a JSON file may be a single one.
const LONG_LINE: usize = 100_000;

/// Where models list their gauges.
const INIT: &str = "__init__.py";

/// Strong coupling at MZ of models that have none.
const ALPHA_S: f64 = 0.118;

/// Reads a model.
///
/// # Errors
/// [`ModelError::Source`] with file, line and text; [`ModelError::Directory`].
pub(crate) fn source(place: &Place, gauge: Gauge) -> Result<ModelSource, ModelError> {
    let path = &place.directory;
    let directory = |problem: String| ModelError::Directory {
        path: path.clone(),
        problem,
    };
    let mut files = Files::open(path).map_err(directory)?;
    let real = path.canonicalize().map_err(|e| directory(e.to_string()))?;
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    if gauge == Gauge::Feynman && place.file.is_none() {
        let text = files.text(INIT).ok().flatten().unwrap_or_default();
        if let Some((line, text)) = unitary_alone(&text) {
            let path = path.join(INIT);
            return Err(ModelError::UnitaryAlone { path, line, text });
        }
    }
    let read = match &place.file {
        Some(file) => read_json(&mut files, file, gauge),
        None => read(&mut files, &name, gauge),
    };
    read.map_err(|fault| located(&mut files, path, fault))
}

/// The line, with its number from 1, of a list of gauges without that of Feynman, which has
/// number 1: `gauge = [0]`. UFO has no word on it; FeynRules writes it and MadGraph heeds it.
fn unitary_alone(text: &str) -> Option<(usize, String)> {
    let numbered = text.lines().enumerate();
    let mut stated = numbered.filter_map(|(k, line)| {
        let list = line.strip_prefix("gauge")?.trim_start().strip_prefix('=')?;
        let list = list.trim_start().strip_prefix('[')?.split_once(']')?.0;
        let has_feynman = list.split(',').any(|number| number.trim() == "1");
        (!has_feynman).then(|| (k + 1, line.trim().to_owned()))
    });
    stated.next()
}

/// A fault with the text of its line.
fn located(files: &mut Files, path: &Path, fault: Fault) -> ModelError {
    let text = files.text(&fault.file).ok().flatten().unwrap_or_default();
    let line = (fault.line as usize).checked_sub(1);
    let line = line.and_then(|k| text.lines().nth(k));
    match line.filter(|l| l.len() < LONG_LINE) {
        Some(line) => {
            let line = line.trim();
            let short: String = line.chars().take(100).collect();
            ModelError::Source {
                path: path.join(&*fault.file),
                line: fault.line,
                text: match short.len() < line.len() {
                    true => format!("{short}..."),
                    false => short,
                },
                problem: fault.problem,
            }
        }
        None if &*fault.file == "model" => ModelError::Directory {
            path: path.to_owned(),
            problem: fault.problem,
        },
        None => ModelError::Directory {
            path: path.join(&*fault.file),
            problem: fault.problem,
        },
    }
}

fn read(files: &mut Files, name: &str, gauge: Gauge) -> Result<ModelSource, Fault> {
    let mut interpreter = Interpreter::new(files);
    if interpreter.files.has("function_library.py") {
        interpreter.import("function_library", 0)?;
    }
    for module in REQUIRED {
        interpreter
            .import(module, 0)
            .map_err(|fault| match fault.kind {
                FaultKind::Import if &*fault.file == "model" => {
                    let problem = format!(
                        "{}, expected the files of a UFO model: {}.py",
                        fault.problem,
                        REQUIRED.join(".py, ")
                    );
                    Fault { problem, ..fault }
                }
                _ => fault,
            })?;
    }
    let mut notes = Vec::new();
    for module in OPTIONAL {
        if interpreter.files.has(&format!("{module}.py")) {
            interpreter.import(module, 0)?;
        }
    }
    if interpreter.files.has(&format!("{DECAYS}.py"))
        && let Err(fault) = interpreter.import(DECAYS, 0)
    {
        let text = format!("partial widths are not read: {fault}");
        let note = ModelNote::new(NoteKind::PartialWidthsUnread, DECAYS, text);
        notes.push(note.at(&*fault.file, fault.line as usize));
    }
    Converter {
        interpreter: &interpreter,
        gauge,
        notes,
    }
    .convert(name)
}

fn read_json(files: &mut Files, file: &str, gauge: Gauge) -> Result<ModelSource, Fault> {
    let mut interpreter = Interpreter::new(files);
    let mut notes = Vec::new();
    let name = records::read(&mut interpreter, file, &mut notes)?;
    Converter {
        interpreter: &interpreter,
        gauge,
        notes,
    }
    .convert(&name)
}

struct Converter<'a, 'f> {
    interpreter: &'a Interpreter<'f>,
    gauge: Gauge,
    notes: Vec<ModelNote>,
}

/// Particles of the tables by the numbers of their objects.
type Kept = FxHashMap<usize, String>;

impl Converter<'_, '_> {
    fn convert(mut self, name: &str) -> Result<ModelSource, Fault> {
        let interpreter = self.interpreter;
        let functions = self.functions()?;
        let (mut external, internal) = interpreter.parameters()?;
        add_alpha_s(&mut external, &internal);
        let (particles, kept) = self.particles()?;
        let couplings = interpreter.couplings()?;
        let mut orders = interpreter.orders(&couplings, &mut self.notes)?;
        let lorentz = interpreter.lorentz()?;
        let position = |list: &[usize]| -> FxHashMap<usize, usize> {
            list.iter().enumerate().map(|(k, &n)| (n, k)).collect()
        };
        let coupling_at = position(&couplings.iter().map(|c| c.0).collect::<Vec<_>>());
        let lorentz_at = position(&lorentz.iter().map(|l| l.0).collect::<Vec<_>>());
        let lorentz: Vec<_> = lorentz.into_iter().map(|l| l.1).collect();
        let mut vertices = Vec::new();
        for (_, object) in interpreter.each(Class::Vertex) {
            let row = self.vertex(object, &kept, &lorentz_at, &coupling_at)?;
            if let Some(row) = row {
                self.check_spins(object, &row, &particles, &lorentz)?;
                vertices.push(row);
            }
        }
        let couplings = couplings.into_iter().map(|c| c.1).collect();
        let couplings = offsets::settle(couplings, &mut vertices, &mut orders);
        let decays = self.decays(&kept)?;
        let (labels, if_massless) = labels(&particles);
        Ok(ModelSource {
            name: name.to_owned(),
            particles,
            external,
            internal,
            functions,
            schemes: Vec::new(),
            orders,
            couplings,
            lorentz,
            vertices,
            labels,
            if_massless,
            decays,
            signed_masses: true,
            is_ufo: true,
            notes: self.notes,
        })
    }

    fn functions(&self) -> Result<Functions, Fault> {
        let interpreter = self.interpreter;
        let mut functions = Functions::default();
        for (_, object) in interpreter.each(Class::Function) {
            let name = interpreter.text_attribute(object, "name")?;
            let text = interpreter.text_attribute(object, "expression")?;
            let parameters = match &object.get("arguments") {
                Some(Value::Text(one)) => vec![one.to_string()],
                _ => {
                    let items = interpreter.list_attribute(object, "arguments")?;
                    items
                        .iter()
                        .map(|v| interpreter.text_of(v, false, 2))
                        .collect()
                }
            };
            functions
                .add(&name, parameters, &text)
                .map_err(|problem| interpreter.wrong(object, &format!("{text}: {problem}")))?;
        }
        Ok(functions)
    }

    /// Rows of particles, each with its antiparticle, and all objects that have one.
    fn particles(&mut self) -> Result<(Vec<ParticleRow>, Kept), Fault> {
        let interpreter = self.interpreter;
        let mut rows: Vec<ParticleRow> = Vec::new();
        let mut kept = Kept::default();
        for (number, object) in interpreter.each(Class::Particle) {
            let name = self.particle_name(object, "name")?;
            let anti = self.particle_name(object, "antiname")?;
            let pdg = i32::try_from(interpreter.int_attribute(object, "pdg_code")?);
            let Ok(pdg) = pdg.map(|n| n.clamp(-i32::MAX, i32::MAX)) else {
                return Err(interpreter.wrong(object, "a pdg_code of more than 32 bits"));
            };
            if pdg == 0 {
                return Err(interpreter.expected(object, "pdg_code", "another number than 0"));
            }
            let known = rows
                .iter()
                .find(|r| r.pdg == -pdg && r.anti.as_deref() == Some(&name));
            if known.is_some_and(|r| r.name == anti) {
                kept.insert(number, name);
                continue;
            }
            let spin = interpreter.int_attribute(object, "spin")?;
            let is_goldstone = GOLDSTONE
                .iter()
                .any(|a| object.get(a).is_some_and(|v| v.is_true()));
            if spin == GHOST || (is_goldstone && self.gauge == Gauge::Unitary) {
                continue;
            }
            if let Some(same) = rows.iter().find(|r| r.pdg == pdg || r.name == name) {
                let problem = format!(
                    "'{}' has the same name or pdg_code ({}) already",
                    same.name, same.pdg
                );
                return Err(interpreter.wrong(object, &problem));
            }
            let spin = u8::try_from(spin).ok().filter(|s| (1..=5).contains(s));
            let Some(spin) = spin else {
                let problem = "expected a spin (2 s + 1) from 1 to 5, or -1 of a ghost";
                return Err(interpreter.wrong(object, problem));
            };
            kept.insert(number, name.clone());
            rows.push(ParticleRow {
                anti: (anti != name).then_some(anti),
                pdg,
                spin,
                colour: self.colour(object)?,
                charge: self.charge(object, &name)?,
                mass: interpreter.parameter_name(object, "mass")?,
                width: interpreter.parameter_name(object, "width")?,
                propagator: interpreter.propagator(object, self.gauge as usize)?,
                is_goldstone,
                is_instant: object.get("propagating").is_some_and(|v| !v.is_true()),
                name,
            });
        }
        Ok((rows, kept))
    }

    fn colour(&self, object: &Object) -> Result<i8, Fault> {
        let colour = self.interpreter.int_attribute(object, "color")?;
        match colour {
            1 | 3 | -3 | 6 | -6 | 8 => Ok(colour as i8),
            _ => {
                let problem = format!("found color = {colour}, expected 1, 3, -3, 6, -6 or 8");
                Err(self.interpreter.wrong(object, &problem))
            }
        }
    }

    /// Charge in thirds of that of the positron, rounded.
    fn charge(&mut self, object: &Object, name: &str) -> Result<i32, Fault> {
        let charge = match object.get("charge") {
            None | Some(Value::None) => Some(0.0),
            Some(value) => value.as_real().filter(|x| x.is_finite()),
        };
        let Some(charge) = charge else {
            return Err(self.interpreter.expected(object, "charge", "a number"));
        };
        let thirds = (3.0 * charge).round();
        if (3.0 * charge - thirds).abs() > 1e-6 {
            let text =
                format!("particle '{name}' has the charge {charge}, which is no multiple of 1/3");
            let note = ModelNote::new(NoteKind::FractionalCharge, name, text);
            self.notes
                .push(note.at(&*object.file, object.line as usize));
        }
        Ok(thirds.clamp(-1e6, 1e6) as i32)
    }

    /// A name by which processes can name a particle.
    fn particle_name(&self, object: &Object, key: &str) -> Result<String, Fault> {
        let name = self.interpreter.text_attribute(object, key)?;
        let breaks = |c: char| c == '>' || c.is_whitespace() || c.is_control();
        if name.is_empty() || name.contains(breaks) {
            let expected = "a name without blanks, line breaks and '>'";
            return Err(self.interpreter.expected(object, key, expected));
        }
        Ok(name)
    }

    /// A vertex; `None` if one of its particles is left out.
    fn vertex(
        &mut self,
        object: &Object,
        kept: &Kept,
        lorentz_at: &FxHashMap<usize, usize>,
        coupling_at: &FxHashMap<usize, usize>,
    ) -> Result<Option<VertexRow>, Fault> {
        let interpreter = self.interpreter;
        let mut particles = Vec::new();
        for value in interpreter.list_attribute(object, "particles")? {
            let number = interpreter.object_of(&value, Class::Particle, object)?;
            match kept.get(&number) {
                Some(name) => particles.push(name.clone()),
                None => return Ok(None),
            }
        }
        let mut colour = Vec::new();
        for value in interpreter.list_attribute(object, "color")? {
            match &value {
                Value::Text(text) => colour.push(text.to_string()),
                Value::Int(1) => colour.push("1".to_owned()),
                _ => return Err(interpreter.wrong(object, "a color structure that is no string")),
            }
        }
        let mut structures = Vec::new();
        for value in interpreter.list_attribute(object, "lorentz")? {
            let number = interpreter.object_of(&value, Class::Lorentz, object)?;
            match lorentz_at.get(&number) {
                Some(&k) => structures.push(k),
                None => return Err(interpreter.wrong(object, "a Lorentz structure of ghosts")),
            }
        }
        let couplings = object.get("couplings");
        let Some(Value::Dict(entries)) = &couplings else {
            return Err(interpreter.wrong(object, "'couplings' is no dictionary"));
        };
        let mut terms = Vec::new();
        for (key, value) in entries.borrow().iter() {
            let (c, l) = self.key(object, key, colour.len(), structures.len())?;
            let couplings = match value {
                Value::List(items) => items.borrow().clone(),
                Value::Tuple(items) => items.to_vec(),
                one => vec![one.clone()],
            };
            for coupling in couplings {
                let number = interpreter.object_of(&coupling, Class::Coupling, object)?;
                let Some(&coupling) = coupling_at.get(&number) else {
                    return Err(interpreter.wrong(object, "a coupling that is not in its list"));
                };
                terms.push((c, l, coupling));
            }
        }
        // Python before 3.7 wrote dictionaries in any order, and a sum is not to depend on it.
        terms.sort_by_key(|&(c, l, _)| (c, l));
        for term in &mut terms {
            term.1 = structures[term.1];
        }
        Ok(Some(VertexRow {
            name: interpreter.text_attribute(object, "name")?,
            particles,
            colour,
            terms,
        }))
    }

    /// Colour and Lorentz structure of a key `(0,1)`.
    fn key(
        &self,
        object: &Object,
        key: &Value,
        n_colour: usize,
        n_lorentz: usize,
    ) -> Result<(usize, usize), Fault> {
        let pair = match key {
            Value::Tuple(items) => match &items[..] {
                [c, l] => c.as_int().zip(l.as_int()),
                _ => None,
            },
            _ => None,
        };
        let within = |k: i64, n: usize| usize::try_from(k).ok().filter(|k| *k < n);
        let found = pair.and_then(|(c, l)| within(c, n_colour).zip(within(l, n_lorentz)));
        found.ok_or_else(|| {
            let key = self.interpreter.short_text(key);
            let problem = format!(
                "found the key {key} in couplings, expected a colour structure below {n_colour} \
                 and a Lorentz structure below {n_lorentz}"
            );
            self.interpreter.wrong(object, &problem)
        })
    }

    /// The spins of each structure must be those of the particles.
    fn check_spins(
        &self,
        object: &Object,
        row: &VertexRow,
        particles: &[ParticleRow],
        lorentz: &[crate::model::LorentzStructure],
    ) -> Result<(), Fault> {
        let spin = |name: &String| {
            let is = |p: &&ParticleRow| p.name == *name || p.anti.as_ref() == Some(name);
            particles.iter().find(is).map_or(0, |p| p.spin)
        };
        let spins: Vec<u8> = row.particles.iter().map(spin).collect();
        for &(_, structure, _) in &row.terms {
            let structure = &lorentz[structure];
            if structure.spins != spins {
                let problem = format!(
                    "its particles ({}) have the spins {spins:?} and its structure {} is for {:?}",
                    row.particles.join(", "),
                    structure.name,
                    structure.spins
                );
                return Err(self.interpreter.wrong(object, &problem));
            }
        }
        Ok(())
    }

    fn decays(&self, kept: &Kept) -> Result<Vec<DecayRow>, Fault> {
        let interpreter = self.interpreter;
        let mut rows = Vec::new();
        for (_, object) in interpreter.each(Class::Decay) {
            let value = object.get("particle").unwrap_or(Value::None);
            let particle = interpreter.object_of(&value, Class::Particle, object)?;
            let widths = object.get("partial_widths");
            let Some(Value::Dict(entries)) = &widths else {
                return Err(interpreter.wrong(object, "'partial_widths' is no dictionary"));
            };
            let Some(particle) = kept.get(&particle) else {
                continue;
            };
            let mut widths = Vec::new();
            for (products, formula) in entries.borrow().iter() {
                let items = match products {
                    Value::Tuple(items) => items.to_vec(),
                    one => vec![one.clone()],
                };
                let mut names = Vec::new();
                for item in &items {
                    let number = interpreter.object_of(item, Class::Particle, object)?;
                    names.extend(kept.get(&number).cloned());
                }
                if let (true, Value::Text(text)) = (names.len() == items.len(), formula) {
                    widths.push((names, text.to_string()));
                }
            }
            rows.push(DecayRow {
                particle: particle.clone(),
                widths,
            });
        }
        Ok(rows)
    }
}

/// Models without the strong coupling get it as an input.
fn add_alpha_s(external: &mut Vec<ExternalRow>, internal: &[InternalRow]) {
    let is_there = external.iter().any(|p| p.name == "aS")
        || internal.iter().any(|p| p.name == "aS")
        || (external.iter()).any(|p| p.block.eq_ignore_ascii_case("SMINPUTS") && p.code == [3]);
    if !is_there {
        external.push(ExternalRow {
            name: "aS".to_owned(),
            block: "SMINPUTS".to_owned(),
            code: vec![3],
            value: ALPHA_S,
        });
    }
}

type Labels = (
    BTreeMap<String, Vec<String>>,
    BTreeMap<String, LabelExtension>,
);

/// The labels of the built-in model, of particles that the model has.
fn labels(particles: &[ParticleRow]) -> Labels {
    let name = |pdg: i32| {
        particles.iter().find_map(|p| match p.pdg {
            own if own == pdg => Some(p.name.clone()),
            own if own == -pdg => p.anti.clone(),
            _ => None,
        })
    };
    let partons: &[i32] = &[21, 2, 4, 1, 3, -2, -4, -1, -3];
    let all: [(&str, &[i32]); 8] = [
        ("p", partons),
        ("p~", partons),
        ("j", partons),
        ("l", &[-11, -13, 11, 13]),
        ("l+", &[-11, -13]),
        ("l-", &[11, 13]),
        ("vl", &[12, 14, 16]),
        ("vl~", &[-12, -14, -16]),
    ];
    let mut labels = BTreeMap::new();
    for (label, pdgs) in all {
        let names: Vec<String> = pdgs.iter().filter_map(|&pdg| name(pdg)).collect();
        let is_taken = particles
            .iter()
            .any(|p| p.name == label || p.anti.as_deref() == Some(label));
        if !names.is_empty() && !is_taken {
            labels.insert(label.to_owned(), names);
        }
    }
    let mut if_massless = BTreeMap::new();
    if let (Some(b), Some(anti)) = (name(5), name(-5)) {
        let has = |label: &&str| labels.contains_key(*label);
        let extended = ["p", "p~", "j"].iter().filter(|l| has(l));
        let extension = LabelExtension {
            labels: extended.map(|l| (*l).to_owned()).collect(),
            add: vec![b.clone(), anti],
        };
        if_massless.insert(b, extension);
    }
    (labels, if_massless)
}
