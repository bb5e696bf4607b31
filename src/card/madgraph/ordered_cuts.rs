//! Cuts on jets and leptons in the order of their transverse momenta, and on sums of them,
//! with MadGraph's treatment of events that have too few.
//!
//! Knows numbers of legs; knows no momentum.

use super::ability::Ability;
use super::cuts::{Cuts, Group};
use super::report::CardSection;

const JETS_MIN: [&str; 4] = ["ptj1min", "ptj2min", "ptj3min", "ptj4min"];
const JETS_MAX: [&str; 4] = ["ptj1max", "ptj2max", "ptj3max", "ptj4max"];
const LEPTONS_MIN: [&str; 4] = ["ptl1min", "ptl2min", "ptl3min", "ptl4min"];
const LEPTONS_MAX: [&str; 4] = ["ptl1max", "ptl2max", "ptl3max", "ptl4max"];
const HT_MIN: [&str; 3] = ["ht2min", "ht3min", "ht4min"];
const HT_MAX: [&str; 3] = ["ht2max", "ht3max", "ht4max"];

/// Lines that can have no event because they have too few jets, with the reason. If that
/// is all of them, none is dropped and it is reported.
pub(super) fn too_few(cuts: &mut Cuts) -> Vec<(usize, String)> {
    let jets = cuts.group('j');
    let partons = union(&jets, &cuts.group('b'));
    let mut needed: Vec<(&str, usize, &[i32])> = (JETS_MIN.iter().enumerate())
        .map(|(k, name)| (*name, k + 1, jets.pdgs.as_slice()))
        .collect();
    needed.push(("htjmin", 1, &jets.pdgs));
    needed.push(("ihtmin", 1, &partons));
    needed.retain(|(name, ..)| cuts.value(name) > 0.0);
    if cuts.run.whole("cutuse") == 1 {
        needed.retain(|(name, ..)| !JETS_MIN.contains(name));
    }
    let mut dropped = Vec::new();
    let mut unclear = Vec::new();
    for (k, state) in cuts.finals.iter().enumerate() {
        for (name, n, pdgs) in &needed {
            let (fewest, most) = state.count(pdgs);
            if most < *n {
                let value = cuts.value(name);
                dropped.push((
                    k,
                    format!("its events have too few jets for {name} = {value}"),
                ));
                break;
            } else if fewest < *n {
                unclear.push(*name);
            }
        }
    }
    for name in unclear {
        let at = cuts.run.at(name);
        let reason = "some events of a process line have too few jets for it, others do not";
        cuts.report
            .physics("too_few_jets", reason, CardSection::Cuts, &at);
    }
    if dropped.len() == cuts.finals.len() {
        if let Some((name, ..)) = needed.first().filter(|_| !dropped.is_empty()) {
            let at = cuts.run.at(name);
            let reason = "no process line has jets enough for it: there is no event";
            cuts.report
                .physics("too_few_jets", reason, CardSection::Cuts, &at);
        }
        return Vec::new();
    }
    dropped
}

fn union(a: &Group, b: &Group) -> Vec<i32> {
    [a.pdgs.as_slice(), b.pdgs.as_slice()].concat()
}

impl Cuts<'_> {
    /// Cuts on the hardest jets and leptons, and on the two hardest jets together.
    pub(crate) fn ordered(&mut self) {
        let jets = self.group('j');
        let has_jets = self.finals.iter().any(|f| f.count(&jets.pdgs).1 > 0);
        let n_jet_cuts: usize = (JETS_MIN.into_iter().zip(JETS_MAX))
            .filter_map(|(min, max)| self.energy_limits(min, max))
            .map(|limits| limits.names.len())
            .sum();
        if has_jets && self.run.whole("cutuse") == 1 && n_jet_cuts > 1 {
            let at = self.run.at("cutuse");
            let reason = "that at least one of several cuts holds cannot be said";
            self.report
                .physics("cutuse", reason, CardSection::Cuts, &at);
        } else {
            self.ranks('j', JETS_MIN, JETS_MAX);
        }
        self.ranks('l', LEPTONS_MIN, LEPTONS_MAX);
        let (min, gap) = (self.value("xetamin"), self.value("deltaeta"));
        let two = self.finals.iter().any(|f| f.count(&jets.pdgs).1 > 1);
        if two && (min > 0.0 || gap > 0.0) {
            let label = self.label(&jets);
            if min > 0.0 {
                for rank in [1, 2] {
                    self.push(format!("|y({label}[{rank}])| > {min}"), &["xetamin"]);
                }
            }
            if gap > 0.0 {
                let text = format!("dy({label}[1], {label}[2]) > {gap}");
                self.push(text, &["deltaeta"]);
            }
            let at = self.run.at(if gap > 0.0 { "deltaeta" } else { "xetamin" });
            self.report
                .lacks(Ability::OppositeHemispheres, CardSection::Cuts, &at);
        }
    }

    fn ranks(&mut self, kind: char, mins: [&'static str; 4], maxs: [&'static str; 4]) {
        let group = self.group(kind);
        let most = (self.finals.iter()).map(|f| f.count(&group.pdgs).1).max();
        let fewest = (self.finals.iter()).map(|f| f.count(&group.pdgs).0).min();
        for k in 0..4 {
            let limits = self.energy_limits(mins[k], maxs[k]);
            let Some(limits) = limits.filter(|_| most.unwrap_or(0) > k) else {
                continue;
            };
            if kind == 'l' && limits.low.is_some() && fewest.unwrap_or(0) <= k {
                let at = self.run.at(mins[k]);
                let reason = "some events have fewer leptons";
                self.report
                    .physics("too_few_leptons", reason, CardSection::Cuts, &at);
            }
            let label = self.label(&group);
            let observable = format!("pt({label}[{}])", k + 1);
            self.push(limits.condition(&observable), &limits.names);
        }
    }

    /// Scalar sums of transverse momenta.
    pub(crate) fn transverse_sums(&mut self) {
        let (jets, b) = (self.group('j'), self.group('b'));
        self.ht(std::slice::from_ref(&jets), "htjmin", "htjmax");
        self.ht(&[jets.clone(), b], "ihtmin", "ihtmax");
        for (k, (min, max)) in HT_MIN.into_iter().zip(HT_MAX).enumerate() {
            let Some(limits) = self.energy_limits(min, max) else {
                continue;
            };
            if !self.finals.iter().any(|f| f.count(&jets.pdgs).1 > 0) {
                continue;
            }
            let n = k + 2;
            if self.finals.iter().all(|f| f.count(&jets.pdgs) == (n, n)) {
                self.ht(std::slice::from_ref(&jets), min, max);
            } else {
                let at = self.run.at(limits.names[0]);
                let reason = "the sum of some of the jets cannot be said";
                self.report
                    .physics("hardest_jets", reason, CardSection::Cuts, &at);
            }
        }
    }

    fn ht(&mut self, groups: &[Group], min: &'static str, max: &'static str) {
        let present: Vec<&Group> = (groups.iter())
            .filter(|g| self.finals.iter().any(|f| f.count(&g.pdgs).1 > 0))
            .collect();
        if present.is_empty() || self.energy_limits(min, max).is_none() {
            return;
        }
        let labels: Vec<String> = present.iter().map(|g| self.label(g)).collect();
        self.observable(&format!("ht({})", labels.join(", ")), min, max);
    }
}
