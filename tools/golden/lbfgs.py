"""Golden trajectories of torch.optim.LBFGS for packages/autodiff/src/lbfgs/*.golden.ts.

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu
    /tmp/torch/bin/python tools/golden/lbfgs.py > packages/autodiff/src/lbfgs/lbfgs.golden.ts
    /tmp/torch/bin/python tools/golden/lbfgs.py float32 > packages/autodiff/src/lbfgs/lbfgs-float32.golden.ts

Newer releases pass the remaining evaluations of the step as the limit of a line search; the search is called here
with its own default (25), as in the releases up to 2.7.
"""

import json
import sys

import torch
from torch.optim import lbfgs

DTYPE = sys.argv[1] if len(sys.argv) > 1 else "float64"
torch.set_default_dtype(getattr(torch, DTYPE))
strong_wolfe = lbfgs._strong_wolfe
lbfgs._strong_wolfe = lambda obj, x, t, d, f, g, gtd, **_: strong_wolfe(obj, x, t, d, f, g, gtd)


def rosenbrock(x):
    return torch.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def quadratic(x):
    scale = torch.arange(1, x.numel() + 1, dtype=x.dtype) ** 2
    return 0.5 * torch.sum(scale * x * x) - torch.sum(x)


# Many shallow minima on a quartic, so that the search has to bracket, zoom and give up.
def rugged(x):
    return torch.sum(0.05 * x**4 - x**2 + 0.6 * torch.sin(7 * x)) + 0.3 * x[0] * x[-1]


PROBLEMS = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0, 0.5, -0.7]),
    "quadratic": (quadratic, [3.0, -2.0, 1.0, 0.5, -4.0, 2.5]),
    "rugged": (rugged, [0.3, -3.1, 4.4]),
}


def trajectory(name, steps, **options):
    f, start = PROBLEMS[name]
    x = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.LBFGS([x], **options)
    evaluations = 0

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimiser.zero_grad()
        loss = f(x)
        loss.backward()
        return loss

    points = []
    for _ in range(steps):
        optimiser.step(closure)
        state = optimiser.state[x]
        points.append({"x": x.tolist(), "iterations": state["n_iter"], "evaluations": evaluations})
    return {"name": name, "options": options, "start": start, "points": points}


RUNS = [
    trajectory(name, steps, **options)
    for name in PROBLEMS
    for steps, options in [
        (4, dict(line_search_fn="strong_wolfe")),
        (6, dict(line_search_fn="strong_wolfe", max_iter=3, history_size=2)),
        (3, dict(line_search_fn="strong_wolfe", lr=0.01, max_iter=7)),
        # A third step amplifies a rounding error of the start by 1e10 (in torch, too): nothing to compare.
        (2, dict(lr=0.1)),
        (5, dict(lr=0.02, max_iter=6, history_size=3)),
    ]
] + [trajectory("quadratic", 2, lr=1.0), trajectory("rugged", 1, line_search_fn="strong_wolfe", lr=20.0)]

NAME = "LBFGS_GOLDEN" if DTYPE == "float64" else f"LBFGS_GOLDEN_{DTYPE.upper()}"
print(f"/** Made by tools/golden/lbfgs.py with torch {torch.__version__.split('+')[0]}, {DTYPE}. */")
print(f"export const {NAME} = " + json.dumps(RUNS, indent=1) + " as const;")
