//! What summaries, files and reports state of the conditions of their numbers, and how numbers
//! are written for people.

#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

#[path = "common/program.rs"]
mod program;

use program::{card, done, json, read};

fn printed(folder: &Path, arguments: &str) -> String {
    String::from_utf8(done(folder, arguments).stdout).unwrap()
}

/// The value of a line `name   value`.
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let lines = text.lines().filter_map(|l| l.strip_prefix(name));
    let mut found = lines.filter(|rest| rest.starts_with("  ")).map(str::trim);
    found
        .next_back()
        .unwrap_or_else(|| panic!("no '{name}' in {text}"))
}

#[test]
fn a_summary_and_its_files_state_what_a_paper_needs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let drell_yan = card("pp_epem.toml");
    done(
        at,
        &format!("gridpack {drell_yan} -n 300 --accuracy 0.05 -o a.omnis"),
    );
    let summary = printed(
        at,
        "generate a.omnis -n 200 --seed 3 -o a.lhe --report a.html",
    );
    let of_events = printed(at, "inspect a.lhe");
    let of_pack = printed(at, "inspect a.omnis");
    let page = String::from_utf8(read(at, "a.html")).unwrap();
    let set = "NNPDF23_lo_as_0130_qed, member 0";
    for text in [&summary, &of_events] {
        assert_eq!(
            value(text, "scales"),
            "mu_r = 91.188 GeV, mu_f = 91.188 GeV"
        );
        assert!(value(text, "parton densities").starts_with(set), "{text}");
        assert_eq!(value(text, "alpha_s(MZ)"), "0.1300");
        assert!(
            value(text, "cuts").starts_with("pt(l+) > 10; pt(l-) > 10; "),
            "{text}"
        );
    }
    assert_eq!(value(&of_pack, "scales"), value(&summary, "scales"));
    assert_eq!(value(&summary, "seed"), "3, of the adaptation 1");
    assert!(value(&summary, "version").starts_with(env!("CARGO_PKG_VERSION")));
    assert!(value(&summary, "total with events").contains(" pb: the one to quote, "));
    let both = "(a row has both orders of the beams: u u~ > e+ e- has u~ u > e+ e-)";
    assert!(summary.contains(both), "{summary}");
    assert_eq!(value(&of_events, "process"), "p p > e+ e-");
    assert_eq!(value(&of_events, "beams"), "p p at 6500 + 6500 GeV");
    assert_eq!(
        value(&of_events, "weights"),
        "in pb, their mean is the cross section (IDWTUP 4)"
    );
    for text in [&of_events, &of_pack] {
        assert!(value(text, "cross section").contains(" ± "), "{text}");
    }
    // The page has the effective card, folded, and no number as programs write it.
    assert!(page.contains("<details><summary>Card with all of its defaults"));
    assert!(page.contains("max_overweight = 0.001"));
    let visible = &page[page.find("<h2>Provenance").unwrap()..];
    let visible = &visible[..visible.find("<details").unwrap()];
    assert!(
        !visible.contains("+-") && !visible.contains("e-1"),
        "{visible}"
    );
    let told = json(&done(
        at,
        "generate a.omnis -n 200 --seed 3 -o a.lhe --json",
    ));
    assert!(
        (told["alpha_s_mz"].as_f64().unwrap() - 0.13).abs() < 1e-4,
        "{told:#}"
    );
    assert_eq!(told["seed"], 3);
}

#[test]
fn the_coupling_of_the_events_stands_beside_that_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(
        at,
        &format!(
            "generate {} -n 100 --accuracy 0.1 -o a.lhe",
            card("pp_tt.toml")
        ),
    );
    let text = String::from_utf8(read(at, "a.lhe")).unwrap();
    let (_, block) = text.split_once("<slha>").unwrap();
    let (block, _) = block.split_once("</slha>").unwrap();
    let comment = "# alpha_s(MZ) of these events is 0.1300";
    let (_, below) = block
        .split_once(comment)
        .unwrap_or_else(|| panic!("{block}"));
    assert!(
        below
            .lines()
            .nth(1)
            .unwrap()
            .to_lowercase()
            .starts_with("block sminputs")
    );
    // Read again it is the model that it was.
    fs::write(at.join("param_card.dat"), block).unwrap();
    let args = format!("generate {} -n 100 --accuracy 0.1", card("pp_tt.toml"));
    done(at, &format!("{args} --param-card param_card.dat -o b.lhe"));
    let again = String::from_utf8(read(at, "b.lhe")).unwrap();
    assert!(again.contains(block), "{again}");
}

#[test]
fn widths_have_no_rows_of_nothing_and_no_digits_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = printed(at, "width z");
    assert!(
        !text.contains(" 0.0000 %") && text.contains(" others "),
        "{text}"
    );
    let total = value(&text, "total");
    assert!(total.starts_with("2.44") && total.len() == 8, "{text}");
    let output = program::command(at, "width")
        .arg("t > b w+")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let width = value(&text, "total");
    assert!(width.starts_with("1.49") && !width.contains('e'), "{text}");
}

#[test]
fn errors_of_scales_are_numbers_and_parts() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = fs::read_to_string(card("pp_tt.toml")).unwrap();
    let weights = "\n[weights]\nmu_r = [0.5, 1, 2]\nmu_f = [0.5, 1, 2]\n";
    fs::write(at.join("w.toml"), text + weights).unwrap();
    let summary = printed(at, "generate w.toml -n 200 --accuracy 0.05");
    let form = regex::Regex::new(r"^\+\d+ -\d+ pb \(\+\d+\.\d % -\d+\.\d %\)$").unwrap();
    let scales = value(&summary, "scales, 7 points");
    assert!(form.is_match(scales), "{summary}");
}
