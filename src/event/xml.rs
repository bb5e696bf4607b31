//! Text inside XML: escaping, and the few elements that event files hold in
//! places that are otherwise plain text.
//!
//! Knows characters; knows no events.

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
    let other = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.starts_with(first) && name.chars().all(other)
}

/// An element found in plain text.
pub(crate) struct Element<'a> {
    attributes: &'a str,
    /// What stands between the tags, still escaped.
    pub(crate) content: &'a str,
    /// Where the text goes on.
    pub(crate) rest: &'a str,
}

const CDATA: (&str, &str) = ("<![CDATA[", "]]>");

impl Element<'_> {
    /// The content as plain text, without the line breaks next to the tags.
    pub(crate) fn text(&self) -> String {
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
        let mut rest = self.attributes;
        loop {
            let (key, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, next) = after[1..].split_once(quote)?;
            if key.trim() == name {
                return Some(unescape(value));
            }
            rest = next;
        }
    }
}

/// The first element `name` in `text`; elements of that name do not nest.
pub(crate) fn find_element<'a>(text: &'a str, name: &str) -> Option<Element<'a>> {
    let open = format!("<{name}");
    let close = format!("</{name}>");
    let mut from = 0;
    loop {
        let start = from + text[from..].find(&open)? + open.len();
        let after = &text[start..];
        from = start;
        if !after.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/') {
            continue;
        }
        let tag_end = after.find('>')?;
        if let Some(attributes) = after[..tag_end].strip_suffix('/') {
            return Some(Element {
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
        return Some(Element {
            attributes: &after[..tag_end],
            content: &body[..end],
            rest: &body[end + close.len()..],
        });
    }
}

/// The elements of a text with their names, comments left out.
pub(crate) fn blocks(text: &str) -> Vec<(&str, Element<'_>)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { break };
            rest = &rest[end..];
            continue;
        }
        let after = &rest[1..];
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
        let name = &after[..end.unwrap_or(after.len())];
        match find_element(rest, name).filter(|_| is_name(name)) {
            Some(element) => {
                rest = element.rest;
                found.push((name, element));
            }
            None => rest = after,
        }
    }
    found
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
    }

    #[test]
    fn blocks_are_found_in_order_whatever_they_hold() {
        let text = "<!-- <a>no</a> -->\n<b>\nx &lt; <i>y</i>\n</b> a < b\n\
                    <c k='1'>\n<![CDATA[\n</c> <d> &lt;\n]]>\n</c>\n<e/><open> ";
        let found: Vec<(&str, String)> = blocks(text)
            .into_iter()
            .map(|(name, element)| (name, element.text()))
            .collect();
        let expected = [("b", "x < <i>y</i>"), ("c", "</c> <d> &lt;"), ("e", "")];
        assert_eq!(found, expected.map(|(n, t)| (n, t.to_owned())));
    }

    #[test]
    fn only_names_that_need_no_escape_are_names() {
        assert!(is_name("slha") && is_name("MGRunCard") && is_name("omnis-card.v1"));
        assert!(!is_name("") && !is_name("1a") && !is_name("a b") && !is_name("a>b"));
    }
}
