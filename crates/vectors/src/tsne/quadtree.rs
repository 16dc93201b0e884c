//! Sums over many points, with far ones taken together.

use super::Point;

/// Cells are not split below this depth: what is left together is as good as equal.
const MAX_DEPTH: u32 = 48;

/// No cell.
const NONE: u32 = u32::MAX;

/// Points in squares, each cut into four until it holds one point (Barnes and Hut 1986).
pub(super) struct QuadTree {
    cells: Vec<Cell>,
}

struct Cell {
    /// Sum of the points, and after building their mean.
    centre: Point,
    /// The point that came first, which all others of a cell without children are equal to.
    first: Point,
    n_points: u32,
    /// The side, squared.
    square: f64,
    /// Left and right below, left and right above.
    children: [u32; 4],
}

/// What all points do to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Repulsion {
    /// Σ w over all points, also the one itself.
    pub(super) weight: f64,
    /// Σ w²·(y − yⱼ).
    pub(super) force: Point,
}

/// A square in the plane.
#[derive(Clone, Copy)]
struct Square {
    middle: Point,
    side: f64,
}

impl Square {
    fn around(points: &[Point]) -> Self {
        let ends = |d: usize| {
            let values = points.iter().map(move |point| point[d]);
            (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
        };
        let [(left, right), (below, above)] = [ends(0), ends(1)];
        let side = (right - left).max(above - below).max(f64::MIN_POSITIVE);
        Self { middle: [0.5 * (left + right), 0.5 * (below + above)], side }
    }

    /// The quarter in which a point lies, and its number.
    fn quarter(self, point: Point) -> (usize, Self) {
        let high = [point[0] > self.middle[0], point[1] > self.middle[1]];
        let shift = high.map(|high| if high { 0.25 * self.side } else { -0.25 * self.side });
        let middle = [self.middle[0] + shift[0], self.middle[1] + shift[1]];
        (usize::from(high[0]) + 2 * usize::from(high[1]), Self { middle, side: 0.5 * self.side })
    }
}

impl QuadTree {
    /// A tree of all points, which must be finite.
    pub(super) fn new(points: &[Point]) -> Self {
        let mut tree = Self { cells: Vec::with_capacity(2 * points.len()) };
        if points.is_empty() {
            return tree;
        }
        let whole = Square::around(points);
        tree.cells.push(Cell::new(whole));
        points.iter().for_each(|&point| tree.insert(point, whole));
        for cell in &mut tree.cells {
            cell.centre = cell.centre.map(|sum| sum / f64::from(cell.n_points));
        }
        tree
    }

    fn insert(&mut self, point: Point, mut square: Square) {
        let mut at = 0;
        for _ in 0..MAX_DEPTH {
            let cell = &mut self.cells[at];
            let (first, n_points, whole) = (cell.first, cell.n_points, cell.is_leaf());
            cell.add(point, 1);
            if whole && (n_points == 0 || first == point) {
                return;
            }
            if whole {
                let (number, quarter) = square.quarter(first);
                let child = self.child(at, number, quarter);
                self.cells[child].add(first, n_points);
            }
            let (number, quarter) = square.quarter(point);
            (at, square) = (self.child(at, number, quarter), quarter);
        }
        self.cells[at].add(point, 1);
    }

    /// The cell of a quarter.
    fn child(&mut self, at: usize, number: usize, quarter: Square) -> usize {
        if self.cells[at].children[number] == NONE {
            self.cells[at].children[number] = self.cells.len() as u32;
            self.cells.push(Cell::new(quarter));
        }
        self.cells[at].children[number] as usize
    }

    /// What all points together do to a point, with cells as points that are narrower than `theta` times their
    /// distance. A point in the tree also meets itself.
    pub(super) fn repulsion(&self, point: Point, theta: f64) -> Repulsion {
        let mut sum = Repulsion::default();
        let mut open = [0u32; 4 * MAX_DEPTH as usize];
        let mut n_open = usize::from(!self.cells.is_empty());
        while n_open > 0 {
            n_open -= 1;
            let cell = &self.cells[open[n_open] as usize];
            let (dx, dy) = (point[0] - cell.centre[0], point[1] - cell.centre[1]);
            let square = dx * dx + dy * dy;
            if cell.is_leaf() || cell.square < theta * theta * square {
                let weight = 1.0 / (1.0 + square);
                let all = f64::from(cell.n_points) * weight;
                sum.weight += all;
                sum.force[0] += all * weight * dx;
                sum.force[1] += all * weight * dy;
                continue;
            }
            for &child in cell.children.iter().filter(|&&child| child != NONE) {
                open[n_open] = child;
                n_open += 1;
            }
        }
        sum
    }
}

impl Cell {
    fn new(square: Square) -> Self {
        let square = square.side * square.side;
        Self { centre: [0.0; 2], first: [0.0; 2], n_points: 0, square, children: [NONE; 4] }
    }

    fn is_leaf(&self) -> bool {
        self.children == [NONE; 4]
    }

    /// Adds `times` equal points.
    fn add(&mut self, point: Point, times: u32) {
        if self.n_points == 0 {
            self.first = point;
        }
        self.n_points += times;
        let times = f64::from(times);
        self.centre = [self.centre[0] + times * point[0], self.centre[1] + times * point[1]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Rng;

    fn points(n: usize) -> Vec<Point> {
        let mut rng = Rng::new(4, 0);
        let mut points: Vec<Point> = (0..n).map(|_| [rng.unit_f64() * 9.0, rng.unit_f64()]).collect();
        for i in (0..n).step_by(5) {
            points[i] = points[i / 2];
        }
        points
    }

    fn by_definition(points: &[Point], point: Point) -> Repulsion {
        let mut sum = Repulsion::default();
        for other in points {
            let (dx, dy) = (point[0] - other[0], point[1] - other[1]);
            let weight = 1.0 / (1.0 + dx * dx + dy * dy);
            sum.weight += weight;
            sum.force = [sum.force[0] + weight * weight * dx, sum.force[1] + weight * weight * dy];
        }
        sum
    }

    #[test]
    fn without_cells_as_points_sums_are_exact() {
        for n in [1, 2, 3, 200] {
            let points = points(n);
            let tree = QuadTree::new(&points);
            for &point in &points {
                let (got, want) = (tree.repulsion(point, 0.0), by_definition(&points, point));
                assert!((got.weight - want.weight).abs() < 1e-9, "{got:?}, not {want:?}");
                assert!((0..2).all(|d| (got.force[d] - want.force[d]).abs() < 1e-9), "{got:?}, not {want:?}");
            }
        }
    }

    #[test]
    fn cells_as_points_are_close() {
        let points = points(500);
        let tree = QuadTree::new(&points);
        for &point in &points {
            let (got, want) = (tree.repulsion(point, 0.5), by_definition(&points, point));
            assert!((got.weight - want.weight).abs() < 0.02 * want.weight, "{got:?}, not {want:?}");
        }
    }

    #[test]
    fn equal_points_and_points_too_close_to_part_share_a_cell() {
        let close = vec![[0.0, 0.0], [1e-30, 0.0], [1.0, 1.0], [1.0, 1.0], [0.0, 1e-30], [0.0, 0.0]];
        let tree = QuadTree::new(&close);
        let got = tree.repulsion([0.0, 0.0], 0.0);
        assert!((got.weight - (4.0 + 2.0 / 3.0)).abs() < 1e-12, "{got:?}");
        assert_eq!(QuadTree::new(&[]).repulsion([0.0, 0.0], 0.5), Repulsion::default());
    }
}
