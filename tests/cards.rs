//! The cards that are shipped: each is read, and so are its cuts.

use std::path::Path;

use omnis::cuts::{CutSet, Groups};
use omnis::production::Card;

fn groups() -> Groups {
    let jets = vec![21, 1, 2, 3, 4, -1, -2, -3, -4];
    [("j", jets), ("l+", vec![-11, -13]), ("l-", vec![11, 13])]
        .map(|(name, pdgs)| (name.to_string(), pdgs))
        .into()
}

#[test]
fn shipped_cards_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes");
    let mut n_cards = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let card = Card::from_path(&path).unwrap_or_else(|e| panic!("{e}"));
        let cuts = CutSet::parse(&card.cuts.require, &groups());
        cuts.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        n_cards += 1;
    }
    assert!(n_cards >= 12, "{n_cards} cards");
}
