//! What leaves the machine: self-contained gridpacks and libraries of samples.

#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use omnis::storage::{sealed, unsealed};

#[path = "common/pdf_set.rs"]
mod pdf_set;
#[path = "common/program.rs"]
mod program;
use pdf_set::{MadeSet, spread};
use program::{
    card, command, done, events, fails, folder_with_pack, json, names, omnis, own_pdf, read,
};

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
    assert!(message.contains("is a gridpack already"), "{message}");
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
    let usage = script(&there, "run.sh", &["100"], &work);
    assert_eq!(usage.status.code(), Some(2));
    let usage = String::from_utf8(usage.stderr).unwrap();
    assert!(usage.contains("NEVENTS SEED [FLAGS"), "{usage}");
    // Further flags are those of the program.
    let flags = ["100", "7", "--range", "0..40", "--threads", "1"];
    let output = script(
        &there,
        "run.sh",
        &[&flags[..], &["-o", "a b.lhe"]].concat(),
        &work,
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(events(&work, "a b.lhe"), 40);
    fs::remove_file(work.join("events.lhe.gz")).unwrap();
    let output = script(&there, "run.sh", &flags, &work);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(events(&work, "events.lhe.gz"), 40);
    set(0o755);
}

#[test]
fn flags_without_an_effect_on_a_gridpack_are_refused() {
    let folder = folder_with_pack();
    let at = folder.path();
    for flag in [
        "-n 10",
        "--seed 3",
        "--accuracy 0.1",
        "--sampler vegas",
        "--training 2",
        "--device cpu",
        "--history h.json",
        "--checkpoint-every 30",
        "--threads 2",
        "--mpi",
    ] {
        let wrap = format!("gridpack tt.omnis --self-contained {flag} -o a.tar.gz");
        let message = fails(at, &wrap, 2);
        let name = flag.split(' ').next().unwrap();
        assert!(message.contains(&format!("error: {name} ")), "{message}");
        assert!(message.contains("'tt.omnis'"), "{message}");
        assert!(!at.join("a.tar.gz").exists());
    }
}

#[test]
fn a_tarball_is_told_by_its_content_and_looked_into() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "gridpack tt.omnis --self-contained -o tt.tar.gz");
    // Whatever its name is.
    fs::copy(at.join("tt.tar.gz"), at.join("tt.dat")).unwrap();
    let pack = json(&done(at, "inspect tt.omnis --json"));
    for name in ["tt.tar.gz", "tt.dat"] {
        let text = String::from_utf8(done(at, &format!("inspect {name}")).stdout).unwrap();
        assert!(text.contains("self-contained gridpack"), "{text}");
        assert!(text.contains("tar xf") && text.contains("run.sh"), "{text}");
        assert!(text.contains("p p > t t~"), "{text}");
        let found = json(&done(at, &format!("inspect {name} --json")));
        assert_eq!(found["state"], pack["state"]);
        assert_eq!(found["effective_card"], pack["effective_card"]);
        let text = String::from_utf8(done(at, &format!("verify {name}")).stdout).unwrap();
        assert!(text.contains("a self-contained gridpack"), "{text}");
        assert!(text.contains("integrand as stored"), "{text}");
    }
    let tar = |arguments: &str| {
        let mut tar = Command::new("tar");
        tar.args(arguments.split(' ')).current_dir(at);
        assert!(tar.status().unwrap().success(), "{arguments}");
    };
    tar("czf other.tar.gz tt.omnis");
    tar("cf other.tar tt.omnis");
    for name in ["other.tar.gz", "other.tar"] {
        for command in ["inspect", "verify"] {
            let message = fails(at, &format!("{command} {name}"), 2);
            let phrase = "found a tar archive without a 'pack.omnis'";
            assert!(message.contains(phrase), "{message}");
            assert!(message.contains("unpack it"), "{message}");
        }
    }
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
            ".library.lock",
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
        message.contains("events 990..1000 of 'tt': 700..1000 were taken before"),
        "{message}"
    );
    let message = fails(at, "library take lib tt -n 501 -o d.lhe", 2);
    let phrase =
        "cannot take 501 events of 'tt': 500 of its 2000 events are left, 500 of them in a row";
    assert!(message.contains(phrase), "{message}");
    let message = fails(at, "library take lib tt -n 10 --skip 1991 -o d.lhe", 2);
    let phrase = "cannot take events 1991..2001 of 'tt': it has 2000, of which 500 are left";
    assert!(message.contains(phrase), "{message}");
    let message = fails(at, "library take lib zz -n 1 -o d.lhe", 2);
    assert!(message.contains("expected one of tt, mu"), "{message}");
    assert!(!at.join("d.lhe").exists());
    let listed = String::from_utf8(done(at, "library list lib").stdout).unwrap();
    assert!(listed.contains("1500 taken"));
    // What is lost is made again, and still taken.
    fs::remove_file(at.join("lib/tt.lhe.gz")).unwrap();
    let made = done(at, "library build two.toml -o lib");
    let message = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(message.contains("tt is made: cannot read"), "{message}");
    // Disjoint parts merge.
    done(at, "library take lib tt -n 500 -o d.lhe");
    done(at, "merge a.lhe b.lhe.gz c.lhe d.lhe -o all.lhe.gz");
    assert!(read(at, "all.lhe.gz") == read(at, "lib/tt.lhe.gz"));

    let mut bytes = read(at, "lib/tt.lhe.gz");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(at.join("lib/tt.lhe.gz"), bytes).unwrap();
    let message = fails(at, "library verify lib", 1);
    assert!(message.contains("'tt.lhe.gz': found SHA-256"), "{message}");
    let digits = |word: &&str| word.len() > 12 && word.chars().all(|c| c.is_ascii_hexdigit());
    let is_apart = |c: char| !c.is_ascii_alphanumeric();
    assert_eq!(message.split(is_apart).find(digits), None, "{message}");
    fs::copy(at.join("lib/tt.lhe.gz"), at.join("lib/mu.lhe.gz")).unwrap();
    let message = fails(at, "library take lib mu -n 1 -o e.lhe", 2);
    assert!(message.contains("mu.lhe.gz' cannot be used"), "{message}");
    fs::write(at.join("bad.toml"), spec.replace("'mu'", "'tt'")).unwrap();
    let message = fails(at, "library build bad.toml -o lib2", 2);
    assert!(message.contains("two samples 'tt'"), "{message}");
}

/// A library `lib` with 600 events of a sample `mu`.
fn folder_with_library() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::copy(card("ee_mumu.toml"), at.join("mu.toml")).unwrap();
    let spec = "name = 'one'\n[[sample]]\nname = 'mu'\ncard = 'mu.toml'\nevents = 600\n";
    fs::write(at.join("one.toml"), spec).unwrap();
    done(at, "library build one.toml -o lib");
    folder
}

#[test]
fn many_who_take_at_once_get_different_events() {
    let folder = folder_with_library();
    let at = folder.path();
    let take = |k: usize| {
        let mut command = command(at, &format!("library take lib mu -n 50 -o {k}.lhe --json"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    // Thirteen want what is there for twelve.
    let takers: Vec<_> = (0..13).map(take).collect();
    let outputs: Vec<Output> = takers
        .into_iter()
        .map(|t| t.wait_with_output().unwrap())
        .collect();
    let (done_ones, refused): (Vec<_>, Vec<_>) = outputs.iter().partition(|o| o.status.success());
    assert_eq!(refused.len(), 1);
    let message = String::from_utf8_lossy(&refused[0].stderr).into_owned();
    assert!(
        message.contains("0 of its 600 events are left"),
        "{message}"
    );
    let mut firsts: Vec<u64> = done_ones
        .iter()
        .map(|o| json(o)["events"][0].as_u64().unwrap())
        .collect();
    firsts.sort_unstable();
    assert_eq!(firsts, (0..600).step_by(50).collect::<Vec<u64>>());
    let files: Vec<String> = names(at)
        .into_iter()
        .filter(|n| n.ends_with(".lhe"))
        .collect();
    assert_eq!(files.len(), 12);
    done(at, &format!("merge {} -o all.lhe.gz", files.join(" ")));
    assert!(read(at, "all.lhe.gz") == read(at, "lib/mu.lhe.gz"));
}

#[test]
fn what_a_killed_taker_was_after_is_neither_lost_nor_given_twice() {
    let folder = folder_with_library();
    let at = folder.path();
    for k in 0..12 {
        let mut command = command(at, &format!("library take lib mu -n 40 -o {k}.lhe"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 * k));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let given: Vec<String> = names(at)
        .into_iter()
        .filter(|n| n.ends_with(".lhe") && !n.starts_with('.'))
        .collect();
    let n_left = 600 - 40 * given.len();
    let files = given.join(" ");
    done(at, &format!("library take lib mu -n {n_left} -o rest.lhe"));
    done(at, &format!("merge {files} rest.lhe -o all.lhe.gz"));
    assert!(
        read(at, "all.lhe.gz") == read(at, "lib/mu.lhe.gz"),
        "{files}"
    );
    fails(at, "library take lib mu -n 1 -o more.lhe", 2);
}

/// The manifest with one change, sealed again.
fn forge(folder: &Path, change: &dyn Fn(&mut serde_json::Value)) {
    let mut manifest = unsealed(&read(folder, "library.json")).unwrap();
    change(&mut manifest);
    fs::write(folder.join("library.json"), sealed(&manifest).unwrap()).unwrap();
}

#[test]
fn a_take_that_was_killed_between_record_and_name_is_settled_by_the_next() {
    let folder = folder_with_library();
    let at = folder.path();
    done(at, "library take lib mu -n 100 -o a.lhe");
    done(at, "library take lib mu -n 100 -o b.lhe");
    let pending = |k: usize| {
        forge(&at.join("lib"), &|m| m["taken"][k]["pending"] = true.into());
    };
    pending(0);
    pending(1);
    // The first file has its name, the second has not got it.
    fs::rename(at.join("b.lhe"), at.join("lost.lhe")).unwrap();
    let taken = json(&done(at, "library take lib mu -n 100 -o c.lhe --json"));
    assert_eq!(taken["events"], serde_json::json!([100, 200]));
    // Where nothing can be seen of its place, it counts as given out.
    forge(&at.join("lib"), &|m| {
        m["taken"][1]["pending"] = true.into();
        m["taken"][1]["output"] = "/no/such/place/c.lhe".into();
    });
    let taken = json(&done(at, "library take lib mu -n 100 -o d.lhe --json"));
    assert_eq!(taken["events"], serde_json::json!([200, 300]));
}

#[test]
fn a_library_is_not_overwritten_and_leads_nowhere_else() {
    let folder = folder_with_library();
    let at = folder.path();
    let lib = at.join("lib");
    let whole: Vec<_> = names(&lib).iter().map(|n| read(&lib, n)).collect();
    std::os::unix::fs::symlink("lib/mu.lhe.gz", at.join("link.lhe.gz")).unwrap();
    std::os::unix::fs::symlink("lib/more.lhe", at.join("more.lhe")).unwrap();
    fs::create_dir(at.join("d")).unwrap();
    for output in [
        "lib/mu.lhe.gz",
        "lib/new.lhe",
        "./d/../lib/mu.omnis",
        "link.lhe.gz",
        "more.lhe",
    ] {
        let message = fails(at, &format!("library take lib mu -n 1 -o {output}"), 2);
        assert!(
            message.contains("it lies in the library 'lib'"),
            "{message}"
        );
    }
    let now: Vec<_> = names(&lib).iter().map(|n| read(&lib, n)).collect();
    assert!(now == whole);

    fs::copy(lib.join("mu.lhe.gz"), at.join("x.lhe.gz")).unwrap();
    let outside = at.join("x.lhe.gz").display().to_string();
    for (key, name) in [
        ("file", "../x.lhe.gz"),
        ("file", outside.as_str()),
        ("pack", "d/../mu.omnis"),
        ("pack", ".."),
    ] {
        let before = read(&lib, "library.json");
        forge(&lib, &|m| m["samples"][0][key] = name.into());
        for job in [
            "verify lib",
            "list lib",
            "take lib mu -n 1 -o y.lhe",
            "build one.toml -o lib",
        ] {
            let message = fails(at, &format!("library {job}"), 2);
            assert!(
                message.contains("within the folder of the library"),
                "{message}"
            );
            assert!(message.contains("library.json"), "{message}");
        }
        assert!(!at.join("y.lhe").exists());
        fs::write(lib.join("library.json"), before).unwrap();
    }

    let text = read(&lib, "library.json");
    let listed = done(at, "library list lib --json").stdout;
    for k in (0..text.len()).step_by(text.len() / 40) {
        let mut other = text.clone();
        other[k] ^= 1 << (k % 7);
        fs::write(lib.join("library.json"), other).unwrap();
        let output = omnis(at, "library list lib --json");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let same = output.status.success() && output.stdout == listed;
        assert!(
            same || message.contains("library.json"),
            "byte {k}: {message}"
        );
    }
}

#[test]
fn ranks_share_the_work_and_the_events_do_not_depend_on_them() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 5000 --seed 3 -o whole.lhe.gz");
    let message = fails(at, "generate tt.omnis -n 10 --mpi -o a.lhe", 2);
    assert!(message.contains("mpirun or srun"), "{message}");
    // The script of a job of Slurm, in which nothing waits for the other tasks.
    let output = Command::new(env!("CARGO_BIN_EXE_omnis"))
        .args(["generate", "tt.omnis", "-n", "10", "--mpi", "-o", "a.lhe"])
        .current_dir(at)
        .envs([("SLURM_PROCID", "0"), ("SLURM_NTASKS", "4")])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.contains("found SLURM_PROCID=0 and SLURM_NTASKS=4"),
        "{message}"
    );
    assert!(message.contains("srun -n 4 omnis"), "{message}");
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

#[test]
fn a_self_contained_pack_brings_the_sets_of_its_weights() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = MadeSet {
        name: "Made",
        index: 990_000,
        error_type: "hessian",
        n_members: 5,
        info: "",
        factor: &spread,
        alpha_s: &|_| 0.118,
    };
    let set = made.write(&at.join("sets"));
    let text = fs::read_to_string(card("pp_tt.toml")).unwrap();
    let path = set.display();
    let weights = format!("\n[weights]\npdf = [\"{path}\", \"{path}@3\"]\n");
    fs::write(at.join("c.toml"), text + &weights).unwrap();
    done(at, "pack c.toml -n 1000 -o c.omnis");
    done(at, "pack c.omnis --self-contained -o c.tar.gz");
    done(at, "generate c.omnis -n 100 --seed 3 -o here.lhe");
    // Another member in the same place is another pack.
    let dat = set.join("Made_0002.dat");
    let mut other = fs::read(&dat).unwrap();
    let digit = other.iter().rposition(u8::is_ascii_digit).unwrap();
    other[digit] ^= 1;
    fs::write(&dat, other).unwrap();
    for arguments in [
        "pack c.omnis --self-contained -o d.tar.gz",
        "generate c.omnis -n 100 -o d.lhe",
    ] {
        let message = fails(at, arguments, 2);
        assert!(
            message.contains("found parton densities 'Made'"),
            "{message}"
        );
    }
    fs::remove_dir_all(&set).unwrap();
    let (there, work) = (at.join("there"), at.join("work"));
    fs::create_dir(&there).unwrap();
    fs::create_dir(&work).unwrap();
    let mut tar = Command::new("tar");
    tar.args(["xzf", "../c.tar.gz"]).current_dir(&there);
    assert!(tar.status().unwrap().success());
    let output = script(&there, "runcmsgrid.sh", &["100", "3"], &work);
    assert!(output.status.success(), "{output:?}");
    assert!(read(&work, "cmsgrid_final.lhe") == read(at, "here.lhe"));
}

/// Writes a program.
fn install(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The program in a tarball.
fn program_in(folder: &Path, tarball: &str) -> Vec<u8> {
    let mut tar = Command::new("tar");
    tar.args(["xzOf", tarball, "omnis"]).current_dir(folder);
    tar.output().unwrap().stdout
}

#[test]
fn a_tarball_carries_the_program_that_is_given_or_lies_beside() {
    let folder = folder_with_pack();
    let at = folder.path();
    let own = fs::read(env!("CARGO_BIN_EXE_omnis")).unwrap();
    // What stands behind a program is not looked at by the system.
    let other = [own.as_slice(), b"other"].concat();
    install(&at.join("other"), &other);
    let wrap = "pack tt.omnis --self-contained -o";
    let answer = json(&done(
        at,
        &format!("{wrap} a.tar.gz --program other --json"),
    ));
    assert_eq!(answer["program"], "other");
    assert!(program_in(at, "a.tar.gz") == other);
    done(at, &format!("{wrap} b.tar.gz"));
    assert!(program_in(at, "b.tar.gz") == own);

    let beside = at.join("bin");
    fs::create_dir(&beside).unwrap();
    install(&beside.join("omnis"), &own);
    install(&beside.join("omnis-static"), &other);
    for (name, tarball) in [("omnis", "c.tar.gz"), ("omnis-static", "d.tar.gz")] {
        let mut command = Command::new(beside.join(name));
        command.args(format!("{wrap} {tarball}").split_whitespace());
        let output = command.current_dir(at).output().unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
        assert!(program_in(at, tarball) == other, "{name}");
    }
    let message = fails(at, "pack tt.omnis --program other -o e.omnis", 2);
    assert!(message.contains("--self-contained"), "{message}");
}

#[test]
fn another_program_is_not_packed() {
    let folder = folder_with_pack();
    let at = folder.path();
    let version = String::from_utf8(done(at, "--version").stdout).unwrap();
    let sources = version.split("sources ").nth(1).unwrap();
    let sources = &sources.as_bytes()[..16];
    let mut older = fs::read(env!("CARGO_BIN_EXE_omnis")).unwrap();
    let place = older.windows(16).position(|w| w == sources).unwrap();
    older[place..place + 4].copy_from_slice(b"0000");
    install(&at.join("older"), &older);
    install(&at.join("script"), b"#!/bin/sh\necho omnis\n");
    install(&at.join("torn"), &older[..5000]);
    fs::write(at.join("text"), &older).unwrap();
    fs::copy("/bin/false", at.join("false")).unwrap();
    for (name, found) in [
        ("older", "a program that answers 'omnis "),
        ("script", "a file that is no program for Linux"),
        ("torn", "a "),
        ("text", "a file that cannot be started"),
        ("false", "a program that ends with exit status: 1"),
    ] {
        let wrap = format!("pack tt.omnis --self-contained --program {name} -o a.tar.gz");
        let message = fails(at, &wrap, 2);
        let begin = format!("'{name}' cannot be used: found {found}");
        assert!(message.contains(&begin), "{name}: {message}");
        let end = format!("expected the program {}", version.trim());
        assert!(message.contains(&end), "{name}: {message}");
    }
    let message = fails(
        at,
        "pack tt.omnis --self-contained --program none -o a.tar.gz",
        2,
    );
    assert!(message.contains("cannot read 'none'"), "{message}");
    assert!(!at.join("a.tar.gz").exists());
    // It is looked at before work begins.
    let card = card("pp_tt.toml");
    let message = fails(
        at,
        &format!("pack {card} -n 1e12 --self-contained --program older -o a.tar.gz"),
        2,
    );
    assert!(message.contains("'older' cannot be used"), "{message}");
}

#[test]
fn a_merger_says_that_its_files_were_made_by_different_programs() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis --seed 3 --range 0..100 -o a.lhe");
    done(at, "generate tt.omnis --seed 3 --range 100..200 -o b.lhe");
    let notes = |command: &str| json(&done(at, command))["notes"].clone();
    let none = notes("merge a.lhe b.lhe -o c.lhe --json");
    assert_eq!(none, serde_json::json!([]));
    let version = String::from_utf8(done(at, "--version").stdout).unwrap();
    let line = version.trim().strip_prefix("omnis ").unwrap();
    let text = fs::read_to_string(at.join("b.lhe")).unwrap();
    // Features and commits change no event, sources may.
    let features = line.replace("features ", "features other, ");
    assert!(text.contains(line) && features != line);
    fs::write(at.join("b.lhe"), text.replace(line, &features)).unwrap();
    assert_eq!(notes("merge a.lhe b.lhe -o c.lhe --json"), none);
    let sources = line.split("sources ").nth(1).unwrap()[..16].to_owned();
    fs::write(at.join("b.lhe"), text.replace(&sources, "0000000000000000")).unwrap();
    let all = notes("merge a.lhe b.lhe -o c.lhe --json");
    let note = all[0].as_str().unwrap();
    let own = env!("CARGO_PKG_VERSION");
    let found =
        format!("different programs ({own}, sources 0000000000000000; {own}, sources {sources})");
    assert!(note.contains(&found), "{note}");
}
