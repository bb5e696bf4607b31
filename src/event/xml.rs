//! Text inside XML: escaping, and the few elements that event files hold in
//! places that are otherwise plain text.
//!
//! Knows characters; knows no events.

use std::collections::HashMap;

/// Escapes text for use between tags, or in a quoted attribute.
///
/// A `>` stays as it is, so that cards remain readable, except in `]]>`.
/// Characters that XML 1.0 does not allow become U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if text[..at].ends_with("]]") => out.push_str("&gt;"),
            '\n' | '\t' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// Escapes an attribute value that stands in single or double quotes.
pub(crate) fn escape_attribute(text: &str) -> String {
    escape(text)
        .replace('\'', "&apos;")
        .replace('"', "&quot;")
        .replace(['\n', '\r', '\t'], " ")
}

/// Undoes [`escape`] and [`escape_attribute`].
pub(crate) fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&apos;", "'")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Whether an element may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(first) && name.chars().all(is_name_part)
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// An element found in plain text.
pub(crate) struct Element<'a> {
    /// Text before the element.
    pub(crate) before: &'a str,
    pub(crate) attributes: &'a str,
    /// What stands between the tags, still escaped.
    pub(crate) content: &'a str,
    /// Where the text goes on.
    pub(crate) rest: &'a str,
}

const CDATA: (&str, &str) = ("<![CDATA[", "]]>");

impl Element<'_> {
    /// The content as plain text, without the line breaks next to the tags.
    pub fn text(&self) -> String {
        let inner = self.content.trim();
        let verbatim = inner
            .strip_prefix(CDATA.0)
            .and_then(|t| t.strip_suffix(CDATA.1));
        let text = verbatim.unwrap_or(self.content);
        let text = text.strip_prefix('\n').unwrap_or(text);
        let text = text.strip_suffix('\n').unwrap_or(text);
        match verbatim {
            Some(_) => text.to_owned(),
            None => unescape(text),
        }
    }

    /// Value of an attribute in single or double quotes.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut all = attributes(self.attributes);
        all.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Number of attributes.
    pub(crate) fn n_attributes(&self) -> usize {
        attributes(self.attributes).count()
    }
}

/// Names and values of attributes in single or double quotes.
pub(crate) fn attributes(text: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, next) = after[1..].split_once(quote)?;
        rest = next;
        Some((key.trim(), unescape(value)))
    })
}

/// Where a tag that opens element `name` begins.
fn opening(text: &str, name: &str) -> Option<usize> {
    let open = format!("<{name}");
    let mut from = 0;
    loop {
        let start = from + text[from..].find(&open)?;
        from = start + open.len();
        if text[from..].starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/') {
            return Some(start);
        }
    }
}

/// Whether a tag in `text` opens element `name`, whether or not one closes it.
pub(crate) fn opens(text: &str, name: &str) -> bool {
    opening(text, name).is_some()
}

/// The first element `name` in `text`; elements of that name do not nest.
pub(crate) fn find_element<'a>(text: &'a str, name: &str) -> Option<Element<'a>> {
    let close = format!("</{name}>");
    let start = opening(text, name)?;
    let (before, after) = (&text[..start], &text[start + 1 + name.len()..]);
    let tag_end = after.find('>')?;
    if let Some(attributes) = after[..tag_end].strip_suffix('/') {
        return Some(Element {
            before,
            attributes,
            content: "",
            rest: &after[tag_end + 1..],
        });
    }
    let body = &after[tag_end + 1..];
    // A verbatim text may hold anything, also the closing tag.
    let verbatim = match body.trim_start().starts_with(CDATA.0) {
        true => body.find(CDATA.1)?,
        false => 0,
    };
    let end = verbatim + body[verbatim..].find(&close)?;
    Some(Element {
        before,
        attributes: &after[..tag_end],
        content: &body[..end],
        rest: &body[end + close.len()..],
    })
}

/// A text without the first element of this name and its line break.
pub(crate) fn without(text: &str, name: &str) -> String {
    let Some(element) = find_element(text, name) else {
        return text.to_owned();
    };
    let before = element.before.trim_end_matches([' ', '\t']);
    let after = element.rest.trim_start_matches([' ', '\t']);
    if before.is_empty() || before.ends_with('\n') {
        let after = after.strip_prefix('\n').unwrap_or(after);
        format!("{before}{after}")
    } else if after.starts_with('\n') {
        format!("{before}{after}")
    } else {
        format!("{before}\n{after}")
    }
}

/// A part of a header.
pub(crate) enum HeaderPiece<'a> {
    /// An element: its name, itself, and all its text, tags included.
    Element(&'a str, Element<'a>, &'a str),
    /// Comments and loose lines between elements.
    Loose(&'a str),
}

/// A text cut into its outer elements and what stands between them.
///
/// Takes a time in proportion to the text, whatever it holds: where what ends
/// is looked up in lists made beforehand.
pub(crate) fn pieces(text: &str) -> Vec<HeaderPiece<'_>> {
    let ends = Ends::of(text);
    let mut found = Vec::new();
    let (mut at, mut loose) = (0, 0);
    while let Some(start) = text[at..].find('<').map(|k| at + k) {
        if text[start..].starts_with("<!--") {
            let end = next(&ends.comments, start + 4);
            at = end.map_or(text.len(), |end| end + "-->".len());
            continue;
        }
        let Some((name, element, end)) = element_at(text, start, &ends) else {
            at = start + 1;
            continue;
        };
        add_loose(&text[loose..start], &mut found);
        found.push(HeaderPiece::Element(name, element, &text[start..end]));
        (at, loose) = (end, end);
    }
    add_loose(&text[loose..], &mut found);
    found
}

fn add_loose<'a>(text: &'a str, found: &mut Vec<HeaderPiece<'a>>) {
    let text = text.trim();
    if !text.is_empty() {
        found.push(HeaderPiece::Loose(text));
    }
}

/// Where comments, verbatim texts and elements end, in order.
struct Ends<'a> {
    comments: Vec<usize>,
    verbatim: Vec<usize>,
    elements: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Ends<'a> {
    fn of(text: &'a str) -> Self {
        let all = |what: &str| text.match_indices(what).map(|(at, _)| at).collect();
        let mut elements: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, _) in text.match_indices("</") {
            let name = &text[at + 2..];
            let end = name.find(|c: char| !is_name_part(c)).unwrap_or(name.len());
            if name[end..].starts_with('>') {
                elements.entry(&name[..end]).or_default().push(at);
            }
        }
        Self {
            comments: all("-->"),
            verbatim: all(CDATA.1),
            elements,
        }
    }
}

/// The first of the ordered places that is not before `from`.
fn next(places: &[usize], from: usize) -> Option<usize> {
    places.get(places.partition_point(|p| *p < from)).copied()
}

/// The element whose tag begins at `start`, with its name and where it ends.
fn element_at<'a>(
    text: &'a str,
    start: usize,
    ends: &Ends<'a>,
) -> Option<(&'a str, Element<'a>, usize)> {
    let after = &text[start + 1..];
    let end = after.find(|c: char| !is_name_part(c))?;
    let name = &after[..end];
    if !is_name(name) {
        return None;
    }
    // A tag ends before the next one begins.
    let tag_end = after
        .find(['>', '<'])
        .filter(|k| after[*k..].starts_with('>'))?;
    let attributes = &after[end..tag_end];
    let body = start + 1 + tag_end + 1;
    let closed = attributes.strip_suffix('/');
    let attributes = closed.unwrap_or(attributes);
    if !attributes.is_empty() && !attributes.starts_with(char::is_whitespace) {
        return None;
    }
    if closed.is_some() {
        let element = Element {
            before: &text[..start],
            attributes,
            content: "",
            rest: &text[body..],
        };
        return Some((name, element, body));
    }
    let closing = ends.elements.get(name)?;
    let from = match text[body..].trim_start().starts_with(CDATA.0) {
        true => next(&ends.verbatim, body)?,
        false => body,
    };
    let close = next(closing, from)?;
    let whole = close + "</>".len() + name.len();
    let element = Element {
        before: &text[..start],
        attributes,
        content: &text[body..close],
        rest: &text[whole..],
    };
    Some((name, element, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescape_undoes_escape_and_markup_cannot_leak() {
        for text in [
            "p p > t t~",
            "a < b && c",
            "]]> </header> <init>",
            "&lt; &amp;lt;",
            "é 'q' \"r\"",
        ] {
            let escaped = escape(text);
            assert_eq!(unescape(&escaped), text);
            assert!(!escaped.contains('<') && !escaped.contains("]]>"));
            assert_eq!(unescape(&escape_attribute(text)), text);
        }
        assert_eq!(escape("a\u{0}b\u{b}c"), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn elements_are_found_with_their_attributes() {
        let text =
            "<wgtx/><wgt id='1001'> 2.5 </wgt>\n<wgt id=\"b&amp;c\" k = 'v' > 3 </wgt><wgt/>";
        let first = find_element(text, "wgt").unwrap();
        assert_eq!(first.attribute("id").unwrap(), "1001");
        assert_eq!(first.content, " 2.5 ");
        let second = find_element(first.rest, "wgt").unwrap();
        assert_eq!(second.attribute("id").unwrap(), "b&c");
        assert_eq!(second.attribute("k").unwrap(), "v");
        let third = find_element(second.rest, "wgt").unwrap();
        assert_eq!((third.content, third.attribute("id")), ("", None));
        assert!(find_element(third.rest, "wgt").is_none());
        assert!(find_element("<wgt id='1'> no end", "wgt").is_none());
        assert!(opens("<wgtx/> <wgt id='1'> no end", "wgt") && !opens("<wgtx></wgt>", "wgt"));
    }

    /// Names and texts of elements, loose text without a name.
    fn cut(text: &str) -> Vec<(&str, String)> {
        let named = |piece| match piece {
            HeaderPiece::Element(name, element, _) => (name, element.text()),
            HeaderPiece::Loose(text) => ("", text.to_owned()),
        };
        pieces(text).into_iter().map(named).collect()
    }

    #[test]
    fn pieces_are_found_in_order_whatever_they_hold() {
        let text = "<!-- <a>no</a> -->\n<b>\nx &lt; <i>y</i>\n</b> a < b\n\
                    <c k='1'>\n<![CDATA[\n</c> <d> &lt;\n]]>\n</c>\n<e/><open> <f=\"2\" />";
        let expected = [
            ("", "<!-- <a>no</a> -->"),
            ("b", "x < <i>y</i>"),
            ("", "a < b"),
            ("c", "</c> <d> &lt;"),
            ("e", ""),
            ("", "<open> <f=\"2\" />"),
        ];
        assert_eq!(cut(text), expected.map(|(n, t)| (n, t.to_owned())));
        let verbatim = |piece| match piece {
            HeaderPiece::Element(_, _, text) | HeaderPiece::Loose(text) => text,
        };
        let whole: Vec<&str> = pieces("x<a k='1'>b</a>y")
            .into_iter()
            .map(verbatim)
            .collect();
        assert_eq!(whole, ["x", "<a k='1'>b</a>", "y"]);
    }

    #[test]
    fn tags_that_are_never_closed_cost_no_time() {
        for part in ["<a>", "<!-- ", "<a><![CDATA[", "</a", "<"] {
            let text = part.repeat((1 << 20) / part.len());
            assert_eq!(cut(&text).len(), 1, "{part}");
        }
        let names: String = (0..50_000).map(|k| format!("<a{k}>")).collect();
        assert_eq!(cut(&names).len(), 1);
    }

    #[test]
    fn only_names_that_need_no_escape_are_names() {
        assert!(is_name("slha") && is_name("MGRunCard") && is_name("omnis-card.v1"));
        assert!(!is_name("") && !is_name("1a") && !is_name("a b") && !is_name("a>b"));
    }
}
