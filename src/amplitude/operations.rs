//! The table of amplitude operations: for every instruction its operands, what it adds to
//! or takes from the sum that is being built, its cost and its body, once.
//!
//! The list of instructions, the choice of an instruction for a vertex of the graph, the
//! encoder, the check of programs, the cost model and the dispatch of the kernels are made
//! from it. A vertex that is not here is right all the same, as a tensor: a row makes it
//! fast. Names are those of HELAS (KEK-91-11) where it has one: F a fermion, I and O
//! one that flows in or out, V a vector, S a scalar; the result stands last.
//! Knows components; knows no model, no momenta and no lanes.

/// Hands the table to a macro.
///
/// A row of `vertices` is `Name(operand: kind, ..) -> what it adds to, flops, |x, sum| sum
/// afterwards`: `x` is the factor of the vertex in lanes, operands are loaded by
/// their kinds. Rows of one operation are its instructions for left-handed, right-handed,
/// equal and any couplings; or for real and complex ones.
/// A row of `results` ends a sum: `Name(operand: kind, ..): what it takes -> what it stores,
/// flops, |mass, sum| what is stored`, for `propagators` before the denominator.
macro_rules! amplitude_operations {
    ($consumer:ident) => {
        $consumer! {
            loads {
                /// A vector or a Dirac spinor.
                LoadFour(z: vector) -> four, 4 * SCALE_ADD, |x, sum| scaled(x, z, sum);
                /// The upper half of a spinor.
                LoadUpper(z: upper) -> upper, 2 * SCALE_ADD, |x, sum| scaled_upper(x, z, sum);
                /// The lower half of a spinor.
                LoadLower(z: lower) -> lower, 2 * SCALE_ADD, |x, sum| scaled_lower(x, z, sum);
                /// A scalar.
                LoadScalar(z: scalar) -> scalar, SCALE_ADD, |x, sum| add_scalar_times(x, z, sum);
                /// A vector or a Dirac spinor times a complex number.
                ScaleFour(z: vector, c: constant) -> four, 4 * MULTIPLY_ADD, |_x, sum| turned(c, z, sum);
                /// The upper half of a spinor times a complex number.
                ScaleUpper(z: upper, c: constant) -> upper, 2 * MULTIPLY_ADD, |_x, sum| turned_upper(c, z, sum);
                /// The lower half of a spinor times a complex number.
                ScaleLower(z: lower, c: constant) -> lower, 2 * MULTIPLY_ADD, |_x, sum| turned_lower(c, z, sum);
                /// A scalar times a complex number.
                ScaleScalar(z: scalar, c: constant) -> scalar, MULTIPLY_ADD, |_x, sum| turned_scalar(c, z, sum);
            }
            vertices {
                /// `row gamma^mu (P_L + r P_R) column`: a vector.
                FFV {
                    FfvLeft(row: lower, column: upper) -> four, CHIRAL, |x, sum| fermions_to_vector::<S, true>(scaled_two(x, row), column, sum);
                    FfvRight(row: upper, column: lower) -> four, CHIRAL, |x, sum| fermions_to_vector::<S, false>(scaled_two(x, row), column, sum);
                    FfvEqual(row: dirac, column: dirac) -> four, 2 * CHIRAL, |x, sum| ffv(x, row, column, sum);
                    FfvBoth(row: dirac, column: dirac, r: constant) -> four, 2 * (CHIRAL + MULTIPLY), |x, sum| ffv_both(x, row, column, r, sum);
                }
                /// `Vslash (P_L + r P_R) psi`: a spinor.
                FVI {
                    FviLeft(psi: upper, v: vector) -> lower, CHIRAL, |x, sum| fvi_left(scaled_two(x, psi), v, sum);
                    FviRight(psi: lower, v: vector) -> upper, CHIRAL, |x, sum| fvi_right(scaled_two(x, psi), v, sum);
                    FviEqual(psi: dirac, v: vector) -> four, 2 * CHIRAL, |x, sum| fvi(x, psi, v, sum);
                    FviBoth(psi: dirac, v: vector, r: constant) -> four, 2 * (CHIRAL + MULTIPLY), |x, sum| fvi_both(x, psi, v, r, sum);
                }
                /// `psibar Vslash (P_L + r P_R)`: a barred spinor.
                FVO {
                    FvoLeft(bar: lower, v: vector) -> upper, CHIRAL, |x, sum| fvo_left(scaled_two(x, bar), v, sum);
                    FvoRight(bar: upper, v: vector) -> lower, CHIRAL, |x, sum| fvo_right(scaled_two(x, bar), v, sum);
                    FvoEqual(bar: dirac, v: vector) -> four, 2 * CHIRAL, |x, sum| fvo(x, bar, v, sum);
                    FvoBoth(bar: dirac, v: vector, r: constant) -> four, 2 * (CHIRAL + MULTIPLY), |x, sum| fvo_both(x, bar, v, r, sum);
                }
                /// `row (P_L + r P_R) column`: a scalar.
                FFS {
                    FfsLeft(row: upper, column: upper) -> scalar, MULTIPLY + MULTIPLY_ADD + SCALE_ADD, |x, sum| add_scalar_times(x, half_product(row, column), sum);
                    FfsRight(row: lower, column: lower) -> scalar, MULTIPLY + MULTIPLY_ADD + SCALE_ADD, |x, sum| add_scalar_times(x, half_product(row, column), sum);
                    FfsEqual(row: dirac, column: dirac) -> scalar, 2 * (MULTIPLY + MULTIPLY_ADD) + 2 + SCALE_ADD, |x, sum| ffs(x, row, column, sum);
                    FfsBoth(row: dirac, column: dirac, r: constant) -> scalar, 3 * MULTIPLY + 2 * MULTIPLY_ADD + 2 + SCALE_ADD, |x, sum| ffs_both(x, row, column, r, sum);
                }
                /// `(P_L + r P_R) psi phi` or `psibar (P_L + r P_R) phi`: FSI and FSO of
                /// HELAS, which are the same on components.
                FS {
                    FsLeft(psi: upper, phi: scalar) -> upper, 2 + 2 * MULTIPLY_ADD, |x, sum| fs_upper(phi.scale(x), psi, sum);
                    FsRight(psi: lower, phi: scalar) -> lower, 2 + 2 * MULTIPLY_ADD, |x, sum| fs_lower(phi.scale(x), psi, sum);
                    FsEqual(psi: dirac, phi: scalar) -> four, 2 + 4 * MULTIPLY_ADD, |x, sum| fs(phi.scale(x), psi, sum);
                    FsBoth(psi: dirac, phi: scalar, r: constant) -> four, 2 + MULTIPLY + 4 * MULTIPLY_ADD, |x, sum| fs_both(phi.scale(x), psi, r, sum);
                }
                /// The charge conjugate of a spinor or of a barred one: `C psi`.
                FC {
                    FcUpper(psi: upper) -> upper, 2 * SCALE_ADD, |x, sum| conjugated_upper(x, psi, sum);
                    FcLower(psi: lower) -> lower, 2 * SCALE_ADD, |x, sum| conjugated_lower(x, psi, sum);
                    FcBoth(psi: vector) -> four, 4 * SCALE_ADD, |x, sum| conjugated(x, psi, sum);
                }
                /// The Yang-Mills vertex of two vectors, the third slot open.
                VVV {
                    Vvv(a: vector, b: vector, p: momentum, q: momentum) -> four,
                        22 + DOT + 2 * MOMENTUM_DOT + 4 * (1 + SCALE_ADD + 2 * MULTIPLY_ADD), |x, sum| yang_mills(x, a, b, p, q, sum);
                }
                /// `w0 (b.c) a + w1 (a.c) b + w2 (a.b) c` of vectors a, b, c, whose scalar
                /// products are nodes.
                VVVV {
                    Vvvv(abc: contact) -> four, 6 + 12 * MULTIPLY_ADD, |_x, sum| three_vectors(abc.0, abc.1, sum);
                    VvvvComplex(abc: contact_complex) -> four, 3 * MULTIPLY + 12 * MULTIPLY_ADD, |_x, sum| three_vectors(abc.0, abc.1, sum);
                }
                /// The product of two vectors: a scalar.
                VVS {
                    Vvs(a: vector, b: vector) -> scalar, DOT + SCALE_ADD, |x, sum| add_scalar_times(x, minkowski(a, b), sum);
                }
                /// The product of two vectors and a scalar: a scalar.
                VVSS {
                    Vvss(a: vector, b: vector, s: scalar) -> scalar, DOT + MULTIPLY + SCALE_ADD, |x, sum| add_scalar_times(x, minkowski(a, b) * s, sum);
                }
                /// A vector times a scalar.
                VSV {
                    Vsv(v: vector, s: scalar) -> four, 2 + 4 * MULTIPLY_ADD, |x, sum| turned(s.scale(x), v, sum);
                }
                /// A vector times two scalars.
                VSSV {
                    Vssv(v: vector, s: scalar, t: scalar) -> four, MULTIPLY + 2 + 4 * MULTIPLY_ADD, |x, sum| turned((s * t).scale(x), v, sum);
                }
                /// The product of two scalars.
                SSS {
                    Sss(s: scalar, t: scalar) -> scalar, 2 + MULTIPLY_ADD, |x, sum| turned_scalar(s.scale(x), t, sum);
                }
                /// The product of three scalars.
                SSSS {
                    Ssss(s: scalar, t: scalar, u: scalar) -> scalar, 2 + MULTIPLY + MULTIPLY_ADD, |x, sum| turned_scalar(s.scale(x) * t, u, sum);
                }
                /// Any vertex, from its tensor.
                Tensor {
                    TensorVertex(z: tensor) -> four, 8, |x, sum| scaled(x, z, sum);
                }
            }
            stores {
                /// A vector or a Dirac spinor.
                StoreFour(): four -> four, 0, |_mass, sum| sum;
                /// The upper half of a spinor.
                StoreUpper(): upper -> upper, 0, |_mass, sum| sum;
                /// The lower half of a spinor.
                StoreLower(): lower -> lower, 0, |_mass, sum| sum;
                /// A scalar.
                StoreScalar(): scalar -> scalar, 0, |_mass, sum| sum;
            }
            propagators {
                /// A scalar.
                PropagateScalar(): scalar -> scalar, 0, |_mass, sum| sum;
                /// A vector without mass, or whose current is conserved.
                PropagateVector(): four -> four, 0, |_mass, sum| sum;
                /// The current of two legs that exchange a photon, less a multiple of the
                /// momentum.
                PropagatePhoton(p: momentum): four -> four, MOMENTUM_DOT + 10 + 4 * SCALE_ADD, |_mass, sum| without_large_part(sum, p);
                /// The current that such a photon meets.
                PropagateToPhoton(p: momentum): four -> four, MOMENTUM_DOT + 10 + 4 * SCALE_ADD, |_mass, sum| blind_to_momentum(sum, p);
                /// A vector with mass in unitary gauge.
                PropagateMassive(p: momentum): four -> four, MOMENTUM_DOT + 2 + 4 * SCALE_ADD, |mass, sum| massive_vector_numerator(sum, p, mass);
                /// The longitudinal helicity of a vector.
                PropagateLongitudinal(p: momentum): four -> four, 3 * MOMENTUM_DOT + 40, |_mass, sum| longitudinal_numerator(sum, p);
                /// The two transverse helicities of a vector.
                PropagateTransverse(p: momentum): four -> four, 3 * MOMENTUM_DOT + 30, |_mass, sum| transverse_numerator(sum, p);
                /// A left-handed vector.
                PropagateLeft(p: momentum): four -> four, 3 * MOMENTUM_DOT + 60, |_mass, sum| circular_numerator(sum, p, -1.0);
                /// A right-handed vector.
                PropagateRight(p: momentum): four -> four, 3 * MOMENTUM_DOT + 60, |_mass, sum| circular_numerator(sum, p, 1.0);
                /// Spinors: what there is of the current, with or without mass.
                PropagateInUpper(p: momentum): upper -> lower, NUMERATOR, |_mass, sum| fermion_numerator::<S, UPPER, false>(sum, p, 0.0);
                PropagateInLower(p: momentum): lower -> upper, NUMERATOR, |_mass, sum| fermion_numerator::<S, LOWER, false>(sum, p, 0.0);
                PropagateIn(p: momentum): four -> four, 2 * NUMERATOR, |_mass, sum| fermion_numerator::<S, BOTH, false>(sum, p, 0.0);
                PropagateInUpperMassive(p: momentum): upper -> four, NUMERATOR + 2 * SCALE_ADD, |mass, sum| fermion_numerator::<S, UPPER, false>(sum, p, mass);
                PropagateInLowerMassive(p: momentum): lower -> four, NUMERATOR + 2 * SCALE_ADD, |mass, sum| fermion_numerator::<S, LOWER, false>(sum, p, mass);
                PropagateInMassive(p: momentum): four -> four, 2 * (NUMERATOR + 2 * SCALE_ADD), |mass, sum| fermion_numerator::<S, BOTH, false>(sum, p, mass);
                /// Barred spinors.
                PropagateOutUpper(p: momentum): upper -> lower, NUMERATOR, |_mass, sum| fermion_numerator::<S, UPPER, true>(sum, p, 0.0);
                PropagateOutLower(p: momentum): lower -> upper, NUMERATOR, |_mass, sum| fermion_numerator::<S, LOWER, true>(sum, p, 0.0);
                PropagateOut(p: momentum): four -> four, 2 * NUMERATOR, |_mass, sum| fermion_numerator::<S, BOTH, true>(sum, p, 0.0);
                PropagateOutUpperMassive(p: momentum): upper -> four, NUMERATOR + 2 * SCALE_ADD, |mass, sum| fermion_numerator::<S, UPPER, true>(sum, p, mass);
                PropagateOutLowerMassive(p: momentum): lower -> four, NUMERATOR + 2 * SCALE_ADD, |mass, sum| fermion_numerator::<S, LOWER, true>(sum, p, mass);
                PropagateOutMassive(p: momentum): four -> four, 2 * (NUMERATOR + 2 * SCALE_ADD), |mass, sum| fermion_numerator::<S, BOTH, true>(sum, p, mass);
            }
        }
    };
}
pub(super) use amplitude_operations;

/// Complex multiplication, and one with an addition.
pub(crate) const MULTIPLY: u64 = 6;
pub(crate) const MULTIPLY_ADD: u64 = 8;
/// A complex number times a real one, added.
pub(crate) const SCALE_ADD: u64 = 4;
/// Scalar product of two complex vectors.
pub(crate) const DOT: u64 = MULTIPLY + 3 * MULTIPLY_ADD;
/// Scalar product with a real momentum.
const MOMENTUM_DOT: u64 = 14;
/// One chirality of a fermion pair to a vector, and of a vector on a spinor.
const CHIRAL: u64 = 44;
/// A momentum on half a spinor.
const NUMERATOR: u64 = 22;
/// An external wave function.
const WAVE: u64 = 20;

/// What an operand of an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperandKind {
    /// Place of a node of one component.
    Scalar,
    /// Place of the upper (left-handed, for an unbarred spinor) half of a spinor.
    Upper,
    /// Place of the lower half.
    Lower,
    /// Place of a Dirac spinor with both halves.
    Dirac,
    /// Place of a node of four components.
    Vector,
    /// Momentum of the node that is the operand with the same number among the nodes.
    Momentum,
    /// A complex number of the program.
    Constant,
    /// Three vectors with real weights.
    Contact,
    /// Three vectors with complex weights.
    ContactComplex,
    /// A vertex from its tensor.
    Tensor,
}

/// Which components of a sum an instruction writes, takes or stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Components {
    Scalar,
    Upper,
    Lower,
    Four,
}

impl Components {
    /// One bit for each component of the sum.
    pub(crate) fn mask(self) -> u8 {
        match self {
            Self::Scalar => 0b0001,
            Self::Upper => 0b0011,
            Self::Lower => 0b1100,
            Self::Four => 0b1111,
        }
    }

    /// Places that are stored.
    pub(crate) fn count(self) -> u32 {
        self.mask().count_ones()
    }
}

/// What an instruction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An external wave function: entry of the waves.
    External,
    /// Adds a node to the sum.
    Load,
    /// Adds a vertex to the sum.
    Vertex,
    /// Ends the sum: the place.
    Store,
    /// Ends the sum with a propagator: place, pole, then its operands.
    Propagator,
}

macro_rules! kind {
    (scalar) => {
        OperandKind::Scalar
    };
    (upper) => {
        OperandKind::Upper
    };
    (lower) => {
        OperandKind::Lower
    };
    (dirac) => {
        OperandKind::Dirac
    };
    (vector) => {
        OperandKind::Vector
    };
    (momentum) => {
        OperandKind::Momentum
    };
    (constant) => {
        OperandKind::Constant
    };
    (contact) => {
        OperandKind::Contact
    };
    (contact_complex) => {
        OperandKind::ContactComplex
    };
    (tensor) => {
        OperandKind::Tensor
    };
}

macro_rules! components {
    (scalar) => {
        Components::Scalar
    };
    (upper) => {
        Components::Upper
    };
    (lower) => {
        Components::Lower
    };
    (four) => {
        Components::Four
    };
}

macro_rules! lists {
    (
        loads { $($(#[$load_doc:meta])* $load:ident($($load_name:ident: $load_kind:ident),*) -> $load_to:ident, $load_flops:expr, |$load_x:ident, $load_sum:ident| $load_body:expr;)* }
        vertices { $($(#[$operation_doc:meta])* $operation:ident {
            $($vertex:ident($($vertex_name:ident: $vertex_kind:ident),*) -> $vertex_to:ident, $vertex_flops:expr, |$vertex_x:ident, $vertex_sum:ident| $vertex_body:expr;)*
        })* }
        stores { $($(#[$store_doc:meta])* $store:ident(): $store_from:ident -> $store_to:ident, $store_flops:expr, |$store_x:ident, $store_sum:ident| $store_body:expr;)* }
        propagators { $($(#[$end_doc:meta])* $end:ident($($end_name:ident: $end_kind:ident),*): $end_from:ident -> $end_to:ident, $end_flops:expr, |$end_x:ident, $end_sum:ident| $end_body:expr;)* }
    ) => {
        /// What an instruction of a program does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Opcode {
            /// An external wave function.
            Wave,
            /// A function of momenta.
            Function,
            $($(#[$load_doc])* $load,)*
            $($($vertex,)*)*
            $($(#[$store_doc])* $store,)*
            $($(#[$end_doc])* $end,)*
        }

        /// A vertex of the graph by its operands and its result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(clippy::upper_case_acronyms, reason = "names of HELAS")]
        pub(crate) enum Operation {
            $($(#[$operation_doc])* $operation,)*
        }

        impl Operation {
            /// Its instructions: for couplings of the left, the right, equal and any ones;
            /// for real and complex weights; or one for all.
            pub(crate) fn opcodes(self) -> &'static [Opcode] {
                match self {
                    $(Self::$operation => &[$(Opcode::$vertex),*],)*
                }
            }
        }

        impl Opcode {
            /// What it is for.
            pub(crate) fn role(self) -> Role {
                match self {
                    Self::Wave | Self::Function => Role::External,
                    $(Self::$load => Role::Load,)*
                    $($(Self::$vertex => Role::Vertex,)*)*
                    $(Self::$store => Role::Store,)*
                    $(Self::$end => Role::Propagator,)*
                }
            }

            /// Its operands; those of a result follow the place, and the pole.
            pub(crate) fn operands(self) -> &'static [OperandKind] {
                match self {
                    Self::Wave | Self::Function => &[],
                    $(Self::$load => &[$(kind!($load_kind)),*],)*
                    $($(Self::$vertex => &[$(kind!($vertex_kind)),*],)*)*
                    $(Self::$store => &[],)*
                    $(Self::$end => &[$(kind!($end_kind)),*],)*
                }
            }

            /// Components of the sum that it adds to or takes.
            pub(crate) fn sum(self) -> Components {
                match self {
                    Self::Wave | Self::Function => Components::Four,
                    $(Self::$load => components!($load_to),)*
                    $($(Self::$vertex => components!($vertex_to),)*)*
                    $(Self::$store => components!($store_from),)*
                    $(Self::$end => components!($end_from),)*
                }
            }

            /// Components that a result stores.
            pub(crate) fn stored(self) -> Option<Components> {
                match self {
                    $(Self::$store => Some(components!($store_to)),)*
                    $(Self::$end => Some(components!($end_to)),)*
                    _ => None,
                }
            }

            /// Additions and multiplications per point, without those of a tensor and of a
            /// denominator.
            pub(crate) fn flops(self) -> u64 {
                match self {
                    Self::Wave => WAVE,
                    Self::Function => 0,
                    $(Self::$load => $load_flops,)*
                    $($(Self::$vertex => $vertex_flops,)*)*
                    $(Self::$store => $store_flops,)*
                    $(Self::$end => $end_flops,)*
                }
            }
        }
    };
}
amplitude_operations!(lists);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_of_an_instruction_fit_and_couplings_come_in_order() {
        for operation in [
            Operation::FFV,
            Operation::FVI,
            Operation::FVO,
            Operation::FFS,
            Operation::FS,
        ] {
            let opcodes = operation.opcodes();
            assert_eq!(opcodes.len(), 4);
            let has = |o: Opcode| o.operands().contains(&OperandKind::Constant);
            assert_eq!(
                [0, 1, 2, 3].map(|k| has(opcodes[k])),
                [false, false, false, true]
            );
        }
        assert_eq!(Opcode::Vvv.operands().len(), 4);
        assert_eq!(Opcode::PropagateInUpper.stored(), Some(Components::Lower));
        assert_eq!(
            Opcode::PropagateInUpperMassive.stored(),
            Some(Components::Four)
        );
    }
}
