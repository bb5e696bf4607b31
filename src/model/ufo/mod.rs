//! UFO models: directories of Python files, read without running Python, and the JSON files
//! that ufo-model-loader makes of them.
//!
//! Knows the syntax of the files and the classes of the object library; what the rows
//! mean is for the loader of all models. Source: arXiv:1108.2040, 2304.09883;
//! ufo-model-loader 0.1.0 to 1.0.1 (Python package).

mod convert;
mod directory;
mod evaluate;
mod expressions;
mod fault;
mod interpreter;
mod json;
mod lexer;
mod library;
mod locate;
mod methods;
mod notation;
mod objects;
mod offsets;
mod operators;
mod parser;
mod records;
mod rows;
mod syntax;
mod value;

pub(crate) use convert::source;
pub(crate) use locate::{Place, beside, locate, model_files, restrictions};
