//! Expressions of UFO models: parsed once, evaluated with complex numbers.
//!
//! Knows the Python subset that UFO models write (arXiv:1108.2040, section 6):
//! `+ - * / **`, comparisons, `and or not`, conditional expressions, literals
//! and the functions of `cmath` and of UFO's function library. Knows no
//! parameter: names are looked up by the caller. `/` is true division.

use std::collections::BTreeSet;

use num_complex::Complex64;

/// Nesting beyond which an expression is refused rather than parsed.
const MAX_DEPTH: usize = 100;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(Complex64),
    Name(String),
    Negate(Box<Expression>),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(Function, Vec<Expression>),
    /// `if_true if condition else if_false`, in the order condition, true, false.
    Conditional(Box<[Expression; 3]>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// Functions by their UFO or `cmath` names, with the number of arguments.
const FUNCTIONS: [(&str, Function, usize); 25] = [
    ("sqrt", Function::Sqrt, 1),
    ("exp", Function::Exp, 1),
    ("log", Function::Log, 1),
    ("sin", Function::Sin, 1),
    ("cos", Function::Cos, 1),
    ("tan", Function::Tan, 1),
    ("asin", Function::Asin, 1),
    ("acos", Function::Acos, 1),
    ("atan", Function::Atan, 1),
    ("sinh", Function::Sinh, 1),
    ("cosh", Function::Cosh, 1),
    ("tanh", Function::Tanh, 1),
    ("sec", Function::Sec, 1),
    ("csc", Function::Csc, 1),
    ("cot", Function::Cot, 1),
    ("abs", Function::Abs, 1),
    ("re", Function::Re, 1),
    ("im", Function::Im, 1),
    ("complexconjugate", Function::Conjugate, 1),
    ("complex", Function::Complex, 2),
    ("cond", Function::Cond, 3),
    ("recms", Function::ReCms, 2),
    ("reglog", Function::RegLog, 1),
    ("asec", Function::Asec, 1),
    ("acsc", Function::Acsc, 1),
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Sqrt,
    Exp,
    Log,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Asec,
    Acsc,
    Sinh,
    Cosh,
    Tanh,
    Sec,
    Csc,
    Cot,
    Abs,
    Re,
    Im,
    Conjugate,
    Complex,
    /// `cond(c, x, y)` is x where c is zero, else y.
    Cond,
    /// `recms(c, x)` is x where c holds, else its real part.
    ReCms,
    /// Logarithm, 0 at 0.
    RegLog,
}

impl Expression {
    /// Parses an expression; the error is a clause for a message.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            tokens: tokenise(text)?,
            next: 0,
            depth: 0,
        };
        let expression = parser.conditional()?;
        match parser.peek() {
            Token::End => Ok(expression),
            token => Err(format!("unexpected {}", token.describe())),
        }
    }

    /// The names that the expression refers to.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.collect_names(&mut names);
        names
    }

    fn collect_names<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::Number(_) => {}
            Self::Name(name) => {
                names.insert(name);
            }
            Self::Negate(x) | Self::Not(x) => x.collect_names(names),
            Self::Binary(_, a, b) => {
                a.collect_names(names);
                b.collect_names(names);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|x| x.collect_names(names)),
            Self::Conditional(parts) => parts.iter().for_each(|x| x.collect_names(names)),
        }
    }

    /// The value; the error is the name that `lookup` does not know.
    pub(crate) fn evaluate(
        &self,
        lookup: &dyn Fn(&str) -> Option<Complex64>,
    ) -> Result<Complex64, String> {
        Ok(match self {
            Self::Number(z) => *z,
            Self::Name(name) => lookup(name).ok_or_else(|| name.clone())?,
            Self::Negate(x) => {
                let z = x.evaluate(lookup)?;
                // Subtraction keeps zeros positive; -z would not.
                Complex64::new(0.0 - z.re, 0.0 - z.im)
            }
            Self::Not(x) => truth(!holds(x.evaluate(lookup)?)),
            Self::Binary(operator, a, b) => {
                operator.apply(a.evaluate(lookup)?, b.evaluate(lookup)?)
            }
            Self::Call(function, arguments) => {
                let mut values = [Complex64::ZERO; 3];
                for (value, argument) in values.iter_mut().zip(arguments) {
                    *value = argument.evaluate(lookup)?;
                }
                function.apply(values)
            }
            Self::Conditional(parts) => {
                let [condition, if_true, if_false] = parts.as_ref();
                if holds(condition.evaluate(lookup)?) {
                    if_true.evaluate(lookup)?
                } else {
                    if_false.evaluate(lookup)?
                }
            }
        })
    }
}

fn holds(z: Complex64) -> bool {
    z != Complex64::ZERO
}

fn truth(b: bool) -> Complex64 {
    Complex64::from(if b { 1.0 } else { 0.0 })
}

fn is_real(z: Complex64) -> bool {
    z.im == 0.0
}

impl Operator {
    fn apply(self, a: Complex64, b: Complex64) -> Complex64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide if is_real(b) => Complex64::new(a.re / b.re, a.im / b.re),
            Self::Divide => a / b,
            Self::Power => power(a, b),
            Self::Equal => truth(a == b),
            Self::NotEqual => truth(a != b),
            Self::Less => truth(a.re < b.re),
            Self::LessEqual => truth(a.re <= b.re),
            Self::Greater => truth(a.re > b.re),
            Self::GreaterEqual => truth(a.re >= b.re),
            // Python's operators return an operand; as truth values these are the same.
            Self::And => {
                if holds(a) {
                    b
                } else {
                    a
                }
            }
            Self::Or => {
                if holds(a) {
                    a
                } else {
                    b
                }
            }
        }
    }
}

/// Real bases and integer exponents stay exactly real.
fn power(a: Complex64, b: Complex64) -> Complex64 {
    let small_integer = is_real(b) && b.re.fract() == 0.0 && b.re.abs() <= 64.0;
    if small_integer && is_real(a) {
        Complex64::from(a.re.powi(b.re as i32))
    } else if small_integer {
        a.powi(b.re as i32)
    } else if is_real(a) && is_real(b) && a.re >= 0.0 {
        Complex64::from(a.re.powf(b.re))
    } else {
        a.powc(b)
    }
}

impl Function {
    fn apply(self, [x, y, z]: [Complex64; 3]) -> Complex64 {
        match self {
            Self::Sqrt => x.sqrt(),
            Self::Exp => x.exp(),
            Self::Log => x.ln(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
            Self::Asec => x.inv().acos(),
            Self::Acsc => x.inv().asin(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => x.tanh(),
            Self::Sec => x.cos().inv(),
            Self::Csc => x.sin().inv(),
            Self::Cot => x.tan().inv(),
            Self::Abs => Complex64::from(x.norm()),
            Self::Re => Complex64::from(x.re),
            Self::Im => Complex64::from(x.im),
            Self::Conjugate => Complex64::new(x.re, 0.0 - x.im),
            // complex(a, b) = a + i b also for complex arguments, as in Python.
            Self::Complex => x + Complex64::I * y,
            Self::Cond => {
                if holds(x) {
                    z
                } else {
                    y
                }
            }
            Self::ReCms => {
                if holds(x) {
                    y
                } else {
                    Complex64::from(y.re)
                }
            }
            Self::RegLog => {
                if holds(x) {
                    x.ln()
                } else {
                    Complex64::ZERO
                }
            }
        }
    }
}

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
const SYMBOLS: [&str; 14] = [
    "**", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", ",",
];

fn tokenise(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first.is_ascii_digit() || first == '.' {
            let (token, taken) = number(rest)?;
            tokens.push(token);
            length = taken;
        } else if first.is_ascii_alphabetic() || first == '_' {
            length = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                .unwrap_or(rest.len());
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

/// Recursive descent; each method parses one level of precedence.
struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
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
        let mut left = self.and()?;
        while self.take_word("or") {
            left = binary(Operator::Or, left, self.and()?);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut left = self.not()?;
        while self.take_word("and") {
            left = binary(Operator::And, left, self.not()?);
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, String> {
        let mut negations = 0;
        while self.take_word("not") {
            negations += 1;
        }
        let mut operand = self.comparison()?;
        for _ in 0..negations {
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
        Ok(binary(operator, left, self.sum()?))
    }

    fn sum(&mut self) -> Result<Expression, String> {
        let mut left = self.product()?;
        while let Some(symbol) = self.take_symbol(&["+", "-"]) {
            let operator = if symbol == "+" {
                Operator::Add
            } else {
                Operator::Subtract
            };
            left = binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, String> {
        let mut left = self.unary()?;
        while let Some(symbol) = self.take_symbol(&["*", "/"]) {
            let operator = if symbol == "*" {
                Operator::Multiply
            } else {
                Operator::Divide
            };
            left = binary(operator, left, self.unary()?);
        }
        Ok(left)
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
        let base = self.atom()?;
        if self.take_symbol(&["**"]).is_some() {
            Ok(binary(Operator::Power, base, self.unary()?))
        } else {
            Ok(base)
        }
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
        let &(_, function, arity) = FUNCTIONS
            .iter()
            .find(|(known, ..)| *known == bare)
            .ok_or_else(|| {
                let hint = crate::suggest::did_you_mean(bare, FUNCTIONS.iter().map(|f| f.0));
                format!("unknown function '{name}'{hint}")
            })?;
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
        Ok(Expression::Call(function, arguments))
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Complex64 {
        let lookup = |name: &str| match name {
            "x" => Some(Complex64::from(3.0)),
            "zero" => Some(Complex64::ZERO),
            "z" => Some(Complex64::new(1.0, 2.0)),
            _ => None,
        };
        Expression::parse(text).unwrap().evaluate(&lookup).unwrap()
    }

    fn real(text: &str) -> f64 {
        let z = value(text);
        assert_eq!(z.im, 0.0, "{text} = {z}");
        z.re
    }

    #[test]
    fn precedence_is_that_of_python() {
        assert_eq!(real("1 + 2*3 - 4/2"), 5.0);
        assert_eq!(real("-2**2"), -4.0);
        assert_eq!(real("2**-1"), 0.5);
        assert_eq!(real("2**3**2"), 512.0);
        assert_eq!(real("(-2)**2"), 4.0);
        assert_eq!(real("8/2/2"), 2.0);
        assert_eq!(real("1/2"), 0.5);
        assert_eq!(real("2.*.5e1 + 1E-1"), 10.1);
        assert_eq!(real("- -x"), 3.0);
        assert_eq!(real("not 0 and 1 == 1"), 1.0);
    }

    #[test]
    fn conditionals_take_one_branch() {
        assert_eq!(real("1 if x == 3 else 2"), 1.0);
        assert_eq!(real("1/zero if zero != 0 else 7"), 7.0);
        assert_eq!(real("1 if zero else 2 if x > 5 else 3"), 3.0);
        assert_eq!(real("1 if x == 3 and not zero or zero else 2"), 1.0);
        assert_eq!(real("cond(zero, 4, 5)"), 4.0);
    }

    #[test]
    fn complex_numbers_follow_their_algebra() {
        assert_eq!(value("complex(0,1)**2"), Complex64::from(-1.0));
        assert_eq!(value("complexconjugate(z)*z"), Complex64::from(5.0));
        assert_eq!(real("re(z) + im(z)"), 3.0);
        assert_eq!(value("2j*1j"), Complex64::from(-2.0));
        assert!((value("cmath.sqrt(-4)") - Complex64::new(0.0, 2.0)).norm() < 1e-15);
        assert!((real("abs(z)") - 5f64.sqrt()).abs() < 1e-15);
        assert!((real("cmath.sin(cmath.pi/6)") - 0.5).abs() < 1e-15);
        assert!((value("z**0.5*z**0.5") - value("z")).norm() < 1e-15);
        assert!((real("cmath.atan(1)*4") - std::f64::consts::PI).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_an_expression_is_refused_with_a_reason() {
        let problem = |text: &str| Expression::parse(text).unwrap_err();
        assert_eq!(problem(""), "unexpected end of the expression");
        assert_eq!(problem("1 +"), "unexpected end of the expression");
        assert_eq!(problem("(1"), "expected ')', found end of the expression");
        assert_eq!(problem("1 2"), "unexpected number 2");
        assert_eq!(problem("x $ y"), "unexpected character '$'");
        assert_eq!(
            problem("cmath.sqr(2)"),
            "unknown function 'cmath.sqr'; did you mean 'sqrt'?"
        );
        assert_eq!(
            problem("complex(1)"),
            "'complex' takes 2 argument(s), not 1"
        );
        assert_eq!(
            problem("1 if x"),
            "expected 'else', found end of the expression"
        );
        assert_eq!(problem("."), "'.' is not a number");
        assert!(problem(&"(".repeat(100_000)).contains("nested"));
        assert!(problem(&"-".repeat(100_000)).contains("nested"));
    }

    #[test]
    fn names_are_collected_once_each() {
        let expression = Expression::parse("a*b + cmath.sqrt(a) if c else d").unwrap();
        let names: Vec<_> = expression.names().into_iter().collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn an_unknown_name_is_returned() {
        let expression = Expression::parse("1 + nobody").unwrap();
        assert_eq!(expression.evaluate(&|_| None), Err("nobody".to_owned()));
    }
}
