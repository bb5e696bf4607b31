//! Reports and pictures of diagrams as a user gets them: files, numbers, messages.

use std::fs;
use std::path::Path;

use serde_json::Value;

#[path = "common/program.rs"]
mod program;

use program::{done, fails};

const CARD: &str = r#"
process.generate = ["p p > e+ e- j"]
cuts.require = ["pt(l) > 10", "m(l+, l-) > 50", "pt(j) > 20"]
run = { events = 1500, seed = 3, accuracy = 0.02, sampler = "vegas" }
"#;

/// What a command printed.
fn told(folder: &Path, arguments: &str) -> String {
    String::from_utf8(done(folder, arguments).stdout).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A page that is whole, closes its tags and asks for nothing outside.
fn page(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"));
    assert!(text.len() < 2_000_000, "{}", text.len());
    for tag in [
        "svg", "figure", "table", "div", "text", "tspan", "details", "pre",
    ] {
        let opened =
            text.matches(&format!("<{tag} ")).count() + text.matches(&format!("<{tag}>")).count();
        assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    for outside in [
        "http://",
        "https://",
        "<script",
        "<link rel=\"stylesheet",
        "url(",
    ] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(!text.contains("NaN") && !text.contains("inf\""));
    text
}

#[test]
fn a_report_of_events_has_pictures_and_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let weights =
        "[weights]\nmu_r = [0.5, 1, 2]\nmu_f = [0.5, 1, 2]\npdf = [\"NNPDF23_lo_as_0130_qed\"]\n";
    fs::write(at.join("card.toml"), format!("{CARD}{weights}")).unwrap();
    let text = told(at, "generate card.toml -o z.lhe.gz --report z.html");
    assert!(text.contains("z.html") && text.contains("z.yoda"), "{text}");
    let shown = page(&at.join("z.html"));
    for part in [
        "scales, 7 points",
        "Distributions",
        "Subprocesses",
        "Weights, channels, iterations",
        "Decisions",
        "Provenance",
        "process.generate",
    ] {
        assert!(shown.contains(part), "{part}");
    }
    let numbers = json(&at.join("z.json"));
    assert_eq!(numbers["schema"], 1);
    let sample = &numbers["samples"][0];
    assert_eq!(sample["process"], "p p > e+ e- j");
    assert_eq!(sample["collision_gev"], 13000.0);
    assert_eq!(sample["weights"]["events"], 1500);
    let adaptation = &sample["adaptation"];
    assert_eq!(adaptation["schema"], 1);
    let channels = adaptation["channels"].as_array().unwrap();
    let trials: f64 = channels.iter().map(|c| c["trials"].as_f64().unwrap()).sum();
    assert!((trials - 1.0).abs() < 0.01, "{trials}");
    // What particles suggest: a jet, two leptons and their pair.
    let names: Vec<&str> = (sample["histograms"]["distributions"]
        .as_array()
        .unwrap()
        .iter())
    .map(|h| h["name"].as_str().unwrap())
    .collect();
    for name in [
        "pt_j1", "eta_j1", "pt_em", "pt_ep", "m_em_ep", "pt_em_ep", "sqrt_s",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    yoda_holds_the_numbers(&fs::read_to_string(at.join("z.yoda")).unwrap(), sample);
    // Again, with other threads: the same bytes.
    done(at, "report z.lhe.gz -o again.html --threads 3");
    for ending in ["html", "yoda"] {
        let read = |name: &str| fs::read(at.join(format!("{name}.{ending}"))).unwrap();
        assert_eq!(read("z"), read("again"));
    }
}

/// Nine scales, the set of densities and the events themselves.
fn yoda_holds_the_numbers(text: &str, sample: &Value) {
    let all = sample["histograms"]["distributions"].as_array().unwrap();
    let n_weights = all[0]["weights"].as_array().unwrap().len();
    let begins = text.matches("BEGIN YODA_HISTO1D_V3 /OMNIS/").count();
    assert_eq!(begins, all.len() * (1 + n_weights));
    assert_eq!(begins, text.matches("END YODA_HISTO1D_V3\n").count());
    assert!(
        text.contains("/OMNIS/pt_j1[MUR=0.5_MUF=0.5_PDF="),
        "{}",
        &text[..2000]
    );
    let h = all.iter().find(|h| h["name"] == "pt_j1").unwrap();
    let (_, block) = text
        .split_once("BEGIN YODA_HISTO1D_V3 /OMNIS/pt_j1\n")
        .unwrap();
    let (head, rest) = block.split_once("Edges(A1): [").unwrap();
    assert!(head.contains("Type: Histo1D") && head.contains("Path: /OMNIS/pt_j1\n"));
    let (edges, rest) = rest.split_once("]\n").unwrap();
    let number = |word: &str| word.parse::<f64>().unwrap();
    let edges: Vec<f64> = edges.split(", ").map(number).collect();
    let list = |key: &str| -> Vec<f64> {
        h[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect()
    };
    assert_eq!(edges, list("edges"));
    let rows: Vec<Vec<f64>> = (rest.lines().skip(1))
        .take_while(|l| !l.starts_with("END"))
        .map(|l| l.split_whitespace().map(number).collect())
        .collect();
    assert_eq!(rows.len(), edges.len() + 1);
    for (k, row) in rows[1..rows.len() - 1].iter().enumerate() {
        assert_eq!(row.len(), 5);
        assert_eq!(row[0], list("xsec_pb")[k]);
        assert!((row[1].sqrt() - list("xsec_err_pb")[k]).abs() < 1e-12);
        assert_eq!(row[4], list("entries")[k]);
        // Means of values lie in their bins.
        if row[0] > 0.0 {
            assert!(
                (edges[k]..edges[k + 1]).contains(&(row[2] / row[0])),
                "{row:?}"
            );
        }
    }
}

#[test]
fn gridpacks_and_several_files_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let flow = "process.generate = [\"p p > e+ e-\"]\ncuts.require = [\"m(l+, l-) > 50\"]\n\
        run = { events = 100, seed = 3, accuracy = 0.05, sampler = \"flow\", training = 0.1 }\n";
    fs::write(at.join("flow.toml"), flow).unwrap();
    done(at, "gridpack flow.toml -o z.omnis --history z.csv");
    done(at, "report z.omnis");
    let shown = page(&at.join("report.html"));
    for part in [
        "Training loss",
        "Unweighting efficiency by channel",
        "Iterations",
        "Subprocesses",
    ] {
        assert!(shown.contains(part), "{part}");
    }
    let pack = json(&at.join("report.json"));
    let trainings = pack["samples"][0]["adaptation"]["trainings"]
        .as_array()
        .unwrap();
    assert!(!trainings.is_empty());
    let rounds: usize = trainings
        .iter()
        .map(|t| t["loss"].as_array().unwrap().len())
        .sum();
    let lines = fs::read_to_string(at.join("z.csv"))
        .unwrap()
        .lines()
        .count()
        - 1;
    assert_eq!(rounds, lines);
    assert!(!at.join("report.yoda").exists());

    done(at, "generate z.omnis -n 300 --seed 1 -o a.lhe");
    done(at, "generate z.omnis -n 300 --seed 2 -o b.lhe.gz");
    done(at, "report a.lhe b.lhe.gz z.omnis -o all.html");
    let shown = page(&at.join("all.html"));
    assert!(shown.contains(">ratio<") && shown.contains("<th><span class=\"key\""));
    // Each file has colours of its own: the first one that of the page, and one of its own.
    for (title, colours) in [
        ("Iterations of the integral: a", ["c0", "c3"]),
        ("Iterations of the integral: b", ["c1", "c4"]),
        ("Training loss: a", ["c0", "c0"]),
        ("Training loss: b", ["c1", "c1"]),
        ("Training loss: z", ["c2", "c2"]),
    ] {
        let (_, figure) = shown.split_once(&format!("aria-label=\"{title}")).unwrap();
        let (figure, _) = figure.split_once("</svg>").unwrap();
        let [first, second] = colours;
        let curve = figure.split("class=\"c").nth(1).unwrap();
        assert_eq!(curve[..1], first[1..], "{title}");
        assert!(figure.contains(&format!("class=\"{second}")), "{title}");
    }
    for file in ["all.a.yoda", "all.b.yoda"] {
        assert!(at.join(file).exists(), "{file}");
    }
    let all = json(&at.join("all.json"));
    let of = |k: usize| &all["samples"][k];
    // Events know what the adaptation of their gridpack did.
    assert_eq!(of(0)["adaptation"], of(2)["adaptation"]);
    let edges = |k: usize| &of(k)["histograms"]["distributions"][0]["edges"];
    assert_eq!(edges(0), edges(1));
    assert!(of(2)["histograms"].is_null());
}

#[test]
fn files_of_other_programs_have_the_histograms_of_a_card() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let text = "<LesHouchesEvents version=\"3.0\">\n<header>\n</header>\n<init>\n\
        2212 2212 6500 6500 0 0 0 0 -3 1\n10 1 2 1\n</init>\n\
        <event>\n4 1 2.0 91 0.0078 0.118\n\
        2 -1 0 0 501 0 0 0 45.6 45.6 0 0 9\n-2 -1 0 0 0 501 0 0 -45.6 45.6 0 0 9\n\
        13 1 1 2 0 0 36.48 0 27.36 45.6 0 0 9\n-13 1 1 2 0 0 -36.48 0 -27.36 45.6 0 0 9\n</event>\n\
        <event>\n4 1 -1.0 91 0.0078 0.118\n\
        2 -1 0 0 501 0 0 0 45.6 45.6 0 0 9\n-2 -1 0 0 0 501 0 0 -45.6 45.6 0 0 9\n\
        11 1 1 2 0 0 27.36 0 36.48 45.6 0 0 9\n-11 1 1 2 0 0 -27.36 0 -36.48 45.6 0 0 9\n</event>\n\
        </LesHouchesEvents>\n";
    fs::write(at.join("other.lhe"), text).unwrap();
    let card = "process.generate = [\"p p > mu+ mu-\"]\n[histograms]\npt = { of = \"pt(mu-)\", bins = 4, range = [0, 40] }\n";
    fs::write(at.join("card.toml"), card).unwrap();
    done(at, "report other.lhe --card card.toml -o other.html");
    page(&at.join("other.html"));
    let found = json(&at.join("other.json"));
    let h = &found["samples"][0]["histograms"]["distributions"][0];
    // The weights 2 and -1 add up to 10 pb.
    assert_eq!(h["xsec_pb"], serde_json::json!([0.0, 0.0, 0.0, 20.0]));
    assert_eq!(h["xsec_err_pb"][3], 20.0);
    assert_eq!(found["samples"][0]["weights"]["negative"], 1);
    // Histograms alone are enough, and errors in them have their place.
    let alone = "[histograms]\npt = { of = \"pt(mu-)\", bins = 4, range = [0, 40] }\n";
    fs::write(at.join("alone.toml"), alone).unwrap();
    done(at, "report other.lhe --card alone.toml -o alone.html");
    let of_alone = json(&at.join("alone.json"));
    let same = &of_alone["samples"][0]["histograms"];
    assert_eq!(*same, found["samples"][0]["histograms"]);
    fs::write(at.join("alone.toml"), alone.replace("bins", "binz")).unwrap();
    let message = fails(at, "report other.lhe --card alone.toml -o alone.html", 2);
    assert!(message.contains("alone.toml, line 2"), "{message}");
    fs::write(at.join("alone.toml"), format!("{alone}[cuts]\n")).unwrap();
    let message = fails(at, "report other.lhe --card alone.toml -o alone.html", 2);
    assert!(message.contains("[process] is missing"), "{message}");
    done(at, "report other.lhe");
    let usual = json(&at.join("report.json"));
    let list = usual["samples"][0]["histograms"]["distributions"]
        .as_array()
        .unwrap();
    assert!(list.iter().any(|h| h["of"] == "m(mu-, mu+)"), "{list:?}");
}

/// Two events of weights 2 and -1 whose muons have a transverse momentum of 36.48 and 27.36
/// GeV, with the three members of a set of densities.
const BY_HAND: &str = "<LesHouchesEvents version=\"3.0\">\n<header>\n<initrwgt>\n\
    <weightgroup name=\"Set\" combine=\"hessian\"> # 9: confidence level 90 %\n\
    <weight id=\"a\" MUR=\"1.0\" MUF=\"1.0\" PDF=\"9\"> PDF=9 </weight>\n\
    <weight id=\"b\" MUR=\"1.0\" MUF=\"1.0\" PDF=\"10\"> PDF=10 </weight>\n\
    <weight id=\"c\" MUR=\"1.0\" MUF=\"1.0\" PDF=\"11\"> PDF=11 </weight>\n\
    </weightgroup>\n</initrwgt>\n</header>\n<init>\n\
    2212 11 920 27.5 0 0 0 0 -3 1\n10 1 2 1\n</init>\n\
    <event>\n4 1 2.0 91 0.0078 0.118\n\
    2 -1 0 0 501 0 0 0 45.6 45.6 0 0 9\n-2 -1 0 0 0 501 0 0 -45.6 45.6 0 0 9\n\
    13 1 1 2 0 0 36.48 0 27.36 45.6 0 0 9\n-13 1 1 2 0 0 -36.48 0 -27.36 45.6 0 0 9\n\
    <rwgt>\n<wgt id=\"a\"> 2.2 </wgt>\n<wgt id=\"b\"> 2.6 </wgt>\n<wgt id=\"c\"> 2.1 </wgt>\n</rwgt>\n</event>\n\
    <event>\n4 1 -1.0 91 0.0078 0.118\n\
    2 -1 0 0 501 0 0 0 45.6 45.6 0 0 9\n-2 -1 0 0 0 501 0 0 -45.6 45.6 0 0 9\n\
    13 1 1 2 0 0 27.36 0 36.48 45.6 0 0 9\n-13 1 1 2 0 0 -27.36 0 -36.48 45.6 0 0 9\n\
    <rwgt>\n<wgt id=\"a\"> -1 </wgt>\n<wgt id=\"b\"> -1 </wgt>\n<wgt id=\"c\"> -1 </wgt>\n</rwgt>\n</event>\n\
    </LesHouchesEvents>\n";

/// Numbers of a list or one below a key.
fn floats(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(list) => list.iter().map(|x| x.as_f64().unwrap()).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}

fn are_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} {expected:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!(
            (a - b).abs() < 1e-9 * b.abs().max(1.0),
            "{found:?} {expected:?}"
        );
    }
}

#[test]
fn numbers_of_two_events_are_those_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("two.lhe"), BY_HAND).unwrap();
    let card = "process.generate = [\"p p > mu+ mu-\"]\n[histograms]\n\
        pt = { of = \"pt(mu-)\", bins = 4, range = [0, 40] }\n\
        each = { of = \"pt(l)\", edges = [1, 30, 40], log = \"xy\" }\n\
        low = { of = \"pt(mu-)\", edges = [0, 30], log = \"y\" }\n\
        none = { of = \"(E(mu+[1]) - E(mu+[1])) / (E(mu+[1]) - E(mu+[1]))\", range = [0, 1] }\n";
    fs::write(at.join("card.toml"), card).unwrap();
    done(at, "report two.lhe --card card.toml -o two.html");
    let shown = page(&at.join("two.html"));
    let found = json(&at.join("two.json"));
    let sample = &found["samples"][0];
    let all = &sample["histograms"];
    // The weights 2 and -1 add up to 10 pb.
    let of = |key: &str| all[key].as_f64().unwrap();
    assert_eq!(
        ["sum_of_weights", "sum_of_squares", "xsec_pb", "xsec_err_pb"].map(of),
        [1.0, 5.0, 10.0, 1.0]
    );
    let energy = 2.0 * (920.0_f64 * 27.5).sqrt();
    are_near(&floats(&sample["collision_gev"]), &[energy]);
    let list = all["distributions"].as_array().unwrap();
    let [pt, each, low, none] = &list[..] else {
        panic!("{list:?}");
    };
    are_near(&floats(&pt["xsec_pb"]), &[0.0, 0.0, -10.0, 20.0]);
    are_near(&floats(&pt["xsec_err_pb"]), &[0.0, 0.0, 10.0, 20.0]);
    assert_eq!(floats(&pt["entries"]), [0.0, 0.0, 1.0, 1.0]);
    are_near(&floats(&each["xsec_pb"]), &[-20.0, 40.0]);
    are_near(&floats(&each["xsec_err_pb"]), &[20.0, 40.0]);
    assert_eq!(floats(&each["entries"]), [2.0, 2.0]);
    are_near(&floats(&low["xsec_pb"]), &[-10.0]);
    let over =
        ["xsec_pb", "xsec_err_pb", "entries"].map(|key| low["overflow"][key].as_f64().unwrap());
    assert_eq!(over, [20.0, 20.0, 1.0]);
    assert_eq!(
        (none["not_numbers"].as_u64(), pt["not_numbers"].as_u64()),
        (Some(2), Some(0))
    );
    let logs = |h: &Value| (h["log_x"] == true, h["log_y"] == true);
    assert_eq!(
        [pt, each, low].map(logs),
        [(false, false), (true, true), (false, true)]
    );
    assert_eq!((&pt["unit"], &none["unit"]), (&"GeV".into(), &"".into()));

    // Members 22, 26 and 21 pb, errors of 90 % confidence.
    assert_eq!(pt["weights"].as_array().unwrap().len(), 3);
    let members = [0, 1, 2].map(|k| floats(&pt["weights"][k]["xsec_pb"])[3]);
    are_near(&members, &[22.0, 26.0, 21.0]);
    assert_eq!(pt["weights"][1]["id"], "b");
    let band = &pt["bands"][0];
    assert_eq!(
        (&band["kind"], &band["name"]),
        (&"pdf".into(), &"Set".into())
    );
    let normal = 1.644_853_626_951_472_7;
    let ends = |key: &str| floats(&band[key])[3];
    are_near(
        &["central_pb", "low_pb", "high_pb"].map(ends),
        &[22.0, 22.0 - 1.0 / normal, 22.0 + 4.0 / normal],
    );

    let weights = &sample["weights"];
    let of = |key: &str| weights[key].as_f64().unwrap();
    are_near(
        &["kish_size", "largest", "zero"].map(of),
        &[0.2, 2.0 / 1.5, 0.0],
    );
    let counts = |key: &str| floats(&weights[key]);
    let places = ["positive_counts", "negative_counts"]
        .map(|key| counts(key).iter().position(|n| *n == 1.0));
    assert_eq!(places, [Some(17), Some(1)]);
    assert!(shown.contains("<td>50.0 %</td>"), "negative weights");

    let name = pt["weights"][1]["name"].as_str().unwrap();
    check_yoda(&fs::read_to_string(at.join("two.yoda")).unwrap(), name);
}

/// Rows of YODA of the two events: sums of weights, squares, values and squares of values.
fn check_yoda(yoda: &str, name: &str) {
    let rows = |path: &str| -> Vec<Vec<f64>> {
        let (_, block) = yoda
            .split_once(&format!("BEGIN YODA_HISTO1D_V3 {path}\n"))
            .unwrap();
        let (_, rows) = block.split_once("numEntries\n").unwrap();
        let lines = rows.lines().take_while(|l| !l.starts_with("END"));
        lines
            .map(|l| l.split_whitespace().map(|x| x.parse().unwrap()).collect())
            .collect()
    };
    let (small, large) = (27.36_f64, 36.48_f64);
    let of_each = rows("/OMNIS/each");
    are_near(
        &of_each[1],
        &[-20.0, 400.0, -20.0 * small, -20.0 * small * small, 2.0],
    );
    are_near(
        &of_each[2],
        &[40.0, 1600.0, 40.0 * large, 40.0 * large * large, 2.0],
    );
    let of_low = rows("/OMNIS/low");
    are_near(
        &of_low[2],
        &[20.0, 400.0, 20.0 * large, 20.0 * large * large, 1.0],
    );
    let member = rows(&format!("/OMNIS/pt[{name}]"));
    are_near(
        &member[4],
        &[26.0, 676.0, 26.0 * large, 26.0 * large * large, 1.0],
    );
    let (_, block) = yoda
        .split_once("BEGIN YODA_HISTO1D_V3 /OMNIS/pt\n")
        .unwrap();
    let (_, mean) = block.split_once("# Mean: ").unwrap();
    let mean = mean.lines().next().unwrap().parse().unwrap();
    are_near(&[mean], &[(20.0 * large - 10.0 * small) / 10.0]);
}

#[test]
fn histograms_that_stay_empty_are_told_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("card.toml"), CARD).unwrap();
    done(at, "generate card.toml -n 50 --accuracy 0.2 -o z.lhe");
    let of_muons = "process.generate = \"p p > mu+ mu-\"\n[histograms]\n\
        mll = { of = \"m(mu+, mu-)\", bins = 4, range = [0, 40] }\n\
        far = { of = \"pt(j)\", bins = 4, range = [1e5, 2e5] }\n\
        good = { of = \"pt(e+)\", bins = 4, range = [0, 40] }\n";
    fs::write(at.join("mu.toml"), of_muons).unwrap();
    let output = done(at, "report z.lhe --card mu.toml -o z.html");
    let said = String::from_utf8(output.stderr).unwrap();
    let empty = "z: histogram 'mll' is empty: no event has the particles of 'm(mu+, mu-)'; \
                 the card is of 'p p > mu+ mu-', the events are of 'p p > e+ e- j'";
    assert!(said.contains(&format!("warning: {empty}")), "{said}");
    let far = "warning: z: histogram 'far' is empty: all of its 50 values lie outside of its bins";
    assert!(said.contains(far), "{said}");
    assert!(!said.contains("'good'"), "{said}");
    let found = json(&at.join("z.json"));
    let notes = found["samples"][0]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|n| n == empty), "{notes:?}");
    assert!(page(&at.join("z.html")).contains("histogram 'mll' is empty"));
}

#[test]
fn decay_chains_are_shown_whole_and_in_symbols() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let chain = "p p > t t~, (t > w+ b, w+ > e+ ve), (t~ > w- b~, w- > mu- vm~)";
    let card = format!("process.generate = \"{chain}\"\nrun = {{ events = 20, accuracy = 0.2 }}\n");
    fs::write(at.join("chain.toml"), card).unwrap();
    done(at, "generate chain.toml -o chain.lhe --report chain.html");
    let shown = page(&at.join("chain.html"));
    let head = "<h1><i>p</i> <i>p</i> → <i>t</i> <i>t\u{304}</i>, (<i>t</i> → <i>W</i><sup>+</sup> <i>b</i>,";
    assert!(shown.contains(head), "{shown}");
    assert!(!shown.contains('…'), "a label is cut");
}

#[test]
fn what_a_report_cannot_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("card.toml"), CARD).unwrap();
    let message = fails(at, "report missing.lhe", 2);
    assert!(message.contains("missing.lhe"), "{message}");
    let message = fails(at, "report card.toml", 2);
    assert!(
        message.contains("card.toml") && message.contains("event file"),
        "{message}"
    );
    let message = fails(
        at,
        "generate card.toml -n 10 -o x_{process}.lhe --report x.html",
        2,
    );
    assert!(message.contains("expected one"), "{message}");
    let message = fails(
        at,
        "generate card.toml -n 10 -o x.lhe --report card.toml",
        2,
    );
    assert!(message.contains("card.toml"), "{message}");
    assert!(!at.join("x.lhe").exists());
}

#[test]
fn diagrams_are_drawn_for_lines_and_cards() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("card.toml"), CARD).unwrap();
    let text = told(at, "process card.toml --diagrams all.html");
    assert!(text.contains("12 drawings in all.html"), "{text}");
    let shown = page(&at.join("all.html"));
    assert_eq!(shown.matches("<figure").count(), 12);
    assert_eq!(shown.matches(">2 diagrams<").count(), 12);
    let json: Value = serde_json::from_str(&told(
        at,
        "process card.toml --diagrams one.svg --most-drawings 3 --json",
    ))
    .unwrap();
    assert_eq!(json["diagram_file"]["drawings"], 3);
    let notes = json["diagram_file"]["notes"].as_array().unwrap();
    assert!(
        notes[0]
            .as_str()
            .unwrap()
            .contains("the first 1 drawings of its 4 diagrams"),
        "{notes:?}"
    );
    assert!(
        notes[1]
            .as_str()
            .unwrap()
            .contains("4 further matrix elements"),
        "{notes:?}"
    );
    let svg = fs::read_to_string(at.join("one.svg")).unwrap();
    assert!(svg.starts_with("<svg xmlns=") && svg.contains("prefers-color-scheme: dark"));
    // Few programs but browsers know custom properties.
    assert!(!svg.contains("var(") && svg.contains(".paper { fill: #ffffff;"));
    assert!(shown.contains("var(--paper)"));
    let message = fails(at, "process card.toml --diagrams one.pdf", 2);
    assert!(message.contains("expected .svg or .html"), "{message}");
    let message = fails(
        at,
        "process card.toml --diagrams all.html --most-drawings 0",
        2,
    );
    assert!(message.contains("most-drawings"), "{message}");
}
