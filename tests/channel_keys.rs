//! Channels are known by what makes their maps, not by their place in a list, and a
//! pack decides which of them a run has.

use std::path::Path;

use omnis::amplitude::{ColourMode, HelicityMode, Precision};
use omnis::card::Card;
use omnis::compute::Watch;
use omnis::cross_section::{CrossSection, CrossSectionError, PilotChoice, Setup};
use omnis::cuts::CutSet;
use omnis::gridpack::Gridpack;
use omnis::integrand::{ChannelKey, Integrand};
use omnis::integrate::Control;
use omnis::process::named_groups;
use omnis::run::Run;

fn run(process: &str, more: &str) -> Run {
    let text = format!(
        "[process]\ngenerate = ['{process}']\n[scales]\nmu_r = 91.188\nmu_f = 91.188\n\
         [run]\naccuracy = 0.02\nsampler = 'vegas'\n{more}"
    );
    Run::prepare(Card::from_str(&text, "card").unwrap()).unwrap()
}

/// The cross section of a run, set up with other choices.
fn chosen(run: &Run, pilots: &[PilotChoice]) -> Result<CrossSection, CrossSectionError> {
    let groups = named_groups(&run.model, &run.card.process.define).unwrap();
    let cuts = CutSet::parse(&run.card.cuts.require, &groups).unwrap();
    let pdf = run.pdf.clone().unwrap();
    CrossSection::new(&Setup {
        model: &run.model,
        processes: &run.processes,
        beams: Some(run.beams),
        alpha_s: pdf.alpha_s().unwrap(),
        pdf: Some(pdf),
        mu_r: run.card.scales.mu_r,
        mu_f: run.card.scales.mu_f.0,
        cuts: &cuts,
        bias: None,
        colour: ColourMode::default(),
        precision: Precision::default(),
        helicity: HelicityMode::Sum,
        beam_polarisation: [0.0; 2],
        helicity_frame: 3,
        pilots: Some(pilots),
        resonances: Default::default(),
        merging: None,
        max_channels: 1024,
        watch: Watch::nobody(),
    })
}

/// Another processor may round a borderline channel to the other side: the pack decides
/// which channels there are, and in which order.
#[test]
fn a_pack_keeps_its_channels_where_a_pilot_would_choose_others() {
    let cuts = "[cuts]\nrequire = ['pt(j) > 20', 'dR(j, j) > 0.4', 'm(l+, l-) > 50']\n";
    let mut run = run("u u~ > e+ e- g g", cuts);
    let here = run.cross_section.pilot_choices();
    let with_all = run.integrate(0, &Control::silent()).unwrap().total;
    let mut stored = here.clone();
    assert!(here[0].channels.len() > 3, "{here:?}");
    stored[0].channels.remove(1);
    stored[0].channels.swap(0, 1);
    run.cross_section = chosen(&run, &stored).unwrap();
    let adapted = run.integrate(0, &Control::silent()).unwrap();
    let with_some = &adapted.total;
    let error = with_all.xsec_err_pb.hypot(with_some.xsec_err_pb);
    let pull = (with_all.xsec_pb - with_some.xsec_pb) / error;
    assert!(
        pull.abs() < 4.0 && error < 0.03 * with_all.xsec_pb,
        "{pull}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.omnis");
    let mut pack = Gridpack::new(&run, adapted).unwrap();
    pack.write(&path).unwrap();
    let again = Gridpack::read(&path).unwrap().open(&path).unwrap();
    assert_eq!(again.cross_section.pilot_choices(), stored);
    // With the channels that the pilot chooses here its samplers cannot be used.
    pack.facts.pilots = here;
    assert!(pack.open(&path).is_err());
}

#[test]
fn a_stored_channel_that_is_not_there_is_an_error_that_says_so() {
    let run = run("p p > t t~", "");
    let here = run.cross_section.pilot_choices();
    let refused = |change: &dyn Fn(&mut Vec<PilotChoice>)| {
        let mut stored = here.clone();
        change(&mut stored);
        chosen(&run, &stored).err().unwrap().to_string()
    };
    let foreign = ChannelKey::of_hash(7);
    for message in [
        refused(&|s| s[1].channels[0] = foreign),
        refused(&|s| {
            let first = s[1].channels[0];
            s[1].channels.insert(0, first);
        }),
        refused(&|s| s[0].channels.truncate(1)),
    ] {
        assert!(message.contains("channels has the stored key"), "{message}");
    }
    let message = refused(&|s| s[1].channels[0] = foreign);
    assert!(message.contains(&foreign.to_string()), "{message}");
    let message = refused(&|s| drop(s.pop()));
    let phrase = "2 groups of subprocesses, but the stored choices are those of 1";
    assert!(message.contains(phrase), "{message}");
    let message = refused(&|s| s[0].channels.clear());
    assert!(
        message.contains("the stored list of channels is empty"),
        "{message}"
    );
}

/// Samplers of a channel with another map are refused, also where everything that can be
/// counted is the same.
#[test]
fn samplers_of_other_maps_are_refused() {
    let light = run("p p > t t~", "");
    let heavy = run("p p > t t~", "[model]\nset = { MT = 180.0 }\n");
    let adapted = light.integrate(0, &Control::silent()).unwrap();
    adapted.check_fits(&light.cross_section).unwrap();
    let error = adapted.check_fits(&heavy.cross_section).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("channel 0 was adapted with the map"),
        "{message}"
    );
    let pack = Gridpack::new(&light, adapted).unwrap();
    assert!(pack.open(Path::new("a pack")).is_ok());
}

#[test]
fn a_key_follows_masses_widths_cuts_and_beams_and_nothing_else() {
    let keys = |run: &Run| -> Vec<ChannelKey> {
        let all = &run.cross_section;
        (0..all.n_channels()).map(|c| all.channel_key(c)).collect()
    };
    let card = |cut: &str, more: &str| {
        run(
            "u u~ > e+ e- g",
            &format!("{more}\n[cuts]\nrequire = ['pt(j) > {cut}', 'm(l+, l-) > 50']\n"),
        )
    };
    let one = keys(&card("20", ""));
    let mut distinct = one.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), one.len(), "each map has a key of its own");
    assert_eq!(keys(&card("20", "seed = 9\n")), one);
    for other in [
        card("25", ""),
        card("20", "[model]\nset = { MZ = 91.0 }\n"),
        card("20", "[model]\nset = { WZ = 2.4 }\n"),
        card(
            "20",
            "[beams]\nparticles = ['p', 'p']\nenergies = [7000.0, 7000.0]\n",
        ),
    ] {
        let found = keys(&other);
        assert!(one.iter().any(|key| !found.contains(key)));
    }
}
