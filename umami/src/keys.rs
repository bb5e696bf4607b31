//! Numbers of the interface: statuses, and keys of metadata, inputs and outputs.
//!
//! Knows the order of the enumerations in C; knows no process. They count from 0 and are `int`.

use libc::c_int;

/// What a function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// All outputs are filled.
    Success = 0,
    /// Something else was wrong; a line on standard error says what.
    Error = 1,
    /// A key of an input that is not supported.
    UnsupportedInput = 3,
    /// A key of an output that is not supported.
    UnsupportedOutput = 4,
    /// A key of metadata that is not known.
    UnsupportedMeta = 6,
    /// An input is missing that the outputs need.
    MissingInput = 7,
}

/// Device on which all arrays lie: the memory of the host.
pub const DEVICE_CPU: c_int = 0;

/// What is asked of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    /// Where arrays lie, `int`.
    Device,
    /// Number of legs, `int`.
    ParticleCount,
    /// Number of diagrams, `int`.
    DiagramCount,
    /// Number of helicity configurations, `int`.
    HelicityCount,
    /// Number of colour flows, `int`.
    ColourCount,
    /// Masses of all legs, `double[particle count]`.
    Masses,
}

impl Meta {
    /// The key of a number.
    pub fn from_key(key: c_int) -> Option<Self> {
        Some(match key {
            0 => Self::Device,
            1 => Self::ParticleCount,
            2 => Self::DiagramCount,
            3 => Self::HelicityCount,
            4 => Self::ColourCount,
            5 => Self::Masses,
            _ => return None,
        })
    }
}

/// Names of the inputs, in the order of their keys.
pub const INPUTS: [&str; 9] = [
    "UMAMI_IN_MOMENTA",
    "UMAMI_IN_ALPHA_S",
    "UMAMI_IN_FLAVOR_INDEX",
    "UMAMI_IN_RANDOM_COLOR",
    "UMAMI_IN_RANDOM_HELICITY",
    "UMAMI_IN_RANDOM_DIAGRAM",
    "UMAMI_IN_HELICITY_INDEX",
    "UMAMI_IN_DIAGRAM_INDEX",
    "UMAMI_IN_CHANNEL_INDEX",
];
/// Momenta of all legs, `[4, n_legs]`.
pub const MOMENTA: usize = 0;
/// The strong coupling of each point.
pub const ALPHA_S: usize = 1;
/// The subprocess of each point.
pub const FLAVOUR: usize = 2;
/// What a colour flow is drawn with.
pub const RANDOM_COLOUR: usize = 3;
/// What a helicity configuration is drawn with.
pub const RANDOM_HELICITY: usize = 4;
/// The helicity configuration that alone counts.
pub const HELICITY: usize = 6;
/// Which inputs are supported.
pub const SUPPORTED_INPUTS: [bool; 9] = [true, true, true, true, true, false, true, false, false];
/// Which inputs no call can do without.
pub const REQUIRED_INPUTS: [bool; 9] =
    [true, false, false, false, false, false, false, false, false];

/// Names of the outputs, in the order of their keys.
pub const OUTPUTS: [&str; 6] = [
    "UMAMI_OUT_MATRIX_ELEMENT",
    "UMAMI_OUT_DIAGRAM_AMP2",
    "UMAMI_OUT_COLOR_INDEX",
    "UMAMI_OUT_HELICITY_INDEX",
    "UMAMI_OUT_DIAGRAM_INDEX",
    "UMAMI_OUT_GPU_STREAM",
];
/// The squared matrix element.
pub const MATRIX_ELEMENT: usize = 0;
/// The colour flow that was drawn.
pub const COLOUR_INDEX: usize = 2;
/// The helicity configuration that was drawn.
pub const HELICITY_INDEX: usize = 3;
/// Which outputs are supported.
pub const SUPPORTED_OUTPUTS: [bool; 6] = [true, false, true, true, false, false];
