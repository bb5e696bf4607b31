//! Date and time of a line, in UTC as ISO 8601 has it: `2026-11-30T08:39:41.250Z`.
//!
//! Source of the calendar: E. M. Reingold, N. Dershowitz, Calendrical Calculations, ch. 2, with
//! years that begin in March, so that the leap day is the last one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Days of 400 years, and from March 1st of the year 0 to January 1st 1970.
const DAYS_OF_ERA: u64 = 146_097;
const DAYS_BEFORE: u64 = 719_468;

/// The stamp of now.
pub(super) fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    stamp(since.unwrap_or_default())
}

/// Whether a line begins with a stamp.
pub(crate) fn is_stamped(line: &str) -> bool {
    let form = "0000-00-00T00:00:00.000Z ";
    let fits = |(c, f): (char, char)| c == f || (f == '0' && c.is_ascii_digit());
    line.len() >= form.len() && line.chars().zip(form.chars()).all(fits)
}

/// `since` 1970.
fn stamp(since: Duration) -> String {
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let day = days + DAYS_BEFORE;
    let (era, of_era) = (day / DAYS_OF_ERA, day % DAYS_OF_ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // Five months from March on have 153 days.
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = (
        if month < 10 { month + 3 } else { month - 9 },
        u64::from(month > 9),
    );
    format!(
        "{:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}.{:03}Z",
        400 * era + year + next,
        second / 3600,
        second / 60 % 60,
        second % 60,
        since.subsec_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_704_067_199, "2023-12-31T23:59:59.000Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(stamp(Duration::from_secs(seconds)), text);
        }
        assert!(stamp(Duration::from_millis(1250)).ends_with("01.250Z"));
    }

    #[test]
    fn lines_with_a_stamp_are_told_from_others() {
        assert!(is_stamped(&format!("{} begins", now())));
        assert!(!is_stamped("[process]"));
        assert!(!is_stamped("2026-11-30 08:39:41 of another program"));
        assert!(!is_stamped(""));
    }
}
