//! The nearest valid choices for a name that was not found.
//!
//! Knows spelling, and words that people use for names of the field; knows nothing else of what
//! names mean.

/// Words for particles and quantities, each with the name that may be there for it. They are
/// suggested, and never taken.
const WORDS: [(&str, &str); 41] = [
    ("jet", "j"),
    ("jets", "j"),
    ("lepton+", "l+"),
    ("lepton-", "l-"),
    ("neutrino", "vl"),
    ("antineutrino", "vl~"),
    ("proton", "p"),
    ("antiproton", "p~"),
    ("pbar", "p~"),
    ("top", "t"),
    ("antitop", "t~"),
    ("tbar", "t~"),
    ("topbar", "t~"),
    ("bottom", "b"),
    ("bbar", "b~"),
    ("antibottom", "b~"),
    ("charm", "c"),
    ("cbar", "c~"),
    ("strange", "s"),
    ("sbar", "s~"),
    ("up", "u"),
    ("ubar", "u~"),
    ("down", "d"),
    ("dbar", "d~"),
    ("electron", "e-"),
    ("positron", "e+"),
    ("muon", "mu-"),
    ("antimuon", "mu+"),
    ("tau", "ta-"),
    ("tau-", "ta-"),
    ("tau+", "ta+"),
    ("photon", "a"),
    ("gamma", "a"),
    ("gluon", "g"),
    ("higgs", "h"),
    ("zboson", "z"),
    ("mass", "m"),
    ("energy", "E"),
    ("rapidity", "y"),
    ("pseudorapidity", "eta"),
    ("deltar", "dR"),
];

/// The candidate that `name` is a word for; else that which is most similar to it, if any is
/// similar enough to be a slip.
///
/// Similarity is Damerau-Levenshtein distance, case ignored; at most a third
/// of the letters (but always one) may differ. Of equally similar ones that which begins
/// with the name is first. Without a similar one it is that which has its first letters, at
/// least four and two thirds of the name. The name itself is no suggestion.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    // The distance is at least the difference of the lengths.
    let n = wanted.chars().count();
    let others: Vec<&str> = candidates.into_iter().filter(|c| *c != name).collect();
    let word = WORDS.iter().find(|(word, _)| *word == wanted);
    if let Some(meant) = word.and_then(|(_, short)| others.iter().find(|c| *c == short)) {
        return Some(meant);
    }
    let similar = (others.iter())
        .filter(|c| c.chars().count().abs_diff(n) <= allowed)
        .map(|c| (c, c.to_lowercase()))
        .map(|(c, low)| {
            let longer = low.starts_with(&wanted);
            (strsim::damerau_levenshtein(&wanted, &low), !longer, c)
        })
        .filter(|(d, _, _)| *d <= allowed)
        .min_by_key(|(d, shorter, c)| (*d, *shorter, c.len()));
    if let Some((_, _, c)) = similar {
        return Some(c);
    }
    let shared = |c: &str| {
        let pairs = wanted.chars().zip(c.chars().flat_map(char::to_lowercase));
        pairs.take_while(|(a, b)| a == b).count()
    };
    (others.into_iter())
        .map(|c| (shared(c), c))
        .filter(|(same, _)| *same >= 4 && 3 * same >= 2 * n)
        .max_by_key(|(same, c)| (*same, std::cmp::Reverse(c.len())))
        .map(|(_, c)| c)
}

/// A clause for an error message: `; did you mean 'x'?`, or nothing. A name that lacks its
/// charge may be either of two.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let all: Vec<&str> = candidates.into_iter().collect();
    let charged = ["+", "-"].map(|sign| format!("{name}{sign}"));
    if charged.iter().all(|name| all.contains(&name.as_str())) {
        let [plus, minus] = charged;
        return format!("; did you mean '{plus}' or '{minus}'?");
    }
    nearest(name, all).map_or_else(String::new, |c| format!("; did you mean '{c}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_noise_is_not() {
        let names = ["mu_r", "mu_f", "alpha_s"];
        assert_eq!(nearest("alphas", names), Some("alpha_s"));
        assert_eq!(nearest("mur", names), Some("mu_r"));
        assert_eq!(nearest("completely_else", names), None);
        assert_eq!(did_you_mean("xyz", names), "");
        let both = "; did you mean 'w+' or 'w-'?";
        assert_eq!(did_you_mean("w", ["w-", "z", "w+"]), both);
        assert_eq!(did_you_mean("mu_r", ["mu_r"]), "");
        assert_eq!(nearest("MU_R", ["mu_r"]), Some("mu_r"));
        assert_eq!(nearest("e", ["d", "e-"]), Some("e-"));
        assert_eq!(nearest("energy", ["pdf", "energies"]), Some("energies"));
        assert_eq!(nearest("entropy", ["energies"]), None);
    }

    #[test]
    fn words_for_a_name_that_is_there_are_understood() {
        let names = ["m", "mt", "t", "t~", "j", "mu-", "mu+"];
        for (word, name) in [("tbar", "t~"), ("Top", "t"), ("jet", "j"), ("mass", "m")] {
            assert_eq!(nearest(word, names), Some(name), "{word}");
        }
        assert_eq!(nearest("muon", names), Some("mu-"));
        assert_eq!(nearest("higgs", names), None);
        assert_eq!(nearest("energy", ["energies"]), Some("energies"));
    }

    #[test]
    fn long_noise_is_looked_at_no_further() {
        let noise = "set param_card ".repeat(100_000);
        let names = vec!["pt_min_pdg"; 1000];
        // Distances would take minutes.
        assert_eq!(nearest(&noise, names), None);
    }
}
