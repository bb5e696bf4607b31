//! Averages over events.

use omnis::event::Event;

/// Mean and its error of a weight of all events.
pub fn mean(events: &[Event], of: impl Fn(&Event) -> f64) -> (f64, f64) {
    let n = events.len() as f64;
    let mean = events.iter().map(&of).sum::<f64>() / n;
    let square = events.iter().map(|e| of(e).powi(2)).sum::<f64>() / n;
    (mean, ((square - mean * mean) / n).sqrt())
}
