//! PDF sets: where they are found, and `xf(x, mu2_f)` of many points at once.
//!
//! Knows files and flavours; knows no beam and no process. Never downloads.
//! Sources: arXiv:1412.7420; the set shipped with omnis: arXiv:1207.1303 and
//! arXiv:1308.0598.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::extrapolate::{block_outside, toward_one};
use super::pdf_grid::{BLOCK, Grid, Place};
use super::pdf_info::Info;
use super::pdf_search::{SearchPath, SetPlace};
use super::{AlphaS, BeamError, BeamParticle};
use crate::storage::read_text;
use crate::suggest::did_you_mean;

/// Name of the set that is compiled in.
pub const DEFAULT_PDF: &str = "NNPDF23_lo_as_0130_qed";

pub(super) const DEFAULT_INFO: &str =
    include_str!("../../data/pdf/NNPDF23_lo_as_0130_qed/NNPDF23_lo_as_0130_qed.info");
const DEFAULT_DAT_GZ: &[u8] =
    include_bytes!("../../data/pdf/NNPDF23_lo_as_0130_qed/NNPDF23_lo_as_0130_qed_0000.dat.gz");

/// What a set describes that does not say so.
const PROTON: i32 = 2212;
/// Most bytes of a file of a set; the largest are a tenth of it.
pub(crate) const MAX_PDF_FILE: u64 = 256 << 20;

/// One member of a PDF set, ready for lookups.
#[derive(Clone, Debug)]
pub struct PdfSet {
    name: String,
    member: usize,
    info: Info,
    grid: Grid,
    positivity: Positivity,
    files: Vec<PathBuf>,
}

/// What the set asks to be done with small values (`ForcePositive`).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Positivity {
    Free,
    AtLeast(f64),
}

impl PdfSet {
    /// Loads a member of a set.
    ///
    /// `name_or_path` is a directory, or a name that is looked for in the
    /// directories of [`SearchPath::of_environment`], the sets shipped with omnis among them;
    /// either may end in `/3` for member 3. A number is an LHAPDF id: of a set that
    /// is there (`SetIndex` in its info file), or that the file `pdfsets.index` of these
    /// directories gives a name.
    ///
    /// # Errors
    /// [`BeamError`]: not found (with what was searched and what is there), no
    /// such member, two different members, unreadable or corrupt file.
    pub fn load(name_or_path: &str, member: usize) -> Result<Self, BeamError> {
        Self::load_from(name_or_path, member, &SearchPath::of_environment())
    }

    /// [`PdfSet::load`] with explicit directories to search.
    ///
    /// # Errors
    /// As [`PdfSet::load`].
    pub fn load_from(
        name_or_path: &str,
        member: usize,
        search: &SearchPath,
    ) -> Result<Self, BeamError> {
        let path = Path::new(name_or_path);
        if name_or_path.contains('/') || path.is_dir() {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            if let (Some(set), Ok(in_name)) = (path.parent(), name.parse::<usize>())
                && !path.is_dir()
                && let Some(set) = set.to_str()
            {
                // As LHAPDF writes members: SET/3.
                if member != 0 && member != in_name {
                    return Err(BeamError::TwoMembers {
                        name: name_or_path.to_owned(),
                        member,
                    });
                }
                return Self::load_from(set, in_name, search);
            }
            if !info_file(path, name).is_file() {
                return Err(BeamError::Read {
                    path: info_file(path, name).display().to_string(),
                    reason: "no such file; a PDF path is a directory NAME with NAME.info"
                        .to_owned(),
                });
            }
            return Self::from_directory(path, name, member);
        }
        match search.find(name_or_path) {
            Some(SetPlace::Directory(set)) => {
                return Self::from_directory(&set, name_or_path, member);
            }
            Some(SetPlace::BuiltIn) => return Self::from_embedded(member),
            None => {}
        }
        if let Ok(id) = name_or_path.parse::<u32>() {
            let (set, in_id) = search.set_of_id(id)?;
            if member != 0 && member != in_id {
                return Err(BeamError::TwoMembers {
                    name: format!("{name_or_path} = {set}/{in_id}"),
                    member,
                });
            }
            return Self::load_from(&set, in_id, search);
        }
        let available = search.names();
        let searched = search.texts();
        Err(BeamError::UnknownSet {
            name: name_or_path.to_owned(),
            hint: did_you_mean(name_or_path, available.iter().map(String::as_str)),
            searched: searched.join(", "),
            available: available.join(", "),
        })
    }

    /// The set shipped with omnis, [`DEFAULT_PDF`], member 0.
    pub fn embedded() -> Self {
        Self::from_embedded(0).expect("the embedded set is read by a test")
    }

    fn from_embedded(member: usize) -> Result<Self, BeamError> {
        let info = Info::parse(DEFAULT_INFO, "embedded NNPDF23_lo_as_0130_qed.info")?;
        check_member(DEFAULT_PDF, member, &info)?;
        let path = "embedded NNPDF23_lo_as_0130_qed_0000.dat";
        let mut text = String::new();
        flate2::read::GzDecoder::new(DEFAULT_DAT_GZ)
            .read_to_string(&mut text)
            .map_err(|error| BeamError::Read {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        Self::build(DEFAULT_PDF, member, &text, path, &info)
    }

    fn from_directory(directory: &Path, name: &str, member: usize) -> Result<Self, BeamError> {
        let info_path = info_file(directory, name);
        let info = Info::parse(&read(&info_path)?, &info_path.display().to_string())?;
        check_member(name, member, &info)?;
        let path = directory.join(format!("{name}_{member:04}.dat"));
        if !path.is_file() {
            return Err(BeamError::MissingMember {
                set: name.to_owned(),
                member,
                path: path.display().to_string(),
            });
        }
        let text = read(&path)?;
        let set = Self::build(name, member, &text, &path.display().to_string(), &info)?;
        Ok(Self {
            files: vec![info_path, path],
            ..set
        })
    }

    fn build(
        name: &str,
        member: usize,
        text: &str,
        path: &str,
        set_info: &Info,
    ) -> Result<Self, BeamError> {
        let info = Info::parse(text, path)?.or(set_info);
        match info.text("Format") {
            None | Some("lhagrid1") => {}
            Some(other) => {
                return Err(info.bad("Format", format!("format '{other}' is not 'lhagrid1'")));
            }
        }
        let positivity = match info.number::<i32>("ForcePositive")?.unwrap_or(0) {
            0 => Positivity::Free,
            1 => Positivity::AtLeast(0.0),
            2 => Positivity::AtLeast(1e-10),
            other => {
                let what = format!("ForcePositive is 0, 1 or 2, not {other}");
                return Err(info.bad("ForcePositive", what));
            }
        };
        Ok(Self {
            name: name.to_owned(),
            member,
            grid: Grid::parse(text, path)?,
            info,
            positivity,
            files: Vec::new(),
        })
    }

    /// The files it was read from; none for the set shipped with omnis.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Name of the set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the set is published (`Reference`), as it says it.
    pub fn reference(&self) -> Option<&str> {
        self.info.text("Reference")
    }

    /// Number of the member.
    pub fn member(&self) -> usize {
        self.member
    }

    /// LHAPDF id of this member (`SetIndex` + member); 0 if the set has none.
    pub fn lhapdf_id(&self) -> i32 {
        let index = self.info.number::<i32>("SetIndex").ok().flatten();
        index.map_or(0, |i| i + i32::try_from(self.member).unwrap_or(0))
    }

    /// Number of members of the set (`NumMembers`); 1 where it does not say.
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] if the key holds no number.
    pub fn n_members(&self) -> Result<usize, BeamError> {
        Ok(self.info.number("NumMembers")?.unwrap_or(1).max(1))
    }

    /// What the spread of the members means (`ErrorType`), such as `replicas` or
    /// `hessian`; `unknown` where the set does not say.
    pub fn error_type(&self) -> &str {
        self.info.text("ErrorType").unwrap_or("unknown")
    }

    /// Confidence level in per cent of the errors that the members give
    /// (`ErrorConfLevel`), if the set says it.
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] if the key holds no number.
    pub fn confidence_level(&self) -> Result<Option<f64>, BeamError> {
        self.info.number("ErrorConfLevel")
    }

    /// PDG id of what the set describes (`Particle`); the proton where the set does
    /// not say (arXiv:1412.7420).
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] if the key holds no number.
    pub fn particle(&self) -> Result<i32, BeamError> {
        Ok(self.info.number("Particle")?.unwrap_or(PROTON))
    }

    /// Whether beam `beam` (1 or 2), a hadron, may use the set.
    ///
    /// # Errors
    /// [`BeamError::OtherHadron`] unless it describes the proton;
    /// [`BeamError::Corrupt`] if it does not say what in a number.
    pub(super) fn check_serves(
        &self,
        beam: usize,
        particle: BeamParticle,
    ) -> Result<(), BeamError> {
        let found = self.particle()?;
        if found == PROTON {
            return Ok(());
        }
        let (path, line) = self.info.place("Particle");
        Err(BeamError::OtherHadron {
            path: path.to_owned(),
            line,
            found,
            name: hadron_name(found),
            beam,
            particle,
        })
    }

    /// PDG ids of the flavours on the grid; all others have `xf = 0`.
    pub fn flavours(&self) -> &[i32] {
        self.grid.flavours()
    }

    /// Range of x on the grid.
    pub fn x_range(&self) -> (f64, f64) {
        (self.grid.x_low(self.grid.q2_min()).0, self.grid.x_max())
    }

    /// Range of Q^2 on the grid, in GeV^2.
    pub(crate) fn q2_range(&self) -> (f64, f64) {
        (self.grid.q2_min(), self.grid.q2_high().0)
    }

    /// The strong coupling that belongs to the set.
    ///
    /// # Errors
    /// [`BeamError::NoAlphaS`] if the set describes none, or one in terms of
    /// Lambda; [`BeamError::Corrupt`] for a broken table.
    pub fn alpha_s(&self) -> Result<AlphaS, BeamError> {
        AlphaS::from_info(&self.name, &self.info)
    }

    /// `xf` at a batch of points.
    ///
    /// Shapes: `x` and `q2` (GeV^2) are `[n]`, `flavours` PDG ids
    /// `[n_flavour]`; `out` is `[n_flavour, n]`, the points contiguous. The
    /// gluon is 21 or 0, the photon 22. Beyond the grid xf is continued as in
    /// LHAPDF6; it is 0 for `x` above the grid and for flavours that the set
    /// does not have, and NaN where `x` or `q2` is NaN or not positive. It may
    /// be negative unless the set forbids that (`ForcePositive`).
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn xf(&self, x: &[f64], q2: &[f64], flavours: &[i32], out: &mut [f64]) {
        let n = x.len();
        assert_eq!(q2.len(), n, "as many q2 as x");
        assert_eq!(out.len(), n * flavours.len(), "out is [n_flavour, n]");
        // Rows of `out` by block: (lane, row).
        let mut wanted: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.grid.n_block()];
        for (row, &flavour) in flavours.iter().enumerate() {
            match self.grid.column(flavour) {
                Some(column) => wanted[column / BLOCK].push((column % BLOCK, row)),
                None => out[row * n..(row + 1) * n].fill(0.0),
            }
        }
        let floor = self.floor();
        let (q2_min, q2_max) = self.q2_range();
        let x_max = self.grid.x_max();
        for k in 0..n {
            let (x, q2) = (x[k], q2[k]);
            let x_min = self.grid.x_low(q2).0;
            if x >= x_min && x <= x_max && q2 >= q2_min && q2 <= q2_max {
                let place = self.grid.place(x, q2);
                for (block, rows) in wanted.iter().enumerate().filter(|(_, r)| !r.is_empty()) {
                    let values = place.block(block);
                    for &(lane, row) in rows {
                        out[row * n + k] = values[lane].max(floor);
                    }
                }
                continue;
            }
            for (block, rows) in wanted.iter().enumerate().filter(|(_, r)| !r.is_empty()) {
                let values = self.outside(block, x, q2);
                for &(lane, row) in rows {
                    out[row * n + k] = values[lane];
                }
            }
        }
    }

    /// A block of flavours at a point that is not inside the grid.
    fn outside(&self, block: usize, x: f64, q2: f64) -> [f64; BLOCK] {
        if x.is_nan() || q2.is_nan() || x <= 0.0 || q2 <= 0.0 {
            [f64::NAN; BLOCK]
        } else if x > self.grid.x_max() {
            [0.0; BLOCK]
        } else {
            let inside = |place: &Place| place.block(block);
            block_outside(&self.grid, x, q2, &inside).map(|v| v.max(self.floor()))
        }
    }

    /// Least value of `xf` that the set permits.
    pub(super) fn floor(&self) -> f64 {
        match self.positivity {
            Positivity::Free => f64::NEG_INFINITY,
            Positivity::AtLeast(floor) => floor,
        }
    }

    /// The grid.
    pub(super) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The grid alone.
    pub(super) fn into_grid(self) -> Grid {
        self.grid
    }

    /// Replaces the zeros of [`PdfSet::xf`] at `x` between the end of the grid and 1
    /// by a power of `1 - x` through the last two knots: an estimate of what the set
    /// leaves out. Shapes as there.
    pub(super) fn continue_above(&self, x: &[f64], q2: &[f64], flavours: &[i32], out: &mut [f64]) {
        let n = x.len();
        let (last, before) = self.grid.x_high();
        for k in (0..n).filter(|&k| x[k] > last) {
            for (row, &flavour) in flavours.iter().enumerate() {
                let [fa, fb] = [last, before].map(|at| self.xf_point(flavour, at, q2[k]));
                out[row * n + k] = toward_one(x[k], last, before, fa, fb);
            }
        }
    }

    /// `xf` of one flavour at one point; see [`PdfSet::xf`].
    pub fn xf_point(&self, pdg: i32, x: f64, q2: f64) -> f64 {
        let Some(column) = self.grid.column(pdg) else {
            return 0.0;
        };
        let (block, lane) = (column / BLOCK, column % BLOCK);
        let (q2_min, q2_max) = self.q2_range();
        let x_min = self.grid.x_low(q2).0;
        if x >= x_min && x <= self.grid.x_max() && q2 >= q2_min && q2 <= q2_max {
            return self.grid.place(x, q2).column(column).max(self.floor());
        }
        self.outside(block, x, q2)[lane]
    }
}

/// Name of a hadron or nucleus with a comma before it; empty for others.
///
/// Nuclei are `10LZZZAAAI` (PDG review "Monte Carlo particle numbering scheme").
fn hadron_name(pdg: i32) -> String {
    match pdg {
        -2212 => ", the antiproton".to_owned(),
        2112 => ", the neutron".to_owned(),
        211 | -211 => ", a pion".to_owned(),
        1_000_000_000.. => {
            let (z, a) = (pdg / 10_000 % 1000, pdg / 10 % 1000);
            format!(", the nucleus with Z = {z}, A = {a}")
        }
        _ => String::new(),
    }
}

pub(super) fn info_file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.info"))
}

pub(super) fn read(path: &Path) -> Result<String, BeamError> {
    read_text(path, MAX_PDF_FILE).map_err(|error| BeamError::Read {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

fn check_member(set: &str, member: usize, info: &Info) -> Result<(), BeamError> {
    let n_members = info.number::<usize>("NumMembers")?.unwrap_or(1).max(1);
    if member >= n_members {
        return Err(BeamError::NoSuchMember {
            set: set.to_owned(),
            member,
            last: n_members - 1,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_what_its_points_give() {
        let set = PdfSet::embedded();
        let x = [1e-10, 1e-4, 0.3, 1.0, 1.1, 0.05];
        let q2 = [10.0, 2.0, 1e4, 1e3, 1e3, 0.5];
        let flavours = [21, -2, 9, 5, 0, 22];
        let mut out = vec![f64::NAN; x.len() * flavours.len()];
        set.xf(&x, &q2, &flavours, &mut out);
        for (row, &flavour) in flavours.iter().enumerate() {
            for k in 0..x.len() {
                let alone = set.xf_point(flavour, x[k], q2[k]);
                assert_eq!(out[row * x.len() + k].to_bits(), alone.to_bits());
            }
        }
        assert!(out[..4].iter().all(|v| *v >= 0.0));
        assert_eq!(out[12..18], [0.0; 6], "no flavour 9");
        assert_eq!(out[4], 0.0, "nothing above x = 1");
    }

    #[test]
    fn a_point_without_sense_is_nan() {
        let set = PdfSet::embedded();
        for (x, q2) in [
            (f64::NAN, 10.0),
            (0.1, f64::NAN),
            (0.0, 10.0),
            (-0.1, 10.0),
            (0.1, -1.0),
        ] {
            assert!(set.xf_point(21, x, q2).is_nan(), "{x} {q2}");
        }
    }

    #[test]
    fn the_momentum_sum_rule_holds() {
        let set = PdfSet::embedded();
        let flavours: Vec<i32> = set.flavours().to_vec();
        // Integral of sum xf over x, in t = log x.
        let n = 4000;
        let (t0, t1) = (1e-9_f64.ln(), 0.0);
        let x: Vec<f64> = (0..n)
            .map(|k| (t0 + (t1 - t0) * (f64::from(k) + 0.5) / f64::from(n)).exp())
            .collect();
        let q2 = vec![1e4; x.len()];
        let mut out = vec![0.0; x.len() * flavours.len()];
        set.xf(&x, &q2, &flavours, &mut out);
        let sum: f64 = (0..out.len()).map(|i| out[i] * x[i % x.len()]).sum();
        let momentum = sum * (t1 - t0) / f64::from(n);
        assert!((momentum - 1.0).abs() < 0.01, "{momentum}");
    }
}
