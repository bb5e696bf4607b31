//! The first card of a process: beams that suit it, and the cuts without which its cross
//! section is infinite.
//!
//! Knows what a user would write first; knows no formula.

use super::inputs::antiprotons;
use super::load_model::load_model;
use super::run::Run;
use crate::beam::DEFAULT_PDF;
use crate::card::{Card, ModelCard};
use crate::compute::Watch;
use crate::error::Error;
use crate::model::{Model, ParticleId};
use crate::process::{Group, ProcessSet};

/// Energy of a proton at the LHC in GeV.
const PROTON_ENERGY: f64 = 6500.0;
/// Least energy of a beam of elementary particles in GeV.
const LEPTON_ENERGY: f64 = 500.0;
/// Energy above the masses of the final state, as a factor.
const ABOVE_THRESHOLD: f64 = 2.0;
/// PDG number of the photon.
const PHOTON: i32 = 22;
/// Rounds of looking for missing cuts: one cut can open the view on another singularity.
const ROUNDS: usize = 8;

/// A card with comments.
#[derive(Clone, Debug)]
pub struct StarterCard {
    /// The card.
    pub text: String,
    /// Short name of the process, fit for files: `pp_epem_j`.
    pub name: String,
    /// Beam particles; none for a decay.
    pub beams: Option<[String; 2]>,
    /// Cuts that it has, all of them needed for a finite cross section.
    pub cuts: Vec<String>,
}

impl StarterCard {
    /// Of process lines in a model; `energy` of each beam in GeV, if it is not the usual one.
    ///
    /// # Errors
    /// [`Error::Model`], [`Error::Process`] for what cannot be used; those of [`Run::check`],
    /// also if no cut makes the cross section finite; that of [`Run::prepare`] for an energy
    /// below the threshold.
    pub fn new(
        lines: &[String],
        model: &ModelCard,
        energy: Option<f64>,
        watch: Watch,
    ) -> Result<Self, Error> {
        let loaded = load_model(&model.spec(), lines, watch)?.model;
        let set = ProcessSet::watched(&loaded, lines, &Default::default(), watch)?;
        let name = file_name(&lines[0]);
        let Some(mut beams) = beams(&loaded, &set) else {
            let text = decay_card(lines, model);
            return Ok(Self {
                text,
                name,
                beams: None,
                cuts: Vec::new(),
            });
        };
        for (beam, is_antiproton) in beams.iter_mut().zip(antiprotons(&lines[0])) {
            if is_antiproton && beam == "p" {
                beam.push('~');
            }
        }
        let usual = energies(&loaded, &set, &beams);
        let energies = energy.map_or(usual, |e| [e; 2]);
        let mut starter = Self {
            text: String::new(),
            name,
            beams: Some(beams.clone()),
            cuts: Vec::new(),
        };
        for round in 1.. {
            starter.text = collision_card(lines, model, &beams, energies, &starter);
            let mut card = Card::from_str(&starter.text, "the new card")?;
            // Messages are about the process line, which was not read from a card.
            card.files = Default::default();
            let missing = match Run::check(&card) {
                Ok(_) => break,
                Err(e) => match e.singular().map(|s| s.cuts()) {
                    Some(cuts) if round < ROUNDS && !cuts.is_empty() => cuts,
                    _ => return Err(e),
                },
            };
            starter.cuts.extend(missing);
        }
        starter.check_energies(energies, threshold(&loaded, &set), watch)?;
        Ok(starter)
    }

    /// Refuses energies with which nothing can be made, in the words of a run.
    fn check_energies(&self, energies: [f64; 2], least: f64, watch: Watch) -> Result<(), Error> {
        if 2.0 * (energies[0] * energies[1]).sqrt() > least {
            return Ok(());
        }
        let mut card = Card::from_str(&self.text, "the new card")?;
        card.files = Default::default();
        Run::prepare_watched(card, watch).map(|_| ())
    }
}

/// Beams in which the incoming particles are found; `None` for a decay.
///
/// Coloured particles are partons of protons, and so is a photon beside them. Of several
/// elementary particles the first one collides.
fn beams(model: &Model, set: &ProcessSet) -> Option<[String; 2]> {
    let elements = set.elements.iter();
    let initial: Vec<[ParticleId; 2]> = elements
        .flat_map(|element| &element.flavours)
        .map(|flavours| match flavours.direct {
            true => [flavours.legs[0], flavours.legs[1]],
            false => [flavours.legs[1], flavours.legs[0]],
        })
        .collect();
    if set.groups.iter().any(|group| group.n_in < 2) {
        return None;
    }
    let is_parton =
        |side: usize| (initial.iter()).any(|legs| model.particle(legs[side]).colour.abs() > 1);
    let beside_partons = is_parton(0) || is_parton(1);
    Some([0, 1].map(|side| {
        let first = model.particle(initial[0][side]);
        let is_photon = first.pdg == PHOTON;
        match is_parton(side) || beside_partons && is_photon {
            true => "p".to_owned(),
            false => first.name.clone(),
        }
    }))
}

/// The energy in GeV that all processes need together: for their incoming and outgoing particles
/// and for resonances on their mass shell.
fn threshold(model: &Model, set: &ProcessSet) -> f64 {
    let of_group = |group: &Group| {
        let incoming = group.elements.iter().flat_map(|&k| {
            let flavours = set.elements[k].flavours.iter();
            flavours.flat_map(|f| &f.legs[..group.n_in])
        });
        let heaviest = incoming
            .map(|&p| model.particle(p).mass)
            .fold(0.0, f64::max);
        (2.0 * heaviest).max(mass_of_products(group))
    };
    set.groups.iter().map(of_group).fold(0.0, f64::max)
}

/// Sum of the masses of what comes out first, in GeV: of resonances, and of particles that are
/// products of none.
fn mass_of_products(group: &Group) -> f64 {
    let legs = (group.n_in..group.masses.len()).map(|k| (1 << k, group.masses[k]));
    let mut parts: Vec<(u32, f64)> = legs.collect();
    // Outer resonances stand before those inside.
    for resonance in group.resonances.iter().rev() {
        let inside = |part: &(u32, f64)| part.0 & !resonance.legs == 0;
        let sum: f64 = parts.iter().filter(|p| inside(p)).map(|p| p.1).sum();
        parts.retain(|p| !inside(p));
        parts.push((resonance.legs, resonance.mass.max(sum)));
    }
    parts.iter().map(|p| p.1).sum()
}

/// The usual energies of the beams, above the threshold of all processes.
fn energies(model: &Model, set: &ProcessSet, beams: &[String; 2]) -> [f64; 2] {
    let least = ABOVE_THRESHOLD * threshold(model, set) / 2.0;
    let usual = match beams.iter().all(|beam| beam.starts_with('p')) {
        true => PROTON_ENERGY,
        false => LEPTON_ENERGY,
    };
    [usual.max((least / 100.0).ceil() * 100.0); 2]
}

/// A process line as part of the name of a file: `p p > e+ e- j` is `pp_epemj`.
fn file_name(line: &str) -> String {
    let mut name = String::new();
    // Decays, excluded particles, tags and orders are not part of it.
    let line = line.split([',', '/', '$', '@']).next().unwrap_or_default();
    for word in line.split_whitespace().filter(|w| !w.contains('=')) {
        for letter in word.chars() {
            match letter {
                '+' => name.push('p'),
                '-' => name.push('m'),
                '~' => name.push('x'),
                '>' => name.push('_'),
                c if c.is_ascii_alphanumeric() => name.push(c),
                _ => {}
            }
        }
    }
    name
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    match texts {
        [one] => format!("[{}]", quoted(one)),
        _ => {
            let lines = texts.iter().map(|t| format!("    {},\n", quoted(t)));
            format!("[\n{}]", lines.collect::<String>())
        }
    }
}

/// What both kinds of cards begin with.
fn head(lines: &[String], model: &ModelCard, commands: &str) -> String {
    format!(
        "# {}\n#\n{commands}#\n# Lines '#key = value' are defaults and examples: take the '#' away to use them.\n\n\
         [process]\ngenerate = {}\n\
         #define = {{ ell = [\"e+\", \"e-\", \"mu+\", \"mu-\"] }}   # labels, also for cuts\n\n\
         [model]\nname = {}\n#set = {{ MT = 172.5 }}           # parameters, in GeV\n\
         #param_card = \"param_card.dat\"  # all of them from a file\n\n",
        lines.join(", "),
        list(lines),
        quoted(&model.name),
    )
}

fn decay_card(lines: &[String], model: &ModelCard) -> String {
    let commands = "#   omnis integrate CARD    the partial width\n\
                    #   omnis process CARD      subprocesses and diagrams\n";
    head(lines, model, commands)
        + "[run]\n#accuracy = 0.005   # relative error of the width\n#seed = 1\n"
}

fn collision_card(
    lines: &[String],
    model: &ModelCard,
    beams: &[String; 2],
    energies: [f64; 2],
    starter: &StarterCard,
) -> String {
    let events = format!("{}.lhe.gz", starter.name);
    let commands = format!(
        "#   omnis process CARD      subprocesses and diagrams\n\
         #   omnis integrate CARD    the cross section\n\
         #   omnis generate CARD     events, into {events}\n\
         #   omnis report {events}\n"
    );
    let pdf = match beams.iter().any(|beam| beam == "p") {
        true => format!("pdf = \"{DEFAULT_PDF}\"   # 'omnis pdf list' shows others\n"),
        false => "#polarisation = [0.0, 0.0]   # from -1 to 1\n".to_owned(),
    };
    let cuts = match &starter.cuts[..] {
        [] => "# The cross section is finite without any.\n#require = []\n".to_owned(),
        cuts => format!(
            "# Without them the cross section is infinite. Others are like \"|eta(l+)| < 2.5\".\n\
             require = {}\n",
            list(cuts)
        ),
    };
    format!(
        "{}[beams]\nparticles = [{}, {}]\nenergies = [{:?}, {:?}]   # GeV\n{pdf}\n\
         [scales]\n# Also a number in GeV, or such as \"0.5 * transverse_mass\", \"partonic_energy\".\n\
         mu_r = \"half_transverse_mass\"\nmu_f = \"half_transverse_mass\"\n\n\
         [cuts]\n{cuts}\n\
         [run]\nevents = 10000\nseed = 1\n\
         #accuracy = 0.005   # relative error of the cross section\n\
         output = {}\n\n\
         # Histograms of any observables; without this section reports have the usual ones.\n\
         #[histograms]\n#ht = {{ of = \"ht\", bins = 50, range = [0.0, 1000.0] }}\n",
        head(lines, model, &commands),
        quoted(&beams[0]),
        quoted(&beams[1]),
        energies[0],
        energies[1],
        quoted(&events),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starter(line: &str) -> StarterCard {
        let lines = [line.to_owned()];
        StarterCard::new(&lines, &ModelCard::default(), None, Watch::nobody()).unwrap()
    }

    fn card(text: &str) -> Card {
        let card = Card::from_str(text, "test").unwrap_or_else(|e| panic!("{e}\n{text}"));
        Card {
            text: String::new(),
            ..card
        }
    }

    #[test]
    fn beams_suit_the_incoming_particles() {
        for (line, expected) in [
            ("p p > e+ e-", Some(["p", "p"])),
            ("p p~ > e+ e-", Some(["p", "p~"])),
            ("g g > t t~", Some(["p", "p"])),
            ("a g > t t~", Some(["p", "p"])),
            ("e+ e- > mu+ mu-", Some(["e+", "e-"])),
            ("e- p > e- j", Some(["e-", "p"])),
            ("mu+ mu- > h z", Some(["mu+", "mu-"])),
            ("t > b w+", None),
        ] {
            let beams = starter(line).beams;
            assert_eq!(beams, expected.map(|b| b.map(str::to_owned)), "{line}");
        }
    }

    #[test]
    fn cuts_are_those_without_which_the_cross_section_is_infinite() {
        assert_eq!(starter("p p > t t~").cuts, [""; 0]);
        let cuts = starter("p p > e+ e- j").cuts;
        assert_eq!(cuts, ["m(e+, e-) > 50", "pt(j) > 20"]);
        let jets = starter("p p > j j").cuts;
        assert_eq!(jets, ["pt(j) > 20"]);
    }

    #[test]
    fn energies_are_above_the_threshold() {
        let card = card(&starter("e+ e- > t t~ t t~").text);
        assert!(card.beams.energies[0] > 2.0 * 173.0, "{:?}", card.beams);
        // Tops count with their masses, though their products are light.
        let products = "t > b e+ ve, t~ > b~ e- ve~";
        let chain = format!("e+ e- > t t~ t t~, {products}");
        let lines = [chain];
        let set = load_model(&ModelCard::default().spec(), &lines, Watch::nobody()).unwrap();
        let model = set.model;
        let set = ProcessSet::new(&model, &lines, &Default::default()).unwrap();
        assert!(threshold(&model, &set) > 4.0 * 170.0);
        let set = starter("p p > z z");
        assert!(
            set.text.contains("energies = [6500.0, 6500.0]"),
            "{}",
            set.text
        );
    }

    #[test]
    fn an_energy_below_the_threshold_is_refused() {
        let lines = ["e+ e- > t t~".to_owned()];
        let new =
            |energy| StarterCard::new(&lines, &ModelCard::default(), Some(energy), Watch::nobody());
        assert!(new(180.0).is_ok());
        let message = new(100.0).unwrap_err().to_string();
        let expected = "the energy 200 GeV is below the threshold 346";
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn lines_with_a_comment_sign_are_the_defaults() {
        for line in ["p p > e+ e- j", "e+ e- > mu+ mu-", "t > b w+"] {
            let text = starter(line).text;
            let is_default = |l: &&str| {
                l.starts_with("#accuracy")
                    || l.starts_with("#seed")
                    || l.starts_with("#polarisation")
                    || l.starts_with("#require")
            };
            assert!(text.lines().any(|l| is_default(&l)), "{text}");
            let bare = |l: &str| l.strip_prefix('#').unwrap_or(l).to_owned();
            let with: Vec<String> = text
                .lines()
                .map(|l| {
                    if is_default(&l) {
                        bare(l)
                    } else {
                        l.to_owned()
                    }
                })
                .collect();
            assert_eq!(card(&with.join("\n")), card(&text), "{text}");
            // Examples are read as well.
            let keys = |l: &str| l.starts_with('#') && !l.starts_with("# ") && l != "#";
            let all: Vec<String> = text
                .lines()
                .map(|l| if keys(l) { bare(l) } else { l.to_owned() })
                .collect();
            card(&all.join("\n"));
        }
    }

    #[test]
    fn names_of_files_have_no_signs() {
        assert_eq!(file_name("p p > e+ e- j"), "pp_epemj");
        assert_eq!(file_name("p p > t t~ QED=0, t > b w+ @1"), "pp_ttx");
        assert_eq!(file_name("p p > h j j $$ z / a QCD=0"), "pp_hjj");
    }
}
