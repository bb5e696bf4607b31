//! Horizontal bars with names and values.
//!
//! Knows numbers and labels; knows no physics.

use super::label::Label;
use super::style::PALETTE;
use super::svg::{Anchor, Svg, num};

const SIZE: f64 = 12.0;
const WIDTH: f64 = 460.0;
const ROW: f64 = 20.0;
/// Widest name beside a bar, in pixels; wider ones stand above their bars.
const MOST_NAME: f64 = 170.0;
/// Height of a name above a bar, and smallest size of it.
const ABOVE: f64 = 16.0;
const LEAST: f64 = 8.5;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Before it.
    pub name: Label,
    /// Its length.
    pub value: f64,
    /// Error of it; 0 for none.
    pub error: f64,
    /// Behind it.
    pub text: Label,
    /// Colour, counted from 0.
    pub colour: usize,
}

/// Bars below each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    /// What it shows.
    pub title: Label,
    /// From above to below.
    pub bars: Vec<Bar>,
}

impl BarChart {
    /// Draws it.
    pub fn draw(&self) -> Svg {
        let top = 28.0;
        let names = self.bars.iter().map(|b| SIZE * b.name.width());
        let names = names.fold(0.0, f64::max);
        let (left, above) = match names <= MOST_NAME {
            true => (names + 12.0, 0.0),
            false => (12.0, ABOVE),
        };
        let end = top + (ROW + above) * self.bars.len() as f64;
        let mut svg = Svg::new(WIDTH, end + 8.0, &self.title.text());
        let title = self.title.cut_to((WIDTH - 8.0) / 13.0);
        svg.text([4.0, 16.0], Anchor::Start, 13.0, &title);
        let largest = (self.bars.iter())
            .map(|b| b.value.abs() + b.error)
            .filter(|x| x.is_finite())
            .fold(f64::MIN_POSITIVE, f64::max);
        let values = self.bars.iter().map(|b| SIZE * b.text.width());
        let room = (WIDTH - left - values.fold(0.0, f64::max) - 12.0).max(20.0);
        let length = |x: f64| match x.is_finite() {
            true => room * x.max(0.0) / largest,
            false => 0.0,
        };
        for (k, bar) in self.bars.iter().enumerate() {
            let y = top + above + (ROW + above) * k as f64;
            match above > 0.0 {
                true => name_above(&bar.name, [left, y - 2.0], &mut svg),
                false => svg.text([left - 8.0, y + 13.0], Anchor::End, SIZE, &bar.name),
            }
            bar.draw([left, y], &length, &mut svg);
        }
        svg.line([left, top], [left, end], "axis");
        svg
    }
}

impl Bar {
    /// The bar with its error and its text, from this corner on.
    fn draw(&self, [left, y]: [f64; 2], length: &dyn Fn(f64) -> f64, svg: &mut Svg) {
        let value = self.value.abs();
        let class = format!("f{} band2", self.colour % PALETTE);
        svg.rect([left, y + 3.0], [length(value).max(1.0), ROW - 7.0], &class);
        let [low, high] = [value - self.error, value + self.error].map(length);
        if self.error > 0.0 {
            let (middle, class) = (y + 0.5 * (ROW - 1.0), format!("c{}", self.colour % PALETTE));
            let d = format!("M{} {}H{}", num(left + low), num(middle), num(left + high));
            svg.path(&d, &class);
        }
        let at = [left + length(value + self.error) + 6.0, y + 13.0];
        svg.text(at, Anchor::Start, SIZE, &self.text);
    }
}

/// A name with the width of the picture for itself: smaller if it is long, and cut only if it is
/// too long for that.
fn name_above(name: &Label, [left, y]: [f64; 2], svg: &mut Svg) {
    let room = WIDTH - left - 10.0;
    let size = SIZE.min(room / name.width().max(1.0)).max(LEAST);
    svg.text(
        [left + 6.0, y],
        Anchor::Start,
        size,
        &name.cut_to(room / size + 1e-9),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_have_room() {
        let bar = |name: &str, value: f64| Bar {
            name: name.into(),
            value,
            error: 0.1 * value,
            text: "123.45 ± 0.12 (55.5 %)".into(),
            colour: 0,
        };
        let chart = BarChart {
            title: "Cross sections".into(),
            bars: vec![
                bar("u u~ > e+ e- g", 1.0),
                bar(
                    "a subprocess with a name that is much too long to be shown",
                    1e-9,
                ),
                bar("", 0.0),
            ],
        };
        assert!(
            chart.draw().overlaps().is_empty(),
            "{:?}",
            chart.draw().overlaps()
        );
        // All of a name that is longer than the room beside a bar.
        assert!(
            chart
                .draw()
                .file()
                .contains("that is much too long to be shown</text>")
        );
        assert!(!BarChart::default().draw().file().contains("NaN"));
    }
}
