//! Drawn helicities in the whole chain: same cross sections, same events in
//! distribution, same bytes on any number of threads.

use std::collections::BTreeMap;
use std::path::Path;

use omnis::amplitude::HelicityMode;
use omnis::card::Card;
use omnis::cross_section::{CrossSection, Draw, EventBuilder};
use omnis::event::Event;
use omnis::gridpack::Gridpack;
use omnis::integrand::Integrand;
use omnis::integrate::Control;
use omnis::integrate::{Adapted, GenerateSettings, generate};
use omnis::run::Run;
use omnis::sampler::SamplerKind;

/// Relative precision asked for, and the bound on what is reached.
const PRECISION: f64 = 0.01;

fn run(process: &str, cuts: &str, helicity: HelicityMode) -> Run {
    let text = format!(
        "[process]\ngenerate = ['{process}']\n[scales]\nmu_r = 91.188\nmu_f = 91.188\n\
         [cuts]\nrequire = [{cuts}]\n"
    );
    let mut card = Card::from_str(&text, "card").unwrap();
    card.amplitude.helicity = helicity;
    card.run.accuracy = PRECISION;
    card.run.sampler = SamplerKind::Vegas;
    Run::prepare(card).unwrap()
}

fn events(run: &Run, adapted: &Adapted, n_events: u64) -> Vec<Event> {
    let settings = GenerateSettings {
        n_events,
        seed: 5,
        ..GenerateSettings::default()
    };
    let builder = EventBuilder::new(&run.cross_section, settings.seed);
    let mut all = vec![];
    let mut sink = |points: &[omnis::integrate::AcceptedPoint]| {
        let draws: Vec<Draw> = points
            .iter()
            .map(|p| Draw {
                index: p.index,
                channel: p.channel,
                u: &p.u,
                weight: p.weight_pb,
            })
            .collect();
        all.extend(builder.build(&draws));
        Ok(())
    };
    let control = Control::silent();
    generate(&run.cross_section, adapted, &settings, &control, &mut sink).unwrap();
    all
}

#[test]
fn drawn_and_summed_helicities_give_the_same_cross_section() {
    let jets = "'pt(j) > 20', '|y(j)| < 5', 'dR(j, j) > 0.4', 'm(l+, l-) > 50', 'pt(l) > 10'";
    for (process, cuts) in [
        ("p p > t t~", ""),
        ("u u~ > e+ e- g g", jets),
        ("p p > w+ w-", ""),
    ] {
        let found = [HelicityMode::Sum, HelicityMode::Sample].map(|mode| {
            let run = run(process, cuts, mode);
            let drawn = run.cross_section.drawn_helicities();
            let wanted = mode == HelicityMode::Sample;
            assert!(drawn.iter().all(|d| *d == wanted), "{process}: {drawn:?}");
            let total = run.integrate(0, &Control::silent()).unwrap().total;
            assert!(total.relative_error() < 1.1 * PRECISION, "{process}");
            (total.xsec_pb, total.xsec_err_pb)
        });
        let [(a, da), (b, db)] = found;
        let pull = (a - b) / da.hypot(db);
        assert!(pull.abs() < 4.0, "{process}: {a} +- {da}, {b} +- {db}");
    }
}

/// Incoming flavours with all spins, and the transverse momentum of the third
/// particle in steps of 40 GeV.
fn cells(events: &[Event]) -> BTreeMap<String, f64> {
    let mut cells = BTreeMap::new();
    for event in events {
        let p = &event.particles;
        // Either beam may hold a quark.
        let mut legs: Vec<(i32, f64)> = p.iter().map(|p| (p.pdg, p.spin)).collect();
        legs.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let pt = p[2].p[1].hypot(p[2].p[2]);
        for name in [
            format!("{legs:?}"),
            format!("{:?} pt {:.0}", legs.len(), (pt / 40.0).floor()),
        ] {
            *cells.entry(name).or_insert(0.0) += 1.0;
        }
    }
    cells
}

#[test]
fn spins_flavours_and_momenta_are_distributed_as_with_the_sum() {
    let n = 20_000;
    let [summed, drawn] = [HelicityMode::Sum, HelicityMode::Sample].map(|mode| {
        let run = run("p p > t t~", "", mode);
        let adapted = run.integrate(n, &Control::silent()).unwrap();
        cells(&events(&run, &adapted, n))
    });
    let (mut chi2, mut n_cells) = (0.0, 0.0);
    let names: std::collections::BTreeSet<_> = summed.keys().chain(drawn.keys()).collect();
    // Cells with few events are one cell: what one sample alone holds counts, too.
    let (mut rare_a, mut rare_b) = (0.0, 0.0);
    for name in names {
        let [a, b] = [&summed, &drawn].map(|cells| cells.get(name).copied().unwrap_or(0.0));
        if a + b >= 20.0 {
            chi2 += (a - b).powi(2) / (a + b);
            n_cells += 1.0;
        } else {
            rare_a += a;
            rare_b += b;
        }
    }
    if rare_a + rare_b > 0.0 {
        chi2 += (rare_a - rare_b) * (rare_a - rare_b) / (rare_a + rare_b);
        n_cells += 1.0;
    }
    assert!(n_cells > 40.0, "{n_cells} cells");
    // Four standard deviations of the chi-squared distribution; weights above one
    // are rare.
    let limit = n_cells + 4.0 * (2.0_f64 * n_cells).sqrt();
    assert!(chi2 < limit, "{chi2} for {n_cells} cells");
}

#[test]
fn events_do_not_depend_on_the_number_of_threads() {
    let [one, two] = [1, 2].map(|n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        pool.build().unwrap().install(|| {
            let run = run("p p > t t~", "", HelicityMode::Sample);
            let adapted = run.integrate(2000, &Control::silent()).unwrap();
            events(&run, &adapted, 2000)
        })
    });
    assert_eq!(one, two);
}

/// Another processor may round to another choice: the gridpack decides.
#[test]
fn a_pack_keeps_the_choice() {
    let drawn = run("p p > t t~", "", HelicityMode::Sample);
    let adapted = drawn.integrate(0, &Control::silent()).unwrap();
    let mut pack = Gridpack::new(&drawn, adapted).unwrap();
    pack.card.amplitude.helicity = HelicityMode::Auto;
    let again = pack.open(Path::new("a gridpack")).unwrap().cross_section;
    assert_eq!(again.drawn_helicities(), [true, true]);
    assert_eq!(
        again.helicities_text(),
        "drawn in 2 of 2 groups of subprocesses: as in the gridpack"
    );
}

#[test]
fn cheap_matrix_elements_are_summed_and_the_summary_says_why() {
    let run_with = |mode| run("p p > t t~", "", mode).cross_section;
    let automatic = run_with(HelicityMode::Auto);
    assert_eq!(automatic.drawn_helicities(), [false, false]);
    assert_eq!(
        automatic.helicities_text(),
        "summed in 2 groups of subprocesses: the sum is cheap"
    );
    let asked = run_with(HelicityMode::Sample);
    assert_eq!(
        asked.helicities_text(),
        "drawn in 2 of 2 groups of subprocesses: as asked for"
    );
}

/// The choice of helicities and the choice of samplers go by the same time of a point.
#[test]
fn the_time_that_drawing_saves_is_that_of_the_samplers() {
    let jets = "'pt(j) > 20', '|y(j)| < 5', 'dR(j, j) > 0.4'";
    let of = |mode| run("g g > g g g g g", jets, mode).cross_section;
    let cost = |cross_section: &CrossSection| cross_section.cost_ns(0);
    let (summed, drawn) = (of(HelicityMode::Sum), of(HelicityMode::Sample));
    // Seven legs take 1750 ns, matrix elements the rest.
    let (of_sum, of_draw) = (cost(&summed) - 1750.0, cost(&drawn) - 1750.0);
    assert!(of_sum > 1000.0 && of_draw > 50.0 && of_draw < 0.5 * of_sum);
    let chosen = of(HelicityMode::Auto);
    let is_drawn = chosen.drawn_helicities() == [true];
    assert_eq!(cost(&chosen), cost(if is_drawn { &drawn } else { &summed }));
    // What the summary promises: more points are needed when helicities are drawn, so
    // the gain is less than the ratio of times.
    let text = chosen.helicities_text();
    let gain = text.split("summed over drawn: ").nth(1).unwrap();
    let gain: f64 = gain.trim_end_matches(')').parse().unwrap();
    let ratio = cost(&summed) / cost(&drawn);
    assert!(gain < ratio && gain > ratio / 10.0, "{gain} {ratio}");
}

/// Five gluons: one configuration takes a hundredth of the operations of the sum.
#[test]
fn helicities_are_drawn_where_that_saves_time() {
    let jets = "'pt(j) > 20', '|y(j)| < 5', 'dR(j, j) > 0.4'";
    let cross_section = run("g g > g g g g g", jets, HelicityMode::Auto).cross_section;
    assert_eq!(cross_section.drawn_helicities(), [true]);
    let text = cross_section.helicities_text();
    let start = "drawn in 1 of 1 group of subprocesses: drawing saves time (time per \
                 event, summed over drawn: ";
    assert!(text.starts_with(start), "{text}");
}
