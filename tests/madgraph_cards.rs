//! Cards of MadGraph: what each line becomes, what is said of those that become nothing,
//! and the commands that read them.
//!
//! `golden/madgraph_cards` holds production cards of an experiment. The meaning of each
//! parameter is that of MadGraph5_aMC@NLO 3.5.7.

use std::fs;
use std::path::{Path, PathBuf};

use omnis::card::{Card, MadGraphImport, MadGraphOptions, NotTaken, run_card_dictionary};

#[path = "madgraph_cards/cuts.rs"]
mod cuts;
#[path = "common/program.rs"]
mod program;
#[path = "madgraph_cards/refusals.rs"]
mod refusals;
#[path = "madgraph_cards/weights.rs"]
mod weights;

use cuts::CUTS;

fn golden(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/golden/madgraph_cards").join(name)
}

fn import(path: &Path) -> MadGraphImport {
    MadGraphImport::read(path, &MadGraphOptions::default())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A folder with these files, each with the prefix `x_`.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(format!("x_{name}")), text).unwrap();
    }
    folder
}

/// The card made of a process card and a run card.
fn made(process: &str, run: &str) -> (Card, MadGraphImport) {
    let folder = folder(&[("proc_card.dat", process), ("run_card.dat", run)]);
    let import = import(folder.path());
    let card = import.card();
    (
        card.unwrap_or_else(|e| panic!("{e}\n{}", import.toml)),
        import,
    )
}

/// The import, if no value is refused.
fn tried(process: &str, run: &str) -> Option<MadGraphImport> {
    let folder = folder(&[("proc_card.dat", process), ("run_card.dat", run)]);
    MadGraphImport::read(folder.path(), &MadGraphOptions::default()).ok()
}

fn kinds(import: &MadGraphImport) -> Vec<&str> {
    import.physics().map(|n| n.what.as_str()).collect()
}

/// A run card in which nothing is cut, and scales are fixed.
const OPEN: &str = "lhapdf = pdlabel\n 303600 = lhaid\n T = fixed_ren_scale\n T = fixed_fac_scale\n\
    0 = ptj\n 0 = pta\n 0 = ptl\n -1 = etaj\n -1 = etaa\n -1 = etal\n 0 = drjj\n 0 = drll\n\
    0 = draa\n 0 = draj\n 0 = drjl\n 0 = dral\n";

#[test]
fn production_cards_become_cards_and_name_what_is_missing() {
    let mut n = 0;
    for entry in fs::read_dir(golden("")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let import = import(&path);
        let card = import
            .card()
            .unwrap_or_else(|e| panic!("{e}\n{}", import.toml));
        assert_eq!(card.beams.energies[0], card.beams.energies[1]);
        for entry in &import.not_taken {
            assert!(entry.file.ends_with("card.dat") || entry.file.ends_with("cards.dat"));
            let comment = format!("{}: {}", entry.text, entry.reason);
            assert!(import.toml.contains(&comment), "{comment}\n{}", import.toml);
        }
        n += 1;
    }
    assert_eq!(n, 7);
}

#[test]
fn bins_in_ht_have_no_events_without_jets() {
    let import = import(&golden("DYJets_HT-400to600"));
    let card = import.card().unwrap();
    assert_eq!(
        card.process.generate,
        [
            "p p > l+ l- / h @0",
            "p p > l+ l- j / h @1",
            "p p > l+ l- j j / h @2",
            "p p > l+ l- j j j / h @3",
            "p p > l+ l- j j j j / h @4"
        ]
    );
    assert_eq!(card.process.define["l+"], ["e+", "mu+", "ta+"]);
    // `p = p b b~` is what the model has already.
    assert!(!card.process.define.contains_key("p"));
    assert_eq!(card.model.name, "sm-ckm_no_b_mass");
    assert_eq!(card.beams.pdf.as_deref(), Some("325300"));
    assert_eq!(
        card.cuts.require,
        [
            "pt(j) > 10",
            "|y(j)| < 5",
            "m(j, j) > 10",
            "m(l+, l-) same_flavour > 50",
            "400 < ht(j) < 600"
        ]
    );
    assert_eq!(card.run.events, 1500);
}

#[test]
fn customisations_set_parameters_and_cuts() {
    let import = import(&golden("LLJJ_105-160_EWK_SM_5f_LO"));
    let card = import.card().unwrap();
    assert_eq!(card.model.set["MZ"], 91.153_509_740_726_73);
    assert_eq!(card.model.set["aEWM1"], 128.82531590804655);
    assert_eq!(card.model.set["WT"], 1.311);
    assert_eq!(card.model.set["ymt"], 172.5);
    // The W mass follows in MadGraph, too.
    assert!(!card.model.set.contains_key("MW"));
    let mass = import.not_taken.iter().find(|n| n.text.contains("mass 24"));
    assert!(!mass.unwrap().changes_physics);
    assert!(
        card.cuts
            .require
            .contains(&"105 < m(mu+, mu-) < 160".to_owned())
    );
    assert!(card.cuts.require.contains(&"|y(l)| < 3".to_owned()));
}

#[test]
fn madspin_decays_are_shown_as_the_chain_they_become() {
    let import = import(&golden("TTWW_5f_LO"));
    let chain = "p p > t t~ w+ w-, (t > w+ b, w+ > all_of_w+ all_of_w+), \
                 (t~ > w- b~, w- > all_of_w- all_of_w-), w+ > all_of_w+ all_of_w+, \
                 w- > all_of_w- all_of_w-";
    assert!(import.toml.contains(chain), "{}", import.toml);
    // Nothing of t t~ w+ w- is a jet, a lepton or a photon.
    assert!(import.card().unwrap().cuts.require.is_empty());
}

#[test]
fn a_silent_card_has_the_defaults_of_madgraph() {
    let (card, import) = made("generate p p > e+ e- a j j", "10 = nevents");
    assert_eq!(
        card.cuts.require,
        [
            "pt(j) > 20",
            "pt(a) > 10",
            "pt(l) > 10",
            "|y(j)| < 5",
            "|y(a)| < 2.5",
            "|y(l)| < 2.5",
            "dR(j, j) > 0.4",
            "dR(l, l) > 0.4",
            "dR(a, j) > 0.4",
            "dR(j, l) > 0.4",
            "dR(a, l) > 0.4"
        ]
    );
    assert_eq!(card.beams.energies, [6500.0, 6500.0]);
    assert_eq!(card.beams.pdf.as_deref(), Some("NNPDF23_lo_as_0130_qed"));
    assert!(import.toml.contains("value = 0.13, at = 91.188, loops = 2"));
    assert!(import.toml.contains("# ptj, a default of MadGraph"));
    assert!(kinds(&import).is_empty());
    assert_eq!(card.scales.mu_r.to_string(), "clustering");
}

#[test]
fn cuts_act_on_the_particles_that_madgraph_means() {
    for (process, run, conditions) in CUTS {
        let (card, _) = made(process, &format!("{OPEN}{run}"));
        let mut found: Vec<String> = card.cuts.require.clone();
        let mut wanted: Vec<String> = conditions.iter().map(|c| (*c).to_owned()).collect();
        // m(t, t~) and m(t~, t) are the same.
        for list in [&mut found, &mut wanted] {
            list.iter_mut()
                .for_each(|c| *c = c.replace("m(t, t~)", "m(t~, t)"));
            list.sort();
        }
        assert_eq!(found, wanted, "{process} with {run}");
    }
}

#[test]
fn what_cannot_be_said_yet_is_reported() {
    for (process, run, kind) in [
        ("generate p p > z", "100 = htjmin\n", "too_few"),
        ("generate p p > z j", "100 = ptj2min\n", "too_few"),
        ("generate p p > z", "100 = mmnl\n", "too_few"),
        (
            "generate p p > j j",
            "10 = ktdurham\nup = pdgs_for_merging_cut\n",
            "pdgs_for_merging_cut",
        ),
        ("generate p p > j j", "2 = ickkw\n", "merging"),
        ("generate p p > j j", "1 = ickkw\n2 = ktscheme\n", "merging"),
        (
            "generate p p > j j",
            "1 = ickkw\nT = chcluster\n",
            "merging",
        ),
        ("generate p p > z j", "ptj_biases = bias_module\n", "bias"),
        (
            "generate p p > z j",
            "ptj_bias = bias_module\n{ptj_target: 500} = bias_parameters\n",
            "bias_parameters",
        ),
        ("generate p p > z", "cuts.f = custom_fcts\n", "custom_fcts"),
        ("generate p p > z", "2 = lpp1\n", "lpp"),
        ("generate p p > z", "0 = lpp1\n", "lpp"),
        ("generate p p > z", "50 = polbeam1\n", "beam"),
        ("generate p p > z", "edff = pdlabel\n", "pdlabel"),
        ("generate p p > z", "1 = ptjet\n", "unknown_parameter"),
        ("generate p p > t t~ [QCD]", "", "loops"),
        ("generate p p > z\nimport command x.txt", "", "import"),
        ("generate p p > z\ngenrate p p > w+", "", "unknown_command"),
        ("import model MSSM_SLHA2\ngenerate p p > z", "", "model"),
        (
            "set complex_mass_scheme True\ngenerate p p > z",
            "",
            "option",
        ),
        ("generate p p > w+ w-, w+{0} > l+ vl", "", "polarised_legs"),
        (
            "generate p p > w+ j QCD^2==2, w+ > l+ vl",
            "",
            "squared_orders",
        ),
        (
            "generate p p > w+ j, w+ > l+ vl @1 QCD^2==2",
            "",
            "squared_orders",
        ),
    ] {
        let (_, import) = made(process, &format!("{OPEN}{run}"));
        assert!(
            kinds(&import).contains(&kind),
            "{process} {run}: {import:?}"
        );
        let sentence = import
            .physics()
            .find(|n| n.what == kind)
            .map(NotTaken::sentence);
        assert!(import.toml.contains(&sentence.unwrap()), "{}", import.toml);
    }
}

#[test]
fn the_on_shell_veto_and_the_bias_in_the_leading_jet_are_taken_over() {
    let power = "{'ptj_bias_target_ptj': 500.0,'ptj_bias_enhancement_power': 2.5}";
    for (line, parameters, bias) in [
        (
            "p p > w+ j $ h, w+ > l+ vl $ t",
            "{}",
            Some("(pt(j[1]) / 1000)^4"),
        ),
        ("p p > z j j $ t QCD=2", power, Some("(pt(j[1]) / 500)^2.5")),
        ("p p > z", "{}", None),
    ] {
        let run = format!("{OPEN}ptj_bias = bias_module\n{parameters} = bias_parameters\n");
        let (card, import) = made(&format!("generate {line}"), &run);
        assert_eq!(card.process.generate, [line]);
        assert_eq!(card.run.bias.as_deref(), bias, "{}", import.toml);
        assert_eq!(import.physics().count(), 0, "{import:?}");
    }
}

#[test]
fn merging_is_taken_over() {
    let merging = |process: &str, run: &str| {
        let (card, import) = made(process, &format!("{OPEN}{run}"));
        assert!(kinds(&import).is_empty(), "{:?}", import.not_taken);
        (card.merging, card.cuts.require)
    };
    let jets = "import model sm-no_b_mass\ngenerate p p > z j j";
    let (found, cuts) = merging(
        jets,
        "1 = ickkw\n10 = xqcut\nF = pdfwgt\nF = auto_ptj_mjj\n",
    );
    let found = found.unwrap();
    assert_eq!((found.xqcut, found.reweight), (10.0, true));
    assert_eq!((found.pdfwgt, found.alpsfact), (false, 1.0));
    assert_eq!((found.maxjetflavor, found.asrwgtflavor), (None, 5));
    assert!(cuts.is_empty(), "{cuts:?}");
    // The cut alone, and with what it sets.
    let (found, cuts) = merging(jets, "20 = xqcut\n");
    assert!(!found.unwrap().reweight);
    assert_eq!(cuts, ["pt(j) > 20", "m(j, j) > 20"]);
    // Heavy b quarks that p holds.
    let heavy = "define p = g u c d s b u~ c~ d~ s~ b~\ndefine j = p\ngenerate p p > z j";
    let (found, _) = merging(
        heavy,
        "1 = ickkw\n10 = xqcut\n4 = asrwgtflavor\n0.5 = alpsfact\nF = use_syst\n",
    );
    let found = found.unwrap();
    assert_eq!((found.maxjetflavor, found.asrwgtflavor), (Some(5), 4));
    assert_eq!((found.pdfwgt, found.alpsfact), (true, 0.5));
    assert_eq!(merging("generate p p > z j", "5 = ptj\n").0, None);
}

#[test]
fn cuts_spare_the_products_of_decays_unless_the_card_says_otherwise() {
    let chain = "generate p p > w+ j, w+ > e+ ve";
    let run = format!("{OPEN}25 = ptl\n20 = ptj\n");
    let (card, _) = made(chain, &run);
    assert_eq!(card.cuts.require, ["pt(j) > 20"]);
    let (card, _) = made(chain, &format!("{run}T = cut_decays\n"));
    assert_eq!(card.cuts.require, ["pt(j) > 20", "pt(e+) > 25"]);
    // Sums are of all particles.
    let (card, _) = made(chain, &format!("{run}30 = misset\n50 = ptllmin\n"));
    assert_eq!(
        card.cuts.require,
        ["pt(j) > 20", "pt(e+, ve) > 50", "met > 30"]
    );
    // Where decays make what occurs beside them, too.
    let both = "generate p p > w+ j e+ e-, w+ > j j\n";
    let run =
        format!("{OPEN}20 = ptj\n5 = etaj\n0.4 = drjl\n7 = mmjj\n100 = htjmin\n30 = ptj1min\n");
    let (card, import) = made(both, &run);
    assert_eq!(
        card.cuts.require,
        [
            "pt(core j) > 20",
            "|y(core j)| < 5",
            "dR(core j, l) > 0.4",
            "pt(j[1]) > 30",
            "ht(j) > 100"
        ]
    );
    // There is one jet in the core: nothing is left of mmjj.
    let note = import.not_taken.iter().find(|n| n.what == "cut_decays");
    assert!(note.is_some_and(|n| n.text.contains("mmjj") && !n.changes_physics));
    let (card, _) = made(both, &format!("{run}T = cut_decays\n"));
    assert!(card.cuts.require.contains(&"m(j, j) > 7".to_owned()));
    assert!(card.cuts.require.contains(&"dR(j, l) > 0.4".to_owned()));
}

#[test]
fn scales_and_beams_are_those_of_the_card() {
    let scales = |run: &str| {
        let run = format!("F = fixed_ren_scale\nF = fixed_fac_scale\n{run}");
        let (card, _) = made("generate p p > z j", &format!("{OPEN}{run}"));
        (card.scales.mu_r.to_string(), card.scales.mu_f.to_string())
    };
    for (choice, name) in [
        (-1, "clustering"),
        (1, "transverse_energy"),
        (2, "transverse_mass"),
        (3, "half_transverse_mass"),
        (4, "partonic_energy"),
    ] {
        let found = scales(&format!("{choice} = dynamical_scale_choice\n"));
        assert_eq!(found, (name.to_owned(), name.to_owned()));
    }
    let two = "2 = dynamical_scale_choice\nT = fixed_fac_scale1\n80 = dsqrt_q2fact1\n";
    assert_eq!(scales(two).1, "[80, transverse_mass]");
    let two = "T = fixed_fac_scale\n80 = dsqrt_q2fact1\n";
    assert_eq!(
        scales(two),
        ("clustering".to_owned(), "[80, 91.188]".to_owned())
    );
    let half = scales("2 = dynamical_scale_choice\n0.5 = scalefact\nT = fixed_fac_scale\n");
    assert_eq!(
        half,
        ("0.5 * transverse_mass".to_owned(), "91.188".to_owned())
    );
    let (card, _) = made(
        "generate p p > z",
        "-1 = lpp2\n980 = ebeam1\n1e3 = ebeam2\n",
    );
    assert_eq!(card.beams.particles, ["p", "p~"]);
    assert_eq!(card.beams.energies, [980.0, 1000.0]);
    let (card, import) = made(
        "generate e+ e- > mu+ mu-",
        &format!("{OPEN}0 = lpp1\n0 = lpp2\n100 = ebeam1\n100 = ebeam2\n7 = iseed\n"),
    );
    assert_eq!(card.beams.particles, ["e+", "e-"]);
    assert_eq!((card.beams.pdf, card.run.seed), (None, 7));
    assert!(kinds(&import).is_empty(), "{import:?}");
    let fixed = "0 = lpp1\n0 = lpp2\n500 = ebeam1\n500 = ebeam2\n";
    let (card, import) = made("generate g g > t t~", fixed);
    assert_eq!(card.beams.particles, ["g", "g"]);
    assert!(kinds(&import).is_empty(), "{import:?}");
    for (model, id) in [("sm", "325500"), ("sm-no_b_mass", "325300")] {
        let process = format!("import model {model}\ngenerate p p > z");
        let (card, _) = made(&process, "lhapdf = pdlabel\n$DEFAULT_PDF_SETS = lhaid\n");
        assert_eq!(card.beams.pdf.as_deref(), Some(id));
    }
    let folder = folder(&[("proc_card.dat", "generate p p > z")]);
    let options = MadGraphOptions {
        pdf: Some("CT18NLO".to_owned()),
        ..MadGraphOptions::default()
    };
    let import = MadGraphImport::read(folder.path(), &options).unwrap();
    assert_eq!(import.card().unwrap().beams.pdf.as_deref(), Some("CT18NLO"));
}

/// What a parameter can be set to that is not its default.
fn other_values(default: &str) -> Vec<&'static str> {
    match default {
        "True" => vec!["F"],
        "False" => vec!["T"],
        text if text.starts_with('{') => vec!["{6: 100}", "{6: 1}", "{'default': True}"],
        text if text.parse::<f64>().is_ok() => {
            vec!["1", "0", "2", "37", "37.5", "0.7", "300", "3", "5"]
        }
        _ => vec!["something", "3, 4", "mixed"],
    }
}

#[test]
fn no_parameter_that_changes_the_physics_is_passed_over_in_silence() {
    let process = "generate p p > t t~ a a j j j j e+ e- mu+ mu- ta+ vt b b~";
    let chain = "generate p p > w+ j j, w+ > j j";
    let bases = [
        (process, String::new()),
        (process, OPEN.to_owned()),
        (process, format!("{OPEN}mixed = pdlabel\n")),
        (
            process,
            format!("{OPEN}9 = xqcut\n{{6: 100}} = mxx_min_pdg\n"),
        ),
        (process, format!("{OPEN}9 = ptj1min\n8 = ptj2min\n")),
        (process, format!("{OPEN}20 = ktdurham\n")),
        (process, "2 = dynamical_scale_choice\n".to_owned()),
        (chain, String::new()),
        ("generate p p > a e+ e-", format!("{OPEN}15 = ptgmin\n")),
        (
            "generate p p > t t~ t t~",
            "{6: 400} = mxx_min_pdg\n".to_owned(),
        ),
    ];
    // They act with decay chains and polarised legs alone, which are reported as such.
    let with_others = [
        "bwcutoff",
        "small_width_treatment",
        "me_frame",
        "maxjetflavor",
    ];
    let strip = |text: &str| -> String {
        let lines = text.lines().filter(|l| !l.contains("use_syst"));
        lines
            .map(|l| l.split("run_card.dat").next().unwrap())
            .collect()
    };
    let (mut n, mut silent) = (0, Vec::new());
    for line in run_card_dictionary().lines().skip(2) {
        let cells: Vec<&str> = line.split(" | ").collect();
        let name = cells[0].trim_matches(['|', ' ', '`']);
        let default = cells[1].trim_matches(['`', ' ']);
        if cells[2] != "yes" || with_others.contains(&name) {
            continue;
        }
        let is_seen = bases.iter().any(|(process, base)| {
            let (_, before) = made(process, base);
            other_values(default).iter().any(|value| {
                // Values that are refused count for nothing.
                let Some(after) = tried(process, &format!("{base}{value} = {name}\n")) else {
                    return false;
                };
                let reported = after.physics().count() != before.physics().count();
                reported || strip(&before.toml) != strip(&after.toml)
            })
        });
        if !is_seen {
            silent.push(name.to_owned());
        }
        n += 1;
    }
    assert!(silent.is_empty(), "{silent:?}");
    assert!(n > 120, "{n}");
}

#[test]
fn the_dictionary_of_the_book_is_that_of_the_program() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/user/madgraph.md");
    let text = fs::read_to_string(page).unwrap();
    assert!(
        text.contains(&run_card_dictionary()),
        "the page should hold:\n{}",
        run_card_dictionary()
    );
}

/// Cuts act before MadSpin does, whatever they are.
#[test]
fn cuts_do_not_see_what_madspin_makes() {
    let cards = |run: &str, process: &str| {
        let folder = folder(&[
            ("proc_card.dat", process),
            ("run_card.dat", &format!("{OPEN}{run}")),
            (
                "madspin_card.dat",
                "decay t > w+ b, w+ > l+ vl\ndecay t~ > w- b~, w- > j j\nlaunch\n",
            ),
        ]);
        import(folder.path())
    };
    let run = "20 = ptj\n10 = ptl\n100 = htjmin\n60 = ptj1min\nT = cut_decays\n20 = misset\n";
    let import = cards(run, "generate p p > t t~\nadd process p p > t t~ j\n");
    assert_eq!(
        import.card().unwrap().cuts.require,
        [
            "pt(core j) > 20",
            "n(core j) >= 1",
            "pt(core j[1]) > 60",
            "ht(core j) > 100"
        ],
        "{}",
        import.toml
    );
    let import = cards(run, "generate p p > t t~ j vl vl~\n");
    let require = import.card().unwrap().cuts.require;
    assert!(
        require.contains(&"pt(all core vl) > 20".to_owned())
            || require.iter().any(|c| c.starts_with("pt(all core ")),
        "{require:?}"
    );
    // What it decays is not there any more.
    let import = cards(
        "50 = ptheavy\n{6: 100} = pt_min_pdg\n",
        "generate p p > t t~\n",
    );
    let told = import.physics().filter(|n| n.what == "madspin_cuts");
    assert_eq!(told.count(), 2, "{import:?}");
}

/// A negative maximum and a minimum of zero are no cuts, in dictionaries as elsewhere.
#[test]
fn limits_that_are_none_in_dictionaries_are_no_cuts() {
    let run = format!(
        "{OPEN}{{6: -1}} = pt_max_pdg\n{{6: -1}} = eta_max_pdg\n{{6: 0}} = pt_min_pdg\n\
         {{6: 0}} = mxx_min_pdg\n"
    );
    let (card, _) = made("generate p p > t t~", &run);
    assert_eq!(card.cuts.require, Vec::<String>::new());
    let (card, _) = made(
        "generate p p > t t~",
        &format!("{OPEN}{{6: 300}} = pt_max_pdg\n"),
    );
    assert_eq!(card.cuts.require, ["pt(t) < 300", "pt(t~) < 300"]);
}

#[test]
fn widths_to_be_computed_are_auto_in_the_card() {
    let top = ("param_card.dat", "BLOCK MASS\n 6 172.0\nDECAY 6 auto\n");
    let cards = [
        ("proc_card.dat", "generate p p > t t~"),
        ("run_card.dat", OPEN),
        (
            "customizecards.dat",
            "set param_card decay 24 auto\nset WZ Auto\n",
        ),
    ];
    // The parameter card says it itself, a line of a customisation in the new card.
    let folder_1 = folder(&[&cards[..], &[top]].concat());
    let import_1 = import(folder_1.path());
    assert_eq!(kinds(&import_1), Vec::<String>::new());
    let card = import_1.card().unwrap();
    assert!(card.model.param_card.is_some());
    assert!(card.model.set.auto().eq(["WW", "WZ"]));
    // Where derived values stand in the way of the parameter card, its widths are kept.
    let odd = "BLOCK MASS\n 6 172.0\n 24 80.3\nDECAY 6 auto\nDECAY 23 2.5\n";
    let folder_2 = folder(&[&cards[..], &[("param_card.dat", odd)]].concat());
    let card = import(folder_2.path()).card().unwrap();
    assert_eq!(card.model.param_card, None);
    assert_eq!(card.model.set["MT"], 172.0);
    assert!(card.model.set.auto().eq(["WT", "WW", "WZ"]));
    // What is no width, and what is more than leading order.
    let lines =
        "compute_widths h 6 --body_decay=2\nset param_card mass 6 auto\nset decay 23 Auto@NLO\n";
    let cards = [cards[0], cards[1], ("customizecards.dat", lines)];
    let folder_3 = folder(&cards);
    let import_3 = import(folder_3.path());
    assert!(import_3.card().unwrap().model.set.auto().eq(["WH", "WT"]));
    assert_eq!(kinds(&import_3), ["parameter", "auto_widths"]);
}

#[test]
fn helicities_squared_orders_and_polarised_beams_are_taken_over() {
    let run = OPEN.to_owned() + "[3,4] = me_frame\n";
    let (card, import) = made(
        "generate p p > w+{0} w-{T} $$ h\nadd process p p > a a j j QCD^2==2",
        &run,
    );
    assert_eq!(kinds(&import), Vec::<String>::new());
    assert_eq!(card.process.generate[0], "p p > w+{0} w-{T} $$ h");
    assert_eq!(card.process.generate[1], "p p > a a j j QCD^2==2");
    assert_eq!(card.run.me_frame, [3, 4]);
    // A resonance named twice is one that has to be there, as MadGraph counts 18 diagrams.
    let process = "generate u u~ > z z > e+ e- mu+ mu-";
    let (card, import) = made(process, OPEN);
    assert_eq!(kinds(&import), Vec::<String>::new());
    assert_eq!(card.process.generate, ["u u~ > z > e+ e- mu+ mu-"]);
    let (card, import) = made(
        "generate e+ e- > mu+ mu-",
        &(OPEN.to_owned() + "0 = lpp1\n 0 = lpp2\n -80.0 = polbeam1\n 30 = polbeam2\n"),
    );
    assert_eq!(kinds(&import), Vec::<String>::new());
    assert_eq!(card.beams.polarisation, [-0.8, 0.3]);
}
