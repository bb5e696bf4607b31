//! From a JSON file of ufo-model-loader to the objects that a UFO directory makes.
//!
//! Knows the keys of the file and that its records refer to each other by name; what the
//! objects mean is for those who read them. Source: what versions 0.1.0 to 1.0.1 write.

use std::collections::BTreeMap;
use std::rc::Rc;

use num_complex::Complex64;

use super::fault::Fault;
use super::interpreter::Interpreter;
use super::notation::python;
use super::objects::Object;
use super::value::{Class, Value};
use super::{json, value::Shared};
use crate::model::expression::{Expression, Functions};
use crate::model::{ModelNote, NoteKind};
use crate::suggest::did_you_mean;

/// The lists of records in the order in which they are read, and whether a file must have
/// them.
const LISTS: [(&str, bool); 9] = [
    ("orders", true),
    ("functions", false),
    ("form_factors", false),
    ("parameters", true),
    ("propagators", false),
    ("particles", true),
    ("couplings", true),
    ("lorentz_structures", true),
    ("vertex_rules", true),
];
const NAME: &str = "name";
/// Ends the names of propagators that are those of the spin, in Feynman gauge.
const OF_THE_SPIN: &str = "_propFeynman";
/// Codes of Goldstone bosons, in files that mark none, and the mark.
const GOLDSTONE: [i64; 2] = [250, 251];
const MARK: &str = "goldstoneboson";

/// Reads a file; returns the name of its model.
///
/// # Errors
/// [`Fault`] with the line, the record, its key, what was found and what was expected.
pub(super) fn read(
    interpreter: &mut Interpreter,
    file: &str,
    notes: &mut Vec<ModelNote>,
) -> Result<String, Fault> {
    let file: Rc<str> = file.into();
    let text = interpreter.files.text(&file);
    let text = text.map_err(|problem| Fault::fatal(&file, 0, problem))?;
    let Some(text) = text else {
        return Err(Fault::fatal(&file, 0, "there is no such file"));
    };
    let wanted: Vec<&str> = LISTS.iter().map(|l| l.0).chain([NAME]).collect();
    let entries = json::entries(interpreter, &file, &text, &wanted)?;
    let lines = json::lines(&text);
    let mut reader = Reader {
        interpreter,
        file,
        functions: Functions::default(),
        made: BTreeMap::new(),
        propagators: Vec::new(),
    };
    let name = match entries.get(NAME) {
        Some(Value::Text(name)) => name.to_string(),
        other => return Err(reader.lacks(NAME, "a string", other)),
    };
    for (key, is_required) in LISTS {
        let records = match entries.get(key) {
            Some(Value::List(items)) => items,
            None if !is_required => continue,
            other => return Err(reader.lacks(key, "a list", other)),
        };
        reader.list(key, records, lines.get(key).map_or(&[], Vec::as_slice))?;
    }
    if reader.mark_goldstone() {
        let text = "no particle is marked as a Goldstone boson: those with the codes 250 and 251 \
                    are taken as such";
        let note = ModelNote::new(NoteKind::UnmarkedGoldstone, "250, 251", text.to_owned());
        notes.push(note.at(&*reader.file, 0));
    }
    Ok(name)
}

/// An object of a list.
struct Record {
    /// `couplings[3] 'GC_4'`.
    title: String,
    line: u32,
    entries: Shared<Vec<(Value, Value)>>,
}

impl Record {
    fn get(&self, key: &str) -> Option<Value> {
        let is = |e: &&(Value, Value)| matches!(&e.0, Value::Text(k) if **k == *key);
        let entries = self.entries.borrow();
        entries.iter().find(is).map(|e| e.1.clone())
    }

    /// The same, without what is null.
    fn given(&self, key: &str) -> Option<Value> {
        self.get(key).filter(|v| !matches!(v, Value::None))
    }
}

struct Reader<'a, 'f> {
    interpreter: &'a mut Interpreter<'f>,
    file: Rc<str>,
    functions: Functions,
    /// Objects by their lists and names.
    made: BTreeMap<&'static str, BTreeMap<Rc<str>, Value>>,
    /// Records of propagators by their names and those of their particles.
    propagators: Vec<(Rc<str>, Rc<str>, Value)>,
}

impl Reader<'_, '_> {
    /// The fault of something at the top.
    fn lacks(&self, key: &str, expected: &str, found: Option<&Value>) -> Fault {
        let problem = match found {
            Some(value) => {
                let found = self.interpreter.short_text(value);
                format!("found {key} = {found}, expected {expected}")
            }
            None => {
                let all = LISTS.iter().filter(|l| l.1).map(|l| l.0);
                let all: Vec<&str> = std::iter::once(NAME).chain(all).collect();
                format!(
                    "the key '{key}' is missing, expected a model that ufo-model-loader wrote, \
                     with {}",
                    all.join(", ")
                )
            }
        };
        Fault::fatal(&self.file, 0, problem)
    }

    fn list(
        &mut self,
        key: &'static str,
        records: &Shared<Vec<Value>>,
        lines: &[u32],
    ) -> Result<(), Fault> {
        for (index, value) in records.borrow().iter().enumerate() {
            let line = lines.get(index).copied().unwrap_or(0);
            let Value::Dict(entries) = value else {
                let found = self.interpreter.short_text(value);
                let problem = format!("found {key}[{index}] = {found}, expected an object");
                return Err(Fault::fatal(&self.file, line, problem));
            };
            let mut record = Record {
                title: format!("{key}[{index}]"),
                line,
                entries: entries.clone(),
            };
            let name = self.text(&record, NAME)?;
            record.title.push_str(&format!(" '{name}'"));
            let made = match key {
                "orders" => self.order(&record, &name)?,
                "functions" => self.function(&record, &name)?,
                "form_factors" => self.form_factor(&record, &name)?,
                "parameters" => self.parameter(&record, &name)?,
                "propagators" => self.propagator(&record, &name)?,
                "particles" => self.particle(&record, &name)?,
                "couplings" => self.coupling(&record, &name)?,
                "lorentz_structures" => self.lorentz(&record, &name)?,
                _ => self.vertex(&record, &name)?,
            };
            let Some(made) = made else {
                continue;
            };
            let known = self.made.entry(key).or_default().insert(name, made);
            if known.is_some() && matches!(key, "couplings" | "lorentz_structures") {
                return Err(self.fault(&record, "the list has this name already"));
            }
        }
        if key == "parameters" {
            self.check_parameters()?;
        }
        Ok(())
    }

    fn fault(&self, record: &Record, problem: &str) -> Fault {
        let problem = format!("{}: {problem}", record.title);
        Fault::fatal(&self.file, record.line, problem)
    }

    fn expected(&self, record: &Record, key: &str, expected: &str) -> Fault {
        let problem = match record.get(key) {
            Some(value) => {
                let found = self.interpreter.short_text(&value);
                format!("found {key} = {found}, expected {expected}")
            }
            None => {
                let entries = record.entries.borrow();
                let keys = entries.iter().filter_map(|e| match &e.0 {
                    Value::Text(key) => Some(&**key),
                    _ => None,
                });
                let hint = did_you_mean(key, keys);
                format!("the key '{key}' is missing, expected {expected}{hint}")
            }
        };
        self.fault(record, &problem)
    }

    fn text(&self, record: &Record, key: &str) -> Result<Rc<str>, Fault> {
        match &record.get(key) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(self.expected(record, key, "a string")),
        }
    }

    fn int(&self, record: &Record, key: &str) -> Result<Value, Fault> {
        match record.get(key) {
            Some(value @ Value::Int(_)) => Ok(value),
            _ => Err(self.expected(record, key, "an integer")),
        }
    }

    fn items(&self, record: &Record, key: &str) -> Result<Vec<Value>, Fault> {
        match &record.get(key) {
            Some(Value::List(items)) => Ok(items.borrow().clone()),
            _ => Err(self.expected(record, key, "a list")),
        }
    }

    /// An expression in Python's notation.
    fn expression(&self, record: &Record, key: &str) -> Result<Value, Fault> {
        let text = self.text(record, key)?;
        let wrong = |problem: String| {
            let found = self.interpreter.short_text(&Value::Text(text.clone()));
            self.fault(record, &format!("{key} = {found}: {problem}"))
        };
        python(&text).map(|text| Value::text(&text)).map_err(wrong)
    }

    /// An expression in parameters that the model has.
    fn check(&self, record: &Record, key: &str, text: &Value) -> Result<(), Fault> {
        let Value::Text(text) = text else {
            return Ok(());
        };
        let wrong = |problem: String| self.fault(record, &format!("{key} = {text}: {problem}"));
        let expression = Expression::parse_with(text, &self.functions).map_err(wrong)?;
        let parameters = self.made.get("parameters");
        let known = |name: &str| parameters.is_some_and(|p| p.contains_key(name));
        match expression.names().into_iter().find(|n| !known(n)) {
            Some(name) => {
                let all = parameters.into_iter().flat_map(BTreeMap::keys);
                let hint = did_you_mean(name, all.map(|n| &**n));
                Err(wrong(format!("unknown parameter '{name}'{hint}")))
            }
            None => Ok(()),
        }
    }

    /// The object that a name stands for.
    fn object(
        &self,
        record: &Record,
        key: &str,
        name: &Value,
        list: &'static str,
        what: &str,
    ) -> Result<Value, Fault> {
        let made = self.made.get(list);
        if let Value::Text(name) = name
            && let Some(object) = made.and_then(|m| m.get(name))
        {
            return Ok(object.clone());
        }
        let hint = match name {
            Value::Text(name) => {
                let all = made.into_iter().flat_map(BTreeMap::keys);
                did_you_mean(name, all.map(|n| &**n))
            }
            _ => String::new(),
        };
        let found = self.interpreter.short_text(name);
        let problem = format!("found {found} in {key}, expected the name of {what}{hint}");
        Err(self.fault(record, &problem))
    }

    fn objects(
        &self,
        record: &Record,
        key: &'static str,
        list: &'static str,
        what: &str,
    ) -> Result<Value, Fault> {
        let names = self.items(record, key)?;
        let objects = names
            .iter()
            .map(|n| self.object(record, key, n, list, what))
            .collect::<Result<_, _>>()?;
        Ok(Value::list(objects))
    }

    fn make(
        &mut self,
        class: Class,
        record: &Record,
        name: &Rc<str>,
        mut attributes: Vec<(&str, Value)>,
    ) -> Result<Option<Value>, Fault> {
        attributes.insert(0, (NAME, Value::Text(name.clone())));
        let made = self
            .interpreter
            .make(class, &self.file, record.line, attributes);
        made.map(Some)
    }

    fn order(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        let attributes = vec![
            ("expansion_order", self.int(record, "expansion_order")?),
            ("hierarchy", self.int(record, "hierarchy")?),
        ];
        self.make(Class::CouplingOrder, record, name, attributes)
    }

    /// A function; none if the file has its name alone.
    fn function(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        if record.given("expression").is_none() {
            return Ok(None);
        }
        let text = self.text(record, "expression")?;
        let arguments = self.items(record, "arguments")?;
        let names = arguments.iter().map(|a| match a {
            Value::Text(name) => Some(name.to_string()),
            _ => None,
        });
        let Some(names) = names.collect::<Option<Vec<_>>>() else {
            return Err(self.expected(record, "arguments", "a list of strings"));
        };
        let added = self.functions.add(name, names, &text);
        added.map_err(|p| self.fault(record, &format!("expression = {text}: {p}")))?;
        let attributes = vec![
            ("arguments", Value::list(arguments)),
            ("expression", Value::Text(text)),
        ];
        self.make(Class::Function, record, name, attributes)
    }

    fn form_factor(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        if record.given("value").is_none() {
            return Ok(None);
        }
        let value = Value::Text(self.text(record, "value")?);
        self.make(Class::FormFactor, record, name, vec![("value", value)])
    }

    /// Two numbers, the real and the imaginary part, or one.
    fn number(&self, record: &Record, key: &str) -> Result<Option<Complex64>, Fault> {
        let expected = || self.expected(record, key, "[real part, imaginary part]");
        let number = match record.given(key) {
            None => return Ok(None),
            Some(Value::List(ref parts)) => match &parts.borrow()[..] {
                [re, im] => re.as_real().zip(im.as_real()),
                _ => None,
            },
            Some(Value::Text(_) | Value::Bool(_) | Value::Dict(_)) => None,
            Some(one) => one.as_real().map(|x| (x, 0.0)),
        };
        let (re, im) = number.ok_or_else(expected)?;
        Ok(Some(Complex64::new(re, im)))
    }

    fn parameter(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        let nature = self.text(record, "nature")?;
        let value = self.number(record, "value")?;
        let is_external = &*nature == "external";
        let mut attributes = vec![
            ("nature", Value::Text(nature)),
            ("type", Value::Text(self.text(record, "parameter_type")?)),
        ];
        if is_external {
            let value = value.filter(|z| z.im == 0.0);
            let Some(value) = value else {
                return Err(self.expected(record, "value", "[a number, 0.0]"));
            };
            attributes.push(("value", Value::Float(value.re)));
            attributes.push(("lhablock", Value::Text(self.text(record, "lhablock")?)));
            attributes.push(("lhacode", Value::list(self.items(record, "lhacode")?)));
        } else if record.given("expression").is_some() {
            attributes.push(("value", self.expression(record, "expression")?));
        } else {
            let Some(value) = value else {
                let problem = "found neither an expression nor a value, expected one of them: \
                               ufo-model-loader could not read the expression of the UFO file";
                return Err(self.fault(record, problem));
            };
            attributes.push(("value", Value::Complex(value)));
        }
        self.make(Class::Parameter, record, name, attributes)
    }

    /// Expressions of parameters, which may stand before those that they use.
    fn check_parameters(&self) -> Result<(), Fault> {
        for (_, object) in self.interpreter.each(Class::Parameter) {
            let record = Record {
                title: object.title(),
                line: object.line,
                entries: Shared::default(),
            };
            if let Some(value) = &object.get("value") {
                self.check(&record, "expression", value)?;
            }
        }
        Ok(())
    }

    /// A propagator of the model's own; none of those that every particle of the spin has.
    fn propagator(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        let particle = self.text(record, "particle")?;
        if name.strip_suffix(OF_THE_SPIN) == Some(&*particle) {
            return Ok(None);
        }
        let attributes = vec![
            ("numerator", self.expression(record, "numerator")?),
            ("denominator", self.expression(record, "denominator")?),
        ];
        let made = self.make(Class::Propagator, record, name, attributes)?;
        let made = made.unwrap_or(Value::None);
        self.propagators.push((name.clone(), particle, made));
        Ok(None)
    }

    fn particle(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        // All are compared with each other.
        let known = self.made.get("particles").map_or(0, BTreeMap::len);
        let n_compared = known + self.propagators.len();
        self.interpreter.step(record.line, n_compared)?;
        let pdg = self.int(record, "pdg_code")?;
        let charge = match record.get("charge") {
            Some(value @ (Value::Int(_) | Value::Float(_))) => value.as_real(),
            Some(Value::Text(ref text)) => match text.split_once('/') {
                Some((n, d)) => {
                    (n.parse().ok().zip(d.parse().ok())).map(|(n, d): (f64, f64)| n / d)
                }
                None => text.parse().ok(),
            },
            _ => None,
        };
        let charge = charge.filter(|q| q.is_finite());
        let Some(charge) = charge else {
            return Err(self.expected(record, "charge", "a number or a fraction '2/3'"));
        };
        let parameter = |key: &str| {
            let named = record.get(key).unwrap_or(Value::None);
            self.object(record, key, &named, "parameters", "a parameter")
        };
        let mut attributes = vec![
            ("mass", parameter("mass")?),
            ("width", parameter("width")?),
            ("pdg_code", pdg),
            ("antiname", Value::Text(self.text(record, "antiname")?)),
            ("spin", self.int(record, "spin")?),
            ("color", self.int(record, "color")?),
            ("charge", Value::Float(charge)),
        ];
        for key in ["propagating", MARK] {
            match record.given(key) {
                None => {}
                Some(value @ Value::Bool(_)) => attributes.push((key, value)),
                Some(_) => return Err(self.expected(record, key, "true or false")),
            }
        }
        let named = match record.given("propagator") {
            Some(Value::Text(ref named)) => Some(named.clone()),
            None => None,
            Some(_) => return Err(self.expected(record, "propagator", "a string")),
        };
        let mut own = self.propagators.iter().filter(|p| p.1 == *name);
        let own = own.find(|p| named.as_ref().is_none_or(|n| *n == p.0));
        if let Some((.., object)) = own {
            attributes.push(("propagator", object.clone()));
        }
        self.make(Class::Particle, record, name, attributes)
    }

    /// Marks Goldstone bosons by their codes if none is marked; says whether there are any.
    /// Some versions write no mark, and others lose that of some models.
    fn mark_goldstone(&mut self) -> bool {
        let particles = self.interpreter.each(Class::Particle).into_iter();
        let is_marked = |p: &Object| p.get(MARK).is_some_and(|v| v.is_true());
        let code = |p: &Object| p.get("pdg_code").and_then(|v| v.as_int());
        let of_code = |p: &Object| code(p).is_some_and(|n| GOLDSTONE.contains(&n.saturating_abs()));
        let (mut unmarked, mut marked) = (Vec::new(), 0);
        for (number, particle) in particles {
            marked += usize::from(is_marked(particle));
            unmarked.extend(of_code(particle).then_some(number));
        }
        if marked > 0 {
            return false;
        }
        for &number in &unmarked {
            self.interpreter.objects[number].set(&MARK.into(), Value::Bool(true));
        }
        !unmarked.is_empty()
    }

    fn coupling(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        let value = self.expression(record, "expression")?;
        self.check(record, "expression", &value)?;
        let mut orders = Vec::new();
        for item in self.items(record, "orders")? {
            let pair = match &item {
                Value::List(pair) => match &pair.borrow()[..] {
                    [order @ Value::Text(_), power @ Value::Int(_)] => {
                        Some((order.clone(), power.clone()))
                    }
                    _ => None,
                },
                _ => None,
            };
            let Some(pair) = pair else {
                return Err(self.expected(record, "orders", "a list of [name, power]"));
            };
            orders.push(pair);
        }
        let order = Value::Dict(Rc::new(orders.into()));
        let attributes = vec![("value", value), ("order", order)];
        self.make(Class::Coupling, record, name, attributes)
    }

    fn lorentz(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        let attributes = vec![
            ("spins", Value::list(self.items(record, "spins")?)),
            ("structure", self.expression(record, "structure")?),
        ];
        self.make(Class::Lorentz, record, name, attributes)
    }

    fn vertex(&mut self, record: &Record, name: &Rc<str>) -> Result<Option<Value>, Fault> {
        let known = self.made.get("particles").map_or(0, BTreeMap::len);
        let n_compared = known * self.items(record, "particles")?.len();
        self.interpreter.step(record.line, n_compared / 64)?;
        let mut colours = Vec::new();
        for item in self.items(record, "color_structures")? {
            let Value::Text(text) = &item else {
                return Err(self.expected(record, "color_structures", "a list of strings"));
            };
            let text = python(text).map_err(|problem| {
                let problem = format!("color_structures has '{text}': {problem}");
                self.fault(record, &problem)
            })?;
            colours.push(Value::text(&text));
        }
        let particles = self.objects(record, "particles", "particles", "a particle")?;
        let (key, what) = ("lorentz_structures", "a Lorentz structure");
        let structures = self.objects(record, key, key, what)?;
        let n_structures = self.items(record, key)?.len();
        let rows = self.items(record, "couplings")?;
        let size = format!(
            "a list of {} lists, one for each colour structure, of {n_structures} names or null",
            colours.len()
        );
        if rows.len() != colours.len() {
            return Err(self.expected(record, "couplings", &size));
        }
        let mut couplings = Vec::new();
        for (c, row) in rows.iter().enumerate() {
            let row = match row {
                Value::List(row) if row.borrow().len() == n_structures => row.borrow().clone(),
                _ => return Err(self.expected(record, "couplings", &size)),
            };
            for (l, name) in row.iter().enumerate() {
                if !matches!(name, Value::None) {
                    let at = [c, l].map(|k| Value::Int(k as i64));
                    let coupling =
                        self.object(record, "couplings", name, "couplings", "a coupling")?;
                    couplings.push((Value::Tuple(at.into()), coupling));
                }
            }
        }
        let attributes = vec![
            ("particles", particles),
            ("color", Value::list(colours)),
            ("lorentz", structures),
            ("couplings", Value::Dict(Rc::new(couplings.into()))),
        ];
        self.make(Class::Vertex, record, name, attributes)
    }
}
