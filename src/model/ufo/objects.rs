//! Objects of a UFO model and what the object library does with them.
//!
//! Knows the classes of UFO's object library by itself: its file is not interpreted.
//! Source: arXiv:1108.2040, section 3; object_library.py as FeynRules writes it.

use std::rc::Rc;

use super::fault::{Fault, FaultKind};
use super::interpreter::Interpreter;
use super::value::{Class, Value};

/// An object: its attributes in the order in which they were given.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub class: Class,
    /// Where it was made.
    pub file: Rc<str>,
    pub line: u32,
    attributes: Vec<(Rc<str>, Value)>,
}

impl Object {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        let found = self.attributes.iter().find(|a| &*a.0 == name);
        found.map(|a| a.1.clone())
    }

    /// Gives an attribute a value.
    pub(super) fn set(&mut self, name: &Rc<str>, value: Value) {
        match self.attributes.iter_mut().find(|a| a.0 == *name) {
            Some(attribute) => attribute.1 = value,
            None => self.attributes.push((name.clone(), value)),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        match &self.get("name") {
            Some(Value::Text(name)) => name.to_string(),
            _ => String::new(),
        }
    }

    /// `Coupling 'GC_1'`.
    pub(crate) fn title(&self) -> String {
        let class = self.class.names().0;
        match self.name() {
            name if name.is_empty() => format!("{class} without a name"),
            name => format!("{class} '{name}'"),
        }
    }

    /// Whether it is a particle that is its own antiparticle.
    pub(crate) fn is_self_conjugate(&self) -> bool {
        matches!(
            (&self.get("name"), &self.get("antiname")),
            (Some(Value::Text(name)), Some(Value::Text(anti))) if name == anti
        )
    }
}

/// Attributes of a particle that are not those of a charge.
const NO_CHARGE: [&str; 18] = [
    "pdg_code",
    "name",
    "antiname",
    "spin",
    "color",
    "mass",
    "width",
    "texname",
    "antitexname",
    "charge",
    "line",
    "propagating",
    "goldstoneboson",
    "goldstone",
    "GoldstoneBoson",
    "propagator",
    "counterterm",
    "loop_particles",
];

/// Most objects of one model.
const MAX_OBJECTS: usize = 1 << 20;

impl Interpreter<'_> {
    /// Calls a class of the object library.
    pub(super) fn construct(
        &mut self,
        class: Class,
        arguments: Vec<Value>,
        named: Vec<(Rc<str>, Value)>,
        line: u32,
    ) -> Result<Value, Fault> {
        let (names, required) = class.arguments();
        let title = class.names().0;
        if arguments.len() > names.len() {
            let problem = format!("{title}(...) with {} arguments", arguments.len());
            return Err(self.fatal(line, problem));
        }
        let mut object = Object {
            class,
            file: self.file(),
            line,
            attributes: Vec::with_capacity(arguments.len() + named.len()),
        };
        for (name, value) in names.iter().zip(arguments) {
            object.attributes.push(((*name).into(), value));
        }
        for (name, value) in named {
            if object.get(&name).is_some() {
                let problem = format!("{title}(...) has '{name}' twice");
                return Err(self.fault(FaultKind::Other, line, problem));
            }
            object.attributes.push((name, value));
        }
        let lacking = names[..required].iter().find(|n| object.get(n).is_none());
        if let Some(lacking) = lacking {
            let problem = format!("{} lacks '{lacking}'", object.title());
            return Err(self.fault(FaultKind::Other, line, problem));
        }
        self.add(object, line)
    }

    /// Makes an object of attributes that were read elsewhere, at a line of a file.
    pub(super) fn make(
        &mut self,
        class: Class,
        file: &Rc<str>,
        line: u32,
        attributes: Vec<(&str, Value)>,
    ) -> Result<Value, Fault> {
        let attributes = attributes.into_iter().map(|(n, v)| (n.into(), v));
        let object = Object {
            class,
            file: file.clone(),
            line,
            attributes: attributes.collect(),
        };
        self.add(object, line)
    }

    /// Gives an attribute of an object a value.
    pub(super) fn set_attribute(
        &mut self,
        object: usize,
        name: &Rc<str>,
        value: Value,
        line: u32,
    ) -> Result<(), Fault> {
        self.take(line, 32)?;
        self.step(line, self.objects[object].attributes.len() / 8)?;
        self.objects[object].set(name, value);
        Ok(())
    }

    /// The value of an attribute of an object.
    pub(super) fn get_attribute(
        &mut self,
        object: usize,
        name: &str,
        line: u32,
    ) -> Result<Option<Value>, Fault> {
        self.step(line, self.objects[object].attributes.len() / 8)?;
        Ok(self.objects[object].get(name))
    }

    fn add(&mut self, object: Object, line: u32) -> Result<Value, Fault> {
        self.take(line, 100 + 48 * object.attributes.len())?;
        if self.objects.len() == MAX_OBJECTS {
            let problem = format!("more than {MAX_OBJECTS} objects in one model");
            return Err(self.fatal(line, problem));
        }
        let value = Value::Object(self.objects.len());
        self.all[object.class as usize]
            .borrow_mut()
            .push(value.clone());
        self.objects.push(object);
        Ok(value)
    }

    /// The antiparticle of a particle.
    pub(super) fn anti(&mut self, object: usize, line: u32) -> Result<Value, Fault> {
        let particle = &self.objects[object];
        let title = particle.title();
        if particle.class != Class::Particle || particle.is_self_conjugate() {
            let problem = format!("{title} is its own antiparticle");
            return Err(self.fault(FaultKind::Other, line, problem));
        }
        let mut anti = Object {
            file: self.file(),
            line,
            ..particle.clone()
        };
        let minus = |value: &Value| match value {
            Value::Int(n) => Value::Int(n.saturating_neg()),
            Value::Float(x) => Value::Float(-x),
            other => other.clone(),
        };
        for (name, value) in &mut anti.attributes {
            let other = match &**name {
                "name" => particle.get("antiname"),
                "antiname" => particle.get("name"),
                "texname" => particle.get("antitexname"),
                "antitexname" => particle.get("texname"),
                "pdg_code" | "charge" => Some(minus(value)),
                "color" => Some(match value.as_int() {
                    Some(1 | 8) => value.clone(),
                    _ => minus(value),
                }),
                name if !NO_CHARGE.contains(&name) && !matches!(value, Value::Bool(_)) => {
                    Some(minus(value))
                }
                _ => None,
            };
            *value = other.unwrap_or(value.clone());
        }
        self.add(anti, line)
    }
}
