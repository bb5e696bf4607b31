//! Whole numbers as people write them: `10000`, `10_000`, `1e4`, `10k`.
//!
//! Knows texts; knows no key and no flag.

/// Whole numbers are exact in f64 up to 2^53: the largest that may be written with
/// an exponent or a letter.
const LARGEST: f64 = 9e15;

/// The number that a text stands for, with k, M and G for thousands, millions and thousands of
/// millions.
///
/// # Errors
/// In words, for what is no such number, and for one above `most`.
pub(crate) fn count_up_to(text: &str, most: u64) -> Result<u64, String> {
    let plain = text.trim().replace('_', "");
    let is_digits = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
    let number = match plain.parse::<u64>() {
        Ok(number) => number,
        Err(_) if is_digits => return Err(too_large(most)),
        Err(_) => short_form(&plain, most)?,
    };
    if number > most {
        return Err(too_large(most));
    }
    Ok(number)
}

/// A number with an exponent or a letter.
fn short_form(plain: &str, most: u64) -> Result<u64, String> {
    let form = "not a whole number, as in 10000, 1e4 or 10k";
    let units = [('k', 1e3), ('M', 1e6), ('G', 1e9)];
    let unit = units.iter().find(|(letter, _)| plain.ends_with(*letter));
    let digits = &plain[..plain.len() - usize::from(unit.is_some())];
    let number: f64 = digits.parse().map_err(|_| form.to_owned())?;
    let number = number * unit.map_or(1.0, |u| u.1);
    if number < 0.0 {
        return Err("must not be negative".to_owned());
    }
    if number > LARGEST {
        return Err(match most as f64 > LARGEST {
            true => format!(
                "too large for an exponent or a letter, at most {LARGEST:e}; written with all \
                 digits at most {most}"
            ),
            false => too_large(most),
        });
    }
    if number.fract() != 0.0 {
        return Err(form.to_owned());
    }
    Ok(number as u64)
}

fn too_large(most: u64) -> String {
    let exact = most as f64;
    match (1e6..=LARGEST).contains(&exact) {
        true => format!("too large: at most {exact:e}"),
        false => format!("too large: at most {most}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_number_of_64_bits_is_named_with_all_digits() {
        let seed = |text: &str| count_up_to(text, u64::MAX);
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        let too_large = Err("too large: at most 18446744073709551615".to_owned());
        assert_eq!(seed("18446744073709551616"), too_large);
        assert_eq!(seed("9e15"), Ok(9_000_000_000_000_000));
        let message = seed("1e18").unwrap_err();
        assert!(message.contains("at most 9e15"), "{message}");
        assert!(
            message.contains("all digits at most 18446744073709551615"),
            "{message}"
        );
    }
}
