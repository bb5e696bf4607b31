//! Windows of invariant masses: those of declared resonances.
//!
//! They act as cuts do, but belong to the process and not to the card.

use super::bind::BoundCuts;

/// Limits on the invariant mass of some legs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The legs, bit k for leg k counted from 0 with the incoming legs first.
    pub legs: u32,
    /// Lowest mass in GeV.
    pub lo: f64,
    /// Highest mass in GeV; may be infinite.
    pub hi: f64,
}

impl Window {
    /// Positions of its legs.
    pub(super) fn members(&self) -> Vec<usize> {
        (0..32).filter(|k| self.legs >> k & 1 == 1).collect()
    }
}

impl BoundCuts {
    /// The same cuts, and windows.
    pub(crate) fn with_windows(mut self, windows: &[Window]) -> Self {
        self.windows = windows.to_vec();
        self
    }
}
