"""Golden solutions of the reference conjugate gradients for packages/autodiff/src/solvers/conjugate-gradient.golden.ts.

    python tools/golden/conjugate_gradient.py > packages/autodiff/src/solvers/conjugate-gradient.golden.ts

An independent float64 implementation, one row at a time but for the stopping rule, of what the library behind the
authors' implementation does: b scaled to norm 1 (norms below 1e-10 taken as 1), coefficients with a denominator below
1e-10 set to 0, rows with a residual below 1e-10 frozen, stop from the eleventh iteration on when the mean residual is
below 1, at most 1000 iterations.
"""

import json
import math

EPS = 1e-10


def dot(a, b):
    return math.fsum(u * v for u, v in zip(a, b))


# Second differences plus a growing diagonal, times a factor for each row.
def apply(v, factor):
    k = len(v)
    return [
        factor * ((2 + 0.3 * i) * v[i] - (v[i - 1] if i > 0 else 0) - (v[i + 1] if i + 1 < k else 0)) for i in range(k)
    ]


def solve(b, factors, tolerance=1.0, start_checking=10, cap=1000):
    rows = []
    for row in b:
        norm = math.sqrt(dot(row, row))
        norm = 1.0 if norm < EPS else norm
        r = [v / norm for v in row]
        rows.append(dict(norm=norm, x=[0.0] * len(r), r=r, p=r, rr=dot(r, r), frozen=math.sqrt(dot(r, r)) < EPS))
    iterations = 0
    if not all(row["frozen"] for row in rows):
        for index in range(cap):
            for row, factor in zip(rows, factors):
                image = apply(row["p"], factor)
                curvature = dot(row["p"], image)
                alpha = 0.0 if curvature < EPS or row["frozen"] else row["rr"] / curvature
                row["r"] = [u - alpha * v for u, v in zip(row["r"], image)]
                row["x"] = [u + alpha * v for u, v in zip(row["x"], row["p"])]
                rr = dot(row["r"], row["r"])
                beta = 0.0 if row["rr"] < EPS else rr / row["rr"]
                row["rr"] = rr
                row["p"] = [u + beta * v for u, v in zip(row["r"], row["p"])]
                row["frozen"] = math.sqrt(rr) < EPS
            iterations = index + 1
            mean = sum(math.sqrt(row["rr"]) for row in rows) / len(rows)
            if index >= start_checking and mean < tolerance:
                break
    x = [[row["norm"] * v for v in row["x"]] for row in rows]
    return dict(x=x, residual=[math.sqrt(row["rr"]) for row in rows], iterations=iterations)


def case(k, factors, scales, **options):
    b = [[scale * math.sin(1 + 3 * i + 7 * j) for i in range(k)] for j, scale in enumerate(scales)]
    return dict(k=k, factors=factors, b=b, **options, **solve(b, factors, **options))


CASES = [
    case(3, [1.0, 2.0], [1.0, 1.0]),
    case(30, [1.0, 0.01, 50.0, 1.0], [1.0, 3.0, 1e-4, 0.0]),
    case(30, [1.0, 1e-13], [1.0, 1.0]),
    case(30, [1.0, 1.0], [1.0, 1.0], tolerance=1e-3),
]
print("/** Made by tools/golden/conjugate_gradient.py, float64. */")
print("export const CONJUGATE_GRADIENT_GOLDEN = " + json.dumps(CASES) + " as const;")
