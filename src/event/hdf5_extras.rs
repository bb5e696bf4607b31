//! What the attributes and further lines of an event say that LHEH5 has a column for.
//!
//! Knows records; knows no file.

use super::record::Event;
use super::scales::EventScales;
use super::xml::attributes;

/// What the attributes of an event say.
pub(super) struct Extras {
    pub trials: f64,
    /// Whether there is more that has no column.
    pub is_more: bool,
}

impl Extras {
    pub fn of(event: &Event) -> Self {
        let mut extras = Self {
            trials: 1.0,
            is_more: !event.rest.is_empty()
                && !EventScales::is_all_of(&event.rest, event.particles.len()),
        };
        for (name, value) in attributes(&event.attributes) {
            let value: f64 = value.trim().parse().unwrap_or(f64::NAN);
            match name {
                "trials" if value > 0.0 => extras.trials = value,
                "muf2" | "mur2" if value > 0.0 => {}
                _ => extras.is_more = true,
            }
        }
        extras
    }

    /// The attributes that say the same; none if they say nothing.
    pub fn attributes(row: ndarray::ArrayView1<f64>) -> String {
        match row[3] {
            1.0 => String::new(),
            trials => format!(" trials='{trials}'"),
        }
    }
}
