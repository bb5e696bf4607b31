//! Reports what kills a process or keeps it: the input of the running case is
//! on disk, and a second thread looks at the time that the first one used.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::memory;

/// Time of a processor that a case may take.
const MOST_CPU: Duration = Duration::from_secs(2);
/// Time on the clock that a case may take, waiting included, on a machine that
/// has much else to do.
const MOST_WALL: Duration = Duration::from_secs(120);
/// Ticks in which Linux counts the time of a thread.
const TICKS_PER_SECOND: u64 = 100;

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

struct Shared {
    /// Counts cases from 1; 0 before the first and after the last.
    number: AtomicU64,
    ended: AtomicBool,
    label: Mutex<String>,
}

/// What is run now, for a report.
pub struct Watch {
    shared: Arc<Shared>,
    current: File,
    count: u64,
    thread: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch this thread.
    pub fn begin(folder: PathBuf) -> Self {
        let path = folder.join("running");
        let shared = Arc::new(Shared {
            number: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            label: Mutex::new(String::new()),
        });
        let current = File::create(&path).expect("a file for the running input");
        std::panic::set_hook(Box::new(|info| {
            let mut last = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
            if thread::current().name() == Some("fuzz") {
                *last = info.to_string();
            } else {
                eprintln!("{info}");
            }
        }));
        eprintln!("the input that runs is in {}", path.display());
        let stat = fs::read_link("/proc/thread-self").ok();
        let stat = stat.map(|own| Path::new("/proc").join(own).join("stat"));
        let (to_watch, place) = (Arc::clone(&shared), path);
        let thread = thread::spawn(move || watch(&to_watch, stat.as_deref(), &place));
        Self {
            shared,
            current,
            count: 0,
            thread,
        }
    }

    /// A case begins.
    pub fn case(&mut self, target: &str, case: u64, seed: u64, input: &[u8]) {
        *lock(&self.shared.label) = format!("{target}:{case} with seed {seed}");
        self.current
            .set_len(0)
            .expect("the file of the running input");
        self.current
            .write_all_at(input, 0)
            .expect("the file of the running input");
        self.count += 1;
        self.shared.number.store(self.count, SeqCst);
    }

    /// Message of the last panic.
    pub fn last_panic(&self) -> String {
        lock(&LAST_PANIC).replace('\n', " ")
    }

    /// All cases are done.
    pub fn end(self) {
        self.shared.ended.store(true, SeqCst);
        drop(std::panic::take_hook());
        self.thread.join().expect("the watchdog only looks");
    }
}

fn lock(text: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    text.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(shared: &Shared, stat: Option<&Path>, input: &Path) {
    let mut seen = (0, Instant::now(), Duration::ZERO);
    while !shared.ended.load(SeqCst) {
        thread::sleep(Duration::from_millis(20));
        let number = shared.number.load(SeqCst);
        let cpu = stat.and_then(used).unwrap_or_default();
        if number != seen.0 {
            seen = (number, Instant::now(), cpu);
        }
        let (cpu, wall) = (cpu.saturating_sub(seen.2), seen.1.elapsed());
        let what = match memory::held() {
            0 if number > 0 && cpu > MOST_CPU => format!("takes more than {MOST_CPU:?}"),
            0 if number > 0 && wall > MOST_WALL => format!("waits for more than {MOST_WALL:?}"),
            0 => continue,
            bytes => format!("asks for {} MiB", bytes >> 20),
        };
        let label = lock(&shared.label).clone();
        let message = format!("{label} {what}\n  input: {}\n", input.display());
        // Standard error of a test is captured until it ends; this one does not.
        let _ = std::io::stderr().write_all(message.as_bytes());
        std::process::exit(1);
    }
}

/// Time that a thread used.
fn used(stat: &Path) -> Option<Duration> {
    let text = fs::read_to_string(stat).ok()?;
    // The name in parentheses may hold spaces; user and system time are the
    // 12th and 13th word after it.
    let words: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = words.get(11)?.parse::<u64>().ok()? + words.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// Saves the input of a case; returns its path.
pub fn kept(folder: &Path, target: &str, case: u64, seed: u64, input: &[u8]) -> String {
    let path = folder.join(format!("{target}-{seed}-{case}"));
    match fs::write(&path, input) {
        Ok(()) => path.display().to_string(),
        Err(e) => format!("not kept: {e}"),
    }
}
