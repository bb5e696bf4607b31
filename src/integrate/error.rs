//! Why an integration or a generation did not finish.

use crate::integrand::ChannelKey;
use crate::sampler::train::TrainError;

/// Why an integration or a generation did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrateError {
    /// A setting is outside its range.
    #[error("{name} = {value} is not allowed: {allowed}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be allowed.
        allowed: &'static str,
    },
    /// The integrand has no channel.
    #[error("there is nothing to integrate: the integrand has no channel")]
    NoChannels,
    /// The cancel flag was raised.
    #[error("cancelled after {n_points} points")]
    Cancelled {
        /// Points evaluated until then.
        n_points: u64,
    },
    /// Events were asked of a cross section that is zero.
    #[error(
        "no events can be generated: the cross section is zero ({n_cut} of {n_points} points were removed by cuts)"
    )]
    NoCrossSection {
        /// Points evaluated.
        n_points: u64,
        /// Points that the cuts removed.
        n_cut: u64,
    },
    /// Adapted channels and integrand do not belong together.
    #[error(
        "the adapted channels belong to another integrand: {what} is {adapted}, expected {integrand}"
    )]
    Mismatch {
        /// What differs.
        what: String,
        /// Its value in the adapted state.
        adapted: usize,
        /// Its value in the integrand.
        integrand: usize,
    },
    /// A channel has another map than the one that was adapted.
    #[error(
        "channel {channel} was adapted with the map {adapted}, here its map is {found}: masses, widths, cuts or beams are others"
    )]
    OtherChannel {
        /// The channel.
        channel: usize,
        /// The key of the adapted channel.
        adapted: ChannelKey,
        /// The key here.
        found: ChannelKey,
    },
    /// The integrand gives other numbers than when it was adapted.
    #[error(
        "the integrand is not the one that was adapted: at test points of channel {channel} it adds up to {found:e} pb, expected {stored:e} pb"
    )]
    Changed {
        /// The channel.
        channel: usize,
        /// What was stored.
        stored: f64,
        /// What is found now.
        found: f64,
    },
    /// Far more trials than expected did not give the events.
    #[error(
        "only {n_events} of {n_wanted} events after {n_trials} trials: the integrand is not the one that was adapted"
    )]
    Exhausted {
        /// Events delivered.
        n_events: u64,
        /// Events asked for.
        n_wanted: u64,
        /// Points tried.
        n_trials: u64,
    },
    /// Flows cannot be trained as asked.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The state of an adaptation could not be kept.
    #[error("the state of the adaptation could not be kept: {0}")]
    Keep(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The receiver of the events failed.
    #[error("events could not be delivered: {0}")]
    Sink(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl IntegrateError {
    /// Whether the user's input is to blame (rather than the run): a setting, or a
    /// device that was named and cannot be used.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Self::Setting { .. } | Self::Train(TrainError::Device(_))
        )
    }
}
