//! Counter-based random numbers addressed by (seed, purpose, channel, batch) and their
//! place in the stream of that address.
//!
//! A number can be had without those before it: number `j n + k` of a batch of `n` points
//! is that of dimension `j` of point `k` (see [`Stream::at`]). Knows numbers only; knows
//! no thread, no rank and no order of execution: the stream of an address is the same
//! wherever and whenever it is opened.
//! Source: ChaCha with 8 rounds (D. J. Bernstein, "ChaCha, a variant of
//! Salsa20", 2008); the address is the key, so no two addresses share a stream.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Last word of every key: separates these streams from any other use of ChaCha
/// and changes if the meaning of an address ever changes.
const DOMAIN: u64 = u64::from_le_bytes(*b"omnis/r1");

/// 2^-53: turns 53 random bits into a double in [0, 1).
const ULP: f64 = 1.0 / (1u64 << 53) as f64;

/// What a stream is used for; streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Purpose {
    /// Points of the survey, the adaptation and the integration.
    Integrate = 1,
    /// Points tried for events.
    Generate = 2,
    /// Accept or reject.
    Accept = 3,
    /// How many points each channel tries in a round.
    TrialCounts = 4,
    /// Order in which events are delivered.
    Shuffle = 5,
    /// Discrete choices of one event: helicity, colour flow, flavours.
    Event = 6,
    /// Points that trained samplers learn from.
    Train = 7,
    /// Anything a test or an example needs.
    Test = 8,
    /// First look at channels while a cross section is built.
    Pilot = 9,
    /// Points that tell the share outside the grid of parton densities.
    Outside = 10,
    /// Points that look for a way through the cuts to a singularity.
    Singular = 11,
    /// Points that a pilot looks at before it chooses how helicities are treated.
    PilotHelicities = 12,
    /// Search for any point outside the grid of parton densities.
    OutsideSearch = 13,
    /// Points that tell why an integral is zero.
    ExplainZero = 14,
    /// First parameters of networks.
    Network = 15,
    /// Order in which a training takes its points.
    Minibatch = 16,
    /// Fixed points at which integrands are compared.
    Probe = 18,
    /// Fixed points that are distributed like trials.
    TestPoints = 19,
    /// How long the unstable particles of one event live.
    Lifetime = 20,
    /// Points that a caller draws from a sampler.
    Draw = 21,
}

/// A stream of random numbers with a fixed address.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// Opens the stream at its beginning.
    ///
    /// `channel` counts over all processes of a run; `batch` is any counter the
    /// purpose has: a batch, a wave, an event.
    pub fn new(seed: u64, purpose: Purpose, channel: u32, batch: u64) -> Self {
        let mut key = [0u8; 32];
        key[0..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&batch.to_le_bytes());
        key[16..20].copy_from_slice(&channel.to_le_bytes());
        key[20..24].copy_from_slice(&(purpose as u32).to_le_bytes());
        key[24..32].copy_from_slice(&DOMAIN.to_le_bytes());
        Self {
            rng: ChaCha8Rng::from_seed(key),
        }
    }

    /// The next number in [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 * ULP
    }

    /// Fills `out` with the next numbers in [0, 1).
    pub fn fill(&mut self, out: &mut [f64]) {
        for x in out {
            *x = self.uniform();
        }
    }

    /// An integer in `0..n`, each equally likely; 0 for `n` = 0.
    ///
    /// Multiply-shift with rejection: D. Lemire, ACM Trans. Model. Comput.
    /// Simul. 29 (2019) 3.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let wide = u128::from(self.rng.next_u64()) * u128::from(n);
            if wide as u64 >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Number `i` of the stream, counted from its beginning; those before it are not
    /// drawn, and what comes next stays the same.
    ///
    /// It is what [`Self::uniform`] gives after `i` calls on a stream just opened.
    pub fn at(&self, i: u64) -> f64 {
        let mut there = self.clone();
        there.seek(i);
        there.uniform()
    }

    /// Numbers used so far, two words each.
    pub fn position(&self) -> u64 {
        (self.rng.get_word_pos() / 2) as u64
    }

    /// Goes to the place where `position` numbers are used.
    pub(crate) fn seek(&mut self, position: u64) {
        self.rng.set_word_pos(2 * u128::from(position));
    }

    /// Brings `items` into random order (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for k in (1..items.len()).rev() {
            let j = self.below(k as u64 + 1) as usize;
            items.swap(k, j);
        }
    }

    /// The generator behind the stream, for the distributions of `rand_distr`.
    pub fn rng(&mut self) -> &mut ChaCha8Rng {
        &mut self.rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    fn first(seed: u64, purpose: Purpose, channel: u32, batch: u64) -> [f64; 4] {
        let mut out = [0.0; 4];
        Stream::new(seed, purpose, channel, batch).fill(&mut out);
        out
    }

    #[test]
    fn an_address_names_one_stream_and_every_part_of_it_counts() {
        let base = first(1, Purpose::Test, 2, 3);
        assert_eq!(base, first(1, Purpose::Test, 2, 3));
        assert_ne!(base, first(2, Purpose::Test, 2, 3));
        assert_ne!(base, first(1, Purpose::Accept, 2, 3));
        assert_ne!(base, first(1, Purpose::Test, 3, 3));
        assert_ne!(base, first(1, Purpose::Test, 2, 4));
    }

    #[test]
    fn numbers_fill_the_unit_interval_evenly() {
        let n = 100_000;
        let mut bins = [0u32; 50];
        let mut stream = Stream::new(5, Purpose::Test, 0, 0);
        for _ in 0..n {
            let x = stream.uniform();
            assert!((0.0..1.0).contains(&x));
            bins[(x * 50.0) as usize] += 1;
        }
        let expected = f64::from(n) / 50.0;
        let chi2: f64 = bins
            .iter()
            .map(|&b| (f64::from(b) - expected).powi(2) / expected)
            .sum();
        let p = ChiSquared::new(49.0).unwrap().sf(chi2);
        assert!(p > 1e-4 && p < 1.0 - 1e-4, "p = {p}");
    }

    #[test]
    fn integers_below_n_are_equally_likely() {
        let mut stream = Stream::new(6, Purpose::Test, 0, 0);
        let mut bins = [0u32; 7];
        for _ in 0..70_000 {
            bins[stream.below(7) as usize] += 1;
        }
        let chi2: f64 = bins
            .iter()
            .map(|&b| (f64::from(b) - 1e4).powi(2) / 1e4)
            .sum();
        assert!(ChiSquared::new(6.0).unwrap().sf(chi2) > 1e-4);
        assert_eq!(stream.below(0), 0);
        assert_eq!(stream.below(1), 0);
    }

    #[test]
    fn a_stream_goes_on_at_any_position() {
        let mut stream = Stream::new(8, Purpose::Test, 0, 0);
        for n in [0, 1, 7, 1000] {
            stream.fill(&mut vec![0.0; n]);
            let mut other = Stream::new(8, Purpose::Test, 0, 0);
            other.seek(stream.position());
            assert_eq!(other.uniform(), stream.uniform());
        }
    }

    #[test]
    fn any_number_can_be_had_without_those_before_it() {
        let mut stream = Stream::new(9, Purpose::Test, 3, 5);
        let mut numbers = vec![0.0; 3000];
        stream.clone().fill(&mut numbers);
        stream.uniform();
        for i in (0..3000).rev().step_by(7) {
            assert_eq!(stream.at(i as u64), numbers[i]);
        }
        assert_eq!(stream.uniform(), numbers[1]);
        // Far beyond what anyone draws.
        assert_ne!(stream.at(1 << 50), stream.at((1 << 50) + 1));
    }

    #[test]
    fn purposes_have_numbers_of_their_own() {
        use Purpose::*;
        let all = [
            Integrate,
            Generate,
            Accept,
            TrialCounts,
            Shuffle,
            Event,
            Train,
            Test,
            Pilot,
            Outside,
            Singular,
            PilotHelicities,
            OutsideSearch,
            ExplainZero,
            Network,
            Minibatch,
            Probe,
            TestPoints,
        ];
        let mut first: Vec<u64> = all
            .map(|purpose| Stream::new(1, purpose, 0, 0).uniform().to_bits())
            .to_vec();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), all.len());
    }

    #[test]
    fn a_shuffle_permutes_and_depends_on_the_address_only() {
        let shuffled = |batch| {
            let mut v: Vec<u32> = (0..100).collect();
            Stream::new(7, Purpose::Shuffle, 0, batch).shuffle(&mut v);
            v
        };
        let a = shuffled(0);
        assert_eq!(a, shuffled(0));
        assert_ne!(a, shuffled(1));
        let mut sorted = a;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }
}
