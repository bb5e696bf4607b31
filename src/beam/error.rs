//! Everything a user can get wrong about beams, PDFs and `alpha_s`.

use super::BeamParticle;

/// Why a beam, a PDF set or a coupling was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BeamError {
    /// No set of this name in any place that was searched.
    #[error(
        "PDF set '{name}' not found{hint}\n  searched: {searched}\n  available: {available}\n  \
         (give a path, add its directory to LHAPDF_DATA_PATH, or download it: omnis pdf get {name})"
    )]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// Suggestion of the nearest name, or empty.
        hint: String,
        /// Places searched, separated by commas.
        searched: String,
        /// Sets found there, separated by commas.
        available: String,
    },
    /// What cannot be the name of a set.
    #[error(
        "'{name}' is no name of a PDF set: expected letters, digits, '_', '-', '+' and '.', as in \
         NNPDF31_lo_as_0118"
    )]
    NoSetName {
        /// What was given.
        name: String,
    },
    /// An LHAPDF id of no set that is there and of none that an index names.
    #[error(
        "{id} is an LHAPDF id of no set that is there (nearest: {known}), and {}; write the name \
         of the set and its member, as in pdf = \"NNPDF31_lo_as_0118/0\"",
        if *n_files == 0 {
            "no directory of LHAPDF_DATA_PATH has a file pdfsets.index that says of which set"
                .to_owned()
        } else {
            format!("none of the {n_files} files pdfsets.index in LHAPDF_DATA_PATH lists its set")
        }
    )]
    UnknownId {
        /// The id.
        id: u32,
        /// Files that were looked at.
        n_files: usize,
        /// First ids and names of the sets that are there with the nearest ids.
        known: String,
    },
    /// A name with a member, and another member.
    #[error("PDF set '{name}' names a member, and another one is asked for: member = {member}")]
    TwoMembers {
        /// The name with its member.
        name: String,
        /// The other member.
        member: usize,
    },
    /// The set has fewer members.
    #[error("PDF set '{set}' has members 0 to {last}, not {member}")]
    NoSuchMember {
        /// Name of the set.
        set: String,
        /// The member asked for.
        member: usize,
        /// The last member of the set.
        last: usize,
    },
    /// The set is there, but not the file of this member.
    #[error("member {member} of PDF set '{set}' has no file '{path}'")]
    MissingMember {
        /// Name of the set.
        set: String,
        /// The member asked for.
        member: usize,
        /// The file that was expected.
        path: String,
    },
    /// What was to become a set is not one, or not all of it.
    #[error(
        "'{archive}' does not hold the PDF set '{set}' whole: {what}; nothing is installed. Get it \
         again with 'omnis pdf get {set}', or download the archive anew and give it with --from"
    )]
    NotWhole {
        /// Name of the set.
        set: String,
        /// The archive, or the address that it came from.
        archive: String,
        /// What is wrong, with the file of the set.
        what: String,
    },
    /// The operating system refused to read a file.
    #[error("cannot read '{path}': {reason}")]
    Read {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// A file of a set does not follow its format.
    #[error("{path}:{line}: {what}")]
    Corrupt {
        /// The file.
        path: String,
        /// Line number, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// The set gives no usable prescription for `alpha_s`.
    #[error("PDF set '{set}' has no usable alpha_s: {what}")]
    NoAlphaS {
        /// Name of the set.
        set: String,
        /// What is missing or not supported.
        what: String,
    },
    /// A parameter of the running coupling is out of range.
    #[error("alpha_s: {what}")]
    BadAlphaS {
        /// Which parameter, and what is allowed.
        what: String,
    },
    /// A scale at which the strong coupling has no meaning.
    #[error(
        "found the renormalisation scale {mu} GeV, where the strong coupling is {alpha_s:.3}; expected a \
         scale in GeV at which it is at most 1"
    )]
    StrongScale {
        /// The scale in GeV.
        mu: f64,
        /// The coupling there; NaN below its pole.
        alpha_s: f64,
    },
    /// Not a beam particle.
    #[error("unknown beam particle '{name}'{hint}; known: p, p~ and the particles of the model")]
    UnknownBeam {
        /// What was given.
        name: String,
        /// Suggestion of the nearest name, or empty.
        hint: String,
    },
    /// A beam energy that is not positive and finite.
    #[error("energy of beam {beam} must be positive and finite, not {energy} GeV")]
    BadEnergy {
        /// 1 or 2.
        beam: usize,
        /// The energy, in GeV.
        energy: f64,
    },
    /// A hadron beam without parton distributions.
    #[error("beam {beam} is '{particle}' and needs a PDF set")]
    PdfNeeded {
        /// 1 or 2.
        beam: usize,
        /// Name of the beam particle.
        particle: BeamParticle,
    },
    /// A set that describes another hadron or nucleus than the beam.
    #[error(
        "{path}:{line}: key Particle is {found}{name}, but beam {beam} is '{particle}': expected \
         2212, a set of the proton (it serves 'p' and, with quarks and antiquarks exchanged, 'p~')"
    )]
    OtherHadron {
        /// The file that holds the key: that of the set, or the head of the member.
        path: String,
        /// Line number, from 1.
        line: usize,
        /// PDG id of what the set describes.
        found: i32,
        /// Its name with a comma before it, or empty.
        name: String,
        /// 1 or 2.
        beam: usize,
        /// Name of the beam particle.
        particle: BeamParticle,
    },
}
