//! Squared matrix elements of one subprocess at given momenta.
//!
//! Knows how to check momenta; knows no formula of the amplitude.

use std::collections::BTreeMap;

use super::expanded_element::{ExpandedElement, PointExpansion};
use super::load_model::load_model;
use crate::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, MemoryNeeds, TChannelWidth};
use crate::card::ModelCard;
use crate::compute::Watch;
use crate::cross_section::CrossSectionError;
use crate::diagram::{Diagrams, Subprocess};
use crate::error::Error;
use crate::kinematics::{FourVector, MomentumBatch, boost_to_rest, dot};
use crate::model::{Model, ModelNote};
use crate::process::ProcessSet;

/// Largest violation of conservation or mass shell, relative to the energy.
pub(super) const TOLERANCE: f64 = 1e-6;

/// About `$ x`, which a matrix element alone does not have.
pub(super) const VETO_IGNORED: &str = "'$' acts on events, not on matrix elements: |M|^2 is that of all \
     diagrams, inside the window as well";

/// A compiled subprocess.
pub struct Evaluator {
    /// The subprocess.
    pub subprocess: Subprocess,
    /// Its name.
    pub name: String,
    /// Values of the parameter card that the model does not use.
    pub warnings: Vec<String>,
    element: MatrixElement,
    masses: Vec<f64>,
    leg_names: Vec<String>,
    /// The legs whose rest frame helicities refer to; `None` for that of the momenta.
    frame: Option<u32>,
    expanded: Option<ExpandedElement>,
}

/// Everything that is known at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointDetails {
    /// Averaged over initial, summed over final states.
    pub me2: f64,
    /// Colour-summed `|M|^2` by helicities, neither averaged nor divided by the
    /// identical-particle factor; configurations that vanish are left out.
    pub helicities: Vec<(Vec<i8>, f64)>,
    /// Les Houches colour tags and `|flow amplitude|^2`, summed over helicities.
    pub flows: Vec<(Vec<[i32; 2]>, f64)>,
}

impl Evaluator {
    /// Compiles the one subprocess that a line stands for.
    ///
    /// # Errors
    /// [`Error::Process`], [`Error::Amplitude`], or [`Error::Ambiguous`] if the
    /// line has labels for several particles.
    pub fn new(
        model: &Model,
        line: &str,
        defines: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, Error> {
        let set = ProcessSet::new(model, &[line.to_owned()], defines)?;
        let all: Vec<Subprocess> = (set.elements.iter())
            .flat_map(|e| e.flavours.iter().map(|f| f.subprocess(&e.subprocess)))
            .collect();
        let [given] = all.as_slice() else {
            let examples: Vec<String> = all.iter().take(3).map(|s| s.name(model)).collect();
            return Err(Error::Ambiguous {
                line: line.to_owned(),
                n: all.len(),
                examples: examples.join(", "),
            });
        };
        // What is on shell is a question of events: the matrix element is that of all diagrams.
        let subprocess = &given.with_vetoes(|_| false);
        let mut warnings = match given.has_vetoes() {
            true => vec![VETO_IGNORED.to_owned()],
            false => vec![],
        };
        let mut needs = MemoryNeeds::default();
        needs.add(&Diagrams::new(model)?, subprocess);
        needs.check(1)?;
        let particles = || subprocess.legs.iter().map(|&p| model.particle(p));
        let name = subprocess.name(model);
        let masses: Vec<f64> = particles().map(|p| p.mass).collect();
        warnings.extend(closed_decay(&masses, subprocess.n_in).then(|| {
            let (mass, products) = (masses[0], masses[1..].iter().sum::<f64>());
            format!(
                "'{name}' needs {products} GeV and has {mass} GeV: no momenta conserve energy, and those given need not"
            )
        }));
        Ok(Self {
            subprocess: subprocess.clone(),
            name,
            warnings,
            element: MatrixElement::compile(model, subprocess, Frame::Any)?,
            masses,
            leg_names: particles().map(|p| p.name.clone()).collect(),
            frame: (subprocess.is_polarised()).then_some((1 << subprocess.n_in) - 1),
            expanded: None,
        })
    }

    /// The same with helicities in the rest frame of some legs, counted from 1; those of
    /// polarised legs refer to that of the incoming ones otherwise.
    ///
    /// # Errors
    /// [`Error::CrossSection`] for a leg that is not there.
    pub fn in_frame(mut self, legs: &[u32]) -> Result<Self, Error> {
        let core = self.subprocess.core_legs();
        if let Some(&leg) = legs.iter().find(|leg| **leg as usize > core.len()) {
            return Err(Error::CrossSection(CrossSectionError::HelicityFrame {
                process: self.name.clone(),
                leg,
                n_legs: core.len(),
            }));
        }
        let named = legs.iter().map(|leg| core[*leg as usize - 1]);
        let set = named.fold(0, |set, legs| set | legs);
        self.frame = (set != 0).then_some(set).or(self.frame);
        Ok(self)
    }

    fn batch(&self, points: &[Vec<FourVector>]) -> MomentumBatch {
        let Some(frame) = self.frame else {
            return MomentumBatch::from_points(points);
        };
        let boosted = points.iter().map(|legs| {
            let mut sum = [0.0; 4];
            for (_, p) in legs
                .iter()
                .enumerate()
                .filter(|(leg, _)| frame >> leg & 1 == 1)
            {
                sum.iter_mut().zip(p).for_each(|(s, x)| *s += x);
            }
            let mass = dot(sum, sum).max(0.0).sqrt();
            legs.iter().map(|p| boost_to_rest(*p, sum, mass)).collect()
        });
        MomentumBatch::from_points(&boosted.collect::<Vec<Vec<FourVector>>>())
    }

    /// Number of legs, incoming ones included.
    pub fn n_ext(&self) -> usize {
        self.masses.len()
    }

    /// As [`Self::new`], with a model as a card describes it.
    ///
    /// # Errors
    /// As [`Self::new`], and [`Error::Model`].
    pub fn load(
        model: &ModelCard,
        line: &str,
        defines: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, Error> {
        let loaded = load_model(&model.spec(), &[line.to_owned()], Watch::nobody())?;
        let mut evaluator = Self::new(&loaded.model, line, defines)?;
        let widths = loaded.widths.iter().map(ToString::to_string);
        (evaluator.warnings).extend(ModelNote::texts(&loaded.warnings()));
        evaluator.warnings.extend(widths);
        Ok(evaluator)
    }

    /// The same with the polynomial in `coefficients` and the derivatives with respect to
    /// `parameters`, inputs of the model of [`Self::load`].
    ///
    /// # Errors
    /// [`Error::Weight`] for names that are no inputs, or in which the squared matrix
    /// element cannot be expanded; [`Error::Model`].
    pub fn expanded(
        mut self,
        model: &ModelCard,
        line: &str,
        coefficients: &[String],
        parameters: &[String],
    ) -> Result<Self, Error> {
        let (spec, lines) = (model.spec(), [line.to_owned()]);
        let own = load_model(&spec, &lines, Watch::nobody())?.model;
        let request = (coefficients, parameters);
        let expanded = ExpandedElement::new(request, &spec, &lines, &own, &self.subprocess)?;
        self.expanded = Some(expanded);
        Ok(self)
    }

    /// Names and values of the terms of the polynomial, and names and values of the
    /// derivatives of the logarithm of `me2`, for each point.
    ///
    /// # Errors
    /// As [`Self::me2`].
    pub fn expansions(
        &self,
        points: &[Vec<FourVector>],
        t_channel_width: bool,
    ) -> Result<Vec<PointExpansion>, Error> {
        self.check(points)?;
        let Some(expanded) = &self.expanded else {
            return Ok(vec![PointExpansion::default(); points.len()]);
        };
        let mut work = MatrixElementWorkspace::default();
        let width = widths(t_channel_width);
        let each = points.iter().map(|point| {
            let batch = self.batch(std::slice::from_ref(point));
            expanded.evaluate(&self.element, &batch, width, &mut work)
        });
        Ok(each.collect())
    }

    /// Evaluates points, each a list of legs in process order, GeV. Widths of
    /// propagators that separate the incoming legs are kept if `t_channel_width`.
    ///
    /// # Errors
    /// [`Error::Momenta`] for the first point that is not physical to 1e-6.
    pub fn me2(
        &self,
        points: &[Vec<FourVector>],
        t_channel_width: bool,
    ) -> Result<Vec<f64>, Error> {
        self.check(points)?;
        let batch = self.batch(points);
        let mut out = vec![0.0; points.len()];
        let mut work = MatrixElementWorkspace::default();
        self.element
            .me2(&batch, None, widths(t_channel_width), &mut work, &mut out);
        finite(&out)?;
        Ok(out)
    }

    /// The same with helicities and colour flows.
    ///
    /// # Errors
    /// As [`Self::me2`].
    pub fn details(
        &self,
        points: &[Vec<FourVector>],
        t_channel_width: bool,
    ) -> Result<Vec<PointDetails>, Error> {
        self.check(points)?;
        let batch = self.batch(points);
        let mut work = MatrixElementWorkspace::default();
        let d = self
            .element
            .details(&batch, None, widths(t_channel_width), &mut work);
        finite(&d.me2)?;
        let n = points.len();
        let (helicities, flows) = (self.element.helicities(), self.element.flows());
        let point = |k: usize| PointDetails {
            me2: d.me2[k],
            helicities: (helicities.iter().enumerate())
                .map(|(h, list)| (list.to_vec(), d.by_helicity[h * n + k]))
                .filter(|(_, value)| *value != 0.0)
                .collect(),
            flows: (flows.iter().enumerate())
                .map(|(f, flow)| {
                    let row = |h: usize| d.by_flow[(h * flows.len() + f) * n + k];
                    (flow.tags.clone(), (0..helicities.len()).map(row).sum())
                })
                .collect(),
        };
        Ok((0..n).map(point).collect())
    }

    /// Number of legs, finite numbers, conservation, mass shells.
    fn check(&self, points: &[Vec<FourVector>]) -> Result<(), Error> {
        let n_in = self.subprocess.n_in;
        for (k, legs) in points.iter().enumerate() {
            let fail = |what: String| Err(Error::Momenta { point: k + 1, what });
            if legs.len() != self.masses.len() {
                let (found, expected) = (legs.len(), self.masses.len());
                return fail(format!(
                    "found {found} momenta, expected {expected} ('{}')",
                    self.name
                ));
            }
            if legs.iter().flatten().any(|x| !x.is_finite()) {
                return fail("found a component that is not a finite number".to_owned());
            }
            let energy: f64 = legs[..n_in].iter().map(|p| p[0].abs()).sum();
            for (leg, (p, m)) in legs.iter().zip(&self.masses).enumerate() {
                let name = &self.leg_names[leg];
                if p[0] < 0.0 || (p[0] == 0.0 && *m == 0.0) {
                    return fail(format!(
                        "leg {} ('{name}') has energy {}, expected a positive one",
                        leg + 1,
                        p[0]
                    ));
                }
                let size = (p[1] * p[1] + p[2] * p[2] + p[3] * p[3] + m * m).sqrt();
                if (p[0] - size).abs() > TOLERANCE * p[0].max(size) {
                    let found = dot(*p, *p);
                    return fail(format!(
                        "leg {} ('{name}') is off its mass shell: found p^2 = {found:.6e} GeV^2, expected {:.6e} (mass {m} GeV)",
                        leg + 1,
                        m * m
                    ));
                }
            }
            let closed = closed_decay(&self.masses, n_in);
            for (mu, axis) in ["E", "px", "py", "pz"].iter().enumerate() {
                if closed && mu == 0 {
                    continue;
                }
                let sum = |list: &[FourVector]| list.iter().map(|p| p[mu]).sum::<f64>();
                let (before, after) = (sum(&legs[..n_in]), sum(&legs[n_in..]));
                if (before - after).abs() > TOLERANCE * energy {
                    return fail(format!(
                        "{axis} is not conserved: incoming {before:.9e} GeV, outgoing {after:.9e} GeV"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Whether these legs are a decay into more than the mass of what decays.
fn closed_decay(masses: &[f64], n_in: usize) -> bool {
    n_in == 1 && masses[1..].iter().sum::<f64>() > masses[0]
}

fn widths(in_t_channel: bool) -> TChannelWidth {
    if in_t_channel {
        TChannelWidth::On
    } else {
        TChannelWidth::Off
    }
}

impl PointDetails {
    /// A result without details.
    pub fn plain(me2: f64) -> Self {
        Self {
            me2,
            helicities: vec![],
            flows: vec![],
        }
    }
}

/// A number that is not finite is an error, not a result.
fn finite(values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(k) => Err(Error::Momenta {
            point: k + 1,
            what: format!(
                "the squared matrix element is {}: the point lies on a singularity",
                values[k]
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A particle at rest and two products back to back, each on its mass shell.
    fn at_rest(masses: [f64; 3], momentum: f64) -> Vec<FourVector> {
        let energy = |mass: f64| mass.hypot(momentum);
        vec![
            [masses[0], 0.0, 0.0, 0.0],
            [energy(masses[1]), 0.0, 0.0, momentum],
            [energy(masses[2]), 0.0, 0.0, -momentum],
        ]
    }

    #[test]
    fn only_closed_decays_may_violate_energy() {
        let model = Model::load(&crate::model::ModelSpec::default()).unwrap();
        let load = |line| Evaluator::new(&model, line, &BTreeMap::new()).unwrap();
        let closed = load("h > t t~");
        let masses: [f64; 3] = closed.masses.clone().try_into().unwrap();
        let [warning] = closed.warnings.as_slice() else {
            panic!("{:?}", closed.warnings);
        };
        assert!(
            warning.contains("needs 346 GeV and has 125 GeV"),
            "{warning}"
        );
        let point = at_rest(masses, 50.0);
        assert!(closed.me2(std::slice::from_ref(&point), true).unwrap()[0] > 0.0);
        let mut moving = point;
        moving[1] = at_rest(masses, 60.0)[1];
        let error = closed.me2(&[moving], true).unwrap_err().to_string();
        assert!(error.contains("pz is not conserved"), "{error}");

        let open = load("z > e+ e-");
        assert!(open.warnings.is_empty());
        let masses: [f64; 3] = open.masses.clone().try_into().unwrap();
        let error = open.me2(&[at_rest(masses, 50.0)], true).unwrap_err();
        assert!(error.to_string().contains("E is not conserved"), "{error}");
    }
}
