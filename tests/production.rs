//! Gridpacks, ranges, merging, and jobs that are starved or fed with wrong files:
//! exact numbers of events, the same bytes, and messages that say what is wrong.

#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use omnis::event::LheReader;
use omnis::gridpack::Gridpack;
use omnis::sampler::{Flow, FlowSettings, Sampler, Vegas, VegasSettings};
use omnis::storage::Archive;

#[path = "common/program.rs"]
mod program;
use program::{card, command, done, events, fails, folder_with_pack, json, names, own_pdf, read};

#[test]
fn a_pack_is_the_same_each_time_and_gives_the_events_of_its_card() {
    let folder = folder_with_pack();
    let at = folder.path();
    let tt = card("pp_tt.toml");
    done(
        at,
        &format!("train {tt} -n 3000 --threads 1 -o again.omnis"),
    );
    assert!(read(at, "tt.omnis") == read(at, "again.omnis"));
    done(at, "generate tt.omnis -n 3000 --threads 1 -o a.lhe");
    done(at, &format!("generate {tt} -n 3000 --threads 2 -o b.lhe"));
    assert!(read(at, "a.lhe") == read(at, "b.lhe"));
    assert_eq!(names(at), ["a.lhe", "again.omnis", "b.lhe", "tt.omnis"]);
}

#[test]
fn ranges_merged_are_the_whole_in_any_order_and_format() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 3000 --seed 5 -o whole.lhe");
    done(at, "generate tt.omnis -n 3000 --seed 5 -o whole.lhe.gz");
    for (range, name) in [
        ("0..700", "a.lhe"),
        ("700..2048", "b.lhe.gz"),
        ("2048..3000", "c.lhe"),
    ] {
        done(
            at,
            &format!("generate tt.omnis --seed 5 --range {range} -o {name}"),
        );
    }
    let output = done(at, "merge c.lhe a.lhe b.lhe.gz -o all.lhe --json");
    assert!(read(at, "all.lhe") == read(at, "whole.lhe"));
    assert_eq!(json(&output)["events"], 3000);
    done(at, "merge b.lhe.gz c.lhe a.lhe -o all.lhe.gz");
    assert!(read(at, "all.lhe.gz") == read(at, "whole.lhe.gz"));
    // Another seed is another sample; its cross section is the same.
    done(at, "generate tt.omnis -n 500 --seed 6 -o d.lhe");
    done(at, "merge d.lhe all.lhe -o more.lhe");
    let run = |name: &str| LheReader::open(at.join(name)).unwrap().run().clone();
    assert_eq!(run("more.lhe").xsec_pb(), run("d.lhe").xsec_pb());
    assert_eq!(events(at, "more.lhe"), 3500);
}

#[test]
fn files_that_are_no_sample_together_are_refused() {
    let folder = folder_with_pack();
    let at = folder.path();
    let tt = card("pp_tt.toml");
    done(at, "generate tt.omnis --range 0..100 -o a.lhe");
    done(at, "generate tt.omnis --range 99..200 -o b.lhe");
    done(at, &format!("generate {tt} -n 100 --seed 2 -o c.lhe"));
    done(at, &format!("generate {tt} -n 2000 --seed 2 -o d.lhe"));
    done(
        at,
        &format!("generate {} -n 100 --seed 9 -o e.lhe", card("ee_mumu.toml")),
    );
    for (files, phrase) in [
        (
            "a.lhe b.lhe",
            "cannot merge 'b.lhe': found events 99..100 of seed 1",
        ),
        ("a.lhe a.lhe", "found events 0..100 of seed 1"),
        (
            "c.lhe d.lhe",
            "cannot merge 'd.lhe': found seed 2 of another adaptation",
        ),
        (
            "a.lhe e.lhe",
            "cannot merge 'e.lhe': found events of other physics",
        ),
        ("a.lhe tt.omnis", "tt.omnis"),
        ("a.lhe none.lhe", "none.lhe"),
    ] {
        let message = fails(at, &format!("merge {files} -o m.lhe"), 2);
        assert!(message.contains(phrase), "{files}: {message}");
        assert!(!at.join("m.lhe").exists());
    }
    let message = fails(at, "merge a.lhe b.lhe -o a.lhe", 2);
    assert!(message.contains("choose another output"), "{message}");
    // Independent samples of one card merge, with a note.
    let output = done(at, "merge a.lhe c.lhe -o m.lhe");
    assert!(String::from_utf8_lossy(&output.stderr).contains("averaged"));
    // A file with an event too few.
    let text = String::from_utf8(read(at, "a.lhe")).unwrap();
    let last = text.rfind("<event>").unwrap();
    let end = text.rfind("</LesHouchesEvents>").unwrap();
    fs::write(at.join("short.lhe"), [&text[..last], &text[end..]].concat()).unwrap();
    let message = fails(at, "merge short.lhe c.lhe -o n.lhe", 2);
    assert!(
        message.contains("found 99 events, expected 100"),
        "{message}"
    );
    assert!(!at.join("n.lhe").exists());
}

/// A leftover of a writer: the hidden file that it would have renamed.
fn leftovers(folder: &Path) -> Vec<String> {
    let mut names = names(folder);
    names.retain(|n| n.ends_with(".part"));
    names
}

#[test]
fn what_killed_writers_left_is_removed_by_the_next_one() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis --range 0..20000 -o a.lhe");
    let before = names(at);
    for job in ["merge a.lhe -o c.lhe", "convert a.lhe -o c.lhe"] {
        // One that ends before it is killed leaves nothing.
        let mut n_tries = 0;
        while leftovers(at).is_empty() {
            n_tries += 1;
            assert!(n_tries < 50, "{job}: it always ended before it was killed");
            let mut child = command(at, job).stdout(Stdio::null()).spawn().unwrap();
            while leftovers(at).is_empty() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let left = leftovers(at);
        assert_eq!(left.len(), 1, "{job}: {left:?}");
        done(at, job);
        fs::remove_file(at.join("c.lhe")).unwrap();
        assert_eq!(names(at), before, "{job}");
    }
}

/// Runs a command that cannot write files of more than this many KiB, which
/// stands in for a full disk.
fn with_files_up_to(kib: u32, folder: &Path, arguments: &str) -> Output {
    let script = format!(
        "trap '' XFSZ; ulimit -f {kib}; exec {} {arguments}",
        env!("CARGO_BIN_EXE_omnis")
    );
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(folder);
    shell.output().unwrap()
}

#[test]
fn a_full_disk_is_an_error_of_every_command_that_writes() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis --range 0..3000 -o a.lhe");
    done(at, "generate tt.omnis --range 3000..6000 -o b.lhe");
    let before = names(at);
    let tt = card("pp_tt.toml");
    let mut jobs = vec![
        ("merge a.lhe b.lhe -o c.lhe".to_owned(), "'c.lhe'"),
        ("convert a.lhe -o c.lhe".to_owned(), "'c.lhe'"),
        (format!("pack {tt} -n 1000 -o c.omnis"), "'c.omnis'"),
        (
            "pack tt.omnis --self-contained -o c.tar.gz".to_owned(),
            "'c.tar.gz'",
        ),
    ];
    if cfg!(feature = "hdf5") {
        jobs.push(("convert a.lhe -o c.h5".to_owned(), "'c.h5'"));
    }
    for (job, name) in &jobs {
        let output = with_files_up_to(8, at, job);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{job}: {message}");
        let expected = format!("cannot write {name}");
        assert!(message.contains(&expected), "{job}: {message}");
        // A gridpack that was not finished may leave what the next run goes on from.
        let mut after = names(at);
        after.retain(|n| n != ".c.omnis.partial");
        assert_eq!(after, before, "{job}");
        done(at, job);
        fs::remove_file(at.join(name.trim_matches('\''))).unwrap();
    }
}

#[test]
fn an_adaptation_that_cannot_keep_its_state_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let tt = card("pp_tt.toml");
    let job = format!("pack {tt} -n 1000 --checkpoint-every 0 -o c.omnis");
    let output = with_files_up_to(8, at, &job);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("the state of the adaptation could not be kept: cannot write 'c.omnis'"),
        "{message}"
    );
    assert!(!at.join("c.omnis").exists());
    done(at, &job);
    assert_eq!(names(at), ["c.omnis"]);
}

#[test]
fn a_full_disk_is_an_error_and_the_job_goes_on_when_there_is_room() {
    let folder = folder_with_pack();
    let at = folder.path();
    let job = "generate tt.omnis -n 6000 --threads 2 --checkpoint-every 0 -o a.lhe";
    done(at, job);
    let undisturbed = read(at, "a.lhe");
    fs::remove_file(at.join("a.lhe")).unwrap();
    let output = with_files_up_to(1024, at, job);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot write 'a.lhe'"), "{message}");
    assert!(!at.join("a.lhe").exists());
    let made = json(&done(at, &format!("{job} --json")));
    assert!(made["events_resumed"].as_u64() > Some(0), "{made}");
    assert!(read(at, "a.lhe") == undisturbed);
}

/// A file system of 1 MB, if this user may mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(at);
        let output = mount.output().ok()?;
        output.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().ok();
    }
}

#[test]
fn a_real_full_disk_leaves_no_file_either() {
    let folder = folder_with_pack();
    let at = folder.path();
    let Some(disk) = SmallDisk::mount(&at.join("disk")) else {
        eprintln!("skipped: this user may not mount a file system of 1 MB");
        return;
    };
    let message = fails(at, "generate tt.omnis -n 6000 -o disk/a.lhe", 1);
    assert!(message.contains("cannot write 'disk/a.lhe'"), "{message}");
    assert!(message.contains("No space left"), "{message}");
    assert!(!disk.0.join("a.lhe").exists());
    fs::write(disk.0.join("fill"), vec![0; 1 << 20]).ok();
    fails(at, "pack tt.omnis -o disk/b.omnis", 2);
    let pack = format!("pack {} -n 3000 -o disk/b.omnis", card("pp_tt.toml"));
    let message = fails(at, &pack, 1);
    assert!(message.contains("disk/b.omnis"), "{message}");
    assert!(!disk.0.join("b.omnis").exists());
}

#[test]
fn a_read_only_pack_works_and_a_read_only_place_is_refused_at_once() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with_pack();
    let at = folder.path();
    let shut = at.join("shut");
    fs::create_dir(&shut).unwrap();
    fs::rename(at.join("tt.omnis"), shut.join("tt.omnis")).unwrap();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&shut.join("tt.omnis"), 0o444);
    set(&shut, 0o555);
    done(at, "generate shut/tt.omnis -n 10 -o a.lhe");
    set(&shut, 0o755);
    // A place where not even root can write.
    let message = fails(at, "generate shut/tt.omnis -n 10 -o /proc/a.lhe", 2);
    assert!(message.contains("cannot create '/proc/a.lhe'"), "{message}");
}

#[test]
fn packs_that_are_damaged_or_foreign_are_refused_with_what_was_found() {
    let folder = folder_with_pack();
    let at = folder.path();
    let pack = read(at, "tt.omnis");
    let refused = |name: &str, bytes: &[u8], phrase: &str| {
        fs::write(at.join(name), bytes).unwrap();
        let message = fails(at, &format!("generate {name} -n 10 -o a.lhe"), 2);
        assert!(
            message.contains(&format!("'{name}' cannot be used")),
            "{message}"
        );
        assert!(message.contains(phrase), "{name}: {message}");
        assert!(!at.join("a.lhe").exists());
    };
    refused(
        "cut.omnis",
        &pack[..pack.len() / 2],
        "found a file that ends early",
    );
    let mut flipped = pack.clone();
    flipped[pack.len() / 2] ^= 4;
    refused(
        "flip.omnis",
        &flipped,
        "expected all of an archive of kind 'omnis-pack'",
    );
    refused(
        "card.omnis",
        b"process.generate = 'p p > t t~'",
        "found a text file",
    );
    refused("empty.omnis", b"", "found an empty file");
    let mut other = Archive::read(&at.join("tt.omnis"), "omnis-pack", 3).unwrap();
    other.version = 9;
    other.made_by = "7.0.0".to_owned();
    refused(
        "new.omnis",
        &other.bytes().unwrap(),
        "found kind 'omnis-pack', version 9, written by omnis 7.0.0, expected an archive of kind 'omnis-pack', version 3",
    );
    other.version = 3;
    other.sections.pop();
    refused(
        "less.omnis",
        &other.bytes().unwrap(),
        "found no section 'adapted.json'",
    );
    // A gridpack that fits its own checksums but not this program.
    let mut other = Archive::read(&at.join("tt.omnis"), "omnis-pack", 3).unwrap();
    let parameters = other
        .sections
        .iter_mut()
        .find(|s| s.0 == "parameters.slha")
        .unwrap();
    let text = String::from_utf8(parameters.1.clone()).unwrap();
    parameters.1 = text.replace("1.", "2.").into_bytes();
    refused("mass.omnis", &other.bytes().unwrap(), "as in the gridpack");
    let mut other = Archive::read(&at.join("tt.omnis"), "omnis-pack", 3).unwrap();
    other.about["probe"][0][1] = 1e9.into();
    fs::write(at.join("probe.omnis"), other.bytes().unwrap()).unwrap();
    let message = fails(at, "generate probe.omnis -n 10 -o a.lhe", 1);
    assert!(
        message.contains("not the one that was adapted"),
        "{message}"
    );
    let message = fails(at, "generate none.omnis -n 10 -o a.lhe", 2);
    assert!(message.contains("cannot read 'none.omnis'"), "{message}");
}

#[test]
fn a_byte_of_a_pack_that_was_changed_is_an_error_or_changes_nothing() {
    let folder = folder_with_pack();
    let at = folder.path();
    let path = at.join("tt.omnis");
    let (bytes, whole) = (read(at, "tt.omnis"), Gridpack::read(&path).unwrap());
    let (n, mut n_unnoticed) = (bytes.len(), 0);
    for k in (0..20).chain((20..n).step_by(n / 150)).chain(n - 20..n) {
        let mut other = bytes.clone();
        other[k] ^= 1 << (k % 8);
        fs::write(&path, other).unwrap();
        match Gridpack::read(&path) {
            // Time and system in the head of gzip say nothing, nor do the bits
            // that fill up its last byte.
            Ok(found) => {
                n_unnoticed += 1;
                assert!(found == whole, "byte {k}");
            }
            Err(e) => assert!(e.to_string().contains("tt.omnis'"), "byte {k}: {e}"),
        }
    }
    assert!(n_unnoticed < 10, "{n_unnoticed}");
}

#[test]
fn flows_of_a_pack_are_files_of_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let drell_yan = card("pp_epem.toml");
    let flows = "--sampler flow --device cpu";
    done(at, &format!("pack {drell_yan} -n 1000 {flows} -o f.omnis"));
    done(at, "generate f.omnis -n 1000 -o a.lhe");
    done(
        at,
        &format!("generate {drell_yan} -n 1000 {flows} -o b.lhe"),
    );
    assert!(read(at, "a.lhe") == read(at, "b.lhe"));

    let archive = Archive::read(&at.join("f.omnis"), "omnis-pack", 3).unwrap();
    let listed = archive.about["flows"].as_array().unwrap().clone();
    assert!(!listed.is_empty());
    let mut text = String::from_utf8(done(at, "inspect f.omnis").stdout).unwrap();
    text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for fact in &listed {
        let name = format!("flows/{}.safetensors", fact["key"].as_str().unwrap());
        assert_eq!(fact["file"], name);
        let flow = Flow::from_safetensors(archive.section(&name).unwrap()).unwrap();
        let line = format!(
            "flow of channel {} {} dimensions, {} parameters",
            fact["channel"],
            flow.n_dim(),
            flow.parameters().len()
        );
        assert!(text.contains(&line), "{text}");
    }
    let found = json(&done(at, "inspect f.omnis --json"));
    assert_eq!(found["flows"], archive.about["flows"]);

    let name = listed[0]["file"].as_str().unwrap();
    let refused = |change: &dyn Fn(&mut Archive, usize), phrase: &str| {
        let mut other = archive.clone();
        let k = other.sections.iter().position(|s| s.0 == name).unwrap();
        change(&mut other, k);
        fs::write(at.join("bad.omnis"), other.bytes().unwrap()).unwrap();
        let message = fails(at, "generate bad.omnis -n 10 -o c.lhe", 2);
        assert!(message.contains("'bad.omnis' cannot be used"), "{message}");
        assert!(message.contains(phrase), "{message}");
        assert!(message.contains(name), "{message}");
    };
    refused(&|a, k| drop(a.sections.remove(k)), "found no section");
    refused(
        &|a, k| {
            let bytes = &mut a.sections[k].1;
            bytes.truncate(bytes.len() / 2);
        },
        "bytes of tensors, where its header says",
    );
    refused(
        &|a, k| a.sections[k].1.truncate(3),
        "shorter than its header",
    );
    refused(
        &|a, k| a.sections[k].1 = b"GIF89a, no tensors at all".to_vec(),
        "not a file of tensors",
    );
    let grid = Vegas::new(3, VegasSettings::default());
    let foreign = Flow::new(&grid, FlowSettings::default(), 5).unwrap();
    let size = format!(
        "that says: 3 dimensions, {} parameters where",
        foreign.parameters().len()
    );
    refused(&|a, k| a.sections[k].1 = foreign.to_safetensors(), &size);
    refused(
        &|a, _| drop(a.about["flows"].as_array_mut().unwrap().remove(0)),
        "found a manifest without the flow of a channel with the map",
    );
    refused(
        &|a, _| {
            let flows = a.about["flows"].as_array_mut().unwrap();
            let again = flows[0].clone();
            flows.push(again);
        },
        "expected no other flow for a channel with the map",
    );
    // Bytes that do not fit the checksum of the manifest.
    let whole = read(at, "f.omnis");
    let flipped = with_other_bytes(&whole, name);
    fs::write(at.join("bad.omnis"), flipped).unwrap();
    let message = fails(at, "generate bad.omnis -n 10 -o c.lhe", 2);
    let phrase = format!("'bad.omnis' cannot be used: found section '{name}' with SHA-256");
    assert!(message.contains(&phrase), "{message}");
}

/// The same archive with the last byte of one of its entries changed.
fn with_other_bytes(archive: &[u8], name: &str) -> Vec<u8> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    let mut other = tar::Builder::new(encoder);
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes).unwrap();
        if entry.path_bytes() == name.as_bytes() {
            *bytes.last_mut().unwrap() ^= 1;
        }
        other.append(entry.header(), &bytes[..]).unwrap();
    }
    other.into_inner().unwrap().finish().unwrap()
}

#[test]
fn another_pdf_of_the_same_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let set = own_pdf(at, "MyPdf");
    let dat = set.join("MyPdf_0000.dat");
    let text = fs::read_to_string(&dat).unwrap();
    let my_card = fs::read_to_string(card("pp_tt.toml")).unwrap();
    fs::write(
        at.join("c.toml"),
        my_card.replace("NNPDF23_lo_as_0130_qed", "MyPdf"),
    )
    .unwrap();
    let run = |arguments: &str| {
        let mut command = command(at, arguments);
        let output = command.env("LHAPDF_DATA_PATH", at).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), message)
    };
    assert_eq!(run("pack c.toml -n 100 -o c.omnis").0, Some(0));
    assert_eq!(run("generate c.omnis -n 100 -o a.lhe").0, Some(0));
    // One digit of one number.
    let at_digit = text.rfind(|c: char| c.is_ascii_digit()).unwrap();
    let mut other = text.into_bytes();
    other[at_digit] ^= 1;
    fs::write(&dat, other).unwrap();
    let (code, message) = run("generate c.omnis -n 100 -o b.lhe");
    assert_eq!(code, Some(2), "{message}");
    assert!(
        message.contains("found parton densities 'MyPdf' member 0 with SHA-256"),
        "{message}"
    );
    fs::remove_dir_all(&set).unwrap();
    let (code, message) = run("generate c.omnis -n 100 -o b.lhe");
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("'MyPdf' not found"), "{message}");
}

#[test]
fn a_range_beyond_the_sample_of_a_card_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tt = card("pp_tt.toml");
    let message = fails(
        folder.path(),
        &format!("generate {tt} -n 10 --range 5..11 -o a.lhe"),
        2,
    );
    assert!(
        message.contains("beyond the sample of 10 events"),
        "{message}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn files_are_explained_and_checked() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 500 -o a.lhe.gz");
    fs::copy(card("pp_tt.toml"), at.join("c.toml")).unwrap();
    for (name, kind) in [
        ("tt.omnis", "pack"),
        ("a.lhe.gz", "Les Houches event file"),
        ("c.toml", "process card"),
    ] {
        let found = json(&done(at, &format!("inspect {name} --json")));
        assert_eq!(found["kind"], kind);
        let text = done(at, &format!("inspect {name}")).stdout;
        assert!(String::from_utf8(text).unwrap().contains(kind));
        let found = json(&done(at, &format!("verify {name} --json")));
        assert_eq!(found["ok"], true, "{found}");
    }
    let found = json(&done(at, "inspect a.lhe.gz --json"));
    assert_eq!(found["events"], 500);
    done(at, "verify a.lhe.gz --pack tt.omnis");
    // Another gridpack, an event too few, a momentum that is off.
    done(
        at,
        &format!("pack {} -n 200 --seed 4 -o other.omnis", card("pp_tt.toml")),
    );
    let message = fails(at, "verify a.lhe.gz --pack other.omnis", 1);
    assert!(message.contains("found events of state"), "{message}");
    done(at, "convert a.lhe.gz -o a.lhe");
    let text = String::from_utf8(read(at, "a.lhe")).unwrap();
    let (start, end) = (
        text.find("<event>").unwrap(),
        text.find("</event>").unwrap() + 9,
    );
    fs::write(at.join("b.lhe"), [&text[..start], &text[end..]].concat()).unwrap();
    let message = fails(at, "verify b.lhe", 1);
    assert!(message.contains("found 499, expected 500"), "{message}");
    let message = fails(at, "convert b.lhe -o c.lhe", 2);
    assert!(
        message.contains("found 499 events, expected 500"),
        "{message}"
    );
    assert!(!at.join("c.lhe").exists());
    let event = &text[start..end];
    let line = event.lines().nth(4).unwrap();
    let mut words: Vec<&str> = line.split(' ').collect();
    words[6] = "1.0";
    fs::write(at.join("d.lhe"), text.replacen(line, &words.join(" "), 1)).unwrap();
    let message = fails(at, "verify d.lhe", 1);
    assert!(message.contains("does not conserve px"), "{message}");
    // Half a file, and none at all.
    fs::write(at.join("e.lhe"), &text[..text.len() / 2]).unwrap();
    fails(at, "verify e.lhe", 2);
    let half = read(at, "a.lhe.gz");
    fs::write(at.join("e.lhe.gz"), &half[..half.len() / 2]).unwrap();
    fails(at, "verify e.lhe.gz", 2);
    let message = fails(at, "inspect none.lhe", 2);
    assert!(message.contains("cannot read 'none.lhe'"), "{message}");
}

#[test]
fn converted_files_hold_the_same_events() {
    let folder = folder_with_pack();
    let at = folder.path();
    done(at, "generate tt.omnis -n 2000 -o a.lhe");
    done(at, "convert a.lhe -o a.lhe.gz");
    done(at, "convert a.lhe.gz -o b.lhe");
    assert!(read(at, "a.lhe") == read(at, "b.lhe"));
    fails(at, "convert a.lhe -o a.lhe", 2);
    if cfg!(feature = "hdf5") {
        done(at, "convert a.lhe -o a.h5");
        done(at, "verify a.h5 --pack tt.omnis");
        done(at, "convert a.h5 -o c.lhe");
        assert!(read(at, "a.lhe") == read(at, "c.lhe"));
        done(at, "generate tt.omnis --range 2000..2500 -o b.h5");
        done(at, "merge b.h5 a.lhe -o d.lhe.gz");
        done(at, "generate tt.omnis -n 2500 -o e.lhe.gz");
        assert!(read(at, "d.lhe.gz") == read(at, "e.lhe.gz"));
    } else {
        let message = fails(at, "convert a.lhe -o a.h5", 2);
        assert!(message.contains("--features hdf5"), "{message}");
        fs::write(at.join("x.h5"), b"\x89HDF\r\n\x1a\n").unwrap();
        let message = fails(at, "verify x.h5", 2);
        assert!(message.contains("'x.h5': found an HDF5 file"), "{message}");
    }
}

#[test]
fn packs_and_events_carry_the_scheme_of_their_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let card = "process.generate = 'e+ e- > mu+ mu-'\nbeams.particles = ['e+', 'e-']\n\
                beams.energies = [100, 100]\nmodel = { scheme = 'MW', set = { MW = 80.377 } }\n";
    fs::write(at.join("c.toml"), card).unwrap();
    done(at, "pack c.toml -n 100 -o c.omnis");
    done(at, "generate c.omnis -n 100 -o a.lhe");
    done(at, "generate c.toml -n 100 -o b.lhe");
    let events = read(at, "a.lhe");
    assert!(events == read(at, "b.lhe"));
    let events = String::from_utf8(events).unwrap();
    for line in [
        "\nscheme = MW (Gf, MW, MZ)\n",
        "\n# Electroweak inputs: MW (Gf, MW, MZ)\n",
        "\n   24 8.03770000e+01 # MW\n",
    ] {
        assert!(events.contains(line), "{line}");
    }
    for file in ["c.toml", "c.omnis"] {
        let text = String::from_utf8(done(at, &format!("inspect {file}")).stdout).unwrap();
        assert!(text.contains("sm, scheme MW"), "{text}");
    }
    // Other inputs are other physics.
    let other = card
        .replace(", set = { MW = 80.377 }", "")
        .replace("'MW'", "'alpha'");
    fs::write(at.join("d.toml"), other).unwrap();
    done(at, "generate d.toml -n 100 --seed 2 -o d.lhe");
    let message = fails(at, "merge a.lhe d.lhe -o all.lhe", 2);
    assert!(message.contains("other physics"), "{message}");
}

#[test]
fn samples_of_other_merging_scales_are_other_physics() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (xqcut, seed) in [(20, 1), (60, 2)] {
        let card = format!(
            "process.generate = 'p p > w+ + 0,1 j, w+ > e+ ve'\n\
             cuts.require = ['pt(j) > 20', '|eta(j)| < 5']\n\
             merging = {{ xqcut = {xqcut}, pdfwgt = false }}\nrun.accuracy = 0.1\n"
        );
        fs::write(at.join("w.toml"), card).unwrap();
        let line = format!("generate w.toml -n 50 --seed {seed} -o {xqcut}.lhe");
        done(at, &line);
    }
    let message = fails(at, "merge 20.lhe 60.lhe -o all.lhe", 2);
    assert!(message.contains("other physics"), "{message}");
}
