//! Weights that cards of MadGraph ask for.

use omnis::weights::WeightRequest;

use super::*;

#[test]
fn systematics_of_the_run_card_are_weights() {
    let process = "generate p p > t t~\n";
    let weights = |run: &str| {
        let (card, import) = made(process, run);
        (card.weights, import)
    };
    // A card that says nothing, or no.
    for run in ["", "F = use_syst\n"] {
        assert!(weights(run).0.is_empty(), "{run}");
    }
    let usual = "T = use_syst\n";
    let (found, _) = weights(usual);
    let expected = "--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4 --pdf=NNPDF23_lo_as_0130_qed";
    assert_eq!(found, WeightRequest::parse(expected).unwrap());
    let arguments = "['--mur=0.5,1,2', '--muf=1', '--dyn=-1', '--alps=0.5,1,2', \
                     '--together=mur,muf', '--pdf=errorset,325300@1,central']";
    let run = format!(
        "T = use_syst\n systematics = systematics_program\n {arguments} = systematics_arguments\n\
         lhapdf = pdlabel\n 303600 = lhaid\n"
    );
    let (found, import) = weights(&run);
    let expected = "--mur=0.5,1,2 --alps=0.5,1,2 --pdf=303600,325300@1";
    assert_eq!(
        found,
        WeightRequest::parse(expected).unwrap(),
        "{}",
        import.toml
    );
    assert!(import.toml.contains("[weights]"), "{}", import.toml);
    let run = "T = use_syst\n syscalc = systematics_program\n 0.5 1 2 = sys_scalefact\n\
               CT14lo.LHgrid 1 && MSTW2008lo68cl = sys_pdf\n";
    let expected = "--mur=0.5,1,2 --muf=0.5,1,2 --pdf=CT14lo@0,MSTW2008lo68cl";
    assert_eq!(weights(run).0, WeightRequest::parse(expected).unwrap());
    let (found, import) = weights("T = use_syst\n none = systematics_program\n");
    assert!(found.is_empty());
    let note = import
        .not_taken
        .iter()
        .find(|n| n.what == "systematics")
        .unwrap();
    assert!(note.reason.contains("omnis reweight") && !note.changes_physics);
    let odd = "T = use_syst\n ['--mur=0', '--what=3'] = systematics_arguments\n";
    let (found, import) = weights(odd);
    assert!(found.is_empty());
    let reasons = import.not_taken.iter().filter(|n| n.what == "systematics");
    let reasons: Vec<&str> = reasons.map(|n| n.reason.as_str()).collect();
    assert!(
        reasons
            .iter()
            .any(|r| r.contains("'--what=3' has no meaning")),
        "{reasons:?}"
    );
    assert!(
        reasons.iter().any(|r| r.contains("--mur: found '0'")),
        "{reasons:?}"
    );
    // Lepton beams have no parton densities.
    let (card, _) = made(
        "generate e+ e- > mu+ mu-\n",
        "T = use_syst\n 0 = lpp1\n 0 = lpp2\n",
    );
    assert!(card.weights.pdf.is_empty() && !card.weights.mu_r.is_empty());
}

#[test]
fn launches_of_a_reweighting_card_are_points() {
    let import = |card: &str| {
        let process = "generate p p > t t~, t > w+ b, t~ > w- b~\n";
        let folder = folder(&[
            ("proc_card.dat", process),
            ("run_card.dat", ""),
            ("reweight_card.dat", card),
        ]);
        import(folder.path())
    };
    let found = import(
        "change rwgt_dir rwgt\nlaunch\n set MT 171.5\nlaunch --rwgt_name=mt up # x\n\
         set param_card mass 6 174.0\n set decay 6 1.5d0\nlaunch --rwgt_name=17\n set WZ 2.5\n",
    );
    let card = found
        .card()
        .unwrap_or_else(|e| panic!("{e}\n{}", found.toml));
    let points: Vec<(String, String)> = (card.weights.reweight.iter())
        .map(|p| (p.name.clone().unwrap(), p.to_string()))
        .collect();
    let expected = [
        ("rwgt_1", "MT=171.5"),
        ("mt", "MT=174_WT=1.5"),
        ("rwgt_17", "WZ=2.5"),
    ];
    assert_eq!(points, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(kinds(&found).is_empty(), "{:?}", kinds(&found));
    // Events keep their strong coupling.
    let found = import("launch\n set MT 171.5\n set aS 0.12\nlaunch\n set aS 0.13\n");
    let card = found.card().unwrap();
    let points: Vec<String> = (card.weights.reweight.iter().map(ToString::to_string)).collect();
    assert_eq!(points, ["MT=171.5"]);
    assert!(
        found.toml.contains("MT") && !found.toml.contains("aS ="),
        "{}",
        found.toml
    );
    // What is not a point of the model.
    let found = import(
        "launch\n set MT 171.5\nlaunch\n set decay 6 auto\nlaunch\n set MTT 3\nfoo\n\
         change model heft\nlaunch\n set MT 170\n",
    );
    let card = found.card().unwrap();
    assert_eq!(card.weights.reweight.len(), 1);
    let reasons: Vec<&str> = found.physics().map(|n| n.reason.as_str()).collect();
    for part in [
        "other models and processes",
        "without values of inputs",
        "'MTT' is no input of the model",
        "not supported",
    ] {
        assert!(
            reasons.iter().any(|r| r.contains(part)),
            "{part}: {reasons:?}"
        );
    }
}
