//! The card of a file with all of its defaults, and what each `auto` in it became.
//!
//! Knows where files say it; decides nothing.

use crate::card::Card;
use crate::event::RunInfo;
use crate::gridpack::Gridpack;
use crate::run::{EFFECTIVE_CARD, adaptation_of, adapted_for, computed_widths, samplers_text};

/// Whether a key of a card leaves the choice to the program.
fn is_auto(value: &impl serde::Serialize) -> bool {
    serde_json::to_value(value).is_ok_and(|name| name == "auto")
}

/// A card, and key by key what was decided where it says `auto`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EffectiveCard {
    /// The card in TOML.
    pub text: String,
    /// Key, as `section.key`, and what it became, in words.
    pub choices: Vec<(String, String)>,
    /// Number of events and seed for which its samplers were adapted, where the card has others:
    /// events of a gridpack, or a part of a sample.
    pub adapted_for: Option<(u64, u64)>,
}

impl EffectiveCard {
    pub(super) fn of_card(card: &Card) -> Self {
        Self {
            text: card.effective(),
            ..Self::default()
        }
    }

    pub(super) fn of_pack(pack: &Gridpack) -> Self {
        let mut found = Self::of_card(&pack.card);
        found.add(
            &pack.card,
            &pack.facts.helicities,
            samplers_text(&pack.adapted),
        );
        found
    }

    /// `None` if the file does not say it.
    pub(super) fn of_events(run: &RunInfo) -> Option<Self> {
        let mut found = Self {
            text: run.header_text(EFFECTIVE_CARD)?.trim().to_owned() + "\n",
            ..Self::default()
        };
        let card = Card::from_str(&found.text, EFFECTIVE_CARD).ok()?;
        let own = (card.run.events, card.run.seed);
        found.adapted_for = adapted_for(run).filter(|other| *other != own);
        if let Some(adaptation) = adaptation_of(run) {
            found.add(&card, &adaptation.helicities, adaptation.samplers);
        }
        let widths = computed_widths(run).into_iter();
        let widths = widths.map(|(parameter, width)| (format!("model.set.{parameter}"), width));
        found.choices.extend(widths);
        Some(found)
    }

    fn add(&mut self, card: &Card, helicities: &str, samplers: Option<String>) {
        if is_auto(&card.amplitude.helicity) && !helicities.is_empty() {
            let choice = ("amplitude.helicity".to_owned(), helicities.to_owned());
            self.choices.push(choice);
        }
        if is_auto(&card.run.sampler) {
            let text = samplers.unwrap_or_else(|| "grids in all channels".to_owned());
            self.choices.push(("run.sampler".to_owned(), text));
        }
    }

    /// The card, and the choices and what it was adapted for as comments.
    pub fn text_with_choices(&self) -> String {
        let mut text = self.text.clone();
        if let Some((events, seed)) = self.adapted_for {
            text += &format!(
                "\n# Drawn from samplers that were adapted for {events} events with seed {seed}\n"
            );
        }
        if !self.choices.is_empty() {
            text += "\n# What 'auto' became:\n";
        }
        for (key, choice) in &self.choices {
            text += &format!("# {key}: {choice}\n");
        }
        text
    }
}
