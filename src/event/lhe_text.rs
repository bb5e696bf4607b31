//! The text of Les Houches Event Files, version 3.0, in pieces: a head, any
//! number of pieces with events, a tail. Their concatenation is a file.
//!
//! Pieces are made independently of each other, so that many threads can make
//! them. A compressed piece is a gzip member of its own; a file of several
//! members is an ordinary gzip file. The same run and events give the same
//! bytes. Numbers are written with as many digits as it takes to read the same
//! number back.
//!
//! Knows records and text; knows no files.
//! Sources: hep-ph/0609017, 1405.1067.

use std::fmt::Write as _;
use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use lhef::{HEPEUP, HEPRUP, XmlAttr, XmlTree};

use super::EventError;
use super::record::{Event, Particle, ProcessInfo, RunInfo};
use super::xml::{escape, escape_attribute, is_name};

/// Level 1 costs 3.5 times less time than level 6 for 12 to 14 % more bytes.
const GZIP_LEVEL: u32 = 1;
/// Elements that readers look for by name.
const RESERVED: [&str; 6] = [
    "LesHouchesEvents",
    "header",
    "init",
    "event",
    "events",
    "initrwgt",
];

/// Makes the pieces of one file.
#[derive(Clone, Debug)]
pub struct LheText {
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
    /// [`EventError::BadRunInfo`] if the text cannot be made.
    pub fn head(&self) -> Result<Vec<u8>, EventError> {
        let text = || -> Result<Vec<u8>, lhef::writer::WriteError> {
            let mut writer = lhef::Writer::new(Vec::new(), "3.0")?;
            writer.xml_header(&header(&self.run))?;
            writer.heprup(&heprup(&self.run))?;
            Ok(writer.into_inner())
        };
        let text = text().map_err(|e| EventError::BadRunInfo {
            path: self.label.clone(),
            what: e.to_string(),
        })?;
        self.packed(text)
    }

    /// Events, the first of which is number `first` of the file, from 0.
    ///
    /// # Errors
    /// [`EventError::BadEvent`] for a number that is not finite, or another
    /// number of weights than declared.
    pub fn events(&self, events: &[Event], first: u64) -> Result<Vec<u8>, EventError> {
        let bad = |k: usize, what: String| EventError::BadEvent {
            path: self.label.clone(),
            event: first + k as u64 + 1,
            what,
        };
        // The writer wants a beginning before events; it is cut off.
        let begun = || -> Result<Vec<u8>, lhef::writer::WriteError> {
            let mut writer = lhef::Writer::new(Vec::new(), "3.0")?;
            writer.heprup(&heprup(&RunInfo::default()))?;
            Ok(writer.into_inner())
        };
        let n_cut = begun().map_err(|e| bad(0, e.to_string()))?.len();
        let mut writer = lhef::Writer::new(Vec::with_capacity(700 * events.len()), "3.0")
            .map_err(|e| bad(0, e.to_string()))?;
        writer
            .heprup(&heprup(&RunInfo::default()))
            .map_err(|e| bad(0, e.to_string()))?;
        let mut buffer = empty_hepeup();
        for (k, event) in events.iter().enumerate() {
            self.check(event, first + k as u64)?;
            self.fill(event, &mut buffer);
            writer.hepeup(&buffer).map_err(|e| bad(k, e.to_string()))?;
        }
        let mut text = writer.into_inner();
        text.drain(..n_cut);
        self.packed(text)
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

    fn fill(&self, event: &Event, b: &mut HEPEUP) {
        b.NUP = event.particles.len() as i32;
        b.IDRUP = event.process_id;
        b.XWGTUP = event.weight;
        b.SCALUP = event.scale;
        b.AQEDUP = event.alpha_em;
        b.AQCDUP = event.alpha_s;
        b.IDUP.clear();
        b.ISTUP.clear();
        b.MOTHUP.clear();
        b.ICOLUP.clear();
        b.PUP.clear();
        b.VTIMUP.clear();
        b.SPINUP.clear();
        b.info.clear();
        for particle in &event.particles {
            let [e, px, py, pz] = particle.p;
            b.IDUP.push(particle.pdg);
            b.ISTUP.push(particle.status);
            b.MOTHUP.push(particle.mothers);
            b.ICOLUP.push(particle.colours);
            b.PUP.push([px, py, pz, e, particle.mass]);
            b.VTIMUP.push(particle.lifetime_mm);
            b.SPINUP.push(particle.spin);
        }
        if !event.weights.is_empty() {
            b.info.push_str("<rwgt>\n");
            for (tag, weight) in self.weight_tags.iter().zip(&event.weights) {
                b.info.push_str(tag);
                write!(b.info, "{weight:e}").expect("a string takes everything");
                b.info.push_str(" </wgt>\n");
            }
            b.info.push_str("</rwgt>\n");
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
        if event.weights.len() != n_declared {
            return Some(format!(
                "{} alternative weights where the run declares {n_declared}",
                event.weights.len()
            ));
        }
        let head = [event.weight, event.scale, event.alpha_em, event.alpha_s];
        if head.iter().chain(&event.weights).any(|v| !v.is_finite()) {
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

/// One gzip member; no time and no name in its head.
fn pack(text: &[u8]) -> io::Result<Vec<u8>> {
    let level = Compression::new(GZIP_LEVEL);
    let out = Vec::with_capacity(text.len() / 2);
    let mut encoder = GzBuilder::new().mtime(0).write(out, level);
    encoder.write_all(text)?;
    encoder.finish()
}

fn check_run(run: &RunInfo) -> Result<(), String> {
    for block in &run.header {
        if !is_name(&block.name) {
            return Err(format!("'{}' is no name for a header block", block.name));
        }
        if RESERVED.contains(&block.name.as_str()) {
            return Err(format!("'{}' cannot be a header block", block.name));
        }
    }
    let of_process = |p: &ProcessInfo| [p.xsec_pb, p.xsec_err_pb, p.max_weight];
    let numbers = run.processes.iter().flat_map(of_process);
    if numbers.chain(run.beam_energy).any(|v| !v.is_finite()) {
        return Err("a cross section, weight or energy is not finite".to_owned());
    }
    for (n, weight) in run.weights.iter().enumerate() {
        if run.weights[..n].iter().any(|w| w.id == weight.id) {
            return Err(format!("two weights have the id '{}'", weight.id));
        }
    }
    Ok(())
}

fn header(run: &RunInfo) -> XmlTree {
    let mut text = String::new();
    for block in &run.header {
        let content = escape(&block.text);
        text += &format!("<{0}>\n{content}\n</{0}>\n", block.name);
    }
    if !run.weights.is_empty() {
        text += "<initrwgt>\n<weightgroup name='variations'>\n";
        for weight in &run.weights {
            let (id, content) = (escape_attribute(&weight.id), escape(&weight.text));
            text += &format!("<weight id='{id}'>{content}</weight>\n");
        }
        text += "</weightgroup>\n</initrwgt>\n";
    }
    XmlTree {
        prefix: None,
        namespace: None,
        namespaces: None,
        name: "header".to_owned(),
        attributes: XmlAttr::new(),
        children: Vec::new(),
        text: Some(text),
    }
}

fn heprup(run: &RunInfo) -> HEPRUP {
    let info = run.generator.as_ref().map_or_else(String::new, |g| {
        let (name, version) = (escape_attribute(&g.name), escape_attribute(&g.version));
        let text = escape(&g.text).replace('\n', " ");
        format!("<generator name='{name}' version='{version}'>{text}</generator>\n")
    });
    HEPRUP {
        IDBMUP: run.beam_pdg,
        EBMUP: run.beam_energy,
        PDFGUP: run.pdf_group,
        PDFSUP: run.pdf_set,
        IDWTUP: run.weight_strategy,
        NPRUP: run.processes.len() as i32,
        XSECUP: run.processes.iter().map(|p| p.xsec_pb).collect(),
        XERRUP: run.processes.iter().map(|p| p.xsec_err_pb).collect(),
        XMAXUP: run.processes.iter().map(|p| p.max_weight).collect(),
        LPRUP: run.processes.iter().map(|p| p.id).collect(),
        info,
        attr: XmlAttr::new(),
    }
}

fn empty_hepeup() -> HEPEUP {
    HEPEUP {
        NUP: 0,
        IDRUP: 0,
        XWGTUP: 0.0,
        SCALUP: 0.0,
        AQEDUP: 0.0,
        AQCDUP: 0.0,
        IDUP: Vec::new(),
        ISTUP: Vec::new(),
        MOTHUP: Vec::new(),
        ICOLUP: Vec::new(),
        PUP: Vec::new(),
        VTIMUP: Vec::new(),
        SPINUP: Vec::new(),
        info: String::new(),
        attr: XmlAttr::new(),
    }
}
