//! The width of a particle at tree level: the sum over its decays.
//!
//! Two-body widths are exact: `Gamma = |p| / (8 pi M^2) |M|^2`, averaged over the spins of
//! what decays, does not depend on angles. Three-body widths are integrated. Propagators
//! have no width: no pole is reached in the decays that count, so that the width of one
//! particle does not depend on that of another, at leading order.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use super::decay_channels::decay_channels;
use super::width::{DecayWidth, PartialWidth, WidthRequest};
use crate::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::card::{AmplitudeCard, ModelCard};
use crate::compute::Watch;
use crate::diagram::Subprocess;
use crate::elementary::Elementary;
use crate::error::Error;
use crate::integrate::{AdaptSettings, Control};
use crate::kinematics::{MomentumBatch, sqrt_kallen};
use crate::model::{Model, ModelNote, ParticleId};
use crate::suggest::did_you_mean;

/// Which width, and how well.
#[derive(Clone)]
pub struct TotalWidthRequest<'a> {
    /// The model, at its parameters; its widths do not matter.
    pub model: &'a Model,
    /// What decays.
    pub particle: ParticleId,
    /// Relative error of the sum of three-body widths.
    pub accuracy: f64,
    /// Seed of the random numbers of three-body decays.
    pub seed: u64,
    /// Hears of the setup, and may call it off.
    pub watch: Watch<'a>,
}

/// The width of a particle, decay by decay.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalWidth {
    /// Name of the particle.
    pub name: String,
    /// Its PDG number.
    pub pdg: i32,
    /// Its mass in GeV.
    pub mass: f64,
    /// The sum of the partial widths in GeV; 0 for what is stable at tree level.
    pub width_gev: f64,
    /// One standard deviation in GeV; 0 where only two-body decays are open.
    pub width_err_gev: f64,
    /// Decays to two and to three particles, the largest first.
    pub decays: Vec<DecayWidth>,
    /// Decays to three particles that are two-body decays in a row, which do not count.
    pub cascades: Vec<String>,
    /// Evaluated phase-space points of the decays to three.
    pub n_points: u64,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl TotalWidth {
    /// Finds the decays of a particle and adds their widths up.
    ///
    /// # Errors
    /// [`Error::Amplitude`] for vertices that cannot be used, and those of
    /// [`PartialWidth::new`].
    pub fn new(request: &TotalWidthRequest, control: &Control) -> Result<Self, Error> {
        let model = &without_widths(request.model);
        let particle = model.particle(request.particle);
        let channels = decay_channels(model, request.particle);
        let sub = |state: &Vec<ParticleId>| {
            let legs = std::iter::once(request.particle).chain(state.iter().copied());
            Subprocess::new(legs.collect(), 1)
        };
        let two = channels
            .two
            .iter()
            .map(|state| two_body(model, &sub(state)));
        let mut decays = two.collect::<Result<Vec<_>, Error>>()?;
        let mut found = Self {
            name: particle.name.clone(),
            pdg: particle.pdg,
            mass: particle.mass,
            width_gev: 0.0,
            width_err_gev: 0.0,
            decays: vec![],
            cascades: channels
                .cascades
                .iter()
                .map(|s| sub(s).name(model))
                .collect(),
            n_points: 0,
            notes: vec![],
        };
        let lines: Vec<String> = channels.three.iter().map(|s| sub(s).name(model)).collect();
        if !lines.is_empty() {
            let three = three_body(request, model, &lines, control)?;
            found.width_err_gev = three.total.xsec_err_pb;
            found.n_points = three.n_points;
            found.notes = three.notes;
            decays.extend(three.decays);
        }
        decays.retain(|d| d.width_gev > 0.0);
        decays.sort_by(|a, b| b.width_gev.total_cmp(&a.width_gev));
        // The sum of no numbers is -0.
        let add = |sum: f64, d: &DecayWidth| sum + d.width_gev;
        found.width_gev = decays.iter().fold(0.0, add);
        found.decays = decays;
        if found.decays.is_empty() {
            found.notes.push(format!(
                "'{}' is stable: it decays neither to two nor to three particles at tree level",
                found.name
            ));
        }
        Ok(found)
    }

    /// The width of a particle of a model as a card describes it, given its name or PDG
    /// number.
    ///
    /// # Errors
    /// [`Error::Model`], [`Error::UnknownParticle`], and those of [`TotalWidth::new`].
    pub fn of_name(
        name: &str,
        model: &ModelCard,
        accuracy: f64,
        seed: u64,
        control: &Control,
        watch: Watch,
    ) -> Result<Self, Error> {
        let (mut model, unused, _) = Model::load_without_widths(&model.spec())?;
        model.join_orders(&[]);
        let exact = model.by_name(name);
        let particle = exact
            .or_else(|| model.by_pdg(name.parse().ok()?))
            .or_else(|| {
                let alike = |id: &ParticleId| model.particle(*id).name.eq_ignore_ascii_case(name);
                let mut found = model.ids().filter(alike);
                found.next().filter(|_| found.next().is_none())
            });
        let Some(particle) = particle else {
            let names = model.particles.iter().map(|p| p.name.as_str());
            return Err(Error::UnknownParticle {
                name: name.to_owned(),
                model: model.name.clone(),
                hint: did_you_mean(name, names),
            });
        };
        let request = TotalWidthRequest {
            model: &model,
            particle,
            accuracy,
            seed,
            watch,
        };
        let mut found = Self::new(&request, control)?;
        found.notes.extend(ModelNote::texts(&unused.warnings));
        Ok(found)
    }

    /// Share of a decay in the width.
    pub fn branching_ratio(&self, decay: &DecayWidth) -> f64 {
        decay.width_gev / self.width_gev
    }
}

/// The same model with no width in any propagator.
fn without_widths(model: &Model) -> Model {
    let mut model = model.clone();
    model.particles.iter_mut().for_each(|p| p.width = 0.0);
    model
}

/// Exact: the average over spins leaves no angle.
pub(super) fn two_body(model: &Model, sub: &Subprocess) -> Result<DecayWidth, Error> {
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let [m, a, b] = masses[..] else {
        unreachable!("one particle that decays to two");
    };
    let p = 0.5 * sqrt_kallen(m * m, a * a, b * b) / m;
    let mut momenta = MomentumBatch::zeros(3, 1);
    momenta.set(0, 0, [m, 0.0, 0.0, 0.0]);
    momenta.set(1, 0, [p.hypot_same(a), 0.48 * p, 0.64 * p, 0.6 * p]);
    momenta.set(2, 0, [p.hypot_same(b), -0.48 * p, -0.64 * p, -0.6 * p]);
    let element = MatrixElement::compile(model, sub, Frame::CentreOfMass)?;
    let mut me2 = [0.0];
    let mut work = MatrixElementWorkspace::default();
    element.me2(&momenta, None, TChannelWidth::Off, &mut work, &mut me2);
    Ok(DecayWidth {
        name: sub.name(model),
        pdg: sub.legs.iter().map(|&p| model.particle(p).pdg).collect(),
        width_gev: p / (8.0 * PI * m * m) * me2[0],
        width_err_gev: 0.0,
    })
}

fn three_body(
    request: &TotalWidthRequest,
    model: &Model,
    lines: &[String],
    control: &Control,
) -> Result<PartialWidth, Error> {
    let request = WidthRequest {
        model,
        lines,
        define: &BTreeMap::new(),
        require: &[],
        allow_singular: false,
        amplitude: AmplitudeCard::default(),
        me_frame: &[1],
        resonances: Default::default(),
        settings: AdaptSettings {
            seed: request.seed,
            precision: request.accuracy,
            ..AdaptSettings::default()
        },
        watch: request.watch,
    };
    PartialWidth::new(&request, control)
}
