//! One tensor operation for all splines of a block, with its derivative.
//!
//! Knows tensors of any back end; knows no network. Automatic differentiation
//! would keep some fifty intermediate tensors per block; taken by hand, the
//! derivative needs the dozen that are kept here. The formulas are those of the
//! fused loop (`docs/src/theory/flows.md`).

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};

use crate::sampler::flow::spline::{LEAST_BIN, LEAST_SLOPE};

fn tensor<B: Backend, const D: usize>(primitive: B::FloatTensorPrimitive) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

fn primitive<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> B::FloatTensorPrimitive {
    tensor.into_primitive().tensor()
}

/// What the derivative needs; `[n_bins, n_changed, n]` and `[1, n_changed, n]`.
#[derive(Clone, Debug)]
struct Kept<B: Backend> {
    /// Normalised exponentials: widths, heights.
    shares: [Tensor<B, 3>; 2],
    /// 1 for bins below that of the point.
    below: Tensor<B, 3>,
    /// 1 for the bin of the point.
    here: Tensor<B, 3>,
    t: Tensor<B, 3>,
    w: Tensor<B, 3>,
    h: Tensor<B, 3>,
    /// Slopes at both knots, before the rectifier.
    r: [Tensor<B, 3>; 2],
}

fn free(n_bins: usize) -> f64 {
    1.0 - n_bins as f64 * LEAST_BIN
}

/// `[1, n_changed, n]` for each of `n_bins` bins. On the processor a copy is
/// some fifty times faster than what broadcasting costs the operation after it.
fn spread<B: Backend>(x: Tensor<B, 3>, n_bins: usize) -> Tensor<B, 3> {
    let [_, m, n] = x.dims();
    if B::name(&x.device()).contains("flex") {
        Tensor::cat(vec![x; n_bins], 0) // [n_bins, n_changed, n]
    } else {
        x.expand([n_bins, m, n]) // [n_bins, n_changed, n]
    }
}

fn shares<B: Backend>(raw: Tensor<B, 3>) -> Tensor<B, 3> {
    let n_bins = raw.dims()[0];
    let top = raw.clone().max_dim(0); // [1, n_changed, n]
    let e = (raw - spread(top, n_bins)).exp(); // [n_bins, n_changed, n]
    let sum = e.clone().sum_dim(0); // [1, n_changed, n]
    e * spread(sum.recip(), n_bins)
}

/// `(r + sqrt(r^2 + 4)) / 2`, with the least slope; and the root.
fn slope<B: Backend>(r: &Tensor<B, 3>) -> (Tensor<B, 3>, Tensor<B, 3>) {
    let root = (r.clone() * r.clone()).add_scalar(4.0).sqrt();
    let slope = (r.clone() + root.clone())
        .mul_scalar(0.5 * (1.0 - LEAST_SLOPE))
        .add_scalar(LEAST_SLOPE);
    (slope, root)
}

/// Sum over bins of the bin of the point: `[1, n_changed, n]`.
fn chosen<B: Backend>(mask: &Tensor<B, 3>, values: Tensor<B, 3>) -> Tensor<B, 3> {
    (mask.clone() * values).sum_dim(0)
}

/// Values and log slopes: `[2, n_changed, n]`, and what the derivative needs.
fn forward<B: Backend>(
    raw: Tensor<B, 3>,
    x: Tensor<B, 3>,
    n_bins: usize,
) -> (Tensor<B, 3>, Kept<B>) {
    let [_, m, n] = raw.dims();
    // Rows of the first dimension lie together: such a part is no copy.
    let part = |from: usize, to: usize| raw.clone().slice([from..to, 0..m, 0..n]);
    let share_w = shares(part(0, n_bins)); // [n_bins, n_changed, n]
    let share_h = shares(part(n_bins, 2 * n_bins)); // [n_bins, n_changed, n]
    let size = |s: &Tensor<B, 3>| s.clone().mul_scalar(free(n_bins)).add_scalar(LEAST_BIN);
    let (widths, heights) = (size(&share_w), size(&share_h));
    let ends = widths.clone().cumsum(0).slice([0..n_bins - 1, 0..m, 0..n]); // [n_bins - 1, n_changed, n]
    let device = raw.device();
    let beyond = spread(x.clone(), n_bins - 1).greater_equal(ends).float(); // [n_bins - 1, n_changed, n]
    let edge = |value: f64| Tensor::<B, 3>::full([1, m, n], value, &device);
    let below = Tensor::cat(vec![beyond.clone(), edge(0.0)], 0); // [n_bins, n_changed, n]
    let here = Tensor::cat(vec![edge(1.0), beyond], 0) - below.clone(); // [n_bins, n_changed, n]
    let w = chosen(&here, widths.clone());
    let h = chosen(&here, heights.clone());
    let x0 = chosen(&below, widths);
    let z0 = chosen(&below, heights);
    let r0 = chosen(&here, part(2 * n_bins, 3 * n_bins));
    let r1 = chosen(&here, part(2 * n_bins + 1, 3 * n_bins + 1));
    let (d0, d1) = (slope(&r0).0, slope(&r1).0);
    let s = h.clone() / w.clone();
    let t = ((x - x0) / w.clone()).clamp(0.0, 1.0);
    let v = t.clone().neg().add_scalar(1.0);
    let u = t.clone() * v.clone();
    let bend = d0.clone() + d1.clone() - s.clone().mul_scalar(2.0);
    let denominator = s.clone() + bend * u.clone();
    let t2 = t.clone() * t.clone();
    let numerator = s.clone() * t2.clone() + d0.clone() * u.clone();
    let z = (z0 + h.clone() * numerator / denominator.clone()).clamp(0.0, 1.0);
    let ratio = s.clone() / denominator;
    let top = d1 * t2 + (s * u).mul_scalar(2.0) + d0 * v.clone() * v;
    let log_slope = (ratio.clone() * ratio * top).log();
    let kept = Kept {
        shares: [share_w, share_h],
        below,
        here,
        t,
        w,
        h,
        r: [r0, r1],
    };
    (Tensor::cat(vec![z, log_slope], 0), kept)
}

/// Derivatives by the outputs of the network and by the coordinates.
fn backward<B: Backend>(k: Kept<B>, by_out: Tensor<B, 3>) -> (Tensor<B, 3>, Tensor<B, 3>) {
    let [n_bins, m, n] = k.here.dims();
    let by_z = by_out.clone().slice([0..1, 0..m, 0..n]); // [1, n_changed, n]
    let by_log = by_out.slice([1..2, 0..m, 0..n]); // [1, n_changed, n]
    let [r0, r1] = k.r;
    let ((d0, root0), (d1, root1)) = (slope(&r0), slope(&r1));
    let (t, w, h) = (k.t, k.w, k.h);
    let s = h.clone() / w.clone();
    let v = t.clone().neg().add_scalar(1.0);
    let u = t.clone() * v.clone();
    let t2 = t.clone() * t.clone();
    let v2 = v.clone() * v.clone();
    let bend = d0.clone() + d1.clone() - s.clone().mul_scalar(2.0);
    let denominator = s.clone() + bend.clone() * u.clone();
    let numerator = s.clone() * t2.clone() + d0.clone() * u.clone();
    let top =
        d1.clone() * t2.clone() + (s.clone() * u.clone()).mul_scalar(2.0) + d0.clone() * v2.clone();
    let share = numerator / denominator.clone();
    let by_numerator = by_z.clone() * h.clone() / denominator.clone();
    let by_denominator = (by_numerator.clone() * share.clone()).neg()
        - (by_log.clone() / denominator).mul_scalar(2.0);
    let by_top = by_log.clone() / top;
    let by_s = by_numerator.clone() * t2.clone()
        + by_denominator.clone() * u.clone().mul_scalar(-2.0).add_scalar(1.0)
        + (by_top.clone() * u.clone() + by_log / s.clone()).mul_scalar(2.0);
    let both = by_numerator.clone() + by_denominator.clone();
    let by_d0 = both * u.clone() + by_top.clone() * v2;
    let by_d1 = by_denominator.clone() * u + by_top.clone() * t2;
    let by_u = by_numerator.clone() * d0.clone()
        + by_denominator * bend
        + (by_top.clone() * s.clone()).mul_scalar(2.0);
    let by_t = (by_numerator * s * t.clone()).mul_scalar(2.0)
        + by_u * t.clone().mul_scalar(-2.0).add_scalar(1.0)
        + (by_top * (d1 * t.clone() - d0 * v)).mul_scalar(2.0);
    let by_x = by_t / w.clone();
    let by_w = (by_x.clone() * t).neg() - by_s.clone() * h / (w.clone() * w.clone());
    let by_h = by_s / w + by_z.clone() * share;

    // Through the knots and the normalised exponentials.
    let through = |share: &Tensor<B, 3>, below: Tensor<B, 3>, here: Tensor<B, 3>| {
        let g = k.below.clone() * spread(below, n_bins) + k.here.clone() * spread(here, n_bins); // [n_bins, n_changed, n]
        let mean = (share.clone() * g.clone()).sum_dim(0); // [1, n_changed, n]
        share.clone().mul_scalar(free(n_bins)) * (g - spread(mean, n_bins))
    };
    let raw_w = through(&k.shares[0], by_x.clone().neg(), by_w);
    let raw_h = through(&k.shares[1], by_z, by_h);
    let by_raw = |r: Tensor<B, 3>, root: Tensor<B, 3>| {
        (r / root)
            .add_scalar(1.0)
            .mul_scalar(0.5 * (1.0 - LEAST_SLOPE))
    };
    let none = Tensor::<B, 3>::zeros([1, m, n], &k.here.device());
    let left = k.here.clone() * spread(by_d0 * by_raw(r0, root0), n_bins); // [n_bins, n_changed, n]
    let right = k.here * spread(by_d1 * by_raw(r1, root1), n_bins); // [n_bins, n_changed, n]
    let raw_slope = Tensor::cat(vec![left, none.clone()], 0) + Tensor::cat(vec![none, right], 0);
    (Tensor::cat(vec![raw_w, raw_h, raw_slope], 0), by_x)
}

#[derive(Debug)]
struct Splines;

impl<B: Backend> Backward<B, 2> for Splines {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [raw, x] = ops.parents;
        let by_out = tensor::<B, 3>(grads.consume::<B>(&ops.node));
        let (by_raw, by_x) = backward(ops.state, by_out);
        if let Some(raw) = raw {
            grads.register::<B>(raw.id, primitive(by_raw));
        }
        if let Some(x) = x {
            grads.register::<B>(x.id, primitive(by_x));
        }
    }
}

/// Splines at `x`, `[1, n_changed, n]`, from the outputs of a network,
/// `[3 n_bins + 1, n_changed, n]`: values and log slopes, `[2, n_changed, n]`.
pub(crate) fn splines<B: Backend>(
    raw: Tensor<Autodiff<B>, 3>,
    x: Tensor<Autodiff<B>, 3>,
    n_bins: usize,
) -> Tensor<Autodiff<B>, 3> {
    let (raw, x) = (raw.into_primitive().tensor(), x.into_primitive().tensor());
    let (out, kept) = forward(
        tensor::<B, 3>(raw.primitive.clone()),
        tensor::<B, 3>(x.primitive.clone()),
        n_bins,
    );
    let out = primitive(out);
    let done = match Splines
        .prepare::<NoCheckpointing>([raw.node.clone(), x.node.clone()])
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(prep) => prep.finish(kept, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Tensor::from_primitive(TensorPrimitive::Float(done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};
    use burn::backend::Flex;
    use burn::tensor::TensorData;

    type B = Autodiff<Flex>;

    /// `sum(out * weight)` and its derivatives by `raw` and `x`.
    fn objective(raw: &[f32], x: &[f32], weight: &[f32]) -> (f64, Vec<f32>, Vec<f32>) {
        let device = Default::default();
        let raw = Tensor::<B, 3>::from_data(TensorData::new(raw.to_vec(), [16, 2, 4]), &device)
            .require_grad();
        let x = Tensor::<B, 3>::from_data(TensorData::new(x.to_vec(), [1, 2, 4]), &device)
            .require_grad();
        let weight =
            Tensor::<B, 3>::from_data(TensorData::new(weight.to_vec(), [2, 2, 4]), &device);
        let out = splines::<Flex>(raw.clone(), x.clone(), 5) * weight;
        let terms: Vec<f32> = out.clone().into_data().to_vec().unwrap();
        let grads = out.sum().backward();
        let of = |t: &Tensor<B, 3>| t.grad(&grads).unwrap().into_data().to_vec().unwrap();
        (terms.iter().map(|&t| f64::from(t)).sum(), of(&raw), of(&x))
    }

    #[test]
    fn derivatives_are_limits_of_differences() {
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        let mut numbers = |n: usize, scale: f64, shift: f64| -> Vec<f32> {
            (0..n)
                .map(|_| (shift + scale * (stream.uniform() - 0.5)) as f32)
                .collect()
        };
        let raw = numbers(2 * 16 * 4, 2.0, 0.0);
        let x = numbers(2 * 4, 0.9, 0.5);
        let weight = numbers(2 * 2 * 4, 2.0, 0.0);
        let (_, by_raw, by_x) = objective(&raw, &x, &weight);
        let step = 2e-3f32;
        let moved = |v: &[f32], k: usize, by: f32| {
            let mut v = v.to_vec();
            v[k] += by;
            v
        };
        for k in 0..raw.len() {
            let high = objective(&moved(&raw, k, step), &x, &weight).0;
            let low = objective(&moved(&raw, k, -step), &x, &weight).0;
            let difference = (high - low) / f64::from(2.0 * step);
            let error = difference - f64::from(by_raw[k]);
            assert!(error.abs() < 3e-3, "raw {k}: {difference} {}", by_raw[k]);
        }
        for k in 0..x.len() {
            let high = objective(&raw, &moved(&x, k, step), &weight).0;
            let low = objective(&raw, &moved(&x, k, -step), &weight).0;
            let difference = (high - low) / f64::from(2.0 * step);
            let error = difference - f64::from(by_x[k]);
            assert!(error.abs() < 3e-2, "x {k}: {difference} {}", by_x[k]);
        }
    }
}
