//! Parton densities and parameter cards.

use std::fs;

use super::*;

#[test]
fn parton_densities_are_named_as_lhapdf_names_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let card = |pdf: &str| {
        let text = format!(
            "[process]\ngenerate = \"p p > e+ e-\"\n[beams]\npdf = {pdf}\n[cuts]\nrequire = [\"m(e+, e-) > 50\"]\n"
        );
        fs::write(at.join("c.toml"), text).expect("a card");
    };
    let verify = |with_index: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_omnis"));
        if with_index {
            command.env("LHAPDF_DATA_PATH", at);
        } else {
            command.env_remove("LHAPDF_DATA_PATH");
        }
        let out = command.args(["verify", "c.toml"]).current_dir(at).output();
        let out = out.expect("the program starts");
        let message = String::from_utf8_lossy(&out.stderr).into_owned();
        (out.status.code(), message)
    };
    for pdf in ["\"NNPDF23_lo_as_0130_qed/0\"", "247000", "\"247000\""] {
        card(pdf);
        assert_eq!(verify(false), (Some(0), String::new()), "{pdf}");
    }
    let refused_as = |pdf: &str, with_index: bool, parts: &[&str]| {
        card(pdf);
        let (code, message) = verify(with_index);
        assert_eq!(code, Some(2), "{pdf}: {message}");
        for part in parts {
            assert!(message.contains(part), "{pdf}: {message}");
        }
    };
    refused_as(
        "\"NNPDF23_lo_as_0130_qed/3\"",
        false,
        &["members 0 to 0, not 3"],
    );
    let number = "325300 is an LHAPDF id";
    refused_as(
        "325300",
        false,
        &[number, "pdfsets.index", "pdf = \"NNPDF31_lo_as_0118/0\""],
    );
    fs::write(
        at.join("pdfsets.index"),
        "325300 NNPDF31_nnlo_as_0118_mc_hessian_pdfas 1\n",
    )
    .expect("an index");
    let set = "'NNPDF31_nnlo_as_0118_mc_hessian_pdfas' not found";
    refused_as("325302", true, &[set]);
    refused_as("10", true, &["10 is an LHAPDF id", "none of the 1 files"]);
    refused_as(
        "true",
        false,
        &["the name of a PDF set, a path to it or its LHAPDF id"],
    );
    refused_as(
        "\"NNPDF23_lo_as_0130_qed/3\"\nmember = 2",
        false,
        &["names a member, and another one is asked for: member = 2"],
    );
}

#[test]
fn values_of_a_parameter_card_that_are_not_used_are_warned_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("p.dat"), "BLOCK MASS\n 12 0.1\n 23 91.2\n").expect("a card");
    fs::write(
        at.join("c.toml"),
        muons("[model]\nparam_card = \"p.dat\"\n"),
    )
    .expect("a card");
    let out = omnis(&["integrate", "c.toml", "--accuracy", "0.05"], at);
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}");
    let warning = "p.dat:2: MASS 12 = 0.1 is not used: the model has ZERO = 0";
    assert!(text.contains(&format!("warning: {warning}")), "{text}");
    let process = ["process", "e+ e- > mu+ mu-", "--param-card", "p.dat"];
    let out = omnis(&process, at).stdout;
    assert!(String::from_utf8_lossy(&out).contains(&format!("note: {warning}")));
    fs::write(
        at.join("m.json"),
        "[[[500,0,0,500],[500,0,0,-500],[500,0,500,0],[500,0,-500,0]]]",
    )
    .expect("momenta");
    let evaluate = [
        "evaluate",
        process[1],
        "--param-card",
        "p.dat",
        "--momenta",
        "m.json",
    ];
    let message = omnis(&evaluate, at).stderr;
    assert!(String::from_utf8_lossy(&message).contains(&format!("warning: {warning}")));
}
