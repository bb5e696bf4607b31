//! Process lines of MadGraph, taken apart and written in the form that omnis reads.
//!
//! Knows the grammar with decay chains, polarisations, vetoes and squared orders; knows no
//! particle. Source: arXiv:1106.0522, section 3; arXiv:1405.0301, section 2.

use std::fmt::Write as _;

/// A leg: its name and its polarisation, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    pub name: String,
    pub polarisation: Option<String>,
}

/// `QED<=2`, `QCD^2==4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub name: String,
    pub squared: bool,
    pub relation: String,
    pub value: u32,
}

/// One process: the core, or a decay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Segment {
    pub initial: Vec<Leg>,
    /// Alternatives, each a list of required s-channel lines.
    pub required: Vec<Vec<String>>,
    pub outgoing: Vec<Leg>,
    pub forbidden: Vec<String>,
    pub forbidden_s_channel: Vec<String>,
    pub vetoed: Vec<String>,
    pub orders: Vec<Order>,
    pub loops: Option<String>,
    pub decays: Vec<Segment>,
    /// A decay of a finished event, which no cut sees.
    pub after_cuts: bool,
}

/// What follows `generate` or `add process`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProcessText {
    pub core: Segment,
    pub tag: Option<u32>,
    /// Limits behind the tag of a decay chain.
    pub overall: Vec<Order>,
    /// Words that begin with `--`.
    pub options: Vec<String>,
}

/// Most levels of decays within decays.
const MAX_DEPTH: usize = 20;
/// Most decays of the particles of one process.
const MAX_DECAYS: usize = 100;

impl ProcessText {
    /// Takes a line apart.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (options, words): (Vec<&str>, Vec<&str>) =
            (text.split_whitespace()).partition(|w| w.starts_with("--"));
        let text = words.join(" ");
        let (text, tag, behind) = split_tag(&text)?;
        let mut rest = text.as_str();
        let mut line = Self {
            core: chain(&mut rest, 0)?,
            tag,
            overall: Vec::new(),
            options: options.into_iter().map(str::to_owned).collect(),
        };
        if !rest.trim().is_empty() {
            return Err("found a ')' that closes nothing".to_owned());
        }
        let behind = orders_alone(&behind)?;
        if line.core.decays.is_empty() {
            line.core.orders.extend(behind);
        } else {
            line.overall = behind;
        }
        Ok(line)
    }

    /// The line as omnis writes it.
    pub fn text(&self) -> String {
        let mut text = self.core.text();
        for decay in &self.core.decays {
            let _ = write!(text, ", {}", decay.nested());
        }
        if let Some(tag) = self.tag {
            let _ = write!(text, " @{tag}");
        }
        for order in &self.overall {
            let _ = write!(text, " {}", order.text());
        }
        text
    }
}

impl Order {
    fn text(&self) -> String {
        let square = if self.squared { "^2" } else { "" };
        format!("{}{square}{}{}", self.name, self.relation, self.value)
    }
}

impl Segment {
    /// This process and its decays, outermost first.
    pub fn all(&self) -> Vec<&Self> {
        let inner = self.decays.iter().flat_map(|d| d.all());
        std::iter::once(self).chain(inner).collect()
    }

    fn nested(&self) -> String {
        if self.decays.is_empty() {
            return self.text();
        }
        let inner: Vec<String> = self.decays.iter().map(Self::nested).collect();
        format!("({}, {})", self.text(), inner.join(", "))
    }

    fn text(&self) -> String {
        let legs = |legs: &[Leg]| -> String {
            let words: Vec<String> = (legs.iter())
                .map(|leg| match &leg.polarisation {
                    Some(polarisation) => format!("{}{{{polarisation}}}", leg.name),
                    None => leg.name.clone(),
                })
                .collect();
            words.join(" ")
        };
        let mut text = format!("{} > ", legs(&self.initial));
        if !self.required.is_empty() {
            let all: Vec<String> = self.required.iter().map(|r| r.join(" ")).collect();
            let _ = write!(text, "{} > ", all.join(" | "));
        }
        text += &legs(&self.outgoing);
        for (mark, names) in [
            ("/", &self.forbidden),
            ("$$", &self.forbidden_s_channel),
            ("$", &self.vetoed),
        ] {
            if !names.is_empty() {
                let _ = write!(text, " {mark} {}", names.join(" "));
            }
        }
        for order in &self.orders {
            let _ = write!(text, " {}", order.text());
        }
        if let Some(loops) = &self.loops {
            let _ = write!(text, " [{loops}]");
        }
        text
    }
}

/// A text without its `@n`, the number, and what stands behind it up to a comma or bracket.
fn split_tag(text: &str) -> Result<(String, Option<u32>, String), String> {
    let Some((before, after)) = text.split_once('@') else {
        return Ok((text.to_owned(), None, String::new()));
    };
    let after = after.trim_start();
    let end = after.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = after.split_at(end.unwrap_or(after.len()));
    let tag = (digits.parse()).map_err(|_| "'@' needs a whole number: '@1'".to_owned())?;
    if rest.contains('@') {
        return Err("a line has one tag '@n'".to_owned());
    }
    let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
    let (behind, rest) = rest.split_at(end);
    Ok((format!("{before} {rest}"), Some(tag), behind.to_owned()))
}

/// `process, decay, (decay, decay)`: up to the bracket that closes it, which stays.
fn chain(rest: &mut &str, depth: usize) -> Result<Segment, String> {
    if depth > MAX_DEPTH {
        return Err(format!(
            "decays within decays on more than {MAX_DEPTH} levels"
        ));
    }
    let mut first: Option<Segment> = None;
    loop {
        *rest = rest.trim_start();
        let found = if let Some(inner) = rest.strip_prefix('(') {
            *rest = inner;
            let found = chain(rest, depth + 1)?;
            *rest = rest
                .strip_prefix(')')
                .ok_or("found a '(' without its ')'")?;
            found
        } else {
            let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            *rest = after;
            segment(text)?
        };
        match &mut first {
            None => first = Some(found),
            Some(core) if core.decays.len() == MAX_DECAYS => {
                let n_legs = core.outgoing.len();
                return Err(format!(
                    "found more than {MAX_DECAYS} decays of {n_legs} particles"
                ));
            }
            Some(core) => core.decays.push(found),
        }
        *rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None if rest.starts_with('(') => return Err("found '(', expected ','".to_owned()),
            None => return first.ok_or_else(|| "the line is empty".to_owned()),
        }
    }
}

/// Words and marks; `w+{0}` and `[QCD]` are one each.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let marks = ['>', '/', '$', '|', '=', '<', '[', ']'];
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut k = 0;
    while k < chars.len() {
        let start = k;
        if chars[k].is_whitespace() {
            k += 1;
            continue;
        }
        let closing = |from: usize, c: char| {
            let at = chars[from..].iter().position(|x| *x == c);
            at.map(|n| from + n + 1)
                .ok_or_else(|| format!("found an opening bracket without its '{c}'"))
        };
        if chars[k] == '[' {
            k = closing(k, ']')?;
        } else if marks.contains(&chars[k]) {
            let pair: String = chars[k..].iter().take(2).collect();
            let double = ["$$", "<=", ">=", "=="].contains(&pair.as_str());
            k += if double { 2 } else { 1 };
        } else {
            while k < chars.len() && !chars[k].is_whitespace() && !marks.contains(&chars[k]) {
                k = if chars[k] == '{' {
                    closing(k, '}')?
                } else {
                    k + 1
                };
            }
        }
        out.push(chars[start..k].iter().collect());
    }
    Ok(out)
}

fn is_relation(text: &str) -> bool {
    ["=", "<=", "==", ">=", "<", ">"].contains(&text)
}

/// Orders wherever they stand, which are taken out of the words.
fn take_orders(words: &mut Vec<String>) -> Result<Vec<Order>, String> {
    let mut orders = Vec::new();
    let mut k = 0;
    while k + 2 < words.len() {
        let is_number = words[k + 2].chars().all(|c| c.is_ascii_digit());
        let (name, relation) = (&words[k], &words[k + 1]);
        // `z > 5 6` has particles by number.
        let is_order = is_relation(relation) && (relation != ">" || name.contains('^'));
        if !(is_order && is_number) {
            k += 1;
            continue;
        }
        let value = (words[k + 2].parse())
            .map_err(|_| format!("'{name}{relation}' needs a smaller number"))?;
        let plain = name.strip_suffix("^2");
        orders.push(Order {
            name: plain.unwrap_or(name).to_owned(),
            squared: plain.is_some(),
            relation: relation.clone(),
            value,
        });
        words.drain(k..k + 3);
    }
    if let Some(relation) = words.iter().find(|w| is_relation(w) && *w != ">") {
        return Err(format!(
            "'{relation}' stands between a coupling order and a number"
        ));
    }
    Ok(orders)
}

/// Coupling orders and nothing else.
fn orders_alone(text: &str) -> Result<Vec<Order>, String> {
    let mut words = tokens(text)?;
    let orders = take_orders(&mut words)?;
    match words.first() {
        None => Ok(orders),
        Some(word) => Err(format!(
            "'{word}' follows the tag '@n'; particles come first"
        )),
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    let mut words = tokens(text)?;
    let mut found = Segment {
        orders: take_orders(&mut words)?,
        ..Segment::default()
    };
    let mut parts: Vec<Vec<Vec<String>>> = vec![vec![Vec::new()]];
    let mut mark = '>';
    for word in words {
        match word.as_str() {
            ">" if mark == '>' && parts.len() < 3 => parts.push(vec![Vec::new()]),
            "|" if mark == '>' && parts.len() == 2 => {
                parts.last_mut().expect("it has parts").push(Vec::new());
            }
            ">" | "|" => return Err(format!("unexpected '{word}'")),
            "/" => mark = '/',
            "$$" => mark = '#',
            "$" => mark = '$',
            _ if word.starts_with('[') => {
                found.loops = Some(word.trim_matches(['[', ']']).trim().to_owned());
            }
            "]" => return Err("unexpected ']'".to_owned()),
            _ => match mark {
                '/' => found.forbidden.push(word),
                '#' => found.forbidden_s_channel.push(word),
                '$' => found.vetoed.push(word),
                _ => (parts.last_mut().and_then(|p| p.last_mut()))
                    .expect("it has parts")
                    .push(word),
            },
        }
    }
    let n = parts.len();
    let last = parts.pop().unwrap_or_default();
    if n < 2 {
        return Err(format!(
            "no '>' between incoming and outgoing particles in '{}'",
            text.trim()
        ));
    }
    if last.len() > 1 {
        return Err("alternatives with '|' need a second arrow: 'p p > z | a > e+ e-'".to_owned());
    }
    if n == 3 {
        found.required = parts.pop().unwrap_or_default();
    }
    let legs = |lists: Vec<Vec<String>>| lists.into_iter().flatten().map(leg).collect();
    found.outgoing = legs(last);
    found.initial = legs(parts.pop().unwrap_or_default());
    let empty_alternative = found.required.iter().any(Vec::is_empty);
    if found.outgoing.is_empty() || found.initial.is_empty() || empty_alternative {
        return Err(format!(
            "no particle on one side of '>' in '{}'",
            text.trim()
        ));
    }
    Ok(found)
}

fn leg(word: String) -> Leg {
    match word.split_once('{') {
        Some((name, rest)) => Leg {
            name: name.to_owned(),
            polarisation: Some(rest.trim_end_matches('}').to_owned()),
        },
        None => Leg {
            name: word,
            polarisation: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_production_cards_come_back_in_one_form() {
        for (line, expected) in [
            ("p p > l+ l- j j j /h @3", "p p > l+ l- j j j / h @3"),
            (
                "p p > w+{T} z{0} j j  QED=4 QCD=0, w+ > j j , z > l+ l- @1",
                "p p > w+{T} z{0} j j QED=4 QCD=0, w+ > j j, z > l+ l- @1",
            ),
            (
                "p p > t t~ h h, (t > w+ b, w+ > j j), (t~ > w- b~, w- > l- vl~) @ 1",
                "p p > t t~ h h, (t > w+ b, w+ > j j), (t~ > w- b~, w- > l- vl~) @1",
            ),
            (
                "p p > a j j / h t t~ QCD^2==2 QED^2==4",
                "p p > a j j / h t t~ QCD^2==2 QED^2==4",
            ),
            (
                "p p > l+ l- a j j QCD=0 $ t t~ --no_warning=duplicate",
                "p p > l+ l- a j j $ t t~ QCD=0",
            ),
            ("p p > z|a > e+ e- $$ h", "p p > z | a > e+ e- $$ h"),
            ("p p > z a|w+ w- > 4l", "p p > z a | w+ w- > 4l"),
            ("5 -5 > 6 -6", "5 -5 > 6 -6"),
            ("p p > z j @1 QED=1", "p p > z j QED=1 @1"),
            (
                "p p > z j, z > e+ e- @1 QED<=4",
                "p p > z j, z > e+ e- @1 QED<=4",
            ),
            ("p p > t t~ [QCD]", "p p > t t~ [QCD]"),
        ] {
            let parsed = ProcessText::parse(line).unwrap();
            assert_eq!(parsed.text(), expected);
            let again = ProcessText::parse(expected).unwrap();
            assert_eq!(again.text(), expected);
        }
    }

    #[test]
    fn broken_lines_say_what_is_wrong() {
        for (line, part) in [
            ("", "no '>'"),
            ("p p >", "no particle"),
            ("p p > t t~, (t > w+ b", "without its ')'"),
            ("p p > t t~)", "closes nothing"),
            ("p p > t @", "needs a whole number"),
            ("p p > t t~ QED= j", "coupling order"),
            ("p p > w+{0 w-", "opening bracket"),
            (&"(".repeat(100), "levels"),
        ] {
            let error = ProcessText::parse(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
