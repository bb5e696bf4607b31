//! Outputs of a call, block by block.
//!
//! Knows which parts of a matrix element outputs need; knows no pointer and no key.

use std::ops::Range;

use libc::c_int;
use omnis::amplitude::{Details, MatrixElementWorkspace, TChannelWidth};
use omnis::kinematics::{FourVector, MomentumBatch, boost_to_rest, dot};

use crate::compiled::{Compiled, Element};
use crate::draw::Parts;
use crate::fault::Fault;
use crate::keys::{FLAVOUR, HELICITY, INPUTS, Status};
use crate::request::Request;

/// Points that are evaluated together: what a call costs is spread over them, and their momenta
/// fit into the second cache.
const BLOCK: usize = 1024;
/// Most parts by helicity and flow of a block, and fewest points of one.
const MAX_PARTS: usize = 1 << 19;
const MIN_BLOCK: usize = 8;
/// Propagators that separate the incoming legs have no width, as in cross sections of omnis.
const WIDTH: TChannelWidth = TChannelWidth::Off;
/// The index where nothing can be drawn: the matrix element vanishes or is not finite.
const NOTHING: c_int = -1;

/// Memory of one handle, used again from call to call.
#[derive(Default)]
pub struct Work {
    matrix: MatrixElementWorkspace,
    momenta: MomentumBatch,
    alpha_s: Vec<f64>,
    values: Vec<f64>,
}

/// Events of a call that are evaluated together.
enum Events<'a> {
    Range(Range<usize>),
    List(&'a [usize]),
}

impl Events<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::List(list) => list.len(),
        }
    }

    fn at(&self, k: usize) -> usize {
        match self {
            Self::Range(range) => range.start + k,
            Self::List(list) => list[k],
        }
    }
}

/// Fills the outputs of a request.
///
/// # Errors
/// Indices of flavours or helicities that do not exist; no flavour index where there are
/// several matrix elements. No output is written then.
pub fn evaluate(compiled: &Compiled, request: &Request<'_>, work: &mut Work) -> Result<(), Fault> {
    let count = request.window.count();
    let flavours = flavours(compiled, request)?;
    check_helicities(compiled, request, flavours)?;
    for (k, element) in compiled.elements.iter().enumerate() {
        let block = block_of(element, request);
        if compiled.elements.len() == 1 {
            for start in (0..count).step_by(block) {
                let events = Events::Range(start..count.min(start + block));
                fill(element, request, &events, work);
            }
        } else {
            let own = |event: &usize| compiled.flavours[flavours[*event] as usize] == k;
            let list: Vec<usize> = (0..count).filter(own).collect();
            for events in list.chunks(block) {
                fill(element, request, &Events::List(events), work);
            }
        }
    }
    Ok(())
}

/// Points of a block, fewer where parts of many helicities and flows are kept.
fn block_of(element: &Element, request: &Request<'_>) -> usize {
    if !request.needs_parts() {
        return BLOCK;
    }
    let flows = element.matrix.flows().len();
    let parts = element.helicities.len() * (1 + if has_flows(request) { 3 * flows } else { 0 });
    (MAX_PARTS / parts.max(1)).clamp(MIN_BLOCK, BLOCK)
}

/// Whether parts by flow are needed.
fn has_flows(request: &Request<'_>) -> bool {
    request.colour_index.is_some()
}

/// The flavour index of every event; empty if there are none.
fn flavours<'a>(compiled: &Compiled, request: &'a Request<'_>) -> Result<&'a [c_int], Fault> {
    let n = compiled.flavours.len();
    let Some(given) = &request.flavour else {
        if compiled.elements.len() == 1 {
            return Ok(&[]);
        }
        let name = INPUTS[FLAVOUR];
        let text = format!("found no {name}, expected it: the process has {n} flavours");
        return Err(Fault::new(Status::MissingInput, text));
    };
    let flavours = given.row(0, 0..request.window.count());
    let exists = |index: &c_int| usize::try_from(*index).is_ok_and(|index| index < n);
    match flavours.iter().find(|index| !exists(index)) {
        None => Ok(flavours),
        Some(wrong) => {
            let expected = format!("0 to {}", n.saturating_sub(1));
            Err(Fault::found(INPUTS[FLAVOUR], wrong, expected))
        }
    }
}

/// Whether the helicity index of every event exists.
fn check_helicities(
    compiled: &Compiled,
    request: &Request<'_>,
    flavours: &[c_int],
) -> Result<(), Fault> {
    let Some(given) = &request.helicity else {
        return Ok(());
    };
    let indices = given.row(0, 0..request.window.count());
    for (event, index) in indices.iter().enumerate() {
        let flavour = flavours.get(event).map_or(0, |&flavour| flavour as usize);
        let n = compiled.elements[compiled.flavours[flavour]].n_helicities;
        if !usize::try_from(*index).is_ok_and(|index| index < n) {
            let expected = format!("0 to {}", n.saturating_sub(1));
            return Err(Fault::found(INPUTS[HELICITY], index, expected));
        }
    }
    Ok(())
}

/// Fills the outputs of events of one matrix element.
fn fill(element: &Element, request: &Request<'_>, events: &Events<'_>, work: &mut Work) {
    gather_momenta(element, request, events, &mut work.momenta);
    work.alpha_s.clear();
    if let Some(given) = &request.alpha_s {
        let all = (0..events.len()).map(|k| given.get(0, events.at(k)));
        work.alpha_s.extend(all);
    }
    let alpha_s = request.alpha_s.is_some().then_some(work.alpha_s.as_slice());
    if !request.needs_parts() {
        if let Some(value) = &request.value {
            work.values.resize(events.len(), 0.0);
            let (matrix, values) = (&element.matrix, &mut work.values);
            matrix.me2(&work.momenta, alpha_s, WIDTH, &mut work.matrix, values);
            for (k, x) in values.iter().enumerate() {
                value.set(events.at(k), *x);
            }
        }
        return;
    }
    let details = details(element, request, alpha_s, &mut work.matrix, &work.momenta);
    let n = events.len();
    let parts = Parts {
        element,
        details: &details,
        n,
    };
    for k in 0..n {
        fill_event(request, &parts, k, events.at(k));
    }
}

/// `me2` if it is an output, and its parts by helicity, and by flow if they are needed.
fn details(
    element: &Element,
    request: &Request<'_>,
    alpha_s: Option<&[f64]>,
    work: &mut MatrixElementWorkspace,
    momenta: &MomentumBatch,
) -> Details {
    let matrix = &element.matrix;
    let mut details = match has_flows(request) {
        true => matrix.details(momenta, alpha_s, WIDTH, work),
        false => Details {
            by_helicity: matrix.by_helicity(momenta, alpha_s, WIDTH, work),
            ..Details::default()
        },
    };
    // Whatever else is asked for, the value is the same to the last bit.
    details.me2.resize(momenta.n_batch, 0.0);
    if request.value.is_some() && request.helicity.is_none() {
        matrix.me2(momenta, alpha_s, WIDTH, work, &mut details.me2);
    }
    details
}

/// Fills the outputs of event `event`, which is point `k` of its batch.
fn fill_event(request: &Request<'_>, parts: &Parts<'_>, k: usize, event: usize) {
    let element = parts.element;
    let given = request.helicity.as_ref().map(|h| h.get(0, event));
    let configuration = match (given, &request.random_helicity) {
        (Some(index), _) => element.configuration.get(&(index as usize)).copied(),
        (None, Some(random)) => parts.helicity(k, random.get(0, event)),
        (None, None) => None,
    };
    if let Some(value) = &request.value {
        let of_given = || configuration.map_or(0.0, |h| parts.me2_of(h, k));
        let me2 = given.map_or_else(|| parts.details.me2[k], |_| of_given());
        value.set(event, me2);
    }
    if let Some(index) = &request.helicity_index {
        let drawn = configuration.map(|h| element.helicities[h] as c_int);
        index.set(event, given.or(drawn).unwrap_or(NOTHING));
    }
    if let (Some(index), Some(random)) = (&request.colour_index, &request.random_colour) {
        let vanishes = configuration.is_none() && request.has_helicity();
        let flow = (!vanishes).then(|| parts.flow(k, configuration, random.get(0, event)));
        index.set(event, flow.flatten().map_or(NOTHING, |f| f as c_int));
    }
}

/// Copies the momenta of events; those of polarised legs in the rest frame of the incoming ones.
fn gather_momenta(
    element: &Element,
    request: &Request<'_>,
    events: &Events<'_>,
    to: &mut MomentumBatch,
) {
    let (n, n_legs) = (events.len(), request.n_legs());
    (to.n_ext, to.n_batch) = (n_legs, n);
    to.data.resize(4 * n_legs * n, 0.0);
    for (at, row) in to.data.chunks_exact_mut(n).enumerate() {
        let (leg, mu) = (at / 4, at % 4);
        let from = n_legs * mu + leg;
        match events {
            Events::Range(range) => {
                row.copy_from_slice(request.momenta.row(from, range.clone()));
            }
            Events::List(list) => {
                let all = request.momenta.row(from, 0..request.window.count());
                row.iter_mut()
                    .zip(*list)
                    .for_each(|(x, &event)| *x = all[event]);
            }
        }
    }
    let Some(n_in) = element.n_in_rest else {
        return;
    };
    for k in 0..n {
        let mut sum: FourVector = [0.0; 4];
        for leg in 0..n_in {
            sum.iter_mut()
                .zip(to.get(leg, k))
                .for_each(|(s, x)| *s += x);
        }
        let mass = dot(sum, sum).max(0.0).sqrt();
        for leg in 0..n_legs {
            to.set(leg, k, boost_to_rest(to.get(leg, k), sum, mass));
        }
    }
}
