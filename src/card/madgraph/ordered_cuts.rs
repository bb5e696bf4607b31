//! Cuts on jets and leptons in the order of their transverse momenta, and on sums of them,
//! with MadGraph's treatment of events that have too few.
//!
//! Knows numbers of legs; knows no momentum.

use super::cuts::{Cuts, Group};

const JETS_MIN: [&str; 4] = ["ptj1min", "ptj2min", "ptj3min", "ptj4min"];
const JETS_MAX: [&str; 4] = ["ptj1max", "ptj2max", "ptj3max", "ptj4max"];
const LEPTONS_MIN: [&str; 4] = ["ptl1min", "ptl2min", "ptl3min", "ptl4min"];
const LEPTONS_MAX: [&str; 4] = ["ptl1max", "ptl2max", "ptl3max", "ptl4max"];
const HT_MIN: [&str; 3] = ["ht2min", "ht3min", "ht4min"];
const HT_MAX: [&str; 3] = ["ht2max", "ht3max", "ht4max"];

impl Cuts<'_> {
    /// Cuts on the hardest jets and leptons, and on the two hardest jets together.
    pub(crate) fn ordered(&mut self) {
        self.numbers('j', JETS_MIN);
        if self.run.whole("cutuse") == 1 {
            self.one_of_ranks();
        } else {
            self.ranks('j', JETS_MIN, JETS_MAX);
        }
        self.numbers('l', LEPTONS_MIN);
        self.ranks('l', LEPTONS_MIN, LEPTONS_MAX);
        let (min, gap) = (self.value("xetamin"), self.value("deltaeta"));
        let jets = self.group('j');
        if self.most(&jets) < 2 || (min <= 0.0 && gap <= 0.0) {
            return;
        }
        let unless = self.unless_gap();
        let label = self.seen(&jets);
        let (first, second) = (format!("{label}[1]"), format!("{label}[2]"));
        if min > 0.0 {
            let text = format!("|y({first})| > {min}{unless}");
            self.push(text, &["xetamin"]);
            self.push(format!("|y({second})| > {min}"), &["xetamin"]);
        }
        if gap > 0.0 {
            self.push(format!("dy({first}, {second}) > {gap}"), &["deltaeta"]);
        }
        let name = if gap > 0.0 { "deltaeta" } else { "xetamin" };
        self.push(format!("y({first}) * y({second}) <= 0"), &[name]);
    }

    /// What is added to conditions that MadGraph skips with fewer than two jets where
    /// `xetamin` or `deltaeta` are set.
    pub(crate) fn unless_gap(&mut self) -> String {
        let jets = self.group('j');
        let is_set = self.value("xetamin") > 0.0 || self.value("deltaeta") > 0.0;
        if !is_set || self.fewest(&jets) >= 2 || self.most(&jets) == 0 {
            return String::new();
        }
        format!(" or n({}) < 2", self.seen(&jets))
    }

    /// That there are as many jets or leptons as minima name.
    fn numbers(&mut self, kind: char, mins: [&'static str; 4]) {
        let group = self.group(kind);
        let last = (1..=4).rfind(|n| self.value(mins[n - 1]) > 0.0);
        let Some(n) = last.filter(|n| self.fewest(&group) < *n) else {
            return;
        };
        let what = if kind == 'j' { "jets" } else { "leptons" };
        if self.most(&group) < n {
            self.no_event(mins[n - 1], what);
        } else {
            let label = self.seen(&group);
            self.push(format!("n({label}) >= {n}"), &[mins[n - 1]]);
        }
    }

    fn ranks(&mut self, kind: char, mins: [&'static str; 4], maxs: [&'static str; 4]) {
        let group = self.group(kind);
        let most = self.most(&group);
        for k in 0..most.min(4) {
            if let Some(limits) = self.energy_limits(mins[k], maxs[k]) {
                let label = self.seen(&group);
                let observable = format!("pt({label}[{}])", k + 1);
                self.push(limits.condition(&observable), &limits.names);
            }
        }
    }

    /// `cutuse = 1`: at least one of the jets, up to the fourth, passes its cut; one
    /// without a cut does.
    fn one_of_ranks(&mut self) {
        let group = self.group('j');
        let most = self.most(&group);
        let limits: Vec<_> = (0..4)
            .map_while(|k| self.energy_limits(JETS_MIN[k], JETS_MAX[k]))
            .collect();
        let n = limits.len().min(most);
        if n == 0 {
            return;
        }
        let label = self.seen(&group);
        let mut names = vec!["cutuse"];
        let mut texts = Vec::new();
        for (k, limits) in limits[..n].iter().enumerate() {
            texts.push(limits.condition(&format!("pt({label}[{}])", k + 1)));
            names.extend(&limits.names);
        }
        if most > n && n < 4 {
            texts.push(format!("n({label}) > {n}"));
        }
        self.push(texts.join(" or "), &names);
    }

    /// Scalar sums of transverse momenta.
    pub(crate) fn transverse_sums(&mut self) {
        let (jets, b) = (self.group('j'), self.group('b'));
        self.ht(std::slice::from_ref(&jets), "htjmin", "htjmax");
        self.ht(&[jets.clone(), b], "ihtmin", "ihtmax");
        for (k, (min, max)) in HT_MIN.into_iter().zip(HT_MAX).enumerate() {
            // It is not tested with fewer jets.
            if let Some(limits) = self.energy_limits(min, max)
                && self.most(&jets) >= k + 2
            {
                let label = self.seen(&jets);
                let observable = format!("ht({label}[1..{}])", k + 2);
                self.push(limits.condition(&observable), &limits.names);
            }
        }
    }

    /// A sum over all legs of some groups: without any it is 0.
    fn ht(&mut self, groups: &[Group], min: &'static str, max: &'static str) {
        let Some(limits) = self.energy_limits(min, max) else {
            return;
        };
        let present: Vec<&Group> = groups.iter().filter(|g| self.most(g) > 0).collect();
        if present.is_empty() {
            if limits.low.is_some() {
                self.no_event(min, "jets");
            }
            return;
        }
        let labels: Vec<String> = present.iter().map(|g| self.seen(g)).collect();
        self.observable(&format!("ht({})", labels.join(", ")), min, max);
    }
}
