//! PDF sets: where they are found, and `xf(x, mu2_f)` of many points at once.
//!
//! Knows files and flavours; knows no beam and no process. Never downloads.
//! Sources: arXiv:1412.7420; the set shipped with omnis: arXiv:1207.1303 and
//! arXiv:1308.0598.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::extrapolate::{block_outside, toward_one};
use super::pdf_grid::{BLOCK, Grid, Place};
use super::pdf_info::Info;
use super::{AlphaS, BeamError, BeamParticle};
use crate::storage::read_text;
use crate::suggest::did_you_mean;

/// Name of the set that is compiled in.
pub const DEFAULT_PDF: &str = "NNPDF23_lo_as_0130_qed";

const DEFAULT_INFO: &str =
    include_str!("../../data/pdf/NNPDF23_lo_as_0130_qed/NNPDF23_lo_as_0130_qed.info");
const DEFAULT_DAT_GZ: &[u8] =
    include_bytes!("../../data/pdf/NNPDF23_lo_as_0130_qed/NNPDF23_lo_as_0130_qed_0000.dat.gz");

/// What a set describes that does not say so.
const PROTON: i32 = 2212;
/// The list of all sets with their ids, beside the sets.
const INDEX: &str = "pdfsets.index";

/// Directories to search, separated as in `PATH`.
const SEARCH_VARIABLE: &str = "LHAPDF_DATA_PATH";

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
    /// directories of `LHAPDF_DATA_PATH` and then among the sets shipped with
    /// omnis; either may end in `/3` for member 3. A number is an LHAPDF id: of a set that
    /// is there (`SetIndex` in its info file), or that the file `pdfsets.index` of these
    /// directories gives a name.
    ///
    /// # Errors
    /// [`BeamError`]: not found (with what was searched and what is there), no
    /// such member, two different members, unreadable or corrupt file.
    pub fn load(name_or_path: &str, member: usize) -> Result<Self, BeamError> {
        Self::load_from(name_or_path, member, &search_path())
    }

    /// [`PdfSet::load`] with an explicit list of directories to search.
    ///
    /// # Errors
    /// As [`PdfSet::load`].
    pub fn load_from(
        name_or_path: &str,
        member: usize,
        search: &[PathBuf],
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
        for directory in search {
            let set = directory.join(name_or_path);
            if info_file(&set, name_or_path).is_file() {
                return Self::from_directory(&set, name_or_path, member);
            }
        }
        if name_or_path == DEFAULT_PDF {
            return Self::from_embedded(member);
        }
        if let Ok(id) = name_or_path.parse::<u32>() {
            let (set, in_id) = set_of_id(id, search)?;
            if member != 0 && member != in_id {
                return Err(BeamError::TwoMembers {
                    name: format!("{name_or_path} = {set}/{in_id}"),
                    member,
                });
            }
            return Self::load_from(&set, in_id, search);
        }
        let available = available_in(search);
        let places: Vec<String> = search
            .iter()
            .map(|d| format!("'{}'", d.display()))
            .chain(["sets shipped with omnis".to_owned()])
            .collect();
        Err(BeamError::UnknownSet {
            name: name_or_path.to_owned(),
            hint: did_you_mean(name_or_path, available.iter().map(String::as_str)),
            searched: places.join(", "),
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

/// Names of the sets that [`PdfSet::load`] finds, sorted.
pub fn available_sets() -> Vec<String> {
    available_in(&search_path())
}

fn available_in(search: &[PathBuf]) -> Vec<String> {
    let mut names = vec![DEFAULT_PDF.to_owned()];
    for directory in search {
        let Ok(entries) = fs::read_dir(directory) else {
            continue;
        };
        for entry in entries.flatten() {
            if let Some(name) = entry.file_name().to_str()
                && info_file(&entry.path(), name).is_file()
            {
                names.push(name.to_owned());
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Set and member of an LHAPDF id: of the sets that are there, as their info files say
/// (`SetIndex`, `NumMembers`), or else from the files `pdfsets.index` of the directories
/// (lines `id name version`, of the first members).
fn set_of_id(id: u32, search: &[PathBuf]) -> Result<(String, usize), BeamError> {
    let present = sets_with_ids(search)?;
    let holds = |s: &&SetIds| s.first <= id && id - s.first < s.n_members;
    if let Some(set) = present.iter().find(holds) {
        return Ok((set.name.clone(), (id - set.first) as usize));
    }
    let mut sets: Vec<(u32, String)> = Vec::new();
    let mut n_files = 0;
    for directory in search {
        let Ok(text) = fs::read_to_string(directory.join(INDEX)) else {
            continue;
        };
        n_files += 1;
        sets.extend(text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
        }));
    }
    let below = sets.into_iter().filter(|(first, _)| *first <= id);
    let nearest = below.max_by_key(|(first, _)| *first);
    let known = || {
        let mut near: Vec<&SetIds> = present.iter().collect();
        near.sort_by_key(|s| s.first.abs_diff(id));
        let texts = near
            .iter()
            .take(5)
            .map(|s| format!("{} {}", s.first, s.name));
        texts.collect::<Vec<_>>().join(", ")
    };
    nearest
        .map(|(first, name)| (name, (id - first) as usize))
        .ok_or_else(|| BeamError::UnknownId {
            id,
            n_files,
            known: known(),
        })
}

/// The LHAPDF ids of a set.
struct SetIds {
    name: String,
    first: u32,
    n_members: u32,
}

/// Sets in the directories, and the built-in one, that state their ids.
fn sets_with_ids(search: &[PathBuf]) -> Result<Vec<SetIds>, BeamError> {
    let ids = |name: &str, info: &Info| -> Option<SetIds> {
        Some(SetIds {
            name: name.to_owned(),
            first: info.number("SetIndex").ok()??,
            n_members: info.number("NumMembers").ok().flatten().unwrap_or(1),
        })
    };
    let mut found = Vec::new();
    for directory in search {
        let Ok(entries) = fs::read_dir(directory) else {
            continue;
        };
        let mut names: Vec<String> = (entries.flatten())
            .filter_map(|e| e.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        for name in names {
            let path = info_file(&directory.join(&name), &name);
            // A set that cannot be read has no id.
            let info = (path.is_file().then(|| read(&path)))
                .and_then(Result::ok)
                .and_then(|text| Info::parse(&text, &path.display().to_string()).ok());
            found.extend(info.and_then(|info| ids(&name, &info)));
        }
    }
    let built_in = Info::parse(DEFAULT_INFO, "embedded NNPDF23_lo_as_0130_qed.info")?;
    found.extend(ids(DEFAULT_PDF, &built_in));
    Ok(found)
}

fn search_path() -> Vec<PathBuf> {
    std::env::var_os(SEARCH_VARIABLE).map_or_else(Vec::new, |paths| {
        std::env::split_paths(&paths)
            .filter(|p| !p.as_os_str().is_empty())
            .collect()
    })
}

fn info_file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.info"))
}

fn read(path: &Path) -> Result<String, BeamError> {
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
