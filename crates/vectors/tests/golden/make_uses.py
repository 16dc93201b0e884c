#!/usr/bin/env python3
"""Writes uses.json: what scipy and scikit-learn make of 150 points invented here.

    python3 -m venv VENV && VENV/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    VENV/bin/python make_uses.py

rotation        R of scipy.linalg.orthogonal_procrustes from the first 100 points to `targets`
inertia         of sklearn.cluster.KMeans by number of clusters, the best of ten starts
agglomerative   labels of sklearn.cluster.AgglomerativeClustering by linkage, seven clusters
trustworthiness of sklearn.manifold.TSNE, with ten neighbours
"""
import json
import pathlib

import numpy as np
from scipy.linalg import orthogonal_procrustes
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.manifold import TSNE, trustworthiness

HERE = pathlib.Path(__file__).parent
DIM = 6


def points():
    """Around nine centres, not far enough apart to be told at once."""
    rng = np.random.default_rng(11)
    centres = rng.normal(scale=1.2, size=(9, DIM))
    return np.round(centres[np.arange(150) % 9] + rng.normal(scale=0.6, size=(150, DIM)), 3)


def main():
    rng = np.random.default_rng(12)
    rows = points()
    turned = rows[:100] @ np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    targets = np.round(turned + rng.normal(scale=0.2, size=turned.shape), 3)
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    labels = lambda linkage, metric: AgglomerativeClustering(7, metric=metric, linkage=linkage).fit_predict(units)
    plane = TSNE(perplexity=20, init="pca", random_state=0).fit_transform(rows)
    golden = {
        "rows": rows.tolist(),
        "targets": targets.tolist(),
        "rotation": orthogonal_procrustes(rows[:100], targets)[0].tolist(),
        "inertia": {k: KMeans(k, n_init=10, random_state=0, tol=0).fit(rows).inertia_ for k in (2, 9, 20, 60)},
        "agglomerative": {
            "average": labels("average", "cosine").tolist(),
            "complete": labels("complete", "cosine").tolist(),
            "ward": labels("ward", "euclidean").tolist(),
        },
        "trustworthiness": trustworthiness(rows, plane, n_neighbors=10),
    }
    (HERE / "uses.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
