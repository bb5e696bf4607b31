//! Expressions of UFO models: parsed once, evaluated with complex numbers.
//!
//! Knows the Python subset that UFO models write (arXiv:1108.2040, section 6):
//! `+ - * / **`, comparisons, `and or not`, conditional expressions, literals
//! and the functions of `cmath` and of UFO's function library. Knows no
//! parameter: names are looked up by the caller. `/` is true division. Sums and products
//! are lists, so that only brackets nest.

mod parse;

use crate::elementary::{Elementary, ElementaryComplex};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use num_complex::Complex64;

use parse::Parser;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(Complex64),
    Name(String),
    Negate(Box<Expression>),
    Not(Box<Expression>),
    /// Operators of one level of precedence from left to right.
    Chain(Box<Expression>, Vec<(Operator, Expression)>),
    Call(Function, Vec<Expression>),
    /// A function that the model defines.
    Apply(Arc<UserFunction>, Vec<Expression>),
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
const FUNCTIONS: [(&str, Function, usize); 31] = [
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
    ("asinh", Function::Asinh, 1),
    ("acosh", Function::Acosh, 1),
    ("atanh", Function::Atanh, 1),
    ("log10", Function::Log10, 1),
    ("phase", Function::Phase, 1),
    ("arg", Function::Phase, 1),
];

impl Function {
    /// Its UFO name.
    pub(super) fn name(self) -> &'static str {
        let row = FUNCTIONS.iter().find(|f| f.1 == self);
        row.map_or("", |f| f.0)
    }
}

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
    Asinh,
    Acosh,
    Atanh,
    Log10,
    Phase,
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

/// A function that a model defines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UserFunction {
    pub(super) parameters: Vec<String>,
    pub(super) body: Expression,
    /// Operations, those of the functions that it calls included.
    cost: u64,
}

/// Most operations of one function of a model.
const MAX_COST: u64 = 1 << 20;

/// The functions that a model defines, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Functions(BTreeMap<String, Arc<UserFunction>>);

impl Functions {
    /// Adds a function, which may call those that were added before. What UFO's function
    /// library has is known, and is left as it is where a model defines it again in the
    /// same way.
    ///
    /// # Errors
    /// What is wrong with it, as a clause for a message.
    pub(crate) fn add(
        &mut self,
        name: &str,
        parameters: Vec<String>,
        text: &str,
    ) -> Result<(), String> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if let [x] = &parameters[..]
            && STANDARD
                .iter()
                .any(|(own, form)| *own == name && form.replace('z', x) == bare)
        {
            self.0.remove(name);
            return Ok(());
        }
        let body = Expression::parse_with(text, self)?;
        let lacking = body
            .names()
            .into_iter()
            .find(|n| !parameters.iter().any(|p| p == n));
        if let Some(lacking) = lacking {
            return Err(format!("'{lacking}' is none of its arguments"));
        }
        let cost = body.cost();
        if cost > MAX_COST {
            return Err(format!("it takes more than {MAX_COST} operations"));
        }
        let function = UserFunction {
            parameters,
            body,
            cost,
        };
        self.0.insert(name.to_owned(), Arc::new(function));
        Ok(())
    }
}

/// Functions of UFO's library as models write them, in an argument `z`.
const STANDARD: [(&str, &str); 9] = [
    ("complexconjugate", "z.conjugate()"),
    ("re", "z.real"),
    ("im", "z.imag"),
    ("sec", "1./cmath.cos_same(z)"),
    ("asec", "cmath.acos_same(1./z)"),
    ("csc", "1./cmath.sin_same(z)"),
    ("acsc", "cmath.asin_same(1./z)"),
    ("cot", "1./cmath.tan_same(z)"),
    ("reglog", "(0.0ifz==0.0elsecmath.log(z.real))"),
];

impl Expression {
    /// Parses an expression; the error is a clause for a message.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::parse_with(text, &Functions::default())
    }

    /// As [`Self::parse`], with functions of a model.
    pub(crate) fn parse_with(text: &str, functions: &Functions) -> Result<Self, String> {
        Parser::parse(text, functions)
    }

    /// Number of operations.
    fn cost(&self) -> u64 {
        let all = |list: &[Self]| list.iter().map(Self::cost).fold(1, u64::saturating_add);
        match self {
            Self::Number(_) | Self::Name(_) => 1,
            Self::Negate(x) | Self::Not(x) => x.cost().saturating_add(1),
            Self::Chain(first, rest) => {
                let rest = rest.iter().map(|r| r.1.cost());
                rest.fold(first.cost(), u64::saturating_add)
            }
            Self::Call(_, arguments) => all(arguments),
            Self::Apply(function, arguments) => all(arguments).saturating_add(function.cost),
            Self::Conditional(parts) => all(parts.as_ref()),
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
            Self::Chain(first, rest) => {
                first.collect_names(names);
                rest.iter().for_each(|r| r.1.collect_names(names));
            }
            Self::Call(_, arguments) | Self::Apply(_, arguments) => {
                arguments.iter().for_each(|x| x.collect_names(names))
            }
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
            Self::Chain(first, rest) => {
                let mut value = first.evaluate(lookup)?;
                for (operator, operand) in rest {
                    value = operator.apply(value, operand.evaluate(lookup)?);
                }
                value
            }
            Self::Apply(function, arguments) => {
                let values = arguments.iter().map(|x| x.evaluate(lookup));
                let values = values.collect::<Result<Vec<_>, _>>()?;
                let named = |name: &str| {
                    let k = function.parameters.iter().position(|p| p == name)?;
                    values.get(k).copied()
                };
                function.body.evaluate(&named)?
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

pub(super) fn holds(z: Complex64) -> bool {
    z != Complex64::ZERO
}

fn truth(b: bool) -> Complex64 {
    Complex64::from(if b { 1.0 } else { 0.0 })
}

fn is_real(z: Complex64) -> bool {
    z.im == 0.0
}

impl Operator {
    pub(super) fn apply(self, a: Complex64, b: Complex64) -> Complex64 {
        if is_real(a) && is_real(b) {
            // Real numbers stay real, without a zero of the wrong sign at their side.
            match self {
                Self::Add => return Complex64::from(a.re + b.re),
                Self::Subtract => return Complex64::from(a.re - b.re),
                Self::Multiply => return Complex64::from(a.re * b.re),
                _ => {}
            }
        }
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
        Complex64::from(a.re.powf_same(b.re))
    } else {
        a.powc_same(b)
    }
}

impl Function {
    pub(super) fn apply(self, [x, y, z]: [Complex64; 3]) -> Complex64 {
        match self {
            Self::Sqrt => x.sqrt_same(),
            Self::Exp => x.exp_same(),
            Self::Log => x.ln_same(),
            Self::Sin => x.sin_same(),
            Self::Cos => x.cos_same(),
            Self::Tan => x.tan_same(),
            Self::Asin => x.asin_same(),
            Self::Acos => x.acos_same(),
            Self::Atan => x.atan_same(),
            Self::Asec => x.inv().acos_same(),
            Self::Acsc => x.inv().asin_same(),
            Self::Asinh => x.asinh_same(),
            Self::Acosh => x.acosh_same(),
            Self::Atanh => x.atanh_same(),
            Self::Log10 => x.log10_same(),
            Self::Phase => Complex64::from(x.arg_same()),
            Self::Sinh => x.sinh_same(),
            Self::Cosh => x.cosh_same(),
            Self::Tanh => x.tanh_same(),
            Self::Sec => x.cos_same().inv(),
            Self::Csc => x.sin_same().inv(),
            Self::Cot => x.tan_same().inv(),
            Self::Abs => Complex64::from(x.norm_same()),
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
                    x.ln_same()
                } else {
                    Complex64::ZERO
                }
            }
        }
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
