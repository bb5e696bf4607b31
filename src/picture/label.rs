//! Text of pictures: pieces on the line, below and above it, and how wide they are.
//!
//! Knows widths of glyphs of a common sans-serif face; knows no meaning.

use super::svg::escaped;

/// Where a piece stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// On the line.
    Plain,
    /// On the line, in italics.
    Italic,
    /// Below it, smaller.
    Sub,
    /// Above it, smaller.
    Sup,
}

impl Script {
    /// Size in units of that of the line, and shift downwards.
    fn geometry(self) -> (f64, f64) {
        match self {
            Self::Plain | Self::Italic => (1.0, 0.0),
            Self::Sub => (0.72, 0.28),
            Self::Sup => (0.72, -0.38),
        }
    }
}

/// A line of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    pieces: Vec<(Script, String)>,
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::default().plain(text)
    }
}

impl Label {
    /// Adds text on the line.
    pub fn plain(self, text: &str) -> Self {
        self.with(Script::Plain, text)
    }

    /// Adds a piece.
    pub fn with(mut self, script: Script, text: &str) -> Self {
        match self.pieces.last_mut() {
            Some((last, there)) if *last == script => there.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push((script, text.to_owned())),
        }
        self
    }

    /// Adds the pieces of another.
    pub fn join(mut self, other: &Self) -> Self {
        for (script, text) in &other.pieces {
            self = self.with(*script, text);
        }
        self
    }

    /// The same without what stands above the line.
    pub fn without_superscripts(mut self) -> Self {
        self.pieces.retain(|(script, _)| *script != Script::Sup);
        self
    }

    /// Its letters, without what is below or above.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|p| p.1.as_str()).collect()
    }

    /// About how wide it is, in units of the size of the type; rather too wide.
    pub fn width(&self) -> f64 {
        let piece = |(script, text): &(Script, String)| {
            script.geometry().0 * text.chars().map(glyph_width).sum::<f64>()
        };
        self.pieces.iter().map(piece).sum()
    }

    /// The same, cut where it is wider than this, in units of the size of the type.
    pub(super) fn cut_to(&self, width: f64) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        let mut cut = self.clone();
        loop {
            let Some((_, text)) = cut.pieces.last_mut() else {
                return "…".into();
            };
            text.pop();
            if text.is_empty() {
                cut.pieces.pop();
            }
            let ended = cut.clone().plain("…");
            if ended.width() <= width {
                return ended;
            }
        }
    }

    /// The content of a `text` element of this size.
    pub(super) fn svg(&self, size: f64) -> String {
        let mut out = String::new();
        let mut shift = 0.0;
        for (script, text) in &self.pieces {
            let (factor, wanted) = script.geometry();
            let dy = (wanted - shift) * size;
            shift = wanted;
            let text = escaped(text);
            match script {
                Script::Plain if dy == 0.0 => out += &text,
                _ => {
                    let italic = match script {
                        Script::Italic => " font-style=\"italic\"",
                        _ => "",
                    };
                    out += &format!(
                        "<tspan dy=\"{dy:.2}\" font-size=\"{:.2}\"{italic}>{text}</tspan>",
                        factor * size
                    );
                }
            }
        }
        out
    }

    /// The same in HTML.
    pub fn html(&self) -> String {
        let piece = |(script, text): &(Script, String)| {
            let text = escaped(text);
            match script {
                Script::Plain => text,
                Script::Italic => format!("<i>{text}</i>"),
                Script::Sub => format!("<sub>{text}</sub>"),
                Script::Sup => format!("<sup>{text}</sup>"),
            }
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// Width of a glyph of a sans-serif face, in units of its size.
fn glyph_width(c: char) -> f64 {
    match c {
        // Marks that stand on the letter before.
        '\u{300}'..='\u{36f}' => 0.0,
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.30,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '/' | ' ' | '-' | '"' | '*' => 0.39,
        'm' | 'M' | 'W' | 'w' | '%' | '@' | '→' | '±' | '×' => 0.90,
        'A'..='Z' | '&' | '+' | '=' | '<' | '>' | '~' | '−' | 'Σ' | 'Γ' | 'Δ' => 0.72,
        '0'..='9' | 'a'..='z' | '_' | '$' | '#' | '?' => 0.60,
        '\u{2e80}'..='\u{ffff}' => 1.0,
        _ => 0.65,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_return_to_the_line() {
        let label = Label::default()
            .with(Script::Italic, "p")
            .with(Script::Sub, "T")
            .plain(" <GeV>");
        assert_eq!(label.text(), "pT <GeV>");
        assert_eq!(
            label.svg(10.0),
            "<tspan dy=\"0.00\" font-size=\"10.00\" font-style=\"italic\">p</tspan>\
             <tspan dy=\"2.80\" font-size=\"7.20\">T</tspan>\
             <tspan dy=\"-2.80\" font-size=\"10.00\"> &lt;GeV&gt;</tspan>"
        );
        assert_eq!(label.html(), "<i>p</i><sub>T</sub> &lt;GeV&gt;");
    }

    #[test]
    fn a_label_that_is_cut_keeps_its_scripts() {
        let label = Label::default()
            .with(Script::Italic, "p")
            .with(Script::Sub, "T")
            .plain(" of all that there is");
        assert_eq!(label.cut_to(label.width()), label);
        let cut = label.cut_to(5.0);
        assert!(cut.width() <= 5.0 && cut.text().ends_with('…'), "{cut:?}");
        assert!(cut.html().starts_with("<i>p</i><sub>T</sub> "), "{cut:?}");
        assert_eq!(label.cut_to(0.0).text(), "…");
    }

    #[test]
    fn widths_add_up_and_scripts_are_smaller() {
        let width = |text: &str| Label::from(text).width();
        assert!((width("ab") - width("a") - width("b")).abs() < 1e-12);
        assert!(width("m") > width("i") && width("u\u{304}") == width("u"));
        let sub = Label::default().with(Script::Sub, "ab");
        assert!((sub.width() - 0.72 * width("ab")).abs() < 1e-12);
    }
}
