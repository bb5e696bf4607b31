//! Jobs that are killed or told to stop, at any moment of the adaptation, the
//! training and the generation: they go on where they were and end with the same
//! bytes.

#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use omnis::storage::sha256;

#[path = "common/program.rs"]
mod program;
use program::{card, command, done, events, fails, folder_with_pack, json, names, read};

/// A seeded choice of times, so that a failure can be repeated.
struct Times(u64);

impl Times {
    fn within(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(from_ms + (self.0 >> 33) % (to_ms - from_ms))
    }
}

fn start(folder: &Path, arguments: &str) -> Child {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Runs a job undisturbed; then starts it and kills it ten times at random
/// moments, lets it end, and compares. The number of kills that left something to go on
/// from.
fn killed_ten_times(folder: &Path, job: &str, output: &str, seed: u64) -> u32 {
    let arguments = &format!("{job} --json");
    let path = folder.join(output);
    let begin = Instant::now();
    done(folder, arguments);
    let whole_ms = begin.elapsed().as_millis() as u64;
    let undisturbed = sha256(&fs::read(&path).unwrap());
    fs::remove_file(&path).unwrap();
    let mut times = Times(seed);
    let (mut n_killed, mut n_kept) = (0, 0);
    let partial = folder.join(format!(".{output}.partial"));
    for _ in 0..10 {
        let mut command = command(folder, arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(times.within(whole_ms / 50, whole_ms / 4 + 2));
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        if ended.success() {
            assert!(path.exists(), "no file of a job that ended");
        }
        // A kill may still come between the file's name and the process's end.
        if path.exists() {
            let whole = sha256(&fs::read(&path).unwrap()) == undisturbed;
            assert!(whole, "a partial file under the final name");
            fs::remove_file(&path).unwrap();
            continue;
        }
        n_killed += 1;
        let kept = ["checkpoint.json", "adapted.omnis", "adapting.state"];
        n_kept += u32::from(kept.iter().any(|name| partial.join(name).exists()));
    }
    assert!(
        n_killed >= 5,
        "only {n_killed} of 10 runs lived long enough"
    );
    done(folder, arguments);
    assert_eq!(
        sha256(&fs::read(&path).unwrap()),
        undisturbed,
        "{arguments}"
    );
    assert!(!partial.exists());
    n_kept
}

#[test]
fn a_job_killed_ten_times_ends_with_the_same_bytes() {
    let folder = folder_with_pack();
    let at = folder.path();
    for name in ["a.lhe", "a.lhe.gz"] {
        let job = format!("generate tt.omnis -n 60000 --threads 2 --checkpoint-every 0 -o {name}");
        assert!(killed_ten_times(at, &job, name, 1) > 0);
        assert_eq!(events(at, name), 60_000);
    }
    assert_eq!(names(at), ["a.lhe", "a.lhe.gz", "tt.omnis"]);
}

#[test]
fn a_killed_adaptation_goes_on_and_gives_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let drell_yan = card("pp_epem.toml");
    let card = card("pp_epem_j.toml");
    for (card, sampler, seed) in [(&card, "vegas", 2), (&drell_yan, "flow", 4)] {
        let pack = format!(
            "pack {card} -n 1e5 --sampler {sampler} --accuracy 0.005 --checkpoint-every 0 -o j.omnis"
        );
        assert!(
            killed_ten_times(at, &pack, "j.omnis", seed) > 0,
            "{sampler}"
        );
        // How far the kills let it come is up to the machine; that points are taken over and
        // no more than a step is lost in any stage has a test of its own.
        fs::remove_file(at.join("j.omnis")).unwrap();
    }
    let job = format!("generate {card} -n 5000 --threads 2 --checkpoint-every 0 -o j.lhe.gz");
    killed_ten_times(at, &job, "j.lhe.gz", 3);
    assert_eq!(names(at), ["j.lhe.gz"]);
}

/// Kills a job as soon as it has kept `n` states of its adaptation in a stage;
/// returns where the next process goes on. `None` if it ended before.
fn resumed_from(folder: &Path, arguments: &str, n: u32) -> Option<serde_json::Value> {
    let state = folder.join(".a.omnis.partial/adapting.state");
    let mut child = start(folder, arguments);
    let (mut seen, mut n_seen) = (None, 0);
    while n_seen < n {
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        let inode = fs::metadata(&state)
            .ok()
            .map(|m| (m.len(), m.modified().unwrap()));
        if inode.is_some() && inode != seen {
            seen = inode;
            n_seen += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // It may have just given the file its name.
    if folder.join("a.omnis").exists() {
        return None;
    }
    let output = done(folder, &format!("{arguments} --json"));
    Some(json(&output)["adaptation_resumed"].clone())
}

#[test]
fn kills_in_every_stage_of_an_adaptation_lose_no_more_than_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let pack = format!(
        "pack {} -n 1e5 --sampler flow --checkpoint-every 0 --threads 2 -o a.omnis",
        card("pp_epem.toml")
    );
    done(at, &pack);
    let undisturbed = read(at, "a.omnis");
    let mut stages = vec![];
    for n in [1, 4, 9, 20, 40] {
        fs::remove_file(at.join("a.omnis")).unwrap();
        let Some(resumed) = resumed_from(at, &pack, n) else {
            assert!(read(at, "a.omnis") == undisturbed, "{n}");
            break;
        };
        assert!(read(at, "a.omnis") == undisturbed, "{n}: {resumed}");
        assert!(resumed["points"].as_u64() > Some(0), "{n}: {resumed}");
        stages.push(resumed["stage"].as_str().unwrap().to_owned());
    }
    for stage in ["adapt", "train"] {
        assert!(stages.iter().any(|s| s == stage), "{stage}: {stages:?}");
    }
}

#[test]
fn a_checkpoint_of_an_adaptation_that_is_damaged_is_reported_and_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let pack = format!(
        "pack {} -n 1e5 --checkpoint-every 0 -o a.omnis",
        card("pp_epem.toml")
    );
    done(at, &pack);
    let undisturbed = read(at, "a.omnis");
    fs::remove_file(at.join("a.omnis")).unwrap();
    let state = at.join(".a.omnis.partial/adapting.state");
    let mut child = start(at, &pack);
    while !state.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut bytes = fs::read(&state).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&state, bytes).unwrap();
    let output = done(at, &format!("{pack} --json"));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("the adaptation begins again"), "{message}");
    assert!(message.contains("bytes with another checksum"), "{message}");
    assert!(json(&output).get("adaptation_resumed").is_none());
    assert!(read(at, "a.omnis") == undisturbed);
}

#[test]
fn a_request_to_stop_an_adaptation_keeps_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let flow = "--sampler flow --threads 2 --json -v -o a.omnis";
    let pack = format!("pack {} -n 1e5 {flow}", card("pp_epem.toml"));
    done(at, &pack);
    let undisturbed = read(at, "a.omnis");
    for (stage, name) in [("adapt", "TERM"), ("train", "USR1")] {
        fs::remove_file(at.join("a.omnis")).unwrap();
        let mut command = command(at, &pack);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let begins = format!("{stage} ...");
        assert!(lines.any(|l| l.unwrap() == begins), "no line '{begins}'");
        signal(&child, name);
        let message = lines.map(Result::unwrap).last().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(85), "{message}");
        let kept = format!(
            "error: stopped on request: the state of the adaptation is kept ('{stage}' after "
        );
        assert!(message.starts_with(&kept), "{message}");
        let end = " points in all), and no event was made yet; the same command goes on from there";
        assert!(message.ends_with(end), "{message}");
        assert_eq!(names(at), [".a.omnis.partial"], "SIG{name}");
        let made = json(&done(at, &pack));
        assert_eq!(made["adaptation_resumed"]["stage"], stage, "{made}");
        assert!(read(at, "a.omnis") == undisturbed, "SIG{name}");
    }
}

/// A setup that would take minutes.
#[test]
fn a_signal_ends_a_setup_at_once_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let toml =
        "process.generate = 'p p > j j j j j j'\ncuts.require = ['pt(j) > 30', 'dR(j, j) > 0.4']\n";
    fs::write(at.join("c.toml"), toml).unwrap();
    for (name, code, word) in [
        ("TERM", 85, "stopped on request"),
        ("INT", 130, "interrupted"),
    ] {
        for arguments in [
            "generate c.toml -o a.lhe",
            "pack c.toml -o a.omnis",
            "integrate c.toml",
        ] {
            let mut command = command(at, &format!("{arguments} -v"));
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            assert!(lines.any(|l| l.unwrap() == "setup ..."), "{arguments}");
            signal(&child, name);
            let message = lines.map(Result::unwrap).last().unwrap();
            assert_eq!(
                child.wait().unwrap().code(),
                Some(code),
                "{arguments}: {message}"
            );
            assert_eq!(
                message,
                format!("error: {word}: nothing is kept; the same command begins from the start")
            );
            assert_eq!(names(at), ["c.toml"], "{arguments}");
        }
    }
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in names(from) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

#[test]
fn bytes_changed_in_an_unfinished_output_are_reported_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let job = format!(
        "generate {} -n 40000 --threads 2 --checkpoint-every 0 -o a.lhe",
        card("pp_tt.toml")
    );
    done(at, &job);
    let undisturbed = read(at, "a.lhe");
    fs::remove_file(at.join("a.lhe")).unwrap();
    assert_eq!(signalled(at, &job, "TERM").code(), Some(85));
    let (partial, saved) = (at.join(".a.lhe.partial"), at.join("saved"));
    copy(&partial, &saved);
    let text = fs::read_to_string(saved.join("checkpoint.json")).unwrap();
    let raised = |key: &str, by: i64| {
        let (before, rest) = text.split_once(&format!("\"{key}\": ")).unwrap();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap();
        let number: i64 = rest[..end].parse().unwrap();
        let changed = format!("{before}\"{key}\": {}{}", number + by, &rest[end..]);
        assert_ne!(changed, text);
        changed.into_bytes()
    };
    let flipped = |name: &str| {
        let mut bytes = read(&saved, name);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    let events = "warning: the events are made again from the first: '";
    for (name, bytes, phrase) in [
        ("data", read(&saved, "data"), ""),
        ("data", flipped("data"), events),
        ("checkpoint.json", raised("n_done", 1024), events),
        ("checkpoint.json", raised("n_bytes", -1000), events),
        ("checkpoint.json", flipped("checkpoint.json"), events),
        (
            "adapted.omnis",
            flipped("adapted.omnis"),
            "warning: the adaptation is made again: '",
        ),
    ] {
        fs::remove_dir_all(&partial).ok();
        copy(&saved, &partial);
        fs::write(partial.join(name), bytes).unwrap();
        let output = done(at, &job);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            message.contains("warning: "),
            !phrase.is_empty(),
            "{message}"
        );
        assert!(message.contains(phrase), "{name}: {message}");
        assert!(phrase.is_empty() || message.contains(name), "{message}");
        assert!(read(at, "a.lhe") == undisturbed, "{name}");
        assert!(!partial.exists());
        fs::remove_file(at.join("a.lhe")).unwrap();
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Signals a running job and returns how it ended.
fn signalled(folder: &Path, arguments: &str, name: &str) -> ExitStatus {
    let mut child = start(folder, arguments);
    // Once there is something to lose.
    let output = arguments.split_whitespace().last().unwrap();
    let data = folder.join(format!(".{output}.partial/data"));
    while fs::metadata(&data).map_or(0, |m| m.len()) < 300_000 {
        assert!(child.try_wait().unwrap().is_none(), "ended too early");
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, name);
    child.wait().unwrap()
}

#[test]
fn a_request_to_stop_leaves_a_checkpoint_and_exit_code_85() {
    let folder = folder_with_pack();
    let at = folder.path();
    let job = "generate tt.omnis -n 40000 --threads 2 --json -o a.lhe";
    done(at, job);
    let undisturbed = read(at, "a.lhe");
    fs::remove_file(at.join("a.lhe")).unwrap();
    for (name, code) in [("TERM", 85), ("USR1", 85), ("HUP", 85), ("INT", 130)] {
        let status = signalled(at, job, name);
        assert_eq!(status.code(), Some(code), "SIG{name}");
        assert_eq!(names(at), [".a.lhe.partial", "tt.omnis"], "SIG{name}");
        let made = json(&done(at, job));
        assert!(
            made["events_resumed"].as_u64() > Some(0),
            "SIG{name}: {made}"
        );
        assert!(read(at, "a.lhe") == undisturbed, "SIG{name}");
        fs::remove_file(at.join("a.lhe")).unwrap();
    }
}

#[test]
fn another_job_on_the_same_output_starts_afresh() {
    let folder = folder_with_pack();
    let at = folder.path();
    signalled(
        at,
        "generate tt.omnis -n 40000 --threads 2 -o a.lhe",
        "TERM",
    );
    let made = json(&done(
        at,
        "generate tt.omnis -n 2000 --seed 8 --json -o a.lhe",
    ));
    assert_eq!(made["events_resumed"], 0);
    done(at, "generate tt.omnis -n 2000 --seed 8 -o b.lhe");
    assert!(read(at, "a.lhe") == read(at, "b.lhe"));
}

#[test]
fn a_second_process_on_the_same_output_is_refused() {
    let folder = folder_with_pack();
    let at = folder.path();
    let job = "generate tt.omnis -n 1e7 -o a.lhe";
    let mut first = start(at, job);
    let lock = at.join(".a.lhe.partial/data");
    while fs::metadata(&lock).map_or(0, |m| m.len()) == 0 {
        std::thread::sleep(Duration::from_millis(2));
    }
    let message = fails(at, job, 2);
    assert!(
        message.contains("'a.lhe' is being written by another process"),
        "{message}"
    );
    first.kill().unwrap();
    first.wait().unwrap();
}
