//! Cuts on jets and leptons in the order of their transverse momenta, and on sums of them,
//! with MadGraph's treatment of events that have too few.
//!
//! Knows numbers of legs; knows no momentum.

use super::ability::Ability;
use super::cuts::{Cuts, Group, between};
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
        let active = |cuts: &Self, name: &str, is_min: bool| match is_min {
            true => cuts.value(name) > 0.0,
            false => cuts.value(name) >= 0.0 && cuts.is_below_all(cuts.value(name)),
        };
        let jets = self.group('j');
        let has_jets = self.finals.iter().any(|f| f.count(&jets.pdgs).1 > 0);
        let n_jet_cuts = (JETS_MIN.iter().map(|n| active(self, n, true)))
            .chain(JETS_MAX.iter().map(|n| active(self, n, false)))
            .filter(|is| *is)
            .count();
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

    fn is_below_all(&self, value: f64) -> bool {
        value < self.run.number("ebeam1") + self.run.number("ebeam2")
    }

    fn ranks(&mut self, kind: char, mins: [&'static str; 4], maxs: [&'static str; 4]) {
        let group = self.group(kind);
        let most = (self.finals.iter()).map(|f| f.count(&group.pdgs).1).max();
        let fewest = (self.finals.iter()).map(|f| f.count(&group.pdgs).0).min();
        for k in 0..4 {
            let low = Some(self.value(mins[k])).filter(|x| *x > 0.0);
            let high = Some(self.value(maxs[k])).filter(|x| *x >= 0.0 && self.is_below_all(*x));
            if (low, high) == (None, None) || most.unwrap_or(0) <= k {
                continue;
            }
            if kind == 'l' && low.is_some() && fewest.unwrap_or(0) <= k {
                let at = self.run.at(mins[k]);
                let reason = "some events have fewer leptons";
                self.report
                    .physics("too_few_leptons", reason, CardSection::Cuts, &at);
            }
            let label = self.label(&group);
            let names = [low.map(|_| mins[k]), high.map(|_| maxs[k])];
            let names: Vec<&str> = names.into_iter().flatten().collect();
            let observable = format!("pt({label}[{}])", k + 1);
            self.push(between(&observable, low, high), &names);
        }
    }

    /// Scalar sums of transverse momenta.
    pub(crate) fn transverse_sums(&mut self) {
        let (jets, b) = (self.group('j'), self.group('b'));
        self.ht(std::slice::from_ref(&jets), "htjmin", "htjmax");
        self.ht(&[jets.clone(), b], "ihtmin", "ihtmax");
        for (k, (min, max)) in HT_MIN.into_iter().zip(HT_MAX).enumerate() {
            let is_cut = self.value(min) > 0.0
                || (self.value(max) >= 0.0 && self.is_below_all(self.value(max)));
            let has = |n: usize| {
                move |f: &super::final_state::FinalState, p: &[i32]| f.count(p) == (n, n)
            };
            let exact = has(k + 2);
            if !is_cut || !self.finals.iter().any(|f| f.count(&jets.pdgs).1 > 0) {
                continue;
            }
            if self.finals.iter().all(|f| exact(f, &jets.pdgs)) {
                self.ht(std::slice::from_ref(&jets), min, max);
            } else {
                let at = self.run.at(if self.value(min) > 0.0 { min } else { max });
                let reason = "the sum of some of the jets cannot be said";
                self.report
                    .physics("hardest_jets", reason, CardSection::Cuts, &at);
            }
        }
    }

    fn ht(&mut self, groups: &[Group], min: &'static str, max: &'static str) {
        let low = Some(self.value(min)).filter(|x| *x > 0.0);
        let high = Some(self.value(max)).filter(|x| *x >= 0.0 && self.is_below_all(*x));
        let present: Vec<&Group> = (groups.iter())
            .filter(|g| self.finals.iter().any(|f| f.count(&g.pdgs).1 > 0))
            .collect();
        if (low, high) == (None, None) || present.is_empty() {
            return;
        }
        let labels: Vec<String> = present.iter().map(|g| self.label(g)).collect();
        let names = [low.map(|_| min), high.map(|_| max)];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        let observable = format!("ht({})", labels.join(", "));
        self.push(between(&observable, low, high), &names);
    }
}
