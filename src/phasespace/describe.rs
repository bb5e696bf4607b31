//! What is told of a channel: its lines and the legs behind them.
//!
//! Knows trees; knows no point.

use super::tree::{Line, Tree};

/// Tells about stable particles whose propagator diverges inside the range.
pub(super) fn note_stable(
    tree: &Tree,
    variants: &[Vec<usize>],
    n_in: usize,
    notes: &mut Vec<String>,
) {
    for &at in variants.iter().flatten() {
        let node = &tree.nodes[at];
        if let Some(line) = node.line.filter(|l| l.width <= 0.0) {
            let note = format!(
                "{} has no width but can be on shell; the phase space uses {:.3} GeV",
                line_name(&line, n_in),
                line.map_width()
            );
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
}

/// Numbers of legs, all legs counted from 0; `glue` stands between them.
pub(super) fn legs_text(set: u32, glue: &str, n_in: usize) -> String {
    let legs: Vec<usize> = (0..32)
        .filter(|k| set >> k & 1 == 1)
        .map(|k| k + n_in)
        .collect();
    let glue = if legs.iter().any(|k| *k > 9) {
        ","
    } else {
        glue
    };
    let names: Vec<String> = legs.iter().map(usize::to_string).collect();
    names.join(glue)
}

fn line_name(line: &Line, n_in: usize) -> String {
    if line.t_channel {
        format!("t{{0,{}}}", legs_text(line.set, ",", n_in))
    } else {
        let legs = legs_text(line.set, "", n_in);
        if legs.contains(',') {
            format!("s{{{legs}}}")
        } else {
            format!("s{legs}")
        }
    }
}

/// The lines of a tree that are `wanted`; `on_shell` are positions among all.
pub(super) fn describe(
    tree: &Tree,
    wanted: impl Fn(&Line) -> bool,
    on_shell: &[usize],
    n_in: usize,
) -> String {
    let mut names = Vec::with_capacity(tree.lines.len());
    for (k, line) in tree.lines.iter().enumerate().filter(|(_, l)| wanted(l)) {
        let mut name = line_name(line, n_in);
        if line.mass > 0.0 {
            if line.t_channel {
                name += &format!("[{:.2}]", line.mass);
            } else {
                name += &format!("[{:.2},{:.2}]", line.mass, line.width);
                if !on_shell.contains(&k) {
                    name.push('*');
                }
            }
        }
        names.push(name);
    }
    if names.is_empty() {
        "isotropic".into()
    } else {
        names.join(" ")
    }
}
