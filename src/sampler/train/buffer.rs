//! Points that were evaluated, kept with the density they were drawn with.
//!
//! Knows points before the grid and weights; knows no network.

use crate::rng::Stream;

/// Points of one training, the ones of value 0 only counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    n_dim: usize,
    /// Coordinates before the grid, `[n, n_dim]`.
    y: Vec<f32>,
    /// |integrand| over density of the grid, `[n]`.
    value: Vec<f64>,
    /// Density relative to the grid, `[n]`.
    q: Vec<f64>,
    /// Where each round begins, and how many points it has drawn.
    rounds: Vec<(usize, u64)>,
}

impl Buffer {
    pub(crate) fn new(n_dim: usize) -> Self {
        Self {
            n_dim,
            ..Default::default()
        }
    }

    /// Enters a round of points: `y` is `[n_dim, n]`, the others `[n]`.
    pub(crate) fn begin_round(&mut self) {
        self.rounds.push((self.value.len(), 0));
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
        if let Some(round) = self.rounds.last_mut() {
            round.1 += n as u64;
        }
    }

    /// Points that are not zero.
    pub(crate) fn n_kept(&self) -> usize {
        self.value.len()
    }

    /// Kept points of the last `n` rounds, and how many were drawn in them.
    pub(crate) fn latest(&self, n: usize) -> (std::ops::Range<usize>, u64) {
        let from = self.rounds.len().saturating_sub(n);
        let first = self.rounds.get(from).map_or(self.n_kept(), |r| r.0);
        let drawn = self.rounds[from..].iter().map(|r| r.1).sum();
        (first..self.n_kept(), drawn)
    }

    /// |integrand| over density of the grid of kept points.
    pub(crate) fn value(&self) -> &[f64] {
        &self.value
    }

    /// Density relative to the grid that kept points were drawn with.
    pub(crate) fn q(&self) -> &[f64] {
        &self.q
    }

    /// Coordinates of the points of these numbers, `[n_dim, n]`.
    pub(crate) fn gather(&self, points: &[u32], y: &mut Vec<f32>) {
        y.clear();
        for j in 0..self.n_dim {
            y.extend(points.iter().map(|&k| self.y[k as usize * self.n_dim + j]));
        }
    }
}

/// Numbers of a range in random order, again and again.
pub(crate) struct Deck {
    cards: Vec<u32>,
    next: usize,
}

impl Deck {
    pub(crate) fn new(range: std::ops::Range<usize>) -> Self {
        let cards: Vec<u32> = range.map(|k| k as u32).collect();
        Self {
            next: cards.len(),
            cards,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.cards.len()
    }

    /// The next `n` cards, reshuffled when they are used up.
    pub(crate) fn deal(&mut self, n: usize, stream: &mut Stream, hand: &mut Vec<u32>) {
        hand.clear();
        while hand.len() < n && !self.cards.is_empty() {
            if self.next == self.cards.len() {
                stream.shuffle(&mut self.cards);
                self.next = 0;
            }
            let take = (n - hand.len()).min(self.cards.len() - self.next);
            hand.extend_from_slice(&self.cards[self.next..self.next + take]);
            self.next += take;
        }
    }
}
