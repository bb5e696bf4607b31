//! What a merged sample takes from the vertices of an event: which of them have their
//! own strong coupling, and the parton densities along both beams.
//!
//! Knows vertices and their scales; knows no distance, no coupling and no density.
//! Sources: Catani, Krauss, Kuhn and Webber, JHEP 11 (2001) 063 (couplings at the scales of
//! emissions); lines along the beams as in MadGraph5_aMC@NLO 3.5.7 with
//! `pdfwgt`.

use super::follow::Followed;
use super::join::{Joined, MOST_VERTICES};

/// Scales that differ relatively by less are the same, and a smaller part is none.
const EQUAL: f64 = 1e-9;

/// Flavour of a line along a beam.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineFlavour {
    /// That of the incoming leg.
    #[default]
    Own,
    /// A gluon.
    Gluon,
    /// The antiparticle of this outgoing leg.
    Anti(usize),
}

/// A line along a beam whose density changes its scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DensityLink {
    /// What it is.
    pub flavour: LineFlavour,
    /// Its momentum fraction over that of the incoming leg.
    pub kept: f64,
    /// Momentum fraction at which an event takes its densities, over that of the incoming leg:
    /// for a line that is not the incoming one what the next vertex leaves of it, as in MadGraph.
    pub behind: f64,
    /// Scale up to which it goes, GeV.
    pub scale: f64,
}

impl DensityLink {
    /// The PDG id of the line, which comes from an incoming leg; `pdg` are the ids of all
    /// legs.
    pub fn pdg(&self, leg: usize, pdg: &[i32]) -> i32 {
        match self.flavour {
            LineFlavour::Own => pdg[leg],
            LineFlavour::Gluon => 21,
            LineFlavour::Anti(outgoing) => -pdg[outgoing],
        }
    }
}

/// What a merged sample takes from the vertices of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emissions {
    /// Smallest scale of a vertex at which a jet is radiated, GeV; infinite without jets.
    pub least_jet: f64,
    strong: [f64; MOST_VERTICES],
    n_strong: usize,
    links: [[DensityLink; MOST_VERTICES]; 2],
    n_links: [usize; 2],
}

impl Emissions {
    /// Scales of the vertices that have their own strong coupling, GeV.
    pub fn strong(&self) -> &[f64] {
        &self.strong[..self.n_strong]
    }

    /// Lines along the beam of leg 0 or 1, from the incoming leg inwards. With
    /// `f_i(x, mu)` for the density of line `i`, an event has `f_0(x_0, mu_0)` and for every
    /// further line `f_i(x_i, mu_i) / f_i(x_i, mu_(i-1))`, where `x_i` is
    /// [`DensityLink::behind`] of the momentum fraction `x_0`.
    pub fn links(&self, side: usize) -> &[DensityLink] {
        &self.links[side][..self.n_links[side]]
    }
}

impl Followed {
    /// Everything for a merged sample.
    pub(super) fn emissions(&self, joined: &Joined, n_legs: usize) -> Emissions {
        let mut found = Emissions {
            least_jet: self.least_jet2.sqrt(),
            strong: [0.0; MOST_VERTICES],
            n_strong: 0,
            links: [[DensityLink::default(); MOST_VERTICES]; 2],
            n_links: [0; 2],
        };
        let has = self.has_alpha_s(joined, n_legs);
        for at in (0..joined.n).filter(|&at| has[at]) {
            found.strong[found.n_strong] = self.scale2[at].sqrt();
            found.n_strong += 1;
        }
        for side in 0..2 {
            self.walk_beam(joined, side, &mut found);
        }
        found
    }

    /// Vertices at which a parton is radiated and that are not the core.
    pub(super) fn has_alpha_s(&self, joined: &Joined, n_legs: usize) -> [bool; MOST_VERTICES] {
        let mut good = self.good;
        for (leg, good) in good[..n_legs].iter_mut().enumerate() {
            let kind = self.kinds[leg];
            *good = match leg {
                0 | 1 => kind.is_coupled(),
                _ => self.jets[leg] > 0 || kind.is_coupled() && !kind.is_parton(),
            };
        }
        let mut has = [false; MOST_VERTICES];
        for at in 0..joined.n - 1 {
            let pair = &joined.pairs[at];
            let lines = pair.lines.map(|line| self.kinds[line]);
            let is_good = pair.lines.map(|line| good[line]);
            let into = self.kinds[pair.into];
            good[pair.into] = into.is_coupled() && is_good == [true; 2];
            has[at] = if self.carriers[pair.into][0] < 2 {
                good[pair.into]
            } else {
                let coloured = into.is_coloured() && lines.iter().all(|k| k.is_coloured());
                coloured && lines.iter().any(|k| k.is_coupled()) && is_good.contains(&true)
            };
        }
        has
    }

    /// Lines of one beam, up to the last vertex at which it is a parton.
    fn walk_beam(&self, joined: &Joined, side: usize, found: &mut Emissions) {
        let mu_f = self.mu_f[side];
        let [first, last] = self.parton_vertices[side];
        let (mut line, mut flavour, mut kept) = (side, LineFlavour::Own, 1.0);
        let (links, n) = (&mut found.links[side], &mut found.n_links[side]);
        let mut add = |link| {
            links[*n] = link;
            *n += 1;
        };
        let incoming = DensityLink {
            flavour,
            kept,
            behind: 1.0,
            scale: mu_f,
        };
        if last >= joined.n || first >= last {
            add(incoming);
            return;
        }
        let mut before = 0.0;
        for at in first..=last {
            let pair = &joined.pairs[at];
            let Some(i) = pair.lines.iter().position(|&l| l == line) else {
                continue;
            };
            let scale = match at == last {
                true => mu_f,
                false => self.scale2[at].sqrt().min(mu_f),
            };
            let emitted = pair.lines[1 - i];
            // Nothing is left of a fraction where one particle without mass remains.
            let behind = match (EQUAL..1.0).contains(&pair.kept) {
                true => kept * pair.kept,
                false => kept,
            };
            if scale > before * (1.0 + EQUAL) {
                add(DensityLink {
                    flavour,
                    kept,
                    behind: if before == 0.0 { kept } else { behind },
                    scale,
                });
                before = scale;
            }
            kept = behind;
            line = pair.into;
            if self.kinds[emitted].is_quark() {
                flavour = match self.kinds[line].is_gluon() {
                    true => LineFlavour::Gluon,
                    false => LineFlavour::Anti(self.carriers[emitted][0]),
                };
            }
        }
    }
}
