//! Colours of intermediate particles in event records, from the lines of their products.
//!
//! Knows colour tags and representations; knows no momenta. Junctions: hep-ph/0609017.

use crate::diagram::LegSet;

/// Tags of the lines that leave a set of outgoing legs: those of colours, of anticolours.
#[derive(Debug, PartialEq)]
struct OpenEnds([Vec<i32>; 2]);

impl OpenEnds {
    fn of(set: LegSet, tags: &[[i32; 2]]) -> Self {
        let ends = ends(set, tags);
        let open = |side: usize| {
            let own = ends.iter().filter(|e| e.0 == side).map(|e| e.1);
            own.filter(|tag| !ends.contains(&(1 - side, *tag)))
                .collect()
        };
        Self([open(0), open(1)])
    }
}

/// Side and tag of all lines of a set; the second colour of a sextet is written as a
/// negative anticolour.
fn ends(set: LegSet, tags: &[[i32; 2]]) -> Vec<(usize, i32)> {
    let inside = |leg: &usize| set >> leg & 1 == 1;
    let of_leg = |leg: usize| [0, 1].map(|side| (side, tags[leg][side]));
    (0..tags.len())
        .filter(inside)
        .flat_map(of_leg)
        .filter(|(_, tag)| *tag != 0)
        .map(|(side, tag)| match tag > 0 {
            true => (side, tag),
            false => (1 - side, -tag),
        })
        .collect()
}

/// Colour and anticolour of a particle of representation `colour` that goes into a set of
/// outgoing legs, where their lines leave it one; `None` where they do not.
///
/// Two colours are those of a sextet, or of an antitriplet that a junction joins them
/// with: its line is the third of that junction if another leg has it, else a new
/// one, `fresh`.
pub(super) fn colours_of(
    colour: i8,
    set: LegSet,
    tags: &[[i32; 2]],
    fresh: i32,
) -> Option<[i32; 2]> {
    let OpenEnds([colours, anticolours]) = OpenEnds::of(set, tags);
    let third = |side: usize| {
        let outside = OpenEnds::of(!set & ((1 << tags.len()) - 1), tags);
        let mut lines = outside.0[side].iter();
        let inside = OpenEnds::of(set, tags);
        let alone = |tag: &&i32| !inside.0[1 - side].contains(tag);
        lines.find(alone).copied()
    };
    let found = match (colour, colours.as_slice(), anticolours.as_slice()) {
        (1, [] | [_, _, _], []) | (1, [], [_, _, _]) => [0, 0],
        (3, [c], []) => [*c, 0],
        (-3, [], [a]) => [0, *a],
        (3, [], [_, _]) => [third(1).unwrap_or(fresh), 0],
        (-3, [_, _], []) => [0, third(0).unwrap_or(fresh)],
        (8, [c], [a]) => [*c, *a],
        (6, [c, d], []) => [*c, -d],
        (-6, [], [a, b]) => [-b, *a],
        _ => return None,
    };
    Some(found)
}

/// The first colour and the first anticolour that leave a set of outgoing legs.
pub(super) fn open_colours(set: LegSet, tags: &[[i32; 2]]) -> [i32; 2] {
    let OpenEnds(ends) = OpenEnds::of(set, tags);
    ends.map(|list| list.first().copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_ends_of_a_top_are_its_own_colour() {
        // t > b w+: the colour of b leaves the set of b and the w's leptons.
        let tags = [[502, 503], [501, 502], [501, 0], [0, 0], [0, 0], [0, 503]];
        assert_eq!(open_colours(0b011100, &tags), [501, 0]);
        assert_eq!(colours_of(3, 0b011100, &tags, 9), Some([501, 0]));
        assert_eq!(colours_of(-3, 0b011100, &tags, 9), None);
        assert_eq!(colours_of(1, 0b011000, &tags, 9), Some([0, 0]));
        // A gluon splits into quarks.
        let tags = [[501, 0], [0, 502], [501, 0], [0, 502]];
        assert_eq!(colours_of(8, 0b1100, &tags, 9), Some([501, 502]));
        assert_eq!(colours_of(1, 0b1100, &tags, 9), None);
    }

    #[test]
    fn two_colours_are_a_sextet_or_meet_in_a_junction() {
        // u u > S > u u; the antitriplet of a junction needs a line of its own.
        let tags = [[501, 0], [502, 0], [501, 0], [502, 0]];
        assert_eq!(colours_of(6, 0b1100, &tags, 9), Some([501, -502]));
        assert_eq!(colours_of(-3, 0b1100, &tags, 9), Some([0, 9]));
        let bars = tags.map(|[c, a]| [a, c]);
        assert_eq!(colours_of(-6, 0b1100, &bars, 9), Some([-502, 501]));
        assert_eq!(colours_of(3, 0b1100, &bars, 9), Some([9, 0]));
        // a a > s s~, s > q~ r~: the third line of the junction is that of s~.
        let tags = [[0, 0], [0, 0], [0, 501], [0, 502], [0, 503]];
        assert_eq!(colours_of(3, 0b01100, &tags, 9), Some([503, 0]));
        // a a > n n, n > u d s.
        let tags = [[0, 0], [0, 0], [501, 0], [502, 0], [503, 0], [0, 0]];
        assert_eq!(colours_of(1, 0b011100, &tags, 9), Some([0, 0]));
        // A sextet within.
        let tags = [[501, 0], [502, 0], [501, -503], [503, 502]];
        assert_eq!(colours_of(6, 0b1100, &tags, 9), None);
        let tags = [[501, 0], [502, 0], [501, -503], [502, 0], [0, 503]];
        assert_eq!(colours_of(6, 0b11100, &tags, 9), Some([501, -502]));
    }
}
