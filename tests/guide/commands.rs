//! Command lines as the guide writes them.

/// One line of a block.
#[derive(Debug, PartialEq)]
pub enum Line {
    /// `cat > FILE <<'END'` with the lines up to `END`.
    Write {
        /// The file.
        file: String,
        /// What it holds.
        text: String,
    },
    /// A program with its arguments, perhaps `> FILE`.
    Command {
        /// Program and arguments.
        words: Vec<String>,
        /// Where its output goes.
        output: Option<String>,
    },
}

/// A command as it is written.
pub fn written(line: &Line) -> Option<String> {
    match line {
        Line::Command { words, .. } => Some(words.join(" ")),
        Line::Write { .. } => None,
    }
}

/// The commands of a block: no more of a shell than the guide needs.
pub fn lines(block: &str) -> Vec<Line> {
    let joined = block.replace("\\\n", " ");
    let mut left = joined.lines();
    let mut found = vec![];
    while let Some(line) = left.next() {
        let words = words(line);
        if words.is_empty() {
            continue;
        }
        if let ["cat", ">", file, mark] = *words.iter().map(String::as_str).collect::<Vec<_>>() {
            let mark = mark.strip_prefix("<<").expect("cat > FILE <<'END'");
            let text = left.by_ref().take_while(|l| *l != mark);
            let text: Vec<&str> = text.collect();
            found.push(Line::Write {
                file: file.to_owned(),
                text: text.join("\n") + "\n",
            });
            continue;
        }
        let at = words.iter().position(|w| w == ">");
        let output = at.map(|at| words[at + 1].clone());
        let words = words[..at.unwrap_or(words.len())].to_vec();
        found.push(Line::Command { words, output });
    }
    found
}

/// Words of a line, quotes taken off; a word that begins with `#` ends it.
fn words(line: &str) -> Vec<String> {
    let mut found = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => found.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    assert_eq!(quote, None, "{line}");
    found.extend(word);
    found
}

/// Counts above 1000 are divided by this.
const SMALLER: f64 = 5000.0;

/// A count made small.
pub fn smaller_count(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(n) if n > 1000.0 => format!("{:.0}", (n / SMALLER).max(1.0)),
        _ => text.to_owned(),
    }
}

/// The arguments of the program for a run that takes no time. Numbers of events above 1000 are
/// divided by 5000, ranges as well; cards get 200 events unless a number is given, and an
/// accuracy of 10 %, also where a better one is given.
pub fn smaller(arguments: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for argument in arguments {
        let before = found.last().map_or("", String::as_str);
        let argument = match before {
            "-n" | "--events" => smaller_count(argument),
            "--accuracy" => "0.1".to_owned(),
            "--range" => {
                let (a, b) = argument.split_once("..").expect("a range");
                format!("{}..{}", smaller_count(a), smaller_count(b))
            }
            _ => (*argument).to_owned(),
        };
        found.push(argument);
    }
    let command = arguments.first().copied().unwrap_or_default();
    let of_pack = arguments
        .get(1)
        .is_some_and(|file| file.ends_with(".omnis"));
    let has = |names: &[&str]| arguments.iter().any(|a| names.contains(a));
    if of_pack || has(&["--help"]) || !["generate", "gridpack", "integrate"].contains(&command) {
        return found;
    }
    if command != "integrate" && !has(&["-n", "--events", "--range"]) {
        found.extend(["-n", "200"].map(str::to_owned));
    }
    if !has(&["--accuracy"]) {
        found.extend(["--accuracy", "0.1"].map(str::to_owned));
    }
    found
}

/// A line without what differs from run to run: numbers and runs of blanks.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut chars = line.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let in_word = text.ends_with(|c: char| c.is_alphabetic() || c == '_');
        if c.is_ascii_digit() && !in_word {
            text.push('#');
            while chars
                .peek()
                .is_some_and(|c| c.is_ascii_digit() || ".,_".contains(*c))
            {
                chars.next();
            }
            let mut ahead = chars.clone();
            if ahead.next() == Some('e') {
                let sign = ahead.peek().is_some_and(|c| "+-".contains(*c));
                let _ = sign.then(|| ahead.next());
                if ahead.peek().is_some_and(char::is_ascii_digit) {
                    chars = ahead;
                    while chars.peek().is_some_and(char::is_ascii_digit) {
                        chars.next();
                    }
                }
            }
        } else if c.is_whitespace() {
            if !text.ends_with(' ') {
                text.push(' ');
            }
        } else {
            text.push(c);
        }
    }
    text.trim().to_owned()
}

/// Whether a text says what is expected: the same lines but for numbers and blanks, where a
/// line `...` stands for any number of lines.
///
/// # Errors
/// The first line that is not there.
pub fn agrees(expected: &str, found: &str) -> Result<(), String> {
    let found: Vec<String> = found.lines().map(plain).filter(|l| !l.is_empty()).collect();
    let mut at = 0;
    let mut may_skip = false;
    for line in expected.lines().filter(|l| !l.trim().is_empty()) {
        if line.trim() == "..." {
            may_skip = true;
            continue;
        }
        let wanted = plain(line);
        let last = if may_skip {
            found.len()
        } else {
            found.len().min(at + 1)
        };
        let fits = |text: &String| match wanted.strip_suffix("...") {
            Some(start) => text.starts_with(start.trim_end()),
            None => *text == wanted,
        };
        match (at..last).find(|&k| fits(&found[k])) {
            Some(k) => at = k + 1,
            None => return Err(line.to_owned()),
        }
        may_skip = false;
    }
    match may_skip || at >= found.len() {
        true => Ok(()),
        false => Err(format!("the end, but there is '{}'", found[at])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_a_shell_reads_them() {
        let block = "omnis process \"p p > e+ e-\" 'a b' # why\n\ncat > f <<'END'\n1 # 2\nEND\n\
                     omnis schema card \\\n  > c.json\n";
        let command = |words: &[&str], output: Option<&str>| Line::Command {
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            output: output.map(str::to_owned),
        };
        let file = Line::Write {
            file: "f".to_owned(),
            text: "1 # 2\n".to_owned(),
        };
        assert_eq!(
            lines(block),
            [
                command(&["omnis", "process", "p p > e+ e-", "a b"], None),
                file,
                command(&["omnis", "schema", "card"], Some("c.json")),
            ]
        );
    }

    #[test]
    fn runs_are_made_small() {
        for (line, expected) in [
            ("generate a.toml", "generate a.toml -n 200 --accuracy 0.1"),
            ("generate a.omnis -n 1e6", "generate a.omnis -n 200"),
            (
                "generate a.omnis --range 50000..100000",
                "generate a.omnis --range 10..20",
            ),
            (
                "integrate a.toml --accuracy 0.001",
                "integrate a.toml --accuracy 0.1",
            ),
            ("library take l z -n 10000", "library take l z -n 2"),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(smaller(&words).join(" "), expected);
        }
    }

    #[test]
    fn outputs_agree_up_to_numbers() {
        let shown = "total   1.5e-3\n...\nu2 12 %\n";
        assert!(agrees(shown, "total 22\nx\ny\nu2   3.5 %\n").is_ok());
        assert_eq!(
            agrees(shown, "total 22\nx\nu3 1 %\n").unwrap_err(),
            "u2 12 %"
        );
        assert!(agrees("a\n", "a\nb\n").is_err());
        assert!(agrees("a: see ...\n", "a: see what\n").is_ok());
        assert!(agrees("a\n...\n", "a\nb\n").is_ok());
    }
}
