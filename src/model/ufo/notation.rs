//! Expressions as ufo-model-loader writes them (Symbolica's notation), in that of Python.
//!
//! Knows names with namespaces (`UFO::{}::ee`), `^`, the letters of constants and the
//! functions that have another name there; knows no value. Source: files that versions 0.1.0
//! to 1.0.1 write.

/// Most conditions within each other.
const MAX_CONDITIONS: usize = 30;

/// The same expression as UFO files write it.
///
/// # Errors
/// A clause that says what cannot be read.
pub(super) fn python(text: &str) -> Result<String, String> {
    translate(text, 0)
}

fn translate(text: &str, depth: usize) -> Result<String, String> {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphabetic() || first == '_' {
            let (name, after) = name(rest);
            rest = after;
            match name {
                "conj" => made.push_str("complexconjugate"),
                "pi" => made.push_str("cmath.pi"),
                "I" => made.push_str("1j"),
                "if" if after.starts_with('(') => {
                    let (parts, behind) = arguments(after)?;
                    if depth == MAX_CONDITIONS {
                        return Err(format!(
                            "more than {MAX_CONDITIONS} conditions within each other"
                        ));
                    }
                    let &[condition, yes, no] = &parts[..] else {
                        return Err(format!("'if' of {} arguments, expected 3", parts.len()));
                    };
                    made.push_str("cond(");
                    for (k, part) in [condition, no, yes].into_iter().enumerate() {
                        made.push_str(if k > 0 { "," } else { "" });
                        made.push_str(&translate(part, depth + 1)?);
                    }
                    made.push(')');
                    rest = behind;
                }
                name => made.push_str(name),
            }
            continue;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '^' => made.push_str("**"),
            '𝜋' => made.push_str("cmath.pi"),
            '𝑒' => made.push_str("exp(1)"),
            // Behind digits a part of the number.
            '𝑖' if made.ends_with(|c: char| c.is_ascii_digit() || c == '.') => made.push('j'),
            '𝑖' => made.push_str("1j"),
            other => made.push(other),
        }
    }
    Ok(made)
}

/// The name that a text begins with, without namespaces and attributes, and what follows.
fn name(text: &str) -> (&str, &str) {
    let end = |text: &str| {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        end.unwrap_or(text.len())
    };
    let mut rest = text;
    loop {
        let (name, after) = rest.split_at(end(rest));
        let Some(mut inner) = after.strip_prefix("::") else {
            return (name, after);
        };
        if let Some(attributes) = inner.strip_prefix('{')
            && let Some((_, behind)) = attributes.split_once("}::")
        {
            inner = behind;
        }
        rest = inner;
    }
}

/// The arguments of a call, and what follows it.
fn arguments(text: &str) -> Result<(Vec<&str>, &str), String> {
    let (mut depth, mut start) = (0, 1);
    let mut parts = Vec::new();
    for (k, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ',' if depth == 1 => {
                parts.push(&text[start..k]);
                start = k + 1;
            }
            ')' if depth == 1 => {
                parts.push(&text[start..k]);
                return Ok((parts, &text[k + 1..]));
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    Err("a bracket that is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_become_those_of_python() {
        for (theirs, ours) in [
            (
                "(-𝑖/3)*UFO::{}::ee*conj(UFO::{}::CKM1x1)",
                "(-1j/3)*ee*complexconjugate(CKM1x1)",
            ),
            ("(2𝑖/3)*sw^-1*(1/2)^(1/2)", "(2j/3)*sw**-1*(1/2)**(1/2)"),
            (
                "-1*UFO::{}::P(3,2)+symbolica::{}::tan(𝜋)",
                "-1*P(3,2)+tan(cmath.pi)",
            ),
            ("a::{x,b}::c_1*d::e*𝑒^f", "c_1*e*exp(1)**f"),
            ("if(x,y,f(1,if(a,b,c)))*2", "cond(x,f(1,cond(a,c,b)),y)*2"),
            (
                "(UFO::{}::P(UFO::{}::'mu',UFO::{}::id))^2",
                "(P('mu',id))**2",
            ),
            ("elif(2)*if_1*pi^(1/2)*I", "elif(2)*if_1*cmath.pi**(1/2)*1j"),
        ] {
            assert_eq!(python(theirs).as_deref(), Ok(ours));
        }
    }

    #[test]
    fn conditions_that_are_none() {
        assert_eq!(
            python("if(a,b)").unwrap_err(),
            "'if' of 2 arguments, expected 3"
        );
        assert!(python("if(a,b").unwrap_err().contains("not closed"));
        let deep = "if(".repeat(1000) + &",1,1)".repeat(1000);
        assert!(python(&deep).unwrap_err().contains("conditions"), "deep");
    }
}
