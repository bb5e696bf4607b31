//! What the weights of the events of a sample mean.
//!
//! Knows the habits of event files; knows no event.
//! Source: hep-ph/0109068 for IDWTUP; the names are those of MadGraph's `event_norm`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the weights of a sample are scaled to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventNorm {
    /// Their mean is the cross section in pb.
    #[default]
    Average,
    /// Their sum is the cross section in pb.
    Sum,
    /// 1 for all events that are not above the maximum weight.
    Unity,
}

impl EventNorm {
    const ALL: [Self; 3] = [Self::Average, Self::Sum, Self::Unity];

    /// As in cards.
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Sum => "sum",
            Self::Unity => "unity",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|n| n.name() == name)
    }

    /// IDWTUP: 4 for weights in pb whose mean is the cross section, else 3.
    pub fn weight_strategy(self) -> i32 {
        match self {
            Self::Average => 4,
            Self::Sum | Self::Unity => 3,
        }
    }

    /// The weight of an event of `n_events`, from that in pb and from that in units of
    /// the maximum weight.
    pub fn weight(self, weight_pb: f64, relative: f64, n_events: u64) -> f64 {
        match self {
            Self::Average => weight_pb,
            Self::Sum => weight_pb / n_events.max(1) as f64,
            Self::Unity => relative,
        }
    }
}
