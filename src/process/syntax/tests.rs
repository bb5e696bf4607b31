//! Tests of the grammar of process lines.

use super::*;

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|w| w.text.as_str()).collect()
}

fn message(line: &str) -> String {
    parse(line).unwrap_err().to_string()
}

#[test]
fn every_part_finds_its_place() {
    let raw =
        parse("p p > z | a > e+ e- j / h t $$ w+ w- QED <=2 QCD==1 WEIGHTED=6 @3 # x").unwrap();
    assert_eq!(texts(&raw.core.initial), ["p", "p"]);
    assert_eq!(raw.core.required.len(), 1);
    assert_eq!(texts(&raw.core.required[0][0]), ["z", "a"]);
    assert_eq!(texts(&raw.core.outgoing), ["e+", "e-", "j"]);
    assert_eq!(texts(&raw.core.forbidden), ["h", "t"]);
    assert_eq!(texts(&raw.core.forbidden_s_channel), ["w+", "w-"]);
    let orders: Vec<_> = raw
        .core
        .orders
        .iter()
        .map(|o| (o.name.text.as_str(), o.relation, o.value))
        .collect();
    assert_eq!(
        orders,
        [
            ("QED", Relation::AtMost, 2),
            ("QCD", Relation::Exactly, 1),
            ("WEIGHTED", Relation::AtMost, 6)
        ]
    );
    assert_eq!(raw.tag, Some(3));
    assert_eq!(raw.core.outgoing[2].column, 21);
}

#[test]
fn listed_resonances_are_all_required() {
    let raw = parse("g g > t t~ > w+ b w- b~").unwrap();
    assert_eq!(raw.core.required.len(), 1);
    assert_eq!(raw.core.required[0].len(), 2);
    let raw = parse("p p > w+ z | z a > e+ e-").unwrap();
    let alternatives: Vec<Vec<&str>> = (raw.core.required.iter())
        .map(|entries| entries.iter().flat_map(|words| texts(words)).collect())
        .collect();
    assert_eq!(alternatives, [["w+", "z"], ["z", "a"]]);
}

#[test]
fn what_is_not_supported_says_what_to_do_instead() {
    assert!(message("p p > t t~ [QCD]").contains("omnis computes at tree level"));
    assert!(message("p p > e+ e- QED>=4").contains("the relation '>=' is not supported"));
}

#[test]
fn decays_stand_behind_what_they_are_decays_of() {
    let raw = parse(
        "p p > t t~ QED=0, (t > w+ b, w+ > l+ vl $$ h), t~ > w- b~ / z @1 QED<=4 \
         --no_warning=duplicate",
    )
    .unwrap();
    assert_eq!(raw.core.text, "p p > t t~ QED=0");
    assert_eq!(
        (raw.tag, raw.overall.len(), raw.core.orders.len()),
        (Some(1), 1, 1)
    );
    assert_eq!(raw.ignored, ["--no_warning=duplicate"]);
    let [top, antitop] = raw.core.decays.as_slice() else {
        panic!("{raw:?}");
    };
    assert_eq!((top.text.as_str(), top.column), ("t > w+ b", 20));
    assert_eq!(texts(&top.decays[0].forbidden_s_channel), ["h"]);
    assert_eq!(texts(&antitop.forbidden), ["z"]);
    let raw = parse("p p > t t~, (t > w+ b, w+ > l+ vl) @3 QED=4 --no_warning=duplicate").unwrap();
    assert_eq!(
        (raw.tag, raw.overall.len(), raw.ignored.len()),
        (Some(3), 1, 1)
    );
    // Without decays, orders behind the tag are as good as before it.
    assert_eq!(parse("p p > z j @1 QED=1").unwrap().core.orders.len(), 1);
}

#[test]
fn marks_of_production_cards_are_known() {
    let raw = parse("p p > w+{0} z{T} j j / h $$ t $ b QCD^2==2 QED^2>3").unwrap();
    let polarisations: Vec<_> = (raw.core.outgoing.iter())
        .map(|w| w.polarisation.as_deref())
        .collect();
    assert_eq!(polarisations, [Some("0"), Some("T"), None, None]);
    assert_eq!(texts(&raw.core.outgoing), ["w+", "z", "j", "j"]);
    assert_eq!(texts(&raw.core.vetoed), ["b"]);
    let orders = raw.core.orders.iter();
    let orders: Vec<_> = orders.map(|o| (o.squared, o.relation, o.value)).collect();
    assert_eq!(
        orders,
        [(true, Relation::Exactly, 2), (true, Relation::MoreThan, 3)]
    );
}

#[test]
fn malformed_lines_point_to_the_column() {
    for (line, column) in [
        ("", 1),
        ("p p e+ e-", 10),
        ("> e+ e-", 1),
        ("p p >", 6),
        ("p p p > e+", 5),
        ("p p > e+ e- QED=x", 17),
        ("p p > e+ e- QED=1 j", 19),
        ("p p > e+ e- @", 13),
        ("p p > e+ e- @1 @2", 16),
        ("generate p p > e+ e-", 1),
        ("t > b", 5),
        ("p p > > e+ e-", 6),
        ("p > z > z > z", 11),
        ("p p > t t~,", 11),
        ("p p > t t~, p p > e+ e-", 15),
        ("p p > t t~, (t > w+ b", 13),
        ("p p > t t~, t > w+ b)", 21),
        ("p p > t t~ (t > w+ b)", 12),
        ("p p > t t~, (t > w+ b) QED=1", 24),
        ("p p > t t~, (t > w+ b) @1 j", 27),
        ("p p > t t~, (t > w+ b) @1 $ z", 27),
        ("p p > t t~, t w+ b", 19),
        ("p p > w+{0 j", 9),
        ("p p > w+{} j", 9),
        ("p p > w+ } j", 10),
    ] {
        match parse(line) {
            Err(ProcessError::Syntax { column: found, .. }) => {
                assert_eq!(found, column, "{line}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn a_line_with_several_multiplicities_stands_for_one_line_each() {
    let texts = |line: &str| -> Vec<String> {
        let all = lines(line).unwrap();
        all.into_iter().map(|raw| raw.text).collect()
    };
    assert_eq!(
        texts("p p > w+ + 0,1, 2 j, w+ > e+ ve # jets"),
        [
            "p p > w+, w+ > e+ ve @0",
            "p p > w+ j, w+ > e+ ve @1",
            "p p > w+ j j, w+ > e+ ve @2"
        ]
    );
    assert_eq!(
        texts("p p > t t~ + 1,0 j / h QCD<=3 @10 --no_warning=duplicate"),
        [
            "p p > t t~ j / h QCD<=3 @11 --no_warning=duplicate",
            "p p > t t~ / h QCD<=3 @10 --no_warning=duplicate"
        ]
    );
    let raw = lines("p p > w+ + 2 j, w+ > e+ ve @7 QED<=2").unwrap();
    assert_eq!(raw[0].tag, Some(9));
    assert_eq!(raw[0].core.outgoing.len(), 3);
    assert_eq!(raw[0].overall.len(), 1);
    assert_eq!(texts("p p > z j").len(), 1);
}

#[test]
fn multiplicities_that_cannot_be_meant_are_refused_with_their_place() {
    for (line, expected) in [
        (
            "p p > z + j",
            "column 11: found 'j', expected numbers and what is added, as in '+ 0,1,2 j'",
        ),
        (
            "p p > z + 0,1",
            "column 14: expected numbers and what is added, as in '+ 0,1,2 j'",
        ),
        ("p p > z + 0,0 j", "column 13: '0' stands twice behind '+'"),
        (
            "p p > z + 13 j",
            "column 11: more than 12 particles are added",
        ),
        ("p p > z + 0 j + 1 a", "column 15: a line has one '+'"),
        (
            "p + 1 j > z",
            "column 3: '+' stands behind the outgoing particles",
        ),
        (
            "p p > z + 1 j a",
            "column 15: 'a' follows a coupling order, a tag or '+'; particles come first",
        ),
        (
            "p p > z, z > e+ e- + 0,1 a",
            "column 20: '+' belongs to the process, not to a decay",
        ),
        ("p p > + 1,2 j", "column 6: no outgoing particle after '>'"),
    ] {
        let found = message(line);
        assert!(found.contains(expected), "{line}: {found}");
    }
}
