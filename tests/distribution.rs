//! What leaves the machine: self-contained packs, jobs of batch systems,
//! libraries of samples.

#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use omnis::event::{Tolerance, check_event, read_lhe};

fn card(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes");
    path.join(name).display().to_string()
}

fn omnis(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omnis"));
    command
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null());
    command.output().unwrap()
}

/// Runs a command that must succeed; returns what it printed.
fn done(folder: &Path, arguments: &str) -> String {
    let output = omnis(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail with this code; returns the message.
fn fails(folder: &Path, arguments: &str, code: i32) -> String {
    let output = omnis(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments}: {message}");
    message
}

fn folder_with_pack() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let card = card("pp_tt.toml");
    done(folder.path(), &format!("pack {card} -n 3000 -o tt.omnis"));
    folder
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Number of events, each of which is checked.
fn events(folder: &Path, name: &str) -> usize {
    let (_, events) = read_lhe(folder.join(name)).unwrap();
    for event in &events {
        assert_eq!(check_event(event, &Tolerance::default()), []);
    }
    events.len()
}

/// Runs a script of an unpacked tarball in another folder, without
/// environment.
fn script(tarball: &Path, name: &str, arguments: &[&str], work: &Path) -> Output {
    Command::new(tarball.join(name))
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(work)
        .output()
        .unwrap()
}

#[test]
fn a_self_contained_pack_runs_read_only_without_home() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with_pack();
    let at = folder.path();
    let message = fails(at, "pack tt.omnis -o b.omnis", 2);
    assert!(message.contains("is a pack already"), "{message}");
    done(at, "pack tt.omnis --self-contained -o tt.tar.gz");
    let there = at.join("there");
    fs::create_dir(&there).unwrap();
    let mut tar = Command::new("tar");
    tar.args(["xzf", "../tt.tar.gz"]).current_dir(&there);
    assert!(tar.status().unwrap().success());
    let set = |mode| fs::set_permissions(&there, fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let mut files = Vec::new();
    for (k, n_cpu) in ["2", "1"].into_iter().enumerate() {
        let work = at.join(format!("work{k}"));
        fs::create_dir(&work).unwrap();
        let output = script(&there, "runcmsgrid.sh", &["1000", "42", n_cpu], &work);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(names(&work), ["cmsgrid_final.lhe"]);
        assert_eq!(events(&work, "cmsgrid_final.lhe"), 1000);
        files.push(read(&work, "cmsgrid_final.lhe"));
    }
    assert!(files[0] == files[1]);
    let work = at.join("work0");
    let output = script(&there, "run.sh", &["100", "7"], &work);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(events(&work, "events.lhe.gz"), 100);
    assert_eq!(
        script(&there, "run.sh", &["100"], &work).status.code(),
        Some(2)
    );
    set(0o755);
}

#[test]
fn jobs_of_a_batch_system_make_the_whole_and_missing_parts_are_made_again() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 5000 --seed 3 -o whole.lhe.gz");
    let sh = |script: &str| {
        let mut shell = Command::new("sh");
        let jobs = at.join("all.lhe.gz.jobs");
        shell
            .args(["-c", script])
            .current_dir(jobs)
            .output()
            .unwrap()
    };
    for engine in ["slurm", "htcondor"] {
        let submit = format!(
            "submit tt.omnis -n 5000 --jobs 3 --seed 3 --engine {engine} -o all.lhe.gz --json"
        );
        let found: serde_json::Value = serde_json::from_str(&done(at, &submit)).unwrap();
        assert_eq!(found["jobs"], serde_json::json!([0, 1, 2]));
        assert!(sh("sh part.sh 0 && sh part.sh 2").status.success());
        // The merge must not begin without part 1.
        assert!(!sh("sh merge.sh").status.success());
        assert!(!at.join("all.lhe.gz").exists());
        let again = done(at, "submit --resume all.lhe.gz.jobs --json");
        let found: serde_json::Value = serde_json::from_str(&again).unwrap();
        assert_eq!(found["jobs"], serde_json::json!([1]));
        let (file, line) = match engine {
            "slurm" => ("parts.sbatch", "#SBATCH --array=1\n"),
            _ => ("parts.sub", "queue job in (1)\n"),
        };
        let text = fs::read_to_string(at.join("all.lhe.gz.jobs").join(file)).unwrap();
        assert!(text.contains(line), "{text}");
        assert!(sh("sh part.sh 1").status.success());
        assert_eq!(sh("sh part.sh 3").status.code(), Some(2));
        let merged = sh("sh merge.sh");
        assert!(merged.status.success(), "{merged:?}");
        assert!(
            read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"),
            "{engine}"
        );
        let other = submit.replace("--seed 3", "--seed 4");
        let message = fails(at, &other.replace(" --json", ""), 2);
        assert!(message.contains("the jobs of another sample"), "{message}");
        fs::remove_dir_all(at.join("all.lhe.gz.jobs")).unwrap();
        fs::remove_file(at.join("all.lhe.gz")).unwrap();
    }
}

#[test]
fn a_library_is_built_once_and_gives_disjoint_samples() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::copy(card("pp_tt.toml"), at.join("tt.toml")).unwrap();
    fs::copy(card("ee_mumu.toml"), at.join("mu.toml")).unwrap();
    let spec = "name = 'two'\ncitation = 'arXiv:0000.00000'\n\
                [[sample]]\nname = 'tt'\ncard = 'tt.toml'\nevents = 2000\n\
                [[sample]]\nname = 'mu'\ncard = 'mu.toml'\nevents = 500\nseed = 8\n";
    fs::write(at.join("two.toml"), spec).unwrap();
    done(at, "library build two.toml -o lib");
    assert_eq!(
        names(&at.join("lib")),
        [
            "library.json",
            "mu.lhe.gz",
            "mu.omnis",
            "tt.lhe.gz",
            "tt.omnis"
        ]
    );
    done(at, "library verify lib");
    // What is there is kept; what is lost is made again, with the same bytes.
    let events_before = read(at, "lib/mu.lhe.gz");
    fs::remove_file(at.join("lib/mu.lhe.gz")).unwrap();
    done(at, "library build two.toml -o lib");
    assert!(read(at, "lib/mu.lhe.gz") == events_before);

    let text = done(at, "library take lib tt -n 700 -o a.lhe");
    assert!(
        text.contains("0..700") && text.contains("arXiv:0000.00000"),
        "{text}"
    );
    done(at, "library take lib tt -n 300 -o b.lhe.gz");
    done(at, "library take lib tt -n 500 --skip 1500 -o c.lhe");
    assert_eq!(events(at, "b.lhe.gz"), 300);
    done(at, "verify a.lhe --pack lib/tt.omnis");
    let message = fails(at, "library take lib tt -n 10 --skip 990 -o d.lhe", 2);
    assert!(
        message.contains("found events 700..1000 taken before"),
        "{message}"
    );
    let message = fails(at, "library take lib tt -n 1 -o d.lhe", 2);
    assert!(
        message.contains("found 2000 events in the sample"),
        "{message}"
    );
    let message = fails(at, "library take lib zz -n 1 -o d.lhe", 2);
    assert!(message.contains("expected one of tt, mu"), "{message}");
    assert!(!at.join("d.lhe").exists());
    assert!(done(at, "library list lib").contains("1500 taken"));
    // Disjoint parts merge.
    done(at, "library take lib tt -n 500 --skip 1000 -o d.lhe");
    done(at, "merge a.lhe b.lhe.gz c.lhe d.lhe -o all.lhe.gz");
    assert!(read(at, "all.lhe.gz") == read(at, "lib/tt.lhe.gz"));

    let mut bytes = read(at, "lib/tt.lhe.gz");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(at.join("lib/tt.lhe.gz"), bytes).unwrap();
    let message = fails(at, "library verify lib", 1);
    assert!(message.contains("'tt.lhe.gz': found SHA-256"), "{message}");
    fs::write(at.join("bad.toml"), spec.replace("'mu'", "'tt'")).unwrap();
    let message = fails(at, "library build bad.toml -o lib2", 2);
    assert!(message.contains("two samples 'tt'"), "{message}");
}

#[test]
fn ranks_share_the_work_and_the_events_do_not_depend_on_them() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 5000 --seed 3 -o whole.lhe.gz");
    let message = fails(at, "generate tt.omnis -n 10 --mpi -o a.lhe", 2);
    assert!(message.contains("mpirun or srun"), "{message}");
    let start = |rank: u64, size: u64| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_omnis"));
        let job = "generate tt.omnis -n 5000 --seed 3 --mpi -o all.lhe.gz";
        command
            .args(job.split_whitespace())
            .current_dir(at)
            .env("OMPI_COMM_WORLD_RANK", rank.to_string())
            .env("OMPI_COMM_WORLD_SIZE", size.to_string())
            .stdout(Stdio::null());
        command.spawn().unwrap()
    };
    for size in [1, 2, 4] {
        let ranks: Vec<_> = (0..size).map(|rank| start(rank, size)).collect();
        for mut rank in ranks {
            assert!(rank.wait().unwrap().success());
        }
        assert!(
            read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"),
            "{size} ranks"
        );
        fs::remove_file(at.join("all.lhe.gz")).unwrap();
    }
    assert_eq!(names(at), ["tt.omnis", "whole.lhe.gz"]);
}
