//! The readers, good inputs for each, and words that they look for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use omnis::beam::{PdfSet, SearchPath};
use omnis::card::{Card, MadGraphImport, MadGraphOptions};
use omnis::cli::{Program, parse_momenta};
use omnis::cuts::{Bias, CutSet, Quantity};
use omnis::gridpack::Gridpack;
use omnis::jobs::{Library, LibrarySpec};
use omnis::model::{Model, ModelSpec};
use omnis::picture::expression_label;
use omnis::process::{ProcessLine, ProcessSet, named_groups};
use omnis::scale::ScaleChoice;
use omnis::storage::{Archive, sealed};

use super::event_files;

/// What was found when a reader took an input that it should not have taken.
pub type Found = Result<(), String>;

/// A reader.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Its share of the cases.
    pub share: u64,
    /// Good inputs.
    pub corpus: fn(&Scratch) -> Vec<Vec<u8>>,
    /// Words that it looks for.
    pub dictionary: &'static [&'static str],
    /// Reads an input. An error is as good as a success.
    pub read: fn(&Scratch, &[u8]) -> Found,
}

/// A folder for files, and what the readers need besides.
pub struct Scratch {
    folder: PathBuf,
    model: Model,
    pack: Archive,
}

impl Scratch {
    /// Makes the folder, and a gridpack in it.
    pub fn new(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("a folder");
        let card = "[process]\ngenerate = [\"e+ e- > mu+ mu-\"]\n[beams]\n\
                    particles = [\"e+\", \"e-\"]\nenergies = [100.0, 100.0]\n";
        fs::write(folder.join("c.toml"), card).expect("a card");
        let out = Command::new(env!("CARGO_BIN_EXE_omnis"))
            .args("pack c.toml -n 100 -o p.omnis".split(' '))
            .current_dir(&folder)
            .output()
            .expect("the program starts");
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let read = |layout| Archive::read(&folder.join("p.omnis"), "omnis-pack", layout).ok();
        Self {
            pack: (1..1000).find_map(read).expect("a gridpack of some layout"),
            model: Model::load(&ModelSpec::default()).expect("the built-in model"),
            folder,
        }
    }

    /// The folder for files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file into the folder; returns its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, bytes).expect("a file in the scratch folder");
        path
    }
}

/// All readers.
pub static TARGETS: [Target; 17] = [
    Target {
        name: "ufo_json",
        share: 4,
        corpus: super::ufo_model::json_corpus,
        dictionary: super::ufo_model::JSON_DICTIONARY,
        read: super::ufo_model::read_json,
    },
    Target {
        name: "ufo",
        share: 6,
        corpus: super::ufo_model::corpus,
        dictionary: super::ufo_model::DICTIONARY,
        read: super::ufo_model::read,
    },
    Target {
        name: "card",
        share: 8,
        corpus: |_| files("processes", "toml"),
        dictionary: &[
            "[process]",
            "[[",
            "]",
            "{",
            "= ",
            "\"",
            "\"\"\"",
            "'",
            "generate",
            "define",
            "p p > j j",
            "[model]",
            "set",
            "[cuts]",
            "require",
            "[run]",
            "events",
            "accuracy",
            "seed",
            "[histograms]",
            "a = { of = \"pt(j)\", range = [0, 1] }",
            "\u{e9}",
            ".",
        ],
        read: |_, input| {
            drop(Card::from_str(&text(input), "c.toml"));
            Ok(())
        },
    },
    Target {
        name: "madgraph_cards",
        share: 6,
        corpus: |_| madgraph_cards(),
        dictionary: &[
            "generate ",
            "add process",
            "define",
            "import model sm-no_b_mass",
            "p p > t t~, (t > w+ b, w+ > j j)",
            "{0}",
            "@1",
            "QCD^2==2",
            "$$",
            "/",
            "|",
            "\\\n",
            ";",
            "3j",
            "all",
            " = ptj",
            " = lhaid",
            "{6: 100}",
            "1d5",
            "set param_card mass 6",
            "set run_card",
            "decay t > w+ b",
            "launch",
            "DECAY 6 auto",
            "BLOCK MASS",
            "%%%",
        ],
        read: madgraph_read,
    },
    Target {
        name: "process_line",
        share: 8,
        corpus: |_| {
            lines(&[
                "p p > e+ e- j QED=2 QCD<=1 @3",
                "p p > w+ > mu+ vm / h $ z",
                "e+ e- > t t~ $$ a z",
                "g g > t t~ WEIGHTED=2",
                "t > w+ b",
                "p p > z > l+ l- || 23 > 11 -11",
                "p p > w+ + 0,1,2 j QCD<=1, w+ > e+ ve @10",
            ])
        },
        dictionary: &[
            ">", "/", "$", "$$", "|", "@", "QED", "QCD", "=", "==", "<=", "^2", "p", "j", "l+",
            "all", "t~", "~", "-11", "21", ",", "(", ")", "[QCD]", "#", "\u{3bc}", " ", "+",
            "+ 0,1 j",
        ],
        read: read_process_line,
    },
    Target {
        name: "cut",
        share: 8,
        corpus: |_| {
            lines(&[
                "pt(j) > 20",
                "|eta(l+)| < 2.5",
                "60 < m(l+, l-) < 120",
                "deltar(j, j) > 0.4",
                "any pt(j) > 100",
                "ht(j) > 1e2",
                "m(e+, e-) > 50",
                "ht(j[1..2]) > 100 or n(core j) < 2",
                "y(j[1]) * y(j[2]) <= 0",
                "isolated(a, j; 0.4, n = 1, epsilon = 1)",
                "m(l+, l-) same_flavour outside 80 .. 100",
                "|y(l) - 0.5 * (y(all j) + 2)^2| < 3",
                "kt_durham(core j, 0.4) > 20 or pt_lund(j) > 10",
            ])
        },
        dictionary: &[
            "or",
            "core",
            "all",
            "isolated(",
            "outside",
            "same_flavour",
            "..",
            ";",
            "n(",
            "E_cm",
            "^",
            "*",
            "[",
            "]",
            "pt",
            "eta",
            "|",
            "(",
            ")",
            ",",
            "<",
            ">",
            "<=",
            ">=",
            "m(",
            "deltar",
            "any",
            "e-",
            "j",
            "l+",
            "-",
            "+",
            "1e",
            "\u{2264}",
        ],
        read: |scratch, input| {
            let defines = BTreeMap::new();
            let groups = named_groups(&scratch.model, &defines).map_err(|e| e.to_string())?;
            let text = text(input);
            drop(text.lines().map(|line| Bias::parse(line, &groups)).next());
            for line in text.lines() {
                drop(Quantity::parse(line, &groups));
                drop(expression_label(line).html());
            }
            if let Ok(cuts) = CutSet::parse(&text.lines().collect::<Vec<_>>(), &groups) {
                for state in [vec![11, -11, 21, 21], vec![6, -6], vec![]] {
                    if let Ok(bound) = cuts.bind(&state, 2, 0) {
                        let masses = vec![0.0; state.len() + 2];
                        drop(bound.bounds(&masses));
                    }
                }
            }
            Ok(())
        },
    },
    Target {
        name: "scale",
        share: 2,
        corpus: |_| lines(&["91.188", "ht/2", "2 * mt", "0.5*m_t_sum", "shat / 2"]),
        dictionary: &["*", "/", "ht", "mt", "1e", "-", "(", " "],
        read: |_, input| {
            drop(text(input).parse::<ScaleChoice>());
            Ok(())
        },
    },
    Target {
        name: "slha",
        share: 8,
        corpus: |scratch| vec![scratch.model.param_card().into_bytes()],
        dictionary: &[
            "Block", "DECAY", "MASS", "SMINPUTS", "#", "Q=", "1.0D+00", "6", "QNUMBERS", "\t",
        ],
        read: |scratch, input| {
            let spec = ModelSpec {
                param_card: Some(scratch.file("param.dat", input)),
                ..ModelSpec::default()
            };
            drop(Model::load_with_notes(&spec));
            Ok(())
        },
    },
    Target {
        name: "momenta",
        share: 4,
        corpus: |_| {
            vec![
                b"500 0 0 500\n500 0 0 -500\n500 0 500 0 # x\n500 0 -500 0\n\n1 2 3 4\n".to_vec(),
                b"[[[5,0,0,5],[5,0,0,-5],[5,0,5,0],[5,0,-5,0]]]".to_vec(),
                b"[[5e2,0,0,5],[5,0.0,0,-5]]".to_vec(),
            ]
        },
        dictionary: &["[", "]", ",", "#", "\n\n", "1e999", "null", "{", "\""],
        read: |_, input| {
            drop(parse_momenta(&text(input)));
            Ok(())
        },
    },
    Target {
        name: "lhe",
        share: 24,
        corpus: event_files::corpus,
        dictionary: event_files::DICTIONARY,
        read: |scratch, input| event_files::read(scratch, "a.lhe", input),
    },
    Target {
        name: "lhe_inside_gzip",
        share: 4,
        corpus: event_files::corpus,
        dictionary: event_files::DICTIONARY,
        read: |scratch, input| event_files::read(scratch, "a.lhe.gz", &event_files::gzip(input)),
    },
    Target {
        name: "gzip",
        share: 4,
        corpus: event_files::compressed_corpus,
        dictionary: &["\u{1f}\u{8b}", "\0\0\0\0", "\u{8}"],
        read: |scratch, input| event_files::read(scratch, "a.lhe.gz", input),
    },
    Target {
        name: "pack_file",
        share: 4,
        corpus: |scratch| vec![scratch.pack.bytes().expect("a gridpack")],
        dictionary: &["manifest.json", "\0\0\0\0", "ustar"],
        read: |scratch, input| {
            drop(Gridpack::read(&scratch.file("x.omnis", input)));
            Ok(())
        },
    },
    Target {
        name: "pack_content",
        share: 12,
        corpus: sections,
        dictionary: &[
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "null",
            "\"",
            "true",
            "1e999",
            "[[[[",
            "\"flows\"",
            "\"channels\"",
        ],
        read: read_pack,
    },
    Target {
        name: "pdf",
        share: 8,
        corpus: pdf_files,
        dictionary: &[
            "---",
            ":",
            "[",
            "]",
            ",",
            "Format: lhagrid1",
            "XMin",
            "AlphaS_Qs",
            "Flavors",
            "1e-9",
        ],
        read: read_pdf,
    },
    Target {
        name: "library",
        share: 6,
        corpus: library_files,
        dictionary: &[
            "[[sample]]",
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "../x",
            "/etc",
            "start",
            "end",
            "events",
        ],
        read: read_library,
    },
    Target {
        name: "arguments",
        share: 6,
        corpus: |_| {
            lines(&[
                "generate c.toml -n 1e5 -o a.lhe --seed 3 --threads 2",
                "integrate c.toml --accuracy 0.01 --json -vv",
                "evaluate g --momenta m.txt --set aS=0.1 --define l=e+",
                "submit p.omnis --jobs 10 -n 100 -o x.lhe",
                "generate p.omnis --range 0..10 --checkpoint-every 60",
                "library take z0 -n 20 -o a.lhe",
                "merge a b -o c",
                "convert a -o b",
            ])
        },
        dictionary: &[
            "--", "-", "=", "..", "-n", "--seed", "--set", "\u{e9}", "e", "--help", "--range",
        ],
        read: |_, input| {
            let text = text(input);
            let words = std::iter::once("omnis").chain(text.split_whitespace());
            drop(Program::try_parse_from(words));
            Ok(())
        },
    },
];

const SPEC: &str = "name = \"w\"\ncitation = \"x\"\nformat = \"lhe\"\n[[sample]]\nname = \"z0\"\n\
    card = \"c.toml\"\nevents = 100\nseed = 3\n";

const MANIFEST: &str = r#"{"format":"omnis-library","version":2,"made_by":"x","name":"w","citation":"",
"samples":[{"name":"z0","process":["p p > z"],"xsec_pb":1.0,"xsec_err_pb":0.1,"n_events":100,"seed":3,
"file":"z0.lhe","file_sha256":"0","pack":"z0.omnis","pack_sha256":"0","state":"0"}],
"taken":[{"sample":"z0","events":{"start":0,"end":10},"output":"a"}]}"#;

fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

fn lines(list: &[&str]) -> Vec<Vec<u8>> {
    list.iter().map(|l| l.as_bytes().to_vec()).collect()
}

/// All files of a folder of the package with this ending, in order.
pub fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("a folder of the package");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == ending));
    paths.sort();
    paths.iter().map(|p| fs::read(p).expect("a file")).collect()
}

/// Expands a line only if that is little work.
fn read_process_line(scratch: &Scratch, input: &[u8]) -> Found {
    const MOST_LEGS: usize = 5;
    const MOST_FLAVOURS: usize = 2000;
    let (text, defines) = (text(input), BTreeMap::new());
    let Ok(lines) = ProcessLine::parse(&text, &scratch.model, &defines) else {
        return Ok(());
    };
    let is_little = |line: &ProcessLine| {
        let legs = line.initial.iter().chain(&line.outgoing);
        let sizes: Vec<usize> = legs.map(|l| l.particles.len()).collect();
        sizes.len() <= MOST_LEGS && sizes.iter().product::<usize>() <= MOST_FLAVOURS
    };
    if lines.iter().all(is_little) {
        drop(ProcessSet::new(
            &scratch.model,
            &[text.into_owned()],
            &defines,
        ));
    }
    Ok(())
}

/// The sections of a gridpack, the manifest among them, each after its name.
fn sections(scratch: &Scratch) -> Vec<Vec<u8>> {
    let bytes = scratch.pack.bytes().expect("a gridpack");
    let whole = Gridpack::read(&scratch.file("x.omnis", &bytes));
    assert!(whole.is_ok(), "the gridpack is none of this version");
    let about = scratch.pack.about.to_string();
    let named = |name: &str, bytes: &[u8]| [name.as_bytes(), b"\n", bytes].concat();
    let sections = scratch.pack.sections.iter().map(|(n, b)| named(n, b));
    sections.chain([named("about", about.as_bytes())]).collect()
}

/// A gridpack with a changed section and checksums that fit.
fn read_pack(scratch: &Scratch, input: &[u8]) -> Found {
    let at = input
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(input.len());
    let (name, content) = (text(&input[..at]), input.get(at + 1..).unwrap_or_default());
    let mut pack = scratch.pack.clone();
    if let Some(section) = pack.sections.iter_mut().find(|s| s.0 == name) {
        section.1 = content.to_vec();
    } else {
        let Ok(about) = serde_json::from_slice(content) else {
            return Ok(());
        };
        pack.about = about;
    }
    let bytes = pack.bytes().map_err(|e| e.to_string())?;
    drop(Gridpack::read(&scratch.file("x.omnis", &bytes)));
    Ok(())
}

/// A set of two subgrids; the head and the grid in one input.
fn pdf_files(_: &Scratch) -> Vec<Vec<u8>> {
    let info = "SetDesc: \"x\"\nSetIndex: 1\nFormat: lhagrid1\nNumMembers: 1\nParticle: 2212\n\
        Flavors: [-1, 1, 2, 21]\nXMin: 1e-4\nXMax: 1\nQMin: 1\nQMax: 100\nMZ: 91.19\n\
        AlphaS_MZ: 0.118\nAlphaS_OrderQCD: 0\nAlphaS_Type: ipol\n\
        AlphaS_Qs: [1.0, 2.0, 10.0, 50.0, 100.0]\nAlphaS_Vals: [0.4, 0.3, 0.2, 0.15, 0.12]\n\
        MCharm: 1.4\nMBottom: 4.75\nMTop: 173\nNumFlavors: 5\nOrderQCD: 0\n";
    let mut grid = "PdfType: central\nFormat: lhagrid1\n---\n".to_owned();
    for q in ["1.0 2.0 3.0 5.0", "5.0 10.0 50.0 100.0"] {
        grid += &format!("1e-4 1e-3 1e-2 0.1 1.0\n{q}\n-1 1 2 21\n");
        for k in 0..20 {
            let x = f64::from(k) / 20.0;
            grid += &format!("{:e} {:e} {:e} {:e}\n", x, 0.5 * x, 1.0 - x, 2.0 * x);
        }
        grid += "---\n";
    }
    vec![format!("{info}\n%%\n{grid}").into_bytes()]
}

fn read_pdf(scratch: &Scratch, input: &[u8]) -> Found {
    let text = text(input);
    let (info, grid) = text.split_once("%%\n").unwrap_or((&text, ""));
    let folder = scratch.folder.join("set");
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    scratch.file("set/set.info", info.as_bytes());
    scratch.file("set/set_0000.dat", grid.as_bytes());
    let name = folder.display().to_string();
    if let Ok(set) = PdfSet::load_from(&name, 0, &SearchPath::default()) {
        for (x, q2) in [(0.1, 100.0), (1e-5, 1.0), (0.999, 1e6), (0.01, 25.0)] {
            for pdg in [21, 1, -3, 22] {
                set.xf_point(pdg, x, q2);
            }
        }
        drop(set.alpha_s());
    }
    Ok(())
}

/// The input as it is, and with a checksum that fits if it is a manifest.
fn read_library(scratch: &Scratch, input: &[u8]) -> Found {
    drop(LibrarySpec::read(&scratch.file("spec.toml", input)));
    open_library(scratch, input);
    if let Ok(manifest) = serde_json::from_slice::<serde_json::Value>(input)
        && let Ok(whole) = sealed(&manifest)
    {
        open_library(scratch, &whole);
    }
    Ok(())
}

fn open_library(scratch: &Scratch, manifest: &[u8]) -> Option<Library> {
    scratch.file("library.json", manifest);
    let library = Library::open(&scratch.folder).ok()?;
    for sample in &library.samples {
        library.free(sample);
    }
    Some(library)
}

/// A specification and a manifest, which opens once it has a checksum.
fn library_files(scratch: &Scratch) -> Vec<Vec<u8>> {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).expect("JSON");
    let whole = sealed(&manifest).expect("an object");
    assert!(
        open_library(scratch, &whole).is_some(),
        "the manifest is none of this version"
    );
    vec![SPEC.into(), MANIFEST.into()]
}

/// What stands between the cards of one input: process, run card, customisations, MadSpin,
/// parameters.
const BETWEEN: &str = "%%%\n";

/// Cards of MadGraph behind one another.
fn madgraph_cards() -> Vec<Vec<u8>> {
    let folder = |name: &str| format!("tests/golden/madgraph_cards/{name}");
    let mut found = Vec::new();
    for name in ["TTWW_5f_LO", "TGGJets_leptonDecays_4f_ckm_LO"] {
        let read = |end: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder(name));
            let text = fs::read_to_string(path.join(format!("{name}_{end}.dat")));
            text.expect("a card of the package")
        };
        let cards = ["proc_card", "run_card", "customizecards", "madspin_card"].map(read);
        found.push(cards.join(BETWEEN).into_bytes());
    }
    let chain = "import model sm\ngenerate p p > w+{T} z{0} j j QED=4, w+ > j j, z > l+ l- @1\n\
                 add process p p > a|z > 3j / h t $ b QCD^2==2\n%%%\n20 = ptj\n{6: 4} = pt_min_pdg\n\
                 %%%\nset mass 6 170\n%%%\ndecay z > l+ l-\n%%%\nBLOCK MASS\n6 173 # mt\n";
    found.push(chain.as_bytes().to_vec());
    found
}

/// Reads cards; what is made of them is a card.
fn madgraph_read(scratch: &Scratch, input: &[u8]) -> Found {
    let folder = scratch.folder.join("cards");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    let all = text(input);
    let ends = [
        "proc_card",
        "run_card",
        "customizecards",
        "madspin_card",
        "param_card",
    ];
    for (part, end) in all.split(BETWEEN).zip(ends) {
        fs::write(folder.join(format!("x_{end}.dat")), part).expect("a card");
    }
    let Ok(import) = MadGraphImport::read(&folder, &MadGraphOptions::default()) else {
        return Ok(());
    };
    // Whatever the values, the text is a card or is refused for a value, not for a key.
    let Err(what) = import.card().map_err(|e| e.to_string()) else {
        return Ok(());
    };
    let of_key = ["unknown key", "unknown section", "missing field"];
    if import.toml.parse::<toml::Table>().is_err() || of_key.iter().any(|w| what.contains(w)) {
        return Err(format!("the card made is none: {what}"));
    }
    Ok(())
}
