//! Runs the statements of model files, in a closed world.
//!
//! Knows modules of one directory and the object library of UFO; reads nothing else,
//! writes nothing, and counts its steps and its memory. Expressions are in
//! [`super::evaluate`].

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::directory::Files;
use super::fault::{Fault, FaultKind};
use super::objects::Object;
use super::parser::parse;
use super::syntax::{Expr, ExprKind, Statement, StatementKind, Try};
use super::value::{Class, MAX_NESTING, SIZE, Shared, Value};

/// Most steps of all files together, and most bytes that values may take.
const MAX_STEPS: u64 = 5_000_000;
const MAX_MEMORY: u64 = 128 << 20;
/// Most expressions that are being evaluated within each other.
const MAX_DEPTH: usize = 250;

/// Modules of Python that have a part that is known.
pub(super) const LIBRARIES: [&str; 3] = ["cmath", "math", "__future__"];
/// The object library: known, whatever its file says.
pub(super) const OBJECTS: &str = "object_library";

/// How a block ended.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

/// A module of the directory.
struct Module {
    file: Rc<str>,
    names: FxHashMap<Rc<str>, Value>,
}

/// The interpreter with all that was made so far.
pub(crate) struct Interpreter<'f> {
    pub(super) files: &'f mut Files,
    modules: Vec<Module>,
    by_name: BTreeMap<String, usize>,
    /// Objects of the model in the order in which they were made.
    pub(crate) objects: Vec<Object>,
    /// The list of all objects of each class.
    pub(super) all: Vec<Shared<Vec<Value>>>,
    steps: u64,
    memory: u64,
    pub(super) depth: usize,
    pub(super) calls: usize,
    /// Names of the function that runs, innermost last.
    pub(super) locals: Vec<FxHashMap<Rc<str>, Value>>,
    /// The module that runs, if one does.
    pub(super) current: usize,
}

impl<'f> Interpreter<'f> {
    /// An interpreter that has read nothing.
    pub(crate) fn new(files: &'f mut Files) -> Self {
        Self {
            files,
            modules: Vec::new(),
            by_name: BTreeMap::new(),
            objects: Vec::new(),
            all: Class::ALL.iter().map(|_| Shared::default()).collect(),
            steps: 0,
            memory: 0,
            depth: 0,
            calls: 0,
            locals: Vec::new(),
            current: usize::MAX,
        }
    }

    /// The objects of a class, in the order of its list.
    pub(crate) fn all(&self, class: Class) -> Vec<Value> {
        self.all[class as usize].borrow().clone()
    }

    pub(crate) fn file(&self) -> Rc<str> {
        match self.modules.get(self.current) {
            Some(module) => module.file.clone(),
            None => "model".into(),
        }
    }

    pub(super) fn fault(&self, kind: FaultKind, line: u32, problem: impl Into<String>) -> Fault {
        Fault::new(kind, &self.file(), line, problem.into())
    }

    pub(super) fn fatal(&self, line: u32, problem: impl Into<String>) -> Fault {
        self.fault(FaultKind::Fatal, line, problem)
    }

    /// Counts `n` steps.
    pub(super) fn step(&mut self, line: u32, n: usize) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(n as u64);
        match self.steps > MAX_STEPS {
            true => Err(self.fatal(
                line,
                format!(
                    "the model takes more than {MAX_STEPS} steps, expected one that is read in a \
                 moment: is there a loop without end?"
                ),
            )),
            false => Ok(()),
        }
    }

    /// Whether two values are equal; what is compared within them counts as steps.
    pub(super) fn same(&mut self, a: &Value, b: &Value, line: u32) -> Result<bool, Fault> {
        let found = self.position_of(std::iter::once(a), b, line)?;
        Ok(found.is_some())
    }

    /// Where a value stands among others; what is compared within them counts as steps.
    pub(super) fn position_of<'a>(
        &mut self,
        mut among: impl Iterator<Item = &'a Value>,
        value: &Value,
        line: u32,
    ) -> Result<Option<usize>, Fault> {
        // One more than there are: comparing stops there, and is then one too many.
        let most = (MAX_STEPS + 1).saturating_sub(self.steps);
        let mut left = most;
        let found = among.position(|x| left > 0 && x.equals_within(value, MAX_NESTING, &mut left));
        self.step(line, (most - left) as usize)?;
        Ok(found)
    }

    /// Counts bytes that values take.
    pub(super) fn take(&mut self, line: u32, bytes: usize) -> Result<(), Fault> {
        self.memory = self.memory.saturating_add(bytes as u64);
        match self.memory > MAX_MEMORY {
            true => Err(self.fatal(
                line,
                format!("the values of the model take more than {MAX_MEMORY} bytes"),
            )),
            false => Ok(()),
        }
    }

    pub(super) fn enter(&mut self, line: u32) -> Result<(), Fault> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(self.fatal(
                line,
                format!("more than {MAX_DEPTH} expressions and functions within each other"),
            )),
            false => Ok(()),
        }
    }

    /// Runs a module of the directory, unless it ran before.
    ///
    /// # Errors
    /// [`Fault`] of the file; [`FaultKind::Import`] if there is none.
    pub(crate) fn import(&mut self, name: &str, line: u32) -> Result<usize, Fault> {
        if let Some(&module) = self.by_name.get(name) {
            return Ok(module);
        }
        let file: Rc<str> = format!("{name}.py").into();
        let text = self.files.text(&file);
        let text = text.map_err(|problem| Fault::fatal(&file, 0, problem))?;
        let Some(text) = text else {
            let problem = format!("there is no file {file}");
            return Err(self.fault(FaultKind::Import, line, problem));
        };
        let statements = parse(&text, &file)?;
        drop(text);
        let module = self.modules.len();
        self.modules.push(Module {
            file,
            names: FxHashMap::default(),
        });
        self.by_name.insert(name.to_owned(), module);
        self.enter(line)?;
        let outer = std::mem::replace(&mut self.current, module);
        let locals = std::mem::take(&mut self.locals);
        let ended = self.block(&statements);
        self.locals = locals;
        self.depth -= 1;
        // The place of a fault is read off before the module is left.
        let ended = ended.map(drop);
        self.current = outer;
        ended.map(|()| module)
    }

    /// A name of a module.
    pub(crate) fn name_of(&self, module: usize, name: &str) -> Option<Value> {
        self.modules[module].names.get(name).cloned()
    }

    pub(super) fn file_of(&self, module: usize) -> Rc<str> {
        self.modules[module].file.clone()
    }

    pub(super) fn names_of(&self, module: usize) -> Vec<(Rc<str>, Value)> {
        let names = self.modules[module].names.iter();
        let mut names: Vec<(Rc<str>, Value)> = names.map(|(n, v)| (n.clone(), v.clone())).collect();
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names
    }

    /// Gives a name a value where the code runs.
    pub(super) fn bind(&mut self, name: Rc<str>, value: Value) {
        match self.locals.last_mut() {
            Some(locals) => locals.insert(name, value),
            None => self.modules[self.current].names.insert(name, value),
        };
    }

    pub(super) fn block(&mut self, statements: &[Statement]) -> Result<Flow, Fault> {
        for statement in statements {
            self.step(statement.line, 1)?;
            match self.statement(statement)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Fault> {
        let line = statement.line;
        match &statement.kind {
            StatementKind::Assign(targets, value) => {
                let value = self.evaluate(value)?;
                for target in targets {
                    self.assign(target, value.clone())?;
                }
            }
            StatementKind::Augment(target, op, value) => {
                let old = self.evaluate(target)?;
                let by = self.evaluate(value)?;
                if let (Value::List(items), Value::List(more)) = (&old, &by) {
                    let more = more.borrow().clone();
                    self.take(line, SIZE * more.len())?;
                    items.borrow_mut().extend(more);
                } else {
                    let new = self.binary(*op, &old, &by, line)?;
                    self.assign(target, new)?;
                }
            }
            StatementKind::Expr(value) => {
                self.evaluate(value)?;
            }
            StatementKind::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.evaluate(condition)?.is_true() {
                        return self.block(body);
                    }
                }
                return self.block(otherwise);
            }
            StatementKind::For(target, list, body) => {
                let list = self.evaluate(list)?;
                for item in self.items(&list, line)? {
                    self.step(line, 1)?;
                    self.assign(target, item)?;
                    match self.block(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow => return Ok(flow),
                    }
                }
            }
            StatementKind::While(condition, body) => {
                while self.evaluate(condition)?.is_true() {
                    self.step(line, 1)?;
                    match self.block(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow => return Ok(flow),
                    }
                }
            }
            StatementKind::Define(routine) => {
                let value = Value::Routine(routine.clone(), self.current);
                self.bind(routine.name.clone(), value);
            }
            StatementKind::Return(value) => {
                let value = value.as_ref().map(|v| self.evaluate(v)).transpose()?;
                return Ok(Flow::Return(value.unwrap_or(Value::None)));
            }
            StatementKind::Break => return Ok(Flow::Break),
            StatementKind::Continue => return Ok(Flow::Continue),
            StatementKind::Pass => {}
            StatementKind::Import(modules) => {
                for (module, name) in modules {
                    let value = self.module(module, line)?;
                    self.bind(name.clone(), value);
                }
            }
            StatementKind::From(module, names) => self.import_names(module, names, line)?,
            StatementKind::Try(parts) => return self.attempt(parts),
            StatementKind::Delete(targets) => {
                for target in targets {
                    self.delete(target)?;
                }
            }
            StatementKind::Raise(value) => {
                let what = match value {
                    Some(value) => self.raised(value),
                    None => "an error of the model".to_owned(),
                };
                return Err(self.fault(FaultKind::Other, line, format!("the model stops: {what}")));
            }
            StatementKind::Assert(condition) => {
                if !self.evaluate(condition)?.is_true() {
                    let problem = "the model asserts something that does not hold";
                    return Err(self.fault(FaultKind::Other, line, problem));
                }
            }
            StatementKind::Class(name) => {
                // Of no use unless it is called, which says that it is not read.
                self.bind(name.clone(), Value::Outside(format!("class {name}").into()));
            }
        }
        Ok(Flow::Next)
    }

    /// The message of `raise Error("message")`, as far as it can be told.
    fn raised(&mut self, value: &Expr) -> String {
        if let ExprKind::Call(_, arguments, _) = &value.kind
            && let Some(message) = arguments.first()
            && let Ok(Value::Text(text)) = &self.evaluate(message)
        {
            return text.chars().take(200).collect();
        }
        "an error of the model".to_owned()
    }

    fn attempt(&mut self, parts: &Try) -> Result<Flow, Fault> {
        let (depth, locals, calls) = (self.depth, self.locals.len(), self.calls);
        let result = match self.block(&parts.body) {
            Ok(Flow::Next) => self.block(&parts.otherwise),
            Ok(flow) => Ok(flow),
            Err(fault) => {
                let catches = |names: &Vec<Rc<str>>| {
                    fault.kind != FaultKind::Fatal
                        && (names.is_empty() || names.iter().any(|n| fault.kind.is_caught_by(n)))
                };
                match parts.handlers.iter().find(|(names, _)| catches(names)) {
                    Some((_, body)) => {
                        self.depth = depth;
                        self.calls = calls;
                        self.locals.truncate(locals);
                        self.block(body)
                    }
                    None => Err(fault),
                }
            }
        };
        match (result, self.block_finally(&parts.finally)) {
            (Err(fault), _) => Err(fault),
            (Ok(_), Err(fault)) => Err(fault),
            (Ok(_), Ok(flow @ (Flow::Break | Flow::Continue | Flow::Return(_)))) => Ok(flow),
            (Ok(flow), Ok(Flow::Next)) => Ok(flow),
        }
    }

    fn block_finally(&mut self, body: &[Statement]) -> Result<Flow, Fault> {
        match body.is_empty() {
            true => Ok(Flow::Next),
            false => self.block(body),
        }
    }

    /// The module of a name; dots in front and the package are the directory.
    fn module(&mut self, name: &str, line: u32) -> Result<Value, Fault> {
        let bare = name.trim_start_matches('.');
        if bare == OBJECTS {
            return Ok(Value::Library(OBJECTS));
        }
        if bare.is_empty() {
            return Err(self.fatal(line, "the directory itself cannot be used as a module"));
        }
        if bare == name
            && let Some(library) = LIBRARIES.iter().find(|l| **l == bare)
        {
            return Ok(Value::Library(library));
        }
        let is_here = !bare.contains('.') && self.files.has(&format!("{bare}.py"));
        if is_here {
            return self.import(bare, line).map(Value::Module);
        }
        if bare == name && is_of_python(bare) {
            return Ok(Value::Outside(bare.into()));
        }
        let problem = format!(
            "found the module '{name}', expected one that is in the directory (no file {bare}.py), \
             {} or {OBJECTS}",
            LIBRARIES[..2].join(", ")
        );
        Err(self.fault(FaultKind::Import, line, problem))
    }

    fn import_names(
        &mut self,
        module: &str,
        names: &[(Rc<str>, Rc<str>)],
        line: u32,
    ) -> Result<(), Fault> {
        if module.trim_matches('.').is_empty() {
            for (name, new) in names {
                let value = self.module(&format!(".{name}"), line)?;
                self.bind(new.clone(), value);
            }
            return Ok(());
        }
        let found = self.module(module, line)?;
        if names.is_empty() {
            match &found {
                Value::Module(module) => {
                    for (name, value) in self.names_of(*module) {
                        if !name.starts_with('_') {
                            self.bind(name, value);
                        }
                    }
                }
                Value::Library(library) => {
                    for name in super::library::names(library) {
                        let value = self.library_name(library, name, line)?;
                        self.bind(name.into(), value);
                    }
                }
                _ => {}
            }
            return Ok(());
        }
        for (name, new) in names {
            let value = match &found {
                Value::Library("__future__") => continue,
                Value::Outside(_) => Value::Outside(format!("{module}.{name}").into()),
                _ => self.attribute(&found, name, line)?,
            };
            self.bind(new.clone(), value);
        }
        Ok(())
    }

    fn delete(&mut self, target: &Expr) -> Result<(), Fault> {
        match &target.kind {
            ExprKind::Name(name) => {
                match self.locals.last_mut() {
                    Some(locals) => locals.remove(name),
                    None => self.modules[self.current].names.remove(name),
                };
                Ok(())
            }
            ExprKind::Index(of, key) => {
                let (of, key) = (self.evaluate(of)?, self.evaluate(key)?);
                match &of {
                    Value::Dict(entries) => {
                        self.remove_key(&entries.clone(), &key, target.line)?;
                        Ok(())
                    }
                    other => Err(self.fatal(
                        target.line,
                        format!("'del' of an entry of {} is not read", other.kind()),
                    )),
                }
            }
            _ => Err(self.fatal(target.line, "'del' of this is not read")),
        }
    }

    /// Takes an entry out of a dictionary; returns its value if there is one.
    pub(super) fn remove_key(
        &mut self,
        entries: &Shared<Vec<(Value, Value)>>,
        key: &Value,
        line: u32,
    ) -> Result<Option<Value>, Fault> {
        self.step(line, entries.borrow().len() / 8)?;
        let at = self.position_of(entries.borrow().iter().map(|e| &e.0), key, line)?;
        Ok(at.map(|k| entries.borrow_mut().remove(k).1))
    }

    /// Gives what stands left of `=` a value.
    pub(super) fn assign(&mut self, target: &Expr, value: Value) -> Result<(), Fault> {
        let line = target.line;
        match &target.kind {
            ExprKind::Name(name) => {
                self.bind(name.clone(), value);
                Ok(())
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = self.items(&value, line)?;
                if items.len() != targets.len() {
                    let problem =
                        format!("found {} values for {} names", items.len(), targets.len());
                    return Err(self.fault(FaultKind::Other, line, problem));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item)?;
                }
                Ok(())
            }
            ExprKind::Attribute(of, name) => match self.evaluate(of)? {
                Value::Object(object) => {
                    self.set_attribute(object, name, value, line)?;
                    Ok(())
                }
                other => Err(self.fatal(
                    line,
                    format!("attribute '{name}' of {} cannot be set", other.kind()),
                )),
            },
            ExprKind::Index(of, key) => {
                let (of, key) = (self.evaluate(of)?, self.evaluate(key)?);
                self.set_item(&of, key, value, line)
            }
            _ => Err(self.fatal(line, "this cannot be given a value")),
        }
    }

    /// The value of a name where the code runs.
    pub(super) fn lookup(&mut self, name: &str, line: u32) -> Result<Value, Fault> {
        let local = self.locals.last().and_then(|l| l.get(name));
        if let Some(value) = local.or_else(|| self.modules[self.current].names.get(name)) {
            return Ok(value.clone());
        }
        if let Some(value) = super::library::builtin(name) {
            return Ok(value);
        }
        // Each name is compared for a suggestion.
        self.step(line, self.modules[self.current].names.len())?;
        let module = &self.modules[self.current].names;
        let hint = crate::suggest::did_you_mean(name, module.keys().map(|k| &**k));
        Err(self.fault(
            FaultKind::Name,
            line,
            format!("unknown name '{name}'{hint}"),
        ))
    }
}

/// Modules of Python that files may name, as long as they do not use them.
fn is_of_python(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    matches!(
        first,
        "os" | "sys"
            | "re"
            | "copy"
            | "logging"
            | "fractions"
            | "collections"
            | "itertools"
            | "six"
            | "numpy"
            | "scipy"
            | "models"
            | "madgraph"
            | "string"
            | "time"
            | "warnings"
    )
}
