//! Every parameter of MadGraph's run card: its default, whether it changes the physics, and
//! what it becomes.
//!
//! Knows names and texts; translates nothing. Source: MadGraph5_aMC@NLO 3.5.7, the defaults
//! that a parameter has which the card does not name.

use std::fmt::Write as _;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    Flag,
    Whole,
    Number,
    Text,
    List,
    Dictionary,
}

/// One parameter: name, default, kind, whether it changes the physics, what it becomes.
pub(super) type RunParameter = (&'static str, &'static str, ValueKind, bool, &'static str);

use ValueKind::{Dictionary, Flag, List, Number, Text, Whole};

/// The parameter of this name, in lower case.
pub(super) fn parameter(name: &str) -> Option<&'static RunParameter> {
    PARAMETERS.iter().find(|p| p.0 == name)
}

/// The names of all parameters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().map(|p| p.0)
}

/// A table in Markdown of all parameters of MadGraph's run card: name, default, whether it
/// changes the physics, and what it becomes.
pub fn run_card_dictionary() -> String {
    let mut table = "| parameter | default | physics | becomes |\n|---|---|---|---|\n".to_owned();
    for (name, default, _, physics, becomes) in &PARAMETERS {
        let default = match *default {
            "" => String::new(),
            text => format!("`{text}`"),
        };
        let physics = if *physics { "yes" } else { "no" };
        let becomes = becomes.replace('|', "\\|");
        let _ = writeln!(table, "| `{name}` | {default} | {physics} | {becomes} |");
    }
    table
}

#[rustfmt::skip]
const PARAMETERS: [RunParameter; 209] = [
    ("run_tag", "tag_1", Text, false, "a name, not used"),
    ("run_name", "", Text, false, "a name, not used"),
    ("nevents", "10000", Whole, false, "`run.events`"),
    ("iseed", "0", Whole, false, "`run.seed`; 0 is the default seed of omnis"),
    ("python_seed", "-2", Whole, false, "not used"),
    ("gridpack", "False", Flag, false, "not used: `omnis gridpack` makes one of any card"),
    ("gridrun", "False", Flag, false, "no meaning here"),
    ("gseed", "0", Whole, false, "no meaning here"),
    ("lpp1", "1", Whole, true, "`beams.particles`: 1 is `p`, -1 is `p~`, 0 the particle of the process, which must be one; others are not taken yet"),
    ("lpp2", "1", Whole, true, "the same for beam 2"),
    ("ebeam1", "6500.0", Number, true, "`beams.energies`"),
    ("ebeam2", "6500.0", Number, true, "`beams.energies`"),
    ("polbeam1", "0.0", Number, true, "`beams.polarisation` of leptons, as a fraction"),
    ("polbeam2", "0.0", Number, true, "the same for beam 2"),
    ("nb_proton1", "1", Whole, true, "beams of nuclei are not taken"),
    ("nb_neutron1", "0", Whole, true, "beams of nuclei are not taken"),
    ("mass_ion1", "-1.0", Number, false, "belongs to beams of nuclei, which are not taken"),
    ("nb_proton2", "1", Whole, true, "beams of nuclei are not taken"),
    ("nb_neutron2", "0", Whole, true, "beams of nuclei are not taken"),
    ("mass_ion2", "-1.0", Number, false, "belongs to beams of nuclei, which are not taken"),
    ("pdlabel", "nn23lo1", Text, true, "`beams.pdf`; `lhapdf`: the set of `lhaid`; `nn23lo1`: with MadGraph's own `scales.alpha_s`"),
    ("pdlabel1", "nn23lo1", Text, true, "as `pdlabel`, if that of beam 2 is the same"),
    ("pdlabel2", "nn23lo1", Text, true, "as `pdlabel`, if that of beam 1 is the same"),
    ("lhaid", "230000", Text, true, "`beams.pdf` with `pdlabel = lhapdf`, the number of the set or member; `$DEFAULT_PDF_SETS` is 325300 with five flavours, 325500 with four"),
    ("reweight_pdf", "", Text, false, "no meaning here"),
    ("fixed_ren_scale", "False", Flag, true, "`scales.mu_r = scale`"),
    ("fixed_fac_scale", "False", Flag, true, "`scales.mu_f = [dsqrt_q2fact1, dsqrt_q2fact2]`"),
    ("fixed_fac_scale1", "False", Flag, true, "as `fixed_fac_scale`, for beam 1"),
    ("fixed_fac_scale2", "False", Flag, true, "as `fixed_fac_scale`, for beam 2"),
    ("fixed_extra_scale", "False", Flag, false, "no meaning here"),
    ("mue_ref_fixed", "91.188", Number, false, "no meaning here"),
    ("mue_over_ref", "1.0", Number, false, "no meaning here"),
    ("scale", "91.188", Number, true, "`scales.mu_r` with `fixed_ren_scale = T`"),
    ("dsqrt_q2fact1", "91.188", Number, true, "`scales.mu_f` of beam 1 with `fixed_fac_scale = T`"),
    ("dsqrt_q2fact2", "91.188", Number, true, "`scales.mu_f` of beam 2 with `fixed_fac_scale = T`"),
    ("dynamical_scale_choice", "-1", Whole, true, "-1: `clustering`, 1: `transverse_energy`, 2: `transverse_mass`, 3: `half_transverse_mass`, 4: `partonic_energy`; 0 (user's function) is not taken"),
    ("scalefact", "1.0", Number, true, "the factor of scales that are not fixed"),
    ("bias_module", "None", Text, true, "`run.bias` for `ptj_bias`, others are refused"),
    ("bias_parameters", "{}", Text, false, "belongs to `bias_module`: `(pt(j[1]) / target)^power` for `ptj_bias`"),
    ("ickkw", "0", Whole, true, "1: `[merging]`, MLM; 2 is not taken"),
    ("highestmult", "1", Whole, false, "belongs to `ickkw = 2`"),
    ("ktscheme", "1", Whole, true, "1 with `xqcut` or `ickkw`, others are not taken; `auto_ptj_mjj` acts with 1"),
    ("alpsfact", "1.0", Number, false, "`merging.alpsfact` with `ickkw = 1`; 1 with `use_syst = T`"),
    ("chcluster", "False", Flag, false, "T is not taken, with `xqcut` or `ickkw`"),
    ("pdfwgt", "True", Flag, false, "`merging.pdfwgt` with `ickkw = 1`"),
    ("asrwgtflavor", "5", Whole, false, "`merging.asrwgtflavor` with `ickkw = 1`"),
    ("clusinfo", "True", Flag, false, "lists of clusterings are not written; `omnis evaluate --events` has them"),
    ("lhe_version", "3.0", Number, false, "event files are always of version 3"),
    ("event_norm", "sum", Text, false, "`run.event_norm`: `sum`, `average` or `unity`"),
    ("boost_event", "False", Text, true, "boosted event records are not taken"),
    ("me_frame", "1, 2", List, true, "`run.me_frame`, with polarised legs alone"),
    ("frame_id", "6", Whole, false, "belongs to `me_frame`"),
    ("time_of_flight", "-1.0", Number, true, "`run.time_of_flight` from 0 on, in mm"),
    ("auto_ptj_mjj", "True", Flag, true, "with `xqcut`: `ptj` and `mmjj` become `xqcut` (with `ktscheme = 1`), else those above it are no cuts"),
    ("xqcut", "0.0", Number, true, "`merging.xqcut`; and see `auto_ptj_mjj`"),
    ("ktdurham", "-1.0", Number, true, "`kt_durham(j, 0.4) > x`; never on products of decays"),
    ("dparameter", "0.4", Number, true, "the second argument of `kt_durham`"),
    ("ptlund", "-1.0", Number, true, "`pt_lund(j) > x`; never on products of decays"),
    ("pdgs_for_merging_cut", "21, 1, 2, 3, 4, 5, 6", List, true, "the particles of `kt_durham` and `pt_lund`"),
    ("bwcutoff", "15.0", Number, true, "`run.bw_cutoff`: the window of decay chains"),
    ("small_width_treatment", "1e-06", Number, true, "`run.small_width_treatment`: narrow resonances of decay chains"),
    ("cut_decays", "False", Flag, true, "F: `core j` for `j` in cuts, where decay chains make such particles, except in sums, ordered cuts and isolation"),
    ("maxjetflavor", "4", Whole, true, "which quarks are jets, the others are b quarks; 5 if `p` has b quarks, else 4, as in CMS"),
    ("dsqrt_shat", "0.0", Number, true, "`sqrt_s > x`"),
    ("dsqrt_shatmax", "-1.0", Number, true, "`sqrt_s < x`"),
    ("ptj", "20.0", Number, true, "`pt(j) > x`"),
    ("ptb", "0.0", Number, true, "`pt(b) > x`"),
    ("pta", "10.0", Number, true, "`pt(a) > x`"),
    ("ptl", "10.0", Number, true, "`pt(l) > x`"),
    ("ptjmax", "-1.0", Number, true, "`pt(j) < x`"),
    ("ptbmax", "-1.0", Number, true, "`pt(b) < x`"),
    ("ptamax", "-1.0", Number, true, "`pt(a) < x`"),
    ("ptlmax", "-1.0", Number, true, "`pt(l) < x`"),
    ("misset", "0.0", Number, true, "`met > x`; `met > x or n(nu) < 1` where not all events have neutrinos"),
    ("missetmax", "-1.0", Number, true, "the same with `<`"),
    ("ptheavy", "0.0", Number, true, "`any pt(heavy) > x` for particles above 10 GeV"),
    ("ptonium", "1.0", Number, false, "no quarkonia in omnis"),
    ("etaonium", "0.6", Number, false, "no quarkonia in omnis"),
    ("ej", "0.0", Number, true, "`E_cm(j) > x`: energy in the partonic centre-of-mass frame"),
    ("eb", "0.0", Number, true, "`E_cm(b) > x`: energy in the partonic centre-of-mass frame"),
    ("ea", "0.0", Number, true, "`E_cm(a) > x`: energy in the partonic centre-of-mass frame"),
    ("el", "0.0", Number, true, "`E_cm(l) > x`: energy in the partonic centre-of-mass frame"),
    ("ejmax", "-1.0", Number, true, "`E_cm(j) < x`"),
    ("ebmax", "-1.0", Number, true, "`E_cm(b) < x`"),
    ("eamax", "-1.0", Number, true, "`E_cm(a) < x`"),
    ("elmax", "-1.0", Number, true, "`E_cm(l) < x`"),
    ("etaj", "5.0", Number, true, "`|y(j)| < x`: MadGraph cuts on the rapidity"),
    ("etab", "-1.0", Number, true, "`|y(b)| < x`: MadGraph cuts on the rapidity"),
    ("etaa", "2.5", Number, true, "`|y(a)| < x`: MadGraph cuts on the rapidity"),
    ("etal", "2.5", Number, true, "`|y(l)| < x`: MadGraph cuts on the rapidity"),
    ("etajmin", "0.0", Number, true, "`|y(j)| > x`"),
    ("etabmin", "0.0", Number, true, "`|y(b)| > x`"),
    ("etaamin", "0.0", Number, true, "`|y(a)| > x`"),
    ("etalmin", "0.0", Number, true, "`|y(l)| > x`"),
    ("drjj", "0.4", Number, true, "`dR(j, j) > x`"),
    ("drjjmax", "-1.0", Number, true, "`dR(j, j) < x`"),
    ("drbb", "0.0", Number, true, "`dR(b, b) > x`"),
    ("drbbmax", "-1.0", Number, true, "`dR(b, b) < x`"),
    ("drll", "0.4", Number, true, "`dR(l, l) > x`"),
    ("drllmax", "-1.0", Number, true, "`dR(l, l) < x`"),
    ("draa", "0.4", Number, true, "`dR(a, a) > x`"),
    ("draamax", "-1.0", Number, true, "`dR(a, a) < x`"),
    ("drbj", "0.0", Number, true, "`dR(b, j) > x`"),
    ("drbjmax", "-1.0", Number, true, "`dR(b, j) < x`"),
    ("draj", "0.4", Number, true, "`dR(a, j) > x`"),
    ("drajmax", "-1.0", Number, true, "`dR(a, j) < x`"),
    ("drjl", "0.4", Number, true, "`dR(j, l) > x`"),
    ("drjlmax", "-1.0", Number, true, "`dR(j, l) < x`"),
    ("drab", "0.0", Number, true, "`dR(a, b) > x`"),
    ("drabmax", "-1.0", Number, true, "`dR(a, b) < x`"),
    ("drbl", "0.0", Number, true, "`dR(b, l) > x`"),
    ("drblmax", "-1.0", Number, true, "`dR(b, l) < x`"),
    ("dral", "0.4", Number, true, "`dR(a, l) > x`"),
    ("dralmax", "-1.0", Number, true, "`dR(a, l) < x`"),
    ("mmjj", "0.0", Number, true, "`m(j, j) > x`"),
    ("mmjjmax", "-1.0", Number, true, "`m(j, j) < x`; below the minimum: `outside`"),
    ("mmbb", "0.0", Number, true, "`m(b, b) > x`"),
    ("mmbbmax", "-1.0", Number, true, "`m(b, b) < x`; below the minimum: `outside`"),
    ("mmaa", "0.0", Number, true, "`m(a, a) > x`"),
    ("mmaamax", "-1.0", Number, true, "`m(a, a) < x`; below the minimum: `outside`"),
    ("mmll", "0.0", Number, true, "`m(l+, l-) same_flavour > x`"),
    ("mmllmax", "-1.0", Number, true, "`m(l+, l-) same_flavour < x`; below `mmll`: `m(l+, l-) same_flavour outside x .. y`"),
    ("mmnl", "0.0", Number, true, "`m(all l, all nu) > x`"),
    ("mmnlmax", "-1.0", Number, true, "`m(all l, all nu) < x`"),
    ("ptllmin", "0.0", Number, true, "for each pair: `pt(l+, l-) same_flavour > x`, `pt(l, nu) > x`, `pt(nu, nu) > x`"),
    ("ptllmax", "-1.0", Number, true, "the same with `<`"),
    ("xptj", "0.0", Number, true, "`any pt(j) > x`"),
    ("xptb", "0.0", Number, true, "`any pt(b) > x`"),
    ("xpta", "0.0", Number, true, "`any pt(a) > x`"),
    ("xptl", "0.0", Number, true, "`any pt(l) > x`"),
    ("ptj1min", "0.0", Number, true, "`pt(j[1]) > x` and `n(j) >= 1`"),
    ("ptj1max", "-1.0", Number, true, "`pt(j[1]) < x`"),
    ("ptj2min", "0.0", Number, true, "`pt(j[2]) > x` and `n(j) >= 2`"),
    ("ptj2max", "-1.0", Number, true, "`pt(j[2]) < x`"),
    ("ptj3min", "0.0", Number, true, "`pt(j[3]) > x` and `n(j) >= 3`"),
    ("ptj3max", "-1.0", Number, true, "`pt(j[3]) < x`"),
    ("ptj4min", "0.0", Number, true, "`pt(j[4]) > x` and `n(j) >= 4`"),
    ("ptj4max", "-1.0", Number, true, "`pt(j[4]) < x`"),
    ("ptl1min", "0.0", Number, true, "`pt(l[1]) > x` and `n(l) >= 1`"),
    ("ptl1max", "-1.0", Number, true, "`pt(l[1]) < x`"),
    ("ptl2min", "0.0", Number, true, "`pt(l[2]) > x` and `n(l) >= 2`"),
    ("ptl2max", "-1.0", Number, true, "`pt(l[2]) < x`"),
    ("ptl3min", "0.0", Number, true, "`pt(l[3]) > x` and `n(l) >= 3`"),
    ("ptl3max", "-1.0", Number, true, "`pt(l[3]) < x`"),
    ("ptl4min", "0.0", Number, true, "`pt(l[4]) > x` and `n(l) >= 4`"),
    ("ptl4max", "-1.0", Number, true, "`pt(l[4]) < x`"),
    ("cutuse", "0", Whole, true, "1: `pt(j[1]) > x or pt(j[2]) > y or n(j) > 2` in place of both"),
    ("htjmin", "0.0", Number, true, "`ht(j) > x`, which no event without jets fulfils"),
    ("htjmax", "-1.0", Number, true, "`ht(j) < x`"),
    ("ihtmin", "0.0", Number, true, "`ht(j, b) > x`"),
    ("ihtmax", "-1.0", Number, true, "`ht(j, b) < x`"),
    ("ht2min", "0.0", Number, true, "`ht(j[1..2]) > x`"),
    ("ht2max", "-1.0", Number, true, "`ht(j[1..2]) < x`"),
    ("ht3min", "0.0", Number, true, "`ht(j[1..3]) > x`"),
    ("ht3max", "-1.0", Number, true, "`ht(j[1..3]) < x`"),
    ("ht4min", "0.0", Number, true, "`ht(j[1..4]) > x`"),
    ("ht4max", "-1.0", Number, true, "`ht(j[1..4]) < x`"),
    ("ptgmin", "0.0", Number, true, "`pt(a) > x` and `isolated(a, j; r0gamma, n = xn, epsilon = epsgamma)` in place of `pta` and `draj`"),
    ("r0gamma", "0.4", Number, false, "radius of `isolated`, with `ptgmin`"),
    ("xn", "1.0", Number, false, "`n` of `isolated`, with `ptgmin`"),
    ("epsgamma", "1.0", Number, false, "`epsilon` of `isolated`, with `ptgmin`"),
    ("isoem", "True", Flag, true, "T, with `ptgmin`: `isolated(a, a, l; ...)`, too"),
    ("xetamin", "0.0", Number, true, "`|y(j[1])| > x`, `|y(j[2])| > x` and `y(j[1]) * y(j[2]) <= 0`"),
    ("deltaeta", "0.0", Number, true, "`dy(j[1], j[2]) > x` and `y(j[1]) * y(j[2]) <= 0`"),
    ("pt_min_pdg", "{}", Dictionary, true, "`pt(x) > v` for each particle x"),
    ("pt_max_pdg", "{}", Dictionary, true, "`pt(x) < v` for each particle x"),
    ("eta_min_pdg", "{}", Dictionary, true, "`|y(x)| > v` for each particle x"),
    ("eta_max_pdg", "{}", Dictionary, true, "`|y(x)| < v` for each particle x"),
    ("e_min_pdg", "{}", Dictionary, true, "`E_cm(x) > v` for each particle x"),
    ("e_max_pdg", "{}", Dictionary, true, "`E_cm(x) < v` for each particle x"),
    ("mxx_min_pdg", "{}", Dictionary, true, "`m(x, x~) > v`, and for pairs of equal particles unless `mxx_only_part_antipart`"),
    ("mxx_only_part_antipart", "{'default': False}", Dictionary, true, "see `mxx_min_pdg`"),
    ("custom_fcts", "", Text, true, "functions in Fortran are not taken"),
    ("use_syst", "True", Flag, false, "`T` in the card: `[weights]`, with what the next rows say"),
    ("systematics_program", "systematics", Text, false, "`systematics`: as its arguments say; `syscalc`: as `sys_*` say; `none`: no weights, `omnis reweight` gives them later"),
    ("systematics_arguments", "[]", List, false, "`--mur`, `--muf`: `weights.mu_r`, `weights.mu_f`; `--dyn`: `weights.scales`; `--alps`: `weights.alpha_s_factor`; `--pdf`: `weights.pdf`, `errorset` being all members of the set of the run; without a value as MadGraph has it: 0.5,1,2, all four scales, `errorset`"),
    ("sys_scalefact", "0.5 1 2", Text, false, "`weights.mu_r` and `weights.mu_f` with `systematics_program = syscalc`"),
    ("sys_alpsfact", "None", Text, false, "`weights.alpha_s_factor`, likewise"),
    ("sys_matchscale", "auto", Text, false, "no meaning here"),
    ("sys_pdf", "errorset", Text, false, "`weights.pdf`, likewise"),
    ("sys_scalecorrelation", "-1", Whole, false, "no meaning here: all combinations are written"),
    ("nhel", "0", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("limhel", "1e-08", Number, false, "how MadGraph integrates; omnis decides for itself"),
    ("sde_strategy", "1", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("fixed_couplings", "True", Flag, false, "how MadGraph integrates; omnis decides for itself"),
    ("mc_grouped_subproc", "True", Flag, false, "how MadGraph integrates; omnis decides for itself"),
    ("xmtcentral", "0.0", Number, false, "how MadGraph integrates; omnis decides for itself"),
    ("d", "1.0", Number, false, "how MadGraph integrates; omnis decides for itself"),
    ("issgridfile", "", Text, false, "how MadGraph integrates; omnis decides for itself"),
    ("job_strategy", "0", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("hard_survey", "0", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("tmin_for_channel", "-1.0", Number, false, "how MadGraph integrates; omnis decides for itself"),
    ("survey_splitting", "-1", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("survey_nchannel_per_job", "2", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("refine_evt_by_job", "-1", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("second_refine_treshold", "0.9", Number, false, "how MadGraph integrates; omnis decides for itself"),
    ("bypass_check", "", Text, false, "how MadGraph integrates; omnis decides for itself"),
    ("hel_recycling", "True", Flag, false, "how MadGraph integrates; omnis decides for itself"),
    ("hel_filtering", "True", Flag, false, "how MadGraph integrates; omnis decides for itself"),
    ("hel_splitamp", "True", Flag, false, "how MadGraph integrates; omnis decides for itself"),
    ("hel_zeroamp", "True", Flag, false, "how MadGraph integrates; omnis decides for itself"),
    ("global_flag", "", Text, false, "how MadGraph integrates; omnis decides for itself"),
    ("aloha_flag", "", Text, false, "how MadGraph integrates; omnis decides for itself"),
    ("matrix_flag", "", Text, false, "how MadGraph integrates; omnis decides for itself"),
    ("vector_size", "1", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("vecsize_memmax", "0", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("nb_warp", "1", Whole, false, "how MadGraph integrates; omnis decides for itself"),
    ("cudacpp_backend", "cpp", Text, false, "how MadGraph integrates; omnis decides for itself"),
    ("ievo_eva", "0", Whole, false, "how MadGraph integrates; omnis decides for itself"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_listed_once_in_small_letters() {
        let mut seen = std::collections::BTreeSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} twice");
            assert_eq!(name, name.to_lowercase());
        }
        assert!(run_card_dictionary().contains("| `ptj` | `20.0` | yes | `pt(j) > x` |"));
    }
}
