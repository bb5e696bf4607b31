//! PDFs and `alpha_s` against numbers made by other code, and what a user sees
//! when a set cannot be loaded.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use omnis::beam::{
    AlphaS, BeamParticle, DEFAULT_PDF, Luminosity, PdfMembers, PdfSet, RunningAlphaS, SearchPath,
};
use omnis::card::Card;
use omnis::run::Run;
use serde_json::Value;

#[path = "common/pdf_set.rs"]
mod pdf_set;

use pdf_set::{MadeSet, spread};

fn golden(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    let row = |r: &Value| {
        r.as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap())
            .collect()
    };
    value.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn xf_agrees_with_an_independent_log_bicubic() {
    let golden = golden("nnpdf23_lo_xf.json");
    let flavours: Vec<i32> = golden["flavours"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_i64().unwrap() as i32)
        .collect();
    let points = rows(&golden["points"]);
    let x: Vec<f64> = points.iter().map(|p| p[0]).collect();
    let q2: Vec<f64> = points.iter().map(|p| p[1] * p[1]).collect();
    let mut xf = vec![0.0; x.len() * flavours.len()];
    PdfSet::load(golden["set"].as_str().unwrap(), 0)
        .unwrap()
        .xf(&x, &q2, &flavours, &mut xf);
    let mut worst = 0.0_f64;
    for (k, point) in points.iter().enumerate() {
        for (f, flavour) in flavours.iter().enumerate() {
            let (ours, theirs) = (xf[f * x.len() + k], point[2 + f]);
            let difference = (ours - theirs).abs() / theirs.abs().max(1e-6);
            assert!(
                difference < 1e-12,
                "{flavour} at {:?}: {ours} vs {theirs}",
                &point[..2]
            );
            worst = worst.max(difference);
        }
    }
    assert_eq!(points.len(), 80);
    assert!(worst > 0.0, "nothing was compared");
}

#[test]
fn running_alpha_s_agrees_with_other_solutions() {
    let golden = golden("alpha_s_running.json");
    for (name, loops, value, at, thresholds, tolerance) in [
        ("one_loop_points", 1, 0.130, 91.188, vec![1.42, 4.7], 1e-12),
        ("two_loops_points", 2, 0.130, 91.188, vec![1.42, 4.7], 1e-7),
        (
            "three_loops_points",
            3,
            0.118,
            91.1876,
            vec![1.4, 4.75],
            1e-9,
        ),
    ] {
        let alpha_s = AlphaS::running(&RunningAlphaS {
            value,
            at,
            loops,
            thresholds,
        })
        .unwrap();
        let points = rows(&golden[name]);
        assert!(points.len() >= 8);
        for p in points {
            let rel = alpha_s.at(p[0]) / p[1] - 1.0;
            assert!(rel.abs() < tolerance, "{name}, {} GeV: {rel:e}", p[0]);
        }
    }
}

#[test]
fn the_table_of_the_embedded_set_runs_at_one_loop() {
    let set = PdfSet::embedded();
    let table = set.alpha_s().unwrap();
    let running = AlphaS::running(&RunningAlphaS {
        value: 0.13,
        at: 91.1876,
        loops: 1,
        thresholds: vec![std::f64::consts::SQRT_2, 4.75, 175.0],
    })
    .unwrap();
    for mu in [1.0, 1.3, 1.5, 4.0, 5.0, 30.0, 91.1876, 160.0, 200.0, 5000.0] {
        let rel = table.at(mu) / running.at(mu) - 1.0;
        // What a cubic between coarse knots costs next to a threshold.
        assert!(rel.abs() < 1e-3, "{mu}: {rel:e}");
    }
}

/// A directory with a set of two members, the second without a file.
fn small_set(directory: &Path, name: &str) -> PathBuf {
    let set = directory.join(name);
    fs::create_dir_all(&set).unwrap();
    fs::write(
        set.join(format!("{name}.info")),
        "Format: lhagrid1\nNumMembers: 2\nSetIndex: 900\nForcePositive: 1\n",
    )
    .unwrap();
    let mut grid = String::from("PdfType: central\nFormat: lhagrid1\n---\n");
    grid += "1e-3 1e-2 1e-1 1\n1 10 100\n-1 21\n";
    for row in 0..12 {
        grid += &format!("{} {}\n", row - 4, row);
    }
    grid += "---\n";
    fs::write(set.join(format!("{name}_0000.dat")), grid).unwrap();
    set
}

#[test]
fn a_set_is_found_by_path_and_by_search_and_respects_its_positivity() {
    let directory = tempfile::tempdir().unwrap();
    let set = small_set(directory.path(), "tiny");
    let search = SearchPath::new(vec![directory.path().to_path_buf()]);
    let by_name = PdfSet::load_from("tiny", 0, &search).unwrap();
    let by_path = PdfSet::load(set.to_str().unwrap(), 0).unwrap();
    assert_eq!((by_name.name(), by_name.lhapdf_id()), ("tiny", 900));
    assert_eq!(by_path.flavours(), [21, -1]);
    assert_eq!(by_name.xf_point(-1, 1e-3, 1.0), 0.0, "-4 on the grid");
    assert_eq!(by_name.xf_point(21, 1e-2, 100.0), 4.0);
    assert_eq!(by_path.xf_point(5, 1e-2, 100.0), 0.0, "no b on the grid");
}

#[test]
fn numbers_are_those_of_the_sets_that_are_there() {
    let directory = tempfile::tempdir().unwrap();
    small_set(directory.path(), "tiny");
    let search = SearchPath::new(vec![directory.path().to_path_buf()]);
    let load = |id: &str| PdfSet::load_from(id, 0, &search).map_err(|e| e.to_string());
    assert_eq!(load("900").unwrap().name(), "tiny");
    // Its second member, whose file is missing.
    let message = load("901").unwrap_err();
    assert!(message.contains("tiny_0001.dat"), "{message}");
    assert_eq!(load("247000").unwrap().name(), DEFAULT_PDF);
    let message = load("902").unwrap_err();
    assert!(message.contains("nearest: 900 tiny, 247000"), "{message}");
    // An index knows of sets that are elsewhere; those that are here know themselves.
    let index = "800 other 1\n899 wrong 1\n";
    fs::write(directory.path().join("pdfsets.index"), index).unwrap();
    assert_eq!(load("900").unwrap().name(), "tiny");
    assert!(load("802").unwrap_err().contains("'other' not found"));
}

#[test]
fn what_cannot_be_loaded_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    small_set(directory.path(), "tiny");
    let search = SearchPath::new(vec![directory.path().to_path_buf()]);
    let error = |name: &str, member| {
        PdfSet::load_from(name, member, &search)
            .unwrap_err()
            .to_string()
    };
    let place = directory.path().display();
    assert_eq!(
        error("NNPDF23_lo_as_0130", 0),
        format!(
            "PDF set 'NNPDF23_lo_as_0130' not found; did you mean 'NNPDF23_lo_as_0130_qed'?\n  \
             searched: '{place}', sets shipped with omnis\n  \
             available: {DEFAULT_PDF}, tiny\n  \
             (give a path, add its directory to LHAPDF_DATA_PATH, or download it: omnis pdf get NNPDF23_lo_as_0130)"
        )
    );
    assert_eq!(error("tiny", 2), "PDF set 'tiny' has members 0 to 1, not 2");
    assert_eq!(
        error("tiny", 1),
        format!("member 1 of PDF set 'tiny' has no file '{place}/tiny/tiny_0001.dat'")
    );
    assert_eq!(
        error(DEFAULT_PDF, 7),
        "PDF set 'NNPDF23_lo_as_0130_qed' has members 0 to 0, not 7"
    );
    let missing = format!("{place}/other");
    assert!(error(&missing, 0).starts_with(&format!("cannot read '{missing}/other.info'")));
    let file = directory.path().join("tiny/tiny_0000.dat");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("-4 0\n", "-4 zero\n", 1)).unwrap();
    assert_eq!(
        error("tiny", 0),
        format!("{place}/tiny/tiny_0000.dat:7: 'zero' is no finite number")
    );
}

#[test]
fn hadron_beams_take_sets_of_the_proton_alone() {
    use BeamParticle::{Antiproton, Elementary, Proton};
    let folder = tempfile::tempdir().unwrap();
    let with = |line: &str, beams: [BeamParticle; 2]| {
        let set = small_set(folder.path(), "Small");
        let info = set.join("Small.info");
        let text = fs::read_to_string(&info).unwrap() + line;
        fs::write(&info, text).unwrap();
        let set = Arc::new(PdfSet::load(set.to_str().unwrap(), 0).unwrap());
        let made = Luminosity::new(beams, Some(&set));
        made.map(|_| ()).map_err(|e| e.to_string())
    };
    // A set that does not say is one of the proton; so is that of an antiproton beam.
    for line in ["", "Particle: 2212\n"] {
        assert_eq!(with(line, [Proton, Antiproton]), Ok(()));
    }
    for (line, beams, phrases) in [
        (
            "Particle: 1000822080\n",
            [Proton, Proton],
            [
                "Small.info:5: key Particle is 1000822080, the nucleus with Z = 82, A = 208",
                "beam 1 is 'p': expected 2212",
            ],
        ),
        (
            "Particle: -2212\n",
            [Elementary(11), Proton],
            ["Particle is -2212, the antiproton", "beam 2 is 'p'"],
        ),
        (
            "Particle: -2212\n",
            [Antiproton, Proton],
            ["Particle is -2212, the antiproton", "beam 1 is 'p~'"],
        ),
        (
            "Particle: lead\n",
            [Proton, Proton],
            ["Small.info:5: 'Particle' is no valid number", "'lead'"],
        ),
    ] {
        let error = with(line, beams).unwrap_err();
        for phrase in phrases {
            assert!(error.contains(phrase), "{phrase}\n{error}");
        }
    }
    // Without a hadron nobody asks.
    assert_eq!(
        with("Particle: 211\n", [Elementary(11), Elementary(11)]),
        Ok(())
    );
}

/// A copy of the built-in set without its knots above `x_max`.
fn cut_set(directory: &Path, x_max: f64) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/pdf")
        .join(DEFAULT_PDF);
    let zipped = fs::File::open(data.join(format!("{DEFAULT_PDF}_0000.dat.gz"))).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(zipped)
        .read_to_string(&mut text)
        .unwrap();
    let mut lines = text.lines();
    let mut out = String::new();
    for line in lines.by_ref() {
        out += &format!("{line}\n");
        if line == "---" {
            break;
        }
    }
    while let Some(knots) = lines.next() {
        let knots: Vec<&str> = knots.split_whitespace().collect();
        let kept = knots.iter().filter(|x| x.parse::<f64>().unwrap() <= x_max);
        let n_kept = kept.clone().count();
        let scales = lines.next().unwrap();
        let n_scales = scales.split_whitespace().count();
        let flavours = lines.next().unwrap();
        let x: Vec<&str> = kept.copied().collect();
        out += &format!("{}\n{scales}\n{flavours}\n", x.join(" "));
        for k in 0..knots.len() * n_scales {
            let row = lines.next().unwrap();
            if k < n_kept * n_scales {
                out += &format!("{row}\n");
            }
        }
        out += &format!("{}\n", lines.next().unwrap());
    }
    let set = directory.join("Cut");
    fs::create_dir_all(&set).unwrap();
    fs::write(set.join("Cut_0000.dat"), out).unwrap();
    fs::copy(
        data.join(format!("{DEFAULT_PDF}.info")),
        set.join("Cut.info"),
    )
    .unwrap();
    set
}

/// A run of `u u~ > e+ e-` above a mass.
fn pairs_above(mass: f64, pdf: &str, mu_f: f64) -> Result<Run, String> {
    let text = format!(
        "process.generate = 'u u~ > e+ e-'\ncuts.require = 'm(e+, e-) > {mass}'\n\
         beams.pdf = '{pdf}'\nscales.mu_f = {mu_f}\namplitude.helicity = 'sum'\n"
    );
    let card = Card::from_str(&text, "card.toml").unwrap();
    Run::prepare(card).map_err(|e| e.to_string())
}

/// Integral of the luminosity of u u~ over `s_hat` above a mass squared, at a cross
/// section that falls like `1/s_hat`, with both x below `x_max`.
fn luminosity_above(mass: f64, mu_f: f64, x_max: f64) -> f64 {
    let (set, n, n_y) = (PdfSet::embedded(), 200, 200);
    let tau_min = (mass / 13_000.0).powi(2);
    let mut sum = 0.0;
    for i in 0..n {
        let log_tau = tau_min.ln() * (1.0 - (f64::from(i) + 0.5) / f64::from(n));
        for j in 0..n_y {
            let x1 = (log_tau * (f64::from(j) + 0.5) / f64::from(n_y)).exp();
            let x2 = log_tau.exp() / x1;
            if x1 <= x_max && x2 <= x_max {
                let [u, anti] = [(2, x1), (-2, x2)].map(|(f, x)| set.xf_point(f, x, mu_f * mu_f));
                sum += u * anti * -log_tau / log_tau.exp();
            }
        }
    }
    sum
}

#[test]
fn the_share_outside_the_grid_is_that_of_the_luminosity_there() {
    let folder = tempfile::tempdir().unwrap();
    let set = cut_set(folder.path(), 0.8);
    let set = set.to_str().unwrap();
    let (mass, mu_f) = (3000.0, 1000.0);
    let knot = PdfSet::load(set, 0).unwrap().x_range().1;
    let outside = |run: Run| run.cross_section.outside_grid().unwrap();
    let found = outside(pairs_above(mass, set, mu_f).unwrap());
    let expected = 1.0 - luminosity_above(mass, mu_f, knot) / luminosity_above(mass, mu_f, 1.0);
    assert!(expected > 1e-3 && expected < 0.01, "{expected}");
    assert!(
        (found.share - expected).abs() < 0.3 * expected + 3.0 * found.share_err,
        "{found:?}, expected {expected}"
    );
    assert!(found.share_err < 0.2 * found.share, "{found:?}");
    assert_eq!(found.share, found.x_above);
    // The whole set, and masses that do not get there.
    let whole = outside(pairs_above(mass, DEFAULT_PDF, mu_f).unwrap());
    assert_eq!(whole.share, 0.0);
}

#[test]
fn a_run_outside_the_grid_is_refused_with_what_would_help() {
    let folder = tempfile::tempdir().unwrap();
    let set = cut_set(folder.path(), 0.8);
    let set = set.to_str().unwrap();
    let refused = |mass: f64, pdf: &str, mu_f: f64, phrases: &[&str]| {
        let error = pairs_above(mass, pdf, mu_f).err().expect("a refusal");
        for phrase in phrases {
            assert!(error.contains(phrase), "{phrase}\n{error}");
        }
    };
    let phrases = [
        "of the cross section is outside the grid of PDF set 'Cut' (x above: ",
        "from 1e-9 to 0.7979592",
        "expected at most 1 %: take another set (beams.pdf), or cut that region away \
         (cuts.require)",
    ];
    refused(10_000.0, set, 91.188, &phrases);
    let phrases = [
        "100.00 ± 0.00 %",
        "(mu_f below: 100.00 %)",
        "mu_f from 1 to 10000 GeV",
        "(scales.mu_f)",
    ];
    refused(1000.0, DEFAULT_PDF, 0.9, &phrases);
    refused(1000.0, DEFAULT_PDF, 20_000.0, &["(mu_f above: 100.00 %)"]);
    assert!(pairs_above(1000.0, DEFAULT_PDF, 1.0).is_ok());
    assert!(pairs_above(1000.0, DEFAULT_PDF, 10_000.0).is_ok());
}

#[test]
fn members_together_are_the_members_alone() {
    let folder = tempfile::tempdir().unwrap();
    let n_members = 19;
    let made = MadeSet {
        name: "Made",
        index: 990_000,
        error_type: "hessian",
        n_members,
        info: "",
        factor: &spread,
        alpha_s: &|member| 0.118 + 0.001 * f64::from(member == 7),
    };
    let set = made.write(folder.path()).display().to_string();
    let members = PdfMembers::load(&set, 0..n_members).unwrap();
    assert_eq!(members.n_members(), n_members);
    let alone: Vec<PdfSet> = (0..n_members)
        .map(|k| PdfSet::load(&set, k).unwrap())
        .collect();
    let mut out = vec![0.0; n_members];
    let mut n_different = 0;
    // Inside, on knots, at the threshold, and outside on all sides.
    for x in [1e-9, 1e-7, 3e-4, 0.3, 0.77, 1.0, 1.5, f64::NAN] {
        for q2 in [0.1, 1.65 * 1.65, 4.75 * 4.75, 5.0, 1e4, 1e9, -1.0] {
            for flavour in [21, 0, 2, -3, 5, 6, 22] {
                members.xf(x, q2, flavour, &mut out);
                for (k, set) in alone.iter().enumerate() {
                    let expected = set.xf_point(flavour, x, q2);
                    assert_eq!(
                        out[k].to_bits(),
                        expected.to_bits(),
                        "{x} {q2} {flavour} {k}"
                    );
                    n_different += usize::from(expected != alone[0].xf_point(flavour, x, q2));
                }
            }
        }
    }
    assert!(n_different > 1000, "members differ: {n_different}");
    for (k, facts) in members.facts().iter().enumerate() {
        let expected = alone[k].alpha_s().unwrap();
        assert_eq!((facts.number, facts.lhapdf_id), (k, 990_000 + k as i32));
        assert_eq!(facts.alpha_s.at(100.0), expected.at(100.0));
    }
    // A part of them, and one with knots of its own.
    let part = PdfMembers::load(&set, 4..6).unwrap();
    let mut two = [0.0; 2];
    part.xf(0.1, 100.0, 1, &mut two);
    assert_eq!(two, [4, 5].map(|k| alone[k].xf_point(1, 0.1, 100.0)));
    let path = Path::new(&set).join("Made_0011.dat");
    let text = fs::read_to_string(&path).unwrap();
    let other = text.replacen("1e-7", "1.1e-7", 1);
    assert_ne!(text, other);
    fs::write(&path, other).unwrap();
    let before = PdfMembers::load(&set, 0..n_members).unwrap();
    assert_eq!(before.n_members(), 11);
    let mut eleven = [0.0; 11];
    before.xf(0.1, 100.0, 1, &mut eleven);
    for (k, value) in eleven.iter().enumerate() {
        assert_eq!(*value, alone[k].xf_point(1, 0.1, 100.0));
    }
    assert_eq!(PdfMembers::load(&set, 11..19).unwrap().n_members(), 1);
}
