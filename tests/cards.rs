//! Cards: those that are shipped are read with their cuts; what a card asks for is
//! found to be finite or not.

#[path = "cards/requests.rs"]
mod requests;

use std::path::Path;

use omnis::card::Card;
use omnis::cuts::{CutSet, Groups};
use omnis::run::Run;
use requests::{FINITE, INFINITE};

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
        let cut_offs = Run::check(&card).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(cut_offs.is_empty(), "{cut_offs:?}");
        n_cards += 1;
    }
    assert!(n_cards >= 12, "{n_cards} cards");
}

/// The card of a row.
fn request(beams: &str, model: &str, process: &str, cuts: &[String]) -> Card {
    let (beams, energy) = match beams {
        "pp" => ("p p", "6500.0"),
        _ => beams.rsplit_once(' ').unwrap(),
    };
    let (a, b) = beams.split_once(' ').unwrap();
    let model = match model {
        "" => String::new(),
        _ if model.contains('=') => format!("set = {{ {model}.0 }}"),
        _ => format!("restrict = [\"{model}\"]"),
    };
    let text = format!(
        "process.generate = [\"{process}\"]\n[model]\n{model}\n[cuts]\nrequire = {cuts:?}\n\
         [beams]\nparticles = [\"{a}\", \"{b}\"]\nenergies = [{energy}, {energy}]\n"
    );
    Card::from_str(&text, process).unwrap()
}

fn cuts_of(row: &str) -> Vec<String> {
    // A ';' inside brackets belongs to the cut.
    let mut depth = 0;
    let all = row.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ';' && depth == 0
    });
    let all = all.map(|c| c.trim().to_owned());
    all.filter(|c| !c.is_empty()).collect()
}

#[test]
fn finite_cross_sections_are_not_refused() {
    assert!(FINITE.len() >= 40);
    let mut wrong = Vec::new();
    for (beams, model, process, cuts, reason) in FINITE {
        let card = request(beams, model, process, &cuts_of(cuts));
        if let Err(e) = Run::check(&card) {
            let why = e.singular().map_or(vec![e.to_string()], |s| s.lines());
            wrong.push(format!(
                "{process} ({model}; {cuts}): {reason}, but {why:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn infinite_cross_sections_are_refused_with_the_cut_to_write() {
    assert!(INFINITE.len() >= 40);
    let mut wrong = Vec::new();
    for (beams, model, process, cuts, phrase) in INFINITE {
        let card = request(beams, model, process, &cuts_of(cuts));
        let lines = match Run::check(&card) {
            Ok(_) => vec!["finite".to_owned()],
            Err(e) => e.singular().map_or(vec![e.to_string()], |s| s.lines()),
        };
        if !lines.iter().any(|l| l.contains(phrase)) {
            wrong.push(format!(
                "{process} ({model}; {cuts}): {phrase}, but {lines:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cuts_that_are_proposed_are_enough() {
    for (beams, model, process, cuts, _) in INFINITE {
        let mut cuts = cuts_of(cuts);
        let refused = Run::check(&request(beams, model, process, &cuts)).unwrap_err();
        let singular = refused.singular().unwrap();
        if singular.found.iter().any(|s| s.proposal.is_none()) {
            continue;
        }
        cuts.extend(singular.cuts());
        if let Err(e) = Run::check(&request(beams, model, process, &cuts)) {
            let left = e.singular().map_or(vec![e.to_string()], |s| s.lines());
            panic!("{process} with {cuts:?}: {left:#?}");
        }
    }
}

#[test]
fn permitted_singularities_get_a_cut_off_that_is_told() {
    for (beams, model, process, cuts, _) in INFINITE {
        let mut card = request(beams, model, process, &cuts_of(cuts));
        card.cuts.allow_singular = true;
        let found = Run::check(&card);
        // No small cut helps against the pole of a stable particle.
        if is_of_a_stable_particle(&found) {
            continue;
        }
        let told = found.unwrap_or_else(|e| panic!("{process}: {e}"));
        let named = |line: &String| line.starts_with("technical cut-off ");
        assert!(
            !told.is_empty() && told.iter().all(named),
            "{process}: {told:?}"
        );
    }
}

fn is_of_a_stable_particle(found: &Result<Vec<String>, omnis::error::Error>) -> bool {
    let singular = found.as_ref().err().and_then(|e| e.singular());
    singular.is_some_and(|s| {
        s.lines()
            .iter()
            .all(|l| l.contains("has no width") || l.contains("decay"))
    })
}

#[test]
fn events_have_the_name_of_their_card_in_the_format_that_it_asks_for() {
    let mut run = Card::from_path(&shipped("pp_tt.toml")).unwrap().run;
    assert_eq!(run.output, Path::new("pp_tt.lhe.gz"));
    for (output, expected) in [
        ("a/events.lhe.gz", "my.lhe.gz"),
        ("e.lhe", "my.lhe"),
        ("e.h5", "my.h5"),
        ("e", "my.lhe.gz"),
        ("w_{process}.lhe", "my_{process}.lhe"),
    ] {
        run.output = output.into();
        let named = run.output_named(Path::new("packs/my"));
        assert_eq!(named, Path::new(expected), "{output}");
    }
}

fn shipped(name: &str) -> std::path::PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("processes").join(name)
}
