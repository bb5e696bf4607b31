//! Beams, parton densities, scales and numbers of events from MadGraph's run card.
//!
//! Knows keys of cards on both sides; knows no cut.

use super::report::{CardSection, Report};
use super::run_card::RunParameters;
use super::toml_text::{Sections, quoted};

/// What is known besides the run card.
pub(super) struct Context<'a> {
    /// First and second particle of the first process line, if it is one and no label of
    /// several.
    pub incoming: Vec<Option<String>>,
    /// Whether the parton label `p` holds b quarks.
    pub five_flavours: bool,
    /// `--pdf`.
    pub pdf: Option<&'a str>,
    /// The strong coupling of the parameters, used without parton densities.
    pub alpha_s: f64,
    /// Whether any leg has a polarisation.
    pub polarised: bool,
}

/// Parton densities by MadGraph's names for them: name of the set, alpha_s at 91.188 GeV,
/// loops of its beta function in MadGraph.
const LABELS: [(&str, &str, f64, u32); 4] = [
    ("nn23lo1", "NNPDF23_lo_as_0130_qed", 0.130, 2),
    ("nn23lo", "NNPDF23_lo_as_0119_qed", 0.119, 2),
    ("nn23nlo", "NNPDF23_nlo_as_0119", 0.119, 2),
    ("cteq6l1", "cteq6l1", 0.130, 1),
];

/// Writes `[beams]`; returns whether a beam is a hadron.
pub(super) fn beams(
    run: &RunParameters,
    context: &Context,
    out: &mut Sections,
    report: &mut Report,
) -> bool {
    let section = CardSection::Beams;
    let mut names = Vec::new();
    for (k, lpp) in ["lpp1", "lpp2"].into_iter().enumerate() {
        let own = context.incoming.get(k).and_then(Option::as_deref);
        names.push(match (run.whole(lpp), own) {
            (1, _) => "p",
            (-1, _) => "p~",
            (0, Some(own)) => own,
            (other, own) => {
                let reason = match other {
                    0 => "a beam is one particle: a process for each of these is needed",
                    _ => "this beam is not supported",
                };
                report.physics("lpp", reason, section, &run.at(lpp));
                own.unwrap_or("p")
            }
        });
    }
    for name in ["nb_neutron1", "nb_neutron2"] {
        if run.number(name) != 0.0 {
            let reason = "beams of nuclei are not supported";
            report.physics("beam", reason, section, &run.at(name));
        }
    }
    polarisation(run, &names, out, report);
    let nuclei = ["nb_proton1", "nb_proton2"];
    for name in nuclei.into_iter().filter(|n| run.whole(n) != 1) {
        let reason = "beams of nuclei are not supported";
        report.physics("beam", reason, section, &run.at(name));
    }
    if names != ["p", "p"] {
        let names: Vec<String> = names.iter().map(|n| quoted(n)).collect();
        out.key(section, &format!("particles = [{}]", names.join(", ")), "");
    }
    let energies = ["ebeam1", "ebeam2"].map(|n| format!("{:?}", run.number(n)));
    out.key(
        section,
        &format!("energies = [{}]", energies.join(", ")),
        "",
    );
    let hadrons = names.iter().any(|n| is_hadron(n));
    if hadrons {
        densities(run, context, out, report);
    } else if context.alpha_s > 0.0 {
        // Two loops from the value of the parameters.
        let text = format!("{{ value = {}, at = 91.188, loops = 2 }}", context.alpha_s);
        let key = format!("alpha_s = {text}");
        out.key(
            CardSection::Scales,
            &key,
            "no parton densities: aS of the model",
        );
    }
    hadrons
}

fn is_hadron(name: &str) -> bool {
    matches!(name, "p" | "p~")
}

/// Polarisations of leptons, in per cent in MadGraph.
fn polarisation(run: &RunParameters, names: &[&str], out: &mut Sections, report: &mut Report) {
    let section = CardSection::Beams;
    let keys = ["polbeam1", "polbeam2"];
    let mut shares = keys.map(|name| run.number(name) / 100.0);
    for k in 0..2 {
        if shares[k] != 0.0 && (is_hadron(names[k]) || shares[k].abs() > 1.0) {
            let reason = "beams of hadrons are not polarised, and others from -100 to 100 per cent";
            report.physics("beam", reason, section, &run.at(keys[k]));
            shares[k] = 0.0;
        }
    }
    if shares != [0.0; 2] {
        let text = format!("polarisation = [{:?}, {:?}]", shares[0], shares[1]);
        out.key(section, &text, "polbeam1, polbeam2");
    }
}

fn densities(run: &RunParameters, context: &Context, out: &mut Sections, report: &mut Report) {
    let section = CardSection::Beams;
    if let Some(pdf) = context.pdf {
        out.key(section, &format!("pdf = {}", pdf_text(pdf)), "asked for");
        return;
    }
    let at = run.at("pdlabel");
    let mut label = run.text("pdlabel").to_lowercase();
    if label == "mixed" && run.text("pdlabel1") == run.text("pdlabel2") {
        label = run.text("pdlabel1").to_lowercase();
    }
    if label == "lhapdf" {
        let id = run.text("lhaid");
        let first = id.split([',', ' ']).next().unwrap_or_default();
        if first.starts_with('$') {
            let (id, flavours) = match context.five_flavours {
                true => (325_300, "five"),
                false => (325_500, "four"),
            };
            let comment = format!("{first}: NNPDF31_nnlo_as_0118, {flavours} flavours");
            out.key(section, &format!("pdf = {id}"), &comment);
        } else if first.is_empty() {
            report.physics("lhaid", "no set is named", section, &run.at("lhaid"));
        } else {
            out.key(section, &format!("pdf = {}", pdf_text(first)), "lhaid");
        }
        return;
    }
    let Some((_, set, value, loops)) = LABELS.iter().find(|(name, ..)| *name == label) else {
        let known = LABELS.iter().map(|l| l.0).chain(["lhapdf"]);
        let hint = crate::suggest::did_you_mean(&label, known);
        let reason = format!("these parton densities are not supported{hint}");
        report.physics("pdlabel", &reason, section, &at);
        return;
    };
    out.key(
        section,
        &format!("pdf = {}", quoted(set)),
        &format!("pdlabel = {label}"),
    );
    let text = format!("{{ value = {value:?}, at = 91.188, loops = {loops} }}");
    let comment = format!("MadGraph's own with pdlabel = {label}");
    out.key(CardSection::Scales, &format!("alpha_s = {text}"), &comment);
}

/// A number as it is, a name in quotes.
fn pdf_text(name: &str) -> String {
    match name.parse::<u32>() {
        Ok(id) => id.to_string(),
        Err(_) => quoted(name),
    }
}

/// Writes the scales.
pub(super) fn scales(run: &RunParameters, hadrons: bool, out: &mut Sections, report: &mut Report) {
    let section = CardSection::Scales;
    let fixed_fac = ["fixed_fac_scale1", "fixed_fac_scale2"].map(|name| match run.names(name) {
        true => run.flag(name),
        false => run.flag("fixed_fac_scale"),
    });
    let choice = run.whole("dynamical_scale_choice");
    let kind = match choice {
        -1 => Some("clustering"),
        1 => Some("transverse_energy"),
        2 => Some("transverse_mass"),
        3 => Some("half_transverse_mass"),
        4 => Some("partonic_energy"),
        _ => None,
    };
    let factor = run.number("scalefact");
    let text = kind.map(|kind| match factor {
        1.0 => quoted(kind),
        factor => quoted(&format!("{factor} * {kind}")),
    });
    let comment = format!("dynamical_scale_choice = {choice}");
    let mut is_needed = false;
    if run.flag("fixed_ren_scale") {
        let value = run.number("scale");
        out.key(section, &format!("mu_r = {value:?}"), "scale");
    } else if let Some(text) = &text {
        out.key(section, &format!("mu_r = {text}"), &comment);
    } else {
        is_needed = true;
    }
    // Nothing of other beams depends on the factorisation scale but the record.
    if hadrons {
        let names = ["dsqrt_q2fact1", "dsqrt_q2fact2"];
        let of_beam = |beam: usize| match fixed_fac[beam] {
            true => Some(format!("{:?}", run.number(names[beam]))),
            false => text.clone(),
        };
        let names = match fixed_fac {
            [true, true] => names.join(", "),
            [true, false] => format!("{}, {comment}", names[0]),
            [false, true] => format!("{comment}, {}", names[1]),
            [false, false] => comment,
        };
        match (of_beam(0), of_beam(1)) {
            (Some(a), Some(b)) if a == b => out.key(section, &format!("mu_f = {a}"), &names),
            (Some(a), Some(b)) => out.key(section, &format!("mu_f = [{a}, {b}]"), &names),
            _ => is_needed = true,
        }
    }
    if is_needed {
        let at = run.at("dynamical_scale_choice");
        match choice {
            0 => report.physics(
                "user_scale",
                "scales written in Fortran are not supported",
                section,
                &at,
            ),
            _ => report.physics(
                "scale",
                "expected -1, 0, 1, 2, 3 or 4; the card has the default of omnis",
                section,
                &at,
            ),
        }
    }
}

/// Writes `[merging]`, where the card merges or cuts on scales of emissions; the model has
/// `n_massless` flavours of quarks without mass.
pub(super) fn merging(
    run: &RunParameters,
    context: &Context,
    n_massless: usize,
    out: &mut Sections,
    report: &mut Report,
) {
    let section = CardSection::Merging;
    let (xqcut, ickkw) = (run.number("xqcut"), run.whole("ickkw"));
    if ickkw > 1 {
        let reason = "expected 0 or 1 (MLM): no other merging is supported";
        report.physics("merging", reason, CardSection::Run, &run.at("ickkw"));
        return;
    }
    let reweights = ickkw == 1;
    if !reweights && xqcut <= 0.0 {
        return;
    }
    if run.whole("ktscheme") != 1 {
        let reason = "expected 1: the clustering in transverse momenta of Pythia is not supported";
        report.physics("merging", reason, section, &run.at("ktscheme"));
    }
    if run.flag("chcluster") {
        let reason = "scales along the diagram of the integration channel are not supported";
        report.physics("merging", reason, section, &run.at("chcluster"));
    }
    out.key(section, &format!("xqcut = {:?}", xqcut.max(0.0)), "");
    if !reweights {
        out.key(section, "reweight = false", "ickkw = 0: a cut alone");
        return;
    }
    if !run.flag("pdfwgt") {
        out.key(section, "pdfwgt = false", "");
    }
    let factor = run.number("alpsfact");
    if factor != 1.0 && run.flag("use_syst") {
        let reason = "1 is used, as MadGraph does with use_syst";
        report.note("alpsfact", reason, section, &run.at("alpsfact"));
    } else if factor != 1.0 {
        out.key(section, &format!("alpsfact = {factor:?}"), "");
    }
    let used = if context.five_flavours { 5 } else { 4 };
    if used > n_massless {
        out.key(section, &format!("maxjetflavor = {used}"), "");
    }
    let coupled = run.whole("asrwgtflavor");
    if coupled != 5 {
        out.key(section, &format!("asrwgtflavor = {coupled}"), "");
    }
}

/// Writes `[run]`, and reports what of the rest of the card is not there.
pub(super) fn events(
    run: &RunParameters,
    context: &Context,
    out: &mut Sections,
    report: &mut Report,
) {
    let section = CardSection::Run;
    match run.whole("nevents") {
        n if n > 0 => out.key(section, &format!("events = {n}"), ""),
        _ => report.note(
            "nevents",
            "expected at least 1",
            section,
            &run.at("nevents"),
        ),
    }
    if run.whole("iseed") > 0 {
        out.key(section, &format!("seed = {}", run.whole("iseed")), "");
    }
    for (name, key, default) in [
        ("bwcutoff", "bw_cutoff", 15.0),
        ("small_width_treatment", "small_width_treatment", 1e-6),
    ] {
        let value = run.number(name);
        if value != default {
            out.key(section, &format!("{key} = {value:?}"), name);
        }
    }
    let time = run.number("time_of_flight");
    if time >= 0.0 {
        out.key(section, &format!("time_of_flight = {time:?}"), "");
    }
    let norm = run.text("event_norm").to_lowercase();
    match norm.as_str() {
        "average" => {}
        "sum" | "unity" => {
            let comment = match run.names("event_norm") {
                true => "",
                false => "a default of MadGraph",
            };
            out.key(section, &format!("event_norm = {}", quoted(&norm)), comment);
        }
        _ => {
            let reason =
                "expected average, sum or unity; the mean of the weights is the cross section";
            report.note("event_norm", reason, section, &run.at("event_norm"));
        }
    }
    if !["", "[]"].contains(&run.text("custom_fcts")) {
        let reason = "functions in Fortran are not supported";
        report.physics("custom_fcts", reason, section, &run.at("custom_fcts"));
    }
    if !["f", "false", ".false.", "0"].contains(&run.text("boost_event").to_lowercase().as_str()) {
        let reason = "boosted event records are not supported";
        report.physics("boost_event", reason, section, &run.at("boost_event"));
    }
    let frame: String = (run.text("me_frame").chars())
        .filter(|c| !"[] ".contains(*c))
        .collect();
    if context.polarised && frame != "1,2" {
        let text = format!("me_frame = [{}]", frame.replace(',', ", "));
        out.key(section, &text, "");
    }
}

/// The set of the run as the new card has it; `None` for one that it does not have.
pub(super) fn own_pdf(run: &RunParameters, context: &Context) -> Option<String> {
    let mut text = Sections::default();
    densities(run, context, &mut text, &mut Report::default());
    text.value(CardSection::Beams, "pdf")
}
