//! Rapidity of a system that comes out of a collision: about those before it,
//! between the walls, and not too close to any of them.
//!
//! Knows limits, distances and the coordinate; knows no momentum.

use super::bounds::MAX_OUT;

/// Scale of the rapidity of a system relative to those before it.
const SPREAD: f64 = 3.0;

/// Where a rapidity may be: intervals in ascending order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    intervals: [(f64, f64); MAX_OUT],
    n: usize,
}

impl Room {
    /// One interval; empty if the limits are in the wrong order or no numbers.
    #[inline(always)]
    pub fn new(lo: f64, hi: f64) -> Self {
        let mut intervals = [(0.0, 0.0); MAX_OUT];
        intervals[0] = (lo, hi);
        Self {
            intervals,
            n: usize::from(lo < hi),
        }
    }

    /// Takes away what is further than `distance` from `y`.
    #[inline(always)]
    pub(crate) fn keep_within(&mut self, y: f64, distance: f64) {
        let before = *self;
        self.n = 0;
        for &(lo, hi) in &before.intervals[..before.n] {
            let (lo, hi) = (lo.max(y - distance), hi.min(y + distance));
            if lo < hi {
                self.intervals[self.n] = (lo, hi);
                self.n += 1;
            }
        }
    }

    /// Takes away what is closer than `distance` to `y`; at most `MAX_OUT - 1`
    /// times, each of which adds no more than one interval.
    #[inline(always)]
    pub(crate) fn keep_away(&mut self, y: f64, distance: f64) {
        if distance <= 0.0 {
            return;
        }
        let (from, to) = (y - distance, y + distance);
        let before = *self;
        self.n = 0;
        for &(lo, hi) in &before.intervals[..before.n] {
            for (lo, hi) in [(lo, hi.min(from)), (lo.max(to), hi)] {
                if lo < hi {
                    self.intervals[self.n] = (lo, hi);
                    self.n += 1;
                }
            }
        }
    }

    fn all(&self) -> &[(f64, f64)] {
        &self.intervals[..self.n]
    }
}

/// Density `(1 + ((y - centre)/SPREAD)^2)^(-3/2)` where there is room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rapidity {
    pub centre: f64,
}

impl Rapidity {
    #[inline(always)]
    fn cumulative(self, y: f64) -> f64 {
        let x = (y - self.centre) / SPREAD;
        x / (1.0 + x * x).sqrt()
    }

    #[inline(always)]
    fn length(self, room: &Room) -> f64 {
        let one = |&(lo, hi): &(f64, f64)| self.cumulative(hi) - self.cumulative(lo);
        room.all().iter().map(one).sum()
    }

    /// From a coordinate in [0, 1) to the rapidity and `dy/dr`; `None` without
    /// room.
    #[inline(always)]
    pub fn forward(self, r: f64, room: &Room) -> Option<(f64, f64)> {
        let length = self.length(room);
        let mut left = r * length;
        for (k, &(lo, hi)) in room.all().iter().enumerate() {
            let (a, b) = (self.cumulative(lo), self.cumulative(hi));
            if left < b - a || k + 1 == room.n {
                let c = a + left;
                let root = (1.0 - c * c).max(f64::MIN_POSITIVE).sqrt();
                let y = (self.centre + SPREAD * c / root).clamp(lo, hi);
                return Some((y, SPREAD * length / (root * root * root)));
            }
            left -= b - a;
        }
        None
    }

    /// From a rapidity to the coordinate and `dr/dy`; `None` where there is no
    /// room, beyond a `slack`.
    #[inline(always)]
    pub fn inverse(self, y: f64, room: &Room, slack: f64) -> Option<(f64, f64)> {
        let length = self.length(room);
        let mut before = 0.0;
        for &(lo, hi) in room.all() {
            let (a, b) = (self.cumulative(lo), self.cumulative(hi));
            if y > lo - slack && y < hi + slack {
                let c = self.cumulative(y.clamp(lo, hi));
                let root = (1.0 - c * c).max(f64::MIN_POSITIVE).sqrt();
                let r = (before + c - a) / length;
                return Some((r, root * root * root / (SPREAD * length)));
            }
            before += b - a;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The map covers the room and nothing else, and its inverse inverts.
    fn covers(room: &Room, length: f64) {
        let map = Rapidity { centre: 0.7 };
        let n = 20_000;
        let mut sum = 0.0;
        for k in 0..n {
            let r = (f64::from(k) + 0.5) / f64::from(n);
            let (y, det) = map.forward(r, room).expect("there is room");
            assert!(room.all().iter().any(|i| y >= i.0 && y <= i.1), "{y}");
            let (back, det_inv) = map.inverse(y, room, 1e-12).expect("it is in the room");
            assert!((back - r).abs() < 1e-11 && (det * det_inv - 1.0).abs() < 1e-9);
            sum += det / f64::from(n);
        }
        assert!((sum - length).abs() < 1e-3, "{sum} {length}");
    }

    #[test]
    fn the_map_inverts_and_is_normalised() {
        let mut room = Room::new(-4.0, 6.0);
        covers(&room, 10.0);
        room.keep_away(1.0, 0.4);
        covers(&room, 9.2);
        room.keep_away(1.5, 0.4);
        covers(&room, 8.7);
        room.keep_away(-4.2, 0.5);
        covers(&room, 8.4);
        assert!(Rapidity { centre: 0.7 }.inverse(1.2, &room, 1e-9).is_none());
        room.keep_away(1.0, 20.0);
        assert!(Rapidity { centre: 0.7 }.forward(0.5, &room).is_none());
        assert!(
            Rapidity { centre: 0.7 }
                .forward(0.5, &Room::new(f64::NAN, 1.0))
                .is_none()
        );
    }
}
