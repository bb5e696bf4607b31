//! Points that were evaluated, kept with the density they were drawn with.
//!
//! Knows points before the grid and weights; knows no network.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::rng::Stream;
use crate::sampler::flow::Flow;

/// Points of one training that are not 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Buffer {
    n_dim: usize,
    /// Coordinates before the grid, `[n, n_dim]`.
    y: Vec<f32>,
    /// |integrand| over density of the grid, `[n]`.
    value: Vec<f64>,
    /// Density relative to the grid, `[n]`.
    q: Vec<f64>,
    /// Where each round begins.
    rounds: Vec<usize>,
}

impl Buffer {
    pub fn new(n_dim: usize) -> Self {
        Self {
            n_dim,
            ..Default::default()
        }
    }

    /// Begins a round of points; while more than `most` are kept, the oldest
    /// rounds but the first are forgotten.
    pub(crate) fn begin_round(&mut self, most: usize) {
        while self.n_kept() > most && self.rounds.len() > 2 {
            let (from, to) = (self.rounds[1], self.rounds[2]);
            self.y.drain(from * self.n_dim..to * self.n_dim);
            self.value.drain(from..to);
            self.q.drain(from..to);
            self.rounds.remove(1);
            for first in &mut self.rounds[1..] {
                *first -= to - from;
            }
        }
        self.rounds.push(self.value.len());
    }

    /// Adds points to the present round; `y` is `[n_dim, n]`, the others `[n]`.
    pub(crate) fn extend(&mut self, y: &[f64], value: &[f64], q: &[f64]) {
        let n = value.len();
        for k in 0..n {
            if value[k] > 0.0 {
                self.y.extend((0..self.n_dim).map(|j| y[j * n + k] as f32));
                self.value.push(value[k]);
                self.q.push(q[k]);
            }
        }
    }

    /// Points that are not zero.
    pub(crate) fn n_kept(&self) -> usize {
        self.value.len()
    }

    /// Kept points of the last `n` rounds.
    pub(crate) fn latest(&self, n: usize) -> std::ops::Range<usize> {
        let from = self.rounds.len().saturating_sub(n);
        self.rounds.get(from).copied().unwrap_or(self.n_kept())..self.n_kept()
    }

    /// Kept points of the first round.
    pub(crate) fn first(&self) -> std::ops::Range<usize> {
        0..self.rounds.get(1).copied().unwrap_or(self.n_kept())
    }

    /// |integrand| over density of the grid of kept points.
    pub(crate) fn value(&self) -> &[f64] {
        &self.value
    }

    /// Density relative to the grid that kept points were drawn with.
    pub(crate) fn q(&self) -> &[f64] {
        &self.q
    }

    /// Density of a flow at all kept points, relative to the grid.
    pub(crate) fn densities(&self, flow: &Flow) -> Vec<f64> {
        const PART: usize = 4096;
        let mut q = vec![1.0; self.n_kept()];
        q.par_chunks_mut(PART).enumerate().for_each(|(c, q)| {
            let n = q.len();
            let first = c * PART * self.n_dim;
            let mut y = vec![0.0; self.n_dim * n];
            for (at, &value) in self.y[first..first + self.n_dim * n].iter().enumerate() {
                y[(at % self.n_dim) * n + at / self.n_dim] = f64::from(value);
            }
            flow.transform::<false>(&mut y, q);
        });
        q
    }

    /// Coordinates of the points of these numbers, `[n_dim, n]`.
    pub(crate) fn gather(&self, points: &[u32], y: &mut Vec<f32>) {
        y.clear();
        for j in 0..self.n_dim {
            y.extend(points.iter().map(|&k| self.y[k as usize * self.n_dim + j]));
        }
    }
}

/// Numbers in random order, again and again.
pub(crate) struct Shuffler {
    numbers: Vec<u32>,
    next: usize,
}

impl Shuffler {
    pub fn new(numbers: impl Iterator<Item = usize>) -> Self {
        let numbers: Vec<u32> = numbers.map(|k| k as u32).collect();
        Self {
            next: numbers.len(),
            numbers,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The next `n` numbers, reshuffled when they are used up.
    pub(crate) fn next_batch(&mut self, n: usize, stream: &mut Stream, indices: &mut Vec<u32>) {
        indices.clear();
        while indices.len() < n && !self.numbers.is_empty() {
            if self.next == self.numbers.len() {
                stream.shuffle(&mut self.numbers);
                self.next = 0;
            }
            let take = (n - indices.len()).min(self.numbers.len() - self.next);
            indices.extend_from_slice(&self.numbers[self.next..self.next + take]);
            self.next += take;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn the_oldest_rounds_but_the_first_are_forgotten() {
        let mut buffer = Buffer::new(1);
        for round in 0..6 {
            buffer.begin_round(25);
            let y = [f64::from(round) / 8.0; 10];
            buffer.extend(&y, &[f64::from(round) + 1.0; 10], &[1.0; 10]);
        }
        let rounds: Vec<f64> = buffer.value().iter().step_by(10).copied().collect();
        assert_eq!(rounds, [1.0, 5.0, 6.0]);
        assert_eq!(buffer.latest(1), 20..30);
        assert_eq!(buffer.latest(2), 10..30);
        assert_eq!(buffer.first(), 0..10);
        let mut y = Vec::new();
        buffer.gather(&[0, 29], &mut y);
        assert_eq!(y, [0.0, 0.625]);
    }

    #[test]
    fn points_of_value_zero_are_not_kept() {
        let mut buffer = Buffer::new(2);
        buffer.begin_round(100);
        buffer.extend(&[0.1, 0.2, 0.3, 0.4], &[0.0, 3.0], &[1.0, 2.0]);
        assert_eq!((buffer.value(), buffer.q()), (&[3.0][..], &[2.0][..]));
        let mut y = Vec::new();
        buffer.gather(&[0], &mut y);
        assert_eq!(y, [0.2, 0.4]);
    }

    #[test]
    fn every_point_is_used_once_before_any_is_used_again() {
        let mut shuffler = Shuffler::new(5..12);
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        let mut indices = Vec::new();
        shuffler.next_batch(14, &mut stream, &mut indices);
        for half in indices.chunks_mut(7) {
            half.sort_unstable();
            assert_eq!(half, [5, 6, 7, 8, 9, 10, 11]);
        }
    }
}
