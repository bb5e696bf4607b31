//! The clustering of events: against MadGraph, against scales by hand, and its symmetries.

#[path = "common/points.rs"]
mod points;

use std::collections::BTreeMap;

use omnis::beam::{AlphaS, PdfSet, RunningAlphaS};
use omnis::clustering::{
    Clustered, Clustering, LineFlavour, Measure, OnShell, VertexKind, Workspace,
};
use omnis::diagram::{Diagrams, Subprocess};
use omnis::kinematics::{FourVector, dot};
use omnis::model::{Model, ModelSpec, ParticleId};
use omnis::process::ProcessSet;
use points::{Random, rambo};
use serde::Deserialize;

/// A leg that is no radiated parton, in files of MadGraph at 13 TeV.
const NO_JET: f64 = 13000.0;

fn model() -> Model {
    Model::load(&ModelSpec::default()).unwrap()
}

/// A line with definite particles.
fn subprocess(model: &Model, line: &str) -> Subprocess {
    let set = ProcessSet::new(model, &[line.to_owned()], &BTreeMap::new()).unwrap();
    set.elements[0].subprocess.clone()
}

fn compiled(model: &Model, sub: &Subprocess) -> Clustering {
    let diagrams = Diagrams::new(model).unwrap();
    let (window, quarks) = Default::default();
    Clustering::new(&diagrams, sub, Measure::Hadron, window, quarks).unwrap()
}

/// Momenta in the rest frame of both incoming legs.
fn partonic(legs: &[FourVector]) -> Vec<FourVector> {
    let [e, z] = [0, 3].map(|mu| legs[0][mu] + legs[1][mu]);
    boosted(legs, 0.5 * ((e - z) / (e + z)).ln())
}

/// Momenta with another rapidity.
fn boosted(legs: &[FourVector], y: f64) -> Vec<FourVector> {
    let boost = |p: &FourVector| {
        let (plus, minus) = ((p[0] + p[3]) * y.exp(), (p[0] - p[3]) / y.exp());
        [0.5 * (plus + minus), p[1], p[2], 0.5 * (plus - minus)]
    };
    legs.iter().map(boost).collect()
}

/// Both beams of an energy, and outgoing momenta in their rest frame.
fn event(energy: f64, outgoing: &[FourVector]) -> Vec<FourVector> {
    let e = 0.5 * energy;
    let beams = [[e, 0.0, 0.0, e], [e, 0.0, 0.0, -e]];
    beams.iter().chain(outgoing).copied().collect()
}

fn cluster(line: &str, legs: &[FourVector]) -> Clustered {
    let model = model();
    let clustering = compiled(&model, &subprocess(&model, line));
    clustering.cluster(legs, OnShell::Window, &mut Workspace::default())
}

fn pt(p: FourVector) -> f64 {
    p[1].hypot(p[2])
}

#[derive(Deserialize)]
struct Reference {
    sample: String,
    index: usize,
    pdg: Vec<i32>,
    momenta: Vec<FourVector>,
    resonances: Vec<(i32, Vec<usize>)>,
    mu_r: f64,
    mu_f: [f64; 2],
    scalup: f64,
    pt_clust: Vec<f64>,
    alpha_s_scales: Vec<f64>,
    jets: Vec<u32>,
    /// Lines along beam 1 and beam 2 with `pdfwgt`.
    densities: Option<[Densities; 2]>,
    /// With `pdfwgt`: the power of `alpha_s` at `mu_r`, `<totfact>`, and the scales in it at
    /// which the densities of both beams begin.
    weight: Option<(f64, f64, [f64; 2])>,
}

/// `<pdfrwt>`: from the incoming parton inwards.
#[derive(Deserialize)]
struct Densities {
    id: Vec<i32>,
    x: Vec<f64>,
    q: Vec<f64>,
}

/// An event of the reference, clustered.
fn clustered(model: &Model, event: &Reference) -> Clustered {
    let name = |p: &i32| model.particle(model.by_pdg(*p).unwrap()).name.clone();
    let names: Vec<String> = event.pdg.iter().map(name).collect();
    let line = format!("{} > {}", names[..2].join(" "), names[2..].join(" "));
    let clustering = compiled(model, &subprocess(model, &line));
    let set = |legs: &[usize]| legs.iter().map(|leg| 1 << leg).sum::<u32>();
    let given: Vec<(u32, ParticleId)> = (event.resonances.iter())
        .map(|(pdg, legs)| (set(legs), model.by_pdg(*pdg).unwrap()))
        .collect();
    assert!(given.iter().all(|g| clustering.has_resonance(g.0, g.1)));
    let legs = partonic(&event.momenta);
    clustering.cluster(&legs, OnShell::Given(&given), &mut Workspace::default())
}

/// Numbers of an event that are not those of the file, to its digits.
fn differences(event: &Reference, found: &Clustered) -> Vec<String> {
    let mut wrong = vec![];
    let mut check = |what: &str, found: f64, expected: f64, digits: f64| {
        if (found - expected).abs() > digits || found.is_nan() {
            wrong.push(format!("{what} {found}, expected {expected}"));
        }
    };
    check("mu_r", found.mu_r, event.mu_r, 6e-8 * event.mu_r);
    let scalup = found.mu_f[0].max(found.mu_f[1]);
    check("scalup", scalup, event.scalup, 6e-7 * event.scalup);
    for (a, b) in found.mu_f.iter().zip(&event.mu_f) {
        check("mu_f", *a, *b, 6e-8 * b);
    }
    assert_eq!(found.pt_clust.len(), event.pt_clust.len());
    for (leg, expected) in event.pt_clust.iter().enumerate() {
        let own = found.pt_clust[leg].unwrap_or(NO_JET);
        check("pt_clust", own, *expected, 6e-6);
        let is_jet = f64::from(found.jets >> (leg + 2) & 1);
        check("jet", is_jet, f64::from(event.jets[leg]), 0.0);
    }
    let strong = found.vertices.iter().filter(|v| v.has_alpha_s);
    let strong: Vec<f64> = strong.map(|v| v.scale).collect();
    let n = event.alpha_s_scales.len();
    check("vertices with alpha_s", strong.len() as f64, n as f64, 0.0);
    for (a, b) in strong.iter().zip(&event.alpha_s_scales) {
        // Momenta of the file have eleven digits, of which some cancel.
        check("alpha_s", *a, *b, 2e-7 * b);
    }
    let beams = event.densities.iter().flatten().enumerate();
    for (side, densities) in beams {
        let links = found.emissions.links(side);
        let n = densities.id.len();
        check("lines of a beam", links.len() as f64, n as f64, 0.0);
        for (k, link) in links.iter().enumerate().take(n) {
            let id = link.pdg(side, &event.pdg);
            check("parton of a line", id.into(), densities.id[k].into(), 0.0);
            let x = densities.x[0] * link.kept;
            check("momentum fraction", x, densities.x[k], 2e-7 * x);
            check(
                "scale of a density",
                link.scale,
                densities.q[k],
                2e-7 * link.scale,
            );
        }
    }
    wrong
}

/// Every event whose scales are a function of the event alone.
#[test]
fn scales_are_those_of_events_of_madgraph() {
    let text = include_str!("golden/clustering_madgraph.json");
    let events: Vec<Reference> = serde_json::from_str(text).unwrap();
    assert!(events.len() > 20);
    let model = model();
    let mut wrong = vec![];
    for event in &events {
        let found = clustered(&model, event);
        for difference in differences(event, &found) {
            let class = found.class(|leg| leg + 1);
            wrong.push(format!(
                "{} {} {:?}: {difference}; {class}",
                event.sample, event.index, event.pdg
            ));
        }
    }
    let n = events.len();
    assert!(wrong.is_empty(), "{n} events\n{}", wrong.join("\n"));
}

/// `<totfact>`: couplings and densities of an event, up to a constant factor. MadGraph takes
/// the density of a line at the momentum fraction behind the next vertex, which is that of the
/// line itself where nothing leaves it. Which top quark is joined to which beam is a tie, which
/// rounding decides there: in events with top quarks it may be the beam that has none here. Its
/// interpolation of the densities is another one as well.
#[test]
fn weights_of_merging_are_those_of_events_of_madgraph() {
    let text = include_str!("golden/clustering_madgraph.json");
    let events: Vec<Reference> = serde_json::from_str(text).unwrap();
    let model = model();
    let pdf = PdfSet::embedded();
    let running = RunningAlphaS {
        value: 0.13,
        at: 91.188,
        loops: 2,
        thresholds: vec![1.42, 4.7],
    };
    let alpha_s = AlphaS::running(&running).unwrap();
    let f = |id: i32, x: f64, mu: f64| {
        let mut out = [0.0];
        pdf.xf(&[x], &[mu * mu], &[id], &mut out);
        out[0] / x
    };
    let (mut n, mut n_told, mut n_tied) = (0, 0, 0);
    for event in &events {
        let Some((power, expected, starts)) = event.weight else {
            continue;
        };
        let found = clustered(&model, event);
        let mut coupling = alpha_s.at(found.mu_r).powf(power);
        for scale in found.emissions.strong() {
            coupling *= alpha_s.at(*scale);
        }
        // As here; with all lines at their own fractions; with a top quark that leaves each last one.
        let mut weights = [coupling; 3];
        let is_top = event.pdg.contains(&6);
        for side in [0, 1] {
            let links = found.emissions.links(side);
            let beam = event.momenta[side][0] / 6500.0;
            for (k, link) in links.iter().enumerate() {
                let id = link.pdg(side, &event.pdg);
                let share = if is_top && k > 0 && k + 1 == links.len() {
                    top_share(event)
                } else {
                    1.0
                };
                let fractions = [link.behind, link.kept, link.kept * share];
                for (weight, fraction) in weights.iter_mut().zip(fractions) {
                    let x = beam * fraction;
                    *weight *= match k {
                        0 => f(id, x, starts[side]),
                        _ => f(id, x, link.scale) / f(id, x, links[k - 1].scale),
                    };
                }
            }
        }
        let apart = weights.map(|weight| (weight / expected - 1.0).abs());
        let (sample, index) = (&event.sample, event.index);
        let is_as_here = apart[0] < 4e-3;
        let is_tied = is_top && apart.iter().any(|a| *a < 4e-3);
        assert!(is_as_here || is_tied, "{sample} {index}: {apart:?}");
        n_tied += usize::from(!is_as_here);
        n_told += usize::from(is_as_here && apart[1] >= 4e-3);
        n += 1;
    }
    assert!(
        n > 12 && n_told > 3 && n_tied < n / 3,
        "{n} {n_told} {n_tied}"
    );
}

/// Squared mass of a top quark over that of the pair.
fn top_share(event: &Reference) -> f64 {
    let both = event.momenta.iter().zip(&event.pdg);
    let mut sum = [0.0; 4];
    for (p, _) in both.filter(|(_, pdg)| pdg.abs() == 6) {
        sum.iter_mut().zip(p).for_each(|(s, x)| *s += x);
    }
    173.0 * 173.0 / dot(sum, sum)
}

#[test]
fn lines_along_beams_lose_momentum_and_gain_scale() {
    let model = model();
    let mut random = Random(21);
    let mut work = Workspace::default();
    let mut longest = 0;
    for (line, n) in [
        ("g g > g g", 2),
        ("u d > u d QED=0", 2),
        ("g g > g g g", 3),
        ("u d~ > e+ ve g g", 4),
        ("g u > e+ ve d g", 4),
    ] {
        let clustering = compiled(&model, &subprocess(&model, line));
        for _ in 0..200 {
            let legs = event(500.0, &rambo(&mut random, 500.0, &vec![0.0; n]));
            let found = clustering.cluster(&legs, OnShell::Window, &mut work);
            for side in [0, 1] {
                let links = found.emissions.links(side);
                assert!(n > 2 || links.len() == 1, "{line}: {links:?}");
                longest = links.len().max(longest);
                let (first, last) = (links[0], links[links.len() - 1]);
                assert_eq!(
                    (first.kept, first.flavour),
                    (1.0, LineFlavour::Own),
                    "{line}"
                );
                assert!((last.scale / found.mu_f[side] - 1.0).abs() < 1e-6, "{line}");
                for pair in links.windows(2) {
                    let [a, b] = [pair[0], pair[1]];
                    assert!(
                        b.kept > 1e-9 && b.kept <= a.kept && b.scale > a.scale,
                        "{line}"
                    );
                }
            }
        }
    }
    assert!(longest > 2);
}

#[test]
fn what_a_single_particle_is_made_at_is_its_mass() {
    let model = model();
    let m = model.particle(model.by_name("w+").unwrap()).mass;
    let found = cluster("u d~ > w+", &event(m, &[[m, 0.0, 0.0, 0.0]]));
    for mu in [found.mu_r, found.mu_f[0], found.mu_f[1]] {
        assert!((mu - m).abs() < 1e-10);
    }
    assert_eq!(found.vertices.len(), 1);
    assert_eq!(found.vertices[0].kind, VertexKind::Core);
}

#[test]
fn lepton_pairs_have_their_invariant_mass() {
    // On the mass shell of the Z and far from it.
    for m in [91.0, 400.0] {
        let e = 0.5 * m;
        let out = [[e, 0.6 * e, 0.0, 0.8 * e], [e, -0.6 * e, 0.0, -0.8 * e]];
        let found = cluster("u u~ > e+ e-", &event(m, &out));
        for mu in [found.mu_r, found.mu_f[0], found.mu_f[1]] {
            assert!((mu - m).abs() < 1e-9, "{mu} {m}");
        }
        assert_eq!(found.class(|leg| leg + 1), "3+4");
        assert_eq!(found.pt_clust, [None, None]);
    }
}

#[test]
fn collisions_of_leptons_have_their_energy() {
    let model = model();
    let diagrams = Diagrams::new(&model).unwrap();
    let sub = subprocess(&model, "e+ e- > u u~ g");
    let clustering = {
        let (window, quarks) = Default::default();
        Clustering::new(&diagrams, &sub, Measure::Lepton, window, quarks)
    };
    let legs = event(200.0, &rambo(&mut Random(5), 200.0, &[0.0; 3]));
    let found = clustering
        .unwrap()
        .cluster(&legs, OnShell::Window, &mut Workspace::default());
    for mu in [found.mu_r, found.mu_f[0], found.mu_f[1]] {
        assert!((mu - 200.0).abs() < 1e-9, "{mu}");
    }
    // y = 2 min(E^2) (1 - cos): the gluon and the nearer quark.
    let y = |a: FourVector, b: FourVector| {
        let angle = (a[1] * b[1] + a[2] * b[2] + a[3] * b[3]) / (a[0] * b[0]);
        (2.0 * a[0].min(b[0]).powi(2) * (1.0 - angle)).sqrt()
    };
    let nearer = y(legs[2], legs[4]).min(y(legs[3], legs[4]));
    assert!((found.vertices[0].distance / nearer - 1.0).abs() < 1e-9);
    assert_eq!(found.jets >> 4 & 1, 1);
}

#[test]
fn pairs_of_tops_have_the_mean_of_their_transverse_masses() {
    let m: f64 = 173.0;
    let e = 300.0;
    let (x, z) = (150.0, (e * e - m * m - 150.0_f64.powi(2)).sqrt());
    let out = [[e, x, 0.0, z], [e, -x, 0.0, -z]];
    let m_t = m.hypot(x);
    for line in ["u u~ > t t~", "g g > t t~"] {
        let found = cluster(line, &event(2.0 * e, &out));
        for mu in [found.mu_r, found.mu_f[0], found.mu_f[1]] {
            assert!((mu / m_t - 1.0).abs() < 1e-12, "{line}: {mu} {m_t}");
        }
        assert_eq!(found.jets, 0);
    }
}

#[test]
fn two_jets_have_their_transverse_momentum() {
    let out = [[500.0, 300.0, 0.0, 400.0], [500.0, -300.0, 0.0, -400.0]];
    for line in ["g g > g g", "u d > u d", "u g > u g", "u u~ > d d~"] {
        let found = cluster(line, &event(1000.0, &out));
        for mu in [found.mu_r, found.mu_f[0], found.mu_f[1]] {
            assert!((mu - 300.0).abs() < 1e-9, "{line}: {mu}");
        }
    }
}

/// A W of a given mass with a jet of transverse momentum x and longitudinal z, and the
/// leptons of the W back to back in its rest frame.
fn w_and_jet(m: f64, x: f64, z: f64) -> (Vec<FourVector>, f64) {
    let jet = [x.hypot(z), x, 0.0, z];
    let w = [(m * m + x * x + z * z).sqrt(), -x, 0.0, -z];
    let half = 0.5 * m;
    let lepton = |sign: f64| points::boost(w, [half, 0.0, sign * half, 0.0]);
    (
        event(jet[0] + w[0], &[lepton(1.0), lepton(-1.0), jet]),
        m.hypot(x),
    )
}

#[test]
fn a_w_with_a_jet_has_its_transverse_mass() {
    for (line, z) in [
        ("u d~ > e+ ve g", 40.0),
        ("u d~ > e+ ve g", -40.0),
        ("g d~ > e+ ve u~", 30.0),
        ("u g > e+ ve d", -30.0),
    ] {
        let (legs, m_t) = w_and_jet(81.0, 35.0, z);
        let found = cluster(line, &legs);
        for mu in [found.mu_r, found.mu_f[0], found.mu_f[1]] {
            assert!((mu / m_t - 1.0).abs() < 1e-9, "{line}: {mu} {m_t}");
        }
        assert_eq!(found.jets, 1 << 4, "{line}");
        assert!((found.pt_clust[2].unwrap() - 35.0).abs() < 1e-9);
        assert_eq!(found.pt_clust[..2], [None, None]);
        let strong: Vec<bool> = found.vertices.iter().map(|v| v.has_alpha_s).collect();
        assert_eq!(strong, [true, false, false], "{line}");
        assert_eq!(found.vertices[1].kind, VertexKind::Outgoing);
    }
}

/// The transverse momentum of `out` across `beam` and `other` in the frame where these are
/// along one line: from invariants alone.
fn pt_across(out: FourVector, beam: FourVector, other: FourVector) -> f64 {
    let q2 = dot(other, other);
    let light: FourVector =
        std::array::from_fn(|mu| other[mu] - q2 / (2.0 * dot(other, beam)) * beam[mu]);
    let product = dot(light, beam);
    (2.0 * dot(out, light) * dot(out, beam) / product).sqrt()
}

#[test]
fn each_side_of_vector_boson_fusion_has_the_scale_of_its_quark() {
    let mut random = Random(11);
    let clustering = {
        let model = model();
        compiled(&model, &subprocess(&model, "u d > h u d QCD=0"))
    };
    let mut work = Workspace::default();
    let mut n = 0;
    for _ in 0..200 {
        let energy = 600.0;
        let legs = event(energy, &rambo(&mut random, energy, &[125.0, 0.0, 0.0]));
        let found = clustering.cluster(&legs, OnShell::Window, &mut work);
        if found.class(|leg| leg).split(' ').next() != Some("0+3") {
            continue;
        }
        // The quark of lower transverse momentum leaves first, the other one in the
        // frame of its beam and the boson.
        n += 1;
        assert!(pt(legs[3]) < 1.000_001 * pt(legs[4]));
        let boson = std::array::from_fn(|mu| legs[0][mu] - legs[3][mu]);
        let expected = [pt(legs[3]), pt_across(legs[4], legs[1], boson)];
        for (a, b) in found.mu_f.iter().zip(expected) {
            assert!((a / b - 1.0).abs() < 1e-9, "{found:?} {expected:?}");
        }
        let mean = (expected[0] * expected[1]).sqrt();
        assert!((found.mu_r / mean - 1.0).abs() < 1e-9);
        assert_eq!((found.jets, found.pt_clust), (0, vec![None; 3]));
    }
    assert!(n > 20, "{n}");
}

/// Processes with all kinds of vertices, and the legs of each that may be exchanged.
const LINES: [(&str, &str, &[usize]); 9] = [
    ("u u~ > e+ e- g", "u~ u > e+ e- g", &[]),
    ("g u > e+ e- g u", "u g > e+ e- g u", &[]),
    ("u u~ > e+ e- g g", "u~ u > e+ e- g g", &[4, 5]),
    ("g g > t t~ g", "g g > t t~ g", &[]),
    ("u d > t t~ u d QCD=4", "d u > t t~ u d QCD=4", &[]),
    ("g g > g g g", "g g > g g g", &[3, 4]),
    ("u d > h u d QCD=0", "d u > h u d QCD=0", &[]),
    ("u d~ > e+ ve b b~", "d~ u > e+ ve b b~", &[]),
    ("u u > e+ ve u d QCD=2", "u u > e+ ve u d QCD=2", &[]),
];

fn same(a: &Clustered, b: &Clustered, what: &str) {
    let close = |a: f64, b: f64| (a / b - 1.0).abs() < 3e-6;
    assert!(close(a.mu_r, b.mu_r), "{what}: {a:?}\n{b:?}");
    for side in [0, 1] {
        assert!(close(a.mu_f[side], b.mu_f[side]), "{what}: {a:?}\n{b:?}");
    }
    assert_eq!(a.jets, b.jets, "{what}");
    for (x, y) in a.pt_clust.iter().zip(&b.pt_clust) {
        let is_same = match (x, y) {
            (Some(x), Some(y)) => close(*x, *y),
            (x, y) => x == y,
        };
        assert!(is_same, "{what}: {a:?}\n{b:?}");
    }
}

#[test]
fn scales_do_not_depend_on_frame_axes_or_the_order_of_legs() {
    let model = model();
    let mut work = Workspace::default();
    let mut random = Random(3);
    for (line, mirrored, equal) in LINES {
        let sub = subprocess(&model, line);
        let here = compiled(&model, &sub);
        let there = compiled(&model, &subprocess(&model, mirrored));
        let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
        for _ in 0..100 {
            let energy = 300.0 + 1000.0 * random.uniform();
            if masses[2..].iter().sum::<f64>() > 0.9 * energy {
                continue;
            }
            let legs = event(energy, &rambo(&mut random, energy, &masses[2..]));
            let mut cluster = |clustering: &Clustering, legs: &[FourVector]| {
                clustering.cluster(&partonic(legs), OnShell::Window, &mut work)
            };
            let found = cluster(&here, &legs);
            let y = 6.0 * random.uniform() - 3.0;
            same(&found, &cluster(&here, &boosted(&legs, y)), "boost");
            let (sin, cos) = (7.0 * random.uniform()).sin_cos();
            let turn =
                |p: &FourVector| [p[0], cos * p[1] - sin * p[2], sin * p[1] + cos * p[2], p[3]];
            let turned: Vec<FourVector> = legs.iter().map(turn).collect();
            same(&found, &cluster(&here, &turned), "turn");
            let flip = |p: &FourVector| [p[0], p[1], -p[2], -p[3]];
            let mut flipped: Vec<FourVector> = legs.iter().map(flip).collect();
            flipped.swap(0, 1);
            let mut other = cluster(&there, &flipped);
            other.mu_f.swap(0, 1);
            same(&found, &other, line);
            if let &[a, b] = equal {
                let mut exchanged = legs.clone();
                exchanged.swap(a, b);
                let mut other = cluster(&here, &exchanged);
                other.pt_clust.swap(a - 2, b - 2);
                let [x, y] = [a, b].map(|leg| other.jets >> leg & 1);
                other.jets = other.jets & !(1 << a | 1 << b) | x << b | y << a;
                same(&found, &other, "exchange");
            }
        }
    }
}

#[test]
fn what_cannot_be_clustered_is_refused_with_a_reason() {
    let model = model();
    let refused = |line: &str| {
        let diagrams = Diagrams::new(&model).unwrap();
        let sub = subprocess(&model, line);
        let found = Clustering::new(
            &diagrams,
            &sub,
            Measure::Hadron,
            Default::default(),
            Default::default(),
        );
        found.unwrap_err().to_string()
    };
    let decay = refused("t > b w+");
    assert!(
        decay.contains("'t > b w+' has one incoming particle"),
        "{decay}"
    );
    let contact = refused("h h > h h QED==2 / h w+ z t b ta-");
    assert!(contact.contains("no diagram of 'h h > h h'"), "{contact}");
}
