//! Arithmetic of values, and values as text.
//!
//! Knows Python's rules for numbers, strings and lists; `/` is true division, as in
//! Python 3 and in what is computed from models of Python 2.

use crate::elementary::Elementary;
use std::rc::Rc;

use num_complex::Complex64;

use super::fault::{Fault, FaultKind};
use super::interpreter::Interpreter;
use super::syntax::BinaryOp;
use super::value::{SIZE, Value, complex_text, number_text};

/// About the longest text of a list.
const MAX_TEXT: usize = 1 << 20;
/// Longest list or string that is made at once.
const MAX_LENGTH: usize = 16 << 20;

impl Interpreter<'_> {
    /// `a op b`.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
        line: u32,
    ) -> Result<Value, Fault> {
        match (op, a, b) {
            (BinaryOp::Add, Value::Text(a), Value::Text(b)) => {
                self.take(line, a.len() + b.len())?;
                return Ok(Value::Text(format!("{a}{b}").into()));
            }
            (BinaryOp::Add, Value::List(a), Value::List(b)) => {
                let all = [a.borrow().as_slice(), b.borrow().as_slice()].concat();
                return self.new_list(all, line);
            }
            (BinaryOp::Add, Value::Tuple(a), Value::Tuple(b)) => {
                self.take(line, SIZE * (a.len() + b.len()))?;
                return Ok(Value::Tuple([&a[..], &b[..]].concat().into()));
            }
            (BinaryOp::Modulo, Value::Text(format), _) => return self.format(format, b, line),
            (BinaryOp::Multiply, Value::Text(_) | Value::List(_) | Value::Tuple(_), _) => {
                return self.repeat(a, b, line);
            }
            (BinaryOp::Multiply, _, Value::Text(_) | Value::List(_) | Value::Tuple(_)) => {
                return self.repeat(b, a, line);
            }
            _ => {}
        }
        let result = match (a, b) {
            (Value::Int(x), Value::Int(y)) => integers(op, *x, *y),
            _ => match (a.as_complex(), b.as_complex()) {
                (Some(x), Some(y)) => {
                    let complex = matches!(a, Value::Complex(_)) || matches!(b, Value::Complex(_));
                    numbers(op, x, y, complex)
                }
                _ => {
                    let problem = format!("{} and {} cannot be combined so", a.kind(), b.kind());
                    return Err(self.fault(FaultKind::Other, line, problem));
                }
            },
        };
        result.map_err(|problem| self.fault(FaultKind::Other, line, problem))
    }

    fn repeat(&mut self, of: &Value, n: &Value, line: u32) -> Result<Value, Fault> {
        let Some(n) = n.as_int() else {
            let problem = format!("{} times {} has no meaning", of.kind(), n.kind());
            return Err(self.fault(FaultKind::Other, line, problem));
        };
        let n = usize::try_from(n).unwrap_or(0);
        let length = match of {
            Value::Text(text) => text.len(),
            Value::List(items) => items.borrow().len(),
            Value::Tuple(items) => items.len(),
            _ => 0,
        };
        match n.checked_mul(length.max(1)) {
            Some(all) if all <= MAX_LENGTH => self.take(line, SIZE * all)?,
            _ => {
                let problem = format!("{} of more than {MAX_LENGTH} parts", of.kind());
                return Err(self.fatal(line, problem));
            }
        }
        Ok(match of {
            Value::Text(text) => Value::Text(text.repeat(n).into()),
            Value::List(items) => Value::list(repeated(&items.borrow(), n)),
            Value::Tuple(items) => Value::Tuple(repeated(items, n).into()),
            other => other.clone(),
        })
    }

    /// Python's `str`, or `repr`; no longer than about [`MAX_TEXT`].
    pub(super) fn text_of(&self, value: &Value, quoted: bool, depth: usize) -> String {
        let mut text = String::new();
        self.write_text(value, quoted, [depth, MAX_TEXT], &mut text);
        text
    }

    /// Adds a value to a text; what lies deeper, or beyond a length, is left out.
    pub(super) fn write_text(
        &self,
        value: &Value,
        quoted: bool,
        [depth, length]: [usize; 2],
        text: &mut String,
    ) {
        if depth == 0 || text.len() > length {
            text.push_str("...");
            return;
        }
        let inner = |value: &Value, text: &mut String| {
            self.write_text(value, true, [depth - 1, length], text);
        };
        let list = |items: &[Value], text: &mut String| {
            for (k, item) in items.iter().enumerate() {
                if k > 0 {
                    text.push_str(", ");
                }
                inner(item, text);
                if text.len() > length {
                    return;
                }
            }
        };
        match value {
            Value::None => text.push_str("None"),
            Value::Bool(true) => text.push_str("True"),
            Value::Bool(false) => text.push_str("False"),
            Value::Int(n) => text.push_str(&n.to_string()),
            Value::Float(x) => text.push_str(&number_text(*x)),
            Value::Complex(z) => text.push_str(&complex_text(*z)),
            Value::Text(own) if quoted => text.push_str(&format!("'{own}'")),
            Value::Text(own) => text.push_str(own),
            Value::List(items) => {
                text.push('[');
                list(&items.borrow(), text);
                text.push(']');
            }
            Value::Tuple(items) => {
                text.push('(');
                list(items, text);
                text.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Value::Dict(entries) => {
                text.push('{');
                for (k, (key, value)) in entries.borrow().iter().enumerate() {
                    if text.len() > length {
                        break;
                    }
                    if k > 0 {
                        text.push_str(", ");
                    }
                    inner(key, text);
                    text.push_str(": ");
                    inner(value, text);
                }
                text.push('}');
            }
            Value::Object(object) => text.push_str(&self.objects[*object].name()),
            Value::Class(class) => text.push_str(class.names().0),
            Value::Module(module) => text.push_str(&self.file_of(*module)),
            Value::Library(name) => text.push_str(name),
            Value::Outside(name) | Value::Builtin(name) => text.push_str(name),
            Value::Method(method) => text.push_str(&method.1),
            Value::Routine(routine, _) => text.push_str(&routine.name),
        }
    }

    /// `format % values`.
    fn format(&mut self, format: &str, values: &Value, line: u32) -> Result<Value, Fault> {
        let list: Vec<Value> = match values {
            Value::Tuple(items) => items.to_vec(),
            other => vec![other.clone()],
        };
        let mut list = list.into_iter();
        let mut text = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                text.push('%');
                rest = after;
                continue;
            }
            let named = rest.strip_prefix('(').and_then(|r| r.split_once(')'));
            let by_name = named.map(|(name, after)| {
                rest = after;
                Value::text(name)
            });
            let end = rest.find(|c: char| c.is_ascii_alphabetic());
            let Some(end) = end else {
                return Err(self.fault(FaultKind::Other, line, "'%' without a format behind it"));
            };
            let (flags, conversion) = (&rest[..end], rest.as_bytes()[end]);
            rest = &rest[end + 1..];
            let value = match by_name {
                Some(key) => match values {
                    Value::Dict(entries) => {
                        let entries = entries.borrow();
                        self.step(line, entries.len() / 8)?;
                        let at = self.position_of(entries.iter().map(|e| &e.0), &key, line)?;
                        at.map(|k| entries[k].1.clone())
                    }
                    _ => None,
                },
                None => list.next(),
            };
            let Some(value) = value else {
                return Err(self.fault(FaultKind::Other, line, "too few values for a format"));
            };
            let part = self.formatted(flags, conversion, &value, line)?;
            self.take(line, part.len())?;
            text.push_str(&part);
        }
        text.push_str(rest);
        self.take(line, text.len())?;
        Ok(Value::Text(text.into()))
    }

    /// One value in the format `flags conversion`, such as `-10.3f`.
    pub(super) fn formatted(
        &self,
        flags: &str,
        conversion: u8,
        value: &Value,
        line: u32,
    ) -> Result<String, Fault> {
        let wrong = |what: &str| {
            let problem = format!("{} in a format for {what}", value.kind());
            self.fault(FaultKind::Other, line, problem)
        };
        let (width, precision) = flags.split_once('.').unwrap_or((flags, ""));
        let precision: Option<usize> = precision.parse().ok();
        if precision.is_some_and(|p| p > 100) {
            return Err(self.fatal(line, "a format of more than 100 digits"));
        }
        let body = match conversion {
            b's' => self.text_of(value, false, super::value::MAX_NESTING),
            b'r' => self.text_of(value, true, super::value::MAX_NESTING),
            b'd' | b'i' | b'u' => match value.as_real() {
                Some(x) => (x.trunc() as i64).to_string(),
                None => return Err(wrong("an integer")),
            },
            b'f' | b'F' => match value.as_real() {
                Some(x) => format!("{x:.*}", precision.unwrap_or(6)),
                None => return Err(wrong("a number")),
            },
            b'e' | b'E' => match value.as_real() {
                Some(x) => exponential(x, precision.unwrap_or(6)),
                None => return Err(wrong("a number")),
            },
            b'g' | b'G' => match value.as_real() {
                Some(x) => number_text(x).trim_end_matches(".0").to_owned(),
                None => return Err(wrong("a number")),
            },
            other => {
                let problem = format!("the format '%{}' is not read", char::from(other));
                return Err(self.fatal(line, problem));
            }
        };
        let body = match width.contains('+') && !body.starts_with('-') && conversion != b's' {
            true => format!("+{body}"),
            false => body,
        };
        let left = width.contains('-');
        let zeros = width.trim_start_matches(['+', '-', ' ']).starts_with('0');
        let width = width.trim_start_matches(['+', '-', ' ', '0']);
        let width: usize = width.parse().unwrap_or(0);
        if width > 1000 {
            return Err(self.fatal(line, "a format of more than 1000 characters"));
        }
        Ok(match (left, zeros) {
            (true, _) => format!("{body:<width$}"),
            (false, true) if !body.starts_with('-') => format!("{body:0>width$}"),
            _ => format!("{body:>width$}"),
        })
    }

    /// A list that is a `Rc` already, as a value.
    pub(super) fn shared(list: &super::value::Shared<Vec<Value>>) -> Value {
        Value::List(Rc::clone(list))
    }
}

fn repeated(items: &[Value], n: usize) -> Vec<Value> {
    (0..n).flat_map(|_| items.iter().cloned()).collect()
}

/// `1.5e-03`, as C writes it.
fn exponential(x: f64, precision: usize) -> String {
    let text = format!("{x:.precision$e}");
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

fn integers(op: BinaryOp, a: i64, b: i64) -> Result<Value, String> {
    let exact = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        BinaryOp::FloorDivide if b != 0 => {
            // Of -2^63 // -1 there is neither.
            let down = |r: i64| i64::from(r != 0 && (a < 0) != (b < 0));
            let parts = a.checked_div(b).zip(a.checked_rem(b));
            parts.and_then(|(q, r)| q.checked_sub(down(r)))
        }
        BinaryOp::Modulo if b != 0 => {
            a.checked_rem(b)
                .map(|r| match r != 0 && (r < 0) != (b < 0) {
                    true => r + b,
                    false => r,
                })
        }
        BinaryOp::Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        _ => None,
    };
    match exact {
        Some(n) => Ok(Value::Int(n)),
        None => numbers(op, (a as f64).into(), (b as f64).into(), false),
    }
}

fn numbers(op: BinaryOp, a: Complex64, b: Complex64, complex: bool) -> Result<Value, String> {
    let no_zero = || match b == Complex64::ZERO {
        true => Err("division by zero".to_owned()),
        false => Ok(()),
    };
    let value = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => {
            no_zero()?;
            match b.im == 0.0 {
                true => Complex64::new(a.re / b.re, a.im / b.re),
                false => a / b,
            }
        }
        BinaryOp::FloorDivide => {
            no_zero()?;
            Complex64::from((a.re / b.re).floor())
        }
        BinaryOp::Modulo => {
            no_zero()?;
            Complex64::from(a.re - b.re * (a.re / b.re).floor())
        }
        BinaryOp::Power if !complex && (a.re >= 0.0 || b.re.fract() == 0.0) => {
            if a.re == 0.0 && b.re < 0.0 {
                return Err("zero to a negative power".to_owned());
            }
            Complex64::from(a.re.powf_same(b.re))
        }
        BinaryOp::Power => return Ok(Value::Complex(a.powc(b))),
    };
    if !value.re.is_finite() || !value.im.is_finite() {
        return Err("a number that is too large".to_owned());
    }
    Ok(match complex {
        true => Value::Complex(value),
        false => Value::Float(value.re),
    })
}
