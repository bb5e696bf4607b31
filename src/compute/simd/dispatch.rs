//! Runs one source of a kernel with the instruction set of a level.
//!
//! Knows levels; knows nothing of what is computed.

use super::lanes::Level;
use super::level::SimdLevel;
use super::scalar::Scalar;

/// Work written once for all levels.
///
/// [`Self::run`] must be `#[inline(always)]`, and so must everything in it that handles
/// lanes: only what is inlined into the function of a level is compiled for its
/// instruction set.
pub(crate) trait Kernel {
    /// What it gives.
    type Output;
    /// The work, with the lanes of a level.
    fn run<L: Level>(self) -> Self::Output;
}

impl SimdLevel {
    /// Runs a kernel.
    ///
    /// # Panics
    /// If the processor lacks the instruction set.
    pub(crate) fn dispatch<K: Kernel>(self, kernel: K) -> K::Output {
        assert!(self.is_available(), "{self:?} is not available here");
        match self {
            Self::Scalar => kernel.run::<Scalar>(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: availability was checked above.
            Self::Avx2 => unsafe { avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: availability was checked above.
            Self::Avx512 => unsafe { avx512(kernel) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: availability was checked above.
            Self::Neon => unsafe { neon(kernel) },
            _ => unreachable!("levels of other architectures are not available"),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::x86::Avx2>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::x86::Avx512>()
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn neon<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::neon::Neon>()
}

#[cfg(test)]
mod tests {
    use super::super::lanes::{Lanes, LanesF32, LanesF64};
    use super::*;
    use crate::compute::skipped;

    const N: usize = 48;

    /// Numbers of all signs and sizes, with zeros of both signs, infinities and NaN.
    fn numbers(seed: u64) -> [f64; N] {
        let special = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0];
        let mut state = seed;
        std::array::from_fn(|k| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            let x = (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
            match k.checked_sub(N - 6) {
                Some(s) => special[(s + seed as usize) % 6],
                None => x * 10.0_f64.powi((state >> 3) as i32 % 7),
            }
        })
    }

    /// One operation on lanes, by its number, into an array.
    struct Exact<'a>(&'a [[f64; N]; 3]);

    /// Rows of results.
    const ROWS: usize = 13;

    #[inline(always)]
    fn rows<S: Lanes>(input: &[[f64; N]; 3]) -> Vec<[f64; N]> {
        let mut out = vec![[0.0; N]; ROWS];
        let cast = |x: &[f64; N]| x.map(<S::Real as super::super::Real>::from_f64);
        let input = [cast(&input[0]), cast(&input[1]), cast(&input[2])];
        let mut row = [<S::Real as Default>::default(); N];
        let mut p = 0;
        while p < N {
            // SAFETY: N is a multiple of all numbers of lanes.
            unsafe {
                let a = S::load(input[0].as_ptr().add(p));
                let b = S::load(input[1].as_ptr().add(p));
                let c = S::load(input[2].as_ptr().add(p));
                let results = [
                    a + b,
                    a - b,
                    a * b,
                    -a,
                    a.over(b),
                    (a * a).sqrt(),
                    a.max(b),
                    a.min(b),
                    S::select(a.ge(b), c, a),
                    S::select(a.gt(b), c, a),
                    a.if_positive(b, c),
                    S::constant(0.1) * a,
                    S::select(a.ge(a), a, b),
                ];
                for k in 0..ROWS {
                    results[k].store(row.as_mut_ptr().add(p));
                    for j in p..p + S::N {
                        out[k][j] = super::super::Real::to_f64(row[j]);
                    }
                }
            }
            p += S::N;
        }
        out
    }

    impl Kernel for Exact<'_> {
        type Output = [Vec<[f64; N]>; 2];
        #[inline(always)]
        fn run<L: Level>(self) -> Self::Output {
            [rows::<L::F64>(self.0), rows::<L::F32>(self.0)]
        }
    }

    /// Fused products, powers of two, sums, conversions.
    struct Fused<'a>(&'a [[f64; N]; 3]);

    impl Kernel for Fused<'_> {
        type Output = (Vec<[f64; N]>, Vec<f32>);
        #[inline(always)]
        fn run<L: Level>(self) -> Self::Output {
            let [a, b, c] = self.0;
            let mut out = vec![[0.0; N]; 4];
            let single = a.map(|x| x as f32);
            let mut narrow = [0.0f32; N];
            let mut scaled = vec![0.0f32; N + 1];
            let mut p = 0;
            while p < N {
                // SAFETY: N is a multiple of all numbers of lanes.
                unsafe {
                    let x = L::F64::load(a.as_ptr().add(p));
                    let y = L::F64::load(b.as_ptr().add(p));
                    let z = L::F64::load(c.as_ptr().add(p));
                    x.mul_add(y, z).store(out[0].as_mut_ptr().add(p));
                    x.mul_sub(y, z).store(out[1].as_mut_ptr().add(p));
                    x.neg_mul_add(y, z).store(out[2].as_mut_ptr().add(p));
                    let wide = L::F64::load_single(single.as_ptr().add(p));
                    wide.store(out[3].as_mut_ptr().add(p));
                    wide.store_single(narrow.as_mut_ptr().add(p));
                }
                p += <L::F64 as Lanes>::N;
            }
            assert!(
                single
                    .iter()
                    .zip(&narrow)
                    .all(|(x, y)| x.to_bits() == y.to_bits() || x.is_nan())
            );
            let mut p = 0;
            while p < N {
                // SAFETY: N is a multiple of all numbers of lanes.
                unsafe {
                    let n = L::F32::splat((p % 5) as f32 - 2.0);
                    let x = L::F32::load(single.as_ptr().add(p));
                    x.times_power_of_two(n).store(scaled.as_mut_ptr().add(p));
                    let ones = L::F32::splat(1.0);
                    scaled[N] += ones.sum();
                }
                p += <L::F32 as Lanes>::N;
            }
            (out, scaled)
        }
    }

    fn same(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
    }

    #[test]
    fn every_level_gives_the_bits_of_the_scalar_one() {
        let vectors = SimdLevel::vectors();
        if vectors.is_empty() {
            skipped("only scalar on this machine");
            return;
        }
        let input = [1, 2, 3].map(numbers);
        let want = SimdLevel::Scalar.dispatch(Exact(&input));
        for level in vectors {
            let found = level.dispatch(Exact(&input));
            for (precision, (f, w)) in found.iter().zip(&want).enumerate() {
                for (k, (f, w)) in f.iter().zip(w).enumerate() {
                    for p in 0..N {
                        assert!(
                            same(f[p], w[p]),
                            "{level:?} {precision} {k} {p}: {} {}",
                            f[p],
                            w[p]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn products_and_sums_of_every_vector_level_are_rounded_once() {
        let vectors = SimdLevel::vectors();
        if vectors.is_empty() {
            skipped("only scalar on this machine");
            return;
        }
        let input = [1, 2, 3].map(numbers);
        let [a, b, c] = &input;
        for level in vectors {
            let (found, scaled) = level.dispatch(Fused(&input));
            for p in 0..N {
                let want = [
                    a[p].mul_add(b[p], c[p]),
                    a[p].mul_add(b[p], -c[p]),
                    (-a[p]).mul_add(b[p], c[p]),
                    f64::from(a[p] as f32),
                ];
                for k in 0..4 {
                    assert!(
                        same(found[k][p], want[k]),
                        "{level:?} {k} {p}: {} {}",
                        found[k][p],
                        want[k]
                    );
                }
            }
            let lanes = 2 * level.lanes();
            for p in 0..N {
                let n = ((p / lanes * lanes) % 5) as i32 - 2;
                let want = (a[p] as f32) * 2.0f32.powi(n);
                assert!(same(scaled[p].into(), want.into()), "{level:?} {p}");
            }
            assert_eq!(scaled[N], N as f32);
        }
    }
}
