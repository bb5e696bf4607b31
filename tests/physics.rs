//! Total cross sections against independent numbers: pull and precision both bounded.

use omnis::card::Card;
use omnis::integrate::Control;
use omnis::run::Run;
use serde_json::Value;

/// Relative accuracy asked for; the bound on the own error is 0.3 %.
const PRECISION: f64 = 0.002;

/// The card of an entry: the file's words for cuts and scales in our syntax.
fn card(entry: &Value) -> Card {
    let text = |key: &str| entry[key].as_str().expect("a text");
    let beams: Vec<&str> = entry["beams"]
        .as_array()
        .expect("two beams")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let energies = &entry["energies_gev"];
    let running = text("mu_r_mu_f").starts_with("half_transverse_mass");
    let (scale, coupling) = if running {
        (
            "\"half_transverse_mass\"",
            "{ value = 0.130, at = 91.188, loops = 2, thresholds = [1.42, 4.7] }",
        )
    } else {
        ("91.188", text("alpha_s"))
    };
    let mut cuts: Vec<String> = vec![];
    for cut in entry["cuts"]
        .as_array()
        .expect("cuts")
        .iter()
        .filter_map(Value::as_str)
    {
        // `pt(u, u~, g)` stands for each of them; charged leptons are l.
        let cut = cut.replace("charged leptons", "l");
        match cut.split_once('(') {
            Some((head, rest)) if head != "m" && head != "dR" => {
                let (names, tail) = rest.split_once(')').expect("a closing bracket");
                cuts.extend(
                    names
                        .split(',')
                        .map(|n| format!("\"{head}({}){tail}\"", n.trim())),
                );
            }
            _ => cuts.push(format!("\"{cut}\"")),
        }
    }
    let toml = format!(
        "[process]\ngenerate = [\"{}\"]\n[beams]\nparticles = [\"{}\", \"{}\"]\nenergies = {energies}\n\
         [scales]\nmu_r = {scale}\nmu_f = {scale}\nalpha_s = {coupling}\n[cuts]\nrequire = [{}]\n\
         [run]\naccuracy = {PRECISION}\nseed = 7\n",
        text("process"),
        beams[0],
        beams[1],
        cuts.join(", ")
    );
    Card::from_str(&toml, text("name")).unwrap_or_else(|e| panic!("{e}\n{toml}"))
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the table is what one wants to read with --nocapture"
)]
fn cross_sections_agree_with_independent_codes() {
    let golden: Value =
        serde_json::from_str(include_str!("golden/cross_sections.json")).expect("a JSON file");
    let mut failures = vec![];
    for entry in golden["entries"].as_array().expect("entries") {
        let run = Run::prepare(card(entry)).unwrap_or_else(|e| panic!("{entry}: {e}"));
        let found = run
            .integrate(0, &Control::silent())
            .expect("an integral")
            .total;
        let (reference, error) = match entry["quadrature_xsec_pb"].as_f64() {
            Some(exact) => (exact, 0.0),
            None => (
                entry["xsec_pb"].as_f64().expect("a number"),
                entry["err_pb"].as_f64().expect("a number"),
            ),
        };
        let difference = found.xsec_pb - reference;
        let pull = difference / found.xsec_err_pb.hypot(error);
        let line = format!(
            "| {} | {} | {:.6e} ± {:.1e} | {reference:.6e} ± {error:.1e} | {pull:+.2} | {:+.3} % |",
            entry["name"].as_str().unwrap_or(""),
            entry["mu_r_mu_f"]
                .as_str()
                .unwrap_or("")
                .split(' ')
                .next()
                .unwrap_or(""),
            found.xsec_pb,
            found.xsec_err_pb,
            100.0 * difference / reference
        );
        println!("{line}");
        if pull.abs() >= 3.0
            || difference.abs() >= 0.01 * reference
            || found.relative_error() > 0.003
        {
            failures.push(line);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Two-photon processes have peaks over ten decades in three variables: the error that was asked
/// for comes with few points, and the number is right where there is another one.
#[test]
fn two_photon_processes_take_few_points_at_any_energy() {
    let golden: Value =
        serde_json::from_str(include_str!("golden/two_photon.json")).expect("a JSON file");
    let totals = golden["totals"].as_array().expect("totals");
    let mut compared = 0;
    for energy in [5.0, 50.0, 250.0] {
        let toml = format!(
            "[process]\ngenerate = [\"e+ e- > e+ e- mu+ mu-\"]\n[model]\nrestrict = [\"lepton_masses\"]\n\
             [beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [{energy:?}, {energy:?}]\n\
             [scales]\nmu_r = 91.188\nmu_f = 91.188\n[run]\naccuracy = 0.005\nseed = 7\n"
        );
        let card = Card::from_str(&toml, "two-photon").unwrap_or_else(|e| panic!("{e}\n{toml}"));
        let run = Run::prepare(card).expect("a run");
        let found = run.integrate(0, &Control::silent()).expect("an integral");
        let total = &found.total;
        let line = format!(
            "{energy} GeV: {} ± {} pb, {} points",
            total.xsec_pb,
            total.xsec_err_pb,
            found.n_points()
        );
        assert!(total.relative_error() < 0.006, "{line}");
        assert!(found.n_points() < 200_000, "{line}");
        for entry in totals.iter().filter(|t| t["sqrt_s"] == 2.0 * energy) {
            let number = |key: &str| 132.507_f64.powi(-4) * entry[key].as_f64().expect("a number");
            let (want, error) = (number("xsec_over_alpha4_pb"), number("err_over_alpha4_pb"));
            let pull = (total.xsec_pb - want) / total.xsec_err_pb.hypot(error);
            assert!(pull.abs() < 3.0, "{line} against {want} ± {error}");
            compared += 1;
        }
    }
    assert_eq!(compared, totals.len());
}

/// What `[amplitude]` changes: nothing within the error for f32, the terms below
/// the leading order in 1/N for leading colour.
#[test]
fn precision_and_colour_are_what_the_card_says() {
    let xsec = |amplitude: &str| {
        let toml = format!(
            "[process]\ngenerate = [\"p p > t t~ j\"]\n[amplitude]\n{amplitude}\n\
             [beams]\nparticles = [\"p\", \"p\"]\nenergies = [6500.0, 6500.0]\n\
             [scales]\nmu_r = 91.188\nmu_f = 91.188\nalpha_s = 0.118\n\
             [cuts]\nrequire = [\"pt(j) > 30\"]\n[run]\naccuracy = 0.003\n"
        );
        let card = Card::from_str(&toml, "amplitude").expect("a card");
        let run = Run::prepare(card).expect("a run");
        run.integrate(0, &Control::silent())
            .expect("an integral")
            .total
    };
    let full = xsec("");
    let single = xsec("precision = \"f32\"");
    let leading = xsec("colour = \"leading\"");
    // The same points: differences are those of the matrix elements.
    let change = |x: &omnis::integrate::Estimate| x.xsec_pb / full.xsec_pb - 1.0;
    assert!(change(&single).abs() < 1e-4, "{}", change(&single));
    assert_ne!(change(&single), 0.0);
    // Corrections are of the order of 1/N^2.
    let correction = change(&leading).abs();
    assert!((0.01..0.25).contains(&correction), "{correction}");
}

/// One gluon between two different quark lines: `T^a T^a` squared is `(N^2 - 1)/4`, and
/// the square of its one leading flow `N^2/4` with `N^2 = 9`.
#[test]
fn leading_colour_of_two_quark_lines_is_nine_eighths_of_full_colour() {
    let xsec = |colour: &str| {
        let toml = format!(
            "[process]\ngenerate = [\"u u~ > s s~\"]\n[amplitude]\ncolour = \"{colour}\"\n\
             [beams]\nparticles = [\"p\", \"p\"]\nenergies = [6500.0, 6500.0]\n\
             [cuts]\nrequire = [\"pt(j) > 30\"]\n[run]\naccuracy = 0.05\nsampler = \"vegas\"\n"
        );
        let run = Run::prepare(Card::from_str(&toml, "colour").expect("a card")).expect("a run");
        let adapted = run.integrate(0, &Control::silent()).expect("an integral");
        adapted.total.xsec_pb
    };
    let ratio = xsec("leading") / xsec("full");
    assert!((ratio - 1.125).abs() < 1e-9, "{ratio}");
}

/// Partons that collide without parton densities, at one energy:
/// leading order of top pairs as in Nason, Dawson, Ellis, Nucl. Phys. B303 (1988) 607.
#[test]
fn beams_may_be_any_particle() {
    let run = |process: &str, beams: [&str; 2], energies: [f64; 2]| {
        let toml = format!(
            "process.generate = [\"{process}\"]\nscales = {{ alpha_s = 0.118 }}\n\
             beams = {{ particles = {beams:?}, energies = {energies:?} }}\nrun.accuracy = 0.002\n"
        );
        let run = Run::prepare(Card::from_str(&toml, "partons")?)?;
        Ok::<_, omnis::error::Error>(run.integrate(0, &Control::silent())?.total)
    };
    let (m, s) = (173.0_f64, 500.0_f64.powi(2));
    let rho = 4.0 * m * m / s;
    let beta = (1.0 - rho).sqrt();
    let log = ((1.0 + beta) / (1.0 - beta)).ln();
    let unit = std::f64::consts::PI * 0.118 * 0.118 / s * 389_379_372.1;
    let gluons = unit / 3.0
        * ((1.0 + rho + rho * rho / 16.0) * log - beta * (7.0 / 4.0 + 31.0 / 16.0 * rho));
    let quarks = unit * 8.0 / 27.0 * beta * (1.0 + rho / 2.0);
    for (process, beams, energies, exact) in [
        ("g g > t t~ QED=0", ["g", "g"], [250.0, 250.0], gluons),
        ("g g > t t~ QED=0", ["21", "G"], [125.0, 500.0], gluons),
        ("u u~ > t t~ QED=0", ["u", "u~"], [250.0, 250.0], quarks),
        ("u~ u > t t~ QED=0", ["u~", "u"], [250.0, 250.0], quarks),
    ] {
        let found = run(process, beams, energies).expect("an integral");
        let (off, error) = ((found.xsec_pb - exact).abs(), found.xsec_err_pb);
        assert!(
            off < 3.5 * error && off < 0.01 * exact,
            "{process} {beams:?}: {found:?}, not {exact}"
        );
    }
    let refused = |process: &str, beams| run(process, beams, [250.0; 2]).unwrap_err().to_string();
    let unknown = "partons, line 3: unknown beam particle 'gl'; did you mean 'g'?; known: p, p~ and the particles of the model";
    assert_eq!(refused("g g > t t~", ["gl", "g"]), unknown);
    let other = refused("g g > t t~", ["g", "u"]);
    assert!(
        other.contains("beams of g u: 'g' of beam 2 is not found in it; expected 'u'"),
        "{other}"
    );
}

/// More topologies than channels that can be sampled: those of the top pair,
/// which carry most of the cross section, must be among the ones that stay.
#[test]
fn the_channels_that_matter_are_kept() {
    let toml = "[process]\ngenerate = [\"e+ e- > mu+ vm e- ve~ b b~\"]\n\
        [beams]\nparticles = [\"e+\", \"e-\"]\nenergies = [500.0, 500.0]\n\
        [cuts]\nrequire = [\"pt(l) > 10\", \"pt(b) > 10\"]\n\
        [run]\naccuracy = 0.005\n";
    let run = Run::prepare(Card::from_str(toml, "six fermions").expect("a card")).expect("a run");
    let found = run.integrate(0, &Control::silent()).expect("an integral");
    let mut shares: Vec<(f64, String)> = (0..found.channels.len())
        .map(|c| {
            let description = run.cross_section.channel_description(c);
            (found.channels[c].kept.mean(), description)
        })
        .collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    let largest = &shares[0].1;
    assert!(
        largest.contains("s236[173.00,1.49]") && largest.contains("s457[173.00,1.49]"),
        "{largest}"
    );
    assert!(found.total.relative_error() < 0.006, "{:?}", found.total);
    assert!(found.total.p_value() > 1e-4, "{:?}", found.total);
    assert!(found.n_points() < 2_000_000, "{}", found.n_points());
}

/// Windows of invariant masses with resonances below, above and at their edges, far
/// away, and just above a threshold: all are sampled where the cuts are. The variance
/// of all points drawn, those of the adaptation included, is that without a window or
/// less. Exact values are one-dimensional quadratures; the mean of several seeds must
/// agree with them, since one seed says little below its own error.
#[test]
fn every_window_is_sampled() {
    let cards = [
        // W pole below, at the lower edge, inside, at the upper edge and above.
        ("p p > e+ ve", "85 < m(e+, ve) < 90", Some(316.77)),
        ("p p > e+ ve", "80.4 < m(e+, ve) < 81", None),
        ("p p > e+ ve", "60 < m(e+, ve) < 90", None),
        ("p p > e+ ve", "75 < m(e+, ve) < 80.3", None),
        ("p p > e+ ve", "60 < m(e+, ve) < 70", None),
        ("p p > e+ ve", "80.3 < m(e+, ve) < 80.301", None),
        ("p p > e+ e-", "1000 < m(e+, e-) < 3000", Some(0.005_731_78)),
        ("p p > t t~", "m(t, t~) < 346.0001", None),
        ("p p > w+ w-", "m(w+, w-) > 1000", None),
        ("p p > z h", "1000 < m(z, h) < 1050", None),
    ];
    for (process, cut, exact) in cards {
        let n_seeds: u64 = if exact.is_some() { 8 } else { 1 };
        let (mut mean, mut error2) = (0.0, 0.0);
        for seed in 1..=n_seeds {
            let toml = format!(
                "process.generate = [\"{process}\"]\n\
                 beams = {{ particles = [\"p\", \"p\"], energies = [6500.0, 6500.0] }}\n\
                 scales = {{ mu_r = 91.188, mu_f = 91.188 }}\ncuts.require = [\"{cut}\"]\n\
                 run = {{ accuracy = 0.005, sampler = \"vegas\", seed = {seed} }}\n"
            );
            let card = Card::from_str(&toml, "window").expect("a card");
            let run = Run::prepare(card).expect("a run");
            let found = run.integrate(0, &Control::silent()).expect("an integral");
            let relative = found.total.relative_error();
            let variance = found.n_points() as f64 * relative * relative;
            assert!(variance < 1.0, "{process} {cut}: {variance}");
            mean += found.total.xsec_pb / n_seeds as f64;
            error2 += (found.total.xsec_err_pb / n_seeds as f64).powi(2);
        }
        if let Some(exact) = exact {
            let (off, error) = ((mean - exact).abs(), error2.sqrt());
            assert!(
                off < 3.0 * error && off < 0.001 * exact,
                "{process} {cut}: {mean} +- {error}, not {exact}"
            );
        }
    }
}
