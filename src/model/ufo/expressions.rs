//! Tokens to expressions.
//!
//! Each method parses one level of precedence. Source: The Python Language Reference,
//! chapter 6.

use super::fault::Fault;
use super::lexer::Token;
use super::parser::{MAX_TRAILERS, Parser};
use super::syntax::{
    BinaryOp, CompareOp, Comprehension, ComprehensionKind, Expr, ExprKind, Routine, Statement,
    StatementKind,
};

/// Words that end an expression where one could begin.
const NOT_FIRST: [&str; 12] = [
    "and", "as", "assert", "del", "elif", "else", "for", "if", "import", "in", "is", "or",
];

/// What may stand between the operands of one level, with its meaning.
type Level = [(&'static str, BinaryOp)];

const SUMS: &Level = &[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)];
const PRODUCTS: &Level = &[
    ("*", BinaryOp::Multiply),
    ("/", BinaryOp::Divide),
    ("//", BinaryOp::FloorDivide),
    ("%", BinaryOp::Modulo),
];

impl Parser {
    fn expr(line: u32, kind: ExprKind) -> Expr {
        Expr { line, kind }
    }

    /// Expressions with commas between them are a tuple.
    pub(super) fn expression_list(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let first = self.expression()?;
        if !self.is_symbol(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.take_symbol(",") {
            if !self.begins_expression() {
                break;
            }
            items.push(self.expression()?);
        }
        Ok(Self::expr(line, ExprKind::Tuple(items)))
    }

    fn begins_expression(&self) -> bool {
        match self.peek() {
            Token::Symbol(s) => matches!(*s, "(" | "[" | "{" | "-" | "+"),
            Token::Name(name) => !NOT_FIRST.contains(&&**name),
            Token::Newline | Token::Indent | Token::Dedent | Token::End => false,
            _ => true,
        }
    }

    /// Targets of a loop: names, without the `in` behind them.
    pub(super) fn targets(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            let line = self.line();
            if self.take_symbol("(") {
                self.enter()?;
                items.push(self.targets()?);
                self.leave();
                self.expect_symbol(")")?;
            } else {
                let name = self.identifier()?;
                items.push(Self::expr(line, ExprKind::Name(name)));
            }
            if !self.take_symbol(",") {
                break;
            }
            is_tuple = true;
            if self.is_word("in") {
                break;
            }
        }
        match items.pop() {
            Some(only) if items.is_empty() && !is_tuple => Ok(only),
            last => {
                items.extend(last);
                Ok(Self::expr(line, ExprKind::Tuple(items)))
            }
        }
    }

    /// An expression without commas outside brackets.
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.enter()?;
        let line = self.line();
        let found = if self.take_word("lambda") {
            self.lambda(line)?
        } else {
            let value = self.or()?;
            if self.take_word("if") {
                let condition = self.or()?;
                if !self.take_word("else") {
                    return Err(self.unexpected("'else'"));
                }
                let otherwise = self.expression()?;
                let parts = Box::new([condition, value, otherwise]);
                Self::expr(line, ExprKind::Conditional(parts))
            } else {
                value
            }
        };
        self.leave();
        Ok(found)
    }

    fn lambda(&mut self, line: u32) -> Result<Expr, Fault> {
        let parameters = self.parameters(":")?;
        self.expect_symbol(":")?;
        let value = self.expression()?;
        let body = vec![Statement {
            line,
            kind: StatementKind::Return(Some(value)),
        }];
        let routine = Routine {
            name: "lambda".into(),
            parameters,
            body,
        };
        Ok(Self::expr(line, ExprKind::Lambda(routine.into())))
    }

    fn or(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let mut items = vec![self.and()?];
        while self.take_word("or") {
            items.push(self.and()?);
        }
        Ok(Self::joined(line, items, ExprKind::Or))
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let mut items = vec![self.not()?];
        while self.take_word("and") {
            items.push(self.not()?);
        }
        Ok(Self::joined(line, items, ExprKind::And))
    }

    fn joined(line: u32, mut items: Vec<Expr>, kind: fn(Vec<Expr>) -> ExprKind) -> Expr {
        match items.len() {
            1 => items.remove(0),
            _ => Self::expr(line, kind(items)),
        }
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let mut n = 0_usize;
        while self.take_word("not") {
            n += 1;
        }
        let mut operand = self.comparison()?;
        // Twice is a truth value, more change nothing.
        for _ in 0..if n > 2 { 2 - n % 2 } else { n } {
            operand = Self::expr(line, ExprKind::Not(Box::new(operand)));
        }
        Ok(operand)
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let first = self.chain(SUMS)?;
        let mut rest = Vec::new();
        while let Some(op) = self.compare_op() {
            rest.push((op, self.chain(SUMS)?));
        }
        Ok(match rest.is_empty() {
            true => first,
            false => Self::expr(line, ExprKind::Compare(Box::new(first), rest)),
        })
    }

    fn compare_op(&mut self) -> Option<CompareOp> {
        let op = match self.peek() {
            Token::Symbol("==") => CompareOp::Equal,
            Token::Symbol("!=" | "<>") => CompareOp::NotEqual,
            Token::Symbol("<") => CompareOp::Less,
            Token::Symbol("<=") => CompareOp::LessEqual,
            Token::Symbol(">") => CompareOp::Greater,
            Token::Symbol(">=") => CompareOp::GreaterEqual,
            Token::Name(name) if &**name == "in" => CompareOp::In,
            Token::Name(name) if &**name == "is" => {
                self.advance();
                return Some(match self.take_word("not") {
                    true => CompareOp::IsNot,
                    false => CompareOp::Is,
                });
            }
            Token::Name(name) if &**name == "not" => {
                if !matches!(self.peek_second(), Token::Name(name) if &**name == "in") {
                    return None;
                }
                self.advance();
                CompareOp::NotIn
            }
            _ => return None,
        };
        self.advance();
        Some(op)
    }

    /// Sums or products.
    fn chain(&mut self, level: &'static Level) -> Result<Expr, Fault> {
        let line = self.line();
        let is_sum = level.len() == SUMS.len();
        let operand = |p: &mut Self| match is_sum {
            true => p.chain(PRODUCTS),
            false => p.unary(),
        };
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Token::Symbol(symbol) = self.peek() {
            let Some(&(_, op)) = level.iter().find(|(s, _)| s == symbol) else {
                break;
            };
            self.advance();
            rest.push((op, operand(self)?));
        }
        Ok(match rest.is_empty() {
            true => first,
            false => Self::expr(line, ExprKind::Chain(Box::new(first), rest)),
        })
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        self.enter()?;
        let line = self.line();
        let found = if self.take_symbol("-") {
            Self::expr(line, ExprKind::Negate(Box::new(self.unary()?)))
        } else if self.take_symbol("+") {
            self.unary()?
        } else {
            let base = self.trailers()?;
            if self.take_symbol("**") {
                let exponent = self.unary()?;
                Self::expr(line, ExprKind::Power(Box::new(base), Box::new(exponent)))
            } else {
                base
            }
        };
        self.leave();
        Ok(found)
    }

    /// An atom with calls, indices and attributes behind it.
    fn trailers(&mut self) -> Result<Expr, Fault> {
        let mut value = self.atom()?;
        let mut n = 0;
        loop {
            let line = self.line();
            let kind = if self.take_symbol(".") {
                ExprKind::Attribute(Box::new(value), self.identifier()?)
            } else if self.take_symbol("(") {
                self.call(value)?
            } else if self.take_symbol("[") {
                self.index(value)?
            } else {
                return Ok(value);
            };
            value = Self::expr(line, kind);
            n += 1;
            if n > MAX_TRAILERS {
                return Err(self.fault(format!(
                    "more than {MAX_TRAILERS} calls and attributes behind one another"
                )));
            }
        }
    }

    fn call(&mut self, function: Expr) -> Result<ExprKind, Fault> {
        let (mut arguments, mut named) = (Vec::new(), Vec::new());
        while !self.is_symbol(")") {
            if self.is_symbol("*") || self.is_symbol("**") {
                return Err(self.fault("calls with '*' arguments are not read"));
            }
            let is_named = matches!(self.peek(), Token::Name(_))
                && matches!(self.peek_second(), Token::Symbol("="));
            if is_named {
                let name = self.identifier()?;
                self.advance();
                named.push((name, self.expression()?));
            } else {
                let line = self.line();
                let value = self.expression()?;
                arguments.push(match self.is_word("for") {
                    true => self.comprehension(line, ComprehensionKind::List, (value, None))?,
                    false => value,
                });
            }
            if !self.take_symbol(",") {
                break;
            }
        }
        self.expect_symbol(")")?;
        Ok(ExprKind::Call(Box::new(function), arguments, named))
    }

    fn index(&mut self, value: Expr) -> Result<ExprKind, Fault> {
        let from = match self.is_symbol(":") {
            true => None,
            false => Some(Box::new(self.expression_list()?)),
        };
        let kind = if self.take_symbol(":") {
            let to = match self.is_symbol("]") {
                true => None,
                false => Some(Box::new(self.expression()?)),
            };
            ExprKind::Slice(Box::new(value), [from, to])
        } else {
            let index = from.expect("no ':' follows, so an index was read");
            ExprKind::Index(Box::new(value), index)
        };
        self.expect_symbol("]")?;
        Ok(kind)
    }

    fn atom(&mut self) -> Result<Expr, Fault> {
        let line = self.line();
        let kind = match self.peek().clone() {
            Token::Int(n) => ExprKind::Int(n),
            Token::Float(x) => ExprKind::Float(x),
            Token::Imaginary(x) => ExprKind::Imaginary(x),
            Token::Text(text) => return Ok(self.text(line, text.to_string())),
            Token::Symbol("(") => return self.bracket(line),
            Token::Symbol("[") => return self.list(line),
            Token::Symbol("{") => return self.braces(line),
            Token::Name(name) if !NOT_FIRST.contains(&&*name) => {
                return Ok(Self::expr(line, ExprKind::Name(self.identifier()?)));
            }
            _ => return Err(self.unexpected("an expression")),
        };
        self.advance();
        Ok(Self::expr(line, kind))
    }

    /// Strings that follow each other are one.
    fn text(&mut self, line: u32, mut value: String) -> Expr {
        self.advance();
        while let Token::Text(more) = self.peek() {
            value.push_str(more);
            self.advance();
        }
        Self::expr(line, ExprKind::Text(value.into()))
    }

    fn bracket(&mut self, line: u32) -> Result<Expr, Fault> {
        self.advance();
        if self.take_symbol(")") {
            return Ok(Self::expr(line, ExprKind::Tuple(vec![])));
        }
        let mut value = self.expression_list()?;
        if self.is_word("for") {
            value = self.comprehension(line, ComprehensionKind::List, (value, None))?;
        }
        self.expect_symbol(")")?;
        Ok(value)
    }

    fn list(&mut self, line: u32) -> Result<Expr, Fault> {
        self.advance();
        let mut items = Vec::new();
        while !self.is_symbol("]") {
            items.push(self.expression()?);
            if items.len() == 1 && self.is_word("for") {
                let first = items.remove(0);
                let all = self.comprehension(line, ComprehensionKind::List, (first, None))?;
                self.expect_symbol("]")?;
                return Ok(all);
            }
            if !self.take_symbol(",") {
                break;
            }
        }
        self.expect_symbol("]")?;
        Ok(Self::expr(line, ExprKind::List(items)))
    }

    fn braces(&mut self, line: u32) -> Result<Expr, Fault> {
        self.advance();
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        while !self.is_symbol("}") {
            let key = self.expression()?;
            let value = match self.take_symbol(":") {
                true => Some(self.expression()?),
                false => None,
            };
            if self.is_word("for") && entries.is_empty() && items.is_empty() {
                let kind = match value {
                    Some(_) => ComprehensionKind::Dict,
                    None => ComprehensionKind::Set,
                };
                let all = self.comprehension(line, kind, (key, value))?;
                self.expect_symbol("}")?;
                return Ok(all);
            }
            match value {
                Some(value) => entries.push((key, value)),
                None => items.push(key),
            }
            if !self.take_symbol(",") {
                break;
            }
        }
        self.expect_symbol("}")?;
        match (items.is_empty(), entries.is_empty()) {
            (true, _) => Ok(Self::expr(line, ExprKind::Dict(entries))),
            (false, true) => Ok(Self::expr(line, ExprKind::Set(items))),
            _ => Err(self.fault("found entries with and without ':' between the same braces")),
        }
    }

    fn comprehension(
        &mut self,
        line: u32,
        kind: ComprehensionKind,
        elements: (Expr, Option<Expr>),
    ) -> Result<Expr, Fault> {
        let mut loops = Vec::new();
        while self.take_word("for") {
            let target = self.targets()?;
            if !self.take_word("in") {
                return Err(self.unexpected("'in'"));
            }
            let list = self.or()?;
            let mut conditions = Vec::new();
            while self.take_word("if") {
                conditions.push(self.or()?);
            }
            loops.push((target, list, conditions));
            if loops.len() > 4 {
                return Err(self.fault("more than 4 loops in one list"));
            }
        }
        let all = Comprehension {
            kind,
            elements,
            loops,
        };
        Ok(Self::expr(line, ExprKind::Comprehension(Box::new(all))))
    }
}
