//! Instruction sets of the processor, found at run time.
//!
//! Knows the processor; knows nothing of what is computed.

/// Which instruction set a fused loop is compiled for.
///
/// Levels agree to rounding only: a run picks one and keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimdLevel {
    /// One number at a time: the reference.
    Scalar,
    /// AVX2 with fused multiply-add: 8 numbers of single precision.
    Avx2,
    /// AVX-512: 16 numbers of single precision.
    Avx512,
}

impl SimdLevel {
    /// Whether this processor can run it.
    #[inline]
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            match self {
                Self::Scalar => true,
                Self::Avx2 => avx2,
                Self::Avx512 => avx2 && is_x86_feature_detected!("avx512f"),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Self::Scalar
        }
    }

    /// All levels that this processor can run, the widest last.
    pub fn available() -> Vec<Self> {
        [Self::Scalar, Self::Avx2, Self::Avx512]
            .into_iter()
            .filter(|level| level.is_available())
            .collect()
    }

    /// The widest level of this processor.
    pub fn best() -> Self {
        *Self::available()
            .last()
            .expect("the scalar level is always there")
    }
}
