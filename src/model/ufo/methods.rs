//! Methods of strings, lists, dictionaries, numbers and objects.
//!
//! Knows their results; what they make counts as memory.

use std::rc::Rc;

use super::fault::{Fault, FaultKind};
use super::interpreter::Interpreter;
use super::value::{SIZE, Shared, TEXT_STEP, Value};

impl Interpreter<'_> {
    /// Calls `of.name(arguments)`.
    pub(super) fn call_method(
        &mut self,
        of: &Value,
        name: &str,
        arguments: Vec<Value>,
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<Value, Fault> {
        let result = match of {
            Value::Text(text) => self.text_method(text, name, &arguments, named, line)?,
            Value::List(items) => self.list_method(items, name, &arguments, named, line)?,
            Value::Tuple(items) => {
                let list: Shared<Vec<Value>> = Rc::new(items.to_vec().into());
                self.list_method(&list, name, &arguments, named, line)?
            }
            Value::Dict(_) => self.dict_method(of, name, &arguments, line)?,
            Value::Object(object) => self.object_method(*object, name, &arguments, line)?,
            number => match (name, number.as_complex()) {
                ("conjugate", Some(z)) => Some(Value::Complex(z.conj())),
                _ => None,
            },
        };
        result.ok_or_else(|| {
            let problem = format!("'{name}' of {} with these arguments is not read", of.kind());
            self.fatal(line, problem)
        })
    }

    fn object_method(
        &mut self,
        object: usize,
        name: &str,
        arguments: &[Value],
        line: u32,
    ) -> Result<Option<Value>, Fault> {
        match (name, arguments) {
            ("anti", []) => self.anti(object, line).map(Some),
            ("get", [Value::Text(key)]) => {
                self.attribute(&Value::Object(object), key, line).map(Some)
            }
            ("set", [Value::Text(key), value]) => {
                self.set_attribute(object, key, value.clone(), line)?;
                Ok(Some(Value::None))
            }
            ("nice_string" | "get_var_name", _) => {
                Ok(Some(Value::text(&self.objects[object].name())))
            }
            _ => Ok(None),
        }
    }

    fn text_method(
        &mut self,
        text: &str,
        name: &str,
        arguments: &[Value],
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<Option<Value>, Fault> {
        self.take(line, text.len())?;
        self.step(line, text.len() / TEXT_STEP)?;
        for argument in arguments {
            if let Value::Text(part) = argument {
                self.step(line, part.len() / TEXT_STEP)?;
                // Each character at an end is looked for in the whole of it.
                if name.ends_with("strip") {
                    self.step(line, text.len().saturating_mul(part.len()) / TEXT_STEP)?;
                }
            }
        }
        let all = |parts: Vec<&str>| Value::list(parts.into_iter().map(Value::text).collect());
        Ok(Some(match (name, arguments) {
            ("format", _) => self.text_format(text, arguments, named, line)?,
            ("replace", [Value::Text(old), Value::Text(new)]) => {
                let growth = text.matches(&**old).count().saturating_mul(new.len());
                self.take(line, growth)?;
                Value::Text(text.replace(&**old, new).into())
            }
            ("split", []) => all(text.split_whitespace().collect()),
            ("split", [Value::Text(by)]) if !by.is_empty() => all(text.split(&**by).collect()),
            ("join", [list]) => {
                let mut joined = String::new();
                for (k, item) in self.items(list, line)?.iter().enumerate() {
                    let Value::Text(part) = item else {
                        return Ok(None);
                    };
                    self.take(line, text.len() + part.len())?;
                    if k > 0 {
                        joined.push_str(text);
                    }
                    joined.push_str(part);
                }
                Value::Text(joined.into())
            }
            ("strip", []) => Value::text(text.trim()),
            ("lstrip", []) => Value::text(text.trim_start()),
            ("rstrip", []) => Value::text(text.trim_end()),
            ("strip", [Value::Text(of)]) => {
                Value::text(text.trim_matches(|c: char| of.contains(c)))
            }
            ("lstrip", [Value::Text(of)]) => {
                Value::text(text.trim_start_matches(|c: char| of.contains(c)))
            }
            ("rstrip", [Value::Text(of)]) => {
                Value::text(text.trim_end_matches(|c: char| of.contains(c)))
            }
            ("upper", []) => Value::Text(text.to_uppercase().into()),
            ("lower", []) => Value::Text(text.to_lowercase().into()),
            ("startswith", [Value::Text(start)]) => Value::Bool(text.starts_with(&**start)),
            ("endswith", [Value::Text(end)]) => Value::Bool(text.ends_with(&**end)),
            ("find", [Value::Text(part)]) => {
                let at = text.find(&**part);
                Value::Int(at.map_or(-1, |at| text[..at].chars().count() as i64))
            }
            ("count", [Value::Text(part)]) if !part.is_empty() => {
                Value::Int(text.matches(&**part).count() as i64)
            }
            _ => return Ok(None),
        }))
    }

    /// `text.format(...)`: `{}`, `{0}`, `{name}` and formats such as `{:.3f}`.
    fn text_format(
        &mut self,
        text: &str,
        arguments: &[Value],
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<Value, Fault> {
        let mut made = String::new();
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            made.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if after.starts_with(&rest[at..=at]) {
                made.push_str(&rest[at..=at]);
                rest = &after[1..];
                continue;
            }
            let field = after
                .split_once('}')
                .filter(|_| rest[at..].starts_with('{'));
            let Some((field, behind)) = field else {
                return Err(self.fault(FaultKind::Other, line, "a format with a single brace"));
            };
            rest = behind;
            let (key, flags) = field.split_once(':').unwrap_or((field, ""));
            let value = if key.is_empty() {
                next += 1;
                arguments.get(next - 1)
            } else if let Ok(k) = key.parse::<usize>() {
                arguments.get(k)
            } else {
                named.iter().find(|n| &*n.0 == key).map(|n| &n.1)
            };
            let Some(value) = value else {
                let problem = format!("a format without a value for '{{{key}}}'");
                return Err(self.fault(FaultKind::Lookup, line, problem));
            };
            let last = flags.chars().last().filter(char::is_ascii_alphabetic);
            let part = match last {
                Some(c) => {
                    self.formatted(&flags[..flags.len() - 1], c as u8, &value.clone(), line)?
                }
                None => self.formatted(flags, b's', &value.clone(), line)?,
            };
            self.take(line, part.len())?;
            made.push_str(&part);
        }
        made.push_str(rest);
        self.take(line, made.len())?;
        Ok(Value::Text(made.into()))
    }

    fn list_method(
        &mut self,
        items: &Shared<Vec<Value>>,
        name: &str,
        arguments: &[Value],
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<Option<Value>, Fault> {
        let n = items.borrow().len();
        let at = |k: &Value| {
            let k = k.as_int()?;
            let k = if k < 0 { k.checked_add(n as i64)? } else { k };
            usize::try_from(k).ok()
        };
        self.take(line, SIZE)?;
        Ok(Some(match (name, arguments) {
            ("append", [item]) => {
                items.borrow_mut().push(item.clone());
                Value::None
            }
            ("extend", [more]) => {
                let more = self.items(more, line)?;
                self.take(line, SIZE * more.len())?;
                items.borrow_mut().extend(more);
                Value::None
            }
            ("insert", [k, item]) => {
                self.step(line, n / 16)?;
                items
                    .borrow_mut()
                    .insert(at(k).unwrap_or(0).min(n), item.clone());
                Value::None
            }
            ("index" | "count" | "remove", [item]) => {
                self.step(line, n)?;
                if name == "count" {
                    let mut count = 0;
                    for one in items.borrow().iter() {
                        count += i64::from(self.same(one, item, line)?);
                    }
                    return Ok(Some(Value::Int(count)));
                }
                let found = self.position_of(items.borrow().iter(), item, line)?;
                match (name, found) {
                    (_, None) => {
                        let problem = "the list does not have this item";
                        return Err(self.fault(FaultKind::Other, line, problem));
                    }
                    ("index", Some(k)) => Value::Int(k as i64),
                    (_, Some(k)) => {
                        items.borrow_mut().remove(k);
                        Value::None
                    }
                }
            }
            ("reverse", []) => {
                self.step(line, n / 16)?;
                items.borrow_mut().reverse();
                Value::None
            }
            ("sort", []) => {
                self.sort(items, named, line)?;
                Value::None
            }
            ("pop", rest) if n > 0 => {
                self.step(line, if rest.is_empty() { 0 } else { n / 16 })?;
                let k = rest.first().map_or(Some(n - 1), at);
                match k.filter(|&k| k < n) {
                    Some(k) => items.borrow_mut().remove(k),
                    None => return Err(self.fault(FaultKind::Lookup, line, "no such index")),
                }
            }
            _ => return Ok(None),
        }))
    }

    /// Sorts numbers or strings, by a key if there is one.
    fn sort(
        &mut self,
        items: &Shared<Vec<Value>>,
        named: &[(Rc<str>, Value)],
        line: u32,
    ) -> Result<(), Fault> {
        let key = named.iter().find(|n| &*n.0 == "key").map(|n| n.1.clone());
        let all = items.borrow().clone();
        self.step(line, 20 * all.len())?;
        let mut rows = Vec::new();
        for item in all {
            let by = match &key {
                Some(key) => self.call(key, vec![item.clone()], vec![], line)?,
                None => item.clone(),
            };
            if let Value::Text(text) = &by {
                self.step(line, 20 * (text.len() / TEXT_STEP))?;
            }
            rows.push((by, item));
        }
        // Numbers before strings, as in Python 2; the rest stays in its order behind them.
        let rank = |value: &Value| match value {
            Value::Text(_) => 1,
            value if value.as_real().is_some() => 0,
            _ => 2,
        };
        rows.sort_by(|a, b| match (&a.0, &b.0) {
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (a, b) => match (a.as_real(), b.as_real()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => rank(a).cmp(&rank(b)),
            },
        });
        let reverse = named.iter().any(|n| &*n.0 == "reverse" && n.1.is_true());
        if reverse {
            rows.reverse();
        }
        *items.borrow_mut() = rows.into_iter().map(|r| r.1).collect();
        Ok(())
    }

    /// Takes over the entries of a dictionary, or of a list of pairs.
    pub(super) fn update(&mut self, dict: &Value, from: &Value, line: u32) -> Result<(), Fault> {
        let entries: Vec<(Value, Value)> = match from {
            Value::Dict(entries) => entries.borrow().clone(),
            list => {
                let mut pairs = Vec::new();
                for row in self.items(list, line)? {
                    match &self.items(&row, line)?[..] {
                        [key, value] => pairs.push((key.clone(), value.clone())),
                        _ => return Err(self.fatal(line, "a dictionary of what are no pairs")),
                    }
                }
                pairs
            }
        };
        for (key, value) in entries {
            self.set_item(dict, key, value, line)?;
        }
        Ok(())
    }

    fn dict_method(
        &mut self,
        of: &Value,
        name: &str,
        arguments: &[Value],
        line: u32,
    ) -> Result<Option<Value>, Fault> {
        let Value::Dict(entries) = of else {
            return Ok(None);
        };
        let n = entries.borrow().len();
        self.step(line, n / 8)?;
        let found = match (name, arguments.first()) {
            ("get" | "has_key" | "setdefault", Some(key)) => {
                let entries = entries.borrow();
                let at = self.position_of(entries.iter().map(|e| &e.0), key, line)?;
                at.map(|k| entries[k].1.clone())
            }
            _ => None,
        };
        let rows = |row: fn(&(Value, Value)) -> Value| entries.borrow().iter().map(row).collect();
        Ok(Some(match (name, arguments) {
            ("keys" | "iterkeys", []) => self.new_list(rows(|e| e.0.clone()), line)?,
            ("values" | "itervalues", []) => self.new_list(rows(|e| e.1.clone()), line)?,
            ("items" | "iteritems", []) => {
                let pair = |e: &(Value, Value)| Value::Tuple([e.0.clone(), e.1.clone()].into());
                self.new_list(rows(pair), line)?
            }
            ("get", [_]) => found.unwrap_or(Value::None),
            ("get", [_, default]) => found.unwrap_or_else(|| default.clone()),
            ("has_key", [_]) => Value::Bool(found.is_some()),
            ("update", [from]) => {
                self.update(of, from, line)?;
                Value::None
            }
            ("setdefault", [key, default]) => match found {
                Some(value) => value,
                None => {
                    self.set_item(of, key.clone(), default.clone(), line)?;
                    default.clone()
                }
            },
            ("pop", [key, ..]) => {
                let found = self.remove_key(entries, key, line)?;
                match found.or_else(|| arguments.get(1).cloned()) {
                    Some(value) => value,
                    None => return Err(self.fault(FaultKind::Lookup, line, "no such key")),
                }
            }
            ("copy", []) => {
                self.take(line, 2 * SIZE * n)?;
                let copy = entries.borrow().clone();
                Value::Dict(Rc::new(copy.into()))
            }
            _ => return Ok(None),
        }))
    }
}
