//! How much memory this process may still take.
//!
//! Knows the files in which Linux tells; on other systems nothing is known.

use std::fs;
use std::path::Path;

/// Bytes that are available to this process: what the system has free or can free,
/// and what the limits of its control group and of its address space leave. `None`
/// where the system does not say.
pub(crate) fn available_memory() -> Option<u64> {
    let free = of_system(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let mut limits = vec![free];
    limits.extend(of_address_space());
    if let Ok(text) = fs::read_to_string("/proc/self/cgroup") {
        limits.extend(of_groups(&text, Path::new("/sys/fs/cgroup")));
    }
    limits.into_iter().min()
}

fn of_system(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// What `ulimit -v` leaves.
fn of_address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|l| l.strip_prefix("Max address space"))?;
    let most: u64 = line.split_whitespace().next()?.parse().ok()?;
    let pages: u64 = fs::read_to_string("/proc/self/statm")
        .ok()?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    Some(most.saturating_sub(pages * PAGE))
}

/// Size of a page on all but some exotic machines, where less is left than is said.
const PAGE: u64 = 4096;

/// What the control groups above a process leave, in the hierarchy of version 2.
fn of_groups(cgroup: &str, root: &Path) -> Option<u64> {
    let path = cgroup.lines().find_map(|l| l.strip_prefix("0::/"))?;
    let own = root.join(path);
    let number =
        |path: &Path| -> Option<u64> { fs::read_to_string(path).ok()?.trim().parse().ok() };
    own.ancestors()
        .take_while(|folder| folder.starts_with(root))
        .filter_map(|folder| {
            let most = number(&folder.join("memory.max"))?;
            let used = number(&folder.join("memory.current")).unwrap_or(0);
            Some(most.saturating_sub(used))
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_in_kibibytes() {
        let text = "MemTotal:       24000000 kB\nMemFree: 1 kB\nMemAvailable:   20000000 kB\n";
        assert_eq!(of_system(text), Some(20_480_000_000));
        assert_eq!(of_system("MemTotal: 1 kB\n"), None);
    }

    #[test]
    fn the_tightest_control_group_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("a/memory.max", "1000\n");
        write("a/memory.current", "400\n");
        write("a/b/memory.max", "max\n");
        write("a/b/c/memory.max", "5000\n");
        let left = of_groups("1:cpu:/\n0::/a/b/c\n", folder.path());
        assert_eq!(left, Some(600));
        assert_eq!(of_groups("0::/\n", folder.path()), None);
    }
}
