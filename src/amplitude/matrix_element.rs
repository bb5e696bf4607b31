//! The public face of a compiled amplitude.
//!
//! Knows how to compile a subprocess and to average; knows no PDF and no cut.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::colour_sum::ColourSum;
use super::graph::Dag;
use super::kernel::{Request, Workspace, run, run_single};
use super::level::level;
use super::program::{AmplitudeProgram, lay_out};
use super::reduce::{Combination, reduce};
use super::{dag, recursion};
use crate::colour::{ColourError, colour_flow, colour_matrix};
use crate::compute::{SimdError, SimdLevel};
use crate::diagram::{DiagramError, OrderLimits, Subprocess, VetoedLine};
use crate::kinematics::MomentumView;
use crate::model::{CouplingOrder, Model};
use std::sync::Arc;

/// Why an amplitude could not be compiled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AmplitudeError {
    /// No tree diagram connects the legs within the limits.
    #[error("'{process}' has no tree diagram within the coupling orders and filters given")]
    NoDiagrams {
        /// The subprocess.
        process: String,
    },
    /// No product of two amplitudes has the squared orders asked for.
    #[error(
        "'{process}' has no product of two amplitudes within the limits on squared coupling orders"
    )]
    NoProducts {
        /// The subprocess.
        process: String,
    },
    /// More propagators are named by '$' than diagrams can be told apart by.
    #[error(
        "'{process}': '$' is about {found} s-channel propagators, at most {most} can be told apart; \
         name fewer particles behind '$'"
    )]
    Vetoes {
        /// The subprocess.
        process: String,
        /// Propagators.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// The diagrams of the model could not be tabulated.
    #[error(transparent)]
    Diagrams(#[from] DiagramError),
    /// A vertex that diagrams of the subprocess have could not be used.
    #[error("vertex '{vertex}': {source}")]
    Vertex {
        /// Its name in the model.
        vertex: String,
        /// Why.
        source: Box<AmplitudeError>,
    },
    /// More memory than there is.
    #[error(
        "{n} matrix element(s) need about {} GB of memory to be set up ('{largest}' alone {} GB), \
         and {} GB are available; ask for fewer outgoing particles, or for some of the subprocesses",
        short(*needed_gb), short(*most_gb), short(*available_gb)
    )]
    Memory {
        /// Matrix elements.
        n: usize,
        /// The largest of them.
        largest: String,
        /// What it needs, in GB.
        most_gb: f64,
        /// What all need, in GB.
        needed_gb: f64,
        /// What there is, in GB.
        available_gb: f64,
    },
    /// A propagator of the model could not be used.
    #[error("propagator '{name}' of particle '{particle}' is not understood: {found}")]
    Propagator {
        /// The particle.
        particle: String,
        /// Name of the propagator in the model.
        name: String,
        /// The offending part.
        found: String,
    },
    /// A Lorentz structure could not be read.
    #[error("Lorentz structure '{structure}' is not understood: {found}")]
    Lorentz {
        /// The whole expression.
        structure: String,
        /// The offending part.
        found: String,
    },
    /// `OMNIS_SIMD` names no instruction set of this processor.
    #[error(transparent)]
    InstructionSet(#[from] SimdError),
    /// A colour structure or representation could not be used.
    #[error(transparent)]
    Colour(#[from] ColourError),
}

/// Two digits, with an exponent where there are many.
fn short(x: f64) -> String {
    if x < 1e4 {
        format!("{x:.1}")
    } else {
        format!("{x:.1e}")
    }
}

/// Widths of space-like propagators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TChannelWidth {
    /// Zero in propagators that separate the two incoming legs: the default for
    /// cross sections (`me2_t0`).
    #[default]
    Off,
    /// Kept in every propagator (`me2`).
    On,
}

/// In which frames a matrix element will be evaluated.
///
/// Helicities of massive particles depend on the frame, and more configurations
/// vanish in the centre-of-mass frame than elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// Any frame.
    #[default]
    Any,
    /// Only the rest frame of the initial state, leg 0 along the z axis.
    CentreOfMass,
}

/// Precision of the currents; momenta, propagators and results are always f64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Precision {
    /// Everything in double precision.
    #[default]
    #[serde(rename = "f64")]
    Double,
    /// Currents in single precision, up to twice as fast. Points it cannot be trusted with are
    /// evaluated again in f64; one point in 10,000 is off by more than 1e-4, up to five where a
    /// `kt_durham` cut alone keeps partons apart; together they carry less than 1e-4 of the
    /// cross section.
    #[serde(rename = "f32")]
    Single,
}

impl Precision {
    /// The name in cards and event headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Double => "f64",
            Self::Single => "f32",
        }
    }
}

/// A colour flow of the basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowInfo {
    /// Les Houches tags (colour, anticolour) of every leg, `[n_ext]`.
    pub tags: Vec<[i32; 2]>,
    /// Whether the flow contributes at leading order in 1/N.
    pub leading: bool,
}

/// Results by helicity and colour flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// `me2` (averaged), `[n_batch]`.
    pub me2: Vec<f64>,
    /// Colour-summed `|M|^2` of each configuration, no average and no identical
    /// factor, `[n_hel, n_batch]`.
    pub by_helicity: Vec<f64>,
    /// `|flow amplitude|^2`, `[n_hel, n_flow, n_batch]`.
    pub by_flow: Vec<f64>,
}

/// Workspace of one thread; any matrix element may use it.
#[derive(Debug, Default)]
pub struct MatrixElementWorkspace {
    pub(super) memory: Workspace,
    /// Factors of the coupling orders, `[n_order, n_batch]`; empty if all are 1.
    pub(super) order_scale: Vec<f64>,
    pub(super) risk: Vec<f64>,
    pub(super) rescued: u64,
    pub(super) repeated: u64,
}

impl MatrixElementWorkspace {
    /// Points that f32 evaluations gave to f64 so far.
    pub fn rescued(&self) -> u64 {
        self.rescued
    }

    /// Points that were evaluated again, rotated, because the result was not finite.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }
}

/// What is kept of the colour sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColourMode {
    /// Everything.
    #[default]
    Full,
    /// Squares of the flows that are leading in 1/N, each with its exact colour factor; no
    /// interference between flows.
    Leading,
}

impl ColourMode {
    /// The name in cards and event headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Leading => "leading",
        }
    }
}

/// A compiled matrix element.
#[derive(Clone, Debug)]
pub struct MatrixElement {
    pub(super) program: AmplitudeProgram,
    /// What the program was laid out from, unless it was forgotten.
    pub(super) graph: Option<Arc<Dag>>,
    pub(super) flows: Arc<[FlowInfo]>,
    /// Every flow in terms of those that are computed.
    pub(super) combinations: Arc<[Combination]>,
    /// Powers of all couplings in each order of the amplitude, `[n_order]`.
    pub(super) coupling_orders: Arc<[Vec<u8>]>,
    /// Propagators that must not be on shell, and which of them the diagrams of each
    /// order have, `[n_order]`.
    pub(super) vetoed: Arc<[VetoedLine]>,
    pub(super) orders_vetoed: Arc<[u64]>,
    /// Limits on the orders of products of two amplitudes.
    pub(super) limits: Arc<OrderLimits>,
    /// What is evaluated where only some products count: orders that are switched on,
    /// and the sign of the result; empty where all count.
    pub(super) selection: Arc<[(Vec<usize>, f64)]>,
    pub(super) denominator: f64,
    pub(super) alpha_s: f64,
    pub(super) level: SimdLevel,
    pub(super) precision: Precision,
}

impl MatrixElement {
    /// Compiles a subprocess.
    ///
    /// # Errors
    /// [`AmplitudeError`]: no diagrams, or a model structure that is not supported.
    pub fn compile(model: &Model, sub: &Subprocess, frame: Frame) -> Result<Self, AmplitudeError> {
        Self::compile_with(model, sub, frame, ColourMode::Full)
    }

    /// The same with a choice of the colour sum.
    ///
    /// # Errors
    /// As for [`Self::compile`].
    pub fn compile_with(
        model: &Model,
        sub: &Subprocess,
        frame: Frame,
        colour_mode: ColourMode,
    ) -> Result<Self, AmplitudeError> {
        let mut coloured = recursion::build(model, sub)?;
        let by_coefficient = model.orders.iter().any(CouplingOrder::is_code);
        if by_coefficient {
            coloured.join_orders(model, &sub.filter.orders);
        }
        let mut graph = dag::build(model, sub, &coloured);
        let masses: Vec<f64> = sub.legs.iter().map(|&p| model.signed_mass(p)).collect();
        let qcd = model.strong_order();
        let powers: Vec<u32> = coloured
            .orders
            .iter()
            .map(|o| qcd.map_or(0, |k| u32::from(o[k])))
            .collect();
        let anywhere = frame == Frame::Any;
        let allowed = |helicities: &[i8]| {
            let mut legs = helicities.iter().enumerate();
            let is_scalar = |leg: usize| model.particle(sub.legs[leg]).spin == 1;
            legs.all(|(leg, h)| is_scalar(leg) || sub.polarisation_of(leg).allows(*h))
        };
        let looks = (anywhere, by_coefficient);
        let reduced = reduce(&mut graph, &masses, sub.n_in, &powers, looks, allowed);
        let present = &reduced.present;
        let n = sub.legs.len();
        let flow = |&f: &usize| FlowInfo {
            tags: colour_flow(&coloured.flows[f], n, sub.n_in),
            leading: coloured.flow_leading[f],
        };
        let flows: Arc<[FlowInfo]> = present.iter().map(flow).collect();
        let basis: Vec<_> = present.iter().map(|&f| coloured.flows[f].clone()).collect();
        let mut matrix = colour_matrix(&basis);
        if colour_mode == ColourMode::Leading {
            for (k, c) in matrix.iter_mut().enumerate() {
                let (f, g) = (k / basis.len(), k % basis.len());
                if f != g || !flows[f].leading {
                    *c = 0.0;
                }
            }
        }
        let colour = contracted(&matrix, &reduced.combinations);
        let computed: Vec<_> = reduced.computed.iter().map(|&k| &basis[k]).collect();
        let octet = |&leg: &usize| model.particle(sub.legs[leg]).colour == 8;
        let octets: Vec<usize> = (0..n).filter(octet).collect();
        let colour = ColourSum::with_exchanges(&colour, &computed, &octets);
        let program = lay_out(&graph, masses, sub.n_in, powers, colour.into());
        let mut this = Self {
            level: level(&program)?,
            program,
            graph: Some(Arc::new(graph)),
            flows,
            combinations: reduced.combinations.into(),
            coupling_orders: coloured.orders.into(),
            vetoed: coloured.vetoed.into(),
            orders_vetoed: coloured.orders_vetoed.into(),
            limits: Arc::new(sub.filter.orders.clone()),
            selection: Arc::new([]),
            denominator: sub.denominator(model),
            alpha_s: model.parameter("aS").unwrap_or(1.0),
            precision: Precision::Double,
        };
        this.select(|| sub.name(model))?;
        Ok(this)
    }

    /// The same matrix element for incoming particles that are polarised: of a leg with
    /// polarisation `p`, from -1 (left-handed) to 1 (right-handed), the share `(1 + p) / 2`
    /// has positive helicity. Call it before the graph is forgotten.
    #[must_use]
    pub fn with_beam_polarisation(mut self, polarisation: [f64; 2]) -> Self {
        let Some(graph) = &mut self.graph else {
            return self;
        };
        if polarisation == [0.0; 2] {
            return self;
        }
        let graph = Arc::make_mut(graph);
        for c in &mut graph.configurations {
            let legs = polarisation.iter().zip(&c.helicities);
            let weight = |sign: f64| -> f64 {
                let factor = |(p, h): (&f64, &i8)| 1.0 + sign * p * f64::from(h.signum());
                legs.clone().map(factor).product()
            };
            c.weights = [weight(1.0), weight(-1.0)];
        }
        let p = &self.program;
        let (masses, powers) = (p.masses.clone(), p.qcd_powers.clone());
        self.program = lay_out(graph, masses, p.n_in, powers, Arc::clone(&p.colour));
        self
    }

    /// The same matrix element with currents of another precision in [`Self::me2`];
    /// [`Self::details`] are always in f64.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Frees what only [`Self::helicity_sampling`] needs, which has one choice from
    /// then on: the whole.
    pub fn forget_graph(&mut self) {
        self.graph = None;
    }

    /// The same matrix element on another instruction set.
    ///
    /// # Panics
    /// If this processor lacks it.
    #[must_use]
    pub fn with_simd(mut self, level: SimdLevel) -> Self {
        assert!(level.is_available(), "{level:?} is not available here");
        self.level = level;
        self
    }

    /// Helicity configurations that do not vanish, leg by leg: twice the spin
    /// for fermions, -1, 0, 1 for vectors, 0 for scalars.
    pub fn helicities(&self) -> Vec<&[i8]> {
        self.program.helicities.iter().map(Vec::as_slice).collect()
    }

    /// The colour basis.
    pub fn flows(&self) -> &[FlowInfo] {
        &self.flows
    }

    /// Powers of the strong coupling in the amplitude, one per order that occurs.
    pub fn qcd_powers(&self) -> &[u32] {
        &self.program.qcd_powers
    }

    /// Steps of the interpreter for one block of points.
    pub(crate) fn n_steps(&self) -> usize {
        self.program.instructions.len()
    }

    /// `me2` of a batch, in GeV^(8 - 2 n_ext), `[n_batch]`.
    ///
    /// `alpha_s`, if given, replaces the model's value point by point.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn me2<'m>(
        &self,
        momenta: impl Into<MomentumView<'m>>,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let momenta = momenta.into();
        if self.is_selected() {
            let (n, mut part) = (out.len(), vec![0.0; out.len()]);
            out.fill(0.0);
            self.for_each_run(alpha_s, n, work, |work, sign| {
                self.evaluate_double(momenta, width, work, &mut part);
                out.iter_mut().zip(&part).for_each(|(x, y)| *x += sign * y);
            });
            return;
        }
        self.scale_orders(alpha_s, out.len(), work);
        if self.precision == Precision::Single {
            let mut risk = std::mem::take(&mut work.risk);
            risk.resize(out.len(), 0.0);
            let mut request = self.request(momenta, width, &work.order_scale, out);
            request.risk = Some(&mut risk);
            run_single(self.level, &mut request, &mut work.memory);
            work.risk = risk;
            self.rescue(momenta, width, work, out);
            self.average(out);
        } else {
            self.evaluate_double(momenta, width, work, out);
        }
    }

    /// Colour-summed `|M|^2` of each configuration, no average and no identical
    /// factor, in f64, `[n_hel, n_batch]`: [`Details::by_helicity`] without flows.
    pub fn by_helicity<'m>(
        &self,
        momenta: impl Into<MomentumView<'m>>,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
    ) -> Vec<f64> {
        let momenta = momenta.into();
        let n = momenta.n_batch();
        let n_rows = self.program.helicities.len() * n;
        let (mut me2, mut rows) = (vec![0.0; n], vec![0.0; n_rows]);
        let mut evaluate = |work: &mut MatrixElementWorkspace, rows: &mut [f64]| {
            let mut request = self.request(momenta, width, &work.order_scale, &mut me2);
            request.by_helicity = Some(rows);
            run(self.level, &mut request, &mut work.memory);
        };
        if self.is_selected() {
            let mut part = vec![0.0; n_rows];
            self.for_each_run(alpha_s, n, work, |work, sign| {
                evaluate(work, &mut part);
                rows.iter_mut().zip(&part).for_each(|(x, y)| *x += sign * y);
            });
        } else {
            self.scale_orders(alpha_s, n, work);
            evaluate(work, &mut rows);
        }
        rows
    }

    /// `me2` with its parts by helicity and flow. Where only some products of orders
    /// count, parts by helicity have either sign, and those by flow are of the whole
    /// amplitude.
    pub fn details<'m>(
        &self,
        momenta: impl Into<MomentumView<'m>>,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
    ) -> Details {
        let momenta = momenta.into();
        let (n, h) = (momenta.n_batch(), self.program.helicities.len());
        let mut d = Details {
            me2: vec![0.0; n],
            by_helicity: vec![0.0; h * n],
            by_flow: vec![0.0; h * self.flows.len() * n],
        };
        let n_flow = self.program.n_flow;
        let mut amplitudes = vec![0.0; h * n_flow * 2 * n];
        self.scale_orders(alpha_s, n, work);
        let mut request = self.request(momenta, width, &work.order_scale, &mut d.me2);
        request.by_helicity = Some(&mut d.by_helicity);
        request.amplitudes = Some(&mut amplitudes);
        run(self.level, &mut request, &mut work.memory);
        self.repeat_and_average(momenta, width, work, &mut d.me2);
        if self.is_selected() {
            self.me2(momenta, alpha_s, width, work, &mut d.me2);
            d.by_helicity = self.by_helicity(momenta, alpha_s, width, work);
        }
        for (at, square) in d.by_flow.iter_mut().enumerate() {
            let (row, k) = (at / n, at % n);
            let (h, f) = (row / self.flows.len(), row % self.flows.len());
            let (mut re, mut im) = (0.0, 0.0);
            for &(g, c) in &self.combinations[f] {
                let from = (h * n_flow + g as usize) * 2 * n + k;
                re += c * amplitudes[from];
                im += c * amplitudes[from + n];
            }
            *square = re * re + im * im;
        }
        d
    }

    /// `me2` in f64 with the factors of the coupling orders that `work` holds.
    pub(super) fn evaluate_double<'m>(
        &self,
        momenta: impl Into<MomentumView<'m>>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let momenta = momenta.into();
        let mut request = self.request(momenta, width, &work.order_scale, out);
        run(self.level, &mut request, &mut work.memory);
        self.repeat_and_average(momenta, width, work, out);
    }

    /// Factors of the coupling orders for `n` values of `alpha_s`.
    pub(super) fn scale_orders(
        &self,
        alpha_s: Option<&[f64]>,
        n: usize,
        work: &mut MatrixElementWorkspace,
    ) {
        work.order_scale.clear();
        let Some(alpha_s) = alpha_s else {
            return;
        };
        assert_eq!(alpha_s.len(), n, "number of couplings");
        for &power in &self.program.qcd_powers {
            let factor = |a: &f64| (a / self.alpha_s).sqrt().powi(power as i32);
            work.order_scale.extend(alpha_s.iter().map(factor));
        }
    }

    pub(super) fn request<'a>(
        &'a self,
        momenta: impl Into<MomentumView<'a>>,
        width: TChannelWidth,
        order_scale: &'a [f64],
        total: &'a mut [f64],
    ) -> Request<'a> {
        let momenta = momenta.into();
        assert_eq!(momenta.n_ext(), self.program.n_ext, "number of legs");
        assert_eq!(momenta.n_batch(), total.len(), "number of points");
        Request {
            program: &self.program,
            momenta,
            order_scale: (!order_scale.is_empty()).then_some(order_scale),
            t_channel_width: width == TChannelWidth::On,
            total,
            by_helicity: None,
            amplitudes: None,
            risk: None,
            products: None,
        }
    }

    fn repeat_and_average(
        &self,
        momenta: MomentumView<'_>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        if out.iter().any(|x| !x.is_finite()) {
            self.again(momenta, width, work, out);
        }
        self.average(out);
    }

    pub(super) fn average(&self, out: &mut [f64]) {
        let scale = 1.0 / self.denominator;
        out.iter_mut().for_each(|x| *x *= scale);
    }
}

/// `T^t C T`: the colour matrix of the flows that are computed.
fn contracted(colour: &[f64], combinations: &[Combination]) -> Vec<f64> {
    let n = combinations.len();
    let last = combinations.iter().flatten().map(|t| t.0).max();
    let m = last.map_or(0, |k| k as usize + 1);
    let mut half = vec![0.0; n * m]; // [n, m]
    for f in 0..n {
        for (g, list) in combinations.iter().enumerate() {
            for &(k, c) in list {
                half[f * m + k as usize] += colour[f * n + g] * c;
            }
        }
    }
    let mut result = vec![0.0; m * m]; // [m, m]
    for (f, list) in combinations.iter().enumerate() {
        for &(k, c) in list {
            for g in 0..m {
                result[k as usize * m + g] += c * half[f * m + g];
            }
        }
    }
    result
}
