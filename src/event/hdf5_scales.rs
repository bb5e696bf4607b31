//! Scales of events for which LHEH5 has no column: datasets of their own beside the events.
//!
//! `beam_scales` has the factorisation scales of beam 1 and beam 2, `pt_clust` the scale at
//! which each particle was radiated, by its place in the event; a row for each event, GeV, 0
//! where an event states none. A file whose events state none has none of them. Knows
//! scales and datasets; knows no process.

use std::ops::Range;

use ::hdf5::{Dataset, File};
use ndarray::{Array2, s};

use super::hdf5::{DEFLATE, PIECE};
use super::record::Event;
use super::scales::EventScales;

/// Names of the datasets.
const BEAM_SCALES: &str = "beam_scales";
const PT_CLUST: &str = "pt_clust";
/// Columns of a chunk of the file.
const N_CHUNK: usize = 8;

/// Adds what some events state, the first of them being event `first` of the file, from 0.
pub(super) fn append_scales(file: &File, events: &[Event], first: usize) -> ::hdf5::Result<()> {
    let mut of_beams = Array2::zeros((events.len(), 2));
    let of_particles = |e: &Event| EventScales::of_particles(&e.rest);
    let of_particles: Vec<Vec<(usize, f64)>> = events.iter().map(of_particles).collect();
    let n = events.iter().map(|e| e.particles.len()).max().unwrap_or(0);
    let mut of_legs = Array2::zeros((events.len(), n));
    for (k, event) in events.iter().enumerate() {
        let [a, b] = event.scales.mu_f;
        if a != b {
            (of_beams[(k, 0)], of_beams[(k, 1)]) = (a, b);
        }
        for &(place, scale) in &of_particles[k] {
            if (1..=event.particles.len()).contains(&place) {
                of_legs[(k, place - 1)] = scale;
            }
        }
    }
    for (name, rows) in [(BEAM_SCALES, of_beams), (PT_CLUST, of_legs)] {
        if rows.iter().all(|x| *x == 0.0) {
            continue;
        }
        let table = match file.link_exists(name) {
            true => file.dataset(name)?,
            false => (file.new_dataset::<f64>())
                .chunk((PIECE, N_CHUNK))
                .shuffle()
                .deflate(DEFLATE)
                .shape((0.., 0..))
                .create(name)?,
        };
        // Rows and columns that no event writes are 0.
        let (end, width) = (first + rows.nrows(), rows.ncols());
        table.resize((end, width.max(table.shape()[1])))?;
        table.write_slice(&rows, s![first..end, ..width])?;
    }
    Ok(())
}

/// Gives the datasets a row for each event.
pub(super) fn complete_scales(file: &File, n_events: usize) -> ::hdf5::Result<()> {
    for name in [BEAM_SCALES, PT_CLUST] {
        if file.link_exists(name) {
            let table = file.dataset(name)?;
            table.resize((n_events, table.shape()[1]))?;
        }
    }
    Ok(())
}

/// The datasets of a file that has them.
pub(super) struct ScaleTables([Option<Dataset>; 2]);

impl ScaleTables {
    /// Opens them.
    ///
    /// # Errors
    /// If one has another shape than `n_events` ask for.
    pub fn open(file: &File, n_events: usize) -> ::hdf5::Result<Self> {
        let open = |name: &str| -> ::hdf5::Result<Option<Dataset>> {
            if !file.link_exists(name) {
                return Ok(None);
            }
            let table = file.dataset(name)?;
            match table.shape()[..] {
                [n, width] if n == n_events && (name == PT_CLUST || width == 2) => Ok(Some(table)),
                ref shape => {
                    let found = format!("found '{name}' of shape {shape:?} for {n_events} events");
                    Err(found.into())
                }
            }
        };
        Ok(Self([open(BEAM_SCALES)?, open(PT_CLUST)?]))
    }

    /// What they say of some events.
    pub fn read(&self, events: Range<usize>) -> ::hdf5::Result<ScaleRows> {
        let read = |table: &Option<Dataset>| match table {
            Some(table) => table.read_slice_2d(s![events.clone(), ..]),
            None => Ok(Array2::zeros((0, 0))),
        };
        Ok(ScaleRows([read(&self.0[0])?, read(&self.0[1])?]))
    }
}

/// Rows of the datasets; none of one that the file lacks.
pub(super) struct ScaleRows([Array2<f64>; 2]);

impl ScaleRows {
    /// Adds what they say of an event, whose other scales are known.
    pub fn give(&self, k: usize, event: &mut Event) {
        let [of_beams, of_legs] = &self.0;
        if of_beams.nrows() > k && of_beams[(k, 0)] > 0.0 {
            event.scales.mu_f = [of_beams[(k, 0)], of_beams[(k, 1)]];
        }
        if of_legs.nrows() > k {
            let row = of_legs.row(k);
            let stated = row.iter().enumerate().filter(|(_, scale)| **scale > 0.0);
            let stated: Vec<(usize, f64)> = stated.map(|(j, scale)| (j + 1, *scale)).collect();
            if !stated.is_empty() {
                event.rest = event.scales.line_with(&stated);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Hdf5Reader, Hdf5Writer, Particle, ProcessInfo, RunInfo};

    fn round_trip(events: &[Event]) -> (Vec<Event>, Vec<String>) {
        let process = ProcessInfo {
            id: 1,
            xsec_pb: 1.0,
            xsec_err_pb: 0.1,
            max_weight: 1.0,
        };
        let run = RunInfo {
            processes: vec![process],
            ..RunInfo::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let mut writer = Hdf5Writer::create(&path, &run).unwrap();
        events.iter().for_each(|e| writer.write(e).unwrap());
        let notes = writer.notes();
        writer.finish().unwrap();
        let mut reader = Hdf5Reader::open(&path).unwrap();
        let read = std::iter::from_fn(|| reader.next_event().unwrap()).collect();
        (read, notes)
    }

    fn event(k: usize) -> Event {
        let mu = 10.0 + k as f64;
        let mut scales = EventScales::all(mu);
        let n = 3 + k / PIECE;
        let mut rest = String::new();
        if k % 3 == 1 {
            scales.mu_f = [mu / 3.0, mu];
        }
        if k % 5 == 2 {
            rest = scales.line_with(&[(2, 13000.0), (n, 7.0 + 1.0 / mu)]);
        }
        Event {
            process_id: 1,
            weight: 1.0,
            scales,
            rest,
            particles: vec![Particle::default(); n],
            ..Event::default()
        }
    }

    #[test]
    fn scales_of_beams_and_particles_come_back() {
        // Several pieces of a file, the later ones with more particles.
        let events: Vec<Event> = (0..2 * PIECE + 10).map(event).collect();
        let (found, notes) = round_trip(&events);
        assert_eq!(notes, [""; 0]);
        assert_eq!(found.len(), events.len());
        for (k, (a, b)) in found.iter().zip(&events).enumerate() {
            assert_eq!((a.scales, &a.rest), (b.scales, &b.rest), "{k}");
        }
    }

    #[test]
    fn what_is_no_place_of_an_event_is_counted() {
        let mut odd = event(0);
        odd.rest = "<scales muf=\"10.0\" pt_clust_9=\"5.0\"></scales>\n".into();
        let (found, notes) = round_trip(&[odd]);
        assert_eq!(found[0].rest, "");
        assert!(notes[0].contains("of 1 events"), "{notes:?}");
    }
}
