//! Names of a report in words.
//!
//! Knows how things are called; knows no file.

/// What the reason of a sampler means.
pub(super) fn reason(name: &str) -> &str {
    match name {
        "flow_pays" => "the flow needs fewer points",
        "too_small" => "too small a part of the trials",
        "not_worth_training" => "training would cost more than it saves",
        "no_gain" => "the trained flow was no better than the grid",
        "disagreement" => "flow and survey disagree: back to the grid",
        other => other,
    }
}

/// How a training ended.
pub(super) fn outcome(name: &str) -> &str {
    match name {
        "agreed" => "survey and flow agree",
        "agreed_after_retraining" => "survey and flow agree after training again",
        "fallback_to_grid" => "survey and flow disagree: back to the grid",
        "no_gain" => "no better than the grid",
        "empty" => "zero everywhere",
        "too_few_points" => "too few points to train with",
        other => other,
    }
}
