//! Cuts of MadGraph's run card as conditions of omnis.
//!
//! Knows which particles each parameter acts on; knows no momentum. Source:
//! MadGraph5_aMC@NLO 3.5.7, its set-up and test of cuts.

use std::collections::{BTreeMap, BTreeSet};

use super::final_state::{FinalState, occurring};
use super::names::Names;
use super::report::{CardSection, Report};
use super::run_card::RunParameters;
use super::source::number;

/// A condition, and the parameters it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub text: String,
    pub from: String,
}

/// Particles with the label that a person would give them.
#[derive(Clone, Debug)]
pub(super) struct Group {
    wish: &'static str,
    pub pdgs: Vec<i32>,
}

/// What of a minimum and a maximum is a cut, with the names of those that are.
pub(super) struct Limits {
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub names: Vec<&'static str>,
}

impl Limits {
    /// `low < observable < high`, or one of the two; with `low` above `high` the window
    /// between them is removed, as MadGraph does with invariant masses.
    pub fn condition(&self, observable: &str) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) if low > high => {
                format!("{observable} outside {high} .. {low}")
            }
            (Some(low), Some(high)) => format!("{low} < {observable} < {high}"),
            (Some(low), None) => format!("{observable} > {low}"),
            (None, Some(high)) => format!("{observable} < {high}"),
            (None, None) => String::new(),
        }
    }
}

/// Rapidities above this and distances above it are no cut.
const NO_CUT: f64 = 30.0;

/// Translates all cuts for these final states.
pub(super) struct Cuts<'a> {
    pub run: &'a RunParameters,
    pub names: &'a mut Names,
    pub finals: Vec<FinalState>,
    pub report: &'a mut Report,
    pub conditions: Vec<Condition>,
    pub max_jet_flavour: i32,
    /// Values that other parameters put in the place of those of the card, with their names.
    changed: BTreeMap<&'static str, (f64, &'static str)>,
    /// Energy of both beams in GeV: no transverse momentum or mass is above it.
    energy: f64,
    occurring: BTreeSet<i32>,
    used: BTreeSet<String>,
}

impl<'a> Cuts<'a> {
    /// The translator; `energy` is that of both beams.
    pub fn new(
        run: &'a RunParameters,
        names: &'a mut Names,
        finals: Vec<FinalState>,
        report: &'a mut Report,
        max_jet_flavour: i32,
        energy: f64,
    ) -> Self {
        Self {
            occurring: occurring(&finals),
            run,
            names,
            finals,
            report,
            conditions: Vec::new(),
            max_jet_flavour,
            changed: BTreeMap::new(),
            energy,
            used: BTreeSet::new(),
        }
    }

    /// Translates.
    pub(crate) fn translate(&mut self) {
        self.set_by_others();
        self.one_particle();
        self.distances();
        self.masses();
        self.sums();
        self.at_least_one();
        self.ordered();
        self.transverse_sums();
        self.isolation();
        self.by_pdg();
        self.merging();
    }

    /// Gluon and quarks that count as jets, heavier quarks, photons, charged leptons,
    /// neutrinos.
    pub fn group(&self, kind: char) -> Group {
        let both = |range: std::ops::RangeInclusive<i32>| range.flat_map(|p| [p, -p]).collect();
        let flavours = self.max_jet_flavour;
        let mut jets: Vec<i32> = both(1..=flavours);
        jets.insert(0, 21);
        let (wish, pdgs) = match kind {
            'j' => ("j", jets),
            'b' => ("b", both(flavours + 1..=5)),
            'a' => ("a", vec![22]),
            'l' => ("l", vec![11, -11, 13, -13, 15, -15]),
            '+' => ("l+", vec![-11, -13, -15]),
            '-' => ("l-", vec![11, 13, 15]),
            _ => ("nu", vec![12, -12, 14, -14, 16, -16]),
        };
        Group { wish, pdgs }
    }

    /// Value of a parameter, as others leave it.
    pub fn value(&self, name: &str) -> f64 {
        let changed = self.changed.get(name).map(|(value, _)| *value);
        changed.unwrap_or_else(|| self.run.number(name))
    }

    /// Minimum and maximum as far as they are cuts: a minimum above 0, a maximum from 0 and
    /// below `largest`.
    fn limits(&self, min: &'static str, max: &'static str, largest: f64) -> Option<Limits> {
        let low = Some(self.value(min)).filter(|x| *x > 0.0);
        let high = Some(self.value(max)).filter(|x| *x >= 0.0 && *x < largest);
        let both = [low.map(|_| min), high.map(|_| max)];
        let names: Vec<&str> = both.into_iter().flatten().collect();
        (!names.is_empty()).then_some(Limits { low, high, names })
    }

    /// As [`Self::limits`], for transverse momenta, masses and energies.
    pub fn energy_limits(&self, min: &'static str, max: &'static str) -> Option<Limits> {
        self.limits(min, max, self.energy)
    }

    /// What `xqcut` and `ptgmin` do to other parameters.
    fn set_by_others(&mut self) {
        let xqcut = self.run.number("xqcut");
        if xqcut > 0.0 {
            let none = (0.0, "xqcut");
            self.changed.extend([("drjj", none), ("drjl", none)]);
            let is_auto = self.run.flag("auto_ptj_mjj") && self.run.whole("ktscheme") == 1;
            for name in ["ptj", "mmjj"] {
                let own = self.run.number(name);
                if is_auto || own > xqcut {
                    let value = if is_auto { xqcut } else { 0.0 };
                    self.changed.insert(name, (value, "xqcut"));
                }
            }
        }
        if self.run.number("ptgmin") > 0.0 {
            let none = (0.0, "ptgmin");
            self.changed.extend([("pta", none), ("draj", none)]);
        }
    }

    /// Whether legs of these groups occur.
    pub fn occurs(&self, groups: &[&Group]) -> bool {
        let groups: Vec<&[i32]> = groups.iter().map(|g| g.pdgs.as_slice()).collect();
        let mut finals = self.finals.iter();
        finals.any(|f| f.has(&groups, true) || f.has(&groups, false))
    }

    /// Most legs of a group that a process line has.
    pub fn most(&self, group: &Group) -> usize {
        let counts = self.finals.iter().map(|f| f.count(&group.pdgs).1);
        counts.max().unwrap_or(0)
    }

    /// Fewest legs of a group that events of a process line have.
    pub fn fewest(&self, group: &Group) -> usize {
        let counts = self.finals.iter().map(|f| f.count(&group.pdgs).0);
        counts.min().unwrap_or(0)
    }

    /// Whether a cut that is `spared` acts on legs of these groups: such cuts leave alone
    /// what decays make unless `cut_decays` is set.
    fn acts(&self, groups: &[&Group], spared: bool) -> bool {
        if !spared || self.run.flag("cut_decays") {
            return self.occurs(groups);
        }
        let groups: Vec<&[i32]> = groups.iter().map(|g| g.pdgs.as_slice()).collect();
        self.finals.iter().any(|f| f.has(&groups, true))
    }

    /// The labels of groups in a condition, `core j` where decays make some that a cut
    /// spares; `None` if there are no legs for it.
    fn labels_of(
        &mut self,
        groups: &[&Group],
        spared: bool,
        names: &[&str],
    ) -> Option<Vec<String>> {
        if !self.acts(groups, spared) {
            if self.occurs(groups) {
                self.acts_on_decays(names);
            }
            return None;
        }
        let is_spared = spared && !self.run.flag("cut_decays");
        let labels = groups.iter().map(|group| match is_spared {
            true if self.decays_make(group).contains(&true) => {
                format!("core {}", self.label(group))
            }
            true => self.label(group),
            false => self.seen(group),
        });
        Some(labels.collect())
    }

    /// Whether decays make legs of a group: those of process lines, those of finished
    /// events.
    fn decays_make(&self, group: &Group) -> [bool; 2] {
        let all = self.finals.iter().map(|f| f.decays_make(&group.pdgs));
        all.fold([false; 2], |a, b| [a[0] || b[0], a[1] || b[1]])
    }

    /// The label of the legs of a group that are there before MadSpin acts.
    pub fn seen(&mut self, group: &Group) -> String {
        let label = self.label(group);
        match self.decays_make(group) {
            [false, true] => format!("core {label}"),
            [true, true] => {
                let reason = format!(
                    "cuts are on events before MadSpin: they cannot tell its '{label}' from \
                     those of decay chains"
                );
                let at = self.run.at("cut_decays");
                self.report
                    .physics("madspin_cuts", &reason, CardSection::Cuts, &at);
                label
            }
            _ => label,
        }
    }

    /// Tells of cuts on particles that MadSpin decays afterwards.
    fn decay_afterwards(&mut self, name: &str, is_cut: impl Fn(i32) -> bool) {
        let decaying = self.finals.iter().flat_map(|f| f.decaying.iter().flatten());
        if decaying.copied().any(is_cut) {
            let at = self.run.at(name);
            let reason = "acts on particles that MadSpin decays afterwards";
            self.report
                .physics("madspin_cuts", reason, CardSection::Cuts, &at);
        }
    }

    /// Tells of cuts that a card sets and that would act on products of decays alone.
    fn acts_on_decays(&mut self, names: &[&str]) {
        for name in names.iter().filter(|name| self.run.names(name)) {
            let at = self.run.at(name);
            let reason = "acts on nothing: only decays make such particles, and cut_decays = F \
                          spares what they make";
            self.report
                .note("cut_decays", reason, CardSection::Cuts, &at);
        }
    }

    /// The label of a group in conditions.
    pub fn label(&mut self, group: &Group) -> String {
        let found = (self.names).label_for(group.wish, &group.pdgs, &self.occurring);
        self.used.insert(found.clone());
        found
    }

    /// The labels that conditions use.
    pub fn labels(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.used)
    }

    /// `min < observable(groups) < max`, as far as the two parameters are cuts.
    fn window(
        &mut self,
        form: &str,
        groups: &[&Group],
        (min, max): (&'static str, &'static str),
        largest: f64,
        spared: bool,
    ) {
        let Some(limits) = self.limits(min, max, largest) else {
            return;
        };
        let Some(labels) = self.labels_of(groups, spared, &limits.names) else {
            return;
        };
        let inner = labels.join(", ");
        let observable = match form.strip_prefix('|') {
            Some(name) => format!("|{name}({inner})|"),
            None => format!("{form}({inner})"),
        };
        self.push(limits.condition(&observable), &limits.names);
    }

    /// As [`Self::window`], for pairs of charged leptons of opposite charge and equal
    /// flavour.
    fn same_flavour(&mut self, form: &str, names: (&'static str, &'static str), spared: bool) {
        let Some(limits) = self.energy_limits(names.0, names.1) else {
            return;
        };
        let pairs = [11, 13, 15].map(|pdg| [one(-pdg), one(pdg)]);
        let acting: Vec<&[Group; 2]> = (pairs.iter())
            .filter(|[a, b]| self.acts(&[a, b], spared))
            .collect();
        let (plus, minus) = (self.group('+'), self.group('-'));
        let pair = match acting.as_slice() {
            [] => {
                if pairs.iter().any(|[a, b]| self.occurs(&[a, b])) {
                    self.acts_on_decays(&limits.names);
                }
                return;
            }
            [[a, b]] => [a, b],
            _ => [&plus, &minus],
        };
        let Some(labels) = self.labels_of(&pair, spared, &limits.names) else {
            return;
        };
        let agree = if acting.len() > 1 {
            " same_flavour"
        } else {
            ""
        };
        let observable = format!("{form}({}){agree}", labels.join(", "));
        self.push(limits.condition(&observable), &limits.names);
    }

    /// Adds a condition; says which parameters are MadGraph's defaults, and which follow
    /// from others.
    pub fn push(&mut self, text: String, names: &[&str]) {
        let from: Vec<String> = (names.iter())
            .map(
                |name| match (self.changed.get(name), self.run.names(name)) {
                    (Some((_, by)), _) => format!("{name}, as {by} sets it"),
                    (None, true) => (*name).to_owned(),
                    (None, false) => format!("{name}, a default of MadGraph"),
                },
            )
            .collect();
        let from = from.join("; ");
        match self.conditions.iter_mut().find(|c| c.text == text) {
            Some(same) => same.from = format!("{}; {from}", same.from),
            None => self.conditions.push(Condition { text, from }),
        }
    }

    fn one_particle(&mut self) {
        const PT: [(char, [&str; 2]); 4] = [
            ('j', ["ptj", "ptjmax"]),
            ('b', ["ptb", "ptbmax"]),
            ('a', ["pta", "ptamax"]),
            ('l', ["ptl", "ptlmax"]),
        ];
        const ETA: [(char, [&str; 2]); 4] = [
            ('j', ["etajmin", "etaj"]),
            ('b', ["etabmin", "etab"]),
            ('a', ["etaamin", "etaa"]),
            ('l', ["etalmin", "etal"]),
        ];
        const E: [(char, [&str; 2]); 4] = [
            ('j', ["ej", "ejmax"]),
            ('b', ["eb", "ebmax"]),
            ('a', ["ea", "eamax"]),
            ('l', ["el", "elmax"]),
        ];
        for (kind, [min, max]) in PT {
            let group = self.group(kind);
            self.window("pt", &[&group], (min, max), self.energy, true);
        }
        for (kind, [min, max]) in ETA {
            let group = self.group(kind);
            self.window("|y", &[&group], (min, max), NO_CUT, true);
        }
        for (kind, [min, max]) in E {
            let group = self.group(kind);
            self.window("E_cm", &[&group], (min, max), self.energy, true);
        }
    }

    fn distances(&mut self) {
        const PAIRS: [([char; 2], [&str; 2]); 10] = [
            (['j', 'j'], ["drjj", "drjjmax"]),
            (['b', 'b'], ["drbb", "drbbmax"]),
            (['l', 'l'], ["drll", "drllmax"]),
            (['a', 'a'], ["draa", "draamax"]),
            (['b', 'j'], ["drbj", "drbjmax"]),
            (['a', 'j'], ["draj", "drajmax"]),
            (['j', 'l'], ["drjl", "drjlmax"]),
            (['a', 'b'], ["drab", "drabmax"]),
            (['b', 'l'], ["drbl", "drblmax"]),
            (['a', 'l'], ["dral", "dralmax"]),
        ];
        for ([a, b], [min, max]) in PAIRS {
            let groups = [self.group(a), self.group(b)];
            self.window("dR", &[&groups[0], &groups[1]], (min, max), NO_CUT, true);
        }
    }

    fn masses(&mut self) {
        for (kind, names) in [
            ('j', ("mmjj", "mmjjmax")),
            ('b', ("mmbb", "mmbbmax")),
            ('a', ("mmaa", "mmaamax")),
        ] {
            let group = self.group(kind);
            self.window("m", &[&group, &group], names, self.energy, true);
        }
        self.same_flavour("m", ("mmll", "mmllmax"), true);
    }

    /// Transverse momenta of pairs of leptons, the mass of all leptons, missing energy.
    fn sums(&mut self) {
        let (leptons, neutrinos) = (self.group('l'), self.group('n'));
        let names = ("ptllmin", "ptllmax");
        self.same_flavour("pt", names, false);
        for pair in [[&leptons, &neutrinos], [&neutrinos, &neutrinos]] {
            self.window("pt", &pair, names, self.energy, false);
        }
        if let Some(limits) = self.energy_limits("mmnl", "mmnlmax") {
            let present: Vec<&Group> = [&leptons, &neutrinos]
                .into_iter()
                .filter(|g| self.occurs(&[g]))
                .collect();
            let all: Vec<String> = (present.iter())
                .map(|g| format!("all {}", self.seen(g)))
                .collect();
            if !all.is_empty() {
                let observable = format!("m({})", all.join(", "));
                self.push(limits.condition(&observable), &limits.names);
            } else if limits.low.is_some() {
                // Without leptons the mass is 0.
                self.no_event("mmnl", "leptons");
            }
        }
        if let Some(limits) = self.energy_limits("misset", "missetmax")
            && self.occurs(&[&neutrinos])
        {
            let late = self.decays_make(&neutrinos)[1];
            let label = self.seen(&neutrinos);
            let mut text = match late {
                true => limits.condition(&format!("pt(all {label})")),
                false => limits.condition("met"),
            };
            if self.fewest(&neutrinos) == 0 {
                text = format!("{text} or n({label}) < 1");
            }
            self.push(text, &limits.names);
        }
    }

    /// Reports that a cut rejects the events of all process lines.
    pub fn no_event(&mut self, name: &str, what: &str) {
        let at = self.run.at(name);
        let reason = format!("no process line has {what} enough for it: there is no event");
        self.report
            .physics("too_few", &reason, CardSection::Cuts, &at);
    }

    fn at_least_one(&mut self) {
        for (kind, name) in [('j', "xptj"), ('b', "xptb"), ('a', "xpta"), ('l', "xptl")] {
            let group = self.group(kind);
            self.any_pt(&group, name);
        }
        let heavy = |pdg: &i32| {
            let particles = &self.names.model().particles;
            (particles.iter()).any(|p| p.pdg == *pdg && p.mass > 10.0)
        };
        let heavy = Group {
            wish: "heavy",
            pdgs: self.occurring.iter().copied().filter(heavy).collect(),
        };
        self.any_pt(&heavy, "ptheavy");
        if self.value("ptheavy") > 0.0 {
            let particles = self.names.model().particles.iter();
            let heavy: Vec<i32> = particles.filter(|p| p.mass > 10.0).map(|p| p.pdg).collect();
            self.decay_afterwards("ptheavy", |pdg| heavy.contains(&pdg));
        }
    }

    fn any_pt(&mut self, group: &Group, name: &'static str) {
        let low = self.value(name);
        if low > 0.0 && self.occurs(&[group]) {
            let label = self.seen(group);
            self.push(format!("any pt({label}) > {low}"), &[name]);
        }
    }

    /// The cone around photons. MadGraph skips it where a gap between two jets is asked for
    /// and there are fewer.
    fn isolation(&mut self) {
        let low = self.run.number("ptgmin");
        let (photons, jets) = (self.group('a'), self.group('j'));
        if low <= 0.0 || !self.occurs(&[&photons]) {
            return;
        }
        let unless = self.unless_gap();
        let label = self.seen(&photons);
        self.push(format!("pt({label}) > {low}{unless}"), &["ptgmin"]);
        let [radius, power, epsilon] =
            ["r0gamma", "xn", "epsgamma"].map(|name| self.run.number(name));
        if radius <= 0.0 {
            return;
        }
        if radius > std::f64::consts::PI || power < 0.0 || epsilon <= 0.0 {
            let at = self.run.at("ptgmin");
            let reason = format!(
                "expected a cone with r0gamma up to pi, xn not negative and epsgamma above 0, \
                 found {radius}, {power} and {epsilon}"
            );
            self.report
                .physics("photon_isolation", &reason, CardSection::Cuts, &at);
            return;
        }
        let cone = format!("; {radius}, n = {power}, epsilon = {epsilon}");
        let mut around = vec![vec![jets]];
        if self.run.flag("isoem") {
            around.push(vec![photons.clone(), self.group('l')]);
        }
        for groups in around {
            let present: Vec<&Group> = (groups.iter())
                .filter(|g| self.occurs(&[&photons, g]))
                .collect();
            if present.is_empty() {
                continue;
            }
            let mut labels = vec![label.clone()];
            labels.extend(present.into_iter().map(|g| self.seen(g)));
            let text = format!("isolated({}{cone}){unless}", labels.join(", "));
            self.push(text, &["ptgmin", "r0gamma", "xn", "epsgamma"]);
        }
    }

    /// Dictionaries by PDG number.
    fn by_pdg(&mut self) {
        for (name, form, is_min) in [
            ("pt_min_pdg", "pt", true),
            ("pt_max_pdg", "pt", false),
            ("eta_min_pdg", "|y", true),
            ("eta_max_pdg", "|y", false),
            ("e_min_pdg", "E_cm", true),
            ("e_max_pdg", "E_cm", false),
        ] {
            for (pdg, value) in self.run.dictionary(name) {
                let group = one(pdg);
                let anti = one(-pdg);
                let value = number(&value).unwrap_or_default();
                // As everywhere, a minimum of 0 and a negative maximum are none.
                let is_cut = if is_min { value > 0.0 } else { value >= 0.0 };
                if is_cut {
                    self.decay_afterwards(name, |p| p.abs() == pdg.abs() && pdg != 0);
                }
                for group in [group, anti] {
                    if !is_cut || pdg == 0 {
                        continue;
                    }
                    let Some(labels) = self.labels_of(&[&group], true, &[name]) else {
                        continue;
                    };
                    let label = &labels[0];
                    let closing = if form == "|y" { "|" } else { "" };
                    let sign = if is_min { '>' } else { '<' };
                    self.push(format!("{form}({label}){closing} {sign} {value}"), &[name]);
                }
            }
        }
        let only = self.run.dictionary("mxx_only_part_antipart");
        for (pdg, value) in self.run.dictionary("mxx_min_pdg") {
            let value = number(&value).unwrap_or_default();
            let is_on = |key: i32| {
                let found = only.iter().find(|(k, _)| *k == key);
                found.map(|(_, v)| ["t", "true", "1"].contains(&v.to_lowercase().as_str()))
            };
            if value > 0.0 {
                self.decay_afterwards("mxx_min_pdg", |p| p.abs() == pdg.abs() && pdg != 0);
            }
            let (x, anti) = (one(pdg), one(-pdg));
            let mut pairs = vec![[x.clone(), anti.clone()]];
            if !is_on(pdg).or(is_on(0)).unwrap_or(false) {
                pairs.extend([[x.clone(), x], [anti.clone(), anti]]);
            }
            for [a, b] in pairs {
                if value > 0.0
                    && pdg != 0
                    && let Some(labels) = self.labels_of(&[&a, &b], true, &["mxx_min_pdg"])
                {
                    let text = format!("m({}) > {value}", labels.join(", "));
                    self.push(text, &["mxx_min_pdg"]);
                }
            }
        }
        self.observable("sqrt_s", "dsqrt_shat", "dsqrt_shatmax");
    }

    /// A condition on a quantity of the whole event.
    pub fn observable(&mut self, text: &str, min: &'static str, max: &'static str) {
        if let Some(limits) = self.energy_limits(min, max) {
            self.push(limits.condition(text), &limits.names);
        }
    }

    /// Cuts on scales of emissions that decays do not make.
    fn merging(&mut self) {
        let (kt, lund) = (self.run.number("ktdurham"), self.run.number("ptlund"));
        if kt <= 0.0 && lund <= 0.0 {
            return;
        }
        let Some(partons) = self.merging_partons() else {
            return;
        };
        let mut light = self.group('j').pdgs;
        light.extend(self.group('b').pdgs);
        light.retain(|pdg| partons.pdgs.contains(pdg));
        // Without light partons the cut is skipped.
        let acts = self.finals.iter().any(|f| f.has(&[&light], true));
        let is_made = self.decays_make(&partons).contains(&true);
        let label = self.label(&partons);
        let label = match is_made {
            true => format!("core {label}"),
            false => label,
        };
        let d = self.run.number("dparameter");
        let forms = [
            ("ktdurham", kt, format!("kt_durham({label}, {d})")),
            ("ptlund", lund, format!("pt_lund({label})")),
        ];
        for (name, least, form) in forms.into_iter().filter(|f| f.1 > 0.0) {
            let at = self.run.at(name);
            if !acts {
                let reason = "acts on nothing: there is no light parton that no decay makes";
                self.report.note(name, reason, CardSection::Cuts, &at);
            } else if name == "ktdurham" && d <= 0.0 {
                let reason = format!("expected a dparameter above 0, found {d}");
                self.report.physics(name, &reason, CardSection::Cuts, &at);
            } else {
                self.push(format!("{form} > {least}"), &[name]);
            }
        }
    }

    /// The particles of `pdgs_for_merging_cut`, with their antiparticles.
    fn merging_partons(&mut self) -> Option<Group> {
        let name = "pdgs_for_merging_cut";
        let list = self.run.text(name).replace(['[', ']', ',', '(', ')'], " ");
        let numbers: Option<Vec<i32>> = list.split_whitespace().map(|w| w.parse().ok()).collect();
        match numbers {
            Some(numbers) => {
                let is_own = |pdg: &i32| [21, 22, 23, 25].contains(pdg);
                let both = |pdg: i32| {
                    if is_own(&pdg) {
                        vec![pdg]
                    } else {
                        vec![pdg, -pdg]
                    }
                };
                let pdgs = numbers.into_iter().flat_map(both).collect();
                Some(Group { wish: "j", pdgs })
            }
            None => {
                let at = self.run.at(name);
                let reason = format!("expected PDG numbers, found '{}'", self.run.text(name));
                self.report.physics(name, &reason, CardSection::Cuts, &at);
                None
            }
        }
    }
}

fn one(pdg: i32) -> Group {
    Group {
        wish: "",
        pdgs: vec![pdg],
    }
}
