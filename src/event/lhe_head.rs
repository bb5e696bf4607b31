//! What an event file says before its first event: the first tag, the header
//! and `<init>`.
//!
//! Knows run information and its text; knows no events.
//! Sources: hep-ph/0609017, 1405.1067.

use std::collections::HashSet;
use std::fmt::Display;

use super::lhe_lines::{EventLines, Tag, shown};
use super::lhe_numbers::Words;
use super::lhe_text::{RESERVED, generator_line, header_block, weight_block};
use super::record::{Generator, HeaderBlock, ProcessInfo, RunInfo, WeightInfo};
use super::xml::{Element, HeaderPiece, find_element, pieces, unescape};

/// Bytes of the largest header that is read, and of the largest `<init>`.
const MAX_HEADER: usize = 64 << 20;

/// Reads up to the end of `<init>`.
///
/// # Errors
/// A sentence about the current line.
pub(super) fn read_head(lines: &mut EventLines) -> Result<RunInfo, String> {
    let opening = read_opening(lines)?;
    let mut header = String::new();
    let init_attributes = read_header(lines, &mut header)?;
    let (mut run, init_rest) = read_init(lines)?;
    if opening.trim() != "version=\"3.0\"" {
        run.spelling.opening = opening;
    }
    run.spelling.init_attributes = init_attributes;
    run.generator = find_element(&init_rest, "generator").map(|e| generator_of(&e));
    let usual = run.generator.as_ref().map(generator_line);
    // One of several cannot be told from the others.
    let usual = usual.filter(|_| init_rest.matches("<generator").count() == 1);
    let usual = usual.as_deref().unwrap_or_default();
    run.spelling.init_rest = init_rest
        .strip_prefix(usual)
        .unwrap_or(&init_rest)
        .to_owned();
    fill_header(&mut run, &header);
    Ok(run)
}

/// What an element `<generator>` says. Version 2 of the format has the name
/// where version 3 has a text.
pub(super) fn generator_of(element: &Element) -> Generator {
    let text = unescape(element.content);
    let (name, text) = match element.attribute("name") {
        Some(name) => (name, text),
        None => (text.trim().to_owned(), String::new()),
    };
    Generator {
        name,
        version: element.attribute("version").unwrap_or_default(),
        text,
    }
}

/// The attributes of the first tag.
fn read_opening(lines: &mut EventLines) -> Result<String, String> {
    let mut comment = false;
    loop {
        let number = lines.number();
        let Some(line) = lines.next()? else {
            return Err(match number {
                0 => "the file is empty".to_owned(),
                _ => "the file holds no <LesHouchesEvents>".to_owned(),
            });
        };
        let text = line.trim_start_matches('\u{feff}').trim();
        if comment || text.starts_with("<!--") {
            comment = !text.contains("-->");
            continue;
        }
        if text.is_empty() || text.starts_with('#') || text.starts_with("<?xml") {
            continue;
        }
        return match Tag::of(text) {
            Some(tag) if tag.name == "LesHouchesEvents" => {
                let (attributes, rest) = (tag.attributes.to_owned(), tag.rest.to_owned());
                lines.push_back(&rest);
                Ok(attributes)
            }
            _ => Err("this is no Les Houches Event File: it does not begin with \
                      <LesHouchesEvents>"
                .to_owned()),
        };
    }
}

/// Collects everything before `<init>`; returns the attributes of that.
fn read_header(lines: &mut EventLines, header: &mut String) -> Result<String, String> {
    let (mut inside, mut comment) = (false, false);
    loop {
        let Some(line) = lines.next()? else {
            return Err("the file ends before <init>".to_owned());
        };
        let text = line.trim();
        let mut kept = line;
        if comment {
            comment = !text.contains("-->");
        } else if inside {
            if let Some(before) = text.strip_suffix("</header>") {
                inside = false;
                kept = before;
            }
        } else if text.starts_with("<!--") {
            comment = !text.contains("-->");
        } else {
            let tag = Tag::of(text);
            match tag.as_ref().map(|t| t.name) {
                Some("init") => {
                    let tag = tag.expect("it has a name");
                    let (attributes, rest) = (tag.attributes.to_owned(), tag.rest.to_owned());
                    lines.push_back(&rest);
                    return Ok(attributes);
                }
                Some("header") => {
                    kept = tag.expect("it has a name").rest;
                    match kept.trim_end().strip_suffix("</header>") {
                        Some(before) => kept = before,
                        None => inside = true,
                    }
                }
                Some("event" | "/LesHouchesEvents") => {
                    return Err(format!("found '{}' before <init>", shown(text)));
                }
                _ => {}
            }
        }
        header.push_str(kept);
        header.push('\n');
        if header.len() > MAX_HEADER {
            return Err(format!(
                "found a header of more than {MAX_HEADER} bytes, expected a shorter one"
            ));
        }
    }
}

/// Reads `<init>` after its tag: numbers, and the lines after them.
fn read_init(lines: &mut EventLines) -> Result<(RunInfo, String), String> {
    let mut run = RunInfo::default();
    let mut rest = String::new();
    let mut left = None;
    loop {
        let Some(line) = lines.next()? else {
            return Err("the file ends inside <init>".to_owned());
        };
        let text = line.trim();
        if let Some((before, after)) = text.split_once("</init>") {
            let (before, after) = (before.to_owned(), after.to_owned());
            if left != Some(0) {
                return Err("found </init>, expected beams and processes before".to_owned());
            }
            if !before.trim().is_empty() {
                rest.push_str(&before);
                rest.push('\n');
            }
            lines.push_back(&after);
            return Ok((run, rest));
        }
        let idle = text.is_empty() || text.starts_with('#');
        match left {
            None if idle => {}
            None => left = Some(read_beams(text, &mut run)?),
            Some(n) if n > 0 => {
                if !idle {
                    run.processes.push(read_process(text)?);
                    left = Some(n - 1);
                }
            }
            Some(_) => {
                rest.push_str(line);
                rest.push('\n');
                if rest.len() > MAX_HEADER {
                    return Err(format!("found an <init> of more than {MAX_HEADER} bytes"));
                }
            }
        }
    }
}

/// The first line of `<init>`; returns the number of processes.
fn read_beams(line: &str, run: &mut RunInfo) -> Result<usize, String> {
    let mut words = Words::of(line);
    run.beam_pdg = [words.int("IDBMUP(1)")?, words.int("IDBMUP(2)")?];
    run.beam_energy = [words.float("EBMUP(1)")?, words.float("EBMUP(2)")?];
    run.pdf_group = [words.int("PDFGUP(1)")?, words.int("PDFGUP(2)")?];
    run.pdf_set = [words.int("PDFSUP(1)")?, words.int("PDFSUP(2)")?];
    run.weight_strategy = words.int("IDWTUP")?;
    words.count("NPRUP")
}

fn read_process(line: &str) -> Result<ProcessInfo, String> {
    let mut words = Words::of(line);
    Ok(ProcessInfo {
        xsec_pb: words.float("XSECUP")?,
        xsec_err_pb: words.float("XERRUP")?,
        max_weight: words.float("XMAXUP")?,
        id: words.int("LPRUP")?,
    })
}

/// Header blocks and alternative weights.
fn fill_header(run: &mut RunInfo, header: &str) {
    for piece in pieces(header) {
        match piece {
            HeaderPiece::Element("initrwgt", _, verbatim) => {
                run.spelling.weights.push_str(verbatim);
                run.spelling.weights.push('\n');
            }
            HeaderPiece::Element(name, element, verbatim) if !RESERVED.contains(&name) => {
                let mut block = HeaderBlock {
                    name: name.to_owned(),
                    text: element.text(),
                    verbatim: String::new(),
                };
                if header_block(&block) != format!("{verbatim}\n") {
                    verbatim.clone_into(&mut block.verbatim);
                }
                run.header.push(block);
            }
            HeaderPiece::Element(_, _, text) | HeaderPiece::Loose(text) => {
                add_loose(&mut run.header, text)
            }
        }
    }
    run.weights = declared_weights(&run.spelling.weights);
    if weight_block(&run.weights) == run.spelling.weights {
        run.spelling.weights.clear();
    }
}

/// Adds text without a name. It is one with such text before it, as it is when
/// the weights that stood between them are written behind all blocks.
fn add_loose(header: &mut Vec<HeaderBlock>, text: &str) {
    match header.last_mut().filter(|b| b.name.is_empty()) {
        Some(last) => {
            last.text.push('\n');
            last.text.push_str(text);
        }
        None => header.push(HeaderBlock {
            text: text.to_owned(),
            ..HeaderBlock::default()
        }),
    }
}

/// The weights that a text declares; none if two have the same id, as events
/// could not tell them apart.
pub(super) fn declared_weights(mut text: &str) -> Vec<WeightInfo> {
    let mut weights = Vec::new();
    let mut ids = HashSet::new();
    while let Some(element) = find_element(text, "weight") {
        if let Some(id) = element.attribute("id") {
            if !ids.insert(id.clone()) {
                return Vec::new();
            }
            weights.push(WeightInfo {
                id,
                text: unescape(element.content),
            });
        }
        text = element.rest;
    }
    weights
}

/// Why the events of two files are no sample together, if they are not: beams, strategy
/// of weights, processes and alternative weights, whatever the cross sections are.
pub(crate) fn other_sample(a: &RunInfo, b: &RunInfo) -> Option<String> {
    fn differs<T: PartialEq>(
        what: &str,
        a: &T,
        b: &T,
        show: impl Fn(&T) -> String,
    ) -> Option<String> {
        (a != b).then(|| format!("found {what} {}, expected {}", show(b), show(a)))
    }
    fn pair<T: Display>(p: &[T; 2]) -> String {
        format!("{} {}", p[0], p[1])
    }
    let processes = |r: &RunInfo| r.processes.iter().map(|p| p.id).collect::<Vec<_>>();
    let weights = |r: &RunInfo| r.weights.iter().map(|w| w.id.clone()).collect::<Vec<_>>();
    let list = |ids: &Vec<i32>| format!("{ids:?}");
    differs("beams", &a.beam_pdg, &b.beam_pdg, pair)
        .or_else(|| differs("energies", &a.beam_energy, &b.beam_energy, pair))
        .or_else(|| differs("parton densities", &a.pdf_set, &b.pdf_set, pair))
        .or_else(|| {
            let (a, b) = (&a.weight_strategy, &b.weight_strategy);
            differs("weight strategy", a, b, i32::to_string)
        })
        .or_else(|| differs("processes", &processes(a), &processes(b), list))
        .or_else(|| {
            let (a, b) = (weights(a), weights(b));
            (a != b).then(|| {
                format!(
                    "found {} alternative weights, expected {} with the same ids",
                    b.len(),
                    a.len()
                )
            })
        })
}

/// Why the events of two heads do not belong in one file, if they do not: as
/// [`other_sample`], with the cross sections.
pub(super) fn difference(a: &RunInfo, b: &RunInfo) -> Option<String> {
    let xsec = |r: &RunInfo| {
        let each = |p: &ProcessInfo| format!("{}: {} +- {}", p.id, p.xsec_pb, p.xsec_err_pb);
        let all: Vec<String> = r.processes.iter().take(3).map(each).collect();
        all.join(", ")
    };
    other_sample(a, b).or_else(|| {
        (a.processes != b.processes)
            .then(|| format!("found processes {}, expected {}", xsec(b), xsec(a)))
    })
}
