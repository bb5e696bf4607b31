//! The card with all of its defaults: what files have in their header, and what it gives when
//! it is read again.

#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

#[path = "common/program.rs"]
mod program;

use program::{card, done, fails, json, read};

/// The events of a text file, cross sections included.
fn events_of(folder: &Path, name: &str) -> String {
    let text = String::from_utf8(read(folder, name)).unwrap();
    let (_, events) = text.split_once("</header>").unwrap();
    events.to_owned()
}

fn printed(folder: &Path, arguments: &str) -> String {
    String::from_utf8(done(folder, arguments).stdout).unwrap()
}

#[test]
fn the_effective_card_of_a_file_gives_its_events_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let cards = [
        (card("pp_epem.toml"), "-n 300 --seed 3 --accuracy 0.05"),
        (
            card("pp_tt_emu.toml"),
            "-n 100 --accuracy 0.1 --sampler vegas",
        ),
    ];
    for (name, flags) in cards {
        done(at, &format!("generate {name} {flags} -o a.lhe --force"));
        let text = printed(at, "inspect a.lhe --effective");
        fs::write(at.join("again.toml"), &text).unwrap();
        done(at, "generate again.toml -o b.lhe --threads 1 --force");
        assert!(events_of(at, "a.lhe") == events_of(at, "b.lhe"), "{text}");
        assert_eq!(printed(at, "inspect b.lhe --effective"), text);
        // What flags said stands in it, and what no event depends on does not.
        assert!(text.contains("pdf = \"NNPDF23_lo_as_0130_qed\""), "{text}");
        assert!(
            !text.contains("threads") && !text.contains("output"),
            "{text}"
        );
    }
    // A sample of its own in every way, to be merged with others of the same card.
    done(at, "generate again.toml --seed 7 -o c.lhe");
    done(at, "merge a.lhe c.lhe -o d.lhe");
}

#[test]
fn cards_gridpacks_and_events_tell_their_defaults_and_choices() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = "process.generate = 'p p > t t~'\nmodel.set = { WT = 'auto' }\n";
    fs::write(at.join("c.toml"), text).unwrap();
    let of_card = printed(at, "inspect c.toml --effective");
    for line in [
        "events = 10000\n",
        "# bias: none\n",
        "set = { WT = \"auto\" }\n",
    ] {
        assert!(of_card.contains(line), "{of_card}");
    }
    done(at, "gridpack c.toml -n 200 --accuracy 0.1 -o c.omnis");
    let made = json(&done(at, "generate c.omnis -n 50 -o c.lhe --json"));
    let of_pack = json(&done(at, "inspect c.omnis --json"));
    let of_events = json(&done(at, "inspect c.lhe --json"));
    let in_file = of_events["effective_card"].as_str().unwrap();
    assert_eq!(
        made["effective_card"].as_str().unwrap().trim(),
        in_file.trim()
    );
    assert!(in_file.contains("events = 50\n"), "{in_file}");
    let whole = of_pack["effective_card"].as_str().unwrap();
    assert!(whole.contains("output = \"c.lhe.gz\"\n"), "{whole}");
    for found in [&of_pack, &of_events] {
        let choices = &found["choices"];
        let helicities = choices["amplitude.helicity"].as_str().unwrap();
        assert!(helicities.starts_with("summed in 2 groups"), "{choices}");
        assert_eq!(
            choices["run.sampler"],
            "grids in all 4 channels: not worth training in 4"
        );
    }
    let width = of_events["choices"]["model.set.WT"].as_str().unwrap();
    assert!(
        width.starts_with("1.49") && width.ends_with(" GeV"),
        "{width}"
    );
    let shown = printed(at, "inspect c.lhe --effective");
    assert!(
        shown.contains("\n# What 'auto' became:\n# amplitude.helicity: "),
        "{shown}"
    );
    let summary = printed(at, "generate c.omnis -n 50 -o d.lhe");
    let line = "card with its defaults  in the header: omnis inspect d.lhe --effective\n";
    assert!(summary.contains(line), "{summary}");
}

#[test]
fn a_file_without_a_card_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/madgraph_pp_epemj.lhe");
    fs::copy(other, folder.path().join("a.lhe")).unwrap();
    let message = fails(folder.path(), "inspect a.lhe --effective", 2);
    assert!(
        message.contains("does not say with which card"),
        "{message}"
    );
    let answer = json(&done(folder.path(), "inspect a.lhe --json"));
    assert!(answer["effective_card"].is_null());
}

#[test]
fn events_of_a_gridpack_state_their_own_number_and_seed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let card = card("ee_mumu.toml");
    done(at, &format!("gridpack {card} -n 200 --seed 3 -o c.omnis"));
    let made = json(&done(at, "generate c.omnis -n 60 --seed 7 -o a.lhe --json"));
    let shown = printed(at, "inspect a.lhe --effective");
    for text in [made["effective_card"].as_str().unwrap(), &shown] {
        assert!(text.contains("\nevents = 60\n"), "{text}");
        assert!(text.contains("\nseed = 7\n"), "{text}");
    }
    let adapted = "\n# Drawn from samplers that were adapted for 200 events with seed 3\n";
    assert!(shown.contains(adapted), "{shown}");
    // Parts state what they have, and all of them together what the whole has.
    for (range, name) in [("0..20", "b.lhe"), ("20..60", "c.lhe")] {
        done(
            at,
            &format!("generate c.omnis --seed 7 --range {range} -o {name}"),
        );
    }
    assert!(printed(at, "inspect c.lhe --effective").contains("\nevents = 40\n"));
    done(at, "merge c.lhe b.lhe -o d.lhe");
    assert!(read(at, "d.lhe") == read(at, "a.lhe"));
}
