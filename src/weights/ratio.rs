//! The ratio of each alternative weight to the weight of an event.
//!
//! `W = sum_n c_n alpha_s(mu_R)^n x1 f1(x1, mu_F1) x2 f2(x2, mu_F2)`, with the strong
//! coupling and the densities of the same member; the denominator is `W` with the
//! densities of the run, their own coupling and the scales of the event.

use std::sync::atomic::Ordering;

use super::plan::WeightPlan;
use crate::beam::AlphaS;
use crate::elementary::Elementary;
use crate::kinematics::FourVector;

/// What the weight of one event depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct HardPoint {
    /// Momentum fractions by beam.
    pub x: [f64; 2],
    /// PDG ids of the incoming partons by beam.
    pub partons: [i32; 2],
    /// Renormalisation scale, GeV.
    pub mu_r: f64,
    /// Factorisation scales by beam, GeV.
    pub mu_f: [f64; 2],
    /// Values of the other choices of the scale, GeV.
    pub scales: Vec<f64>,
    /// Powers of the strong coupling and the coefficients `c_n` of `|M|^2`, up to a
    /// common factor.
    pub powers: Vec<(f64, f64)>,
    /// What merging adds.
    pub emissions: Emitted,
}

/// Emissions of merged samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Emitted {
    /// Scales at which the strong coupling of an emission is taken, GeV; these powers are
    /// part of [`HardPoint::powers`].
    pub strong: Vec<f64>,
    /// Lines along both beams from the incoming partons inwards; empty without densities of
    /// their own.
    pub lines: [Vec<BeamLine>; 2],
}

/// A line along a beam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeamLine {
    /// PDG id.
    pub parton: i32,
    /// Momentum fraction.
    pub x: f64,
    /// Scale up to which it goes, GeV.
    pub scale: f64,
}

impl HardPoint {
    /// What two incoming particles say, with momenta in GeV and the energies of the beams;
    /// beam 1 goes along the positive axis.
    pub fn incoming(particles: [(i32, FourVector); 2], energies: [f64; 2]) -> Self {
        let [mut a, mut b] = particles;
        if a.1[3] < b.1[3] {
            std::mem::swap(&mut a, &mut b);
        }
        Self {
            x: [
                0.5 * (a.1[0] + a.1[3]) / energies[0],
                0.5 * (b.1[0] - b.1[3]) / energies[1],
            ],
            partons: [a.0, b.0],
            mu_r: 0.0,
            mu_f: [0.0; 2],
            scales: Vec::new(),
            powers: Vec::new(),
            emissions: Emitted::default(),
        }
    }

    /// Lines along a beam, with the factorisation scale `mu_f` and the scales of emissions
    /// times `factor`.
    fn lines(&self, beam: usize, mu_f: f64, factor: f64) -> impl Iterator<Item = BeamLine> + '_ {
        let own = &self.emissions.lines[beam];
        let single = BeamLine {
            parton: self.partons[beam],
            x: self.x[beam],
            scale: mu_f,
        };
        let last = own.len().saturating_sub(1);
        let all = own.iter().enumerate().map(move |(k, line)| BeamLine {
            scale: match k == last {
                true => mu_f,
                false => mu_f.min(factor * line.scale),
            },
            ..*line
        });
        all.chain(own.is_empty().then_some(single))
    }

    /// The strength of the hard interaction and of its emissions, whose scales have a
    /// `factor`.
    fn strength(&self, coupling: &AlphaS, mu_r: f64, factor: f64) -> f64 {
        let alpha_s = coupling.at(mu_r);
        let emitted = |q: &f64| coupling.at(factor * q) / alpha_s;
        let emissions: f64 = self.emissions.strong.iter().map(emitted).product();
        polynomial(&self.powers, alpha_s) * emissions
    }

    /// [`HardPoint::powers`] from parts of `|M|^2` at one value of the strong coupling,
    /// each with its power of `g_s`.
    pub fn powers_of(parts: impl IntoIterator<Item = (u32, f64)>, alpha_s: f64) -> Vec<(f64, f64)> {
        let coefficient = |(strong, part): (u32, f64)| {
            let power = 0.5 * f64::from(strong);
            (power, part / alpha_s.powf_same(power))
        };
        parts.into_iter().map(coefficient).collect()
    }
}

/// What the ratios of all variations are made of, each thing once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Factors {
    /// Coupling, factor and choice of the renormalisation scale, factor of the scales of
    /// emissions.
    strengths: Vec<(usize, f64, Option<usize>, f64)>,
    /// Factor and choice of the factorisation scales, factor of the scales of emissions, with
    /// the densities of the run.
    densities: Vec<(f64, Option<usize>, f64)>,
    /// For each variation.
    parts: Vec<Parts>,
}

/// What the ratio of one variation is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Parts {
    /// Index into [`Factors::strengths`].
    strength: usize,
    density: Density,
}

/// Product of the densities of both beams.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Density {
    /// Index into [`Factors::densities`].
    OfRun(usize),
    /// Index of a member behind that of the run, at the scales of the event.
    OfMember(usize),
}

impl Factors {
    pub(super) fn of(plan: &WeightPlan) -> Self {
        let mut factors = Self::default();
        for v in &plan.variations {
            let emissions = v.alpha_s_factor;
            let strength = (plan.members[v.member].coupling, v.mu_r, v.scale, emissions);
            let density = match v.member.checked_sub(1) {
                Some(member) => Density::OfMember(member),
                None => Density::OfRun(place(&mut factors.densities, (v.mu_f, v.scale, emissions))),
            };
            factors.parts.push(Parts {
                strength: place(&mut factors.strengths, strength),
                density,
            });
        }
        factors
    }
}

/// Where something is in a list; it is added if it is not there.
fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    let found = list.iter().position(|known| *known == item);
    found.unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

impl WeightPlan {
    /// Ratios to the weights of events: for each point one number per weight but those of
    /// [`WeightPlan::points`], and of terms and derivatives. One that is
    /// not finite, where a scale or the densities of the run vanish, counts as 0 and is
    /// counted: see [`WeightPlan::warning`].
    pub fn ratios(&self, points: &[HardPoint]) -> Vec<Vec<f64>> {
        let mut n_missed = 0;
        let mut of_members = [0, 1].map(|_| vec![0.0; self.members.len() - 1]);
        let mut of_point = |p: &HardPoint| -> Vec<f64> {
            let norm = self.density(p, 1.0, None, 1.0);
            let norm_strength = p.strength(&self.couplings[0], p.mu_r, 1.0);
            let strengths: Vec<f64> = (self.factors.strengths.iter())
                .map(|&(coupling, factor, scale, emissions)| {
                    let mu = factor * scale.map_or(p.mu_r, |s| p.scales[s]);
                    p.strength(&self.couplings[coupling], mu, emissions)
                })
                .collect();
            let densities: Vec<f64> = (self.factors.densities.iter())
                .map(|&(factor, scale, emissions)| self.density(p, factor, scale, emissions))
                .collect();
            self.density_of_members(p, &mut of_members);
            let ratio = |parts: &Parts| {
                let value = match parts.density {
                    Density::OfRun(at) => densities[at],
                    Density::OfMember(at) => of_members[0][at] * of_members[1][at],
                };
                let ratio = strengths[parts.strength] / norm_strength * (value / norm);
                n_missed += u64::from(!ratio.is_finite());
                if ratio.is_finite() { ratio } else { 0.0 }
            };
            self.factors.parts.iter().map(ratio).collect()
        };
        let ratios = points.iter().map(&mut of_point).collect();
        self.n_non_finite.fetch_add(n_missed, Ordering::Relaxed);
        ratios
    }

    /// Product of both densities of the run, with all lines of merged samples.
    fn density(&self, p: &HardPoint, factor: f64, scale: Option<usize>, emissions: f64) -> f64 {
        let of_beam = |beam: usize| {
            let mu_f = factor * scale.map_or(p.mu_f[beam], |s| p.scales[s]);
            let (mut product, mut before) = (1.0, None);
            for line in p.lines(beam, mu_f, emissions) {
                let at =
                    |mu: f64| (self.luminosity).xf_point(beam, line.parton, line.x, mu.powi(2));
                product *= at(line.scale);
                if let Some(mu) = before.replace(line.scale) {
                    product /= at(mu);
                }
            }
            product
        };
        of_beam(0) * of_beam(1)
    }

    /// Densities of all members by beam, at the scales of the event.
    fn density_of_members(&self, p: &HardPoint, out: &mut [Vec<f64>; 2]) {
        for (beam, out) in out.iter_mut().enumerate() {
            let mut rest = out.as_mut_slice();
            let mut buffer = Vec::new();
            for family in &self.families {
                let (own, others) = rest.split_at_mut(family.n_members());
                let mut before = None;
                for line in p.lines(beam, p.mu_f[beam], 1.0) {
                    let parton = (beam, line.parton);
                    let Some(mu) = before.replace(line.scale) else {
                        let q2 = line.scale.powi(2);
                        (self.luminosity).xf_members(family, parton, line.x, q2, own);
                        continue;
                    };
                    buffer.resize(own.len(), 0.0);
                    let q2 = line.scale.powi(2);
                    (self.luminosity).xf_members(family, parton, line.x, q2, &mut buffer);
                    own.iter_mut().zip(&buffer).for_each(|(a, b)| *a *= b);
                    let q2 = mu.powi(2);
                    (self.luminosity).xf_members(family, parton, line.x, q2, &mut buffer);
                    own.iter_mut().zip(&buffer).for_each(|(a, b)| *a /= b);
                }
                rest = others;
            }
        }
    }
}

fn polynomial(powers: &[(f64, f64)], alpha_s: f64) -> f64 {
    powers.iter().map(|&(n, c)| c * alpha_s.powf_same(n)).sum()
}
