//! Conversion factors and mathematical constants, each with its source.
//!
//! Knows numbers; knows nothing else.

/// `(hbar c)^2` in GeV^2 pb: turns a cross section in GeV^-2 into pb.
/// Source: PDG 2022, from exact SI values of h, c and e.
pub(crate) const GEV2_TO_PB: f64 = 0.389_379_372_1e9;

/// `hbar c` in GeV mm. Source: CODATA 2018, 197.3269804 MeV fm.
pub(crate) const HBAR_C_GEV_MM: f64 = 1.973_269_804e-13;

/// Mass of the Z in GeV, where values of the strong coupling are quoted. Source: PDG 2022.
pub(crate) const Z_MASS_GEV: f64 = 91.1876;
