//! Values of the interpreter: Python's, and objects of UFO models.
//!
//! Knows how values are compared, written and told apart; knows no statement.

use std::cell::RefCell;
use std::rc::Rc;

use num_complex::Complex64;

use super::syntax::Routine;

/// Classes of UFO's object library. Source: arXiv:1108.2040; 2304.09883.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Particle,
    Parameter,
    Coupling,
    Lorentz,
    Vertex,
    CouplingOrder,
    Decay,
    Propagator,
    FormFactor,
    Function,
    /// Counterterms, which trees do not have.
    CTVertex,
    CTParameter,
}

impl Class {
    pub(crate) const ALL: [Self; 12] = [
        Self::Particle,
        Self::Parameter,
        Self::Coupling,
        Self::Lorentz,
        Self::Vertex,
        Self::CouplingOrder,
        Self::Decay,
        Self::Propagator,
        Self::FormFactor,
        Self::Function,
        Self::CTVertex,
        Self::CTParameter,
    ];

    /// The name of the class and of the list of all its objects.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Particle => ("Particle", "all_particles"),
            Self::Parameter => ("Parameter", "all_parameters"),
            Self::Coupling => ("Coupling", "all_couplings"),
            Self::Lorentz => ("Lorentz", "all_lorentz"),
            Self::Vertex => ("Vertex", "all_vertices"),
            Self::CouplingOrder => ("CouplingOrder", "all_orders"),
            Self::Decay => ("Decay", "all_decays"),
            Self::Propagator => ("Propagator", "all_propagators"),
            Self::FormFactor => ("FormFactor", "all_form_factors"),
            Self::Function => ("Function", "all_functions"),
            Self::CTVertex => ("CTVertex", "all_CTvertices"),
            Self::CTParameter => ("CTParameter", "all_CTparameters"),
        }
    }

    /// Arguments in the order in which they stand without names, and how many must be there.
    pub(crate) fn arguments(self) -> (&'static [&'static str], usize) {
        match self {
            Self::Particle => (
                &[
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
                    "propagator",
                ],
                7,
            ),
            Self::Parameter => (
                &[
                    "name", "nature", "type", "value", "texname", "lhablock", "lhacode",
                ],
                4,
            ),
            Self::Coupling => (&["name", "value", "order"], 3),
            Self::Lorentz => (&["name", "spins", "structure"], 3),
            Self::Vertex => (&["name", "particles", "color", "lorentz", "couplings"], 5),
            Self::CouplingOrder => (
                &[
                    "name",
                    "expansion_order",
                    "hierarchy",
                    "perturbative_expansion",
                ],
                3,
            ),
            Self::Decay => (&["particle", "partial_widths"], 2),
            Self::Propagator => (&["name", "numerator", "denominator"], 2),
            Self::FormFactor => (&["name", "type", "value"], 3),
            Self::Function => (&["name", "arguments", "expression"], 3),
            Self::CTVertex => (&["name"], 0),
            Self::CTParameter => (&["name"], 0),
        }
    }
}

/// A list that several names may share.
pub(crate) type Shared<T> = Rc<RefCell<T>>;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Complex(Complex64),
    Text(Rc<str>),
    List(Shared<Vec<Value>>),
    Tuple(Rc<[Value]>),
    Dict(Shared<Vec<(Value, Value)>>),
    /// An object of the model: its number.
    Object(usize),
    /// A class of the object library.
    Class(Class),
    /// A module of the directory: its number.
    Module(usize),
    /// The object library, `cmath` or another library: its name.
    Library(&'static str),
    /// A module that is outside of the directory; nothing of it may be used.
    Outside(Rc<str>),
    /// A function of Python or of `cmath`.
    Builtin(Rc<str>),
    /// `value.method`, to be called.
    Method(Rc<(Value, Rc<str>)>),
    /// A function that a file defines, and the number of its module.
    Routine(Rc<Routine>, usize),
}

impl Value {
    /// A list of its own.
    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(items)))
    }

    /// A text.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// What the value is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Complex(_) => "a complex number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Dict(_) => "a dictionary",
            Self::Object(_) => "an object of the model",
            Self::Class(_) => "a class",
            Self::Module(_) | Self::Library(_) | Self::Outside(_) => "a module",
            Self::Builtin(_) | Self::Method(_) | Self::Routine(..) => "a function",
        }
    }

    /// Python's truth value.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(b) => *b,
            Self::Int(n) => *n != 0,
            Self::Float(x) => *x != 0.0,
            Self::Complex(z) => *z != Complex64::ZERO,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.borrow().is_empty(),
            Self::Tuple(items) => !items.is_empty(),
            Self::Dict(entries) => !entries.borrow().is_empty(),
            _ => true,
        }
    }

    /// A real number.
    pub(crate) fn as_real(&self) -> Option<f64> {
        match self {
            Self::Bool(b) => Some(f64::from(u8::from(*b))),
            Self::Int(n) => Some(*n as f64),
            Self::Float(x) => Some(*x),
            Self::Complex(z) if z.im == 0.0 => Some(z.re),
            _ => None,
        }
    }

    /// A number.
    pub(crate) fn as_complex(&self) -> Option<Complex64> {
        match self {
            Self::Complex(z) => Some(*z),
            other => other.as_real().map(Complex64::from),
        }
    }

    /// An integer, also one that is written with a point.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Bool(b) => Some(i64::from(*b)),
            Self::Int(n) => Some(*n),
            Self::Float(x) if x.fract() == 0.0 && x.abs() < 9e15 => Some(*x as i64),
            _ => None,
        }
    }

    /// Python's `==`; lists that contain themselves differ from everything beyond a depth.
    pub(crate) fn equals(&self, other: &Self, depth: usize) -> bool {
        self.equals_within(other, depth, &mut u64::MAX.clone())
    }

    /// As [`Self::equals`], as long as there are steps left: each item of a list is one, and
    /// each [`TEXT_STEP`] bytes of a text. Without any, nothing is equal.
    pub(crate) fn equals_within(&self, other: &Self, depth: usize, steps: &mut u64) -> bool {
        if depth == 0 {
            return false;
        }
        let all = |a: &[Self], b: &[Self], steps: &mut u64| {
            a.len() == b.len()
                && a.iter().zip(b).all(|(x, y)| {
                    *steps = steps.saturating_sub(1);
                    *steps > 0 && x.equals_within(y, depth - 1, steps)
                })
        };
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Text(a), Self::Text(b)) => {
                if a.len() == b.len() {
                    *steps = steps.saturating_sub((a.len() / TEXT_STEP) as u64);
                }
                a == b
            }
            (Self::Tuple(a), Self::Tuple(b)) => all(a, b, steps),
            (Self::List(a), Self::List(b)) => {
                Rc::ptr_eq(a, b) || all(&a.borrow(), &b.borrow(), steps)
            }
            (Self::Dict(a), Self::Dict(b)) => Rc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => a == b,
            (Self::Class(a), Self::Class(b)) => a == b,
            (Self::Module(a), Self::Module(b)) => a == b,
            (Self::Builtin(a), Self::Builtin(b)) => a == b,
            _ => match (self.as_complex(), other.as_complex()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }
}

impl Drop for Value {
    /// Takes values within values apart one after the other: a model may nest them deeper
    /// than the stack is.
    fn drop(&mut self) {
        let mut open = Vec::new();
        self.empty_into(&mut open);
        while let Some(mut value) = open.pop() {
            value.empty_into(&mut open);
        }
    }
}

impl Value {
    /// Moves what nobody else has a share of out of a list, tuple, dictionary or method.
    fn empty_into(&mut self, open: &mut Vec<Self>) {
        match self {
            Self::List(items) => {
                if let Some(items) = Rc::get_mut(items) {
                    open.append(items.get_mut());
                }
            }
            Self::Tuple(items) => {
                if let Some(items) = Rc::get_mut(items) {
                    open.extend(items.iter_mut().map(|x| std::mem::replace(x, Self::None)));
                }
            }
            Self::Dict(entries) => {
                if let Some(entries) = Rc::get_mut(entries) {
                    let entries = entries.get_mut().drain(..);
                    open.extend(entries.flat_map(|(key, value)| [key, value]));
                }
            }
            Self::Method(method) => {
                if let Some(method) = Rc::get_mut(method) {
                    open.push(std::mem::replace(&mut method.0, Self::None));
                }
            }
            _ => {}
        }
    }
}

/// Bytes of a text that are compared or searched in one step.
pub(crate) const TEXT_STEP: usize = 64;

/// Bytes of a value in a list.
pub(crate) const SIZE: usize = std::mem::size_of::<Value>();

/// How deep lists within lists are compared and written.
pub(crate) const MAX_NESTING: usize = 20;

/// A number as Python writes it.
pub(crate) fn number_text(x: f64) -> String {
    if x == x.trunc() && x.abs() < 1e16 {
        return format!("{x:.1}");
    }
    if (1e-4..1e16).contains(&x.abs()) {
        return format!("{x}");
    }
    let text = format!("{x:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

/// A complex number as Python writes it.
pub(crate) fn complex_text(z: Complex64) -> String {
    let part = |x: f64| number_text(x).trim_end_matches(".0").to_owned();
    match z.re == 0.0 {
        true => format!("{}j", part(z.im)),
        false => {
            let sign = if z.im < 0.0 { "" } else { "+" };
            format!("({}{sign}{}j)", part(z.re), part(z.im))
        }
    }
}
