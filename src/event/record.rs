//! What one event and one run say, in the terms of the Les Houches accord.
//!
//! Knows fields, units and conventions; knows no file format.
//! Sources: hep-ph/0109068 (HEPRUP, HEPEUP), 1405.1067 (version 3).

use super::scales::EventScales;
use crate::kinematics::FourVector;

/// Status codes of particles (ISTUP).
pub mod status {
    /// Incoming to the hard process.
    pub(crate) const INCOMING: i32 = -1;
    /// Outgoing, final.
    pub(crate) const FINAL: i32 = 1;
    /// Intermediate resonance whose mass a shower must keep.
    pub(crate) const RESONANCE: i32 = 2;
}

/// Spin of a particle that has none to state (SPINUP).
pub(crate) const UNKNOWN_SPIN: f64 = 9.0;

/// One particle of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Particle {
    /// PDG id.
    pub pdg: i32,
    /// One of [`status`].
    pub status: i32,
    /// First and last mother, counted from 1; 0 for none.
    pub mothers: [i32; 2],
    /// Tags of the colour and the anticolour line; 0 for none.
    pub colours: [i32; 2],
    /// `(E, px, py, pz)` in GeV.
    pub p: FourVector,
    /// Generated mass in GeV.
    pub mass: f64,
    /// Invariant lifetime `c tau` in mm.
    pub lifetime_mm: f64,
    /// Helicity, or 9 if unknown.
    pub spin: f64,
}

impl Default for Particle {
    fn default() -> Self {
        Self {
            pdg: 0,
            status: status::FINAL,
            mothers: [0; 2],
            colours: [0; 2],
            p: [0.0; 4],
            mass: 0.0,
            lifetime_mm: 0.0,
            spin: UNKNOWN_SPIN,
        }
    }
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Id of the process, one of [`RunInfo::processes`] (IDPRUP).
    pub process_id: i32,
    /// Weight, in the unit that [`RunInfo::weight_strategy`] implies (XWGTUP).
    pub weight: f64,
    /// Where a shower starts (SCALUP), and the scales of the matrix element.
    pub scales: EventScales,
    /// QED coupling (AQEDUP).
    pub alpha_em: f64,
    /// QCD coupling at the renormalisation scale (AQCDUP).
    pub alpha_s: f64,
    /// Incoming first, mothers before daughters.
    pub particles: Vec<Particle>,
    /// Alternative weights, one per entry of [`RunInfo::weights`], or none.
    pub weights: Vec<f64>,
    /// How the file lists these.
    pub weight_form: WeightForm,
    /// Attributes of the event, as another program spelt them; empty for none.
    pub attributes: String,
    /// Lines after the particles that the fields above do not hold, as they
    /// stood; empty for none.
    pub rest: String,
}

/// How an event file lists alternative weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeightForm {
    /// One by one, each with its id: `<rwgt>`.
    #[default]
    Named,
    /// In the order of the header: `<weights>`.
    Listed,
}

/// One process of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProcessInfo {
    /// Id used by the events (LPRUP).
    pub id: i32,
    /// Cross section in pb (XSECUP).
    pub xsec_pb: f64,
    /// One standard deviation, in pb (XERRUP).
    pub xsec_err_pb: f64,
    /// Largest weight (XMAXUP).
    pub max_weight: f64,
}

/// A named alternative weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightInfo {
    /// Identifier, as events name it.
    pub id: String,
    /// What it means.
    pub text: String,
}

/// A named block of text in the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeaderBlock {
    /// Name of the XML element; empty for what stands between the elements:
    /// comments and loose lines.
    pub name: String,
    /// Content, as plain text.
    pub text: String,
    /// The whole element as another program spelt it (attributes, CDATA,
    /// elements inside). It is written as long as it says `text`.
    pub verbatim: String,
}

/// Which program made the events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generator {
    /// Name of the program.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What to cite, or any further remark.
    pub text: String,
}

/// What holds for all events of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunInfo {
    /// PDG ids of the beams (IDBMUP).
    pub beam_pdg: [i32; 2],
    /// Beam energies in GeV (EBMUP).
    pub beam_energy: [f64; 2],
    /// PDF groups; 0 with LHAPDF ids (PDFGUP).
    pub pdf_group: [i32; 2],
    /// LHAPDF ids; 0 for no PDF (PDFSUP).
    pub pdf_set: [i32; 2],
    /// Meaning of the weights, 1 to 4 or their negatives (IDWTUP).
    pub weight_strategy: i32,
    /// Processes, in the order of the file.
    pub processes: Vec<ProcessInfo>,
    /// The program, if stated.
    pub generator: Option<Generator>,
    /// Alternative weights of the events.
    pub weights: Vec<WeightInfo>,
    /// Header blocks, in order: card, parameters, seed, summary.
    pub header: Vec<HeaderBlock>,
    /// How another program spelt some things; empty where omnis would write the same.
    pub spelling: Spelling,
}

/// What [`RunInfo`] has no field for, as it stood in the file of another program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spelling {
    /// Attributes of the first tag, other than version 3.0.
    pub opening: String,
    /// All of `<initrwgt>`: groups and their attributes. It is written as
    /// long as it declares [`RunInfo::weights`].
    pub weights: String,
    /// Attributes of `<init>`.
    pub init_attributes: String,
    /// Lines of `<init>` after the processes, but a generator as omnis writes it.
    pub init_rest: String,
}

impl RunInfo {
    /// Text of the header block `name`.
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header
            .iter()
            .find(|block| block.name == name)
            .map(|block| block.text.as_str())
    }

    /// Cross section of all processes in pb, and its standard deviation (the
    /// processes taken as independent).
    pub fn xsec_pb(&self) -> (f64, f64) {
        let sum = self.processes.iter().map(|p| p.xsec_pb).sum();
        let variance: f64 = self.processes.iter().map(|p| p.xsec_err_pb.powi(2)).sum();
        (sum, variance.sqrt())
    }
}
