//! Clusters, rotations and planes beside those of scipy and scikit-learn; `golden/make_uses.py` says how.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use sememe_kernels::{Kernels, Matrix, Silent};
use sememe_vectors::align::Rotation;
use sememe_vectors::clusters::{KMeans, KMeansSettings, Linkage, agglomerate};
use sememe_vectors::tsne::{Tsne, TsneSettings};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
struct Golden {
    rows: Vec<Vec<f32>>,
    targets: Vec<Vec<f32>>,
    rotation: Vec<Vec<f64>>,
    inertia: HashMap<String, f64>,
    agglomerative: HashMap<Linkage, Vec<u32>>,
    trustworthiness: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/uses.json")).unwrap()
}

fn matrix(rows: &[Vec<f32>]) -> Matrix {
    Matrix::from_vec(rows.len(), rows[0].len(), rows.concat()).unwrap()
}

#[test]
fn the_rotation_is_scipys() {
    let golden = golden();
    let from = matrix(&golden.rows[..golden.targets.len()]);
    let rotation = Rotation::between(&from, &matrix(&golden.targets)).unwrap();
    let off = rotation.to_rows().into_iter().zip(golden.rotation.concat()).map(|(x, y)| (x - y).abs());
    assert!(off.fold(0.0, f64::max) < 1e-6);
}

#[test]
fn inertia_is_not_above_scikit_learns() {
    let golden = golden();
    for (k, want) in &golden.inertia {
        let n_clusters = k.parse().unwrap();
        let settings = KMeansSettings { n_clusters, restarts: 10, ..KMeansSettings::default() };
        let kmeans = KMeans::new(settings).unwrap();
        let found = kmeans.run(&matrix(&golden.rows), Kernels::detect(), &mut Silent).unwrap();
        assert!(found.inertia <= want * 1.005, "{k} clusters: {} instead of {want}", found.inertia);
    }
}

/// Which rows are together, whatever the clusters are called.
fn partition(labels: &[u32]) -> HashSet<Vec<usize>> {
    let mut clusters: HashMap<u32, Vec<usize>> = HashMap::new();
    labels.iter().enumerate().for_each(|(row, &label)| clusters.entry(label).or_default().push(row));
    clusters.into_values().collect()
}

#[test]
fn merged_clusters_are_scikit_learns() {
    let golden = golden();
    assert_eq!(golden.agglomerative.len(), 3);
    for (linkage, want) in golden.agglomerative {
        let found = agglomerate(&matrix(&golden.rows), 7, linkage, Kernels::detect()).unwrap();
        assert_eq!(partition(&found), partition(&want), "{linkage:?}");
    }
}

/// 1 − 2 / (n·k·(2n − 3k − 1)) · Σ (rank − k) over the pairs that are among the k nearest in the plane only, where the
/// rank is that in space (Venna and Kaski 2001).
fn trustworthiness(rows: &Matrix, plane: &Matrix, k: usize) -> f64 {
    let order = |matrix: &Matrix, i: usize| {
        let distance = |j: &usize| -> f64 {
            let pairs = matrix.row(i).iter().zip(matrix.row(*j));
            pairs.map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum()
        };
        let mut others: Vec<usize> = (0..matrix.n_rows()).filter(|&j| j != i).collect();
        others.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        others
    };
    let n = rows.n_rows();
    let mut sum = 0;
    for i in 0..n {
        let ranks = order(rows, i);
        for j in &order(plane, i)[..k] {
            let rank = 1 + ranks.iter().position(|other| other == j).unwrap();
            sum += rank.saturating_sub(k);
        }
    }
    1.0 - 2.0 * sum as f64 / (n * k * (2 * n - 3 * k - 1)) as f64
}

#[test]
fn the_plane_is_as_trustworthy_as_scikit_learns() {
    let (golden, rows) = (golden(), matrix(&golden().rows));
    let tsne = Tsne::new(TsneSettings { perplexity: 20.0, ..TsneSettings::default() }).unwrap();
    let plane = tsne.run(&rows, Kernels::detect(), &mut Silent).unwrap();
    let found = trustworthiness(&rows, &plane, 10);
    assert!(found >= golden.trustworthiness - 0.005, "{found} beside {}", golden.trustworthiness);
}
