//! Text of an expression to its tree: tokens, then recursive descent.
//!
//! Knows Python's precedence; each method parses one level of it.

use num_complex::Complex64;

use super::{Expression, FUNCTIONS, Function, Functions, Operator};

/// Nesting beyond which an expression is refused rather than parsed.
const MAX_DEPTH: usize = 100;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(Complex64),
    Name(String),
    Symbol(&'static str),
    End,
}

impl Token {
    fn describe(&self) -> String {
        match self {
            Self::Number(z) if z.im == 0.0 => format!("number {}", z.re),
            Self::Number(z) => format!("number {z}"),
            Self::Name(name) => format!("'{name}'"),
            Self::Symbol(symbol) => format!("'{symbol}'"),
            Self::End => "end of the expression".into(),
        }
    }
}

/// Longer symbols first: `**` before `*`.
const SYMBOLS: [&str; 15] = [
    "**", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".",
];

fn tokenise(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        let second = rest.as_bytes().get(1).copied().unwrap_or(0);
        if first.is_ascii_digit() || (first == '.' && !second.is_ascii_alphabetic()) {
            let (token, taken) = number(rest)?;
            tokens.push(token);
            length = taken;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = |from: usize| {
                let after = rest[from..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                after.map_or(rest.len(), |n| from + n)
            };
            let first = end(0);
            // A module is part of the name of its functions.
            length = match ["cmath.", "math."].iter().find(|m| rest.starts_with(**m)) {
                Some(module) => end(module.len()),
                None => first,
            };
            tokens.push(Token::Name(rest[..length].to_owned()));
        } else if let Some(symbol) = SYMBOLS.iter().find(|s| rest.starts_with(**s)) {
            tokens.push(Token::Symbol(symbol));
            length = symbol.len();
        } else {
            return Err(format!("unexpected character '{first}'"));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A decimal literal with optional exponent and imaginary unit, and its length.
fn number(text: &str) -> Result<(Token, usize), String> {
    let digits = |from: usize| {
        text[from..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(text.len(), |n| from + n)
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent_end = digits(end + 1 + sign);
        if exponent_end > end + 1 + sign {
            end = exponent_end;
        }
    }
    let value: f64 = text[..end]
        .parse()
        .map_err(|_| format!("'{}' is not a number", &text[..end]))?;
    if text[end..].starts_with(['j', 'J']) {
        Ok((Token::Number(Complex64::new(0.0, value)), end + 1))
    } else {
        Ok((Token::Number(Complex64::from(value)), end))
    }
}

/// State of the descent.
pub(super) struct Parser<'f> {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    functions: &'f Functions,
}

impl<'f> Parser<'f> {
    /// Parses a whole text; the error is a clause for a message.
    pub(super) fn parse(text: &str, functions: &'f Functions) -> Result<Expression, String> {
        let mut parser = Parser {
            tokens: tokenise(text)?,
            next: 0,
            depth: 0,
            functions,
        };
        let expression = parser.conditional()?;
        match parser.peek() {
            Token::End => Ok(expression),
            token => Err(format!("unexpected {}", token.describe())),
        }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.next).unwrap_or(&Token::End)
    }

    fn take_symbol(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        match self.peek() {
            Token::Symbol(symbol) if symbols.contains(symbol) => {
                let symbol = *symbol;
                self.next += 1;
                Some(symbol)
            }
            _ => None,
        }
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(name) if name == word);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), String> {
        self.take_symbol(&[symbol])
            .map(|_| ())
            .ok_or_else(|| format!("expected '{symbol}', found {}", self.peek().describe()))
    }

    /// Every nesting passes here or through [`Self::unary`], which bounds recursion.
    fn conditional(&mut self) -> Result<Expression, String> {
        self.enter()?;
        let if_true = self.or()?;
        let expression = if self.take_word("if") {
            let condition = self.or()?;
            if !self.take_word("else") {
                return Err(format!("expected 'else', found {}", self.peek().describe()));
            }
            let if_false = self.conditional()?;
            Expression::Conditional(Box::new([condition, if_true, if_false]))
        } else {
            if_true
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} deep"));
        }
        Ok(())
    }

    fn or(&mut self) -> Result<Expression, String> {
        let first = self.and()?;
        let mut rest = Vec::new();
        while self.take_word("or") {
            rest.push((Operator::Or, self.and()?));
        }
        Ok(chain(first, rest))
    }

    fn and(&mut self) -> Result<Expression, String> {
        let first = self.not()?;
        let mut rest = Vec::new();
        while self.take_word("and") {
            rest.push((Operator::And, self.not()?));
        }
        Ok(chain(first, rest))
    }

    fn not(&mut self) -> Result<Expression, String> {
        let mut negations = 0_usize;
        while self.take_word("not") {
            negations += 1;
        }
        let mut operand = self.comparison()?;
        // Twice is a truth value, more change nothing.
        for _ in 0..if negations > 2 {
            2 - negations % 2
        } else {
            negations
        } {
            operand = Expression::Not(Box::new(operand));
        }
        Ok(operand)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.sum()?;
        let Some(symbol) = self.take_symbol(&["==", "!=", "<=", ">=", "<", ">"]) else {
            return Ok(left);
        };
        let operator = match symbol {
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<=" => Operator::LessEqual,
            ">=" => Operator::GreaterEqual,
            "<" => Operator::Less,
            _ => Operator::Greater,
        };
        Ok(chain(left, vec![(operator, self.sum()?)]))
    }

    fn sum(&mut self) -> Result<Expression, String> {
        let first = self.product()?;
        let mut rest = Vec::new();
        while let Some(symbol) = self.take_symbol(&["+", "-"]) {
            let operator = if symbol == "+" {
                Operator::Add
            } else {
                Operator::Subtract
            };
            rest.push((operator, self.product()?));
        }
        Ok(chain(first, rest))
    }

    fn product(&mut self) -> Result<Expression, String> {
        let first = self.unary()?;
        let mut rest = Vec::new();
        while let Some(symbol) = self.take_symbol(&["*", "/"]) {
            let operator = if symbol == "*" {
                Operator::Multiply
            } else {
                Operator::Divide
            };
            rest.push((operator, self.unary()?));
        }
        Ok(chain(first, rest))
    }

    /// A sign binds weaker than a power: `-2**2` is -4.
    fn unary(&mut self) -> Result<Expression, String> {
        self.enter()?;
        let expression = match self.take_symbol(&["+", "-"]) {
            Some("-") => Expression::Negate(Box::new(self.unary()?)),
            Some(_) => self.unary()?,
            None => self.power()?,
        };
        self.depth -= 1;
        Ok(expression)
    }

    /// Powers group to the right and their exponent may carry a sign.
    fn power(&mut self) -> Result<Expression, String> {
        let base = self.attributes()?;
        if self.take_symbol(&["**"]).is_some() {
            Ok(chain(base, vec![(Operator::Power, self.unary()?)]))
        } else {
            Ok(base)
        }
    }

    /// `z.real`, `z.imag` and `z.conjugate()`.
    fn attributes(&mut self) -> Result<Expression, String> {
        let mut value = self.atom()?;
        let depth = self.depth;
        while self.take_symbol(&["."]).is_some() {
            let Token::Name(name) = self.peek().clone() else {
                return Err(format!("unexpected {}", self.peek().describe()));
            };
            self.next += 1;
            self.enter()?;
            let function = match &*name {
                "real" => Function::Re,
                "imag" => Function::Im,
                "conjugate" => Function::Conjugate,
                _ => return Err(format!("unknown name '.{name}'")),
            };
            if function == Function::Conjugate {
                self.expect("(")?;
                self.expect(")")?;
            }
            value = Expression::Call(function, vec![value]);
        }
        self.depth = depth;
        Ok(value)
    }

    fn atom(&mut self) -> Result<Expression, String> {
        let token = self.peek().clone();
        self.next += 1;
        match token {
            Token::Number(z) => Ok(Expression::Number(z)),
            Token::Symbol("(") => {
                let inner = self.conditional()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Name(name) if !["if", "else", "and", "or", "not"].contains(&&*name) => {
                if self.take_symbol(&["("]).is_some() {
                    self.call(&name)
                } else {
                    constant_or_name(name)
                }
            }
            token => Err(format!("unexpected {}", token.describe())),
        }
    }

    fn call(&mut self, name: &str) -> Result<Expression, String> {
        let bare = bare_name(name);
        let own = self.functions.0.get(name).cloned();
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == bare);
        let arity = match (&own, known) {
            (Some(function), _) => function.parameters.len(),
            (None, Some(known)) => known.2,
            (None, None) => {
                let all = FUNCTIONS.iter().map(|f| f.0);
                let all = all.chain(self.functions.0.keys().map(String::as_str));
                let hint = crate::suggest::did_you_mean(bare, all);
                return Err(format!("unknown function '{name}'{hint}"));
            }
        };
        let mut arguments = vec![self.conditional()?];
        while self.take_symbol(&[","]).is_some() {
            arguments.push(self.conditional()?);
        }
        self.expect(")")?;
        if arguments.len() != arity {
            return Err(format!(
                "'{name}' takes {arity} argument(s), not {}",
                arguments.len()
            ));
        }
        let standard = |known: Option<&(&str, Function, usize)>| {
            known.expect("an unknown function was refused").1
        };
        Ok(match own {
            Some(function) => Expression::Apply(function, arguments),
            None => Expression::Call(standard(known), arguments),
        })
    }
}

fn chain(first: Expression, rest: Vec<(Operator, Expression)>) -> Expression {
    match rest.is_empty() {
        true => first,
        false => Expression::Chain(Box::new(first), rest),
    }
}

/// The name without the module it is imported from.
fn bare_name(name: &str) -> &str {
    name.strip_prefix("cmath.")
        .or_else(|| name.strip_prefix("math."))
        .unwrap_or(name)
}

fn constant_or_name(name: String) -> Result<Expression, String> {
    match (bare_name(&name), name.contains('.')) {
        ("pi", true) => Ok(Expression::Number(std::f64::consts::PI.into())),
        ("e", true) => Ok(Expression::Number(std::f64::consts::E.into())),
        (_, true) => Err(format!("unknown name '{name}'")),
        _ => Ok(Expression::Name(name)),
    }
}
