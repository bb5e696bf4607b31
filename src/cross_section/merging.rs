//! What merging multiplies the points of a batch with: the strong coupling at the scales
//! of emissions, parton densities along both beams, and the cut on these scales.
//!
//! Knows emissions, couplings and densities; knows no matrix element and no distance.
//! Sources: Mangano, Moretti, Piccinini and Treccani, JHEP 01 (2007) 013 (MLM); Alwall et al.,
//! Eur. Phys. J. C53 (2008) 473 (kT-MLM as in MadGraph).

use super::build::{CrossSection, Setup};
use super::densities::Columns;
use super::error::CrossSectionError;
use super::group::{FlavourAssignment, SubprocessGroup};
use super::point_batch::PointBatch;
use crate::beam::AlphaS;
use crate::clustering::{DensityLink, Emissions, LineFlavour, QuarkRules};
use crate::weights::{BeamLine, Emitted};

/// Least density of a line over which another one is taken, as in MadGraph.
const LEAST_DENSITY: f64 = 1e-10;

/// How samples of several multiplicities are prepared for a shower that merges them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MergingRules {
    /// Least scale in GeV at which a jet may be radiated; from 0.
    pub xqcut: f64,
    /// Whether emissions have the strong coupling at their own scales.
    pub alpha_s: bool,
    /// Whether the lines along the beams have densities at the scales of emissions.
    pub densities: bool,
    /// Factor of the scales at which emissions couple.
    pub alpha_s_factor: f64,
    /// Which quarks count as what.
    pub quarks: QuarkRules,
}

impl MergingRules {
    /// What the weight of an event takes from its emissions: `legs` are the incoming ones of
    /// beam 1 and beam 2, `x` their momentum fractions, `pdg` the ids of all legs.
    pub(crate) fn emitted(
        &self,
        emissions: &Emissions,
        legs: [usize; 2],
        x: [f64; 2],
        pdg: &[i32],
    ) -> Emitted {
        let line = |beam: usize| {
            let links = emissions
                .links(legs[beam])
                .iter()
                .filter(|_| self.densities);
            let line = move |link: &DensityLink| BeamLine {
                parton: link.pdg(legs[beam], pdg),
                x: x[beam] * link.behind,
                scale: link.scale,
            };
            links.map(line).collect()
        };
        let strong = emissions.strong().iter().filter(|_| self.alpha_s);
        Emitted {
            strong: strong.map(|q| self.alpha_s_factor * q).collect(),
            lines: [line(0), line(1)],
        }
    }
}

/// Refuses jets without some of the quarks that have no mass: those share matrix elements
/// with the others, and scales with them.
///
/// # Errors
/// [`CrossSectionError::JetFlavours`].
pub(crate) fn check_merging(setup: &Setup) -> Result<(), CrossSectionError> {
    let Some(rules) = setup.merging else {
        return Ok(());
    };
    let is_light = |pdg: &i32| {
        let id = setup.model.by_pdg(*pdg);
        id.is_some_and(|id| setup.model.particle(id).mass == 0.0)
    };
    let expected = (1..=6).filter(is_light).count() as u32;
    match rules.quarks.jets {
        Some(found) if found < expected => Err(CrossSectionError::JetFlavours { found, expected }),
        _ => Ok(()),
    }
}

/// Ranges of a list, one for each place.
#[derive(Debug, Default)]
struct Ranges {
    start: Vec<u32>,
    n: Vec<u32>,
}

impl Ranges {
    fn reset(&mut self, size: usize) {
        for list in [&mut self.start, &mut self.n] {
            list.clear();
            list.resize(size, 0);
        }
    }

    fn of(&self, place: usize) -> std::ops::Range<usize> {
        let start = self.start[place] as usize;
        start..start + self.n[place] as usize
    }
}

/// Lines along one leg.
#[derive(Debug, Default)]
struct LegLines {
    of: Ranges,
    links: Vec<DensityLink>,
    /// Where the density of a link is, and before it that of the same line at the scale of
    /// the link before.
    columns: Vec<[u32; 2]>,
    densities: Columns,
}

/// Rows of the partons that lines of one flavour assignment can be.
pub(super) struct LineRows {
    own: Option<usize>,
    gluon: Option<usize>,
    anti: Vec<Option<usize>>,
}

impl LineRows {
    /// For one leg of a flavour assignment.
    pub(super) fn new(partons: &[i32], leg: usize, flavour: &FlavourAssignment) -> Self {
        let row = |pdg: i32| partons.iter().position(|p| *p == pdg);
        Self {
            own: Some(flavour.rows[leg]),
            gluon: row(21),
            anti: flavour.pdg.iter().map(|pdg| row(-pdg)).collect(),
        }
    }

    fn of(&self, flavour: LineFlavour) -> Option<usize> {
        match flavour {
            LineFlavour::Own => self.own,
            LineFlavour::Gluon => self.gluon,
            LineFlavour::Anti(leg) => self.anti.get(leg).copied().flatten(),
        }
    }
}

/// What merging knows of the points of a batch; places are `set * n + point`.
#[derive(Debug, Default)]
pub(super) struct MergedPoints {
    /// Coupling of the emissions over that of the event; 0 where the cut removes a point.
    factor: Vec<f64>,
    strong: Vec<f64>,
    strong_of: Ranges,
    lines: [LegLines; 2],
}

impl MergedPoints {
    /// For so many places.
    pub(super) fn reset(&mut self, size: usize) {
        self.factor.clear();
        self.factor.resize(size, 1.0);
        self.strong.clear();
        self.strong_of.reset(size);
        for lines in &mut self.lines {
            lines.of.reset(size);
            lines.links.clear();
        }
    }

    /// Takes the emissions of one point; `mu_f` are the factorisation scales of both legs
    /// in GeV, up to which lines go.
    pub(super) fn add(
        &mut self,
        place: usize,
        rules: &MergingRules,
        emissions: &Emissions,
        mu_f: [f64; 2],
    ) {
        // A scale that rounding makes none is below the cut.
        let is_left = emissions.least_jet >= rules.xqcut;
        self.factor[place] = if is_left { 1.0 } else { 0.0 };
        if rules.alpha_s {
            self.strong_of.start[place] = self.strong.len() as u32;
            self.strong_of.n[place] = emissions.strong().len() as u32;
            self.strong.extend(emissions.strong());
        }
        if rules.densities {
            for (side, lines) in self.lines.iter_mut().enumerate() {
                let own = emissions.links(side);
                lines.of.start[place] = lines.links.len() as u32;
                lines.of.n[place] = own.len() as u32;
                lines.links.extend(own);
                let own = lines.of.of(place);
                if let Some((last, others)) = lines.links[own].split_last_mut() {
                    last.scale = mu_f[side];
                    let limit = |link: &mut DensityLink| link.scale = link.scale.min(mu_f[side]);
                    others.iter_mut().for_each(limit);
                }
            }
        }
    }

    /// Multiplies with the couplings of the emissions over `alpha_s` of the places.
    pub(super) fn couple(&mut self, rules: &MergingRules, running: &AlphaS, alpha_s: &[f64]) {
        for (place, factor) in self.factor.iter_mut().enumerate() {
            if *factor > 0.0 {
                for scale in &self.strong[self.strong_of.of(place)] {
                    *factor *= running.at(rules.alpha_s_factor * scale) / alpha_s[place];
                }
            }
        }
    }

    /// Whether an emission is below the cut.
    pub(super) fn is_soft(&self, place: usize) -> bool {
        self.factor[place] == 0.0
    }

    /// The coupling of the emissions over that of the event; 0 where the cut removes it.
    pub(super) fn factor(&self, place: usize) -> f64 {
        self.factor[place]
    }

    /// Densities along a leg: that of the incoming parton, and for every further line that
    /// at its scale over that at the scale before.
    pub(super) fn density(&self, leg: usize, place: usize, rows: &LineRows) -> f64 {
        let lines = &self.lines[leg];
        let mut density = 1.0;
        for (k, at) in lines.of.of(place).enumerate() {
            let Some(row) = rows.of(lines.links[at].flavour) else {
                return 0.0;
            };
            let [before, own] = lines.columns[at].map(|column| column as usize);
            let values = lines.densities.row(row);
            density *= values[own];
            if k > 0 {
                let below = values[before];
                if below <= LEAST_DENSITY * lines.densities.x[before] {
                    return 0.0;
                }
                density /= below;
            }
        }
        density
    }
}

impl LegLines {
    /// Columns of the lines of a point, each momentum fraction and scale once.
    fn add_point(&mut self, places: impl Iterator<Item = usize>, x: f64) {
        let all = &mut self.densities;
        let first = all.x.len();
        for place in places {
            let mut before = 0.0;
            for at in self.of.of(place) {
                let link = self.links[at];
                let mut column = |scale: f64| {
                    let (x, q2) = (x * link.behind, scale * scale);
                    let mut known = first..all.x.len();
                    let found = known.find(|&c| all.x[c] == x && all.q2[c] == q2);
                    found.unwrap_or_else(|| {
                        all.x.push(x);
                        all.q2.push(q2);
                        all.x.len() - 1
                    }) as u32
                };
                let own = column(link.scale);
                let of_before = if before > 0.0 { column(before) } else { own };
                self.columns[at] = [of_before, own];
                before = link.scale;
            }
        }
    }
}

impl SubprocessGroup {
    /// Parton densities of all lines of both legs, beam by beam.
    pub(super) fn line_densities(&self, shared: &CrossSection, batch: &mut PointBatch) {
        let (n, n_sets) = (batch.len(), self.scale_sets.len());
        let mut merged = std::mem::take(&mut batch.merged);
        for (leg, partons) in self.partons.iter().enumerate() {
            let own = &mut merged.lines[leg];
            own.columns.clear();
            own.columns.resize(own.links.len(), [0; 2]);
            own.densities.clear();
            let ends = batch.beams_of_leg(leg).map(|(beam, range, x)| {
                for k in range {
                    own.add_point((0..n_sets).map(|set| set * n + k), x[k]);
                }
                (beam, own.densities.x.len())
            });
            let luminosity = shared.luminosity.as_ref();
            own.densities.evaluate(luminosity, partons, ends);
        }
        batch.merged = merged;
    }
}
