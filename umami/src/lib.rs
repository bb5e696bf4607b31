//! UMAMI, the C interface for matrix elements of MadGraph 7 and MadSpace, around omnis.
//!
//! One library is one process, chosen when it is first asked: by a card beside the library, or
//! by the environment. Every number comes from the library of omnis; here are pointers, keys,
//! the layout of arrays, and the choice of helicities and colour flows by random numbers.
//! `include/umami.h` declares what is exported.

mod choice;
mod columns;
mod compiled;
mod draw;
mod evaluate;
mod fault;
mod ffi;
mod instance;
mod keys;
mod parameters;
mod place;
mod request;
mod shared;
