//! What this process took: CPU time and memory.
//!
//! Reads what Linux says in `/proc/self`; elsewhere nothing is known.

use std::fs;

/// Parts of a second in which Linux counts CPU time for programs, on all machines it runs on.
const TICKS_PER_S: f64 = 100.0;

/// CPU time of all threads so far in seconds, that of the system for them included.
pub(super) fn cpu_s() -> Option<f64> {
    cpu_s_of(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Largest memory that was in use so far, in bytes.
pub(super) fn peak_memory_bytes() -> Option<u64> {
    peak_of(&fs::read_to_string("/proc/self/status").ok()?)
}

/// From the text of `stat`: user and system time are the 14th and 15th words, and the second
/// one, in brackets, may hold spaces.
fn cpu_s_of(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace().skip(11);
    let mut ticks = || words.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) as f64 / TICKS_PER_S)
}

/// From the text of `status`.
fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_memory_are_found_in_the_texts_of_linux() {
        let stat = "7 (a ) b) R 1 7 7 0 -1 4194304 90 0 0 0 250 31 0 0 20 0 1 0 5 8192 90";
        assert_eq!(cpu_s_of(stat), Some(2.81));
        assert_eq!(peak_of("Name:\tx\nVmHWM:\t    2048 kB\n"), Some(2 << 20));
        assert_eq!((cpu_s_of(""), peak_of("")), (None, None));
    }
}
