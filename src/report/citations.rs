//! What to cite for a card, a gridpack or an event file, as BibTeX.
//!
//! Knows which method, format and set of densities belongs to which publication; the entries
//! are in `references.bib`, under the keys of INSPIRE, or `arXiv:NUMBER` where it has none of
//! ours. Computes nothing.

use std::path::Path;

use serde::Serialize;

use crate::beam::{BeamParticle, DEFAULT_PDF, PdfSet};
use crate::card::Card;
use crate::error::Error;
use crate::event::{EventReader, RunInfo};
use crate::jobs::{FileKind, gridpack_of};
use crate::run::{adaptation_of, card_of, generator_name, is_own, summary_of};
use crate::sampler::SamplerKind;
use crate::scale::ScaleKind;
use crate::storage::{StorageError, VERSION};

/// All entries but those of densities that are not in it.
const ENTRIES: &str = include_str!("references.bib");

/// Year of this version, for its own entry.
const YEAR: &str = "2026";

/// One publication.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Citation {
    /// Key of the entry.
    pub key: String,
    /// What was used of it.
    pub reason: String,
    /// The entry.
    pub bibtex: String,
}

/// Everything to cite.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Citations {
    /// Each publication once.
    pub references: Vec<Citation>,
    /// What is to be cited and has no entry.
    pub notes: Vec<String>,
}

/// Whether flows were trained.
#[derive(Clone, Copy, PartialEq)]
enum Flows {
    Used,
    Unused,
    /// Nothing has been trained yet, and `run.sampler` leaves it open.
    Open,
}

impl Citations {
    /// Of a card, a gridpack or an event file of omnis.
    ///
    /// # Errors
    /// Of the file's kind, if it cannot be read; [`Error::Storage`] for events of another
    /// program.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let kind = FileKind::of(path)?;
        match kind {
            FileKind::Card => Ok(Self::of_card(&Card::from_path(path)?)),
            FileKind::Gridpack | FileKind::Tarball => {
                let pack = gridpack_of(path, kind)?;
                let flows = match pack.facts.flows.is_empty() {
                    true => Flows::Unused,
                    false => Flows::Used,
                };
                Ok(Self::of_run(&pack.card, &pack.made_by, flows))
            }
            FileKind::Lhe | FileKind::Hdf5 => of_events(path, kind),
        }
    }

    /// Of a run that has not begun.
    pub fn of_card(card: &Card) -> Self {
        let flows = match card.run.sampler {
            SamplerKind::Vegas => Flows::Unused,
            SamplerKind::Flow => Flows::Used,
            _ => Flows::Open,
        };
        Self::of_run(card, VERSION, flows)
    }

    fn of_run(card: &Card, version: &str, flows: Flows) -> Self {
        let mut all = Self::default();
        all.push(program(version));
        all.add("Berends:1987me", "recursion of off-shell currents");
        all.add("Maltoni:2002mq", "colour flows");
        all.add("Maltoni:2002qb", "phase-space channels of diagrams");
        all.add("Kleiss:1994qy", "integration in many channels");
        all.add("Lepage:1977sw", "adaptive grids");
        all.add("Lepage:2020tgj", "adaptive grids");
        all.add_flows(flows);
        all.add_model(card);
        all.add_densities(card);
        all.add_merging(card);
        all.add_weights(card);
        all
    }

    /// The entries as a file for BibTeX, with what each is cited for.
    pub fn bibtex(&self) -> String {
        let keys: Vec<&str> = self.references.iter().map(|r| r.key.as_str()).collect();
        let mut text = format!("% \\cite{{{}}}\n", keys.join(","));
        for note in &self.notes {
            text += &format!("% note: {note}\n");
        }
        for citation in &self.references {
            text += &format!("\n% {}\n{}\n", citation.reason, citation.bibtex);
        }
        text
    }

    fn push(&mut self, citation: Citation) {
        match self.references.iter_mut().find(|r| r.key == citation.key) {
            Some(there) if there.reason.contains(&citation.reason) => {}
            Some(there) => there.reason += &format!("; {}", citation.reason),
            None => self.references.push(citation),
        }
    }

    /// An entry of the file by its key.
    fn add(&mut self, key: &str, reason: &str) {
        let (key, bibtex) = (entries().find(|(known, _)| *known == key))
            .expect("a test looks up every key that is used");
        self.push(Citation {
            key: key.to_owned(),
            reason: reason.to_owned(),
            bibtex: bibtex.to_owned(),
        });
    }

    fn add_flows(&mut self, flows: Flows) {
        match flows {
            Flows::Used => {
                for key in ["Gao:2020vdv", "Bothmann:2020ywa", "Gao:2020zvv"] {
                    self.add(key, "normalizing flows");
                }
                self.add("arXiv:1906.04032", "splines of the flows");
            }
            Flows::Open => self.notes.push(
                "a card does not say whether flows will be trained; 'omnis cite' of its events or \
                 gridpack does"
                    .to_owned(),
            ),
            Flows::Unused => {}
        }
    }

    fn add_model(&mut self, card: &Card) {
        self.add("Degrande:2011ua", "format of models");
        if card.model.name != "sm" {
            self.add("Darme:2023jdn", "format of models");
            let name = Path::new(&card.model.name);
            let name = name.file_name().unwrap_or_default().to_string_lossy();
            self.notes
                .push(format!("the authors of the model '{name}'"));
        }
        if card.model.param_card.is_some() {
            self.add("Skands:2003cj", "parameter card");
        }
    }

    fn add_densities(&mut self, card: &Card) {
        let particles = card.beams.particles.iter();
        let hadronic = particles.map(|name| name.parse::<BeamParticle>());
        if hadronic.into_iter().any(|p| p.is_ok_and(|p| p.is_hadron())) {
            self.add_set(card.beams.pdf.as_deref().unwrap_or(DEFAULT_PDF));
        }
        for asked in &card.weights.pdf {
            self.add_set(asked.split('@').next().unwrap_or_default());
        }
        if !card.weights.pdf.is_empty() {
            self.add("Butterworth:2015oua", "errors of parton densities");
        }
    }

    /// A set of parton densities and what its info file refers to.
    fn add_set(&mut self, name: &str) {
        self.add("Buckley:2014ana", "grids of parton densities");
        let set = match PdfSet::load(name, 0) {
            Ok(set) => set,
            Err(_) => {
                return self.notes.push(format!(
                    "the authors of the parton densities '{name}', which are not found here"
                ));
            }
        };
        let reason = format!("parton densities {}", set.name());
        let numbers = eprints(set.reference().unwrap_or_default());
        if numbers.is_empty() {
            self.notes.push(format!("the authors of the {reason}"));
        }
        for number in numbers {
            match entries().find(|(_, entry)| entry.contains(&format!("eprint = {{{number}}}"))) {
                Some((key, _)) => self.add(key, &reason),
                None => self.push(Citation {
                    key: format!("arXiv:{number}"),
                    reason: reason.clone(),
                    bibtex: format!(
                        "@misc{{arXiv:{number},\n  title = {{{{Parton densities {}}}}},\n  \
                         eprint = {{{number}}}, archivePrefix = {{arXiv}}\n}}",
                        set.name().replace('_', "\\_")
                    ),
                }),
            }
        }
    }

    fn add_merging(&mut self, card: &Card) {
        let scales = [
            card.scales.mu_r,
            card.scales.mu_f.0[0],
            card.scales.mu_f.0[1],
        ];
        if card.merging.is_some() {
            self.add("Mangano:2006rw", "merging of multiplicities (MLM)");
            self.add("Alwall:2007fs", "merging of multiplicities (MLM)");
            self.add("Catani:2001cc", "couplings at the scales of emissions");
            self.add("Alwall:2014hca", "clustering of events");
        } else if scales
            .iter()
            .any(|scale| scale.kind == ScaleKind::Clustering)
        {
            self.add("Alwall:2014hca", "clustering of events");
        }
        // The measures that showers merge by.
        let measured = |cut: &String| cut.contains("kt_durham") || cut.contains("pt_lund");
        if card.cuts.require.iter().any(measured) {
            self.add("Catani:2001cc", "merging scale");
            self.add("Lonnblad:2001iq", "merging of multiplicities (CKKW-L)");
            self.add("Lonnblad:2011xx", "merging of multiplicities (CKKW-L)");
        }
    }

    fn add_weights(&mut self, card: &Card) {
        if !card.weights.is_empty() {
            self.add("arXiv:2203.08230", "names of alternative weights");
        }
        let weights = &card.weights;
        if !(weights.reweight.is_empty() && weights.polynomial.is_empty()) {
            self.add("Mattelaer:2016gcx", "weights of other parameters");
        }
    }
}

fn of_events(path: &Path, kind: FileKind) -> Result<Citations, Error> {
    let reader = EventReader::open(path)?;
    let run: &RunInfo = reader.run();
    let foreign = |found: String| StorageError::Unusable {
        path: path.display().to_string(),
        found,
        expected: "events of omnis with their card; others are cited as their authors ask"
            .to_owned(),
    };
    if !is_own(run) {
        let by = generator_name(run).unwrap_or_else(|| "an unknown program".to_owned());
        return Err(foreign(format!("events of {by}")).into());
    }
    let card = card_of(run).ok_or_else(|| foreign("events without a card".to_owned()))?;
    let trained = adaptation_of(run).map(|adaptation| !adaptation.trainings.is_empty());
    let flows = match trained {
        Some(true) => Flows::Used,
        Some(false) => Flows::Unused,
        None => Flows::Open,
    };
    let summary = summary_of(run);
    let version = summary.iter().find(|(name, _)| name == "version");
    let mut all = Citations::of_run(&card, version.map_or("", |v| v.1.as_str()), flows);
    all.add("Boos:2001cv", "format of events");
    all.add("Alwall:2006yp", "format of events");
    all.add("Andersen:2014efa", "format of events");
    if kind == FileKind::Hdf5 {
        all.add("Hoche:2019flt", "events in HDF5");
        all.add("Bothmann:2023ozs", "events in HDF5");
    }
    Ok(all)
}

/// The entry of omnis; the version is the first word of a version line.
fn program(version: &str) -> Citation {
    let version = version.split_whitespace().next().unwrap_or(VERSION);
    Citation {
        key: "omnis".to_owned(),
        reason: "events and cross sections".to_owned(),
        bibtex: format!(
            "@software{{omnis,\n  author = {{{{The omnis authors}}}},\n  \
             title = {{{{omnis: On-the-fly Monte Carlo with neural importance sampling}}}},\n  \
             version = {{{version}}},\n  year = {{{YEAR}}}\n}}"
        ),
    }
}

/// Key and text of each entry of the file.
fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.split("\n\n").filter_map(|entry| {
        let entry = entry.trim();
        let key = entry.split_once('{')?.1.split_once(',')?.0;
        Some((key, entry))
    })
}

/// Numbers of arXiv in a text: `1308.0598`, `hep-ph/0611129`.
fn eprints(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "./-".contains(c);
    let words = text
        .split(|c| !is_part(c))
        .map(|word| word.trim_end_matches('.'));
    let digits = |text: &str, n: std::ops::RangeInclusive<usize>| {
        n.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let number = |word: &str| {
        let tail = word.rsplit('/').next().unwrap_or_default();
        let tail = tail.trim_end_matches("v1").trim_end_matches("v2");
        if let Some((a, b)) = tail.split_once('.') {
            return (digits(a, 4..=4) && digits(b, 4..=5)).then(|| tail.to_owned());
        }
        let archive = ["hep-ph", "hep-ex"]
            .into_iter()
            .find(|a| word.contains(&format!("{a}/")))?;
        digits(tail, 7..=7).then(|| format!("{archive}/{tail}"))
    };
    let mut found = Vec::new();
    for number in words.filter_map(number) {
        if !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn card(text: &str) -> Card {
        Card::from_str(text, "test").unwrap()
    }

    fn keys(citations: &Citations) -> Vec<&str> {
        citations
            .references
            .iter()
            .map(|r| r.key.as_str())
            .collect()
    }

    #[test]
    fn entries_are_whole_and_their_keys_unique() {
        let mut seen = BTreeSet::new();
        for (key, entry) in entries() {
            assert!(seen.insert(key), "{key} twice");
            let count = |c: char| entry.chars().filter(|x| *x == c).count();
            assert_eq!(count('{'), count('}'), "{entry}");
            for field in ["author = ", "title = ", "year = "] {
                assert_eq!(
                    entry.matches(&format!(" {field}")).count(),
                    1,
                    "{field}{entry}"
                );
            }
            assert!(entry.starts_with('@') && entry.ends_with("\n}"), "{entry}");
        }
        assert_eq!(ENTRIES.matches('@').count(), seen.len());
    }

    #[test]
    fn what_a_run_does_not_use_is_not_cited() {
        let plain = "beams = { particles = [\"e+\", \"e-\"] }\n[process]\ngenerate = \"e+ e- > mu+ mu-\"\n[run]\nsampler = \"vegas\"\n";
        let least = Citations::of_card(&card(plain));
        assert_eq!(least.notes, [""; 0]);
        let always = [
            "omnis",
            "Berends:1987me",
            "Maltoni:2002mq",
            "Maltoni:2002qb",
            "Kleiss:1994qy",
            "Lepage:1977sw",
            "Lepage:2020tgj",
            "Degrande:2011ua",
        ];
        assert_eq!(keys(&least), always);
    }

    #[test]
    fn what_a_run_uses_is_cited() {
        let full = card(
            "[process]\ngenerate = \"p p > e+ e- j\"\n[model]\nname = \"path/to/heft\"\nparam_card = \"a.dat\"\n\
             [merging]\nxqcut = 20\n[cuts]\nrequire = [\"kt_durham(j, 0.4) > 20\"]\n\
             [weights]\nmu_r = [0.5, 2]\npdf = [\"Missing\"]\nreweight = [{ MT = 170 }]\n[run]\nsampler = \"flow\"\n",
        );
        let all = Citations::of_card(&full);
        for key in [
            "Gao:2020vdv",
            "Bothmann:2020ywa",
            "Gao:2020zvv",
            "arXiv:1906.04032",
            "Darme:2023jdn",
            "Skands:2003cj",
            "Buckley:2014ana",
            "Ball:2013hta",
            "Butterworth:2015oua",
            "Mangano:2006rw",
            "Alwall:2007fs",
            "Catani:2001cc",
            "Alwall:2014hca",
            "Lonnblad:2001iq",
            "Lonnblad:2011xx",
            "arXiv:2203.08230",
            "Mattelaer:2016gcx",
        ] {
            assert!(keys(&all).contains(&key), "{key}: {:?}", keys(&all));
        }
        let notes = all.notes.join("; ");
        assert!(
            notes.contains("'heft'") && notes.contains("'Missing'"),
            "{notes}"
        );
        let text = all.bibtex();
        assert!(text.starts_with("% \\cite{omnis,"), "{text}");
        assert!(
            text.contains("couplings at the scales of emissions; merging scale"),
            "{text}"
        );
        let clustered =
            card("[process]\ngenerate = \"p p > j j\"\n[scales]\nmu_f = \"clustering\"\n");
        assert!(keys(&Citations::of_card(&clustered)).contains(&"Alwall:2014hca"));
    }

    #[test]
    fn numbers_of_arxiv_are_found_in_references_of_sets() {
        for (text, expected) in [
            ("arXiv:1308.0598", &["1308.0598"][..]),
            (
                "arXiv:1706.00428, hep-ph/0611129.",
                &["1706.00428", "hep-ph/0611129"],
            ),
            ("https://arxiv.org/abs/2109.02653v2", &["2109.02653"]),
            ("Phys. Rev. D 12.345 (2010) 1234", &[]),
            ("see Reference", &[]),
        ] {
            assert_eq!(eprints(text), expected, "{text}");
        }
    }
}
