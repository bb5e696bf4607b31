//! Tokens to statements.
//!
//! Recursive descent with bounded depth; knows the grammar of the part of Python that
//! model files use, in the spellings of Python 2 and 3. Source: The Python Language
//! Reference, chapters 7 and 8.

use std::rc::Rc;

use super::fault::Fault;
use super::lexer::{Placed, Token, tokens};
use super::syntax::{BinaryOp, Expr, ExprKind, Routine, Statement, StatementKind, Try};

/// Deepest nesting of expressions and blocks.
const MAX_DEPTH: usize = 100;
/// Most calls, indices and attributes behind one another.
pub(super) const MAX_TRAILERS: usize = 60;

/// Words that are no names.
const KEYWORDS: [&str; 31] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
];

/// Parses a file.
///
/// # Errors
/// [`Fault`] with the line and what was found and expected there.
pub(crate) fn parse(text: &str, file: &Rc<str>) -> Result<Vec<Statement>, Fault> {
    let mut parser = Parser {
        tokens: tokens(text, file)?,
        next: 0,
        depth: 0,
        file: file.clone(),
    };
    let mut statements = Vec::new();
    while *parser.peek() != Token::End {
        parser.statement(&mut statements)?;
    }
    Ok(statements)
}

/// Names with defaults.
pub(super) type Parameters = Vec<(Rc<str>, Option<Expr>)>;

/// State of the descent; expressions are in [`super::expressions`].
pub(super) struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    pub(super) file: Rc<str>,
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |t| &t.0)
    }

    pub(super) fn peek_second(&self) -> &Token {
        self.tokens.get(self.next + 1).map_or(&Token::End, |t| &t.0)
    }

    pub(super) fn line(&self) -> u32 {
        let last = self.tokens.last().map_or(1, |t| t.1);
        self.tokens.get(self.next).map_or(last, |t| t.1)
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    pub(super) fn fault(&self, problem: impl Into<String>) -> Fault {
        Fault::fatal(&self.file, self.line(), problem)
    }

    /// The fault of finding something else than `expected`.
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        self.fault(format!(
            "found {}, expected {expected}",
            self.peek().describe()
        ))
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(s) if *s == symbol)
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.next += usize::from(found);
        found
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) if **name == *word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Result<(), Fault> {
        match self.take_symbol(symbol) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("'{symbol}'"))),
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Fault> {
        match self.take_word(word) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("'{word}'"))),
        }
    }

    /// An identifier that is no keyword.
    pub(super) fn identifier(&mut self) -> Result<Rc<str>, Fault> {
        match self.peek() {
            Token::Name(name) if !KEYWORDS.contains(&&**name) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(self.fault(format!("nested more than {MAX_DEPTH} deep"))),
            false => Ok(()),
        }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// One line with its blocks; several statements where `;` stands between them.
    fn statement(&mut self, into: &mut Vec<Statement>) -> Result<(), Fault> {
        if *self.peek() == Token::Newline {
            self.advance();
            return Ok(());
        }
        let line = self.line();
        self.enter()?;
        let compound = match self.peek() {
            Token::Name(name) => match &**name {
                "if" => Some(self.if_statement()?),
                "for" => Some(self.for_statement()?),
                "while" => Some(self.while_statement()?),
                "try" => Some(self.try_statement()?),
                "def" => Some(self.routine()?),
                "class" => Some(self.class()?),
                _ => None,
            },
            Token::Symbol("@") => return Err(self.fault("decorators are not read")),
            Token::Indent => return Err(self.fault("an indented line that belongs to no block")),
            _ => None,
        };
        match compound {
            Some(kind) => into.push(Statement { line, kind }),
            None => self.simple_line(into)?,
        }
        self.leave();
        Ok(())
    }

    fn simple_line(&mut self, into: &mut Vec<Statement>) -> Result<(), Fault> {
        loop {
            let line = self.line();
            if let Some(kind) = self.simple()? {
                into.push(Statement { line, kind });
            }
            let more = self.take_symbol(";");
            if *self.peek() == Token::Newline {
                self.advance();
                return Ok(());
            }
            if !more {
                return Err(self.unexpected("the end of the line"));
            }
        }
    }

    /// A statement without a block; `None` for one that means nothing here.
    fn simple(&mut self) -> Result<Option<StatementKind>, Fault> {
        let word = match self.peek() {
            Token::Name(name) => name.clone(),
            _ => Rc::from(""),
        };
        let ends = |p: &Self| *p.peek() == Token::Newline || p.is_symbol(";");
        let kind = match &*word {
            "pass" | "break" | "continue" => {
                self.advance();
                match &*word {
                    "pass" => StatementKind::Pass,
                    "break" => StatementKind::Break,
                    _ => StatementKind::Continue,
                }
            }
            "global" | "nonlocal" => {
                return Err(self.fault(format!("'{word}' is not read in model files")));
            }
            "with" | "async" | "await" => {
                return Err(self.fault(format!("'{word}' is not read in model files")));
            }
            "return" => {
                self.advance();
                let value = (!ends(self)).then(|| self.expression_list());
                StatementKind::Return(value.transpose()?)
            }
            "raise" => {
                self.advance();
                let value = (!ends(self)).then(|| self.expression_list());
                StatementKind::Raise(value.transpose()?)
            }
            "assert" => {
                self.advance();
                let condition = self.expression()?;
                if self.take_symbol(",") {
                    self.expression()?;
                }
                StatementKind::Assert(condition)
            }
            "del" => {
                self.advance();
                let list = self.expression_list()?;
                StatementKind::Delete(match list.kind {
                    ExprKind::Tuple(items) => items,
                    _ => vec![list],
                })
            }
            "import" => self.import()?,
            "from" => self.names_import()?,
            // What is printed while a model is read is of no use.
            "print" if !matches!(self.peek_second(), Token::Symbol("(" | "=" | "." | ",")) => {
                self.advance();
                if !ends(self) {
                    self.expression_list()?;
                }
                return Ok(None);
            }
            _ => self.assignment()?,
        };
        Ok(Some(kind))
    }

    fn assignment(&mut self) -> Result<StatementKind, Fault> {
        let first = self.expression_list()?;
        let augmented = [
            ("+=", BinaryOp::Add),
            ("-=", BinaryOp::Subtract),
            ("*=", BinaryOp::Multiply),
            ("/=", BinaryOp::Divide),
            ("//=", BinaryOp::FloorDivide),
            ("%=", BinaryOp::Modulo),
            ("**=", BinaryOp::Power),
        ];
        for (symbol, op) in augmented {
            if self.is_symbol(symbol) {
                self.check_target(&first)?;
                self.advance();
                return Ok(StatementKind::Augment(first, op, self.expression_list()?));
            }
        }
        if self.is_symbol(":") {
            return Err(self.fault("annotations are not read"));
        }
        let mut all = vec![first];
        while self.is_symbol("=") {
            self.check_target(&all[all.len() - 1])?;
            self.advance();
            all.push(self.expression_list()?);
        }
        let value = all.pop().expect("at least one expression was read");
        Ok(match all.is_empty() {
            true => StatementKind::Expr(value),
            false => StatementKind::Assign(all, value),
        })
    }

    fn check_target(&self, target: &Expr) -> Result<(), Fault> {
        match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => Ok(()),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().try_for_each(|t| self.check_target(t))
            }
            _ => Err(self.fault("what stands left of '=' is no name, attribute or entry")),
        }
    }

    fn dotted(&mut self) -> Result<String, Fault> {
        let mut name = String::new();
        // Relative imports: the directory is the package.
        loop {
            if self.take_symbol(".") {
                name.push('.');
            } else if self.take_symbol("...") {
                name.push_str("...");
            } else {
                break;
            }
        }
        if self.is_word("import") && !name.is_empty() {
            return Ok(name);
        }
        name.push_str(&self.identifier()?);
        while self.take_symbol(".") {
            name.push('.');
            name.push_str(&self.identifier()?);
        }
        Ok(name)
    }

    fn import(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let mut modules = Vec::new();
        loop {
            let module: Rc<str> = self.dotted()?.into();
            let name = match self.take_word("as") {
                true => self.identifier()?,
                false => module.split('.').next().unwrap_or_default().into(),
            };
            modules.push((module, name));
            if !self.take_symbol(",") {
                return Ok(StatementKind::Import(modules));
            }
        }
    }

    fn names_import(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let module: Rc<str> = self.dotted()?.into();
        self.expect_word("import")?;
        if self.take_symbol("*") {
            return Ok(StatementKind::From(module, vec![]));
        }
        let bracket = self.take_symbol("(");
        let mut names = Vec::new();
        loop {
            if bracket && self.is_symbol(")") {
                break;
            }
            let name = self.identifier()?;
            let new = match self.take_word("as") {
                true => self.identifier()?,
                false => name.clone(),
            };
            names.push((name, new));
            if !self.take_symbol(",") {
                break;
            }
        }
        if bracket {
            self.expect_symbol(")")?;
        }
        if names.is_empty() {
            return Err(self.unexpected("a name"));
        }
        Ok(StatementKind::From(module, names))
    }

    /// `:` and the lines below it, or what stands behind it.
    fn block(&mut self) -> Result<Vec<Statement>, Fault> {
        self.expect_symbol(":")?;
        let mut body = Vec::new();
        if *self.peek() != Token::Newline {
            self.simple_line(&mut body)?;
            return Ok(body);
        }
        self.advance();
        if *self.peek() != Token::Indent {
            return Err(self.unexpected("an indented block"));
        }
        self.advance();
        while !matches!(self.peek(), Token::Dedent | Token::End) {
            self.statement(&mut body)?;
        }
        self.advance();
        Ok(body)
    }

    fn if_statement(&mut self) -> Result<StatementKind, Fault> {
        let mut branches = Vec::new();
        loop {
            self.advance();
            let condition = self.expression()?;
            branches.push((condition, self.block()?));
            if !self.is_word("elif") {
                break;
            }
        }
        let otherwise = match self.take_word("else") {
            true => self.block()?,
            false => vec![],
        };
        Ok(StatementKind::If(branches, otherwise))
    }

    fn for_statement(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let target = self.targets()?;
        self.expect_word("in")?;
        let list = self.expression_list()?;
        let body = self.block()?;
        if self.is_word("else") {
            return Err(self.fault("'else' behind a loop is not read"));
        }
        Ok(StatementKind::For(target, list, body))
    }

    fn while_statement(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let condition = self.expression()?;
        let body = self.block()?;
        if self.is_word("else") {
            return Err(self.fault("'else' behind a loop is not read"));
        }
        Ok(StatementKind::While(condition, body))
    }

    fn try_statement(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let mut found = Try {
            body: self.block()?,
            handlers: vec![],
            otherwise: vec![],
            finally: vec![],
        };
        while self.take_word("except") {
            let mut caught = Vec::new();
            if !self.is_symbol(":") {
                let bracket = self.take_symbol("(");
                loop {
                    let name = self.dotted()?;
                    caught.push(name.rsplit('.').next().unwrap_or_default().into());
                    if !bracket || !self.take_symbol(",") {
                        break;
                    }
                }
                if bracket {
                    self.expect_symbol(")")?;
                }
                if self.take_word("as") || self.take_symbol(",") {
                    self.identifier()?;
                }
            }
            found.handlers.push((caught, self.block()?));
        }
        if self.take_word("else") {
            found.otherwise = self.block()?;
        }
        let has_finally = self.take_word("finally");
        if has_finally {
            found.finally = self.block()?;
        }
        if found.handlers.is_empty() && !has_finally {
            return Err(self.unexpected("'except'"));
        }
        Ok(StatementKind::Try(Box::new(found)))
    }

    fn routine(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let name = self.identifier()?;
        self.expect_symbol("(")?;
        let parameters = self.parameters(")")?;
        self.expect_symbol(")")?;
        let body = self.block()?;
        Ok(StatementKind::Define(Rc::new(Routine {
            name,
            parameters,
            body,
        })))
    }

    /// Names with defaults, up to the closing symbol.
    pub(super) fn parameters(&mut self, end: &str) -> Result<Parameters, Fault> {
        let mut parameters = Vec::new();
        while !self.is_symbol(end) {
            if self.is_symbol("*") || self.is_symbol("**") {
                return Err(self.fault("functions with '*' parameters are not read"));
            }
            let name = self.identifier()?;
            let default = self.take_symbol("=").then(|| self.expression());
            parameters.push((name, default.transpose()?));
            if !self.take_symbol(",") {
                break;
            }
        }
        Ok(parameters)
    }

    /// A class has a name; what it does is not interpreted.
    fn class(&mut self) -> Result<StatementKind, Fault> {
        self.advance();
        let name = self.identifier()?;
        if self.take_symbol("(") {
            while !self.take_symbol(")") {
                self.expression()?;
                self.take_symbol(",");
            }
        }
        self.block()?;
        Ok(StatementKind::Class(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse(text, &"m.py".into()).unwrap_err().to_string()
    }

    #[test]
    fn both_spellings_of_python_are_read() {
        let text = "# -*- coding: utf-8 -*-\nfrom __future__ import division\n\
            import a as b, c\nfrom . import d\nfrom .e import (f,\n  g as h,)\nprint 'old'\n\
            print('new')\ntry:\n    import x\nexcept ImportError, e:\n    pass\n\
            try: import x\nexcept (ImportError, KeyError) as e: pass\nelse:\n\tq = 1L; r = 2\n";
        let statements = parse(text, &"m.py".into()).unwrap();
        assert_eq!(statements.len(), 7);
        assert_eq!(statements[6].line, 13);
    }

    #[test]
    fn what_is_not_python_is_named_with_its_line() {
        assert_eq!(
            problem("a = 1\nb = = 2\n"),
            "m.py:2: found '=', expected an expression"
        );
        assert_eq!(problem("a = (1,\n2\n"), "m.py:1: '(' is never closed");
        assert_eq!(problem("a = 1)\n"), "m.py:1: ')' closes nothing");
        assert_eq!(
            problem("a = 'x\n"),
            "m.py:1: a string that does not end in its line"
        );
        assert_eq!(problem("a = '''x\n\n"), "m.py:1: a string that never ends");
        assert_eq!(
            problem("if a:\nb = 1\n"),
            "m.py:2: found 'b', expected an indented block"
        );
        assert_eq!(
            problem("if a:\n   b\n  c\n"),
            "m.py:3: the indentation fits no block around it"
        );
        assert_eq!(
            problem("1 = a\n"),
            "m.py:1: what stands left of '=' is no name, attribute or entry"
        );
        assert_eq!(
            problem("a = 1 2\n"),
            "m.py:1: found '2', expected the end of the line"
        );
        assert_eq!(
            problem("a = ?\n"),
            "m.py:1: found the character '?', expected Python"
        );
        assert_eq!(
            problem("a = 3abc\n"),
            "m.py:1: found 'a' behind the number '3'"
        );
        assert!(problem("a = 1e999\n").contains("too large for a number"));
        assert!(problem(&format!("a = {}\n", "9".repeat(1000))).contains("1000 characters"));
        assert!(problem("with a: pass\n").contains("'with' is not read"));
        assert!(problem("@x\ndef f(): pass\n").contains("decorators are not read"));
    }

    #[test]
    fn depth_is_bounded_and_length_is_not() {
        assert!(problem(&"(".repeat(100_000)).contains("brackets in each other"));
        assert!(problem(&format!("a = {}1", "- ".repeat(100_000))).contains("nested more than"));
        assert!(problem(&format!("a = b{}", ".c".repeat(100_000))).contains("behind one another"));
        let long = format!("a = 1{}\n", " + 1".repeat(100_000));
        assert_eq!(parse(&long, &"m.py".into()).unwrap().len(), 1);
        let long = format!("a = not {}1\n", "not ".repeat(100_000));
        assert!(parse(&long, &"m.py".into()).is_ok());
        let blocks: String = (0..100)
            .map(|k| format!("{}if 1:\n", " ".repeat(k)))
            .collect();
        assert!(
            problem(&blocks).contains("blocks in each other")
                || problem(&blocks).contains("nested")
        );
    }
}
