//! Horizontal bars with names and values.
//!
//! Knows numbers and labels; knows no physics.

use super::label::Label;
use super::style::PALETTE;
use super::svg::{Anchor, Svg, num};

const SIZE: f64 = 12.0;
const WIDTH: f64 = 460.0;
const ROW: f64 = 20.0;
/// Widest name in pixels.
const MOST_NAME: f64 = 170.0;

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
        let height = top + ROW * self.bars.len() as f64 + 8.0;
        let mut svg = Svg::new(WIDTH, height, &self.title.text());
        svg.text([4.0, 16.0], Anchor::Start, 13.0, &self.title);
        let names = self.bars.iter().map(|b| SIZE * b.name.width());
        let names = names.fold(0.0, f64::max).min(MOST_NAME);
        let left = names + 12.0;
        let largest = (self.bars.iter())
            .map(|b| b.value.abs() + b.error)
            .filter(|x| x.is_finite())
            .fold(f64::MIN_POSITIVE, f64::max);
        let values = self.bars.iter().map(|b| SIZE * b.text.width());
        let room = (WIDTH - left - values.fold(0.0, f64::max) - 12.0).max(20.0);
        for (k, bar) in self.bars.iter().enumerate() {
            let y = top + ROW * k as f64;
            let length = |x: f64| {
                if x.is_finite() {
                    room * x.max(0.0) / largest
                } else {
                    0.0
                }
            };
            let value = bar.value.abs();
            let name = shortened(&bar.name, names);
            svg.text([left - 8.0, y + 13.0], Anchor::End, SIZE, &name);
            let class = format!("f{} band2", bar.colour % PALETTE);
            svg.rect([left, y + 3.0], [length(value).max(1.0), ROW - 7.0], &class);
            let [low, high] = [value - bar.error, value + bar.error].map(length);
            if bar.error > 0.0 {
                let (middle, class) = (y + 0.5 * (ROW - 1.0), format!("c{}", bar.colour % PALETTE));
                let d = format!("M{} {}H{}", num(left + low), num(middle), num(left + high));
                svg.path(&d, &class);
            }
            svg.text(
                [left + length(value + bar.error) + 6.0, y + 13.0],
                Anchor::Start,
                SIZE,
                &bar.text,
            );
        }
        svg.line(
            [left, top],
            [left, top + ROW * self.bars.len() as f64],
            "axis",
        );
        svg
    }
}

/// A label that fits.
fn shortened(label: &Label, width: f64) -> Label {
    if SIZE * label.width() <= width + 1e-9 {
        return label.clone();
    }
    let mut text: Vec<char> = label.text().chars().collect();
    loop {
        text.pop();
        let cut = Label::from((text.iter().collect::<String>() + "…").as_str());
        if SIZE * cut.width() <= width || text.is_empty() {
            return cut;
        }
    }
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
        assert!(!BarChart::default().draw().file().contains("NaN"));
    }
}
