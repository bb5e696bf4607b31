//! The omnis program: its commit, parse, call `cli`, exit code.

use std::process::ExitCode;

#[cfg(feature = "static")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seven digits of a commit, known when the program is compiled.
struct Commit([u8; 7]);

impl Commit {
    /// The last entry of git's log of HEAD: `<old> <new> <who> ..`, one per line.
    const fn last_in(log: &[u8]) -> Self {
        let mut start = log.len().saturating_sub(1);
        while start > 0 && log[start - 1] != b'\n' {
            start -= 1;
        }
        let (_, line) = log.split_at(start);
        if line.len() < 81 {
            return Self::named(b"");
        }
        Self::named(line.split_at(41).1)
    }

    /// The first digits of a name; zeros if they are no commit.
    const fn named(name: &[u8]) -> Self {
        let mut digits = [b'0'; 7];
        let mut k = 0;
        while k < 7 {
            if k >= name.len() || !name[k].is_ascii_hexdigit() {
                return Self([b'0'; 7]);
            }
            digits[k] = name[k];
            k += 1;
        }
        Self(digits)
    }

    fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.0).ok()?;
        (text != "0000000").then_some(text)
    }
}

include!(concat!(env!("OUT_DIR"), "/commit.rs"));

fn main() -> ExitCode {
    omnis::cli::run(std::env::args_os(), COMMIT.text())
}
