//! Where PDF sets are looked for, and what those that are there say of themselves.
//!
//! Knows directories, info files and the index of LHAPDF ids; reads no grid and downloads
//! nothing. Source: arXiv:1412.7420, section 3.

use std::fs;
use std::path::{Path, PathBuf};

use super::BeamError;
use super::pdf::{DEFAULT_INFO, DEFAULT_PDF, info_file, read};
use super::pdf_info::Info;

/// The list of all sets with their ids, beside the sets.
const INDEX: &str = "pdfsets.index";

/// Directories to search, separated as in `PATH`.
const SEARCH_VARIABLE: &str = "LHAPDF_DATA_PATH";

/// Where packages of LHAPDF have their sets.
const SYSTEM: [&str; 2] = ["/usr/local/share/LHAPDF", "/usr/share/LHAPDF"];

/// Where a set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SetPlace {
    /// A directory with its files.
    Directory(PathBuf),
    /// In the program.
    BuiltIn,
}

/// Directories with PDF sets: a set is taken from the first that has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPath {
    /// Searched before the sets shipped with omnis.
    first: Vec<PathBuf>,
    /// Searched after them, so that they are the same on every machine.
    last: Vec<PathBuf>,
}

/// What a set says of itself, without its grids.
#[derive(Clone, Debug, PartialEq)]
pub struct PdfSetFacts {
    /// Name.
    pub name: String,
    /// Its directory; `None` if it is shipped with omnis.
    pub directory: Option<PathBuf>,
    /// LHAPDF id of its first member (`SetIndex`).
    pub lhapdf_id: Option<u32>,
    /// Members (`NumMembers`); 1 where it does not say.
    pub n_members: u32,
    /// What the spread of the members means (`ErrorType`).
    pub error_type: Option<String>,
    /// `alpha_s` at the mass of the Z (`AlphaS_MZ`).
    pub alpha_s_mz: Option<f64>,
    /// Description (`SetDesc`).
    pub description: Option<String>,
    /// Where it is published (`Reference`).
    pub reference: Option<String>,
}

impl PdfSetFacts {
    fn of(name: &str, directory: Option<PathBuf>, info: &Info) -> Result<Self, BeamError> {
        let text = |key: &str| info.text(key).map(str::to_owned);
        Ok(Self {
            name: name.to_owned(),
            directory,
            lhapdf_id: info.number("SetIndex")?,
            n_members: info.number("NumMembers")?.unwrap_or(1),
            error_type: text("ErrorType"),
            alpha_s_mz: info.number("AlphaS_MZ")?,
            description: text("SetDesc"),
            reference: text("Reference"),
        })
    }

    fn in_directory(name: &str, directory: &Path) -> Result<Self, BeamError> {
        let path = info_file(directory, name);
        let info = Info::parse(&read(&path)?, &path.display().to_string())?;
        Self::of(name, Some(directory.to_owned()), &info)
    }

    fn built_in() -> Self {
        let info = Info::parse(DEFAULT_INFO, "embedded info file");
        let facts = info.and_then(|info| Self::of(DEFAULT_PDF, None, &info));
        facts.expect("the embedded set is read by a test")
    }

    /// Whether it has the member with this LHAPDF id.
    fn holds(&self, id: u32) -> bool {
        (self.lhapdf_id).is_some_and(|first| first <= id && id - first < self.n_members)
    }
}

impl SearchPath {
    /// The directories of `LHAPDF_DATA_PATH`, the sets shipped with omnis, the folder of
    /// [`SearchPath::own_folder`], and those where packages of LHAPDF have theirs.
    pub fn of_environment() -> Self {
        let first = std::env::var_os(SEARCH_VARIABLE).map_or_else(Vec::new, |paths| {
            std::env::split_paths(&paths)
                .filter(|p| !p.as_os_str().is_empty())
                .collect()
        });
        let last = Self::own_folder().into_iter();
        Self {
            first,
            last: last.chain(SYSTEM.map(PathBuf::from)).collect(),
        }
    }

    /// These directories, and then the sets shipped with omnis.
    pub fn new(directories: Vec<PathBuf>) -> Self {
        Self {
            first: directories,
            last: Vec::new(),
        }
    }

    /// Where omnis keeps the sets of a user: `omnis/pdf` in the folder of the XDG base
    /// directory specification for data, if there is a home.
    pub fn own_folder() -> Option<PathBuf> {
        let given = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let data = given.filter(|path| path.is_absolute()).or_else(|| {
            let home = std::env::home_dir().filter(|home| home.is_absolute())?;
            Some(home.join(".local/share"))
        });
        data.map(|data| data.join("omnis/pdf"))
    }

    /// The directories of `LHAPDF_DATA_PATH`.
    pub fn named(&self) -> &[PathBuf] {
        &self.first
    }

    fn directories(&self) -> impl Iterator<Item = &PathBuf> {
        self.first.iter().chain(&self.last)
    }

    /// All places in words, in their order.
    pub(super) fn texts(&self) -> Vec<String> {
        let quoted = |path: &PathBuf| format!("'{}'", path.display());
        let mut all: Vec<String> = self.first.iter().map(quoted).collect();
        all.push("sets shipped with omnis".to_owned());
        all.extend(self.last.iter().filter(|p| p.is_dir()).map(quoted));
        all
    }

    /// The first place that has a set of this name.
    pub(super) fn find(&self, name: &str) -> Option<SetPlace> {
        let in_one = |directories: &[PathBuf]| {
            let sets = directories.iter().map(|d| d.join(name));
            let mut there = sets.filter(|set| info_file(set, name).is_file());
            there.next().map(SetPlace::Directory)
        };
        in_one(&self.first)
            .or_else(|| (name == DEFAULT_PDF).then_some(SetPlace::BuiltIn))
            .or_else(|| in_one(&self.last))
    }

    /// Where the set of a name is found: its directory, or `None` inside for one that is
    /// shipped with omnis.
    pub(crate) fn directory_of(&self, name: &str) -> Option<Option<PathBuf>> {
        self.find(name).map(|place| match place {
            SetPlace::Directory(directory) => Some(directory),
            SetPlace::BuiltIn => None,
        })
    }

    /// Names of the sets that are found, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![DEFAULT_PDF.to_owned()];
        names.extend(self.directories().flat_map(|d| names_in(d)));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What each set that is found says of itself, by name; an error for one whose info file
    /// cannot be used.
    pub fn sets(&self) -> Vec<(String, Result<PdfSetFacts, BeamError>)> {
        let facts = |name: String| {
            let facts = match self.find(&name) {
                Some(SetPlace::Directory(directory)) => {
                    PdfSetFacts::in_directory(&name, &directory)
                }
                _ => Ok(PdfSetFacts::built_in()),
            };
            (name, facts)
        };
        self.names().into_iter().map(facts).collect()
    }

    /// Set and member of an LHAPDF id: of the sets that are there, as their info files say
    /// (`SetIndex`, `NumMembers`), or else from the files `pdfsets.index` of the directories
    /// (lines `id name version`, of the first members).
    pub(super) fn set_of_id(&self, id: u32) -> Result<(String, usize), BeamError> {
        // A set that cannot be read has no id.
        let present: Vec<PdfSetFacts> = self.sets().into_iter().filter_map(|s| s.1.ok()).collect();
        if let Some(set) = present.iter().find(|set| set.holds(id)) {
            let first = set.lhapdf_id.unwrap_or(id);
            return Ok((set.name.clone(), (id - first) as usize));
        }
        let (n_files, sets) = self.indices();
        let below = sets.into_iter().filter(|(first, _)| *first <= id);
        if let Some((first, name)) = below.max_by_key(|(first, _)| *first) {
            return Ok((name, (id - first) as usize));
        }
        let mut near: Vec<(u32, &str)> = (present.iter())
            .filter_map(|set| Some((set.lhapdf_id?, set.name.as_str())))
            .collect();
        near.sort_by_key(|(first, _)| first.abs_diff(id));
        let known: Vec<String> = (near.iter().take(5))
            .map(|(first, name)| format!("{first} {name}"))
            .collect();
        Err(BeamError::UnknownId {
            id,
            n_files,
            known: known.join(", "),
        })
    }

    /// Number of index files, and first ids and names of the sets that they list.
    fn indices(&self) -> (usize, Vec<(u32, String)>) {
        let mut sets = Vec::new();
        let mut n_files = 0;
        for directory in self.directories() {
            let Ok(text) = fs::read_to_string(directory.join(INDEX)) else {
                continue;
            };
            n_files += 1;
            sets.extend(text.lines().filter_map(|line| {
                let mut words = line.split_whitespace();
                Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
            }));
        }
        (n_files, sets)
    }
}

/// Names of the sets in a directory.
fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| info_file(&directory.join(name), name).is_file())
        .collect()
}

/// Names of the sets that [`super::PdfSet::load`] finds, sorted.
pub fn available_sets() -> Vec<String> {
    SearchPath::of_environment().names()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_set(directory: &Path, name: &str, info: &str) {
        let set = directory.join(name);
        fs::create_dir_all(&set).unwrap();
        fs::write(set.join(format!("{name}.info")), info).unwrap();
    }

    #[test]
    fn sets_shipped_with_omnis_come_after_named_directories_and_before_others() {
        let (named, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = |first: &[&tempfile::TempDir]| SearchPath {
            first: first.iter().map(|d| d.path().to_owned()).collect(),
            last: vec![other.path().to_owned()],
        };
        write_set(other.path(), DEFAULT_PDF, "SetIndex: 1\n");
        write_set(other.path(), "Mine", "SetIndex: 7\nNumMembers: 3\n");
        assert_eq!(path(&[&named]).find(DEFAULT_PDF), Some(SetPlace::BuiltIn));
        write_set(named.path(), DEFAULT_PDF, "SetIndex: 2\n");
        let own = named.path().join(DEFAULT_PDF);
        assert_eq!(
            path(&[&named]).find(DEFAULT_PDF),
            Some(SetPlace::Directory(own))
        );
        let mine = other.path().join("Mine");
        assert_eq!(path(&[]).find("Mine"), Some(SetPlace::Directory(mine)));
        assert_eq!(path(&[]).find("Yours"), None);
        assert_eq!(path(&[]).names(), ["Mine", DEFAULT_PDF]);
        assert_eq!(path(&[]).set_of_id(9).unwrap(), ("Mine".to_owned(), 2));
        assert!(path(&[]).set_of_id(10).is_err());
    }

    #[test]
    fn sets_say_what_their_info_files_say() {
        let folder = tempfile::tempdir().unwrap();
        write_set(
            folder.path(),
            "Good",
            "SetDesc: \"A set\"\nSetIndex: 5\nNumMembers: 2\nErrorType: hessian\nAlphaS_MZ: 0.118\nReference: arXiv:1\n",
        );
        write_set(folder.path(), "Bad", "SetIndex: five\n");
        let sets = SearchPath::new(vec![folder.path().to_owned()]).sets();
        let names: Vec<&str> = sets.iter().map(|s| s.0.as_str()).collect();
        assert_eq!(names, ["Bad", "Good", DEFAULT_PDF]);
        let message = sets[0].1.as_ref().unwrap_err().to_string();
        assert!(
            message.contains("Bad.info:1") && message.contains("five"),
            "{message}"
        );
        let good = sets[1].1.as_ref().unwrap();
        assert_eq!(
            good.directory.as_deref(),
            Some(&*folder.path().join("Good"))
        );
        assert_eq!((good.lhapdf_id, good.n_members), (Some(5), 2));
        assert_eq!(
            (good.alpha_s_mz, good.error_type.as_deref()),
            (Some(0.118), Some("hessian"))
        );
        let built_in = sets[2].1.as_ref().unwrap();
        assert_eq!(
            (built_in.lhapdf_id, built_in.directory.as_ref()),
            (Some(247_000), None)
        );
        assert_eq!(built_in.reference.as_deref(), Some("arXiv:1308.0598"));
    }
}
