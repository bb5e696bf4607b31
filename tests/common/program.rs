//! The program under test, run in a folder of its own.

#![allow(dead_code, reason = "every test program uses a part of it")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use omnis::event::{LheReader, Tolerance, check_event};

/// A card that is shipped.
pub fn card(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes");
    path.join(name).display().to_string()
}

/// The program with these arguments, separated by spaces.
pub fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omnis"));
    command
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Runs a command.
pub fn omnis(folder: &Path, arguments: &str) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Runs a command that must succeed.
pub fn done(folder: &Path, arguments: &str) -> Output {
    let output = omnis(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {message}");
    output
}

/// Runs a command that must fail with this code; returns the message.
pub fn fails(folder: &Path, arguments: &str, code: i32) -> String {
    let output = omnis(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
    message
}

/// What a command printed.
pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder with a gridpack of `p p > t t~`.
pub fn folder_with_pack() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let card = card("pp_tt.toml");
    done(folder.path(), &format!("pack {card} -n 3000 -o tt.omnis"));
    folder
}

/// The bytes of a file.
pub fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

/// All files of a folder, hidden ones included, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Number of events, each of which is checked.
pub fn events(folder: &Path, name: &str) -> u64 {
    let mut reader = LheReader::open(folder.join(name)).unwrap();
    let mut n = 0;
    while let Some(event) = reader.next_event().unwrap() {
        assert_eq!(check_event(&event, &Tolerance::default()), []);
        n += 1;
    }
    n
}

/// A set of parton densities that is not built in: the one that is, with another
/// name; returns its folder.
pub fn own_pdf(folder: &Path, name: &str) -> PathBuf {
    const BUILT_IN: &str = "NNPDF23_lo_as_0130_qed";
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = from.join("data/pdf").join(BUILT_IN);
    let set = folder.join(name);
    fs::create_dir(&set).unwrap();
    let info = from.join(format!("{BUILT_IN}.info"));
    fs::copy(info, set.join(format!("{name}.info"))).unwrap();
    let grid = fs::read(from.join(format!("{BUILT_IN}_0000.dat.gz"))).unwrap();
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&grid[..])
        .read_to_end(&mut text)
        .unwrap();
    fs::write(set.join(format!("{name}_0000.dat")), text).unwrap();
    set
}
