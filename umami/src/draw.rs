//! Helicities and colour flows drawn with random numbers of the caller.
//!
//! Knows parts of squared matrix elements; knows no pointer. Choices are those of events: a
//! helicity configuration in proportion to its |M|^2, then a colour flow that is leading in
//! 1/N in proportion to the square of its amplitude.

use omnis::amplitude::Details;

use crate::compiled::Element;

/// Parts of the squared matrix elements of a batch.
pub struct Parts<'a> {
    /// The matrix element.
    pub element: &'a Element,
    /// By helicity, `[n_hel, n]`, and by flow, `[n_hel, n_flow, n]`, which may be missing.
    pub details: &'a Details,
    /// Number of points.
    pub n: usize,
}

impl Parts<'_> {
    /// Number of configurations of the matrix element.
    fn n_helicities(&self) -> usize {
        self.element.helicities.len()
    }

    /// The part of one configuration in `me2` of point `k`: their sum over all of them.
    pub fn me2_of(&self, configuration: usize, k: usize) -> f64 {
        self.details.by_helicity[configuration * self.n + k] / self.element.denominator
    }

    /// A configuration of helicities; none where the matrix element vanishes.
    pub fn helicity(&self, k: usize, random: f64) -> Option<usize> {
        // Parts of interferences have either sign: their sizes decide.
        let size = |h: usize| self.details.by_helicity[h * self.n + k].abs();
        pick((0..self.n_helicities()).map(size), random)
    }

    /// A colour flow for a configuration of helicities, or for all of them together; none
    /// where all flows vanish.
    pub fn flow(&self, k: usize, configuration: Option<usize>, random: f64) -> Option<usize> {
        let flows = self.element.matrix.flows();
        let at = |h: usize, f: usize| self.details.by_flow[(h * flows.len() + f) * self.n + k];
        let size = |f: usize| match configuration {
            Some(h) => at(h, f),
            None => (0..self.n_helicities()).map(|h| at(h, f)).sum(),
        };
        let leading = |f: usize| if flows[f].leading { size(f) } else { 0.0 };
        let all = 0..flows.len();
        pick(all.clone().map(leading), random).or_else(|| pick(all.map(size), random))
    }
}

/// The position drawn in proportion to weights that are not negative; none if all are 0 or one
/// is not a finite number.
fn pick(weights: impl Iterator<Item = f64> + Clone, random: f64) -> Option<usize> {
    let total: f64 = weights.clone().sum();
    if !total.is_finite() {
        return None;
    }
    let mut left = random * total;
    let mut last = None;
    for (k, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
        last = Some(k);
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}
