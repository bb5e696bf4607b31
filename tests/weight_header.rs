//! The header of weights as analyses of experiments read it: line by line, with regular
//! expressions for groups and weights.
//!
//! What they look for: a group of scales by its name and `combine`, the name first; in it
//! weights with a number as id, then both factors; groups of parton densities by the names
//! of their sets, whose weights have id, factors and the number of the densities, nothing
//! else, and in the text set and member; a group of points of the parameters.

use std::fs;
use std::path::Path;

use omnis::event::read_lhe;
use regex::Regex;

#[path = "common/pdf_set.rs"]
mod pdf_set;
#[path = "common/program.rs"]
mod program;

use pdf_set::{MadeSet, spread};

const CARD: &str = "[process]\ngenerate = [\"p p > e+ e-\"]\n[scales]\nmu_r = 91\nmu_f = 91\n\
    [cuts]\nrequire = [\"m(e+, e-) > 60\"]\n[run]\naccuracy = 0.05\nevents = 20\n[weights]\n\
    mu_r = [1, 2, 0.5]\nmu_f = [1, 2, 0.5]\npdf = [\"Made\"]\n\
    reweight = [{ MZ = 91 }, { WZ = 2.4, name = \"narrow\" }]\n";

/// A sample with weights, and the lines of its header.
fn sample(at: &Path, card: &str) -> Vec<String> {
    let set = MadeSet {
        name: "Made",
        index: 990_000,
        error_type: "hessian",
        n_members: 5,
        info: "",
        factor: &spread,
        alpha_s: &|_| 0.118,
    };
    set.write(at);
    fs::write(at.join("x.toml"), card).unwrap();
    let mut command = program::command(at, "generate x.toml -o x.lhe --force");
    let output = command.env("LHAPDF_DATA_PATH", at).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(at.join("x.lhe")).unwrap();
    let (_, rest) = text.split_once("<initrwgt>").unwrap();
    let (header, _) = rest.split_once("</initrwgt>").unwrap();
    header.lines().map(str::to_owned).collect()
}

/// What a reader finds: for each group its name and the captures of its weights.
fn groups(lines: &[String], group: &str, weight: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let (group, weight) = (Regex::new(group).unwrap(), Regex::new(weight).unwrap());
    let mut found: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    let mut inside = false;
    for line in lines {
        if let Some(begin) = group.captures(line) {
            found.push((begin[1].to_owned(), Vec::new()));
            inside = true;
        } else if line.contains("</weightgroup>") {
            inside = false;
        } else if let (true, Some(c)) = (inside, weight.captures(line)) {
            let text = |m: Option<regex::Match>| m.map_or("", |m| m.as_str()).to_owned();
            let (_, weights) = found.last_mut().unwrap();
            weights.push(c.iter().skip(1).map(text).collect());
        }
    }
    found
}

#[test]
fn groups_and_weights_are_where_analyses_look_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let lines = sample(folder.path(), CARD);
    let named = r#"<weightgroup\s+(?:name|type)="(.*)"\s+combine="(.*)"\s*>"#;
    let scale = r#"<weight\s+(?:.*\s+)?id="(\d+)"\s*(?:[mM][uU][rR])="(\S+)"\s+(?:[mM][uU][fF])="(\S+)"(?:\s+.*)?</weight>"#;
    let found = groups(&lines, named, scale);
    assert_eq!(found[0].0, "Central scale variation");
    let points: Vec<[&str; 3]> = (found[0].1.iter())
        .map(|c| [c[0].as_str(), c[1].as_str(), c[2].as_str()])
        .collect();
    let mut expected = Vec::new();
    for mu_f in ["1.0", "2.0", "0.5"] {
        for mu_r in ["1.0", "2.0", "0.5"] {
            expected.push((1001 + expected.len(), mu_r, mu_f));
        }
    }
    assert_eq!(points.len(), 9);
    for (point, (id, mu_r, mu_f)) in points.iter().zip(expected) {
        assert_eq!(*point, [id.to_string().as_str(), mu_r, mu_f]);
    }
    // Densities: the tag ends behind their number.
    let member = r#"<weight\s+id="(\d+)"\s*MUR="\S+"\s*MUF="\S+"\s*PDF\s*=\s*"(\d+)"\s*>\s*PDF=(\d+)\s*MemberID=(\d+)\s*(?:\s.*)?</weight>"#;
    let found = groups(&lines, named, member);
    let (name, members) = &found[1];
    assert_eq!((name.as_str(), members.len()), ("Made", 5));
    for (k, c) in members.iter().enumerate() {
        let number = (990_000 + k).to_string();
        let expected = [
            (1010 + k).to_string(),
            number.clone(),
            number,
            k.to_string(),
        ];
        assert_eq!(c[..], expected);
    }
    // Points of the parameters: ids are words.
    let points = r#"<weightgroup\s+(?:name|type)="(.*)"\s*>"#;
    let found = groups(&lines, points, r#"<weight\s+id="(.+)">(.+)?(?:</weight>)?"#);
    let (_, weights) = found
        .iter()
        .find(|g| g.0.contains("mg_reweighting"))
        .unwrap();
    let ids: Vec<&str> = weights.iter().map(|c| c[0].as_str()).collect();
    assert_eq!(ids, ["rwgt_1", "narrow"]);
    // The names of the convention, once for each weight.
    let all = lines.join("\n");
    for name in ["MUR=0.5_MUF=2_PDF=247000", "MUR=1_MUF=1_PDF=990003"] {
        assert_eq!(
            all.matches(&format!("name=\"{name}\"")).count(),
            1,
            "{name}"
        );
    }
    assert!(all.contains("MUR=1_MUF=1_PDF=247000_WZ=2.4"), "{all}");
}

#[test]
fn every_event_has_every_weight_in_the_order_of_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let lines = sample(at, CARD);
    let id = Regex::new(r#"<weight id="([^"]+)""#).unwrap();
    let ids: Vec<String> = (lines.iter())
        .filter_map(|l| id.captures(l).map(|c| c[1].to_owned()))
        .collect();
    assert_eq!(ids.len(), 16);
    let text = fs::read_to_string(at.join("x.lhe")).unwrap();
    let weight = Regex::new(r"^<wgt id='([^']+)'>\s*([-+.eE0-9]+)\s*</wgt>$").unwrap();
    let found: Vec<(String, f64)> = (text.lines())
        .filter_map(|l| weight.captures(l))
        .map(|c| (c[1].to_owned(), c[2].parse().unwrap()))
        .collect();
    let (_, events) = read_lhe(at.join("x.lhe")).unwrap();
    assert_eq!(found.len(), 16 * events.len());
    for (k, (id, value)) in found.iter().enumerate() {
        assert_eq!(*id, ids[k % 16]);
        assert_eq!(*value, events[k / 16].weights[k % 16]);
    }
}
