//! Which instruction set evaluates matrix elements: the one that the environment asks
//! for, or the faster one.
//!
//! AVX2 and AVX-512 give the same bits, so that a measured choice changes no result.
//! Knows programs; knows no process.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::kernel::{Request, Workspace, run};
use super::probe;
use super::program::AmplitudeProgram;
use crate::compute::{SimdError, SimdLevel};

/// Points and repetitions of a measurement.
const N_POINTS: usize = 64;
const REPETITIONS: usize = 5;
/// After this time what was measured is enough.
const LONG: Duration = Duration::from_millis(200);
/// AVX2 is taken if it needs less than this part of the time: clocks are noisy.
const MARGIN: f64 = 0.9;

/// The instruction set of this process; the first program is the one that is measured.
///
/// # Errors
/// [`SimdError`] for a name in `OMNIS_SIMD` that means nothing here.
pub(super) fn level(program: &AmplitudeProgram) -> Result<SimdLevel, SimdError> {
    static LEVEL: OnceLock<Result<SimdLevel, SimdError>> = OnceLock::new();
    let choose = || Ok(SimdLevel::requested()?.unwrap_or_else(|| measured(program)));
    LEVEL.get_or_init(choose).clone()
}

/// The widest level, or AVX2 where AVX-512 is slower.
fn measured(program: &AmplitudeProgram) -> SimdLevel {
    let vectors = [SimdLevel::Avx2, SimdLevel::Avx512];
    if !vectors.iter().all(|level| level.is_available()) {
        return SimdLevel::best();
    }
    let momenta = probe::points(&program.masses, program.n_in, N_POINTS, false);
    let mut work = Workspace::default();
    let mut least = [Duration::MAX; 2];
    let start = Instant::now();
    for k in 0..REPETITIONS {
        if k > 0 && start.elapsed() > LONG {
            break;
        }
        for (level, least) in vectors.into_iter().zip(&mut least) {
            let mut total = [0.0; N_POINTS];
            let mut request = Request {
                program,
                momenta: (&momenta).into(),
                order_scale: None,
                t_channel_width: false,
                total: &mut total,
                by_helicity: None,
                amplitudes: None,
                risk: None,
                products: None,
            };
            let begin = Instant::now();
            run(level, &mut request, &mut work);
            *least = begin.elapsed().min(*least);
        }
    }
    let narrow_wins = least[0].as_secs_f64() < MARGIN * least[1].as_secs_f64();
    vectors[usize::from(!narrow_wins)]
}
