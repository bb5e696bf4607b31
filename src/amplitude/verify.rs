//! Whether every entry of a program lies where it must.
//!
//! Kernels read and write places, momenta, poles and tables by the numbers in a
//! program, without bounds checks: this is where the bounds are checked. Knows arrays;
//! knows no graph and no lanes.

use super::operations::{Opcode, OperandKind, Role};
use super::program::{Instruction, MomentumEntry, Place, ProductKind, ProgramArrays};

/// Why arrays are no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProgramError {
    /// An entry refers to what is not there.
    #[error("{array}[{entry}]: {what} {found} where there are {bound}")]
    OutOfBounds {
        array: &'static str,
        entry: usize,
        what: &'static str,
        found: usize,
        bound: usize,
    },
    /// A range that runs backwards, or a length that does not follow from others.
    #[error("{array}[{entry}]: {what}")]
    Inconsistent {
        array: &'static str,
        entry: usize,
        what: &'static str,
    },
}

/// One entry of an array.
#[derive(Clone, Copy)]
struct Entry {
    array: &'static str,
    entry: usize,
}

impl Entry {
    fn below(self, what: &'static str, found: usize, bound: usize) -> Result<(), ProgramError> {
        let Self { array, entry } = self;
        if found < bound {
            return Ok(());
        }
        Err(ProgramError::OutOfBounds {
            array,
            entry,
            what,
            found,
            bound,
        })
    }

    fn holds(self, what: &'static str, is: bool) -> Result<(), ProgramError> {
        let Self { array, entry } = self;
        if is {
            return Ok(());
        }
        Err(ProgramError::Inconsistent { array, entry, what })
    }

    /// A node of `n` components.
    fn node(self, p: &ProgramArrays, place: Place, n: usize) -> Result<(), ProgramError> {
        self.below("place", place.0 as usize + n - 1, p.n_places)
    }
}

fn each<T>(
    array: &'static str,
    list: &[T],
    check: impl Fn(Entry, &T) -> Result<(), ProgramError>,
) -> Result<(), ProgramError> {
    let mut entries = list.iter().enumerate();
    entries.try_for_each(|(entry, x)| check(Entry { array, entry }, x))
}

/// Checks all arrays of a program.
///
/// # Errors
/// [`ProgramError`] for the first entry that is out of place.
pub(crate) fn verify(p: &ProgramArrays) -> Result<(), ProgramError> {
    tables(p)?;
    instructions(p)?;
    sums(p)
}

/// Legs, momenta, poles, waves, contacts and tensors.
fn tables(p: &ProgramArrays) -> Result<(), ProgramError> {
    let whole = Entry {
        array: "masses",
        entry: 0,
    };
    whole.holds("one mass for each leg", p.masses.len() == p.n_ext)?;
    whole.holds("incoming legs among all", p.n_in <= p.n_ext)?;
    each("momenta", &p.momenta, |e, m| match *m {
        MomentumEntry::Leg(leg) => e.below("leg", leg, p.n_ext),
        MomentumEntry::WithoutWidths(a) => e.below("momentum", a.0 as usize, e.entry),
        MomentumEntry::Sum(a, b) => {
            e.below("momentum", a.0 as usize, e.entry)?;
            e.below("momentum", b.0 as usize, e.entry)
        }
    })?;
    each("poles", &p.poles, |e, (momentum, pole)| {
        e.below("momentum", momentum.0 as usize, p.momenta.len())?;
        let mut legs = pole.photon.iter().flat_map(|photon| photon.legs);
        legs.try_for_each(|leg| e.below("leg", leg, p.n_ext))
    })?;
    each("waves", &p.waves, |e, w| {
        e.below("leg", w.leg, p.n_ext)?;
        e.holds("some component", w.kind.n_components(w.parts) > 0)?;
        e.node(p, w.out, w.kind.n_components(w.parts))
    })?;
    each("longitudinal", &p.longitudinal, |e, &leg| {
        e.below("leg", leg, p.n_ext)
    })?;
    each("unshared", &p.unshared, |e, &(a, b)| {
        e.below("incoming leg", a, p.n_in.min(2))?;
        e.below("leg", b, p.n_ext)
    })?;
    each("contacts", &p.contacts, |e, c| {
        c.vectors.iter().try_for_each(|&v| e.node(p, v, 4))?;
        c.dots.iter().try_for_each(|&s| e.node(p, s, 1))
    })?;
    each("tensor_codes", &p.tensor_codes, |e, code| {
        e.holds("code that reads what is not there", code.is_sound())?;
        e.holds("temporaries", code.ends.len() <= p.n_temporaries)
    })?;
    each("function_calls", &p.function_calls, |e, call| {
        e.below("function", call.function, p.functions.len())?;
        let function = &p.functions[call.function];
        e.holds("momenta", function.is_sound(call.momenta.len()))?;
        let mut momenta = call.momenta.iter();
        momenta.try_for_each(|m| e.below("momentum", m.0.0 as usize, p.momenta.len()))?;
        e.node(p, call.out, 1)
    })?;
    each("tensor_calls", &p.tensor_calls, |e, call| {
        e.below("code", call.code, p.tensor_codes.len())?;
        let sizes = &p.tensor_codes[call.code].n_components;
        e.holds("children", call.children.len() == sizes.len())?;
        e.holds("momenta", call.momenta.len() == sizes.len() + 1)?;
        let mut children = call.children.iter().zip(sizes);
        children.try_for_each(|(&c, &n)| e.node(p, c, n.into()))?;
        let mut momenta = call.momenta.iter();
        momenta.try_for_each(|m| e.below("momentum", m.0 as usize, p.momenta.len()))
    })
}

/// Operands, and that every sum that is begun is ended by what takes its components.
fn instructions(p: &ProgramArrays) -> Result<(), ProgramError> {
    let mut written = 0;
    for (entry, instruction) in p.instructions.iter().enumerate() {
        let e = Entry {
            array: "instructions",
            entry,
        };
        let opcode = instruction.opcode;
        operands(p, e, instruction)?;
        match opcode.role() {
            Role::External => e.holds("a wave or a function within a sum", written == 0)?,
            Role::Vertex if opcode == Opcode::TensorVertex => {
                let call = &p.tensor_calls[instruction.operands[0] as usize];
                let results = &p.tensor_codes[call.code].results;
                written |= results.iter().fold(0, |mask, r| mask | 1 << r.0);
            }
            Role::Load | Role::Vertex => written |= opcode.sum().mask(),
            Role::Store | Role::Propagator => {
                let taken = opcode.sum().mask();
                e.holds("components that are not taken", written & !taken == 0)?;
                written = 0;
            }
        }
    }
    let e = Entry {
        array: "instructions",
        entry: p.instructions.len(),
    };
    e.holds("a sum that is not ended", written == 0)
}

fn operands(p: &ProgramArrays, e: Entry, i: &Instruction) -> Result<(), ProgramError> {
    if i.opcode == Opcode::Wave {
        return e.below("wave", i.operands[0] as usize, p.waves.len());
    }
    if i.opcode == Opcode::Function {
        let n = p.function_calls.len();
        return e.below("function call", i.operands[0] as usize, n);
    }
    let mut first = 0;
    if let Some(stored) = i.opcode.stored() {
        e.node(p, Place(i.operands[0]), stored.count() as usize)?;
        first = 1;
        if i.opcode.role() == Role::Propagator {
            e.below("pole", i.operands[1] as usize, p.poles.len())?;
            first = 2;
        }
    }
    for (kind, &operand) in i.opcode.operands().iter().zip(&i.operands[first..]) {
        let number = operand as usize;
        match kind {
            OperandKind::Scalar => e.node(p, Place(operand), 1)?,
            OperandKind::Upper | OperandKind::Lower => e.node(p, Place(operand), 2)?,
            OperandKind::Dirac | OperandKind::Vector => e.node(p, Place(operand), 4)?,
            OperandKind::Momentum => e.below("momentum", number, p.momenta.len())?,
            OperandKind::Constant => e.below("constant", number, p.constants.len())?,
            OperandKind::Contact | OperandKind::ContactComplex => {
                e.below("contact", number, p.contacts.len())?;
            }
            OperandKind::Tensor => e.below("tensor", number, p.tensor_calls.len())?,
        }
    }
    Ok(())
}

/// Products, configurations, rows of results, colour.
fn sums(p: &ProgramArrays) -> Result<(), ProgramError> {
    each("products", &p.products, |e, product| {
        let n = match product.kind {
            ProductKind::Shared => {
                return e.below("shared product", product.a.0 as usize, p.n_products);
            }
            ProductKind::Vectors | ProductKind::Spinors => 4,
            ProductKind::Tensors | ProductKind::VectorSpinors => 16,
            ProductKind::Halves => 2,
            ProductKind::Scalars => 1,
        };
        e.node(p, product.a, n)?;
        e.node(p, product.b, n)
    })?;
    let whole = Entry {
        array: "configurations",
        entry: 0,
    };
    whole.holds("one power for each order", p.qcd_powers.len() == p.n_order)?;
    let (mut done, n_sums) = (0, p.n_flow * p.n_order);
    for (entry, c) in p.configurations.iter().enumerate() {
        let e = Entry {
            array: "configurations",
            entry,
        };
        e.holds(
            "instructions that run backwards",
            done <= c.instructions_end,
        )?;
        e.below("instruction", c.instructions_end, p.instructions.len() + 1)?;
        done = c.instructions_end;
        for row in [Some(c.row), c.mirror].into_iter().flatten() {
            e.below("row", row, p.helicities.len())?;
        }
        let [from, to] = c.shared.map(|k| k as usize);
        e.holds("products that run backwards", from <= to)?;
        e.below("product", to, p.products.len() + 1)?;
        e.holds("shared products", to - from <= p.n_products)?;
        let shared = &p.products[from..to];
        let plain = shared.iter().all(|q| q.kind != ProductKind::Shared);
        e.holds("a shared product of shared products", plain)?;
        e.below("offset", c.offsets + n_sums, p.offsets.len() + 1)?;
        let mut end = to;
        for &next in &p.offsets[c.offsets..c.offsets + n_sums] {
            e.holds("sums that run backwards", end <= next as usize)?;
            e.below("product", next as usize, p.products.len() + 1)?;
            end = next as usize;
        }
        let used = p.products[to..end].iter();
        let mut shared = used.filter(|q| q.kind == ProductKind::Shared);
        shared.try_for_each(|q| e.below("shared product", q.a.0 as usize, to - from))?;
    }
    let colour = &p.colour;
    let e = Entry {
        array: "colour",
        entry: 0,
    };
    e.holds("a place for each flow", colour.place.len() == p.n_flow)?;
    e.holds("blocks", colour.m * colour.blocks.len() == p.n_flow)?;
    let n_blocks = 1_usize.checked_shl(colour.levels);
    e.holds(
        "levels",
        colour.levels == 0 || n_blocks == Some(colour.blocks.len()),
    )?;
    let square = |block: &Vec<f64>| block.len() == colour.m * colour.m;
    e.holds("square blocks", colour.blocks.iter().all(square))?;
    let mut places = colour.place.iter();
    places.try_for_each(|&place| e.below("flow", place as usize, p.n_flow))
}
#[cfg(test)]
mod tests {
    use super::super::{Frame, MatrixElement};
    use super::*;
    use crate::diagram::Subprocess;
    use crate::model::{Model, ModelSpec};

    fn program(process: &str) -> ProgramArrays {
        let model = Model::load(&ModelSpec::default()).unwrap();
        let words = || process.split_whitespace();
        let names = words().filter(|w| *w != ">");
        let legs = names.map(|w| model.by_name(w).unwrap()).collect();
        let sub = Subprocess::new(legs, words().position(|w| w == ">").unwrap());
        let me = MatrixElement::compile(&model, &sub, Frame::CentreOfMass).unwrap();
        ProgramArrays::clone(&me.program)
    }

    type Change = (&'static str, fn(&mut ProgramArrays));

    fn first(p: &mut ProgramArrays, opcode: Opcode) -> &mut Instruction {
        let mut list = p.instructions.iter_mut();
        let found = list.find(|i| i.opcode == opcode);
        found.unwrap_or_else(|| panic!("{opcode:?} occurs"))
    }

    #[test]
    fn a_program_with_one_entry_out_of_place_is_refused() {
        let good = program("g g > g g g");
        assert_eq!(verify(&good), Ok(()));
        let changes: [Change; 21] = [
            ("place", |p| {
                let end = p_end(p, 3);
                first(p, Opcode::Vvv).operands[0] = end;
            }),
            ("place", |p| first(p, Opcode::Vvv).operands[1] = u32::MAX),
            ("momentum", |p| {
                let n = p.momenta.len() as u32;
                first(p, Opcode::Vvv).operands[2] = n;
            }),
            ("pole", |p| {
                let n = p.poles.len() as u32;
                first(p, Opcode::PropagateVector).operands[1] = n;
            }),
            ("contact", |p| {
                let n = p.contacts.len() as u32;
                first(p, Opcode::Vvvv).operands[0] = n;
            }),
            ("wave", |p| {
                let n = p.waves.len() as u32;
                first(p, Opcode::Wave).operands[0] = n;
            }),
            ("place", |p| p.contacts[0].vectors[2] = Place(p_end(p, 3))),
            ("place", |p| p.contacts[0].dots[0] = Place(p_end(p, 0))),
            ("place", |p| p.waves[0].out = Place(p_end(p, 3))),
            ("leg", |p| p.waves[0].leg = 5),
            ("place", |p| p.n_places -= 1),
            ("instruction", |p| {
                p.configurations[0].instructions_end = p.instructions.len() + 1;
            }),
            ("row", |p| p.configurations[0].row = p.helicities.len()),
            ("offset", |p| p.configurations[0].offsets = p.offsets.len()),
            ("product", |p| p.offsets[0] = u32::MAX),
            ("sums that run", |p| p.offsets[1] = 0),
            ("mass", |p| p.masses.truncate(4)),
            ("momentum", |p| {
                let last = p.momenta.len() as u32;
                p.momenta[0] = MomentumEntry::Sum(
                    super::super::program::MomentumIndex(last),
                    super::super::program::MomentumIndex(0),
                );
            }),
            ("not ended", |p| {
                let end = p
                    .instructions
                    .iter()
                    .rposition(|i| i.opcode.stored().is_some());
                p.instructions.remove(end.unwrap());
                p.configurations.last_mut().unwrap().instructions_end -= 1;
            }),
            ("not taken", |p| {
                let i = first(p, Opcode::PropagateVector);
                (i.opcode, i.operands[2]) = (Opcode::PropagateScalar, 0);
            }),
            ("block", |p| {
                let mut colour = (*p.colour).clone();
                colour.blocks.truncate(0);
                p.colour = colour.into();
            }),
        ];
        for (k, (word, change)) in changes.iter().enumerate() {
            let mut p = good.clone();
            change(&mut p);
            let error = verify(&p)
                .expect_err(&format!("change {k}, {word}"))
                .to_string();
            assert!(error.contains(word), "change {k}: {error}");
        }
    }

    /// The first place that a node of this many more components may not have.
    fn p_end(p: &ProgramArrays, more: u32) -> u32 {
        p.n_places as u32 - more
    }

    #[test]
    fn programs_of_all_kinds_of_vertices_are_sound() {
        for process in ["u d~ > w+ g", "e+ e- > z h", "w+ w- > h h", "b b~ > z h"] {
            assert_eq!(verify(&program(process)), Ok(()), "{process}");
        }
    }
}
