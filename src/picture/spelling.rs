//! Expressions, particles and subprocesses as they are printed in papers.
//!
//! Knows spellings; knows no physics. What it does not know is shown as it is written.

use super::label::{Label, Script};

/// Observables: letters, and what stands below and above.
const OBSERVABLES: [(&str, &str, &str, &str); 17] = [
    ("pt", "p", "T", ""),
    ("eta", "η", "", ""),
    ("y", "y", "", ""),
    ("phi", "φ", "", ""),
    ("E", "E", "", ""),
    ("m", "m", "", ""),
    ("mt", "m", "T", ""),
    ("et", "E", "T", ""),
    ("dR", "ΔR", "", ""),
    ("deta", "|Δη|", "", ""),
    ("dy", "|Δy|", "", ""),
    ("dphi", "Δφ", "", ""),
    ("ht", "H", "T", ""),
    ("met", "p", "T", "miss"),
    ("sqrt_s", "√ŝ", "", ""),
    ("E_cm", "E", "cm", ""),
    ("n", "N", "", ""),
];

/// Particles: letter, and what stands below and above.
const PARTICLES: [(&str, &str, &str, &str); 42] = [
    ("e-", "e", "", "−"),
    ("e+", "e", "", "+"),
    ("mu-", "μ", "", "−"),
    ("mu+", "μ", "", "+"),
    ("ta-", "τ", "", "−"),
    ("ta+", "τ", "", "+"),
    ("tau-", "τ", "", "−"),
    ("tau+", "τ", "", "+"),
    ("l-", "ℓ", "", "−"),
    ("l+", "ℓ", "", "+"),
    ("l", "ℓ", "", ""),
    ("ve", "ν", "e", ""),
    ("ve~", "ν\u{304}", "e", ""),
    ("vm", "ν", "μ", ""),
    ("vm~", "ν\u{304}", "μ", ""),
    ("vt", "ν", "τ", ""),
    ("vt~", "ν\u{304}", "τ", ""),
    ("vl", "ν", "ℓ", ""),
    ("vl~", "ν\u{304}", "ℓ", ""),
    ("w+", "W", "", "+"),
    ("w-", "W", "", "−"),
    ("z", "Z", "", ""),
    ("h", "H", "", ""),
    ("a", "γ", "", ""),
    ("g", "g", "", ""),
    ("u", "u", "", ""),
    ("d", "d", "", ""),
    ("s", "s", "", ""),
    ("c", "c", "", ""),
    ("b", "b", "", ""),
    ("t", "t", "", ""),
    ("u~", "u\u{304}", "", ""),
    ("d~", "d\u{304}", "", ""),
    ("s~", "s\u{304}", "", ""),
    ("c~", "c\u{304}", "", ""),
    ("b~", "b\u{304}", "", ""),
    ("t~", "t\u{304}", "", ""),
    ("p", "p", "", ""),
    ("p~", "p\u{304}", "", ""),
    ("j", "j", "", ""),
    ("j~", "j\u{304}", "", ""),
    ("q", "q", "", ""),
];

/// A particle or a label.
pub fn particle_label(name: &str) -> Label {
    match PARTICLES.iter().find(|p| p.0 == name) {
        Some((_, letter, below, above)) => Label::default()
            .with(Script::Italic, letter)
            .with(Script::Sub, below)
            .with(Script::Sup, above),
        None => name.into(),
    }
}

/// A process line such as `u u~ > e+ e-`, decay chains included, as far as its names are known.
pub fn process_label(line: &str) -> Label {
    let mut label = Label::default();
    for (k, word) in line.split_whitespace().enumerate() {
        if k > 0 {
            label = label.plain(" ");
        }
        // Brackets and commas of decay chains stand at names: `(t > w+ b, w+ > e+ ve)`.
        let inner = word.trim_start_matches('(');
        let name = inner.trim_end_matches([',', ')']);
        label = label.plain(&word[..word.len() - inner.len()]);
        label = match name {
            ">" => label.plain("→"),
            _ => label.join(&particle_label(name)),
        };
        label = label.plain(&inner[name.len()..]);
    }
    label
}

/// An expression such as `pt(e+, e-)` or `|y(j[1]) - y(j[2])|`.
pub fn expression_label(text: &str) -> Label {
    let mut label = Label::default();
    let mut rest = text;
    // Names within brackets are those of particles.
    let mut depth = 0;
    while let Some(c) = rest.chars().next() {
        let is_name = c.is_ascii_alphabetic();
        if !is_name {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                '[' => {
                    let (inside, after) = rest[1..].split_once(']').unwrap_or((&rest[1..], ""));
                    label = label.with(Script::Sub, &inside.replace("..", "–"));
                    rest = after;
                    continue;
                }
                _ => {}
            }
            let shown = match c {
                '-' => "−".to_owned(),
                '*' => "·".to_owned(),
                c => c.to_string(),
            };
            label = label.plain(&shown);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut end = rest.find(|c: char| !in_name(c)).unwrap_or(rest.len());
        if depth > 0 {
            // A sign at the end of a name, not one before a number or another name.
            let sign = rest[end..]
                .chars()
                .next()
                .filter(|c| matches!(c, '+' | '-' | '~'));
            let after = rest[end..].chars().nth(1);
            let closes = after.is_none_or(|c| matches!(c, ',' | ')' | '[' | ' '));
            end += usize::from(sign.is_some() && closes);
        }
        let name = &rest[..end];
        let is_function = rest[end..].trim_start().starts_with('(');
        let observable = OBSERVABLES.iter().find(|o| o.0 == name);
        label = match observable {
            Some((_, letters, below, above)) if depth == 0 || is_function => label
                .with(Script::Italic, letters)
                .with(Script::Sub, below)
                .with(Script::Sup, above),
            _ if depth > 0 => label.join(&particle_label(name)),
            _ => label.plain(name),
        };
        rest = &rest[end..];
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        expression_label(text).html()
    }

    #[test]
    fn expressions_look_as_in_papers() {
        assert_eq!(
            html("pt(j[1])"),
            "<i>p</i><sub>T</sub>(<i>j</i><sub>1</sub>)"
        );
        assert_eq!(
            html("m(e+, mu-)"),
            "<i>m</i>(<i>e</i><sup>+</sup>, <i>μ</i><sup>−</sup>)"
        );
        assert_eq!(
            html("|y(l+) - 0.5 * y(vl~)|"),
            "|<i>y</i>(<i>ℓ</i><sup>+</sup>) − 0.5 · <i>y</i>(<i>ν\u{304}</i><sub>ℓ</sub>)|"
        );
        assert_eq!(html("ht"), "<i>H</i><sub>T</sub>");
        assert_eq!(
            html("ht(j[1..3])"),
            "<i>H</i><sub>T</sub>(<i>j</i><sub>1–3</sub>)"
        );
        assert_eq!(html("met"), "<i>p</i><sub>T</sub><sup>miss</sup>");
    }

    #[test]
    fn names_in_decay_chains_look_like_others() {
        let line = process_label("p p > t t~, (t > w+ b, w+ > e+ ve), t~ > w- b~");
        assert_eq!(
            line.html(),
            "<i>p</i> <i>p</i> → <i>t</i> <i>t\u{304}</i>, (<i>t</i> → <i>W</i><sup>+</sup> <i>b</i>, \
             <i>W</i><sup>+</sup> → <i>e</i><sup>+</sup> <i>ν</i><sub>e</sub>), \
             <i>t\u{304}</i> → <i>W</i><sup>−</sup> <i>b\u{304}</i>"
        );
    }

    #[test]
    fn what_is_not_known_stays_and_nothing_breaks() {
        assert_eq!(html("pt(core xyz)"), "<i>p</i><sub>T</sub>(core xyz)");
        for text in ["((", "j[", "é<>&", "pt(j[1", "E", ""] {
            let _ = html(text);
        }
        let line = process_label("u u~ > e+ e- / h").html();
        assert_eq!(
            line,
            "<i>u</i> <i>u\u{304}</i> → <i>e</i><sup>+</sup> <i>e</i><sup>−</sup> / <i>H</i>"
        );
    }
}
