//! Which events of which sample a file holds: what makes merging safe.
//!
//! Stands in the header of every event file as lines `key = value`. Knows
//! seeds, ranges and checksums; knows no event.

use std::ops::Range;

use serde::Serialize;

use crate::storage::short_checksum;

/// Stands in the keys of adaptations and of unfinished samples; counts up with every
/// change after which the same card and seed give other grids, flows or events.
pub(crate) const RESULTS_VERSION: &str = "7";

/// The events `events` of one seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Checksum of the adapted state: with the seed it says what event `k` is.
    pub state: String,
    /// Seed of the events.
    pub seed: u64,
    /// Positions, from 0.
    pub events: Range<u64>,
}

/// Origin of the events of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Provenance {
    /// Checksum of process, model, beams, scales and cuts.
    pub physics: String,
    /// In the order of states as they came, seeds, positions; no two overlap.
    pub samples: Vec<Sample>,
}

impl Provenance {
    /// A file with one range of events.
    pub fn new(physics: &str, state: &str, seed: u64, events: Range<u64>) -> Self {
        Self {
            physics: physics.to_owned(),
            samples: vec![Sample {
                state: state.to_owned(),
                seed,
                events,
            }],
        }
    }

    /// Number of events.
    pub fn n_events(&self) -> u64 {
        let lengths = self.samples.iter().map(|s| s.events.end - s.events.start);
        lengths.sum()
    }

    /// Seed of the first events.
    pub fn first_seed(&self) -> Option<u64> {
        self.samples.first().map(|s| s.seed)
    }

    /// The lines of the header.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("physics = {}", self.physics)];
        lines.extend(self.samples.iter().map(|s| {
            format!(
                "sample = state {} seed {} events {}..{}",
                s.state, s.seed, s.events.start, s.events.end
            )
        }));
        lines
    }

    /// Reads the lines of a header; `None` if they are not there or broken.
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = Self::default();
        for line in text.lines() {
            match line.split_once(" = ") {
                Some(("physics", value)) => found.physics = value.trim().to_owned(),
                Some(("sample", value)) => found.samples.push(parse_sample(value)?),
                _ => {}
            }
        }
        (!found.physics.is_empty() && !found.samples.is_empty()).then_some(found)
    }

    /// A text with the lines of `new` in place of those it has.
    pub fn replace(text: &str, new: &Self) -> String {
        format!("{}\n{}", Self::without(text), new.lines().join("\n"))
    }

    /// A text without the lines of a provenance.
    pub(crate) fn without(text: &str) -> String {
        let ours = |l: &&str| !l.starts_with("physics = ") && !l.starts_with("sample = ");
        let lines: Vec<&str> = text.lines().filter(ours).collect();
        lines.join("\n")
    }

    /// The events at these positions of the file.
    pub fn part(&self, events: &Range<u64>) -> Self {
        let mut start = 0;
        let mut samples = Vec::new();
        for sample in &self.samples {
            let length = sample.events.end - sample.events.start;
            let a = events.start.clamp(start, start + length) - start;
            let b = events.end.clamp(start, start + length) - start;
            if a < b {
                samples.push(Sample {
                    events: sample.events.start + a..sample.events.start + b,
                    ..sample.clone()
                });
            }
            start += length;
        }
        Self {
            physics: self.physics.clone(),
            samples,
        }
    }

    /// Adds the events of another file; adjacent ranges become one.
    ///
    /// # Errors
    /// A sentence that says why the two are no sample together.
    pub fn add(&mut self, other: &Self) -> Result<(), String> {
        if self.physics != other.physics {
            return Err(format!(
                "found events of other physics (card or parameters, checksum {}), expected {}",
                short_checksum(&other.physics),
                short_checksum(&self.physics)
            ));
        }
        for new in &other.samples {
            for old in self.samples.iter().filter(|o| o.seed == new.seed) {
                if old.state != new.state {
                    return Err(format!(
                        "found seed {} of another adaptation ({}), which another file has for {}; its events are not independent, expected another seed",
                        new.seed,
                        short_checksum(&new.state),
                        short_checksum(&old.state)
                    ));
                }
                let start = old.events.start.max(new.events.start);
                let end = old.events.end.min(new.events.end);
                if start < end {
                    return Err(format!(
                        "found events {start}..{end} of seed {}, which another file has already; expected disjoint ranges or another seed",
                        new.seed
                    ));
                }
            }
            self.samples.push(new.clone());
        }
        let mut states: Vec<String> = Vec::new();
        for sample in &self.samples {
            if !states.contains(&sample.state) {
                states.push(sample.state.clone());
            }
        }
        self.samples.sort_by_key(|s| {
            let place = states.iter().position(|state| *state == s.state);
            (place, s.seed, s.events.start)
        });
        self.samples.dedup_by(|next, last| {
            let joins = (&next.state, next.seed) == (&last.state, last.seed)
                && next.events.start == last.events.end;
            if joins {
                last.events.end = next.events.end;
            }
            joins
        });
        Ok(())
    }
}

fn parse_sample(text: &str) -> Option<Sample> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let ["state", state, "seed", seed, "events", events] = words.as_slice() else {
        return None;
    };
    let (start, end) = events.split_once("..")?;
    let events = start.parse().ok()?..end.parse().ok()?;
    (events.start <= events.end).then_some(Sample {
        state: (*state).to_owned(),
        seed: seed.parse().ok()?,
        events,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(seed: u64, events: Range<u64>) -> Provenance {
        Provenance::new("p", "s", seed, events)
    }

    #[test]
    fn lines_are_read_back_among_others() {
        let mut all = file(3, 0..10);
        all.add(&file(4, 5..7)).unwrap();
        let text = format!("version = 1\n{}\nx = y", all.lines().join("\n"));
        assert_eq!(Provenance::parse(&text), Some(all));
        assert_eq!(Provenance::parse("version = 1"), None);
        assert_eq!(Provenance::parse("physics = p\nsample = seed 1"), None);
    }

    #[test]
    fn a_part_keeps_the_positions_in_the_samples() {
        let mut all = file(3, 100..110);
        all.add(&file(4, 5..7)).unwrap();
        let part = all.part(&(8..11));
        let found: Vec<_> = part
            .samples
            .iter()
            .map(|s| (s.seed, s.events.clone()))
            .collect();
        assert_eq!(found, [(3, 108..110), (4, 5..6)]);
        let text = Provenance::replace("x = 1\nphysics = q\nsample = old", &part);
        assert_eq!(Provenance::parse(&text), Some(part));
        assert!(text.starts_with("x = 1\nphysics = p\n"));
    }

    #[test]
    fn adjacent_ranges_join_in_any_order() {
        let mut all = file(1, 10..20);
        all.add(&file(1, 30..40)).unwrap();
        all.add(&file(1, 0..10)).unwrap();
        assert_eq!(all.samples.len(), 2);
        all.add(&file(1, 20..30)).unwrap();
        assert_eq!(all, file(1, 0..40));
        assert_eq!(all.n_events(), 40);
    }

    #[test]
    fn overlaps_other_physics_and_other_states_are_refused() {
        let mut all = file(1, 0..20);
        let error = all.add(&file(1, 19..40)).unwrap_err();
        assert!(error.contains("events 19..20 of seed 1"), "{error}");
        let error = all.add(&Provenance::new("q", "s", 2, 0..1)).unwrap_err();
        assert!(error.contains("other physics"), "{error}");
        let error = all.add(&Provenance::new("p", "t", 1, 50..60)).unwrap_err();
        assert!(error.contains("expected another seed"), "{error}");
        all.add(&Provenance::new("p", "t", 2, 0..5)).unwrap();
        assert_eq!(all.n_events(), 25);
    }
}
