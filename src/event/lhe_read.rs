//! Reading Les Houches Event Files, plain or gzip, of omnis and of others.
//!
//! What has no field of a record stays with it as text. Files may stand behind
//! one another in one file if they have the same `<init>`. No memory is asked
//! for because of a number in the file. Knows records and files; judges no event.
//! Sources: hep-ph/0609017, 1405.1067.

use std::collections::HashMap;
use std::path::Path;

use super::EventError;
use super::check::Rounding;
use super::lhe_head::{difference, read_head};
use super::lhe_lines::{EventLines, Tag, shown};
use super::lhe_numbers::{Digits, Words, number};
use super::record::{Event, Particle, RunInfo, WeightForm};
use super::scales::EventScales;
use super::xml::{find_element, opens, without};

/// Bytes of the lines after the particles of an event.
const MAX_REST: usize = 16 << 20;
/// The end of a file.
const LAST: &str = "</LesHouchesEvents>";

/// Reads events one by one.
pub struct LheReader {
    lines: EventLines,
    run: RunInfo,
    /// Heads of the files that stand behind the first one.
    further: Vec<RunInfo>,
    path: String,
    /// Place of each alternative weight in the run information, by id.
    places: HashMap<String, usize>,
    inside: bool,
    digits: Digits,
    left_out: LeftOut,
    n_events: u64,
}

/// What is read over.
#[derive(Default)]
struct LeftOut {
    between: u64,
    groups: u64,
    after: u64,
}

/// Reads a whole file.
///
/// # Errors
/// [`EventError::Open`], [`EventError::Parse`].
pub fn read_lhe(path: impl AsRef<Path>) -> Result<(RunInfo, Vec<Event>), EventError> {
    let mut reader = LheReader::open(path)?;
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event);
    }
    Ok((reader.run, events))
}

impl LheReader {
    /// Opens a file and reads its header and run information. Compression is
    /// seen from the content, not from the name.
    ///
    /// # Errors
    /// [`EventError::Open`], [`EventError::Parse`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, EventError> {
        let path = path.as_ref();
        let label = path.display().to_string();
        let mut lines = EventLines::open(path).map_err(|source| EventError::Open {
            path: label.clone(),
            source,
        })?;
        let run = read_head(&mut lines).map_err(|what| EventError::Parse {
            path: label.clone(),
            place: format!("line {}", lines.number()),
            what,
        })?;
        let ids = run.weights.iter().enumerate();
        Ok(Self {
            lines,
            places: ids.map(|(n, w)| (w.id.clone(), n)).collect(),
            run,
            further: Vec::new(),
            path: label,
            inside: true,
            digits: Digits::default(),
            left_out: LeftOut::default(),
            n_events: 0,
        })
    }

    /// What holds for all events.
    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    /// Heads of the files that stood behind the first one and were read so far.
    pub fn further(&self) -> &[RunInfo] {
        &self.further
    }

    /// How far the momenta read so far may be off because they were rounded
    /// when they were written.
    pub fn rounding(&self) -> Rounding {
        self.digits.rounding()
    }

    /// What is unusual about the file so far: several files in one, and what was left out.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.left_out();
        if !self.further.is_empty() {
            let n = self.further.len() + 1;
            let text = format!("{n} files with the same <init> stand behind one another");
            notes.insert(0, text);
        }
        notes
    }

    /// What was read over so far, as no event holds it.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let LeftOut {
            between,
            groups,
            after,
        } = self.left_out;
        let lines = |n: u64| format!("{n} line{}", if n == 1 { "" } else { "s" });
        let mut notes = Vec::new();
        if between > 0 {
            notes.push(format!("comments between events, {}", lines(between)));
        }
        if groups > 0 {
            notes.push(format!(
                "groups of events (<eventgroup>), {}",
                lines(groups)
            ));
        }
        if after > 0 {
            notes.push(format!("text after {LAST}, {}", lines(after)));
        }
        notes
    }

    /// The next event; `None` at the end of a complete file.
    ///
    /// # Errors
    /// [`EventError::Parse`], also for a file that ends early.
    pub fn next_event(&mut self) -> Result<Option<Event>, EventError> {
        let found = self.read_event();
        found.map_err(|what| {
            let line = self.lines.number();
            EventError::Parse {
                path: self.path.clone(),
                place: format!("event {}, line {line}", self.n_events + 1),
                what,
            }
        })
    }

    fn read_event(&mut self) -> Result<Option<Event>, String> {
        let Some(attributes) = self.find_event()? else {
            return Ok(None);
        };
        let mut event = Event {
            attributes,
            ..Event::default()
        };
        let n = self.read_numbers(&mut event)?;
        while event.particles.len() < n {
            let line = event_line(&mut self.lines)?;
            if is_idle(line) {
                keep(&mut event.rest, line)?;
                continue;
            }
            let at = event.particles.len() + 1;
            let particle = read_particle(line, &mut self.digits);
            let particle = particle.map_err(|what| format!("particle {at} of {n}: {what}"))?;
            event.particles.push(particle);
        }
        self.read_rest(&mut event.rest)?;
        self.take_weights(&mut event)?;
        let scales = EventScales::stated(event.scales.start, &event.attributes, &event.rest);
        event.scales = scales;
        event.rest = scales.without_own_line(std::mem::take(&mut event.rest));
        self.n_events += 1;
        Ok(Some(event))
    }

    /// The attributes of the next `<event>`; `None` at the end of the file.
    fn find_event(&mut self) -> Result<Option<String>, String> {
        let mut comment = false;
        loop {
            let Some(line) = self.lines.next()? else {
                return if self.inside {
                    Err(format!("the file ends without {LAST}; it is not complete"))
                } else {
                    Ok(None)
                };
            };
            let text = line.trim();
            if !self.inside {
                if text.starts_with("<LesHouchesEvents") || text.starts_with("<?xml") {
                    let text = text.to_owned();
                    self.read_further(&text)?;
                } else if !text.is_empty() {
                    self.left_out.after += 1;
                }
                continue;
            }
            if comment || text.starts_with("<!--") {
                let after = text.split_once("-->").map(|(_, after)| after.to_owned());
                comment = after.is_none();
                self.lines.push_back(after.as_deref().unwrap_or_default());
                self.left_out.between += 1;
                continue;
            }
            if text.is_empty() || text.starts_with('#') {
                self.left_out.between += u64::from(!text.is_empty());
                continue;
            }
            if let Some(after) = text.strip_prefix(LAST) {
                let after = after.to_owned();
                self.lines.push_back(&after);
                self.inside = false;
                continue;
            }
            let Some(tag) = Tag::of(text) else {
                return Err(misplaced(text));
            };
            let (attributes, rest) = (tag.attributes.to_owned(), tag.rest.to_owned());
            match tag.name {
                "event" => {
                    self.lines.push_back(&rest);
                    return Ok(Some(attributes));
                }
                "eventgroup" | "/eventgroup" => {
                    self.left_out.groups += 1;
                    self.lines.push_back(&rest);
                }
                _ => return Err(misplaced(text)),
            }
        }
    }

    /// Reads the head of a file that stands behind the last one.
    fn read_further(&mut self, first: &str) -> Result<(), String> {
        let line = self.lines.number();
        self.lines.push_back(first);
        let run = read_head(&mut self.lines)?;
        if let Some(what) = difference(&self.run, &run) {
            return Err(format!(
                "a second file begins at line {line}, whose events do not belong to those of \
                 the first: {what}; cut the file there"
            ));
        }
        self.further.push(run);
        self.inside = true;
        Ok(())
    }

    /// The first line of numbers; returns the number of particles.
    fn read_numbers(&mut self, event: &mut Event) -> Result<usize, String> {
        loop {
            let line = event_line(&mut self.lines)?;
            if is_idle(line) {
                keep(&mut event.rest, line)?;
                continue;
            }
            let mut words = Words::of(line);
            let n = words.count("NUP")?;
            event.process_id = words.int("IDPRUP")?;
            event.weight = words.float("XWGTUP")?;
            event.scales = EventScales::all(words.float("SCALUP")?);
            event.alpha_em = words.float("AQEDUP")?;
            event.alpha_s = words.float("AQCDUP")?;
            return Ok(n);
        }
    }

    /// Lines after the particles, up to the end of the event.
    fn read_rest(&mut self, rest: &mut String) -> Result<(), String> {
        loop {
            let Some(line) = self.lines.next()? else {
                return Err("the file ends inside an event".to_owned());
            };
            let begins = Tag::of(line).filter(|t| t.name == "event");
            if begins.is_some() || line.trim_start().starts_with(LAST) {
                return Err(format!("found '{}', expected </event> before", shown(line)));
            }
            let Some(end) = line.find("</event>") else {
                keep(rest, line)?;
                continue;
            };
            if !line[..end].trim().is_empty() {
                keep(rest, &line[..end])?;
            }
            let after = line[end + "</event>".len()..].to_owned();
            self.lines.push_back(&after);
            return Ok(());
        }
    }

    /// Moves the alternative weights from the text of an event to their place,
    /// if they are those that the header declares, each of them once.
    fn take_weights(&self, event: &mut Event) -> Result<(), String> {
        let n = self.run.weights.len();
        if n == 0 || event.rest.is_empty() {
            return Ok(());
        }
        let (weights, form, name) = if let Some(rwgt) = find_element(&event.rest, "rwgt") {
            (self.named(rwgt.content)?, WeightForm::Named, "rwgt")
        } else if let Some(list) = find_element(&event.rest, "weights") {
            (listed(list.content, n), WeightForm::Listed, "weights")
        } else {
            return Ok(());
        };
        let rest = without(&event.rest, name);
        // Of two lists one cannot say which is meant, and a second one that nothing closes would
        // end where this one is written again.
        if let Some(weights) = weights.filter(|_| !opens(&rest, name)) {
            event.weights = weights;
            event.weight_form = form;
            event.rest = rest;
        }
        Ok(())
    }

    /// The weights of `<rwgt>` in the order of the header; `None` if they are
    /// not those of the header.
    fn named(&self, mut text: &str) -> Result<Option<Vec<f64>>, String> {
        let mut found = vec![None; self.run.weights.len()];
        // Files list weights in the declared order: look there first.
        let mut expected = 0;
        while let Some(element) = find_element(text, "wgt") {
            let Some(id) = element.attribute("id") else {
                return Err("a <wgt> has no id".to_owned());
            };
            if element.n_attributes() > 1 {
                return Ok(None);
            }
            let place = match self.run.weights.get(expected) {
                Some(weight) if weight.id == id => Some(expected),
                _ => self.places.get(&id).copied(),
            };
            let word = element.content.trim();
            let Some(value) = number(word) else {
                return Err(format!("weight '{}' is '{}'", shown(&id), shown(word)));
            };
            match place {
                Some(place) if found[place].is_none() => found[place] = Some(value),
                _ => return Ok(None),
            }
            expected = place.map_or(0, |p| p + 1);
            text = element.rest;
        }
        Ok(found.into_iter().collect())
    }
}

/// The numbers of `<weights>`, if they are `n`.
fn listed(text: &str, n: usize) -> Option<Vec<f64>> {
    let weights: Option<Vec<f64>> = text.split_ascii_whitespace().map(number).collect();
    weights.filter(|w| w.len() == n)
}

/// Whether a line says nothing to a reader of events.
fn is_idle(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#') || (text.starts_with("<!--") && text.ends_with("-->"))
}

/// A line of an event, which has not ended.
fn event_line(lines: &mut EventLines) -> Result<&str, String> {
    match lines.next()? {
        None => Err("the file ends inside an event".to_owned()),
        Some(line) if line.trim_start().starts_with("</event") => {
            Err("found </event>, expected more particles as the event says".to_owned())
        }
        Some(line) => Ok(line),
    }
}

fn keep(rest: &mut String, line: &str) -> Result<(), String> {
    if rest.len() + line.len() > MAX_REST {
        return Err(format!("found an event of more than {MAX_REST} bytes"));
    }
    if !line.trim().is_empty() {
        rest.push_str(line);
        rest.push('\n');
    }
    Ok(())
}

fn misplaced(text: &str) -> String {
    format!("found '{}', expected <event> or {LAST}", shown(text))
}

fn read_particle(line: &str, digits: &mut Digits) -> Result<Particle, String> {
    let mut words = Words::of(line);
    let pdg = words.int("IDUP")?;
    let status = words.int("ISTUP")?;
    let mothers = [words.int("MOTHUP(1)")?, words.int("MOTHUP(2)")?];
    let colours = [words.int("ICOLUP(1)")?, words.int("ICOLUP(2)")?];
    let mut momentum = |name| words.measured(name, digits);
    let (px, py) = (momentum("PUP(1)")?, momentum("PUP(2)")?);
    let (pz, e) = (momentum("PUP(3)")?, momentum("PUP(4)")?);
    let mass = momentum("PUP(5)")?;
    Ok(Particle {
        pdg,
        status,
        mothers,
        colours,
        p: [e, px, py, pz],
        mass,
        lifetime_mm: words.float("VTIMUP")?,
        spin: words.float("SPINUP")?,
    })
}
