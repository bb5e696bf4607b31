//! A report as files: the page, and its numbers as JSON and as YODA beside it.
//!
//! Knows names of files; computes nothing.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::page::{PHYSICS, page};
use super::sample::{Sample, read_samples};
use super::yoda::yoda_text;
use crate::card::Card;
use crate::error::Error;
use crate::jobs::{Replace, TextKind, check_text_output, other_card};
use crate::storage::{MAX_TEXT, VERSION, read_text, version_line, write_whole};

/// Version of the numbers as JSON: counts up when a key changes its meaning or goes.
const SCHEMA: u32 = 1;

/// Folder of the histograms in YODA files: the same in all, so that tools compare them.
const FOLDER: &str = "OMNIS";

/// What files say, ready to be shown.
#[derive(Clone, Debug)]
pub struct Report {
    /// One for each file.
    pub samples: Vec<Sample>,
}

/// Files of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportFiles {
    /// The page.
    pub page: PathBuf,
    /// Its numbers.
    pub json: PathBuf,
    /// Histograms, one file for each event file.
    pub yoda: Vec<PathBuf>,
}

impl ReportFiles {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.page, &self.json].into_iter().chain(&self.yoda)
    }
}

impl Report {
    /// Reads event files and gridpacks; the histograms are those of `card`, of the card of
    /// the first file that has some, or those that particles suggest.
    ///
    /// # Errors
    /// Of a file that cannot be read, [`Error::Histogram`].
    pub fn read(files: &[PathBuf], card: Option<&Card>) -> Result<Self, Error> {
        Ok(Self {
            samples: read_samples(files, card)?,
        })
    }

    /// The page.
    pub fn html(&self) -> String {
        page(&self.samples)
    }

    /// Its numbers.
    pub fn json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "omnis": version_line(),
            "samples": self.samples,
        })
    }

    /// Names of the files beside a page.
    pub fn files(&self, page: &Path) -> ReportFiles {
        let with_events = || self.samples.iter().filter(|s| s.histograms.is_some());
        let several = with_events().count() > 1;
        let name = |s: &Sample| match several {
            true => page.with_extension(format!("{}.yoda", file_part(&s.name))),
            false => page.with_extension("yoda"),
        };
        ReportFiles {
            page: page.to_owned(),
            json: page.with_extension("json"),
            yoda: with_events().map(name).collect(),
        }
    }

    /// Writes the page to a place, and the numbers beside it. None of these may be one
    /// of the `inputs`, which come with what they are.
    ///
    /// # Errors
    /// [`Error::Storage`], also for a page of other cards that `replace` does not cover.
    pub fn write<'a>(
        &self,
        page: &Path,
        inputs: impl IntoIterator<Item = (&'a Path, &'a str)> + Clone,
        replace: Replace,
    ) -> Result<ReportFiles, Error> {
        let files = self.files(page);
        check_text_output(&files.page, inputs.clone(), TextKind::Page, replace)?;
        check_text_output(&files.json, inputs.clone(), TextKind::Numbers, replace)?;
        for file in &files.yoda {
            check_text_output(file, inputs.clone(), TextKind::Yoda, replace)?;
        }
        let physics: Vec<String> = self.samples.iter().map(|s| s.physics.clone()).collect();
        check_page_there(page, &physics, replace)?;
        write_whole(&files.page, self.html().as_bytes())?;
        let json = format!("{:#}\n", self.json());
        write_whole(&files.json, json.as_bytes())?;
        let histograms = self.samples.iter().filter_map(|s| s.histograms.as_ref());
        for (file, histograms) in files.yoda.iter().zip(histograms) {
            write_whole(file, yoda_text(histograms, FOLDER).as_bytes())?;
        }
        Ok(files)
    }
}

/// Refuses to replace a page that shows none of the cards with these checksums.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_page_there(page: &Path, physics: &[String], replace: Replace) -> Result<(), Error> {
    if replace != Replace::OfThisCard {
        return Ok(());
    }
    // What is not there, or cannot be read, is not lost.
    let Ok(text) = read_text(page, MAX_TEXT) else {
        return Ok(());
    };
    let between = |a: &str, b: &str| Some(text.split_once(a)?.1.split_once(b)?.0.to_owned());
    let Some(there) = between(&format!("<meta name=\"{PHYSICS}\" content=\""), "\"") else {
        return Ok(());
    };
    let made_by = between("<meta name=\"generator\" content=\"omnis ", "\"");
    if made_by.is_none_or(|version| version != VERSION) {
        // Another version may have another checksum for the same card.
        return Ok(());
    }
    if there.split(' ').any(|p| physics.iter().any(|q| q == p)) {
        return Ok(());
    }
    let title = between("<title>", "</title>").unwrap_or_default();
    Err(other_card(page, format!("a report of '{title}'")))
}

/// A name as a part of the name of a file.
fn file_part(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect()
}
