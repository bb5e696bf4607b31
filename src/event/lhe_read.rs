//! Reading Les Houches Event Files, plain or gzip, of omnis and of others.
//!
//! Knows records and files; judges no event.
//! Sources: hep-ph/0609017, 1405.1067.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use lhef::reader::ReadError;
use lhef::{HEPEUP, HEPRUP};

use super::EventError;
use super::lhe_front::{Front, Shared};
use super::record::{Event, Generator, HeaderBlock, Particle, ProcessInfo, RunInfo, WeightInfo};
use super::xml::{blocks, find_element, unescape};
use crate::registry::{LimitedLines, open_input};

/// Most bytes of a line; headers of other programs have the longest ones.
const MAX_LINE: u64 = 16 << 20;

/// Reads events one by one.
pub struct LheReader {
    inner: lhef::Reader<Front<Box<dyn BufRead + Send>>>,
    run: RunInfo,
    path: String,
    shared: Arc<Shared>,
    n_events: u64,
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
        let stream = open_stream(path).map_err(|source| EventError::Open {
            path: label.clone(),
            source,
        })?;
        Self::new(stream, label)
    }

    fn new(stream: Box<dyn BufRead + Send>, path: String) -> Result<Self, EventError> {
        let (front, shared) = Front::new(stream);
        let inner = lhef::Reader::new(front).map_err(|error| EventError::Parse {
            path: path.clone(),
            place: format!("line {}", shared.line()),
            what: explain(&error),
        })?;
        let run = run_info(inner.heprup(), &shared.take_header());
        Ok(Self {
            inner,
            run,
            path,
            shared,
            n_events: 0,
        })
    }

    /// What holds for all events.
    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    /// The next event; `None` at the end of a complete file.
    ///
    /// # Errors
    /// [`EventError::Parse`], also for a file that ends early.
    pub fn next_event(&mut self) -> Result<Option<Event>, EventError> {
        let hepeup = match self.inner.hepeup() {
            Ok(hepeup) => hepeup,
            Err(error) => return Err(self.refuse(explain(&error))),
        };
        let Some(hepeup) = hepeup else {
            return Ok(None);
        };
        let weights = self.weights(&hepeup.info);
        let weights = weights.map_err(|what| self.refuse(what))?;
        self.n_events += 1;
        Ok(Some(event(&hepeup, weights)))
    }

    fn refuse(&self, what: String) -> EventError {
        let line = self.shared.line();
        EventError::Parse {
            path: self.path.clone(),
            place: format!("event {}, line {line}", self.n_events + 1),
            what,
        }
    }

    /// Alternative weights in the order of the run information.
    fn weights(&self, info: &str) -> Result<Vec<f64>, String> {
        let Some(rwgt) = find_element(info, "rwgt") else {
            return Ok(Vec::new());
        };
        let mut found = vec![None; self.run.weights.len()];
        let mut rest = rwgt.content;
        // Files list weights in the declared order: look there first.
        let mut next = 0;
        while let Some(element) = find_element(rest, "wgt") {
            rest = element.rest;
            let Some(id) = element.attribute("id") else {
                return Err("a <wgt> has no id".to_owned());
            };
            let declared = &self.run.weights;
            let index = match declared.get(next) {
                Some(weight) if weight.id == id => Some(next),
                _ => declared.iter().position(|w| w.id == id),
            };
            let Some(index) = index else { continue };
            let text = element.content.trim();
            let value = text
                .parse()
                .map_err(|_| format!("weight '{id}' is '{text}'"))?;
            found[index] = Some(value);
            next = index + 1;
        }
        let missing = |n: usize| format!("weight '{}' is missing", self.run.weights[n].id);
        let complete = found.into_iter().enumerate();
        complete.map(|(n, v)| v.ok_or_else(|| missing(n))).collect()
    }
}

fn open_stream(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::with_capacity(1 << 18, open_input(path)?);
    Ok(if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let text = BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file));
        Box::new(LimitedLines::new(text, MAX_LINE))
    } else {
        Box::new(LimitedLines::new(file, MAX_LINE))
    })
}

/// Messages of the parser that need other words.
fn explain(error: &ReadError) -> String {
    match error {
        ReadError::BadEventStart(line) if line.is_empty() => {
            "the file ends without </LesHouchesEvents>; it is not complete".to_owned()
        }
        ReadError::BadFirstLine(line) if line.is_empty() => "the file is empty".to_owned(),
        ReadError::BadFirstLine(_) => {
            "this is no Les Houches Event File: it does not begin with <LesHouchesEvents>"
                .to_owned()
        }
        ReadError::BadHeaderStart(line) if line.is_empty() => {
            "the file ends before <init>".to_owned()
        }
        other => other.to_string(),
    }
}

fn run_info(heprup: &HEPRUP, header: &str) -> RunInfo {
    let processes = (0..heprup.LPRUP.len())
        .map(|n| ProcessInfo {
            id: heprup.LPRUP[n],
            xsec_pb: heprup.XSECUP[n],
            xsec_err_pb: heprup.XERRUP[n],
            max_weight: heprup.XMAXUP[n],
        })
        .collect();
    let generator = find_element(&heprup.info, "generator").map(|element| Generator {
        name: element.attribute("name").unwrap_or_default(),
        version: element.attribute("version").unwrap_or_default(),
        text: unescape(element.content),
    });
    let mut run = RunInfo {
        beam_pdg: heprup.IDBMUP,
        beam_energy: heprup.EBMUP,
        pdf_group: heprup.PDFGUP,
        pdf_set: heprup.PDFSUP,
        weight_strategy: heprup.IDWTUP,
        processes,
        generator,
        ..RunInfo::default()
    };
    for (name, element) in blocks(header) {
        if name == "initrwgt" {
            run.weights = declared_weights(element.content);
        } else {
            run.header.push(HeaderBlock {
                name: name.to_owned(),
                text: element.text(),
            });
        }
    }
    run
}

fn declared_weights(mut text: &str) -> Vec<WeightInfo> {
    let mut weights = Vec::new();
    while let Some(element) = find_element(text, "weight") {
        if let Some(id) = element.attribute("id") {
            weights.push(WeightInfo {
                id,
                text: unescape(element.content),
            });
        }
        text = element.rest;
    }
    weights
}

fn event(hepeup: &HEPEUP, weights: Vec<f64>) -> Event {
    let particles = (0..hepeup.IDUP.len())
        .map(|n| {
            let [px, py, pz, e, mass] = hepeup.PUP[n];
            Particle {
                pdg: hepeup.IDUP[n],
                status: hepeup.ISTUP[n],
                mothers: hepeup.MOTHUP[n],
                colours: hepeup.ICOLUP[n],
                p: [e, px, py, pz],
                mass,
                lifetime_mm: hepeup.VTIMUP[n],
                spin: hepeup.SPINUP[n],
            }
        })
        .collect();
    Event {
        process_id: hepeup.IDRUP,
        weight: hepeup.XWGTUP,
        scale: hepeup.SCALUP,
        alpha_em: hepeup.AQEDUP,
        alpha_s: hepeup.AQCDUP,
        particles,
        weights,
    }
}
