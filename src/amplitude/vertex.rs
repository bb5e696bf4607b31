//! Which kernel computes a vertex: expanded tensors are compared with the
//! shapes that have hand-written kernels; anything else keeps its tensor.
//!
//! Knows tensors; knows no colour and no process.

use super::AmplitudeError;
use super::lorentz::{Directions, LineDirection, Tensor, expand, expand_plain};
use super::momentum_function::MomentumFunction;
use crate::model::{Model, Vertex};
use num_complex::Complex64;
use std::rc::Rc;

/// The Lorentz part of a vertex with its couplings, by shape. Slots count from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// `psibar gamma^mu (left P_L + right P_R) psi`.
    FermionVector {
        row: usize,
        column: usize,
        left: Complex64,
        right: Complex64,
    },
    /// `psibar (left P_L + right P_R) psi`.
    FermionScalar {
        row: usize,
        column: usize,
        left: Complex64,
        right: Complex64,
    },
    /// The Yang-Mills vertex of incoming momenta, cyclic in the slots 0, 1, 2.
    ThreeVector { g: Complex64 },
    /// `c[0] g_01 g_23 + c[1] g_02 g_13 + c[2] g_03 g_12`.
    FourVector { c: [Complex64; 3] },
    /// A metric of two vectors times scalars.
    VectorPair { vectors: [usize; 2], g: Complex64 },
    /// Scalars only.
    Scalars { g: Complex64 },
    /// No hand-written kernel: the tensor itself.
    Generic { tensor: Tensor },
}

impl Shape {
    /// The vertex of two fermions with both turned: `chi Gamma psi` as
    /// `psi^T C^-1 (C Gamma^T C^-1) C chi^T`; nothing for other vertices.
    pub(crate) fn turned(&self) -> Option<Self> {
        match *self {
            Self::FermionVector {
                row,
                column,
                left,
                right,
            } => Some(Self::FermionVector {
                row: column,
                column: row,
                left: -right,
                right: -left,
            }),
            Self::FermionScalar {
                row,
                column,
                left,
                right,
            } => Some(Self::FermionScalar {
                row: column,
                column: row,
                left,
                right,
            }),
            _ => None,
        }
    }
}

/// One part of a model vertex with definite colour structure, coupling orders and
/// function of the momenta.
#[derive(Clone, Debug)]
pub(crate) struct VertexPart {
    /// Index into the vertex's colour structures.
    pub(crate) colour: usize,
    /// Powers of the coupling orders.
    pub(crate) orders: Vec<u8>,
    /// Lorentz structure and coupling.
    pub(crate) shape: Shape,
    /// What it is multiplied with, if with anything.
    pub(crate) function: Option<MomentumFunction>,
    /// What flows in at every slot, as the shape has it.
    pub(crate) directions: Directions,
    /// Slots of the fermions in the order in which their fields stand in the vertex.
    pub(crate) fermions: Rc<[u8]>,
}

/// Splits a vertex by colour structure, coupling orders and functions of the momenta and
/// finds the kernels.
pub(crate) fn analyse(model: &Model, vertex: &Vertex) -> Result<Vec<VertexPart>, AmplitudeError> {
    let spins = spins(model, vertex);
    let sums = tensors(model, vertex)?;
    let part = |sum: TensorSum| VertexPart {
        colour: sum.colour,
        orders: sum.orders,
        directions: sum.tensor.fermions.directions,
        fermions: sum.tensor.fermions.order.as_slice().into(),
        function: sum.function,
        shape: recognise(sum.tensor, &spins),
    };
    Ok(sums.into_iter().map(part).collect())
}

fn spins(model: &Model, vertex: &Vertex) -> Vec<u8> {
    let spin = |&p: &_| model.particle(p).spin;
    vertex.particles.iter().map(spin).collect()
}

/// A Lorentz tensor of a vertex, couplings included.
pub(crate) struct TensorSum {
    /// Index into the vertex's colour structures.
    pub(crate) colour: usize,
    /// Powers of the coupling orders.
    pub(crate) orders: Vec<u8>,
    /// What it is multiplied with, if with anything.
    pub(crate) function: Option<MomentumFunction>,
    pub(crate) tensor: Tensor,
}

/// The non-zero Lorentz tensors of a vertex, by colour structure, coupling orders and
/// function of the momenta.
pub(crate) fn tensors(model: &Model, vertex: &Vertex) -> Result<Vec<TensorSum>, AmplitudeError> {
    let spins = spins(model, vertex);
    let mut sums: Vec<TensorSum> = vec![];
    for term in &vertex.terms {
        let coupling = &model.couplings[term.coupling];
        let value = Complex64::new(coupling.value.0, coupling.value.1);
        for (function, tensor) in expand(&model.lorentz[term.lorentz].structure, &spins)? {
            let same = |s: &TensorSum| {
                s.colour == term.colour && s.orders == coupling.orders && s.function == function
            };
            let at = sums.iter().position(same).unwrap_or_else(|| {
                sums.push(TensorSum {
                    colour: term.colour,
                    orders: coupling.orders.clone(),
                    function,
                    tensor: Tensor::default(),
                });
                sums.len() - 1
            });
            sums[at].tensor.add(&tensor, value);
        }
    }
    sums.retain(|s| !s.tensor.terms.is_empty());
    Ok(sums)
}

/// Compares a tensor with the shapes that have kernels.
fn recognise(tensor: Tensor, spins: &[u8]) -> Shape {
    let of_spin = |s: u8| -> Vec<usize> { (0..spins.len()).filter(|&k| spins[k] == s).collect() };
    let (scalars, fermions, vectors) = (of_spin(1), of_spin(2), of_spin(3));
    let fit = |texts: &[String]| {
        let basis: Vec<Tensor> = texts.iter().map(|t| expand_plain(t, spins)).collect();
        tensor.fit(&basis)
    };
    if spins.iter().any(|s| *s > 3) {
        return Shape::Generic { tensor };
    }
    match (scalars.len(), fermions.len(), vectors.len()) {
        (0, 2, 1) | (1, 2, 0) => {
            let along = |d: &LineDirection| *d == LineDirection::Along;
            if let Some(column) = tensor.fermions.directions.iter().position(along) {
                let row = fermions[usize::from(fermions[0] == column)];
                let (r, c) = (row + 1, column + 1);
                let texts = |projector: &str| match vectors.first() {
                    Some(v) => format!("Gamma({},{r},-1)*{projector}(-1,{c})", v + 1),
                    None => format!("{projector}({r},{c})"),
                };
                if let Some(f) = fit(&[texts("ProjM"), texts("ProjP")]) {
                    let (left, right) = (f[0], f[1]);
                    return if vectors.is_empty() {
                        Shape::FermionScalar {
                            row,
                            column,
                            left,
                            right,
                        }
                    } else {
                        Shape::FermionVector {
                            row,
                            column,
                            left,
                            right,
                        }
                    };
                }
            }
        }
        (0, 0, 3) => {
            let yang_mills = "Metric(1,2)*(P(3,1)-P(3,2)) + Metric(2,3)*(P(1,2)-P(1,3)) \
                              + Metric(3,1)*(P(2,3)-P(2,1))";
            if let Some(f) = fit(&[yang_mills.to_owned()]) {
                // The kernel has the momenta that flow in.
                return Shape::ThreeVector { g: -f[0] };
            }
        }
        (0, 0, 4) => {
            let pairs = [
                "Metric(1,2)*Metric(3,4)",
                "Metric(1,3)*Metric(2,4)",
                "Metric(1,4)*Metric(2,3)",
            ];
            if let Some(f) = fit(&pairs.map(str::to_owned)) {
                return Shape::FourVector {
                    c: [f[0], f[1], f[2]],
                };
            }
        }
        (1 | 2, 0, 2) => {
            let text = format!("Metric({},{})", vectors[0] + 1, vectors[1] + 1);
            if let Some(f) = fit(&[text]) {
                return Shape::VectorPair {
                    vectors: [vectors[0], vectors[1]],
                    g: f[0],
                };
            }
        }
        (3 | 4, 0, 0) => {
            if let Some(f) = fit(&["1".to_owned()]) {
                return Shape::Scalars { g: f[0] };
            }
        }
        _ => {}
    }
    Shape::Generic { tensor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_found_by_their_tensors_not_by_name() {
        let spins = [2, 2, 3];
        let t = expand_plain("-2*Gamma(3,2,1) + Gamma(3,2,-1)*ProjP(-1,1)", &spins);
        let want = Shape::FermionVector {
            row: 1,
            column: 0,
            left: Complex64::new(-2.0, 0.0),
            right: Complex64::new(-1.0, 0.0),
        };
        assert_eq!(recognise(t, &spins), want);
        let spins = [3, 3, 3, 3];
        let t = expand_plain("Metric(1,4)*Metric(2,3) - Metric(1,3)*Metric(2,4)", &spins);
        let c = [0.0, -1.0, 1.0].map(Complex64::from);
        assert_eq!(recognise(t, &spins), Shape::FourVector { c });
        let t = expand_plain("P(1,2)*P(2,1)*Metric(3,4)", &spins);
        assert!(matches!(recognise(t, &spins), Shape::Generic { .. }));
    }
}
