//! Tells the program its commit and features, for `omnis --version` and for
//! the provenance of every run. Works without git: from a package it reads the
//! commit that cargo recorded, otherwise it says `unknown`.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=Cargo.toml");
    for name in ["HEAD", "logs/HEAD", "refs/tags", "packed-refs"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let commit = described().or_else(packaged).unwrap_or("unknown".into());
    println!("cargo:rustc-env=OMNIS_COMMIT={commit}");
    println!("cargo:rustc-env=OMNIS_FEATURES={}", features());
}

/// Output of a git command in the package's own repository, if that is one.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn described() -> Option<String> {
    // An unpacked package inside someone else's repository is not that repository.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = std::env::current_dir().ok()?;
    if Path::new(&top).canonicalize().ok()? != here.canonicalize().ok()? {
        return None;
    }
    git(&["describe", "--always", "--tags", "--dirty"])
}

/// The commit in the file that `cargo package` writes: `"sha1": "..."`.
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let after = text.split("\"sha1\"").nth(1)?;
    let sha1 = after.split('"').nth(1)?;
    sha1.get(..7).map(str::to_owned)
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
