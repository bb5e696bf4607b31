//! Every reader of input that others write, on inputs that are almost right:
//! none may panic, take two seconds or ask for a gibibyte.
//!
//! `OMNIS_FUZZ_CASES` is the number of cases, `OMNIS_FUZZ_SEED` another seed,
//! `OMNIS_FUZZ_CASE=lhe:17` one case alone, `OMNIS_FUZZ_CASE=ufo:0..1000000` those of one
//! reader. A failure names its case and keeps its input. Cases follow from the seed: the
//! same ones everywhere.

#[path = "fuzz/event_files.rs"]
mod event_files;
#[path = "fuzz/memory.rs"]
mod memory;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/targets.rs"]
mod targets;
#[path = "fuzz/ufo_model.rs"]
mod ufo_model;
#[path = "common/ufo_models.rs"]
mod ufo_models;
#[path = "fuzz/watch.rs"]
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use mutate::{Random, mutated};
use targets::{Scratch, TARGETS, Target};
use watch::Watch;

#[global_allocator]
static COUNTING: memory::Counting = memory::Counting;

/// Cases of a run without `OMNIS_FUZZ_CASES`.
const CASES: u64 = 60_000;
/// Bytes that one case may have in use.
const MOST_BYTES: usize = 1 << 30;
/// A deep recursion is to be found as in the main thread of a program.
const STACK: usize = 8 << 20;

/// A number that the environment gives.
fn given(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is '{text}', expected a whole number")))
}

/// The number of cases of each target.
fn plan() -> Vec<(&'static Target, std::ops::Range<u64>)> {
    if let Ok(one) = std::env::var("OMNIS_FUZZ_CASE") {
        let found = one.split_once(':').and_then(|(name, cases)| {
            let target = TARGETS.iter().find(|t| t.name == name)?;
            let range = match cases.split_once("..") {
                Some((first, end)) => first.parse().ok()?..end.parse().ok()?,
                None => {
                    let case: u64 = cases.parse().ok()?;
                    case..case + 1
                }
            };
            Some((target, range))
        });
        let found = found.unwrap_or_else(|| panic!("no case '{one}', e.g. lhe:17 or lhe:0..99"));
        return vec![found];
    }
    let cases = given("OMNIS_FUZZ_CASES").unwrap_or(CASES);
    let total: u64 = TARGETS.iter().map(|t| t.share).sum();
    let share = |t: &'static Target| (t, 0..(cases * t.share).div_ceil(total));
    TARGETS.iter().map(share).collect()
}

/// Runs all cases; returns the first failure of each kind, with how often it came.
fn run_all(seed: u64, folder: PathBuf) -> BTreeMap<String, (u64, String)> {
    let scratch = Scratch::new(folder.join("scratch"));
    let mut watch = Watch::begin(folder.clone());
    let mut failures: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for (target, cases) in plan() {
        let corpus = (target.corpus)(&scratch);
        let (start, n_cases, mut most) = (Instant::now(), cases.end - cases.start, 0);
        for case in cases {
            let mut random = Random::new(target.name, seed, case);
            let input = mutated(&mut random, &corpus, target.dictionary);
            watch.case(target.name, case, seed, &input);
            let begun = memory::begin();
            let done = catch_unwind(AssertUnwindSafe(|| (target.read)(&scratch, &input)));
            let peak = memory::peak(begun);
            most = most.max(peak);
            let what = match done {
                Err(_) => format!("panic: {}", watch.last_panic()),
                Ok(Err(what)) => format!("wrong: {what}"),
                Ok(Ok(())) if peak > MOST_BYTES => format!("{} MiB in use", peak >> 20),
                Ok(Ok(())) => continue,
            };
            let kind: String = what
                .chars()
                .filter(|c| !c.is_ascii_digit())
                .take(80)
                .collect();
            let entry = failures.entry(format!("{} {kind}", target.name));
            let first = entry.or_insert_with(|| {
                let kept = watch::kept(&folder, target.name, case, seed, &input);
                (
                    0,
                    format!("{}:{case}: {what}\n  input: {kept}", target.name),
                )
            });
            first.0 += 1;
        }
        eprintln!(
            "{}: {n_cases} cases in {:.1} s, at most {} kB in use",
            target.name,
            start.elapsed().as_secs_f64(),
            most / 1000
        );
    }
    watch.end();
    failures
}

#[test]
fn no_reader_is_upset_by_what_it_cannot_read() {
    let seed = given("OMNIS_FUZZ_SEED").unwrap_or(1);
    let folder = std::env::temp_dir().join(format!("omnis-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for inputs");
    let place = folder.clone();
    let builder = thread::Builder::new()
        .name("fuzz".to_owned())
        .stack_size(STACK);
    let thread = builder.spawn(move || run_all(seed, place));
    let failures = thread
        .expect("a thread")
        .join()
        .expect("the cases are caught");
    fs::remove_dir_all(folder.join("scratch")).expect("the scratch folder");
    let list: Vec<String> = failures
        .values()
        .map(|(n, f)| format!("{n} times, first {f}"))
        .collect();
    assert!(
        list.is_empty(),
        "{} kinds of failure with seed {seed}; again with OMNIS_FUZZ_CASE=NAME:NUMBER\n{}",
        list.len(),
        list.join("\n")
    );
    fs::remove_dir_all(folder).expect("the folder of inputs");
}
