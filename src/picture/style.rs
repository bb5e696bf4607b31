//! Colours of pictures: on white, on dark screens and on paper.
//!
//! The colours of curves are told apart by most people with a weakness in colours.
//! Source: M. Okabe and K. Ito, Color Universal Design (2008), darkened for thin lines on
//! white and lightened for dark screens.

/// Number of colours of curves, classes `c0` to `c5`.
pub const PALETTE: usize = 6;

/// Rules for the classes that pictures use.
pub const STYLE: &str = "\
:root, svg { --ink: #1a1a1a; --paper: #ffffff; --faint: #8a8a8a; --grid: #e4e4e4;
  --c0: #0062a3; --c1: #c04a00; --c2: #00785a; --c3: #a3457f; --c4: #8a6a00; --c5: #3b86b8; }
@media (prefers-color-scheme: dark) { :root, svg { --ink: #e8e8e8; --paper: #15181c;
  --faint: #8f979f; --grid: #31373d;
  --c0: #6bb8f0; --c1: #f0935a; --c2: #4cc9a0; --c3: #e39cc8; --c4: #e0c050; --c5: #a8d4f0; } }
@media print { :root, svg { --ink: #000000; --paper: #ffffff; --faint: #777777; --grid: #dddddd;
  --c0: #0062a3; --c1: #c04a00; --c2: #00785a; --c3: #a3457f; --c4: #8a6a00; --c5: #3b86b8; } }
svg { font-family: Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; color: var(--ink); }
svg text { fill: var(--ink); }
.paper { fill: var(--paper); stroke: none; }
.axis { stroke: var(--ink); stroke-width: 1; fill: none; }
.tick { stroke: var(--ink); stroke-width: 0.8; fill: none; }
.rule { stroke: var(--faint); stroke-width: 0.8; stroke-dasharray: 3 3; fill: none; }
.ink { fill: var(--ink); stroke: none; }
.wire { stroke: var(--ink); stroke-width: 1.3; fill: none; stroke-linecap: round; stroke-linejoin: round; }
.dashes { stroke: var(--ink); stroke-width: 1.3; fill: none; stroke-dasharray: 5 4; }
.dots { stroke: var(--ink); stroke-width: 1.3; fill: none; stroke-dasharray: 1.5 3; }
.c0, .c1, .c2, .c3, .c4, .c5 { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
.c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); }
.f0, .f1, .f2, .f3, .f4, .f5 { stroke: none; }
.f0 { fill: var(--c0); } .f1 { fill: var(--c1); } .f2 { fill: var(--c2); }
.f3 { fill: var(--c3); } .f4 { fill: var(--c4); } .f5 { fill: var(--c5); }
.band { fill-opacity: 0.22; } .band2 { fill-opacity: 0.38; } .error { stroke-width: 1; }
.open { fill: var(--paper); }
";

/// The same rules without custom properties, which few programs but browsers know: the colours
/// of paper, and those of dark screens where they are asked for.
pub fn plain_style() -> String {
    let rules = &STYLE[STYLE.find("svg { font-family").unwrap_or(0)..];
    let paper = with_values(rules, "@media print");
    let dark = with_values(rules, "@media (prefers-color-scheme: dark)");
    let colours: Vec<&str> = (dark.lines()).filter(|line| line.contains('#')).collect();
    let dark = colours.join("\n");
    format!("{paper}@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n")
}

/// Rules with the values that the custom properties have in the block of this name.
fn with_values(rules: &str, block: &str) -> String {
    let from = STYLE.split_once(block).map_or("", |(_, rest)| rest);
    let values = from.split_once('}').map_or("", |(block, _)| block);
    let mut text = rules.to_owned();
    for part in values.split(['{', ';']) {
        let named = part.trim().strip_prefix("--");
        if let Some((name, value)) = named.and_then(|n| n.split_once(": ")) {
            text = text.replace(&format!("var(--{name})"), value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_by_itself_has_plain_colours() {
        let style = plain_style();
        assert!(!style.contains("var(") && !style.contains("--"), "{style}");
        let (paper, dark) = style.split_once("@media").unwrap();
        for (class, on_paper, on_screen) in [
            (".paper { fill: ", "#ffffff", "#15181c"),
            (".wire { stroke: ", "#000000", "#e8e8e8"),
            (".f5 { fill: ", "#3b86b8", "#a8d4f0"),
        ] {
            assert!(
                paper.contains(&format!("{class}{on_paper};")),
                "{class}: {paper}"
            );
            assert!(
                dark.contains(&format!("{class}{on_screen};")),
                "{class}: {dark}"
            );
        }
        let count = |c: char| style.matches(c).count();
        assert_eq!(count('{'), count('}'));
    }
}
