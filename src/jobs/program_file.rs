//! The program that a tarball carries: found, and checked before it is packed.
//!
//! Knows files, what a program answers to `--version`, and of programs for Linux
//! whether they load libraries of the machine; knows no gridpack.
//! Source: System V ABI, chapter 4 (ELF header) and chapter 5 (program header).

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::storage::{SOURCES, StorageError, VERSION, read_bytes, version_line};

/// Name of the program that needs no library, looked for beside this one.
const BESIDE: &str = "omnis-static";
/// Most bytes of a program.
const MAX_PROGRAM: u64 = 1 << 30;
/// Most bytes of an answer that are looked at.
const MAX_ANSWER: u64 = 4096;
/// A program says its version in less.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program of this version, in memory.
#[derive(Clone, Debug)]
pub struct ProgramFile {
    /// Where it was found.
    pub path: PathBuf,
    /// Whether it loads libraries of the machine that it runs on; `None` where that
    /// is not known.
    pub loads_libraries: Option<bool>,
    pub(super) bytes: Vec<u8>,
}

impl ProgramFile {
    /// The program for a tarball: the one that is asked for; else `omnis-static` in the
    /// folder of this program; else this program. Another one than this is started
    /// with `--version`, and must have the same version and sources.
    ///
    /// # Errors
    /// [`StorageError::Read`]; [`StorageError::Unusable`] for another program.
    pub fn find(asked: Option<&Path>) -> Result<Self, StorageError> {
        if let Some(path) = asked {
            return Self::checked(path);
        }
        let own = std::env::current_exe().map_err(|source| StorageError::Read {
            path: "the program itself".to_owned(),
            source,
        })?;
        let beside = own.with_file_name(format!("{BESIDE}{}", std::env::consts::EXE_SUFFIX));
        if beside.exists() && beside != own {
            return Self::checked(&beside);
        }
        Self::read(&own)
    }

    fn read(path: &Path) -> Result<Self, StorageError> {
        let bytes = read_bytes(path, MAX_PROGRAM).map_err(|source| StorageError::Read {
            path: path.display().to_string(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            loads_libraries: loads_libraries(&bytes),
            bytes,
        })
    }

    fn checked(path: &Path) -> Result<Self, StorageError> {
        let unusable = |found: String| StorageError::Unusable {
            path: path.display().to_string(),
            found,
            expected: format!("the program omnis {}", version_line()),
        };
        let program = Self::read(path)?;
        if cfg!(target_os = "linux") && !program.bytes.starts_with(ELF) {
            return Err(unusable("a file that is no program for Linux".to_owned()));
        }
        // A path without a folder would be looked for among the commands.
        let full = path
            .canonicalize()
            .map_err(|e| unusable(format!("a file that cannot be started ({e})")))?;
        let answer = answer(&full).map_err(unusable)?;
        let line = answer.lines().next().unwrap_or_default().trim();
        let same = line
            .strip_prefix("omnis ")
            .is_some_and(|rest| is_same_version(rest, VERSION, SOURCES));
        if !same {
            let line: String = line.chars().take(120).collect();
            return Err(unusable(format!(
                "a program that answers '{}' to --version",
                line.escape_debug()
            )));
        }
        Ok(program)
    }
}

/// Whether a version line is that of a program with this version and these sources;
/// commit and features may be others.
fn is_same_version(line: &str, version: &str, sources: &str) -> bool {
    let words: Vec<&str> = line.split([' ', ',', '(', ')']).collect();
    words.first() == Some(&version) && words.windows(2).any(|pair| pair == ["sources", sources])
}

/// What a program prints when it is asked for its version, or why it does not.
fn answer(program: &Path) -> Result<String, String> {
    let failed = |e: std::io::Error| format!("a file that cannot be started ({e})");
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut out = child.stdout.take().expect("it is piped");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = out.by_ref().take(MAX_ANSWER).read_to_end(&mut bytes);
        read.map(|_| String::from_utf8_lossy(&bytes).into_owned())
    });
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().map_err(failed)? {
            Some(status) => break status,
            None if begin.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                let seconds = PATIENCE.as_secs();
                return Err(format!("a program that is silent for {seconds} s"));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    if !status.success() {
        return Err(format!("a program that ends with {status}"));
    }
    let text = reader.join().expect("reading does not panic");
    text.map_err(failed)
}

const ELF: &[u8] = b"\x7fELF";

/// Whether a program for Linux asks for a loader of libraries; `None` for what is no
/// such program of 64 bits, least significant byte first.
fn loads_libraries(program: &[u8]) -> Option<bool> {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, n: usize| -> Option<u64> {
        let bytes = program.get(at..at.checked_add(n)?)?;
        let add = |sum, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(bytes.iter().rev().fold(0, add))
    };
    if !program.starts_with(ELF) || program.get(4..6) != Some(&[2, 1]) {
        return None;
    }
    let (table, size, n) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    for k in 0..n {
        let at = usize::try_from(table.checked_add(k * size)?).ok()?;
        if number(at, 4)? == u64::from(INTERPRETER) {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and entries of these types.
    fn elf(types: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = u8::try_from(types.len()).unwrap();
        for kind in types {
            bytes.extend(kind.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    #[test]
    fn a_program_that_names_a_loader_loads_libraries() {
        assert_eq!(loads_libraries(&elf(&[6, 1, 3, 2])), Some(true));
        assert_eq!(loads_libraries(&elf(&[6, 1, 2])), Some(false));
        assert_eq!(loads_libraries(b"#!/bin/sh\n"), None);
    }

    #[test]
    fn a_table_that_leads_elsewhere_is_no_table() {
        for (at, value) in [(32, 0xff), (39, 0xff), (57, 0xff), (4, 1)] {
            let mut bytes = elf(&[6, 1, 2]);
            bytes[at] = value;
            assert_eq!(loads_libraries(&bytes), None, "byte {at}");
        }
        for n in 0..64 + 3 * 56 {
            let cut = loads_libraries(&elf(&[6, 1, 2])[..n]);
            assert!(
                cut != Some(true) && (n >= 180 || cut.is_none()),
                "{n} bytes"
            );
        }
    }

    #[test]
    fn the_program_that_runs_the_tests_is_found_and_known() {
        let own = ProgramFile::find(None).unwrap();
        assert_eq!(own.path, std::env::current_exe().unwrap());
        if cfg!(all(target_os = "linux", target_pointer_width = "64")) {
            let is_static = cfg!(target_feature = "crt-static");
            assert_eq!(own.loads_libraries, Some(!is_static));
        }
    }

    #[test]
    fn version_and_sources_must_agree_and_the_rest_may_differ() {
        let same = |line: &str| is_same_version(line, "0.1.0", "0f1e");
        assert!(same("0.1.0 (commit 1a2b3c4, sources 0f1e, features cli)"));
        assert!(same("0.1.0 (commit unknown, sources 0f1e, features none)"));
        assert!(!same("0.1.1 (commit 1a2b3c4, sources 0f1e, features cli)"));
        assert!(!same("0.1.0 (commit 1a2b3c4, sources 0f1f, features cli)"));
        assert!(!same("0.1.0"));
        assert!(!same(""));
    }
}
