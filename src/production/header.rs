//! What an event file says before its first event.

use super::provenance::Provenance;
use super::run::Run;
use crate::event::{Generator, HeaderBlock, ProcessInfo, RunInfo};
use crate::integrate::Adapted;
use crate::registry::{VERSION, VERSION_LINE};

/// IDWTUP: weights in pb whose mean is the cross section, none to be rejected.
const WEIGHTS_IN_PB: i32 = 4;

/// Header block with lines `key = value` about the run.
pub(super) const SUMMARY: &str = "OmnisSummary";
/// Header block with number of events and cross section that others read.
pub(super) const GENERATION_INFO: &str = "MGGenerationInfo";

/// Text of [`GENERATION_INFO`].
pub(super) fn generation_info(n_events: u64, xsec_pb: f64) -> String {
    format!(
        "#  Number of Events        :       {n_events}\n#  Integrated weight (pb)  :       {xsec_pb:e}"
    )
}

/// Number of events that [`GENERATION_INFO`] states.
pub(super) fn stated_events(run: &RunInfo) -> Option<u64> {
    let text = run.header_text(GENERATION_INFO)?;
    let line = text.lines().find(|l| l.contains("Number of Events"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

/// The text of [`GENERATION_INFO`] with another number of events.
pub(super) fn with_count(text: &str, n_events: u64) -> String {
    let xsec = text.lines().nth(1).unwrap_or_default();
    let first = generation_info(n_events, 0.0);
    let first = first.lines().next().unwrap_or_default();
    format!("{first}\n{xsec}")
}

/// Where the events of a file come from, if it says so.
pub(super) fn provenance_of(run: &RunInfo) -> Option<Provenance> {
    Provenance::parse(run.header_text(SUMMARY)?)
}

/// Beams, processes and header blocks of a run.
pub(super) fn run_info(run: &Run, adapted: &Adapted, provenance: &Provenance) -> RunInfo {
    let pdf_id = |beam: usize| match &run.pdf {
        Some(pdf) if run.beams.particles[beam].is_hadron() => pdf.lhapdf_id(),
        _ => 0,
    };
    let mut processes: Vec<ProcessInfo> = vec![];
    let parts = adapted.parts();
    for (info, (xsec, err)) in run.cross_section.subprocesses().iter().zip(&parts) {
        match processes.iter_mut().find(|p| p.id == info.process_id) {
            Some(p) => {
                p.xsec_pb += xsec;
                p.xsec_err_pb = p.xsec_err_pb.hypot(*err);
            }
            None => processes.push(ProcessInfo {
                id: info.process_id,
                xsec_pb: *xsec,
                xsec_err_pb: *err,
                max_weight: 0.0,
            }),
        }
    }
    processes.sort_by_key(|p| p.id);
    if let [one] = processes.as_mut_slice() {
        one.xsec_pb = adapted.total.xsec_pb;
        one.xsec_err_pb = adapted.total.xsec_err_pb;
    }
    for p in &mut processes {
        p.max_weight = adapted.total.xsec_pb;
    }
    let block = |name: &str, text: String| HeaderBlock {
        name: name.to_owned(),
        text,
    };
    let mut lines: Vec<String> = vec![
        format!("version = {VERSION_LINE}"),
        format!("adaptation_seed = {}", adapted.settings.seed),
        format!("xsec_pb = {:e}", adapted.total.xsec_pb),
        format!("xsec_err_pb = {:e}", adapted.total.xsec_err_pb),
        format!("adaptation_points = {}", adapted.n_points()),
        format!("colour = {}", run.card.amplitude.colour.name()),
        format!("precision = {}", run.card.amplitude.precision.name()),
        format!("helicity = {}", run.card.amplitude.helicity.name()),
        format!(
            "expected_unweighting_efficiency = {:e}",
            adapted.max_weights.efficiency
        ),
        format!(
            "expected_overweight_share = {:e}",
            adapted.max_weights.overweight_share
        ),
    ];
    if !run.model.scheme.is_empty() {
        lines.push(format!("scheme = {}", run.model.scheme));
    }
    if let Some(pdf) = &run.pdf {
        lines.push(format!("pdf = {} member {}", pdf.name(), pdf.member()));
    }
    for (info, (xsec, err)) in run.cross_section.subprocesses().iter().zip(&parts) {
        lines.push(format!("xsec_pb '{}' = {xsec:e} +- {err:e}", info.name));
    }
    lines.extend(provenance.lines());
    RunInfo {
        beam_pdg: run.beams.particles.map(|p| p.pdg()),
        beam_energy: run.beams.energies,
        pdf_group: [0; 2],
        pdf_set: [pdf_id(0), pdf_id(1)],
        weight_strategy: WEIGHTS_IN_PB,
        processes,
        generator: Some(Generator {
            name: "omnis".to_owned(),
            version: VERSION.to_owned(),
            text: "tree-level matrix elements, adaptive multichannel Monte Carlo".to_owned(),
        }),
        weights: vec![],
        header: vec![
            block("OmnisCard", run.card.text.clone()),
            block("slha", run.model.param_card()),
            block(SUMMARY, lines.join("\n")),
            block(
                GENERATION_INFO,
                generation_info(provenance.n_events(), adapted.total.xsec_pb),
            ),
        ],
    }
}
