"""Golden values of exact optimal transport, computed with POT (Python Optimal Transport).

    python3 -m venv venv && venv/bin/pip install numpy pot==0.9.7.post1
    venv/bin/python tools/golden/optimal_transport.py > packages/metrics/src/transport/golden-transport.json

Inputs are not stored: both sides make them with the same generator (MINSTD, exact in float64).
"""

import json
import sys
import time

import numpy as np
import ot


def minstd(seed):
    state = seed
    while True:
        state = (16807 * state) % 2147483647
        yield state / 2147483647


def draw(stream, count):
    return np.array([next(stream) for _ in range(count)])


def problem(rows, columns, dimension, masses, metric, seed, grid=0):
    """Masses first (a, then b), then the points of the source, then those of the target."""
    stream = minstd(seed)
    if masses == "uniform":
        a, b = np.ones(rows), np.ones(columns)
    elif masses == "random":
        a, b = draw(stream, rows), draw(stream, columns)
    elif masses == "sparse":
        a, b = draw(stream, rows), draw(stream, columns)
        a, b = np.where(a < 0.5, 0.0, a), np.where(b < 0.3, 0.0, b)
    else:  # peaked: a few places hold nearly everything
        a, b = draw(stream, rows) ** 12, draw(stream, columns) ** 12
    x = draw(stream, rows * dimension).reshape(rows, dimension)
    y = draw(stream, columns * dimension).reshape(columns, dimension)
    if grid:
        x, y = np.floor(x * grid), np.floor(y * grid)
    difference = x[:, None, :] - y[None, :, :]
    cost = (difference**2).sum(-1)
    if metric == "euclidean":
        cost = np.sqrt(cost)
    return a / a.sum(), b / b.sum(), cost


CASES = [
    dict(rows=5, columns=7, dimension=2, masses="random", metric="sqeuclidean", seed=1),
    dict(rows=40, columns=40, dimension=2, masses="uniform", metric="euclidean", seed=2),
    dict(rows=64, columns=48, dimension=3, masses="uniform", metric="sqeuclidean", seed=3),
    dict(rows=60, columns=90, dimension=2, masses="sparse", metric="euclidean", seed=4),
    dict(rows=80, columns=80, dimension=2, masses="uniform", metric="sqeuclidean", seed=5, grid=5),
    dict(rows=120, columns=100, dimension=1, masses="peaked", metric="euclidean", seed=6),
    dict(rows=300, columns=278, dimension=2, masses="random", metric="sqeuclidean", seed=7),
    dict(rows=300, columns=278, dimension=2, masses="peaked", metric="euclidean", seed=8),
    dict(rows=1, columns=30, dimension=2, masses="random", metric="euclidean", seed=9),
    dict(rows=30, columns=1, dimension=2, masses="random", metric="euclidean", seed=10),
    dict(rows=700, columns=900, dimension=3, masses="random", metric="sqeuclidean", seed=11),
]

LARGE = dict(rows=1957, columns=4875, dimension=3, masses="random", metric="sqeuclidean", seed=12)


def solve(case):
    a, b, cost = problem(**case)
    start = time.perf_counter()
    plan, log = ot.emd(a, b, cost, numItermax=10_000_000, log=True)
    seconds = time.perf_counter() - start
    assert log["warning"] is None, log["warning"]
    print(case, f"{seconds:.3f} s", file=sys.stderr)
    return dict(case, cost=float(np.sum(plan * cost)))


if __name__ == "__main__":
    cases = [solve(case) for case in CASES + ([LARGE] if "--large" in sys.argv else [])]
    versions = dict(pot=ot.__version__, numpy=np.__version__)
    json.dump(dict(generator="tools/golden/optimal_transport.py", versions=versions, cases=cases), sys.stdout, indent=2)
    sys.stdout.write("\n")
