//! Reads the sources and fails on an import, an outside crate or a habit that
//! the architecture page does not allow.
//!
//! The table of imports stands twice: here and in `docs/src/architecture.md`.
//! The two are compared, so an edge is added in both or in neither.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/scan.rs"]
mod scan;

use std::fs;
use std::path::{Path, PathBuf};

use rules::{FOUNDATION, OPEN_TO_SUFFIX, TABLE};

/// All files below `dir` with this extension, as paths relative to the package, sorted.
fn files_below(dir: &str, extension: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join(dir)];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    let mut names: Vec<String> = found
        .iter()
        .map(|p| {
            let parts: Vec<_> = p.strip_prefix(root).unwrap().iter().collect();
            parts
                .iter()
                .map(|s| s.to_string_lossy())
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    names.sort();
    names
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn every_source_file_keeps_the_rules() {
    let files = files_below("src", "rs");
    assert!(files.len() > 20, "only {} sources found", files.len());
    let test_only: Vec<String> = files
        .iter()
        .flat_map(|name| rules::test_files(name, &read(name)))
        .collect();
    let complaints: Vec<String> = files
        .iter()
        .flat_map(|name| rules::check(name, &read(name), test_only.contains(name)))
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_edge_of_the_table_is_used() {
    let used: Vec<(String, String)> = files_below("src", "rs")
        .iter()
        .flat_map(|name| rules::edges(name, &read(name)))
        .collect();
    let unused: Vec<String> = TABLE
        .iter()
        .flat_map(|(module, may)| may.iter().map(move |target| (*module, *target)))
        .filter(|(m, t)| !used.iter().any(|(a, b)| a == m && b == t))
        .map(|(m, t)| format!("{m} does not import {t}"))
        .collect();
    assert!(unused.is_empty(), "\n{}", unused.join("\n"));
}

/// A commit alone neither compiles the library again nor makes an adaptation useless.
#[test]
fn the_library_does_not_depend_on_the_commit() {
    for name in files_below("src", "rs") {
        let text = read(&name);
        let knows = text.contains("OMNIS_COMMIT") || text.contains("/commit.rs");
        assert!(name == "src/main.rs" || !knows, "{name} reads the commit");
    }
    assert!(read("src/main.rs").contains("/commit.rs"));
}

#[test]
fn every_module_has_a_row_in_both_tables() {
    let page = read("docs/src/architecture.md");
    let (_, described) = page
        .split_once("| module | what it is | what it must not know |")
        .unwrap();
    let (described, _) = described.split_once("\n\n").unwrap();
    for name in files_below("src", "rs") {
        let module = rules::module_of(&name);
        assert!(
            module == "lib" || rules::row(&module).is_some(),
            "{name}: module '{module}' has no row in the table of imports"
        );
        assert!(
            ["lib", "main"].contains(&module.as_str())
                || described.contains(&format!("\n| `{module}` | ")),
            "{name}: the architecture page does not say what module '{module}' is"
        );
    }
}

#[test]
fn the_table_has_no_cycle() {
    // A module may import only modules that can be finished before it; `error`
    // looks down on everyone's error enum and is left out of the order.
    let mut done: Vec<&str> = FOUNDATION.to_vec();
    let mut left: Vec<_> = TABLE.iter().filter(|(m, _)| *m != "error").collect();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|(module, may)| {
            let ready = may.iter().all(|m| *m == "error" || done.contains(m));
            if ready {
                done.push(module);
            }
            !ready
        });
        assert!(left.len() < before, "cycle among {left:?}");
    }
}

#[test]
fn the_architecture_page_shows_the_same_table() {
    let page = read("docs/src/architecture.md");
    let shown: Vec<&str> = page
        .lines()
        .skip_while(|l| *l != "| module | may import |")
        .take_while(|l| l.starts_with('|'))
        .collect();
    let mut wanted = vec![
        "| module | may import |".to_owned(),
        "|---|---|".to_owned(),
        format!(
            "| {} | earlier ones in this list |",
            rules::quoted(&FOUNDATION)
        ),
    ];
    for (module, may) in TABLE {
        let suffix = OPEN_TO_SUFFIX
            .iter()
            .find(|(m, _)| m == module)
            .map(|(_, s)| format!("names ending in {} of the rest", rules::quoted(s)));
        let list = [rules::quoted(may)]
            .into_iter()
            .filter(|s| !s.is_empty())
            .chain(suffix)
            .collect::<Vec<_>>()
            .join(", ");
        let list = if list.is_empty() {
            "foundation"
        } else {
            list.as_str()
        };
        wanted.push(format!("| `{module}` | {list} |"));
    }
    assert_eq!(shown, wanted);
}

#[test]
fn process_cards_are_toml_with_known_sections() {
    let cards = files_below("processes", "toml");
    assert!(!cards.is_empty());
    for name in cards {
        let text = read(&name);
        assert!(text.starts_with("# "), "{name}: say first what it is");
        let card: toml::Table = text.parse().unwrap_or_else(|e| panic!("{name}: {e}"));
        let sections: Vec<&str> = card.keys().map(String::as_str).collect();
        for section in &sections {
            assert!(
                [
                    "process",
                    "amplitude",
                    "model",
                    "beams",
                    "scales",
                    "cuts",
                    "merging",
                    "weights",
                    "histograms",
                    "run"
                ]
                .contains(section),
                "{name}: section [{section}]"
            );
        }
        assert!(sections.contains(&"process"), "{name}");
    }
}

/// The checker must be able to fail: each rule sees its violation in a made-up file.
mod the_checker {
    use super::rules;

    fn check(file: &str, source: &str) -> Vec<String> {
        rules::check(file, source, false)
    }

    fn sees(file: &str, source: &str, part: &str) {
        let complaints = check(file, source);
        assert!(
            complaints.iter().any(|c| c.contains(part)),
            "expected '{part}', got {complaints:?}"
        );
    }

    fn accepts(file: &str, source: &str) {
        let complaints = check(file, source);
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    #[test]
    fn refuses_an_edge_that_is_not_in_the_table() {
        sees(
            "src/model/a.rs",
            "//! A.\nuse crate::diagram::Subprocess;",
            "model may not import diagram",
        );
        sees(
            "src/beam/a.rs",
            "//! A.\nfn f() { crate::cuts::g(); }",
            "beam may not import cuts",
        );
    }

    #[test]
    fn looks_into_groups_and_renames() {
        let source = "//! A.\nuse crate::{units::X, scale::{self, Y as Z}, cuts};";
        sees("src/scale.rs", source, "scale may not import cuts");
        assert_eq!(check("src/scale.rs", source).len(), 1);
    }

    #[test]
    fn follows_super_out_of_the_module() {
        sees(
            "src/model/a.rs",
            "//! A.\nuse super::super::event::Record;",
            "model may not import event",
        );
        sees(
            "src/cuts.rs",
            "//! A.\nuse super::beam;",
            "cuts may not import beam",
        );
        accepts("src/model/a.rs", "//! A.\nuse super::b::Particle;");
    }

    #[test]
    fn keeps_the_order_of_the_foundation() {
        sees(
            "src/units.rs",
            "//! A.\nuse crate::rng::X;",
            "units may not import rng",
        );
        accepts("src/rng.rs", "//! A.\nuse crate::units::X;");
    }

    #[test]
    fn ignores_tests_comments_and_strings() {
        accepts(
            "src/model/a.rs",
            "//! See crate::process.\n/* crate::cuts /* crate::beam */ */\n\
             const A: &str = \"crate::event\"; const B: &str = r#\"crate::\"event\"#;\n\
             const C: char = '\"'; fn f<'a>(x: &'a u8) -> &'a u8 { x }\n\
             #[cfg(test)]\nmod tests { use crate::process::X; fn g() { h().unwrap(); } }",
        );
        sees(
            "src/model/a.rs",
            "//! A.\n#[cfg(test)]\nmod tests { fn g() {} }\nuse crate::process::X;",
            "model may not import process",
        );
    }

    #[test]
    fn knows_files_that_are_compiled_for_tests_only() {
        let source = "//! A.\n#[cfg(test)]\nmod toy;\nmod real;\n#[cfg(test)]\npub(crate) mod game;\n\
                      #[cfg(test)]\nmod tests {}";
        let found = rules::test_files("src/model/mod.rs", source);
        assert_eq!(found, ["src/model/toy.rs", "src/model/game.rs"]);
        let toy = "//! A.\nuse crate::event::X;\nfn f() { g().unwrap(); }";
        assert!(rules::check("src/model/toy.rs", toy, true).is_empty());
        assert_eq!(rules::check("src/model/toy.rs", toy, false).len(), 2);
    }

    #[test]
    fn refuses_an_alias_that_gets_past_the_table() {
        let alias = "//! A.\npub use crate::integrate::{A, Place as RunPlace};";
        sees("src/run/a.rs", alias, "new name");
        accepts("src/run/a.rs", "//! A.\nuse crate::integrate::Place as P;");
        accepts("src/run/a.rs", "//! A.\npub use b::Place as RunPlace;");
    }

    #[test]
    fn opens_error_to_errors_only() {
        sees(
            "src/cli/a.rs",
            "//! A.\nuse crate::scale::evaluate;",
            "cli may not import scale",
        );
        accepts("src/error.rs", "//! A.\nuse crate::beam::BeamError;");
        sees(
            "src/error.rs",
            "//! A.\nuse crate::beam::Pdf;",
            "error may not import beam",
        );
    }

    #[test]
    fn fences_outside_crates_in() {
        sees("src/model/a.rs", "//! A.\nuse anyhow::Result;", "anyhow");
        sees(
            "src/sampler/a.rs",
            "//! A.\n#[derive(clap::Args)] struct A;",
            "clap",
        );
        sees("src/jobs/a.rs", "//! A.\nuse ryu::Buffer;", "ryu");
        accepts("src/cli/a.rs", "//! A.\nuse clap::Args;");
        accepts("src/model/a.rs", "//! A.\nfn f(clap: u8) -> u8 { clap }");
    }

    #[test]
    fn wants_functions_that_are_the_same_everywhere() {
        let method = "//! A.\nfn f(x: f64) -> f64 { (1.0 - x).ln() }";
        sees("src/phasespace/a.rs", method, "`ln_same` is");
        sees(
            "src/cuts.rs",
            "//! A.\nconst F: fn(f64) -> f64 = f64::sinh;",
            "`sinh_same` is",
        );
        accepts("src/picture/a.rs", method);
        accepts("src/sampler/train/tensor_a.rs", method);
        accepts(
            "src/cuts.rs",
            "//! A.\nfn f(x: f64) -> f64 { x.ln_same() + a::ln(x) }",
        );
    }

    #[test]
    fn wants_a_header_and_short_files() {
        sees("src/cuts.rs", "fn f() {}", "header");
        let long = format!("//! A.\n{}", "\n".repeat(700));
        sees("src/cuts.rs", &long, "lines");
    }

    #[test]
    fn wants_nothing_but_modules_and_re_exports_in_mod_rs() {
        accepts(
            "src/model/mod.rs",
            "//! A.\n\n#[cfg(feature = \"x\")]\nmod a;\npub(crate) mod b;\npub use a::{B, c};\n",
        );
        sees("src/model/mod.rs", "//! A.\nmod a;\nfn f() {}", "mod.rs");
        sees("src/model/mod.rs", "//! A.\nmod a { }", "mod.rs");
    }

    #[test]
    fn refuses_habits() {
        for (source, part) in [
            ("fn f() { println!(\"a\"); }", "println!"),
            ("fn f() { todo!() }", "todo!"),
            ("fn f() { dbg!(1); }", "dbg!"),
            ("#[allow(dead_code)] fn f() {}", "#[allow"),
            ("#![allow(dead_code)]", "#[allow"),
            ("#[cfg(test)] mod t { #[ignore] fn f() {} }", "#[ignore"),
            ("fn f() { g().unwrap(); }", "unwrap"),
        ] {
            sees("src/cuts.rs", &format!("//! A.\n{source}"), part);
        }
    }
}
