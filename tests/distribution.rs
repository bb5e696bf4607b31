//! What leaves the machine: self-contained packs, jobs of batch systems,
//! libraries of samples.

#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

#[path = "common/program.rs"]
mod program;
use program::{card, done, events, fails, folder_with_pack, json, names, own_pdf, read};

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
fn a_self_contained_pack_brings_its_parton_densities() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let set = own_pdf(at, "MyPdf");
    let text = fs::read_to_string(card("pp_tt.toml")).unwrap();
    let path = set.display().to_string();
    fs::write(
        at.join("c.toml"),
        text.replace("NNPDF23_lo_as_0130_qed", &path),
    )
    .unwrap();
    done(at, "pack c.toml -n 1000 -o c.omnis");
    done(at, "pack c.omnis --self-contained -o c.tar.gz");
    done(at, "generate c.omnis -n 200 --seed 3 -o here.lhe");
    // Another set in the same place is not taken along.
    let dat = set.join("MyPdf_0000.dat");
    let mut other = fs::read(&dat).unwrap();
    let digit = other.iter().rposition(u8::is_ascii_digit).unwrap();
    other[digit] ^= 1;
    fs::write(&dat, other).unwrap();
    let message = fails(at, "pack c.omnis --self-contained -o d.tar.gz", 2);
    assert!(
        message.contains("found parton densities 'MyPdf'"),
        "{message}"
    );
    assert!(!at.join("d.tar.gz").exists());
    fs::remove_dir_all(&set).unwrap();
    let message = fails(at, "pack c.omnis --self-contained -o d.tar.gz", 2);
    assert!(message.contains("MyPdf.info"), "{message}");
    let (there, work) = (at.join("there"), at.join("work"));
    fs::create_dir(&there).unwrap();
    fs::create_dir(&work).unwrap();
    let mut tar = Command::new("tar");
    tar.args(["xzf", "../c.tar.gz"]).current_dir(&there);
    assert!(tar.status().unwrap().success());
    let output = script(&there, "runcmsgrid.sh", &["200", "3"], &work);
    assert!(output.status.success(), "{output:?}");
    assert!(read(&work, "cmsgrid_final.lhe") == read(at, "here.lhe"));
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
        let found = json(&done(at, &submit));
        assert_eq!(found["jobs"], serde_json::json!([0, 1, 2]));
        assert!(sh("sh part.sh 0 && sh part.sh 2").status.success());
        // The merge must not begin without part 1.
        assert!(!sh("sh merge.sh").status.success());
        assert!(!at.join("all.lhe.gz").exists());
        let again = done(at, "submit --resume all.lhe.gz.jobs --json");
        let found = json(&again);
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

    let taken = done(at, "library take lib tt -n 700 -o a.lhe");
    let text = String::from_utf8(taken.stdout).unwrap();
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
    let listed = String::from_utf8(done(at, "library list lib").stdout).unwrap();
    assert!(listed.contains("1500 taken"));
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
