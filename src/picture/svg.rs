//! A picture as text: lines, paths, rectangles and labels.
//!
//! Remembers the boxes of its labels, so that overlaps can be told. Knows coordinates in
//! pixels, y downwards; knows no data.

use std::fmt::Write;

use super::label::Label;
use super::style::plain_style;

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The left one.
    Start,
    /// The middle.
    Middle,
    /// The right one.
    End,
}

/// A picture while it is drawn.
#[derive(Clone, Debug, Default)]
pub struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
    /// Left, top, right, bottom of each label.
    boxes: Vec<[f64; 4]>,
}

const INFALLIBLE: &str = "writing to a string cannot fail";

impl Svg {
    /// An empty picture; `title` says to those who do not see it what it shows.
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        Self {
            width,
            height,
            title: title.to_owned(),
            ..Self::default()
        }
    }

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// A straight line.
    pub fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) {
        writeln!(
            self.body,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{class}\"/>",
            num(x1),
            num(y1),
            num(x2),
            num(y2)
        )
        .expect(INFALLIBLE);
    }

    /// A path in the language of SVG.
    pub fn path(&mut self, d: &str, class: &str) {
        writeln!(self.body, "<path d=\"{d}\" class=\"{class}\"/>").expect(INFALLIBLE);
    }

    /// A broken line through points.
    pub fn polyline(&mut self, points: &[[f64; 2]], class: &str) {
        if points.len() > 1 {
            self.path(&path_of(points), class);
        }
    }

    /// A rectangle.
    pub fn rect(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], class: &str) {
        writeln!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{class}\"/>",
            num(x),
            num(y),
            num(width.max(0.0)),
            num(height.max(0.0))
        )
        .expect(INFALLIBLE);
    }

    /// A disc.
    pub fn circle(&mut self, [x, y]: [f64; 2], radius: f64, class: &str) {
        writeln!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{class}\"/>",
            num(x),
            num(y),
            num(radius)
        )
        .expect(INFALLIBLE);
    }

    /// A label whose base line is at `y`.
    pub fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, size: f64, label: &Label) {
        if label.text().is_empty() {
            return;
        }
        let width = size * label.width();
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - 0.5 * width,
            Anchor::End => x - width,
        };
        self.boxes
            .push([left, y - 0.8 * size, left + width, y + 0.25 * size]);
        self.write_text("", [x, y], anchor, size, label);
    }

    /// A label turned to read upwards.
    pub fn text_upwards(&mut self, [x, y]: [f64; 2], anchor: Anchor, size: f64, label: &Label) {
        let width = size * label.width();
        let bottom = match anchor {
            Anchor::Start => y,
            Anchor::Middle => y + 0.5 * width,
            Anchor::End => y + width,
        };
        self.boxes
            .push([x - 0.8 * size, bottom - width, x + 0.25 * size, bottom]);
        let turn = format!(" transform=\"rotate(-90 {} {})\"", num(x), num(y));
        self.write_text(&turn, [x, y], anchor, size, label);
    }

    fn write_text(
        &mut self,
        turn: &str,
        [x, y]: [f64; 2],
        anchor: Anchor,
        size: f64,
        label: &Label,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        writeln!(
            self.body,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{turn}>{}</text>",
            num(x),
            num(y),
            num(size),
            label.svg(size)
        )
        .expect(INFALLIBLE);
    }

    /// Puts another picture inside, its upper left corner at a place.
    pub fn insert(&mut self, [x, y]: [f64; 2], other: &Self) {
        writeln!(
            self.body,
            "<g transform=\"translate({} {})\">\n{}</g>",
            num(x),
            num(y),
            other.body
        )
        .expect(INFALLIBLE);
        let moved = other.boxes.iter();
        self.boxes
            .extend(moved.map(|[l, t, r, b]| [l + x, t + y, r + x, b + y]));
    }

    /// Pairs of labels that overlap, and labels that leave the picture.
    pub fn overlaps(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (k, a) in self.boxes.iter().enumerate() {
            if a[0] < -0.5 || a[1] < -0.5 || a[2] > self.width + 0.5 || a[3] > self.height + 0.5 {
                found.push(format!("label {k} at {a:.0?} leaves the picture"));
            }
            for (l, b) in self.boxes.iter().enumerate().skip(k + 1) {
                if a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] {
                    found.push(format!("labels {k} and {l} at {a:.0?} and {b:.0?}"));
                }
            }
        }
        found
    }

    /// The element for a page, which defines the classes.
    pub fn inline(&self) -> String {
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n",
            num(self.width),
            num(self.height),
            escaped(&self.title),
            self.body
        )
    }

    /// A file of its own.
    pub fn file(&self) -> String {
        let (w, h) = (num(self.width), num(self.height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">\n\
             <title>{}</title>\n<style>\n{}</style>\n\
             <rect width=\"{w}\" height=\"{h}\" class=\"paper\"/>\n{}</svg>\n",
            escaped(&self.title),
            plain_style(),
            self.body
        )
    }
}

/// A path through points.
pub(crate) fn path_of(points: &[[f64; 2]]) -> String {
    let mut d = String::new();
    for (k, [x, y]) in points.iter().enumerate() {
        let letter = if k == 0 { "M" } else { "L" };
        write!(d, "{letter}{} {}", num(*x), num(*y)).expect(INFALLIBLE);
    }
    d
}

/// A coordinate with as many digits as are seen.
pub(crate) fn num(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" | "" => "0".to_owned(),
        other => other.to_owned(),
    }
}

/// Text between tags and in attributes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' | '\t' => out.push(c),
            // No place in XML.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_overlap_or_leave_are_found() {
        let mut svg = Svg::new(100.0, 50.0, "a & b");
        svg.text([50.0, 20.0], Anchor::Middle, 10.0, &"abc".into());
        svg.text([20.0, 40.0], Anchor::Start, 10.0, &"abc".into());
        assert!(svg.overlaps().is_empty());
        svg.text([60.0, 24.0], Anchor::Middle, 10.0, &"abc".into());
        assert_eq!(svg.overlaps().len(), 1);
        svg.text([95.0, 45.0], Anchor::Start, 10.0, &"abc".into());
        assert_eq!(svg.overlaps().len(), 2);
        svg.text_upwards([12.0, 45.0], Anchor::Start, 10.0, &"abc".into());
        assert_eq!(svg.overlaps().len(), 2, "{:?}", svg.overlaps());
    }

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        let svg = Svg::new(10.0, 10.0, "<script>&\"\u{1}");
        assert!(svg.inline().contains("&lt;script&gt;&amp;&quot;\u{fffd}"));
        assert!(!svg.file().contains("<script>"));
        assert_eq!(
            (num(-0.001), num(1.5), num(12.0)),
            ("0".into(), "1.5".into(), "12".into())
        );
    }
}
