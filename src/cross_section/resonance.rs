//! Declared resonances: the windows of their masses, and those that are too narrow.
//!
//! Sources: arXiv:1405.0301, section 2.1 (decay chains); the window and the treatment of
//! narrow resonances are those of MadGraph5_aMC@NLO.

use super::build::Setup;
use super::error::CrossSectionError;
use crate::clustering::ResonanceWindow;
use crate::cuts::Window;
use crate::diagram::Subprocess;
use crate::model::{Model, ParticleId};
use crate::process::Resonance;

/// What has a larger ratio of width to mass is not on shell anywhere, unless declared.
pub(super) const BROAD: f64 = 0.1;

/// How resonances that a process line declares are treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResonanceRules {
    /// A mass lies within so many widths of the pole; infinite for no window.
    pub bw_cutoff: f64,
    /// A narrower resonance has this ratio of width to mass in the matrix element and is
    /// rescaled with the ratio of the widths, as in the narrow-width limit.
    pub small_width: f64,
}

impl Default for ResonanceRules {
    fn default() -> Self {
        let window = ResonanceWindow::default();
        Self {
            bw_cutoff: window.widths,
            small_width: window.least_width,
        }
    }
}

impl ResonanceRules {
    /// The same for the clustering of events.
    pub(crate) fn window(self) -> ResonanceWindow {
        ResonanceWindow {
            widths: self.bw_cutoff,
            least_width: self.small_width,
        }
    }

    /// The width that the matrix element has, in GeV.
    pub(super) fn width(&self, mass: f64, width: f64) -> f64 {
        width.max(self.small_width * mass)
    }

    /// Limits in GeV on the mass of a resonance that is on shell.
    pub(super) fn range(&self, mass: f64, width: f64) -> [f64; 2] {
        let reach = self.bw_cutoff * self.width(mass, width);
        [(mass - reach).max(0.0), mass + reach]
    }

    /// Limits on the masses of resonances.
    pub(super) fn windows(&self, resonances: &[Resonance]) -> Vec<Window> {
        if self.bw_cutoff.is_infinite() {
            return vec![];
        }
        let window = |r: &Resonance| {
            let [lo, hi] = self.range(r.mass, r.width);
            let legs = r.legs;
            Window { legs, lo, hi }
        };
        resonances.iter().map(window).collect()
    }
}

/// Declared resonances whose products are heavier than they are when all are on shell:
/// a window leaves a part of such decays only.
pub(super) fn off_shell(resonances: &[Resonance], masses: &[f64]) -> Vec<Resonance> {
    let products = |r: &Resonance| -> f64 {
        let mut rest = r.legs;
        let mut sum = 0.0;
        while rest != 0 {
            let leg = rest.trailing_zeros() as usize;
            let inner = (resonances.iter())
                .filter(|i| i.legs >> leg & 1 == 1 && i.legs & r.legs == i.legs)
                .filter(|i| i.legs != r.legs)
                .max_by_key(|i| i.legs.count_ones());
            sum += inner.map_or(masses[leg], |i| i.mass);
            rest &= !inner.map_or(1 << leg, |i| i.legs);
        }
        sum
    };
    let is_closed = |r: &&Resonance| products(r) > r.mass;
    resonances.iter().filter(is_closed).copied().collect()
}

/// The model with the widths that matrix elements have, where that is another one.
///
/// # Errors
/// [`CrossSectionError::NoWidth`] for a resonance without width.
pub(super) fn widened(setup: &Setup) -> Result<Option<Model>, CrossSectionError> {
    let mut model = None;
    for element in &setup.processes.elements {
        for flavours in &element.flavours {
            for &id in &flavours.resonances {
                let p = setup.model.particle(id);
                if p.width <= 0.0 {
                    let sub = flavours.subprocess(&element.subprocess);
                    return Err(CrossSectionError::NoWidth {
                        process: sub.name(setup.model),
                        particle: p.name.clone(),
                    });
                }
                let width = setup.resonances.width(p.mass, p.width);
                if width > p.width {
                    let model = model.get_or_insert_with(|| setup.model.clone());
                    for id in [id, model.anti(id)] {
                        model.particles[usize::from(id.0)].width = width;
                    }
                }
            }
        }
    }
    Ok(model)
}

/// What a subprocess is multiplied with for the resonances that were widened.
pub(super) fn narrow_width_factor(real: &Model, used: &Model, sub: &Subprocess) -> f64 {
    let ratio = |id: ParticleId| used.particle(id).width / real.particle(id).width;
    let ratios = sub.decays.iter().map(|d| ratio(d.particle));
    ratios.filter(|r| *r > 1.0).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decays_that_are_closed_on_shell_are_known() {
        let resonance = |legs, mass| Resonance {
            legs,
            mass,
            width: 1.0,
        };
        let higgs = resonance(0b111100, 125.0);
        let pair = [higgs, resonance(0b1100, 80.4), resonance(0b110000, 80.4)];
        assert_eq!(off_shell(&pair, &[0.0; 6]), [higgs]);
        assert_eq!(off_shell(&[higgs], &[0.0; 6]), []);
        assert_eq!(
            off_shell(&[higgs], &[0.0, 0.0, 70.0, 70.0, 0.0, 0.0]),
            [higgs]
        );
    }

    #[test]
    fn windows_reach_so_many_widths_from_the_pole() {
        let rules = ResonanceRules::default();
        let resonance = |mass, width| Resonance {
            legs: 0b1100,
            mass,
            width,
        };
        let found = rules.windows(&[resonance(91.188, 2.5), resonance(1.777, 2e-12)]);
        assert_eq!((found[0].lo, found[0].hi), (91.188 - 37.5, 91.188 + 37.5));
        assert_eq!(found[1].hi, 1.777 + 15.0 * 1.777e-6);
        let wide = ResonanceRules {
            bw_cutoff: 100.0,
            ..rules
        };
        assert_eq!(wide.windows(&[resonance(91.188, 2.5)])[0].lo, 0.0);
        let none = ResonanceRules {
            bw_cutoff: f64::INFINITY,
            ..rules
        };
        assert!(none.windows(&[resonance(91.188, 2.5)]).is_empty());
    }
}
