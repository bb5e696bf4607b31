//! Les Houches colour tags of a basis tensor.
//!
//! Convention of hep-ph/0109068: an incoming quark has its tag in the first
//! column, an incoming antiquark in the second; a gluon has both. A sextet has two colours,
//! the second as a negative anticolour, an antisextet two anticolours, the second as
//! a negative colour (Pythia, 1103.1218). Three lines that begin or end in a junction have
//! each a tag that no other particle has (hep-ph/0609017; hep-ph/0209228).

use super::tensor::{ColourTensor, Index, is_second, owner};

/// First tag used, as is custom in event files.
const FIRST_TAG: i32 = 501;

/// Colour and anticolour tags of every leg, `[n_ext]`, 0 where there is none.
///
/// The first `n_in` legs are incoming. Neighbours in a chain are joined by a
/// line; a trace closes on itself; from a junction a line goes to the nearest leg of
/// each of its strings.
pub(crate) fn colour_flow(tensor: &ColourTensor, n_ext: usize, n_in: usize) -> Vec<[i32; 2]> {
    let mut tags = vec![[0, 0]; n_ext];
    // To the right of an outgoing leg leaves its colour, to the left its anticolour;
    // incoming legs are crossed.
    let mut write = |site: Index, to_the_right: bool, tag: i32| {
        let leg = owner(site) as usize;
        let column = usize::from((leg < n_in) == to_the_right);
        if is_second(site) {
            tags[leg][1 - column] = -tag;
        } else {
            tags[leg][column] = tag;
        }
    };
    let mut tag = FIRST_TAG;
    let ends_inside = |x: &Index| {
        let all = tensor.junctions.iter().flat_map(|j| j.indices);
        tensor
            .chains
            .iter()
            .any(|c| c.ends.is_some_and(|(r, k)| r == *x || k == *x))
            && all.clone().any(|y| y == *x)
    };
    for chain in &tensor.chains {
        let mut sites = chain.gluons.clone();
        let n_links = match chain.ends {
            Some((row, column)) => {
                sites.insert(0, row);
                sites.push(column);
                sites.len() - 1
            }
            None => sites.len(),
        };
        for k in 0..n_links {
            let (left, right) = (sites[k], sites[(k + 1) % sites.len()]);
            if !ends_inside(&left) {
                write(left, true, tag);
            }
            if !ends_inside(&right) {
                write(right, false, tag);
            }
            tag += 1;
        }
    }
    for junction in &tensor.junctions {
        for x in junction.indices.iter().filter(|x| !ends_inside(x)) {
            write(*x, !junction.of_columns, tag);
            tag += 1;
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::tensor::{Chain, Junction, line, second};

    #[test]
    fn tags_agree_with_the_les_houches_convention() {
        // u u~ > u u~ g with T(2,1) T(5,3,4) in MadGraph's numbering from 1
        let t = ColourTensor::of_chains(vec![line(1, &[], 0), line(2, &[4], 3)]);
        assert_eq!(
            colour_flow(&t, 5, 2),
            [[501, 0], [0, 501], [502, 0], [0, 503], [503, 502]]
        );
        // g g > g g with Tr(1,2,3,4)
        let t = ColourTensor::of_chains(vec![Chain {
            ends: None,
            gluons: vec![0, 1, 2, 3],
        }]);
        assert_eq!(
            colour_flow(&t, 4, 2),
            [[504, 501], [501, 502], [503, 502], [504, 503]]
        );
    }

    #[test]
    fn a_sextet_has_two_colours() {
        // u u > S g, where the gluon is emitted by the first quark.
        let t = ColourTensor::of_chains(vec![line(2, &[3], 0), line(second(2), &[], 1)]);
        assert_eq!(
            colour_flow(&t, 4, 2),
            [[502, 0], [503, 0], [501, -503], [502, 501]]
        );
        // S > u u, and its conjugate.
        let t = ColourTensor::of_chains(vec![line(1, &[], 0), line(2, &[], second(0))]);
        assert_eq!(colour_flow(&t, 3, 1), [[501, -502], [501, 0], [502, 0]]);
        let bar = colour_flow(&t.conjugate(), 3, 1);
        assert_eq!(bar, [[-502, 501], [0, 501], [0, 502]]);
    }

    #[test]
    fn lines_that_end_in_a_junction_have_tags_of_their_own() {
        // d~ > u d by epsilon, and with a gluon on the second quark.
        let junction = |indices| Junction {
            of_columns: false,
            indices,
        };
        let t = ColourTensor {
            chains: vec![],
            junctions: vec![junction([0, 1, 2])],
        };
        assert_eq!(colour_flow(&t, 3, 1), [[0, 501], [502, 0], [503, 0]]);
        let t = ColourTensor {
            chains: vec![line(2, &[3], 4002)],
            junctions: vec![junction([0, 1, 4002])],
        };
        let tags = colour_flow(&t, 4, 1);
        assert_eq!(tags, [[0, 503], [504, 0], [501, 0], [502, 501]]);
    }
}
