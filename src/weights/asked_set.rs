//! A set of parton densities that weights are asked for, and its files.
//!
//! Reads member 0; the other members are loaded elsewhere.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::plan::WeightError;
use crate::beam::PdfSet;

/// A set and those of its members that are asked for.
pub struct AskedSet {
    /// Its first member.
    pub(super) first: Arc<PdfSet>,
    /// What it is loaded by: name or path.
    pub(super) place: String,
    /// Members, in this order.
    pub(super) numbers: Range<usize>,
    is_one: bool,
}

impl AskedSet {
    /// The set of a name, a path or an LHAPDF id, all of its members, or one: `NAME@2`.
    ///
    /// # Errors
    /// [`WeightError::Beam`] if it is not found, [`WeightError::Member`] for a member that
    /// it does not have.
    pub fn find(asked: &str) -> Result<Self, WeightError> {
        let (set, member) = match asked.split_once('@') {
            Some((set, member)) => (set, Some(member)),
            None => (asked, None),
        };
        let first = Arc::new(PdfSet::load(set, 0)?);
        let n_members = first.n_members()?;
        let numbers = match member {
            None => 0..n_members,
            Some(text) => {
                let number = text.parse().ok().filter(|k| *k < n_members);
                let number = number.ok_or_else(|| WeightError::Member {
                    name: asked.into(),
                    found: text.into(),
                    last: n_members - 1,
                })?;
                number..number + 1
            }
        };
        // An id is that of any member; all of its set are meant.
        let is_id = set.bytes().all(|b| b.is_ascii_digit());
        let place = if is_id { first.name() } else { set }.to_owned();
        Ok(Self {
            first,
            place,
            numbers,
            is_one: member.is_some(),
        })
    }

    /// Name of the set.
    pub fn name(&self) -> &str {
        self.first.name()
    }

    /// Number of the first member that is asked for.
    pub fn first_number(&self) -> usize {
        self.numbers.start
    }

    /// How a card asks for it where sets are found by name.
    pub fn text(&self) -> String {
        match self.is_one {
            true => format!("{}@{}", self.name(), self.numbers.start),
            false => self.name().to_owned(),
        }
    }

    /// The files of the set that are used; none for the set shipped with omnis.
    pub fn files(&self) -> Vec<PathBuf> {
        let [info, first] = self.first.files() else {
            return vec![];
        };
        let name = self.name();
        let member = |number: usize| first.with_file_name(format!("{name}_{number:04}.dat"));
        // Member 0 says what the set is, whichever is asked for.
        let mut files = vec![info.clone(), member(0)];
        files.extend(self.numbers.clone().filter(|n| *n > 0).map(member));
        files
    }
}
