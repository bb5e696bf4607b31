//! A batch of momenta in structure-of-arrays layout, and single four-vectors.

use crate::compute::simd::LanesF64;
use crate::elementary::Elementary;

/// A four-momentum `(E, px, py, pz)` in GeV.
pub type FourVector = [f64; 4];

/// Momenta of `n_ext` legs for `n_batch` points.
///
/// Component `mu` of leg `i` of point `k` is `data[(i * 4 + mu) * n_batch + k]`:
/// shape `[n_ext, 4, n_batch]`, GeV, the batch axis contiguous.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MomentumBatch {
    /// The numbers.
    pub data: Vec<f64>,
    /// Number of legs.
    pub n_ext: usize,
    /// Number of points.
    pub n_batch: usize,
}

impl MomentumBatch {
    /// An all-zero batch.
    pub fn zeros(n_ext: usize, n_batch: usize) -> Self {
        Self {
            data: vec![0.0; 4 * n_ext * n_batch],
            n_ext,
            n_batch,
        }
    }

    /// A batch from points, each a list of legs.
    ///
    /// # Panics
    /// If the points have different numbers of legs.
    pub fn from_points(points: &[Vec<FourVector>]) -> Self {
        let n_ext = points.first().map_or(0, Vec::len);
        let mut batch = Self::zeros(n_ext, points.len());
        for (k, legs) in points.iter().enumerate() {
            assert_eq!(legs.len(), n_ext, "point {k} has another number of legs");
            for (i, p) in legs.iter().enumerate() {
                batch.set(i, k, *p);
            }
        }
        batch
    }

    /// Component `mu` of leg `leg` for all points, `[n_batch]`.
    pub fn component(&self, leg: usize, mu: usize) -> &[f64] {
        let at = (leg * 4 + mu) * self.n_batch;
        &self.data[at..at + self.n_batch]
    }

    /// Component `mu` of leg `leg` for all points, to be written.
    pub(crate) fn component_mut(&mut self, leg: usize, mu: usize) -> &mut [f64] {
        let at = (leg * 4 + mu) * self.n_batch;
        &mut self.data[at..at + self.n_batch]
    }

    /// Momentum of leg `leg` at point `k`.
    pub fn get(&self, leg: usize, k: usize) -> FourVector {
        std::array::from_fn(|mu| self.data[(leg * 4 + mu) * self.n_batch + k])
    }

    /// Sets the momentum of leg `leg` at point `k`.
    pub fn set(&mut self, leg: usize, k: usize, p: FourVector) {
        for (mu, value) in p.into_iter().enumerate() {
            self.data[(leg * 4 + mu) * self.n_batch + k] = value;
        }
    }

    /// The points `index[0], index[1], ...` as a new batch.
    pub fn select(&self, index: &[usize]) -> Self {
        let mut out = Self::default();
        self.select_into(index, &mut out);
        out
    }

    /// The same in memory that is reused.
    pub(crate) fn select_into(&self, index: &[usize], out: &mut Self) {
        (out.n_ext, out.n_batch) = (self.n_ext, index.len());
        out.data.resize(4 * self.n_ext * index.len(), 0.0);
        for row in 0..4 * self.n_ext {
            let from = &self.data[row * self.n_batch..(row + 1) * self.n_batch];
            let to = &mut out.data[row * index.len()..(row + 1) * index.len()];
            for (t, &k) in to.iter_mut().zip(index) {
                *t = from[k];
            }
        }
    }
}

/// Momenta of points that lie in the memory of somebody else, coordinate by coordinate or
/// point by point.
///
/// Component `mu` of leg `i` of point `k` is `data[i * leg + mu * component + k * point]`
/// with the strides of the view.
#[derive(Clone, Copy, Debug)]
pub struct MomentumView<'a> {
    data: &'a [f64],
    n_ext: usize,
    n_batch: usize,
    leg: usize,
    component: usize,
    point: usize,
}

impl<'a> MomentumView<'a> {
    /// Points that lie one after the other, `[n_batch, n_ext, 4]`.
    ///
    /// # Panics
    /// If they are not whole.
    pub fn by_point(data: &'a [f64], n_ext: usize) -> Self {
        let size = 4 * n_ext;
        assert!(
            size > 0 && data.len().is_multiple_of(size),
            "points of {n_ext} legs"
        );
        Self {
            data,
            n_ext,
            n_batch: data.len() / size,
            leg: 4,
            component: 1,
            point: size,
        }
    }

    /// Number of legs.
    pub fn n_ext(&self) -> usize {
        self.n_ext
    }

    /// Number of points.
    pub fn n_batch(&self) -> usize {
        self.n_batch
    }

    /// Momentum of leg `leg` at point `k`.
    pub fn get(&self, leg: usize, k: usize) -> FourVector {
        let at = leg * self.leg + k * self.point;
        std::array::from_fn(|mu| self.data[at + mu * self.component])
    }

    /// Copies `here` points from `first` on into rows of `n` numbers, `[n_ext, 4, n]`; missing
    /// points repeat the last one.
    ///
    /// # Panics
    /// If there are not so many points, none, or more than `n`.
    ///
    /// # Safety
    /// `to` holds all rows; the instruction set of `W` is there.
    #[inline(always)]
    pub(crate) unsafe fn rows_into<W: LanesF64>(self, [first, here, n]: [usize; 3], to: *mut f64) {
        assert!(here > 0 && here <= n && first + here <= self.n_batch);
        for leg in 0..self.n_ext {
            if self.point != 1 {
                // SAFETY: as below.
                unsafe { self.turn::<W>(leg, [first, here, n], to.add(4 * leg * n)) };
                continue;
            }
            for mu in 0..4 {
                let at = leg * self.leg + mu * self.component + first;
                let from = &self.data[at..at + here];
                for k in 0..n {
                    // SAFETY: `to` holds n numbers for each of the 4 n_ext rows.
                    unsafe { *to.add((4 * leg + mu) * n + k) = from[k.min(here - 1)] };
                }
            }
        }
    }

    /// The same for one leg of points that lie one after the other, four at a time where there
    /// are as many.
    #[inline(always)]
    unsafe fn turn<W: LanesF64>(self, leg: usize, [first, here, n]: [usize; 3], to: *mut f64) {
        let (begin, size) = (first * self.point + leg * self.leg, self.point);
        let from = &self.data[begin..begin + (here - 1) * size + 4];
        let mut k = 0;
        while k + 4 <= here {
            // SAFETY: four numbers from k times the size on are those of a point of `from`, and
            // `to` holds n numbers for each of the 4 rows.
            unsafe {
                let at = from.as_ptr().add(k * size);
                let rows = [at, at.add(size), at.add(2 * size), at.add(3 * size)];
                W::turn(rows, to.add(k), n);
            }
            k += 4;
        }
        while k < n {
            let p = self.get(leg, first + k.min(here - 1));
            for mu in 0..4 {
                // SAFETY: as above, and k < n.
                unsafe { *to.add(mu * n + k) = p[mu] };
            }
            k += 1;
        }
    }

    /// The points `index[0], index[1], ...` as a batch.
    pub(crate) fn select(&self, index: &[usize]) -> MomentumBatch {
        let mut out = MomentumBatch::zeros(self.n_ext, index.len());
        for leg in 0..self.n_ext {
            for (to, &k) in index.iter().enumerate() {
                out.set(leg, to, self.get(leg, k));
            }
        }
        out
    }
}

impl<'a> From<&'a MomentumBatch> for MomentumView<'a> {
    fn from(batch: &'a MomentumBatch) -> Self {
        Self {
            data: &batch.data,
            n_ext: batch.n_ext,
            n_batch: batch.n_batch,
            leg: 4 * batch.n_batch,
            component: batch.n_batch,
            point: 1,
        }
    }
}

/// Momenta turned about the z axis by `angle`, in radians.
pub(crate) fn turn_z(momenta: &MomentumBatch, angle: f64) -> MomentumBatch {
    let (sin, cos) = angle.sin_cos_same();
    let mut turned = momenta.clone();
    for leg in 0..momenta.n_ext {
        for k in 0..momenta.n_batch {
            let [e, x, y, z] = momenta.get(leg, k);
            turned.set(leg, k, [e, cos * x - sin * y, sin * x + cos * y, z]);
        }
    }
    turned
}

/// Minkowski product with metric (+, -, -, -).
pub fn dot(a: FourVector, b: FourVector) -> f64 {
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
}
