//! Les Houches colour tags of a basis tensor.
//!
//! Convention of hep-ph/0109068: an incoming quark has its tag in the first
//! column, an incoming antiquark in the second; a gluon has both.

use super::structure::ColourTensor;

/// First tag used, as is custom in event files.
const FIRST_TAG: i32 = 501;

/// Colour and anticolour tags of every leg, `[n_ext]`, 0 where there is none.
///
/// The first `n_in` legs are incoming. Neighbours in a chain are joined by a
/// line; a trace closes on itself.
pub(crate) fn colour_flow(tensor: &ColourTensor, n_ext: usize, n_in: usize) -> Vec<[i32; 2]> {
    let mut tags = vec![[0, 0]; n_ext];
    let mut tag = FIRST_TAG;
    for chain in &tensor.chains {
        let mut sites: Vec<usize> = chain.gluons.iter().map(|&g| g as usize).collect();
        if let Some((row, column)) = chain.ends {
            sites.insert(0, row as usize);
            sites.push(column as usize);
        }
        let n_links = if chain.ends.is_some() {
            sites.len() - 1
        } else {
            sites.len()
        };
        for k in 0..n_links {
            let (left, right) = (sites[k], sites[(k + 1) % sites.len()]);
            // To the right of an outgoing leg leaves its colour, to the left its
            // anticolour; incoming legs are crossed.
            tags[left][usize::from(left < n_in)] = tag;
            tags[right][usize::from(right >= n_in)] = tag;
            tag += 1;
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::structure::Chain;

    #[test]
    fn tags_agree_with_the_les_houches_convention() {
        // u u~ > u u~ g with T(2,1) T(5,3,4) in MadGraph's numbering from 1
        let t = ColourTensor {
            chains: vec![
                Chain {
                    ends: Some((1, 0)),
                    gluons: vec![],
                },
                Chain {
                    ends: Some((2, 3)),
                    gluons: vec![4],
                },
            ],
        };
        assert_eq!(
            colour_flow(&t, 5, 2),
            [[501, 0], [0, 501], [502, 0], [0, 503], [503, 502]]
        );
        // g g > g g with Tr(1,2,3,4)
        let t = ColourTensor {
            chains: vec![Chain {
                ends: None,
                gluons: vec![0, 1, 2, 3],
            }],
        };
        assert_eq!(
            colour_flow(&t, 4, 2),
            [[504, 501], [501, 502], [503, 502], [504, 503]]
        );
    }
}
