//! The order in which nodes are computed: each just before the helicity
//! configuration that first needs it, so that few are alive at a time.
//!
//! Knows the graph; knows no lanes and no instructions.

use super::graph::{Dag, Source};

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Compute a node.
    Node(u32),
    /// Close and square a configuration.
    Configuration(u32),
}

/// An order of evaluation with places in memory.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) actions: Vec<Action>,
    /// Vertices that are added to their only current and need no place.
    pub(crate) fused: Vec<bool>,
    /// First place of every node, in complex lanes.
    pub(crate) place: Vec<u32>,
    /// Complex lanes needed.
    pub(crate) n_places: u32,
}

/// Graphs above this size are tried with few orders only.
const MANY_NODES: usize = 20_000;

/// The best of several orders of the configurations.
pub(crate) fn schedule(dag: &Dag) -> Schedule {
    let fused = fusible(dag);
    let n_ext = match dag.configurations.as_slice() {
        // There is one order of one.
        [] | [_] => 1,
        [first, ..] => first.helicities.len(),
    };
    let one = |first_leg: usize| {
        let mut order: Vec<u32> = (0..dag.configurations.len() as u32).collect();
        let key = |c: u32| {
            let h = &dag.configurations[c as usize].helicities;
            let mut key = h.clone();
            key.rotate_left(first_leg);
            key
        };
        order.sort_by_cached_key(|&c| key(c));
        allocate(dag, actions(dag, &order, &fused), &fused)
    };
    let step = if dag.nodes.len() > MANY_NODES { 3 } else { 1 };
    (0..n_ext.max(1))
        .step_by(step)
        .map(one)
        .min_by_key(|s| s.n_places)
        .expect("at least one order is tried")
}

/// Vertices with one reader that is a sum with a real coefficient.
fn fusible(dag: &Dag) -> Vec<bool> {
    let mut readers = vec![0_u32; dag.nodes.len()];
    let mut by_sum = vec![false; dag.nodes.len()];
    for node in &dag.nodes {
        node.source
            .for_each_child(&mut |c| readers[c as usize] += 1);
        if let Source::Current { terms, .. } = &node.source {
            for (c, factor) in terms {
                by_sum[*c as usize] |= factor.im == 0.0;
            }
        }
    }
    for &(a, b) in dag.configurations.iter().flat_map(|c| &c.pairs) {
        readers[a as usize] += 2;
        readers[b as usize] += 2;
    }
    (0..dag.nodes.len())
        .map(|k| matches!(dag.nodes[k].source, Source::Vertex(_)) && by_sum[k] && readers[k] == 1)
        .collect()
}

fn actions(dag: &Dag, order: &[u32], fused: &[bool]) -> Vec<Action> {
    let mut done = vec![false; dag.nodes.len()];
    let mut list = Vec::with_capacity(dag.nodes.len() + order.len());
    for &c in order {
        for &(a, b) in &dag.configurations[c as usize].pairs {
            visit(dag, a, fused, &mut done, &mut list);
            visit(dag, b, fused, &mut done, &mut list);
        }
        list.push(Action::Configuration(c));
    }
    list
}

fn visit(dag: &Dag, node: u32, fused: &[bool], done: &mut [bool], list: &mut Vec<Action>) {
    if std::mem::replace(&mut done[node as usize], true) {
        return;
    }
    dag.nodes[node as usize]
        .source
        .for_each_child(&mut |c| visit(dag, c, fused, done, list));
    if !fused[node as usize] {
        list.push(Action::Node(node));
    }
}

/// What a node reads, with fused vertices replaced by what they read.
fn reads(dag: &Dag, node: u32, fused: &[bool], f: &mut dyn FnMut(u32)) {
    dag.nodes[node as usize].source.for_each_child(&mut |c| {
        if fused[c as usize] {
            reads(dag, c, fused, f);
        } else {
            f(c);
        }
    });
}

/// Gives out places, each again after its last reader.
fn allocate(dag: &Dag, actions: Vec<Action>, fused: &[bool]) -> Schedule {
    let n = dag.nodes.len();
    let mut last_use = vec![0_usize; n];
    for (time, action) in actions.iter().enumerate() {
        match *action {
            Action::Node(k) => reads(dag, k, fused, &mut |c| last_use[c as usize] = time),
            Action::Configuration(c) => {
                for &(a, b) in &dag.configurations[c as usize].pairs {
                    last_use[a as usize] = time;
                    last_use[b as usize] = time;
                }
            }
        }
    }
    // By the time of their last use.
    let mut dying: Vec<u32> = (0..n as u32)
        .filter(|&k| last_use[k as usize] > 0)
        .collect();
    dying.sort_by_key(|&k| last_use[k as usize]);
    let mut dying = dying.into_iter().peekable();
    let mut place = vec![0; n];
    // Free places by the number of components.
    let mut free: Vec<Vec<u32>> = vec![];
    let mut n_places = 0;
    for (time, action) in actions.iter().enumerate() {
        if let Action::Node(k) = *action {
            let node = &dag.nodes[k as usize];
            let size = node.kind.n_components(node.parts);
            if free.len() <= size {
                free.resize(size + 1, vec![]);
            }
            place[k as usize] = free[size].pop().unwrap_or_else(|| {
                let at = n_places;
                n_places += size as u32;
                at
            });
        }
        while let Some(k) = dying.next_if(|&k| last_use[k as usize] == time) {
            let node = &dag.nodes[k as usize];
            free[node.kind.n_components(node.parts)].push(place[k as usize]);
        }
    }
    Schedule {
        actions,
        fused: fused.to_vec(),
        place,
        n_places,
    }
}
