//! An allocator that counts, so that a reader that asks for too much is found
//! before the machine is out of memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// Bytes at which a thread is held, for the watchdog to report.
const HELD: usize = 6 << 30;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static HELD_AT: AtomicUsize = AtomicUsize::new(0);

/// The allocator of the system, counted.
pub struct Counting;

fn grow(n: usize) {
    let live = LIVE.fetch_add(n, Relaxed).saturating_add(n);
    PEAK.fetch_max(live, Relaxed);
    if live > HELD {
        HELD_AT.store(live, Relaxed);
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
}

// SAFETY: every call goes to the system's allocator with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Begins to measure; returns what is in use now.
pub fn begin() -> usize {
    let live = LIVE.load(Relaxed);
    PEAK.store(live, Relaxed);
    live
}

/// The most that was in use since [`begin`], above its result.
pub fn peak(begun: usize) -> usize {
    PEAK.load(Relaxed).saturating_sub(begun)
}

/// Bytes in use when a thread was held; 0 if none was.
pub fn held() -> usize {
    HELD_AT.load(Relaxed)
}
