//! Statements and expressions of the part of Python that is read.
//!
//! Knows their shape alone; long sums and chains of `and` are lists, so that only
//! brackets nest.

use std::rc::Rc;

/// A statement and its line, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub line: u32,
    pub kind: StatementKind,
}

#[derive(Clone, Debug)]
pub(crate) enum StatementKind {
    /// `a = b = value`.
    Assign(Vec<Expr>, Expr),
    /// `a += value`.
    Augment(Expr, BinaryOp, Expr),
    Expr(Expr),
    /// Conditions with their blocks, then `else`.
    If(Vec<(Expr, Vec<Statement>)>, Vec<Statement>),
    For(Expr, Expr, Vec<Statement>),
    While(Expr, Vec<Statement>),
    Define(Rc<Routine>),
    Return(Option<Expr>),
    Break,
    Continue,
    Pass,
    /// Module and the name that it gets.
    Import(Vec<(Rc<str>, Rc<str>)>),
    /// Module, names with their new names; no names for `*`.
    From(Rc<str>, Vec<(Rc<str>, Rc<str>)>),
    Try(Box<Try>),
    /// `del`, of names and entries.
    Delete(Vec<Expr>),
    Raise(Option<Expr>),
    Assert(Expr),
    /// A class that the file defines: its name.
    Class(Rc<str>),
}

#[derive(Clone, Debug)]
pub(crate) struct Try {
    pub body: Vec<Statement>,
    /// Names of what is caught, none for all; the name that it gets; the block.
    pub handlers: Vec<(Vec<Rc<str>>, Vec<Statement>)>,
    pub otherwise: Vec<Statement>,
    pub finally: Vec<Statement>,
}

/// A function that a file defines.
#[derive(Clone, Debug)]
pub(crate) struct Routine {
    pub name: Rc<str>,
    pub parameters: Vec<(Rc<str>, Option<Expr>)>,
    pub body: Vec<Statement>,
}

/// An expression and its line, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub line: u32,
    pub kind: ExprKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Name(Rc<str>),
    Int(i64),
    Float(f64),
    Imaginary(f64),
    Text(Rc<str>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Set(Vec<Expr>),
    Attribute(Box<Expr>, Rc<str>),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, [Option<Box<Expr>>; 2]),
    /// Function, arguments, named arguments.
    Call(Box<Expr>, Vec<Expr>, Vec<(Rc<str>, Expr)>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    /// Operators of one level of precedence from left to right.
    Chain(Box<Expr>, Vec<(BinaryOp, Expr)>),
    Power(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Vec<(CompareOp, Expr)>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// Condition, true, false.
    Conditional(Box<[Expr; 3]>),
    Lambda(Rc<Routine>),
    Comprehension(Box<Comprehension>),
}

/// `[element for target in list if condition]`.
#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    pub kind: ComprehensionKind,
    /// Key and value of dictionaries.
    pub elements: (Expr, Option<Expr>),
    pub loops: Vec<(Expr, Expr, Vec<Expr>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComprehensionKind {
    List,
    Set,
    Dict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Is,
    IsNot,
}
