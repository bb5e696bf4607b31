//! Colours of intermediate particles in event records, from the lines of their products.
//!
//! Knows colour tags and representations; knows no momenta. Junctions: hep-ph/0609017.

use crate::diagram::LegSet;

/// An end of a colour line at a leg: everything as if it were outgoing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    leg: usize,
    /// Which of the two tags of the leg.
    column: usize,
    /// 0 for a colour, 1 for an anticolour.
    side: usize,
    tag: i32,
}

/// Tags of all legs while junctions are made.
struct Lines {
    tags: Vec<[i32; 2]>,
    n_in: usize,
    /// The largest tag so far.
    last: i32,
}

impl Lines {
    fn new(tags: &[[i32; 2]], n_in: usize) -> Self {
        let all = tags.as_flattened().iter().map(|tag| tag.abs());
        Self {
            tags: tags.to_vec(),
            n_in,
            last: all.max().unwrap_or(0),
        }
    }

    fn fresh(&mut self) -> i32 {
        self.last += 1;
        self.last
    }

    /// The ends at some legs; the second colour of a sextet is written as a negative
    /// anticolour.
    fn ends(&self, set: LegSet) -> Vec<End> {
        let mut list = vec![];
        for (leg, tags) in self.tags.iter().enumerate() {
            for (column, &tag) in tags.iter().enumerate() {
                if set >> leg & 1 == 1 && tag != 0 {
                    let flips = usize::from(tag < 0) + usize::from(leg < self.n_in);
                    list.push(End {
                        leg,
                        column,
                        side: (column + flips) % 2,
                        tag: tag.abs(),
                    });
                }
            }
        }
        list
    }

    fn all(&self) -> LegSet {
        (1 << self.tags.len()) - 1
    }

    /// Ends of lines that leave a set: colours, and anticolours.
    fn open(&self, set: LegSet) -> [Vec<End>; 2] {
        let ends = self.ends(set);
        let is_open = |e: &&End| !ends.iter().any(|o| o.tag == e.tag && o.side != e.side);
        let of = |side: usize| {
            let own = ends.iter().filter(|e| e.side == side);
            own.filter(is_open).copied().collect()
        };
        [of(0), of(1)]
    }

    /// The other end of a line; `None` where it ends in a junction.
    fn partner(&self, end: End) -> Option<End> {
        let mut all = self.ends(self.all()).into_iter();
        all.find(|e| e.tag == end.tag && e.side != end.side)
    }

    /// Follows a line through octets to its last end.
    fn follow(&self, mut end: End) -> Option<End> {
        for _ in 0..=self.tags.len() {
            let next = self.partner(end)?;
            let ends = self.ends(1 << next.leg);
            match ends.iter().find(|e| e.side != next.side) {
                Some(other) => end = *other,
                None => return Some(next),
            }
        }
        None
    }

    fn write(&mut self, end: End, tag: i32) {
        let own = &mut self.tags[end.leg][end.column];
        *own = tag * own.signum();
    }
}

/// Colour and anticolour of a particle of representation `colour` that goes into a set of
/// outgoing legs, where their lines leave it one and no junction is needed.
fn simple(colour: i8, lines: &Lines, set: LegSet) -> Option<[i32; 2]> {
    let open = lines.open(set);
    let tags = |ends: &Vec<End>| -> Vec<i32> { ends.iter().map(|e| e.tag).collect() };
    let [colours, anticolours] = open.each_ref().map(tags);
    // The third line of a junction that has its other two in the set.
    let third = |side: usize| {
        let inside: Vec<i32> = lines.ends(set).iter().map(|e| e.tag).collect();
        let loose =
            |e: &End| e.side == side && !inside.contains(&e.tag) && lines.partner(*e).is_none();
        let outside = lines.ends(lines.all() & !set);
        outside.into_iter().find(loose).map(|e| e.tag)
    };
    let alone = |side: usize| open[side].iter().all(|e| lines.partner(*e).is_none());
    let found = match (colour, colours.as_slice(), anticolours.as_slice()) {
        (1, [], []) => [0, 0],
        (1, [_, _, _], []) if alone(0) => [0, 0],
        (1, [], [_, _, _]) if alone(1) => [0, 0],
        (3, [c], []) => [*c, 0],
        (-3, [], [a]) => [0, *a],
        (3, [], [_, _]) if alone(1) => [third(1)?, 0],
        (-3, [_, _], []) if alone(0) => [0, third(0)?],
        (8, [c], [a]) => [*c, *a],
        (6, [c, d], []) => [*c, -d],
        (-6, [], [a, b]) => [-b, *a],
        _ => return None,
    };
    Some(found)
}

/// Two lines that leave the products of a triplet as two anticolours, or of an antitriplet
/// as two colours: their ends, and where they end. They are what a pair of epsilon tensors
/// leaves of two junctions.
fn pair(colour: i8, lines: &Lines, set: LegSet) -> Option<[(End, End); 2]> {
    let [colours, anticolours] = lines.open(set);
    let ends = match (colour, colours.as_slice(), anticolours.as_slice()) {
        (-3, &[a, b], []) | (3, [], &[a, b]) => [a, b],
        _ => return None,
    };
    let far = ends.map(|e| lines.follow(e));
    let [a, b] = [0, 1].map(|k| far[k].map(|f| (ends[k], f)));
    // The first of the two is the one without gluons in between.
    let (a, b) = (a?, b?);
    match (a.0.tag == a.1.tag, b.0.tag == b.1.tag) {
        (true, _) => Some([a, b]),
        (_, true) => Some([b, a]),
        _ => None,
    }
}

/// Whether the lines of its products leave a particle of this representation a colour.
pub(super) fn is_possible(colour: i8, set: LegSet, tags: &[[i32; 2]], n_in: usize) -> bool {
    let lines = Lines::new(tags, n_in);
    simple(colour, &lines, set).is_some() || pair(colour, &lines, set).is_some()
}

/// Colours of intermediate particles, given by representation and outgoing legs, outer ones
/// first, and those of all legs, `[n_ext]`.
///
/// The legs keep their tags unless two junctions are made of two lines: where a triplet is
/// made by one epsilon tensor and decays by another, its products have lines that go on to
/// what made it. `epsilon_ijX epsilon_klY K_YX` has the term `delta_ik K_jl`: the line of the
/// particle is that of `K`, and the lines at both tensors are apart.
pub(super) fn assign(
    intermediate: &[(i8, LegSet)],
    tags: &[[i32; 2]],
    n_in: usize,
) -> (Vec<[i32; 2]>, Vec<[i32; 2]>) {
    let mut lines = Lines::new(tags, n_in);
    let mut found: Vec<Option<[i32; 2]>> = vec![None; intermediate.len()];
    for k in 0..intermediate.len() {
        let (colour, set) = intermediate[k];
        if found[k].is_none() {
            found[k] = simple(colour, &lines, set);
        }
        if found[k].is_some() || pair(colour, &lines, set).is_none() {
            continue;
        }
        let own = lines.open(set).concat();
        let meets = |j: &usize| {
            let (c, s) = intermediate[*j];
            let theirs = lines.open(s).concat();
            let shared = |e: &End| own.iter().any(|o| o.tag == e.tag);
            let two = c == -colour && s & set == 0 && theirs.len() == 2;
            two && found[*j].is_none() && theirs.iter().any(shared)
        };
        let partner = (0..found.len()).find(meets);
        let [one, other] = match partner {
            Some(j) => lines.between((colour, set), intermediate[j]),
            None => lines.after_production(colour, set),
        };
        found[k] = Some(one);
        if let Some(j) = partner {
            found[j] = Some(other);
        }
    }
    let first = |ends: Vec<End>| ends.first().map_or(0, |e| e.tag);
    let colours = found.iter().zip(intermediate).map(|(colours, (_, set))| {
        // Without a colour of its own, the first line of each kind.
        colours.unwrap_or_else(|| lines.open(*set).map(first))
    });
    (colours.collect(), lines.tags.clone())
}

/// The tags of a triplet or antitriplet with one line.
fn with_line(colour: i8, tag: i32) -> [i32; 2] {
    if colour > 0 { [tag, 0] } else { [0, tag] }
}

impl Lines {
    /// Makes the junctions of two decays that share a line, and gives the tags of both
    /// particles: each has the other line of the products of the other.
    fn between(&mut self, a: (i8, LegSet), b: (i8, LegSet)) -> [[i32; 2]; 2] {
        let [ends, theirs] = [a.1, b.1].map(|set| self.open(set).concat());
        let shared = |e: &&End| theirs.iter().any(|o| o.tag == e.tag);
        let near = *ends.iter().find(shared).expect("they share a line");
        let other = if near == ends[0] { ends[1] } else { ends[0] };
        let far = if near.tag == theirs[0].tag {
            theirs[1]
        } else {
            theirs[0]
        };
        let is_same = other.tag == far.tag;
        let own = if is_same { self.fresh() } else { far.tag };
        let opposite = if is_same { own } else { other.tag };
        for end in [near, other] {
            let tag = self.fresh();
            self.write(end, tag);
        }
        if !is_same {
            let tag = self.fresh();
            self.write(far, tag);
        }
        [with_line(a.0, own), with_line(b.0, opposite)]
    }

    /// Makes the junctions of a decay and of the production before it, and gives the tags
    /// of the particle, twice.
    fn after_production(&mut self, colour: i8, set: LegSet) -> [[i32; 2]; 2] {
        let two = pair(colour, self, set).expect("looked at before");
        let [(near, _), (other, end)] = two;
        let is_direct = other.tag == end.tag;
        let own = if is_direct { self.fresh() } else { end.tag };
        for inside in [near, other] {
            let tag = self.fresh();
            self.write(inside, tag);
        }
        if !is_direct {
            let tag = self.fresh();
            self.write(end, tag);
        }
        [with_line(colour, own); 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(colour: i8, set: LegSet, tags: &[[i32; 2]]) -> Option<[i32; 2]> {
        is_possible(colour, set, tags, 2).then(|| assign(&[(colour, set)], tags, 2).0[0])
    }

    #[test]
    fn open_ends_of_a_top_are_its_own_colour() {
        // t > b w+: the colour of b leaves the set of b and the w's leptons.
        let tags = [[502, 503], [501, 502], [501, 0], [0, 0], [0, 0], [0, 503]];
        assert_eq!(one(3, 0b011100, &tags), Some([501, 0]));
        assert_eq!(one(-3, 0b011100, &tags), None);
        assert_eq!(one(1, 0b011000, &tags), Some([0, 0]));
        // A gluon splits into quarks.
        let tags = [[501, 0], [0, 502], [501, 0], [0, 502]];
        assert_eq!(one(8, 0b1100, &tags), Some([501, 502]));
        assert_eq!(one(1, 0b1100, &tags), None);
        assert_eq!(assign(&[(1, 0b1100)], &tags, 2).0, [[501, 502]]);
    }

    #[test]
    fn two_colours_are_a_sextet() {
        // u u > S > u u
        let tags = [[501, 0], [502, 0], [501, 0], [502, 0]];
        assert_eq!(one(6, 0b1100, &tags), Some([501, -502]));
        let bars = tags.map(|[c, a]| [a, c]);
        assert_eq!(one(-6, 0b1100, &bars), Some([-502, 501]));
        // A sextet within.
        let tags = [[501, 0], [502, 0], [501, -503], [503, 502]];
        assert_eq!(one(6, 0b1100, &tags), None);
        let tags = [[501, 0], [502, 0], [501, -503], [502, 0], [0, 503]];
        assert_eq!(one(6, 0b11100, &tags), Some([501, -502]));
    }

    #[test]
    fn the_third_line_of_a_junction_is_that_of_what_decays() {
        // a a > s s~, s > q~ r~: one epsilon tensor joins q~, r~ and s~.
        let tags = [[0, 0], [0, 0], [0, 501], [0, 502], [0, 503]];
        assert_eq!(one(3, 0b01100, &tags), Some([503, 0]));
        // The incoming quark is the third: u a > n s, s > q~ r~.
        let tags = [[503, 0], [0, 0], [0, 0], [0, 501], [0, 502]];
        assert_eq!(one(3, 0b11000, &tags), Some([503, 0]));
        // a a > n n, n > u d s.
        let tags = [[0, 0], [0, 0], [501, 0], [502, 0], [503, 0], [0, 0]];
        assert_eq!(one(1, 0b011100, &tags), Some([0, 0]));
    }

    #[test]
    fn two_lines_become_two_junctions_with_the_particle_between_them() {
        // u c > s > t u: the lines of s are new ones.
        let tags = [[501, 0], [502, 0], [501, 0], [502, 0]];
        let (own, legs) = assign(&[(-3, 0b1100)], &tags, 2);
        assert_eq!(own, [[0, 503]]);
        assert_eq!(legs, [[501, 0], [502, 0], [504, 0], [505, 0]]);
        // With a gluon on the line of s: it is that between c and t.
        let tags = [[501, 0], [502, 0], [503, 0], [501, 0], [502, 503]];
        let (own, legs) = assign(&[(-3, 0b01100)], &tags, 2);
        assert_eq!(own, [[0, 502]]);
        assert_eq!(legs, [[501, 0], [506, 0], [505, 0], [504, 0], [502, 503]]);
        // g g > s s~ with both decays; the line of s and s~ goes through the gluons.
        let tags = [
            [501, 502],
            [502, 503],
            [501, 0],
            [504, 0],
            [0, 503],
            [0, 504],
        ];
        let (own, legs) = assign(&[(-3, 0b001100), (3, 0b110000)], &tags, 2);
        assert_eq!(own, [[0, 503], [501, 0]]);
        let [t, u, tbar, ubar] = [2, 3, 4, 5].map(|leg: usize| legs[leg]);
        assert_eq!([t, u], [[506, 0], [505, 0]]);
        assert_eq!([tbar, ubar], [[0, 507], [0, 504]]);
        assert_eq!(legs[..2], tags[..2]);
        // Both lines without gluons: s and s~ share a new one.
        let tags = [
            [501, 502],
            [502, 501],
            [503, 0],
            [504, 0],
            [0, 503],
            [0, 504],
        ];
        let (own, _) = assign(&[(-3, 0b001100), (3, 0b110000)], &tags, 2);
        assert_eq!(own, [[0, 505], [505, 0]]);
        // q q~ > s s~ with both decays: the quarks go on as s~ and s.
        let tags = [[501, 0], [0, 502], [501, 0], [504, 0], [0, 502], [0, 504]];
        let (own, legs) = assign(&[(-3, 0b001100), (3, 0b110000)], &tags, 2);
        assert_eq!(own, [[0, 502], [501, 0]]);
        assert_eq!(legs[..2], tags[..2]);
        assert_eq!(legs[2..4], [[506, 0], [505, 0]]);
        assert_eq!(legs[4..], [[0, 507], [0, 504]]);
    }
}
