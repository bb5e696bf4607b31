//! Events in HDF5, in the layout LHEH5 version 2.1: root datasets `version`,
//! `init`, `procInfo`, `events` and `particles`, chunked and compressed.
//!
//! Each event takes the same number of rows in `particles`, padded with zeros.
//! What the layout has no place for (header, process ids, generator) stands in
//! one more dataset, `omnis`, as JSON. Of what events say further it
//! has a place for trials and scales, some in datasets of their own; the rest is counted.
//! Knows records and files; must not know how an event was made.
//! Sources: arXiv:2309.13154, 1905.05120.

use std::path::Path;

use ::hdf5::types::VarLenUnicode;
use ::hdf5::{Dataset, File, Location};
use ndarray::{Array2, s};
use serde_json::{Value, json};

use super::EventError;
use super::hdf5_extras::Extras;
use super::hdf5_particles::{PARTICLES, particle, row_of};
use super::hdf5_polynomial::PolynomialColumns;
use super::hdf5_scales::{ScaleTables, append_scales, complete_scales};
use super::record::{
    Event, Generator, HeaderBlock, Particle, ProcessInfo, RunInfo, Spelling, WeightInfo, status,
};
use super::scales::EventScales;
use super::terms::POLYNOMIAL;
use crate::storage::SafeFile;

const VERSION: [i32; 3] = [2, 1, 0];
const INIT: [&str; 10] = [
    "beamA",
    "beamB",
    "energyA",
    "energyB",
    "PDFgroupA",
    "PDFgroupB",
    "PDFsetA",
    "PDFsetB",
    "weightingStrategy",
    "numProcesses",
];
const PROC_INFO: [&str; 6] = ["procId", "npLO", "npNLO", "xSection", "error", "unitWeight"];
const EVENTS: [&str; 10] = [
    "pid",
    "nparticles",
    "start",
    "trials",
    "scale",
    "fscale",
    "rscale",
    "aqed",
    "aqcd",
    "NOMINAL",
];
/// Events written and read at once, and per chunk of the file.
pub(super) const PIECE: usize = 4096;
/// Fast, and little larger than the best.
pub(super) const DEFLATE: u8 = 1;

/// Writes an HDF5 file under its final name in one stroke.
pub struct Hdf5Writer {
    file: File,
    safe: SafeFile,
    label: String,
    run: RunInfo,
    /// Weights that have a dataset of their own.
    polynomial: Option<PolynomialColumns>,
    waiting: Vec<Event>,
    /// Legs of the first event of each process.
    legs: Vec<i32>,
    /// Rows per event; grows with the events.
    n_max: usize,
    n_written: u64,
    /// Events with attributes or lines that the layout has no place for.
    n_cut: u64,
    /// Events without the alternative weights of the run.
    n_bare: u64,
}

impl Hdf5Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// [`EventError::File`], [`EventError::Write`].
    pub fn create(path: &Path, run: &RunInfo) -> Result<Self, EventError> {
        let safe = SafeFile::create(path)?;
        let label = path.display().to_string();
        let file = File::create(safe.temporary());
        let file = file.map_err(|e| write_error(&label, 0, &e))?;
        Ok(Self {
            file,
            safe,
            legs: vec![-1; run.processes.len()],
            polynomial: PolynomialColumns::of(run),
            run: run.clone(),
            waiting: Vec::new(),
            n_max: 0,
            n_written: 0,
            n_cut: 0,
            n_bare: 0,
            label,
        })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`EventError::BadEvent`], [`EventError::Write`].
    pub fn write(&mut self, event: &Event) -> Result<(), EventError> {
        let bad = |what: String| EventError::BadEvent {
            path: self.label.clone(),
            event: self.n_written + self.waiting.len() as u64 + 1,
            what,
        };
        let place = self
            .run
            .processes
            .iter()
            .position(|p| p.id == event.process_id);
        let Some(place) = place else {
            return Err(bad(format!("process {} is not declared", event.process_id)));
        };
        let bare = event.weights.is_empty() && !self.run.weights.is_empty();
        if event.weights.len() != self.run.weights.len() && !bare {
            return Err(bad(format!(
                "{} alternative weights where the run declares {}",
                event.weights.len(),
                self.run.weights.len()
            )));
        }
        if self.legs[place] < 0 {
            let external = |p: &&Particle| p.status != status::RESONANCE;
            self.legs[place] = event.particles.iter().filter(external).count() as i32;
        }
        self.n_bare += u64::from(bare);
        self.n_cut += u64::from(Extras::of(event).is_more);
        self.waiting.push(event.clone());
        if self.waiting.len() == PIECE {
            self.flush()?;
        }
        Ok(())
    }

    /// What the events had and the layout has no place for.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.n_cut > 0 {
            notes.push(format!(
                "not kept: attributes or further lines of {} events, for which LHEH5 has no place",
                self.n_cut
            ));
        }
        if self.n_bare > 0 {
            notes.push(format!(
                "{} events do not list the alternative weights of the header, which are NaN now",
                self.n_bare
            ));
        }
        notes
    }

    /// Completes the file and gives it its name. Returns the number of events.
    ///
    /// # Errors
    /// [`EventError::Write`], [`EventError::File`]; no file appears then.
    pub fn finish(self) -> Result<u64, EventError> {
        let n_events = self.n_written + self.waiting.len() as u64;
        self.complete()?.finish()?;
        Ok(n_events)
    }

    /// Completes the file, which gets its name when the caller finishes it.
    ///
    /// # Errors
    /// [`EventError::Write`].
    pub fn complete(mut self) -> Result<SafeFile, EventError> {
        self.flush()?;
        if self.n_written == 0 {
            self.grow(1).map_err(|e| self.failed(&e))?;
        }
        self.head().map_err(|e| self.failed(&e))?;
        complete_scales(&self.file, self.n_written as usize).map_err(|e| self.failed(&e))?;
        let closed = self.file.flush().and_then(|()| self.file.close());
        closed.map_err(|e| write_error(&self.label, self.n_written, &e))?;
        Ok(self.safe)
    }

    fn failed(&self, error: &::hdf5::Error) -> EventError {
        write_error(&self.label, self.n_written, error)
    }

    fn flush(&mut self) -> Result<(), EventError> {
        let events = std::mem::take(&mut self.waiting);
        if events.is_empty() {
            return Ok(());
        }
        let most = events.iter().map(|e| e.particles.len()).max().unwrap_or(1);
        if most > self.n_max {
            self.grow(most).map_err(|e| self.failed(&e))?;
        }
        self.append(&events).map_err(|e| self.failed(&e))?;
        self.n_written += events.len() as u64;
        Ok(())
    }

    fn append(&self, events: &[Event]) -> ::hdf5::Result<()> {
        let first = self.n_written as usize;
        let own = self.terms();
        let n_columns = EVENTS.len() + self.run.weights.len() - own.len();
        let mut terms = Array2::from_elem((events.len(), own.len()), f64::NAN);
        let mut rows = Array2::zeros((events.len(), n_columns));
        let mut legs = Array2::zeros((events.len() * self.n_max, PARTICLES.len()));
        for (k, event) in events.iter().enumerate() {
            let place = self
                .run
                .processes
                .iter()
                .position(|p| p.id == event.process_id);
            let extras = Extras::of(event);
            let head = [
                place.map_or(0, |p| p + 1) as f64,
                event.particles.len() as f64,
                ((first + k) * self.n_max) as f64,
                extras.trials,
                event.scales.start,
                event.scales.larger_mu_f(),
                event.scales.mu_r,
                event.alpha_em,
                event.alpha_s,
                event.weight,
            ];
            let is_bare = event.weights.is_empty();
            let bare = vec![f64::NAN; if is_bare { self.run.weights.len() } else { 0 }];
            let weights = if is_bare { &bare } else { &event.weights };
            let [before, after] = [&weights[..own.start], &weights[own.end..]];
            for (column, value) in head.iter().chain(before).chain(after).enumerate() {
                rows[(k, column)] = *value;
            }
            for (column, value) in weights[own.clone()].iter().enumerate() {
                terms[(k, column)] = *value;
            }
            for (j, particle) in event.particles.iter().enumerate() {
                for (column, value) in row_of(particle).into_iter().enumerate() {
                    legs[(k * self.n_max + j, column)] = value;
                }
            }
        }
        let (a, b) = (first, first + events.len());
        let table = self.file.dataset("events")?;
        table.resize((b, n_columns))?;
        table.write_slice(&rows, s![a..b, ..])?;
        if !own.is_empty() {
            let table = self.file.dataset(POLYNOMIAL)?;
            table.resize((b, own.len()))?;
            table.write_slice(&terms, s![a..b, ..])?;
        }
        let (a, b) = (a * self.n_max, b * self.n_max);
        let table = self.file.dataset("particles")?;
        table.resize((b, PARTICLES.len()))?;
        table.write_slice(&legs, s![a..b, ..])?;
        append_scales(&self.file, events, first)
    }

    /// Places of the weights that have a dataset of their own.
    fn terms(&self) -> std::ops::Range<usize> {
        let own = self.polynomial.as_ref();
        own.map_or(0..0, PolynomialColumns::range)
    }

    /// Makes room for `n_max` particles per event; events written before are
    /// padded anew.
    fn grow(&mut self, n_max: usize) -> ::hdf5::Result<()> {
        let own = self.terms();
        let n_columns = EVENTS.len() + self.run.weights.len() - own.len();
        let old = self.n_max;
        self.n_max = n_max;
        if old == 0 {
            if let Some(polynomial) = &self.polynomial {
                polynomial.describe(&self.table(POLYNOMIAL, own.len(), PIECE)?)?;
            }
            let all = self.run.weights.iter().enumerate();
            let plain = all.filter(|(k, _)| !own.contains(k));
            let names = plain.map(|(_, w)| w.id.as_str());
            let names: Vec<&str> = EVENTS.into_iter().chain(names).collect();
            let table = self.table("events", n_columns, PIECE)?;
            attribute(&table, "events", &names)?;
            self.particles()?;
            return Ok(());
        }
        let n = self.n_written as usize;
        self.file.relink("particles", "narrower")?;
        let from = self.file.dataset("narrower")?;
        let to = self.particles()?;
        let events = self.file.dataset("events")?;
        to.resize((n * n_max, PARTICLES.len()))?;
        for a in (0..n).step_by(PIECE) {
            let b = (a + PIECE).min(n);
            let rows: Array2<f64> = from.read_slice_2d(s![a * old..b * old, ..])?;
            let mut wide = Array2::zeros(((b - a) * n_max, PARTICLES.len()));
            for k in 0..b - a {
                wide.slice_mut(s![k * n_max..k * n_max + old, ..])
                    .assign(&rows.slice(s![k * old..(k + 1) * old, ..]));
            }
            to.write_slice(&wide, s![a * n_max..b * n_max, ..])?;
            let mut rows: Array2<f64> = events.read_slice_2d(s![a..b, ..])?;
            for k in 0..b - a {
                rows[(k, 2)] = ((a + k) * n_max) as f64;
            }
            events.write_slice(&rows, s![a..b, ..])?;
        }
        self.file.unlink("narrower")
    }

    fn particles(&self) -> ::hdf5::Result<Dataset> {
        let table = self.table("particles", PARTICLES.len(), PIECE * self.n_max)?;
        attribute(&table, "properties", &PARTICLES)?;
        Ok(table)
    }

    fn table(&self, name: &str, n_columns: usize, n_chunk: usize) -> ::hdf5::Result<Dataset> {
        self.file
            .new_dataset::<f64>()
            .chunk((n_chunk, n_columns))
            .shuffle()
            .deflate(DEFLATE)
            .shape((0.., n_columns))
            .create(name)
    }

    /// The small datasets.
    fn head(&self) -> ::hdf5::Result<()> {
        let run = &self.run;
        let file = &self.file;
        file.new_dataset_builder()
            .with_data(&VERSION)
            .create("version")?;
        let init = [
            f64::from(run.beam_pdg[0]),
            f64::from(run.beam_pdg[1]),
            run.beam_energy[0],
            run.beam_energy[1],
            f64::from(run.pdf_group[0]),
            f64::from(run.pdf_group[1]),
            f64::from(run.pdf_set[0]),
            f64::from(run.pdf_set[1]),
            f64::from(run.weight_strategy),
            run.processes.len() as f64,
        ];
        let table = file.new_dataset_builder().with_data(&init).create("init")?;
        attribute(&table, "properties", &INIT)?;
        let mut rows = Array2::zeros((run.processes.len(), PROC_INFO.len()));
        for (k, p) in run.processes.iter().enumerate() {
            let row = [
                (k + 1) as f64,
                f64::from(self.legs[k]),
                -1.0,
                p.xsec_pb,
                p.xsec_err_pb,
                p.max_weight,
            ];
            for (column, value) in row.into_iter().enumerate() {
                rows[(k, column)] = value;
            }
        }
        let table = file
            .new_dataset_builder()
            .with_data(&rows)
            .create("procInfo")?;
        attribute(&table, "properties", &PROC_INFO)?;
        let text = rest_of(run).to_string().into_bytes();
        file.new_dataset_builder()
            .with_data(&text)
            .create("omnis")?;
        Ok(())
    }
}

/// What the layout has no place for.
fn rest_of(run: &RunInfo) -> Value {
    let s = &run.spelling;
    json!({
        "process_ids": run.processes.iter().map(|p| p.id).collect::<Vec<_>>(),
        "header": run.header.iter().map(|b| (&b.name, &b.text, &b.verbatim)).collect::<Vec<_>>(),
        "weights": run.weights.iter().map(|w| &w.text).collect::<Vec<_>>(),
        "generator": run.generator.as_ref().map(|g| (&g.name, &g.version, &g.text)),
        "spelling": [&s.opening, &s.weights, &s.init_attributes, &s.init_rest],
    })
}

/// An attribute that is a list of names.
fn attribute(at: &Location, name: &str, names: &[&str]) -> ::hdf5::Result<()> {
    let names: Vec<VarLenUnicode> = names
        .iter()
        .map(|n| n.replace('\0', " ").parse().unwrap_or_default())
        .collect();
    at.new_attr::<VarLenUnicode>()
        .shape(names.len())
        .create(name)?
        .write_raw(&names)
}

fn write_error(label: &str, n_events: u64, error: &::hdf5::Error) -> EventError {
    EventError::Write {
        path: label.to_owned(),
        n_events,
        source: std::io::Error::other(error.to_string()),
    }
}

/// Reads events one by one.
pub struct Hdf5Reader {
    events: Dataset,
    particles: Dataset,
    polynomial: Option<(Dataset, PolynomialColumns)>,
    scales: ScaleTables,
    run: RunInfo,
    label: String,
    piece: std::vec::IntoIter<Event>,
    n_read: usize,
    n_events: usize,
}

impl Hdf5Reader {
    /// Opens a file and reads its run information.
    ///
    /// # Errors
    /// [`EventError::Parse`] for a file that is damaged or of another layout.
    pub fn open(path: &Path) -> Result<Self, EventError> {
        let label = path.display().to_string();
        let found = File::open(path).and_then(|file| {
            let polynomial = PolynomialColumns::read(&file)?;
            let run = read_run(&file, polynomial.as_ref().map(|p| &p.1))?;
            let [events, particles] = [file.dataset("events")?, file.dataset("particles")?];
            let scales = ScaleTables::open(&file, events.shape()[0])?;
            Ok((events, particles, polynomial, scales, run))
        });
        let (events, particles, polynomial, scales, run) =
            found.map_err(|e| EventError::Parse {
                path: label.clone(),
                place: "head".to_owned(),
                what: format!("{e}; expected the layout LHEH5, version 2"),
            })?;
        let parse = |what: String| EventError::Parse {
            path: label.clone(),
            place: "head".to_owned(),
            what,
        };
        let (columns, legs) = (events.shape(), particles.shape());
        let n_terms = polynomial.as_ref().map_or(0, |p| p.1.range().len());
        let wanted = EVENTS.len() + run.weights.len() - n_terms;
        if columns.len() != 2 || columns[1] != wanted {
            return Err(parse(format!(
                "found events of shape {columns:?}, expected {wanted} columns"
            )));
        }
        if legs.len() != 2 || legs[1] != PARTICLES.len() {
            return Err(parse(format!(
                "found particles of shape {legs:?}, expected {} columns",
                PARTICLES.len()
            )));
        }
        if let Some((table, _)) = &polynomial
            && table.shape()[0] < columns[0]
        {
            let (found, n) = (table.shape()[0], columns[0]);
            let what = format!("found terms of {found} events, expected {n}");
            return Err(parse(what));
        }
        Ok(Self {
            polynomial,
            scales,
            n_events: columns[0],
            events,
            particles,
            run,
            label,
            piece: Vec::new().into_iter(),
            n_read: 0,
        })
    }

    /// What holds for all events.
    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// [`EventError::Parse`].
    pub fn next_event(&mut self) -> Result<Option<Event>, EventError> {
        if let Some(event) = self.piece.next() {
            return Ok(Some(event));
        }
        if self.n_read == self.n_events {
            return Ok(None);
        }
        let end = (self.n_read + PIECE).min(self.n_events);
        let events = self.read(end).map_err(|what| EventError::Parse {
            path: self.label.clone(),
            place: format!("events {} to {end}", self.n_read + 1),
            what,
        })?;
        self.n_read = end;
        self.piece = events.into_iter();
        Ok(self.piece.next())
    }

    fn read(&self, end: usize) -> Result<Vec<Event>, String> {
        let text = |e: ::hdf5::Error| e.to_string();
        let rows: Array2<f64> = self
            .events
            .read_slice_2d(s![self.n_read..end, ..])
            .map_err(text)?;
        let bounds =
            |row: ndarray::ArrayView1<f64>| (row[2] as usize, row[2] as usize + row[1] as usize);
        let first = rows.rows().into_iter().map(|r| bounds(r).0).min();
        let last = rows.rows().into_iter().map(|r| bounds(r).1).max();
        let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
        let n_legs = self.particles.shape()[0];
        if last > n_legs {
            return Err(format!(
                "found particles up to row {last}, expected at most {n_legs}"
            ));
        }
        let legs: Array2<f64> = self
            .particles
            .read_slice_2d(s![first..last, ..])
            .map_err(text)?;
        let scales = self.scales.read(self.n_read..end).map_err(text)?;
        let mut terms = Array2::zeros((0, 0));
        let mut first_term = 0;
        if let Some((table, polynomial)) = &self.polynomial {
            terms = table
                .read_slice_2d(s![self.n_read..end, ..])
                .map_err(text)?;
            first_term = polynomial.range().start;
        }
        rows.rows()
            .into_iter()
            .enumerate()
            .map(|(k, row)| {
                let place = (row[0] as usize).wrapping_sub(1);
                let process = self.run.processes.get(place);
                let process = process
                    .ok_or_else(|| format!("found process {}, which is not declared", row[0]))?;
                let (a, b) = bounds(row);
                let mut event = Event {
                    process_id: process.id,
                    weight: row[9],
                    scales: EventScales {
                        start: row[4],
                        mu_f: [row[5]; 2],
                        mu_r: row[6],
                    },
                    alpha_em: row[7],
                    alpha_s: row[8],
                    particles: (a..b).map(|k| particle(legs.row(k - first))).collect(),
                    weights: match terms.is_empty() {
                        true => weights_of(row, 0, &[]),
                        false => weights_of(row, first_term, &terms.row(k).to_vec()),
                    },
                    attributes: Extras::attributes(row),
                    ..Event::default()
                };
                scales.give(k, &mut event);
                Ok(event)
            })
            .collect()
    }
}

/// Alternative weights, with the terms from `first` on; none if the event had none.
fn weights_of(row: ndarray::ArrayView1<f64>, first: usize, terms: &[f64]) -> Vec<f64> {
    let mut weights: Vec<f64> = row.iter().skip(EVENTS.len()).copied().collect();
    let first = first.min(weights.len());
    weights.splice(first..first, terms.iter().copied());
    match weights.iter().all(|w| w.is_nan()) {
        true => Vec::new(),
        false => weights,
    }
}

fn read_run(file: &File, terms: Option<&PolynomialColumns>) -> ::hdf5::Result<RunInfo> {
    let version = file.dataset("version")?.read_raw::<i32>()?;
    if version.first() != Some(&2) {
        return Err(format!("found version {version:?}").into());
    }
    let init = file.dataset("init")?.read_raw::<f64>()?;
    if init.len() < INIT.len() {
        return Err(format!(
            "found {} numbers in init, expected {}",
            init.len(),
            INIT.len()
        )
        .into());
    }
    let rows: Array2<f64> = file.dataset("procInfo")?.read_2d()?;
    if rows.ncols() < PROC_INFO.len() {
        return Err(format!("found {} columns in procInfo, expected 6", rows.ncols()).into());
    }
    let names = file.dataset("events")?.attr("events")?;
    let names = names.read_raw::<VarLenUnicode>()?;
    let mut ids: Vec<String> = names
        .iter()
        .skip(EVENTS.len())
        .map(ToString::to_string)
        .collect();
    if let Some(terms) = terms {
        let first = terms.range().start.min(ids.len());
        ids.splice(first..first, terms.ids());
    }
    let rest = match file.dataset("omnis") {
        Ok(table) => serde_json::from_slice(&table.read_raw::<u8>()?).unwrap_or(Value::Null),
        Err(_) => Value::Null,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let i = |k: usize| init[k] as i32;
    Ok(RunInfo {
        beam_pdg: [i(0), i(1)],
        beam_energy: [init[2], init[3]],
        pdf_group: [i(4), i(5)],
        pdf_set: [i(6), i(7)],
        weight_strategy: i(8),
        processes: rows
            .rows()
            .into_iter()
            .enumerate()
            .map(|(k, row)| ProcessInfo {
                id: rest["process_ids"][k]
                    .as_i64()
                    .map_or(row[0] as i32, |id| id as i32),
                xsec_pb: row[3],
                xsec_err_pb: row[4],
                max_weight: row[5],
            })
            .collect(),
        generator: rest["generator"].as_array().map(|g| Generator {
            name: g.first().map(text).unwrap_or_default(),
            version: g.get(1).map(text).unwrap_or_default(),
            text: g.get(2).map(text).unwrap_or_default(),
        }),
        weights: (ids.into_iter().enumerate())
            .map(|(k, id)| WeightInfo {
                id,
                text: text(&rest["weights"][k]),
            })
            .collect(),
        header: rest["header"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|block| HeaderBlock {
                name: text(&block[0]),
                text: text(&block[1]),
                verbatim: text(&block[2]),
            })
            .collect(),
        spelling: Spelling {
            opening: text(&rest["spelling"][0]),
            weights: text(&rest["spelling"][1]),
            init_attributes: text(&rest["spelling"][2]),
            init_rest: text(&rest["spelling"][3]),
        },
    })
}
