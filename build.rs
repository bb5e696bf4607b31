//! Tells the library a checksum of its sources and the features it has, and the
//! program where to find its commit, for `omnis --version` and for the
//! provenance of every run.
//!
//! The library does not depend on the commit: it is not compiled again because
//! one was made. The program takes it from git's log of HEAD, from the file that
//! `cargo package` writes, or says `unknown`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the library is made of.
const SOURCES: [&str; 5] = ["src", "models", "data", "Cargo.toml", "Cargo.lock"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for name in SOURCES {
        println!("cargo:rerun-if-changed={name}");
    }
    println!("cargo:rustc-env=OMNIS_SOURCES={:016x}", checksum(&SOURCES));
    println!("cargo:rustc-env=OMNIS_FEATURES={}", features());
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("commit.rs"), commit()).expect("OUT_DIR can be written");
}

/// A line of Rust that defines `COMMIT`, which the program includes.
fn commit() -> String {
    if let Some(log) = head_log() {
        return format!("const COMMIT: Commit = Commit::last_in(include_bytes!({log:?}));\n");
    }
    let name = packaged().unwrap_or_default();
    format!(
        "const COMMIT: Commit = Commit::named(&{:?});\n",
        name.as_bytes()
    )
}

/// Git's log of HEAD, if this package is a repository of its own.
fn head_log() -> Option<PathBuf> {
    // An unpacked package inside someone else's repository is not that repository.
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let log = here.join(git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    let own = Path::new(&top).canonicalize().ok()? == here;
    (own && log.is_file()).then_some(log)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// The commit in the file that `cargo package` writes: `"sha1": "..."`.
fn packaged() -> Option<String> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let after = text.split("\"sha1\"").nth(1)?;
    after.split('"').nth(1)?.get(..7).map(str::to_owned)
}

/// FNV-1a with 64 bits (Fowler, Noll, Vo) over the names and contents of all files.
fn checksum(names: &[&str]) -> u64 {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
    while let Some(path) = open.pop() {
        match fs::read_dir(&path) {
            Ok(entries) => open.extend(entries.flatten().map(|e| e.path())),
            Err(_) => files.push(path),
        }
    }
    files.sort();
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for b in bytes {
            sum = (sum ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for file in files {
        add(file.to_string_lossy().replace('\\', "/").as_bytes());
        add(&[0]);
        add(&fs::read(&file).unwrap_or_default());
        add(&[0]);
    }
    sum
}

fn features() -> String {
    let mut names: Vec<String> = std::env::vars()
        .filter_map(|(key, _)| {
            key.strip_prefix("CARGO_FEATURE_")
                .map(|f| f.to_lowercase().replace('_', "-"))
        })
        .filter(|f| f != "default")
        .collect();
    names.sort();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
