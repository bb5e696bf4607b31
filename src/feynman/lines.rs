//! Lines of Feynman diagrams as paths: straight, wavy, curly.
//!
//! Knows two ends; knows no particle.

use std::f64::consts::{PI, TAU};
use std::fmt::Write;

use super::enumerate::LineStyle;
use crate::picture::{Svg, num};

/// Length of a wave and its height, in pixels.
const WAVE: f64 = 9.0;
const WAVE_HEIGHT: f64 = 3.0;
/// Distance of curls, and half the height of one.
const CURL: f64 = 6.6;
const CURL_HEIGHT: f64 = 2.9;
/// Half the length of an arrow head and half its width.
const ARROW: [f64; 2] = [4.5, 3.2];

/// Draws a line between two points; with `arrow` from the first one to the second one.
pub(super) fn draw_line(
    svg: &mut Svg,
    style: LineStyle,
    from: [f64; 2],
    to: [f64; 2],
    arrow: bool,
) {
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    match style {
        LineStyle::Solid => svg.line(from, to, "wire"),
        LineStyle::Dashed => svg.line(from, to, "dashes"),
        LineStyle::Wavy => {
            // Half waves, so that both ends lie on the line.
            let n = (2.0 * length / WAVE).round().max(2.0);
            let wave = |t: f64| [length * t, WAVE_HEIGHT * (PI * n * t).sin()];
            svg.path(&curve(from, to, 2 * n as usize, wave), "wire");
        }
        LineStyle::Curly => {
            let n = (length / CURL).round().max(1.0);
            let curls = |t: f64| {
                let phase = TAU * n * t;
                // Curls lie on both sides of the line but for its ends, which they leave and
                // reach within a quarter of one.
                let ends = (4.0 * n * t).min(4.0 * n * (1.0 - t)).clamp(0.0, 1.0);
                let middle = 0.5 * (1.0 - (PI * ends).cos());
                let x = length * t - CURL_HEIGHT * phase.sin();
                [x, CURL_HEIGHT * (1.0 - phase.cos() - middle)]
            };
            svg.path(&curve(from, to, 8 * n as usize, curls), "wire");
        }
    }
    if arrow && style == LineStyle::Solid && length > 3.0 * ARROW[0] {
        let (x, y) = ((to[0] - from[0]) / length, (to[1] - from[1]) / length);
        let middle = [0.5 * (from[0] + to[0]), 0.5 * (from[1] + to[1])];
        let at = |along: f64, across: f64| {
            let px = middle[0] + along * x - across * y;
            let py = middle[1] + along * y + across * x;
            format!("{} {}", num(px), num(py))
        };
        let [half, wide] = ARROW;
        let d = format!(
            "M{}L{}L{}Z",
            at(half, 0.0),
            at(-half, wide),
            at(-half, -wide)
        );
        svg.path(&d, "ink");
    }
}

/// A curve along a line: `of` gives the place, along it and across, for 0 to 1.
fn curve(from: [f64; 2], to: [f64; 2], n_pieces: usize, of: impl Fn(f64) -> [f64; 2]) -> String {
    let length = (to[0] - from[0]).hypot(to[1] - from[1]).max(1e-9);
    let (x, y) = ((to[0] - from[0]) / length, (to[1] - from[1]) / length);
    let turned = |[along, across]: [f64; 2]| [along * x + across * y, along * y - across * x];
    let mut d = format!("M{} {}", num(from[0]), num(from[1]));
    let step = 1.0 / n_pieces as f64;
    let derivative = |t: f64| {
        let h = 1e-4 * step;
        let (a, b) = (of(t - h), of(t + h));
        [(b[0] - a[0]) / (2.0 * h), (b[1] - a[1]) / (2.0 * h)]
    };
    for k in 0..n_pieces {
        // Hermite's cubic through both ends.
        let [at, next] = [k, k + 1].map(|k| k as f64 * step);
        let (a, da) = (of(at), derivative(at));
        let (b, db) = (of(next), derivative(next));
        let control = |p: [f64; 2], v: [f64; 2], sign: f64| {
            let shift = sign * step / 3.0;
            let [u, w] = turned([p[0] + shift * v[0], p[1] + shift * v[1]]);
            format!("{} {}", num(from[0] + u), num(from[1] + w))
        };
        write!(
            d,
            "C{} {} {}",
            control(a, da, 1.0),
            control(b, db, -1.0),
            control(b, db, 0.0)
        )
        .expect("writing to a string cannot fail");
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_begin_and_end_where_they_should() {
        for style in [LineStyle::Wavy, LineStyle::Curly] {
            let mut svg = Svg::new(100.0, 100.0, "");
            draw_line(&mut svg, style, [10.0, 20.0], [70.0, 100.0], false);
            let text = svg.inline();
            assert!(text.contains("d=\"M10 20C"), "{text}");
            assert!(text.contains(" 70 100\""), "{text}");
        }
    }

    #[test]
    fn arrows_are_for_fermions() {
        let paths = |style: LineStyle, arrow: bool| {
            let mut svg = Svg::new(100.0, 100.0, "");
            draw_line(&mut svg, style, [0.0, 0.0], [50.0, 0.0], arrow);
            svg.inline().matches("class=\"ink\"").count()
        };
        assert_eq!(paths(LineStyle::Solid, true), 1);
        assert_eq!(
            paths(LineStyle::Solid, false) + paths(LineStyle::Wavy, true),
            0
        );
    }
}
