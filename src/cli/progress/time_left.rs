//! The time that a stage still needs, from its own rate.
//!
//! Knows counts and times; knows not what is counted. There is no estimate before there is a
//! basis for one, and none once it has run out.

use std::time::Duration;

/// Time in which a rate is measured, at least.
const LEAST_TIME: Duration = Duration::from_secs(1);
/// Part of the work over which a rate is measured, at least.
const LEAST_PART: f64 = 0.01;

/// Counts of a stage, with the time since it began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TimeLeft {
    /// The first count: what was done by then was done at another pace, or by another process.
    first: Option<(Duration, u64)>,
    latest: (Duration, u64),
    /// Work that is lacking, in the unit of the counts.
    lacking: Option<u64>,
}

impl TimeLeft {
    /// Enters a count.
    pub(super) fn count(&mut self, at: Duration, done: u64, lacking: Option<u64>) {
        if self.first.is_none() || done < self.latest.1 {
            self.first = Some((at, done));
        }
        self.latest = (at, done);
        self.lacking = lacking;
    }

    /// Seconds that are left at `now`; `None` without a basis.
    pub(super) fn seconds(&self, now: Duration) -> Option<f64> {
        let (begin, n) = self.first?;
        let (time, work) = (self.latest.0 - begin, (self.latest.1 - n) as f64);
        let lacking = self.lacking? as f64;
        if time < LEAST_TIME || work < LEAST_PART * (work + lacking) || work == 0.0 {
            return None;
        }
        let since = now.saturating_sub(self.latest.0).as_secs_f64();
        let left = time.as_secs_f64() / work * lacking - since;
        (left > 0.0).then_some(left)
    }
}

/// A time left in words, no finer than it is known: `12 s left`, `7 min left`, `3 h 20 min left`.
pub(super) fn left_text(seconds: f64) -> String {
    let s = seconds.ceil() as u64;
    let min = (seconds / 60.0).ceil() as u64;
    match s {
        0..120 => format!("{s} s left"),
        120..7200 => format!("{min} min left"),
        7200..172_800 => format!("{} h {:02} min left", min / 60, min % 60),
        _ => format!("{} d {} h left", min / 1440, min % 1440 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn an_even_pace_gives_the_time_that_is_left() {
        let mut left = TimeLeft::default();
        for k in 0..=30_u64 {
            left.count(s(0.5 * k as f64), 20 * k, Some(1000 - 20 * k));
        }
        // 600 of 1000 in 15 s.
        assert!((left.seconds(s(15.0)).unwrap() - 10.0).abs() < 1e-9);
        assert!((left.seconds(s(19.0)).unwrap() - 6.0).abs() < 1e-9);
        assert_eq!(left.seconds(s(25.5)), None, "the time has run out");
    }

    #[test]
    fn what_was_done_before_says_nothing_of_the_pace() {
        let mut left = TimeLeft::default();
        left.count(s(0.0), 900_000, Some(100_000));
        assert_eq!(left.seconds(s(0.0)), None);
        left.count(s(10.0), 910_000, Some(90_000));
        assert!((left.seconds(s(10.0)).unwrap() - 90.0).abs() < 1e-9);
    }

    #[test]
    fn there_is_no_estimate_without_a_basis() {
        let mut left = TimeLeft::default();
        assert_eq!(left.seconds(s(5.0)), None);
        left.count(s(0.0), 0, Some(1000));
        left.count(s(0.9), 500, Some(500));
        assert_eq!(left.seconds(s(0.9)), None, "too early");
        left.count(s(0.0), 0, Some(1000));
        left.count(s(5.0), 9, Some(991));
        assert_eq!(left.seconds(s(5.0)), None, "too little");
        left.count(s(6.0), 500, None);
        assert_eq!(left.seconds(s(6.0)), None, "no end is known");
    }

    #[test]
    fn a_count_that_falls_begins_anew() {
        let mut left = TimeLeft::default();
        left.count(s(0.0), 0, Some(100));
        left.count(s(10.0), 100, Some(0));
        left.count(s(10.0), 0, Some(100));
        left.count(s(12.0), 50, Some(50));
        assert!((left.seconds(s(12.0)).unwrap() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn times_are_told_as_finely_as_they_are_known() {
        for (seconds, text) in [
            (0.2, "1 s left"),
            (119.0, "119 s left"),
            (121.0, "3 min left"),
            (7199.0, "120 min left"),
            (7201.0, "2 h 01 min left"),
            (200_000.0, "2 d 7 h left"),
        ] {
            assert_eq!(left_text(seconds), text);
        }
    }
}
