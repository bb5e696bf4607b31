//! `omnis submit`: jobs of batch systems, by hand and through a stand-in for HTCondor.

#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[path = "common/program.rs"]
mod program;
use program::{card, command, done, fails, folder_with_pack, json, read};

/// Runs a script of a folder of jobs.
fn sh(at: &Path, script: &str) -> Output {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", script])
        .current_dir(at.join("all.lhe.gz.jobs"));
    shell.output().unwrap()
}

fn text(at: &Path, name: &str) -> String {
    let path = at.join("all.lhe.gz.jobs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn jobs_of_a_batch_system_make_the_whole_and_missing_parts_are_made_again() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 5000 --seed 3 -o whole.lhe.gz");
    for engine in ["slurm", "htcondor --no-transfer"] {
        let submit = format!(
            "submit tt.omnis -n 5000 --jobs 3 --seed 3 --engine {engine} -o all.lhe.gz --json"
        );
        let found = json(&done(at, &submit));
        assert_eq!(found["jobs"], serde_json::json!([0, 1, 2]));
        for part in [0, 2] {
            let made = sh(at, &format!("sh part.sh {part} > log/part_{part}.log"));
            assert!(made.status.success(), "{made:?}");
        }
        // The merge must not begin without part 1.
        assert!(!sh(at, "sh merge.sh").status.success());
        assert!(!at.join("all.lhe.gz").exists());
        let found = json(&done(at, "submit --resume all.lhe.gz.jobs --json"));
        assert_eq!(found["jobs"], serde_json::json!([1]));
        let (file, line) = match engine {
            "slurm" => ("parts_0.sbatch", "#SBATCH --array=1\n"),
            _ => ("jobs.dag", "PARENT part_00001 CHILD merge\n"),
        };
        assert!(text(at, file).contains(line), "{}", text(at, file));
        assert!(sh(at, "sh part.sh 1").status.success());
        assert_eq!(sh(at, "sh part.sh 3").status.code(), Some(2));
        let merged = sh(at, "sh merge.sh");
        assert!(merged.status.success(), "{merged:?}");
        assert!(
            read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"),
            "{engine}"
        );
        // Jobs say what they do.
        assert!(text(at, "log/part_2.log").contains("generate ..."));
        let other = submit.replace("--seed 3", "--seed 4");
        let message = fails(at, &other.replace(" --json", ""), 2);
        assert!(message.contains("the jobs of another sample"), "{message}");
        fs::remove_dir_all(at.join("all.lhe.gz.jobs")).unwrap();
        fs::remove_file(at.join("all.lhe.gz")).unwrap();
    }
}

#[test]
fn there_are_as_many_jobs_as_asked_for() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 1000 --seed 3 -o whole.lhe.gz");
    let submit = "submit tt.omnis -n 1000 --jobs 4 --seed 3 -o all.lhe.gz --json";
    let dry = json(&done(at, &format!("{submit} --dry-run")));
    assert_eq!(dry["jobs"]["jobs"], 4);
    let found = json(&done(at, submit));
    assert_eq!(found["jobs"], serde_json::json!([0, 1, 2, 3]));
    for part in 0..4 {
        let made = sh(at, &format!("sh part.sh {part}"));
        assert!(made.status.success(), "{made:?}");
    }
    assert!(sh(at, "sh merge.sh").status.success());
    assert!(read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"));
}

#[test]
fn what_a_site_needs_is_asked_for_and_templates_are_kept() {
    let folder = folder_with_pack();
    let at = folder.path();
    let submit = "submit tt.omnis -n 9000 --jobs 4 -o all.lhe.gz --time 2h --memory 1G --disk 3G \
                  --partition long --account hep --throttle 2 --directive=--qos=low --max-array 3";
    done(at, submit);
    let array = text(at, "parts_0.sbatch");
    for line in [
        "--array=0-2%2",
        "--time=02:00:00",
        "--mem=1024M",
        "--tmp=3072M",
        "--partition=long",
        "--account=hep",
        "--qos=low",
        "--requeue",
    ] {
        assert!(
            array.contains(&format!("#SBATCH {line}\n")),
            "{line}: {array}"
        );
    }
    assert!(text(at, "parts_3.sbatch").contains("#SBATCH --array=0%2\n"));
    // A line of one's own and a variable survive; an option given again replaces.
    let template = at.join("all.lhe.gz.jobs/parts.sbatch.template");
    let mine = fs::read_to_string(&template).unwrap();
    let mine = mine.replace("@directives@", "#SBATCH --comment=mine\n@directives@");
    fs::write(&template, &mine).unwrap();
    fs::write(at.join("all.lhe.gz.jobs/setup.sh"), "echo my module\n").unwrap();
    done(at, "submit --resume all.lhe.gz.jobs --memory 2G");
    let array = text(at, "parts_0.sbatch");
    for line in [
        "--comment=mine",
        "--mem=2048M",
        "--qos=low",
        "--time=02:00:00",
    ] {
        assert!(
            array.contains(&format!("#SBATCH {line}\n")),
            "{line}: {array}"
        );
    }
    assert_eq!(fs::read_to_string(&template).unwrap(), mine);
    let made = String::from_utf8(sh(at, "sh part.sh 0").stdout).unwrap();
    assert!(made.contains("my module\n"), "{made}");
    fs::write(&template, mine.replace("@offset@", "@ofset@")).unwrap();
    let message = fails(at, "submit --resume all.lhe.gz.jobs", 2);
    assert!(message.contains("did you mean 'offset'?"), "{message}");
    let message = fails(at, "submit --resume all.lhe.gz.jobs --seed 3", 2);
    assert!(message.contains("cannot be used with"), "{message}");
    let message = fails(at, "submit tt.omnis -n 9 -o b.lhe --time 90", 2);
    assert!(message.contains("as in 90m"), "{message}");
}

#[test]
fn a_card_is_packed_first_and_its_parts_are_what_one_job_makes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let card = card("pp_tt.toml");
    done(
        at,
        &format!("generate {card} -n 5000 --seed 3 -o whole.lhe.gz"),
    );
    let submit = format!("submit {card} -n 5000 --jobs 2 --seed 3 -o all.lhe.gz");
    done(at, &submit);
    let pack = read(at, "all.lhe.gz.jobs/pack.omnis");
    done(at, &submit);
    assert!(read(at, "all.lhe.gz.jobs/pack.omnis") == pack);
    let message = fails(at, &submit.replace("5000", "6000"), 2);
    assert!(message.contains("gridpack of another card"), "{message}");
    let made = sh(at, "sh part.sh 0 && sh part.sh 1 && sh merge.sh");
    assert!(made.status.success(), "{made:?}");
    assert!(read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"));
}

/// Runs a command with the stand-in for HTCondor.
fn with_pool(at: &Path, arguments: &str, variables: &[(&str, &str)]) -> Output {
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/batch");
    let path = std::env::var("PATH").unwrap();
    let mut command = command(at, arguments);
    command.env("PATH", format!("{}:{path}", stand_in.display()));
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments}: {output:?}");
    output
}

#[test]
fn htcondor_transfers_retries_evicts_and_tells() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: the stand-in for HTCondor: no python3");
        return;
    }
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 60000 --seed 3 -o whole.lhe.gz");
    let submit = "submit tt.omnis -n 60000 --jobs 3 --seed 3 --engine htcondor -o all.lhe.gz \
                  --memory 1G --retries 1";
    done(at, submit);
    // A job that fails once, in its own sandbox, and is tried again.
    let mark = at.join("failed").display().to_string();
    let setup = format!("[ -e {mark} ] || {{ touch {mark}; exit 1; }}\n");
    fs::write(at.join("all.lhe.gz.jobs/setup.sh"), setup).unwrap();
    let go = format!("{submit} --go");
    let said = with_pool(at, &go, &[("EVICT", "part_00001")]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("all nodes done"), "{said}");
    let events = |part: u32| text(at, &format!("log/part_0000{part}.events"));
    assert!(events(0).contains("return value 1") && events(0).contains("return value 0"));
    assert!(events(1).contains("004 ("), "{}", events(1));
    assert!(text(at, "log/part_00001.log").contains("generate ..."));
    assert!(read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"));

    // Too much memory: held; after a change of mind the parts that are missing are made.
    fs::remove_file(at.join("all.lhe.gz")).unwrap();
    fs::remove_file(at.join("all.lhe.gz.jobs/part_00002.lhe.gz")).unwrap();
    with_pool(at, "submit --resume all.lhe.gz.jobs --memory 9G --go", &[]);
    let status = json(&done(at, "submit --status all.lhe.gz.jobs --json"));
    assert_eq!(status["counts"]["done"], 2, "{status}");
    assert_eq!(status["counts"]["held"], 1, "{status}");
    assert_eq!(status["merged"], false);
    let held = &status["parts"][2];
    assert_eq!(held["reason"], "no machine has what it requests", "{held}");
    with_pool(at, "submit --resume all.lhe.gz.jobs --memory 1G --go", &[]);
    assert!(read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"));
    let said = done(at, "submit --status all.lhe.gz.jobs");
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("3 parts, merged\ndone          3   0-2\n"),
        "{said}"
    );
}
