//! What the sources must keep to: the table of imports, the fences around
//! outside crates, and the habits of the style guide.

use crate::scan::{Token, after_group, is_cfg_test, paths_from, tokens, without_tests};

/// Modules that everyone may use; each may import the ones before it.
pub const FOUNDATION: [&str; 8] = [
    "suggest",
    "units",
    "elementary",
    "numbers",
    "rng",
    "compute",
    "kinematics",
    "storage",
];

/// Who may import whom, the foundation aside.
pub const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diagram", &["model"]),
    ("process", &["model", "diagram"]),
    ("clustering", &["model", "diagram"]),
    ("colour", &[]),
    ("amplitude", &["model", "diagram", "colour"]),
    ("beam", &[]),
    ("phasespace", &["diagram"]),
    ("observable", &[]),
    ("cuts", &["observable"]),
    ("singular", &["model", "diagram", "cuts"]),
    ("scale", &["observable"]),
    ("integrand", &[]),
    ("sampler", &["integrand"]),
    ("unweight", &[]),
    ("integrate", &["integrand", "sampler", "unweight"]),
    ("event", &[]),
    ("histogram", &["cuts", "event"]),
    ("picture", &[]),
    ("feynman", &["model", "diagram", "picture"]),
    ("weights", &["beam", "scale", "event"]),
    (
        "cross_section",
        &[
            "model",
            "diagram",
            "process",
            "amplitude",
            "beam",
            "phasespace",
            "cuts",
            "singular",
            "scale",
            "clustering",
            "integrand",
            "event",
            "weights",
        ],
    ),
    ("error", &[]),
    (
        "card",
        &[
            "scale",
            "sampler",
            "amplitude",
            "integrate",
            "model",
            "event",
            "histogram",
            "weights",
        ],
    ),
    (
        "run",
        &[
            "card",
            "cross_section",
            "amplitude",
            "clustering",
            "scale",
            "beam",
            "cuts",
            "diagram",
            "process",
            "model",
            "integrate",
            "unweight",
            "event",
            "histogram",
            "sampler",
            "feynman",
            "weights",
            "error",
        ],
    ),
    (
        "gridpack",
        &[
            "card",
            "run",
            "cross_section",
            "beam",
            "integrand",
            "sampler",
            "integrate",
            "weights",
            "error",
        ],
    ),
    (
        "jobs",
        &[
            "card",
            "run",
            "gridpack",
            "beam",
            "integrate",
            "cross_section",
            "event",
            "histogram",
            "weights",
            "error",
        ],
    ),
    (
        "report",
        &[
            "beam",
            "scale",
            "sampler",
            "card",
            "run",
            "gridpack",
            "jobs",
            "event",
            "histogram",
            "picture",
            "error",
        ],
    ),
    (
        "cli",
        &[
            "card",
            "run",
            "gridpack",
            "jobs",
            "report",
            "integrate",
            "cross_section",
            "sampler",
            "weights",
            "error",
        ],
    ),
    (
        "prelude",
        &[
            "card",
            "error",
            "gridpack",
            "integrand",
            "integrate",
            "jobs",
            "run",
            "sampler",
        ],
    ),
    ("main", &["cli"]),
];

/// Modules that may take names with these endings from any other module.
pub const OPEN_TO_SUFFIX: &[(&str, &[&str])] = &[("error", &["Error"])];

/// Outside crates and the modules that may name them.
const FENCES: &[(&str, &[&str])] = &[
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("anyhow", &["cli", "main"]),
    ("indicatif", &["cli", "main"]),
    ("signal_hook", &["cli", "main"]),
    ("ryu", &["event"]),
    ("flate2", &["event", "beam", "storage"]),
    ("tar", &["storage"]),
    ("sha2", &["storage"]),
    ("libm", &["elementary"]),
    ("mimalloc", &["main"]),
    ("burn", &["sampler", "compute"]),
    ("wgpu", &["compute"]),
    ("libloading", &["compute"]),
    ("hdf5", &["event"]),
    ("mpi", &["jobs"]),
];

const MAX_LINES: usize = 700;

/// Functions whose last digit is the C library's; `elementary` has them with the same bits
/// everywhere.
const OF_C_LIBRARY: [&str; 22] = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "exp", "exp_m1",
    "hypot", "ln", "ln_1p", "log10", "log2", "powf", "sin", "sin_cos", "sinh", "tan", "tanh",
];
/// Modules whose numbers decide nothing: they are looked at.
const LOOKED_AT: [&str; 5] = ["picture", "feynman", "report", "cli", "compute"];

/// The row of a module: what it may import besides itself, if it is known.
pub fn row(module: &str) -> Option<Vec<&'static str>> {
    if let Some(k) = FOUNDATION.iter().position(|m| *m == module) {
        return Some(FOUNDATION[..k].to_vec());
    }
    TABLE
        .iter()
        .find(|(m, _)| *m == module)
        .map(|(_, may)| may.iter().chain(&FOUNDATION).copied().collect())
}

/// `a`, `b` for a list of names.
pub fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Module path of `src/a/b.rs`: `[a, b]`; of `src/a/mod.rs`: `[a]`.
fn module_path(file: &str) -> Vec<String> {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let mut path: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|s| s == "mod") {
        path.pop();
    }
    path
}

/// The files that hold modules declared as `#[cfg(test)] mod x;` in this file.
pub fn test_files(file: &str, source: &str) -> Vec<String> {
    let folder = module_path(file).join("/");
    let all = tokens(source);
    (0..all.len())
        .filter(|&k| is_cfg_test(&all[k..]))
        .filter_map(|k| {
            let is_visible = all.get(k + 7).is_some_and(|t| t.is_word("pub"))
                && all.get(k + 8).is_some_and(|t| t.is_mark('('));
            let start = if is_visible { k + 11 } else { k + 7 };
            match all.get(start..start + 3)? {
                [m, Token::Word(name), end] if m.is_word("mod") && end.is_mark(';') => {
                    Some(format!("src/{folder}/{name}.rs"))
                }
                _ => None,
            }
        })
        .collect()
}

/// Top-level module of a file.
pub fn module_of(file: &str) -> String {
    module_path(file).swap_remove(0)
}

/// All complaints about one file, each with the file's name.
///
/// A file that is compiled for tests only (`test_only`) may import and unwrap
/// what it likes.
pub fn check(file: &str, source: &str, test_only: bool) -> Vec<String> {
    let module = module_of(file);
    let all = tokens(source);
    let code = if test_only {
        Vec::new()
    } else {
        without_tests(&all)
    };
    let mut complaints = Vec::new();
    if !source.starts_with("//!") {
        complaints.push("no `//!` header on the first line".to_owned());
    }
    if source.lines().count() >= MAX_LINES {
        complaints.push(format!("{MAX_LINES} lines or more"));
    }
    if file.ends_with("/mod.rs") && !test_only && !only_modules_and_uses(&code) {
        complaints.push("mod.rs holds more than modules and re-exports".to_owned());
    }
    complaints.extend(bad_edges(file, &module, &code));
    if renamed_re_export(&code) {
        complaints.push("re-exports a name of another module under a new name".to_owned());
    }
    complaints.extend(bad_crates(&module, &code));
    // Tensors have functions of the same names.
    if !LOOKED_AT.contains(&module.as_str()) && !file.contains("/tensor_") {
        complaints.extend(of_c_library(&code));
    }
    complaints.extend(bad_habits(&all, &code));
    complaints.iter().map(|c| format!("{file}: {c}")).collect()
}

fn bad_edges(file: &str, module: &str, code: &[Token]) -> Vec<String> {
    let Some(may) = row(module) else {
        return Vec::new();
    };
    let mut bad: Vec<String> = imports(file, code)
        .into_iter()
        .filter(|(target, name)| {
            let open = OPEN_TO_SUFFIX
                .iter()
                .any(|(m, s)| *m == module && s.iter().any(|s| name.ends_with(s)));
            let allowed = target == module || may.contains(&target.as_str()) || open;
            // A name without a row is no module: an inline module's parent, a macro.
            !allowed && row(target).is_some()
        })
        .map(|(target, _)| format!("{module} may not import {target}"))
        .collect();
    bad.sort();
    bad.dedup();
    bad
}

/// Modules that the code of a file names, each with the last name of the path.
fn imports(file: &str, code: &[Token]) -> Vec<(String, String)> {
    let own = module_path(file);
    let root = if own == ["main"] { "omnis" } else { "crate" };
    paths_from(code, &[root, "super"])
        .into_iter()
        .filter_map(|(_, rest, n_super)| {
            let mut path: Vec<String> = if n_super > 0 {
                own[..own.len().saturating_sub(n_super)].to_vec()
            } else {
                Vec::new()
            };
            path.extend(rest);
            Some((path.first()?.clone(), path.last()?.clone()))
        })
        .collect()
}

/// Edges between modules that a file makes: (importing module, imported module).
pub fn edges(file: &str, source: &str) -> Vec<(String, String)> {
    let module = module_of(file);
    imports(file, &without_tests(&tokens(source)))
        .into_iter()
        .map(|(target, _)| (module.clone(), target))
        .collect()
}

/// Calls of functions of the C library: `x.exp()`, `f64::exp`.
fn of_c_library(code: &[Token]) -> Vec<String> {
    let named = |k: usize, name: &str| {
        let method = code[k - 1].is_mark('.') && code.get(k + 1).is_some_and(|t| t.is_mark('('));
        let path = code[k - 1] == Token::PathSep && k > 1 && code[k - 2].is_word("f64");
        code[k].is_word(name) && (method || path)
    };
    OF_C_LIBRARY
        .iter()
        .filter(|name| (1..code.len()).any(|k| named(k, name)))
        .map(|name| format!("`{name}` is not the same on every machine, `{name}_same` is"))
        .collect()
}

fn bad_crates(module: &str, code: &[Token]) -> Vec<String> {
    FENCES
        .iter()
        .filter(|(_, may)| !may.contains(&module))
        .filter(|(name, _)| {
            (0..code.len()).any(|k| {
                let before = k.checked_sub(1).map(|b| &code[b]);
                code[k].is_word(name)
                    && before != Some(&Token::PathSep)
                    && (code.get(k + 1) == Some(&Token::PathSep)
                        || before.is_some_and(|t| t.is_word("use")))
            })
        })
        .map(|(name, may)| format!("names the crate {name}, which only {} may", quoted(may)))
        .collect()
}

fn bad_habits(all: &[Token], code: &[Token]) -> Vec<String> {
    let mut bad = Vec::new();
    for k in 0..all.len() {
        let next = |n: usize, mark: char| all.get(k + n).is_some_and(|t| t.is_mark(mark));
        for name in [
            "println",
            "print",
            "eprintln",
            "dbg",
            "todo",
            "unimplemented",
        ] {
            if all[k].is_word(name) && next(1, '!') {
                bad.push(format!("{name}! is not used here"));
            }
        }
        let in_attribute = k > 0 && (all[k - 1].is_mark('[') || all[k - 1].is_mark(','));
        if all[k].is_word("allow") && next(1, '(') && in_attribute {
            bad.push("#[allow( is not used here: #[expect(lint, reason = ..)] is".to_owned());
        }
        if all[k].is_word("ignore") && k > 1 && all[k - 1].is_mark('[') && all[k - 2].is_mark('#') {
            bad.push("#[ignore] is not used here".to_owned());
        }
    }
    let unwraps = code
        .windows(3)
        .filter(|w| w[0].is_mark('.') && w[1].is_word("unwrap") && w[2].is_mark('('))
        .count();
    if unwraps > 0 {
        bad.push(format!(
            "{unwraps} unwrap() outside tests: expect(\"why it cannot fail\")"
        ));
    }
    bad
}

/// Whether a `pub use crate::..` gives a name of another module a second name:
/// what may not be imported is not to be had under an alias either.
fn renamed_re_export(code: &[Token]) -> bool {
    (0..code.len())
        .filter(|&k| {
            code[k].is_word("use")
                && k > 0
                && (code[k - 1].is_word("pub") || code[k - 1].is_mark(')'))
                && code.get(k + 1).is_some_and(|t| t.is_word("crate"))
        })
        .any(|k| {
            code[k..]
                .iter()
                .take_while(|t| !t.is_mark(';'))
                .any(|t| t.is_word("as"))
        })
}

/// Whether the file is `mod x;` and `use ...;` items, with attributes and visibility.
fn only_modules_and_uses(code: &[Token]) -> bool {
    let mut k = 0;
    while k < code.len() {
        while code[k].is_mark('#') {
            k = after_group(code, k + 1);
        }
        if k < code.len() && code[k].is_word("pub") {
            k += 1;
            if code.get(k).is_some_and(|t| t.is_mark('(')) {
                k = after_group(code, k);
            }
        }
        match code.get(k) {
            Some(t) if t.is_word("mod") => {
                if !code.get(k + 2).is_some_and(|t| t.is_mark(';')) {
                    return false;
                }
                k += 3;
            }
            Some(t) if t.is_word("use") => {
                while k < code.len() && !code[k].is_mark(';') {
                    k += 1;
                }
                k += 1;
            }
            _ => return false,
        }
    }
    true
}
