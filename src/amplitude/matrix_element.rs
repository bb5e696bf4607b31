//! The public face of a compiled amplitude.
//!
//! Knows how to compile a subprocess and to average; knows no PDF and no cut.

use super::dag;
use super::graph::Dag;
use super::kernel::{Request, SimdLevel, Workspace, run};
use super::program::{Program, lay_out};
use super::{probe, recursion};
use crate::colour::{ColourError, colour_flow, colour_matrix};
use crate::kinematics::MomentumBatch;
use crate::model::Model;
use crate::process::Subprocess;

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
    /// More required s-channel propagators than can be told apart.
    #[error("'{process}' requires {n} s-channel propagators, at most {most} are supported")]
    TooManyRequired {
        /// The subprocess.
        process: String,
        /// Entries given.
        n: usize,
        /// Entries supported.
        most: usize,
    },
    /// A Lorentz structure could not be read.
    #[error("Lorentz structure '{structure}': {found} is not understood")]
    Lorentz {
        /// The whole expression.
        structure: String,
        /// The offending part.
        found: String,
    },
    /// A colour structure or representation could not be used.
    #[error(transparent)]
    Colour(#[from] ColourError),
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

/// A colour flow of the basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowInfo {
    /// Les Houches tags (colour, anticolour) of every leg, `[n_ext]`.
    pub tags: Vec<[i32; 2]>,
    /// Whether the flow contributes at leading order in 1/N.
    pub leading: bool,
}

/// Size of a compiled graph, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphSize {
    /// Instructions per block (wave functions, vertices, currents).
    pub instructions: usize,
    /// Propagating currents.
    pub currents: usize,
    /// Vertices.
    pub vertices: usize,
    /// Helicity configurations that do not vanish.
    pub helicities: usize,
    /// Colour flows.
    pub flows: usize,
    /// Complex numbers of workspace per point.
    pub workspace: usize,
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
    memory: Workspace,
    ratio: Vec<f64>,
}

/// A compiled matrix element.
#[derive(Clone, Debug)]
pub struct MatrixElement {
    program: Program,
    flows: Vec<FlowInfo>,
    denominator: f64,
    alpha_s: f64,
    level: SimdLevel,
}

impl MatrixElement {
    /// Compiles a subprocess.
    ///
    /// # Errors
    /// [`AmplitudeError`]: no diagrams, or a model structure that is not supported.
    pub fn compile(model: &Model, sub: &Subprocess, frame: Frame) -> Result<Self, AmplitudeError> {
        let skeleton = recursion::build(model, sub)?;
        let mut graph = dag::build(model, sub, &skeleton);
        let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
        let qcd = model.order_index("QCD");
        let powers: Vec<u32> = skeleton
            .orders
            .iter()
            .map(|o| qcd.map_or(0, |k| u32::from(o[k])))
            .collect();
        let n_flow = skeleton.flows.len();
        let present = remove_vanishing(&mut graph, &masses, sub.n_in, &powers, n_flow, frame);
        let n = sub.legs.len();
        let flow = |&f: &usize| FlowInfo {
            tags: colour_flow(&skeleton.flows[f], n, sub.n_in),
            leading: skeleton.flow_leading[f],
        };
        let flows = present.iter().map(flow).collect();
        let basis: Vec<_> = present.iter().map(|&f| skeleton.flows[f].clone()).collect();
        let colour = colour_matrix(&basis);
        Ok(Self {
            program: lay_out(graph, masses, sub.n_in, powers, colour),
            flows,
            denominator: sub.denominator(model),
            alpha_s: model.parameter("aS").unwrap_or(1.0),
            level: SimdLevel::best(),
        })
    }

    /// The same matrix element on another instruction set.
    ///
    /// # Panics
    /// If this processor lacks it.
    #[must_use]
    pub fn with_simd(mut self, level: SimdLevel) -> Self {
        assert!(
            SimdLevel::available().contains(&level),
            "{level:?} is not available here"
        );
        self.level = level;
        self
    }

    /// Helicity configurations that do not vanish, leg by leg: twice the spin
    /// for fermions, -1, 0, 1 for vectors, 0 for scalars.
    pub fn helicities(&self) -> Vec<&[i8]> {
        self.program
            .amplitudes
            .iter()
            .map(|a| a.helicities.as_slice())
            .collect()
    }

    /// The colour basis.
    pub fn flows(&self) -> &[FlowInfo] {
        &self.flows
    }

    /// Powers of the strong coupling in the amplitude, one per order that occurs.
    pub fn qcd_powers(&self) -> &[u32] {
        &self.program.qcd_powers
    }

    /// Counts for reports.
    pub fn size(&self) -> GraphSize {
        use super::program::Instruction::{Current, Vertex};
        let count = |f: fn(&super::program::Instruction) -> bool| {
            self.program.instructions.iter().filter(|i| f(i)).count()
        };
        GraphSize {
            instructions: self.program.instructions.len(),
            currents: count(|i| matches!(i, Current { .. })),
            vertices: count(|i| matches!(i, Vertex { .. })),
            helicities: self.program.amplitudes.len(),
            flows: self.flows.len(),
            workspace: self.program.n_places,
        }
    }

    /// `me2` of a batch, in GeV^(8 - 2 n_ext), `[n_batch]`.
    ///
    /// `alpha_s`, if given, replaces the model's value point by point.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn me2(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        self.evaluate(momenta, alpha_s, width, work, out, None, None);
    }

    /// `me2` with its parts by helicity and flow.
    pub fn details(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
    ) -> Details {
        let (n, h) = (momenta.n_batch, self.program.amplitudes.len());
        let mut d = Details {
            me2: vec![0.0; n],
            by_helicity: vec![0.0; h * n],
            by_flow: vec![0.0; h * self.flows.len() * n],
        };
        let (hel, flow) = (
            Some(d.by_helicity.as_mut_slice()),
            Some(d.by_flow.as_mut_slice()),
        );
        self.evaluate(momenta, alpha_s, width, work, &mut d.me2, hel, flow);
        d
    }

    fn evaluate(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
        by_helicity: Option<&mut [f64]>,
        by_flow: Option<&mut [f64]>,
    ) {
        assert_eq!(momenta.n_ext, self.program.n_ext, "number of legs");
        assert_eq!(momenta.n_batch, out.len(), "number of points");
        work.ratio.clear();
        if let Some(a) = alpha_s {
            assert_eq!(a.len(), out.len(), "number of couplings");
            work.ratio
                .extend(a.iter().map(|a| (a / self.alpha_s).sqrt()));
        }
        let mut request = Request {
            program: &self.program,
            momenta,
            strong_ratio: alpha_s.is_some().then_some(work.ratio.as_slice()),
            t_channel_width: width == TChannelWidth::On,
            total: out,
            by_helicity,
            by_flow,
        };
        run(self.level, &mut request, &mut work.memory);
        let scale = 1.0 / self.denominator;
        out.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Drops helicity configurations and colour flows whose amplitudes vanish at
/// every probe point (abelian parts of gluon exchange cancel only in the sum).
/// Returns the flows that stay.
fn remove_vanishing(
    graph: &mut Dag,
    masses: &[f64],
    n_in: usize,
    powers: &[u32],
    n_flow: usize,
    frame: Frame,
) -> Vec<usize> {
    const N_PROBE: usize = 4;
    /// Squared relative size below which an amplitude is rounding noise.
    const NOISE: f64 = 1e-24;
    let identity = (0..n_flow * n_flow).map(|k| f64::from(u8::from(k % (n_flow + 1) == 0)));
    let program = lay_out(
        graph.clone(),
        masses.to_vec(),
        n_in,
        powers.to_vec(),
        identity.collect(),
    );
    let momenta = probe::points(masses, n_in, N_PROBE, frame == Frame::Any);
    let n_hel = program.amplitudes.len();
    let mut helicity_seen = vec![false; n_hel];
    let mut flow_seen = vec![false; n_flow];
    for t_channel_width in [false, true] {
        let mut total = [0.0; N_PROBE];
        let mut by_flow = vec![0.0; n_hel * n_flow * N_PROBE];
        let mut request = Request {
            program: &program,
            momenta: &momenta,
            strong_ratio: None,
            t_channel_width,
            total: &mut total,
            by_helicity: None,
            by_flow: Some(&mut by_flow),
        };
        run(SimdLevel::Scalar, &mut request, &mut Workspace::default());
        for (at, value) in by_flow.iter().enumerate() {
            let (row, k) = (at / N_PROBE, at % N_PROBE);
            if value.is_nan() || *value > NOISE * total[k].abs() {
                helicity_seen[row / n_flow] = true;
                flow_seen[row % n_flow] = true;
            }
        }
    }
    let mut seen = helicity_seen.iter();
    graph
        .configurations
        .retain(|_| *seen.next().expect("one entry each"));
    let present: Vec<usize> = (0..n_flow).filter(|&f| flow_seen[f]).collect();
    let n_order = powers.len();
    for c in &mut graph.configurations {
        let keep = |f: &usize| c.sums[f * n_order..(f + 1) * n_order].to_vec();
        c.sums = present.iter().flat_map(keep).collect();
    }
    graph.drop_unused();
    present
}
