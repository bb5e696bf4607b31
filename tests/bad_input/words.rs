//! Words of people for names of particles.

use super::*;

#[test]
fn words_that_people_use_lead_to_the_names_that_are_there() {
    for (process, name) in [
        ("p p > e+ e- jet", "j"),
        ("p p > top tbar", "t"),
        ("p p > t tbar", "t~"),
        ("p p > t t~ higgs", "h"),
        ("p p > w+ photon", "a"),
    ] {
        refused(
            &format!("[process]\ngenerate = \"{process}\"\n"),
            &["c.toml, line 2: ", &format!("did you mean '{name}'?")],
        );
    }
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[beams]\nparticles = [\"p\", \"pbar\"]\n",
        &[
            "c.toml, line 4: unknown beam particle 'pbar'",
            "did you mean 'p~'?",
        ],
    );
    refused(
        "[process]\ngenerate = \"p p > e+ e-\"\n[cuts]\nrequire = [\n\"pt(e-) > 20\",\n\"m(positron, e-) > 50\"]\n",
        &[
            "c.toml, line 6: cut 'm(positron, e-) > 50', column 3",
            "did you mean 'e+'?",
        ],
    );
}
