//! Selection of points: readable conditions on observables of the final state.
//!
//! A cut holds for all combinations of distinct final-state particles of the
//! groups it names (with `any`, for at least one of them):
//!
//! ```text
//! pt(j) > 20            |eta(l+)| < 2.5        dR(j, j) > 0.4
//! 60 < m(e+, e-) < 120  pt(j[1]) > 50          any pt(l) > 25
//! pt(e+, e-) > 50       ht > 100               ht(l+, j) > 200
//! met > 30              sqrt_s > 500           n(j) >= 2
//! pt(core j) > 20       ht(j[1..3]) > 300      m(all l, all nu) > 80
//! y(j[1]) * y(j[2]) <= 0                       isolated(a, j; 0.4)
//! kt_durham(j, 0.4) > 20                         pt_lund(j) > 20
//! m(l+, l-) same_flavour > 50                  m(l+, l-) outside 80 .. 100
//! pt(j[1]) > 100 or pt(j[2]) > 50
//! ```
//!
//! A cut whose combinations cannot be formed in a final state (too few
//! particles) does not act on it. `ht`, `met`, `sqrt_s`, `n` and sums over `all`
//! legs of groups belong to the event and always act: `ht` is the scalar sum of
//! the transverse momenta of light partons (quarks except top, gluons), `ht(a, b)`
//! that of all particles of the groups, `met` the transverse momentum of the sum of
//! the neutrinos, `sqrt_s` the invariant mass of all, `n(a)` a number of particles.
//! Of conditions joined by `or`, those act that can be formed.
//!
//! Knows group names, PDG numbers and legs; knows no model and no weight.

mod bias;
mod bind;
mod bounds;
mod cut;
mod error;
mod expression;
mod mask;
mod parse;
mod quantity;
mod scanner;
#[cfg(test)]
mod tests;
mod window;

pub use bias::Bias;
pub(crate) use bias::{BoundBias, is_usable};
pub use bind::BoundCuts;
pub use bounds::Bounds;
pub(crate) use cut::FinalState;
pub use cut::{Cut, CutSet, Groups, MergingScale};
pub use error::CutError;
pub(crate) use mask::CutStatistics;
pub(crate) use quantity::BoundQuantity;
pub use quantity::Quantity;
pub use window::Window;
