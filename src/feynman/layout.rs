//! Places of the vertices and legs of a diagram.
//!
//! The legs that come in stand on the left; what joins them is drawn from above to below,
//! and trees grow from it to the right, their leaves in order: no line crosses another.
//! Knows trees; knows no particle.

/// Where a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An external leg.
    Leg(usize),
    /// A vertex.
    Vertex(usize),
}

/// A line between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The side away from the last leg.
    pub from: Node,
    /// The side of the last leg.
    pub to: Node,
    /// Legs behind `from`.
    pub legs: u32,
}

/// A tree and the places of its nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub edges: Vec<Edge>,
    pub legs: Vec<[f64; 2]>,
    pub vertices: Vec<[f64; 2]>,
    pub width: f64,
    pub height: f64,
}

/// Room for labels of legs at both sides.
const SIDE: f64 = 34.0;
const TOP: f64 = 16.0;
/// Distance of outgoing legs.
const ROW: f64 = 40.0;
/// Where the first vertices stand, and distance of those right of them.
const FIRST: f64 = 92.0;
const STEP: f64 = 58.0;
/// Where outgoing legs end at least.
const RIGHT: f64 = 190.0;

/// Edges of the tree in which propagators have these legs on the side away from the last
/// leg of `n_ext`.
fn edges(n_ext: usize, propagators: &[u32]) -> (Vec<Edge>, usize) {
    let last = n_ext - 1;
    // Vertex 0 is that of the last leg, vertex k + 1 the one where propagator k begins.
    let smallest_around = |legs: u32| {
        let mut around: Vec<usize> = (0..propagators.len())
            .filter(|&k| propagators[k] & legs == legs && propagators[k] != legs)
            .collect();
        around.sort_by_key(|&k| propagators[k].count_ones());
        around.first().map_or(0, |k| k + 1)
    };
    let mut edges = Vec::new();
    for leg in 0..last {
        edges.push(Edge {
            from: Node::Leg(leg),
            to: Node::Vertex(smallest_around(1 << leg)),
            legs: 1 << leg,
        });
    }
    for (k, &legs) in propagators.iter().enumerate() {
        edges.push(Edge {
            from: Node::Vertex(k + 1),
            to: Node::Vertex(smallest_around(legs)),
            legs,
        });
    }
    edges.push(Edge {
        from: Node::Vertex(0),
        to: Node::Leg(last),
        legs: (1 << last) - 1,
    });
    (edges, propagators.len() + 1)
}

struct Tree {
    edges: Vec<Edge>,
    n_in: usize,
    /// Nodes beside each vertex.
    beside: Vec<Vec<Node>>,
    /// Place of each vertex.
    vertices: Vec<[f64; 2]>,
    legs: Vec<[f64; 2]>,
    next_row: f64,
    /// Steps to the right, and where outgoing legs end.
    depth: usize,
    right: f64,
}

impl Layout {
    /// Of a diagram with `n_in` incoming legs of `n_ext`.
    pub fn new(n_in: usize, n_ext: usize, propagators: &[u32]) -> Self {
        let (edges, n_vertices) = edges(n_ext, propagators);
        let mut beside = vec![Vec::new(); n_vertices];
        for edge in &edges {
            for (a, b) in [(edge.from, edge.to), (edge.to, edge.from)] {
                if let Node::Vertex(k) = a {
                    beside[k].push(b);
                }
            }
        }
        let mut tree = Tree {
            edges,
            n_in,
            beside,
            vertices: vec![[0.0; 2]; n_vertices],
            legs: vec![[0.0; 2]; n_ext],
            next_row: TOP,
            depth: 0,
            right: RIGHT,
        };
        tree.place();
        let n_rows = (n_ext - n_in).max(2);
        Self {
            edges: tree.edges,
            width: tree.right + SIDE,
            legs: tree.legs,
            vertices: tree.vertices,
            height: 2.0 * TOP + ROW * (n_rows - 1) as f64,
        }
    }
}

impl Tree {
    fn vertex_of(&self, leg: usize) -> usize {
        let has = |k: &usize| self.beside[*k].contains(&Node::Leg(leg));
        (0..self.beside.len()).find(has).unwrap_or(0)
    }

    /// Vertices on the way between two, both included.
    fn path(&self, from: usize, to: usize, came: Option<usize>) -> Option<Vec<usize>> {
        if from == to {
            return Some(vec![from]);
        }
        self.beside[from].iter().find_map(|node| match node {
            Node::Vertex(next) if Some(*next) != came => {
                let mut rest = self.path(*next, to, Some(from))?;
                rest.insert(0, from);
                Some(rest)
            }
            _ => None,
        })
    }

    fn place(&mut self) {
        let first = self.vertex_of(0);
        let spine = match self.n_in {
            2 => self
                .path(first, self.vertex_of(1), None)
                .unwrap_or(vec![first]),
            _ => vec![first],
        };
        // One outgoing leg stands in the middle.
        let n_out = self.legs.len() - self.n_in;
        if n_out == 1 {
            self.next_row = TOP + 0.5 * ROW;
        }
        let deepest = spine.iter().map(|&v| self.depth_of(v, &spine)).max();
        self.depth = deepest.unwrap_or(0);
        self.right = RIGHT.max(FIRST + STEP * (self.depth + 1) as f64);
        let mut without_leaves = Vec::new();
        for (k, &vertex) in spine.iter().enumerate() {
            let rows = self.grow(vertex, &spine, 0);
            match rows {
                Some(y) => self.vertices[vertex] = [FIRST, y],
                None => without_leaves.push((k, vertex)),
            }
        }
        for (k, vertex) in without_leaves {
            // Between its neighbours.
            let y = |k: Option<&usize>| k.map(|&v| self.vertices[v][1]);
            let above = k.checked_sub(1).and_then(|k| y(spine.get(k)));
            let below = y(spine.get(k + 1));
            let middle = match (above, below) {
                (Some(a), Some(b)) => 0.5 * (a + b),
                (a, b) => a.or(b).unwrap_or(TOP),
            };
            self.vertices[vertex] = [FIRST, middle];
        }
        let height = 2.0 * TOP + ROW * (n_out.max(2) - 1) as f64;
        if self.n_in == 2 && spine.len() > 1 {
            self.legs[0] = [SIDE, TOP];
            self.legs[1] = [SIDE, height - TOP];
        } else if self.n_in == 2 {
            // Both as far from the vertex that they meet in.
            let y = self.vertices[first][1];
            let most = (y - TOP).min(height - TOP - y);
            let spread = most.clamp(0.5 * ROW, ROW);
            self.legs[0] = [SIDE, y - spread];
            self.legs[1] = [SIDE, y + spread];
        } else {
            self.legs[0] = [SIDE, self.vertices[first][1]];
        }
    }

    /// Vertices below one that stand right of it, in steps.
    fn depth_of(&self, vertex: usize, above: &[usize]) -> usize {
        let mut known = above.to_vec();
        known.push(vertex);
        let below = self.beside[vertex].iter().filter_map(|node| match node {
            Node::Vertex(k) if !known.contains(k) => Some(1 + self.depth_of(*k, &known)),
            _ => None,
        });
        below.max().unwrap_or(0)
    }

    /// Smallest leg behind a node.
    fn least_leg(&self, node: Node, came: &[usize]) -> usize {
        match node {
            Node::Leg(leg) => leg,
            Node::Vertex(k) => {
                let mut known = came.to_vec();
                known.push(k);
                let rest = self.beside[k].iter().filter(|n| match n {
                    Node::Vertex(v) => !known.contains(v),
                    Node::Leg(leg) => *leg >= self.n_in,
                });
                rest.map(|n| self.least_leg(*n, &known))
                    .min()
                    .unwrap_or(usize::MAX)
            }
        }
    }

    /// Places what grows from a vertex to the right, and tells its middle row.
    fn grow(&mut self, vertex: usize, above: &[usize], depth: usize) -> Option<f64> {
        let mut known = above.to_vec();
        known.push(vertex);
        let mut next: Vec<Node> = (self.beside[vertex].iter().copied())
            .filter(|node| match node {
                Node::Vertex(k) => !known.contains(k),
                Node::Leg(leg) => *leg >= self.n_in,
            })
            .collect();
        next.sort_by_key(|node| self.least_leg(*node, &known));
        let right = self.right;
        let mut rows = Vec::new();
        for node in next {
            match node {
                Node::Leg(leg) => {
                    self.legs[leg] = [right, self.next_row];
                    rows.push(self.next_row);
                    self.next_row += ROW;
                }
                Node::Vertex(k) => {
                    let row = self.grow(k, &known, depth + 1);
                    let row = row.unwrap_or(self.next_row);
                    let step = (right - FIRST) / (self.depth + 1) as f64;
                    self.vertices[k] = [FIRST + step * (depth + 1) as f64, row];
                    rows.push(row);
                }
            }
        }
        let (first, last) = (rows.first()?, rows.last()?);
        Some(0.5 * (first + last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two straight lines cross, ends that they share aside.
    fn cross(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> bool {
        let side = |p: [[f64; 2]; 2], q: [f64; 2]| {
            (p[1][0] - p[0][0]) * (q[1] - p[0][1]) - (p[1][1] - p[0][1]) * (q[0] - p[0][0])
        };
        let strictly = |x: f64, y: f64| x * y < -1e-6;
        strictly(side(a, b[0]), side(a, b[1])) && strictly(side(b, a[0]), side(b, a[1]))
    }

    fn place(layout: &Layout, node: Node) -> [f64; 2] {
        match node {
            Node::Leg(k) => layout.legs[k],
            Node::Vertex(k) => layout.vertices[k],
        }
    }

    /// All sets of propagators of trees with vertices of three, legs 0 to `n - 2` inside.
    fn cubic(legs: &[u32]) -> Vec<Vec<u32>> {
        if let [_] = legs {
            return vec![vec![]];
        }
        let mut found = Vec::new();
        let all: u32 = legs.iter().sum();
        // The part with the first leg, each division once.
        for choice in 0..(1_u32 << (legs.len() - 1)) - 1 {
            let in_first = |k: usize| k == 0 || choice >> (k - 1) & 1 == 1;
            let part = |wanted: bool| -> Vec<u32> {
                let chosen = (0..legs.len()).filter(|&k| in_first(k) == wanted);
                chosen.map(|k| legs[k]).collect()
            };
            for a in cubic(&part(true)) {
                for b in cubic(&part(false)) {
                    let mut both = [a.clone(), b].concat();
                    both.extend((legs.len() > 1).then_some(all));
                    found.push(both);
                }
            }
        }
        found
    }

    #[test]
    fn no_line_crosses_another_in_any_tree() {
        for (n_in, n_ext) in [(2, 4), (2, 5), (2, 6), (1, 4), (1, 5)] {
            let legs: Vec<u32> = (0..n_ext - 1).map(|k| 1 << k).collect();
            let top: u32 = legs.iter().sum();
            let trees = cubic(&legs);
            assert_eq!(trees.len(), [3, 15, 105][n_ext - 4]);
            for mut propagators in trees {
                // The leg at the root is no propagator.
                propagators.retain(|p| *p != top);
                let layout = Layout::new(n_in, n_ext, &propagators);
                let lines: Vec<[[f64; 2]; 2]> = (layout.edges.iter())
                    .map(|e| [place(&layout, e.from), place(&layout, e.to)])
                    .collect();
                for (k, a) in lines.iter().enumerate() {
                    assert!(
                        (a[0][0] - a[1][0]).hypot(a[0][1] - a[1][1]) > 8.0,
                        "{propagators:?}"
                    );
                    for b in &lines[k + 1..] {
                        assert!(!cross(*a, *b), "{propagators:?}: {a:?} {b:?}");
                    }
                }
                for leg in 0..n_ext {
                    let x = layout.legs[leg][0];
                    assert_eq!(x < FIRST, leg < n_in);
                }
            }
        }
    }
}
