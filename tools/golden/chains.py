"""Golden values of chain diagnostics, computed with ArviZ.

    python3 -m venv venv && venv/bin/pip install numpy arviz==0.23.4
    venv/bin/python tools/golden/chains.py > packages/metrics/src/statistics/golden-chains.json

Chains are not stored: both sides make x_t = rho x_(t-1) + u_t - 1/2 + shift * chain with MINSTD uniforms u_t,
one stream through all chains, starting at 0; `round` rounds to that many values a unit (ties).
"""

import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import arviz


def chains(count, length, rho, shift, seed, round=0):
    state = seed
    rows = []
    for c in range(count):
        row, x = [], 0.0
        for _ in range(length):
            state = (16807 * state) % 2147483647
            x = rho * x + state / 2147483647 - 0.5
            value = x + shift * c
            row.append(np.floor(value * round) / round if round else value)
        rows.append(row)
    return np.array(rows)


CASES = [
    dict(count=4, length=1000, rho=0.0, shift=0.0, seed=1),
    dict(count=4, length=1000, rho=0.9, shift=0.0, seed=2),
    dict(count=2, length=501, rho=0.5, shift=0.2, seed=3),
    dict(count=3, length=200, rho=0.3, shift=1.0, seed=4),
    dict(count=1, length=300, rho=0.7, shift=0.0, seed=5),
    dict(count=4, length=250, rho=-0.5, shift=0.0, seed=6),
    dict(count=2, length=120, rho=0.2, shift=0.0, seed=7, round=4),
]

if __name__ == "__main__":
    results = []
    for case in CASES:
        x = chains(**case)
        r_hat = float(arviz.rhat(x, method="rank")) if case["count"] > 1 else None  # ArviZ wants two chains
        results.append(
            dict(
                case,
                rHat=r_hat,
                bulk=float(arviz.ess(x, method="bulk")),
                mean=float(arviz.ess(x, method="mean")),
            )
        )
    versions = dict(arviz=arviz.__version__, numpy=np.__version__)
    json.dump(dict(generator="tools/golden/chains.py", versions=versions, cases=results), sys.stdout, indent=2)
    sys.stdout.write("\n")
