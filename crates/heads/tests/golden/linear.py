#!/usr/bin/env python3
"""Writes linear.json beside it: what scikit-learn 1.9.1 learns from small invented rows.

    python3 -m venv V && V/bin/pip install scikit-learn==1.9.1
    V/bin/python linear.py

A case has its rows (the first `n_train` are trained on) as lists of [column, value], their targets, the
settings, and what was learnt: `weights` [n_outputs][n_cols], `bias` [n_outputs], `objective` and `predictions` for
all rows.
"""
import json
import os

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_class_weight

N_TRAIN, N_ROWS = 60, 80


def rows_of(n_classes, n_cols, density, seed):
    """Rows whose class moves some columns up; the classes have falling numbers of rows."""
    rng = np.random.default_rng(seed)
    targets = np.minimum(rng.geometric(0.35, N_ROWS) - 1, n_classes - 1)
    targets[:n_classes] = np.arange(n_classes)
    x = rng.uniform(-1, 1, (N_ROWS, n_cols)) * (rng.uniform(size=(N_ROWS, n_cols)) < density)
    x[np.arange(N_ROWS), targets % n_cols] += rng.uniform(0, 1.2, N_ROWS)
    return np.round(x, 3).astype(np.float32), targets


def costs(y, cost, balanced, n_classes):
    weights = compute_class_weight("balanced", classes=np.arange(n_classes), y=y) if balanced else np.ones(n_classes)
    return cost * weights


def svm(x, y, cost, balanced, n_classes):
    m = LinearSVC(C=cost, dual=True, tol=1e-8, max_iter=1_000_000, random_state=0,
                  class_weight="balanced" if balanced else None).fit(csr_matrix(x.astype(np.float64)), y)
    c, objective = costs(y, cost, balanced, n_classes), 0.0
    for k, (w, b) in enumerate(zip(m.coef_, m.intercept_)):
        positive = 1 if n_classes == 2 else k
        rest = c[0] if n_classes == 2 else cost
        sign = np.where(y == positive, 1.0, -1.0)
        hinge = np.maximum(0, 1 - sign * (x @ w + b)) ** 2
        objective += 0.5 * (w @ w + b * b) + (np.where(y == positive, c[positive], rest) * hinge).sum()
    return m, objective


def logistic(x, y, cost, balanced, n_classes):
    m = LogisticRegression(C=cost, tol=1e-9, max_iter=100_000,
                           class_weight="balanced" if balanced else None).fit(csr_matrix(x.astype(np.float64)), y)
    loss = -np.log(m.predict_proba(x.astype(np.float64))[np.arange(len(y)), y])
    return m, 0.5 * (m.coef_**2).sum() + (costs(y, cost, balanced, n_classes)[y] * loss).sum()


def case(kind, n_classes, n_cols, density, cost, balanced, seed):
    x, y = rows_of(n_classes, n_cols, density, seed)
    fit = svm if kind == "svm" else logistic
    m, objective = fit(x[:N_TRAIN], y[:N_TRAIN], cost, balanced, n_classes)
    entries = [[[int(j), float(f"{row[j]:.3f}")] for j in np.flatnonzero(row)] for row in x]
    return dict(kind=kind, n_classes=n_classes, n_cols=n_cols, n_train=N_TRAIN, cost=cost,
                class_weights="balanced" if balanced else "uniform", rows=entries, targets=y.tolist(),
                weights=np.round(m.coef_, 6).tolist(), bias=np.round(m.intercept_, 6).tolist(),
                objective=float(objective), predictions=m.predict(x.astype(np.float64)).tolist())


def main():
    shapes = [(2, 8, 0.5), (3, 12, 0.4), (5, 30, 0.1)]
    cases = [case(kind, *shape, cost, balanced, 10 + n)
             for n, shape in enumerate(shapes)
             for kind in ("svm", "logistic")
             for cost, balanced in ((1.0, False), (0.1, True), (10.0, False))]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "linear.json")
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
