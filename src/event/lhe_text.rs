//! The text of Les Houches Event Files, version 3.0, in pieces: a head, any
//! number of pieces with events, a tail. Their concatenation is a file.
//!
//! Pieces are made independently of each other, so that many threads can make
//! them. A compressed piece is a gzip member of its own; a file of several
//! members is an ordinary gzip file. The same run and events give the same
//! bytes. Numbers are written with as many digits as it takes to read the same
//! number back.
//!
//! What a file of another program spelt otherwise is written as it stood.
//!
//! Knows records and text; knows no files.
//! Sources: hep-ph/0609017, 1405.1067.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use flate2::{Compression, GzBuilder};

use super::EventError;
use super::lhe_head::{declared_weights, generator_of};
use super::record::{
    Event, Generator, HeaderBlock, Particle, ProcessInfo, RunInfo, WeightForm, WeightInfo,
};
use super::scales::EventScales;
use super::xml::{escape, escape_attribute, find_element, is_name};
use crate::compute::push_ten_digits;

/// Level 1 costs 3.5 times less time than level 6 for 12 to 14 % more bytes.
const GZIP_LEVEL: u32 = 1;
/// Elements that readers look for by name.
pub(super) const RESERVED: [&str; 6] = [
    "LesHouchesEvents",
    "header",
    "init",
    "event",
    "events",
    "initrwgt",
];

const INFALLIBLE: &str = "a string takes everything";

/// Makes the pieces of one file.
#[derive(Clone, Debug)]
pub(crate) struct LheText {
    label: String,
    gzip: bool,
    run: RunInfo,
    weight_tags: Vec<String>,
}

impl LheText {
    /// For a file of this run; `label` names it in errors.
    ///
    /// # Errors
    /// [`EventError::BadRunInfo`].
    pub fn new(run: &RunInfo, gzip: bool, label: &str) -> Result<Self, EventError> {
        check_run(run).map_err(|what| EventError::BadRunInfo {
            path: label.to_owned(),
            what,
        })?;
        let tag = |id: &str| format!("<wgt id='{}'> ", escape_attribute(id));
        Ok(Self {
            label: label.to_owned(),
            gzip,
            run: run.clone(),
            weight_tags: run.weights.iter().map(|w| tag(&w.id)).collect(),
        })
    }

    /// What stands before the first event.
    ///
    /// # Errors
    /// Of the compressor, which has no reason for any.
    pub fn head(&self) -> Result<Vec<u8>, EventError> {
        self.packed(head(&self.run).into_bytes())
    }

    /// Events, the first of which is number `first` of the file, from 0.
    ///
    /// # Errors
    /// [`EventError::BadEvent`] for a number that is not finite, or another
    /// number of weights than declared.
    pub fn events(&self, events: &[Event], first: u64) -> Result<Vec<u8>, EventError> {
        let of_event = 700 + 44 * self.weight_tags.len();
        let mut text = String::with_capacity(of_event * events.len());
        for (k, event) in events.iter().enumerate() {
            self.check(event, first + k as u64)?;
            self.add(event, &mut text);
        }
        self.packed(text.into_bytes())
    }

    /// What stands after the last event.
    ///
    /// # Errors
    /// Of the compressor, which has no reason for any.
    pub fn tail(&self) -> Result<Vec<u8>, EventError> {
        self.packed(b"</LesHouchesEvents>\n".to_vec())
    }

    fn packed(&self, text: Vec<u8>) -> Result<Vec<u8>, EventError> {
        if !self.gzip {
            return Ok(text);
        }
        pack(&text).map_err(|source| EventError::Write {
            path: self.label.clone(),
            n_events: 0,
            source,
        })
    }

    fn add(&self, event: &Event, out: &mut String) {
        let mut float = ryu::Buffer::new();
        out.push_str("<event");
        out.push_str(&event.attributes);
        let n = event.particles.len();
        write!(out, ">\n{n} {}", event.process_id).expect(INFALLIBLE);
        let scale = event.scales.start;
        for value in [event.weight, scale, event.alpha_em, event.alpha_s] {
            out.push(' ');
            out.push_str(float.format(value));
        }
        out.push('\n');
        for p in &event.particles {
            let [e, px, py, pz] = p.p;
            let [m1, m2] = p.mothers;
            let [c1, c2] = p.colours;
            write!(out, "{} {} {m1} {m2} {c1} {c2} ", p.pdg, p.status).expect(INFALLIBLE);
            for value in [px, py, pz, e, p.mass, p.lifetime_mm] {
                out.push_str(float.format(value));
                out.push(' ');
            }
            out.push_str(float.format(p.spin));
            out.push('\n');
        }
        out.push_str(&event.rest);
        if !event.rest.is_empty() && !event.rest.ends_with('\n') {
            out.push('\n');
        }
        let scales = event.scales;
        if scales != EventScales::stated(scales.start, &event.attributes, &event.rest) {
            out.push_str(&scales.line());
        }
        self.add_weights(event, out);
        out.push_str("</event>\n");
    }

    fn add_weights(&self, event: &Event, out: &mut String) {
        if event.weights.is_empty() {
            return;
        }
        match event.weight_form {
            WeightForm::Named => {
                out.push_str("<rwgt>\n");
                for (tag, weight) in self.weight_tags.iter().zip(&event.weights) {
                    out.push_str(tag);
                    push_weight(out, *weight);
                    out.push_str(" </wgt>\n");
                }
                out.push_str("</rwgt>\n");
            }
            WeightForm::Listed => {
                out.push_str("<weights>\n");
                for weight in &event.weights {
                    push_weight(out, *weight);
                    out.push('\n');
                }
                out.push_str("</weights>\n");
            }
        }
    }

    /// Whether an event, number `at` of the file from 0, can be written.
    ///
    /// # Errors
    /// [`EventError::BadEvent`].
    pub fn check(&self, event: &Event, at: u64) -> Result<(), EventError> {
        match self.refusal(event) {
            Some(what) => Err(EventError::BadEvent {
                path: self.label.clone(),
                event: at + 1,
                what,
            }),
            None => Ok(()),
        }
    }

    /// Why an event cannot be written.
    fn refusal(&self, event: &Event) -> Option<String> {
        let n_declared = self.weight_tags.len();
        let n_weights = event.weights.len();
        if n_weights != n_declared && n_weights != 0 {
            return Some(format!(
                "{n_weights} alternative weights where the run declares {n_declared}"
            ));
        }
        if !is_attributes(&event.attributes) || event.rest.contains("</event>") {
            return Some("its attributes or further lines would end it early".to_owned());
        }
        let EventScales { start, mu_f, mu_r } = event.scales;
        let couplings = [event.alpha_em, event.alpha_s];
        let head = [event.weight, start, mu_f[0], mu_f[1], mu_r];
        let head = head.iter().chain(&couplings);
        if head.chain(&event.weights).any(|v| !v.is_finite()) {
            return Some("a weight, scale or coupling is not finite".to_owned());
        }
        let finite = |p: &Particle| {
            p.p.iter()
                .chain([&p.mass, &p.lifetime_mm, &p.spin])
                .all(|v| v.is_finite())
        };
        let at = event.particles.iter().position(|p| !finite(p))?;
        Some(format!("a number of particle {} is not finite", at + 1))
    }
}

/// The shortest text that is read back as the same number.
fn push_weight(out: &mut String, weight: f64) {
    if !push_ten_digits(out, weight) {
        write!(out, "{weight:e}").expect(INFALLIBLE);
    }
}

/// One gzip member; no time and no name in its head.
fn pack(text: &[u8]) -> io::Result<Vec<u8>> {
    let level = Compression::new(GZIP_LEVEL);
    let out = Vec::with_capacity(text.len() / 2);
    let mut encoder = GzBuilder::new().mtime(0).write(out, level);
    encoder.write_all(text)?;
    encoder.finish()
}

/// Whether a text can stand after the name in a tag.
fn is_attributes(text: &str) -> bool {
    text.is_empty() || text.starts_with(char::is_whitespace) && !text.contains(['<', '>', '\n'])
}

fn check_run(run: &RunInfo) -> Result<(), String> {
    for block in &run.header {
        if RESERVED.contains(&block.name.as_str()) {
            return Err(format!("'{}' cannot be a header block", block.name));
        }
        if !block.name.is_empty() && !is_name(&block.name) {
            return Err(format!("'{}' is no name for a header block", block.name));
        }
    }
    let of_process = |p: &ProcessInfo| [p.xsec_pb, p.xsec_err_pb, p.max_weight];
    let numbers = run.processes.iter().flat_map(of_process);
    if numbers.chain(run.beam_energy).any(|v| !v.is_finite()) {
        return Err("a cross section, weight or energy is not finite".to_owned());
    }
    let mut ids = HashSet::new();
    if let Some(twice) = run.weights.iter().find(|w| !ids.insert(&w.id)) {
        return Err(format!("two weights have the id '{}'", twice.id));
    }
    let spelling = &run.spelling;
    if ![&spelling.opening, &spelling.init_attributes]
        .iter()
        .all(|a| is_attributes(a))
        || spelling.init_rest.contains("</init>")
    {
        return Err("attributes or further lines of <init> would end it early".to_owned());
    }
    Ok(())
}

/// From the first tag to the end of `<init>`.
fn head(run: &RunInfo) -> String {
    let spelling = &run.spelling;
    let opening = match spelling.opening.as_str() {
        "" => " version=\"3.0\"",
        other => other,
    };
    let mut text = format!("<LesHouchesEvents{opening}>\n<header>\n");
    for block in &run.header {
        text += &header_block(block);
    }
    let verbatim = &spelling.weights;
    if stays_inside(verbatim) && !verbatim.is_empty() && declared_weights(verbatim) == run.weights {
        text += verbatim;
    } else {
        text += &weight_block(&run.weights);
    }
    text += &format!("</header>\n<init{}>\n", spelling.init_attributes);
    let ([b1, b2], [e1, e2]) = (run.beam_pdg, run.beam_energy);
    let ([g1, g2], [s1, s2]) = (run.pdf_group, run.pdf_set);
    let (strategy, n) = (run.weight_strategy, run.processes.len());
    text += &format!("{b1} {b2} {e1} {e2} {g1} {g2} {s1} {s2} {strategy} {n}\n");
    for p in &run.processes {
        text += &format!(
            "{} {} {} {}\n",
            p.xsec_pb, p.xsec_err_pb, p.max_weight, p.id
        );
    }
    if let Some(generator) = &run.generator
        && find_element(&spelling.init_rest, "generator")
            .map(|e| generator_of(&e))
            .as_ref()
            != Some(generator)
    {
        text += &generator_line(generator);
    }
    text += &spelling.init_rest;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text + "</init>\n"
}

/// Whether a text leaves the header open.
fn stays_inside(text: &str) -> bool {
    !text.lines().any(|l| l.trim_end().ends_with("</header>"))
}

/// A header block with its line break: as it was spelt if that says the same.
pub(super) fn header_block(block: &HeaderBlock) -> String {
    let content = escape(&block.text);
    if block.name.is_empty() {
        let text = if stays_inside(&block.text) {
            &block.text
        } else {
            &content
        };
        return format!("{text}\n");
    }
    let same = |verbatim: &str| {
        find_element(verbatim, &block.name)
            .is_some_and(|e| e.text() == block.text && e.rest.is_empty())
    };
    if same(&block.verbatim) && stays_inside(&block.verbatim) {
        return format!("{}\n", block.verbatim);
    }
    format!("<{0}>\n{content}\n</{0}>\n", block.name)
}

/// The element that declares alternative weights, with its line break; empty
/// for none.
pub(super) fn weight_block(weights: &[WeightInfo]) -> String {
    if weights.is_empty() {
        return String::new();
    }
    let mut text = "<initrwgt>\n<weightgroup name='variations'>\n".to_owned();
    for weight in weights {
        let (id, content) = (escape_attribute(&weight.id), escape(&weight.text));
        text += &format!("<weight id='{id}'>{content}</weight>\n");
    }
    text + "</weightgroup>\n</initrwgt>\n"
}

/// A generator with its line break.
pub(super) fn generator_line(g: &Generator) -> String {
    let (name, version) = (escape_attribute(&g.name), escape_attribute(&g.version));
    let text = escape(&g.text).replace('\n', " ");
    format!("<generator name='{name}' version='{version}'>{text}</generator>\n")
}
