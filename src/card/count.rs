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
    let form = "not a whole number, as in 10000, 1e4 or 10k";
    let too_large = |most: f64| {
        if most < 1e6 {
            format!("too large: at most {most}")
        } else {
            format!("too large: at most {most:e}")
        }
    };
    let plain = text.trim().replace('_', "");
    let number = match plain.parse::<u64>() {
        Ok(number) => number,
        Err(_) => {
            let units = [('k', 1e3), ('M', 1e6), ('G', 1e9)];
            let unit = units.iter().find(|(letter, _)| plain.ends_with(*letter));
            let digits = &plain[..plain.len() - usize::from(unit.is_some())];
            let number: f64 = digits.parse().map_err(|_| form.to_owned())?;
            let number = number * unit.map_or(1.0, |u| u.1);
            if number < 0.0 {
                return Err("must not be negative".to_owned());
            }
            if number > LARGEST {
                return Err(too_large(LARGEST.min(most as f64)));
            }
            if number.fract() != 0.0 {
                return Err(form.to_owned());
            }
            number as u64
        }
    };
    if number > most {
        return Err(too_large(most as f64));
    }
    Ok(number)
}
