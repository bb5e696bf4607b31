//! The nearest valid choices for a name that was not found.
//!
//! Knows spelling; knows nothing of what the names mean.

/// The candidate most similar to `name`, if any is similar enough to be a slip.
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

/// A clause for an error message: `; did you mean 'x'?`, or nothing.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(name, candidates).map_or_else(String::new, |c| format!("; did you mean '{c}'?"))
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
        assert_eq!(did_you_mean("mu_r", ["mu_r"]), "");
        assert_eq!(nearest("MU_R", ["mu_r"]), Some("mu_r"));
        assert_eq!(nearest("e", ["d", "e-"]), Some("e-"));
        assert_eq!(nearest("energy", ["pdf", "energies"]), Some("energies"));
        assert_eq!(nearest("entropy", ["energies"]), None);
    }

    #[test]
    fn long_noise_is_looked_at_no_further() {
        let noise = "set param_card ".repeat(100_000);
        let names = vec!["pt_min_pdg"; 1000];
        // Distances would take minutes.
        assert_eq!(nearest(&noise, names), None);
    }
}
