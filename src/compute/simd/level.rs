//! Instruction sets, found at run time or asked for by `OMNIS_SIMD`.
//!
//! Knows the processor and its environment; knows nothing of what is computed.

use std::sync::OnceLock;

use crate::suggest::nearest;

/// The variable that asks for an instruction set.
const VARIABLE: &str = "OMNIS_SIMD";
/// The name in it that leaves the choice open.
const AUTO: &str = "auto";

/// Which instruction set a kernel is compiled for.
///
/// The vector levels of one architecture agree bit for bit where nothing is summed over
/// lanes; the scalar level has no fused multiply-add and agrees to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimdLevel {
    /// One number at a time: the reference.
    Scalar,
    /// 128-bit registers of ARM: 2 numbers in f64, 4 in f32.
    Neon,
    /// 256-bit registers with fused multiply-add: 4 numbers in f64, 8 in f32.
    Avx2,
    /// 512-bit registers: 8 numbers in f64, 16 in f32.
    Avx512,
}

/// Why an instruction set cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SimdError {
    /// `OMNIS_SIMD` has no meaning.
    #[error("OMNIS_SIMD = '{found}': expected auto, {expected}; did you mean '{nearest}'?")]
    Unknown {
        /// What the variable says.
        found: String,
        /// Names of the levels of this processor.
        expected: String,
        /// The most similar of them, or `auto`.
        nearest: String,
    },
    /// A level that exists, on other processors.
    #[error(
        "OMNIS_SIMD = '{found}': this processor has {expected}; the nearest to what was asked for is '{nearest}'"
    )]
    Unavailable {
        /// What the variable says.
        found: String,
        /// Names of the levels of this processor.
        expected: String,
        /// The widest level of this processor that is not wider.
        nearest: String,
    },
}

impl SimdLevel {
    /// All levels there are, the widest of each architecture last.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Neon, Self::Avx2, Self::Avx512];

    /// Whether this processor can run it.
    #[inline]
    pub(crate) fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            match self {
                Self::Scalar => true,
                Self::Neon => false,
                Self::Avx2 => avx2,
                Self::Avx512 => avx2 && is_x86_feature_detected!("avx512f"),
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            match self {
                Self::Scalar => true,
                Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
                Self::Avx2 | Self::Avx512 => false,
            }
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            self == Self::Scalar
        }
    }

    /// The levels that this processor can run, the widest last.
    pub fn available() -> Vec<Self> {
        let mut levels = Self::ALL.to_vec();
        levels.retain(|level| level.is_available());
        levels
    }

    /// The same without the scalar one: empty where there are no vectors.
    pub fn vectors() -> Vec<Self> {
        Self::available().split_off(1)
    }

    /// The widest level of this processor, whatever the environment asks for.
    pub fn best() -> Self {
        *Self::available()
            .last()
            .expect("the scalar level is always there")
    }

    /// The level that `OMNIS_SIMD` asks for; nothing if it is `auto` or not set.
    ///
    /// # Errors
    /// [`SimdError`] for a name that is no level, or a level that this processor lacks.
    pub(crate) fn requested() -> Result<Option<Self>, SimdError> {
        match std::env::var_os(VARIABLE) {
            Some(name) => Self::named(&name.to_string_lossy()),
            None => Ok(None),
        }
    }

    /// The level that `OMNIS_SIMD` asks for, or the widest one.
    ///
    /// # Errors
    /// As for [`Self::requested`].
    pub(crate) fn preferred() -> Result<Self, SimdError> {
        Ok(Self::requested()?.unwrap_or_else(Self::best))
    }

    /// The same for code that gives the same bits on every level and cannot fail: scalar
    /// where `OMNIS_SIMD` asks for what is not there, which others report.
    pub(crate) fn for_exact_code() -> Self {
        static LEVEL: OnceLock<SimdLevel> = OnceLock::new();
        *LEVEL.get_or_init(|| Self::preferred().unwrap_or(Self::Scalar))
    }

    /// The name in `OMNIS_SIMD`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Numbers of f64 that are computed together; twice as many of f32 on vector levels.
    pub fn lanes(self) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Neon => 2,
            Self::Avx2 => 4,
            Self::Avx512 => 8,
        }
    }

    fn named(name: &str) -> Result<Option<Self>, SimdError> {
        if name == AUTO {
            return Ok(None);
        }
        let available = Self::available();
        let names: Vec<&str> = available.iter().map(|level| level.name()).collect();
        let (found, expected) = (name.to_owned(), names.join(", "));
        match Self::ALL.into_iter().find(|level| level.name() == name) {
            Some(level) if level.is_available() => Ok(Some(level)),
            Some(level) => {
                let narrower = available.iter().rfind(|other| **other < level);
                let nearest = narrower.map_or(AUTO, |other| other.name()).to_owned();
                Err(SimdError::Unavailable {
                    found,
                    expected,
                    nearest,
                })
            }
            None => {
                let known = names.iter().copied().chain([AUTO]);
                let nearest = nearest(name, known).unwrap_or(AUTO).to_owned();
                Err(SimdError::Unknown {
                    found,
                    expected,
                    nearest,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_levels_and_others_are_refused() {
        for level in SimdLevel::available() {
            assert_eq!(SimdLevel::named(level.name()), Ok(Some(level)));
        }
        assert_eq!(SimdLevel::named("auto"), Ok(None));
        let error = SimdLevel::named("scalr").unwrap_err().to_string();
        assert!(
            error.starts_with("OMNIS_SIMD = 'scalr': expected auto, scalar")
                && error.ends_with("did you mean 'scalar'?"),
            "{error}"
        );
        let error = SimdLevel::named("fastest").unwrap_err().to_string();
        assert!(error.ends_with("did you mean 'auto'?"), "{error}");
    }

    #[test]
    fn a_level_of_another_processor_is_refused_with_the_nearest_that_is_there() {
        let lacking = SimdLevel::ALL.into_iter().filter(|l| !l.is_available());
        // No processor has both the vectors of x86-64 and those of ARM.
        let mut n = 0;
        for level in lacking {
            let error = SimdLevel::named(level.name()).unwrap_err();
            let SimdError::Unavailable { nearest, .. } = &error else {
                panic!("{error}");
            };
            let found = SimdLevel::named(nearest).unwrap().unwrap();
            assert!(found < level, "{error}");
            n += 1;
        }
        assert!(n > 0);
    }
}
