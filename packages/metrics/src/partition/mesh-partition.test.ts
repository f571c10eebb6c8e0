import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import type { PointConstraint } from '../distance/constraint.js';
import { logPartitionCoarea, pointwiseEnergy } from './log-partition.js';
import { logPartitionOnMesh, type MeshQuadrature } from './mesh-partition.js';

type Energy = (...x: number[]) => number;
type Vector = readonly [number, number, number];

/** A polygon with `n` corners on the unit circle. */
function circleMesh(n: number, energy: Energy): MeshQuadrature {
  const middle = Math.cos(Math.PI / n);
  return {
    energies: Array.from({ length: n }, (_, i) => {
      const angle = (2 * Math.PI * (i + 0.3)) / n;
      return energy(middle * Math.cos(angle), middle * Math.sin(angle));
    }),
    elements: new Array<number>(n).fill(2 * Math.sin(Math.PI / n)),
  };
}

/** A lattice of triangles with corners on a surface. */
function surfaceMesh(at: (u: number, v: number) => Vector, n: number, energy: Energy): MeshQuadrature {
  const energies: number[] = [];
  const elements: number[] = [];
  const add = (...corners: Vector[]) => {
    const [a, b, c] = corners;
    const [u, v] = [b, c].map((p) => p.map((x, d) => x - a[d]));
    const area =
      Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
    energies.push(energy(...[0, 1, 2].map((d) => (a[d] + b[d] + c[d]) / 3)));
    elements.push(area);
  };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < 2 * n; j++) {
      const [a, b, c, d] = [
        [i, j],
        [i + 1, j],
        [i, j + 1],
        [i + 1, j + 1],
      ].map(([p, q]) => at(p / n, q / (2 * n)));
      add(a, b, c);
      add(b, d, c);
    }
  return { energies, elements };
}

const onSphere = (u: number, v: number): Vector => {
  const [polar, around] = [Math.PI * u, 2 * Math.PI * v];
  return [Math.sin(polar) * Math.cos(around), Math.sin(polar) * Math.sin(around), Math.cos(polar)];
};
const onTorus = (u: number, v: number): Vector => {
  const [tube, around] = [2 * Math.PI * u, 2 * Math.PI * v];
  const out = 3 + Math.cos(tube);
  return [out * Math.cos(around), out * Math.sin(around), Math.sin(tube)];
};

const sphere: PointConstraint = (x) => ({
  value: Float64Array.of(x.reduce((sum, c) => sum + c * c, -1) / 2),
  jacobian: x.slice(),
});
const torus: PointConstraint = ([x, y, z]) => {
  const out = Math.hypot(x, y);
  return {
    value: Float64Array.of(((out - 3) ** 2 + z * z - 1) / 2),
    jacobian: Float64Array.of(((out - 3) * x) / out, ((out - 3) * y) / out, z),
  };
};

/** I0(3), and the logarithms of the integrals of von Mises, von Mises-Fisher and a density of the tube angle. */
const I0_OF_3 = 4.880792585865024;
const vonMises = (x: number) => -3 * x;
/** exp(-E) = 1 + z^2 / 2 on the torus: z = sin(tube), so log(4 pi^2 R (1 + 1/4)). */
const tubeEnergy = (_x: number, _y: number, z: number) => -Math.log1p((z * z) / 2);

const manifolds = [
  {
    name: 'von Mises on the circle',
    exact: Math.log(2 * Math.PI * I0_OF_3),
    mesh: (n: number) => circleMesh(n, vonMises),
    fine: 120,
    constraint: sphere,
    energy: ([x]: Float64Array) => vonMises(x),
    half: [1.5, 1.5],
  },
  {
    name: 'von Mises-Fisher on the sphere',
    exact: Math.log((4 * Math.PI * Math.sinh(3)) / 3),
    mesh: (n: number) => surfaceMesh(onSphere, n, vonMises),
    fine: 40,
    constraint: sphere,
    energy: ([x]: Float64Array) => vonMises(x),
    half: [1.4, 1.4, 1.4],
  },
  {
    name: 'a density of the tube angle on the torus',
    exact: Math.log(4 * Math.PI ** 2 * 3 * 1.25),
    mesh: (n: number) => surfaceMesh(onTorus, n, tubeEnergy),
    fine: 40,
    constraint: torus,
    energy: (x: Float64Array) => tubeEnergy(x[0], x[1], x[2]),
    half: [4.3, 4.3, 1.3],
  },
];

describe.each(manifolds)('log Z of $name', ({ exact, mesh, fine, constraint, energy, half }) => {
  it('by mesh: within its error of the exact value, of fourth order once extrapolated', () => {
    const plain = logPartitionOnMesh(mesh(fine));
    const { value, error, extrapolated } = logPartitionOnMesh(mesh(fine), { coarse: mesh(fine / 2) });
    expect(extrapolated).toBe(true);
    expect(Math.abs(plain.value - exact)).toBeLessThan(1.5 * (error ?? 0));
    expect(Math.abs(plain.value - exact)).toBeGreaterThan(0.6 * (error ?? 0));
    expect(Math.abs(value - exact)).toBeLessThan(0.1 * (error ?? 0));
    expect(error).toBeLessThan(0.01);
  });

  it('by co-area: within four standard errors', async () => {
    const box = { lower: half.map((h) => -h), upper: half };
    const options = { key: key(5), samples: 200_000 };
    const { value, standardError } = await logPartitionCoarea(
      constraint,
      pointwiseEnergy(energy),
      box,
      options,
    );
    expect(Math.abs(value - exact)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(0.04);
  });
});

describe('logPartitionOnMesh', () => {
  it('does not overflow, and shifts with the energy', () => {
    const shifted = (by: number) => logPartitionOnMesh(circleMesh(50, (x) => vonMises(x) + by)).value;
    expect(shifted(-2000)).toBeCloseTo(shifted(0) + 2000, 9);
    expect(shifted(2000)).toBeCloseTo(shifted(0) - 2000, 9);
  });

  it('does not extrapolate from meshes that tell different things', () => {
    const coarse = circleMesh(3, (x) => -60 * x);
    const { value, error, extrapolated } = logPartitionOnMesh(
      circleMesh(200, (x) => -60 * x),
      { coarse },
    );
    expect(extrapolated).toBe(false);
    expect(value).toBe(logPartitionOnMesh(circleMesh(200, (x) => -60 * x)).value);
    expect(error).toBeGreaterThan(0.2);
  });

  it('knows how much wider the cells of the coarse mesh are', () => {
    const exact = Math.log(2 * Math.PI);
    const flat = (n: number) => circleMesh(n, () => 0);
    const third = logPartitionOnMesh(flat(60), { coarse: flat(20), refinement: 3 }).value;
    expect(Math.abs(third - exact)).toBeLessThan(1e-5);
    const wrong = logPartitionOnMesh(flat(60), { coarse: flat(20) }).value;
    expect(Math.abs(wrong - exact)).toBeGreaterThan(1e-4);
  });

  it('refuses what does not fit', () => {
    const energies = [0, 0];
    expect(() => logPartitionOnMesh({ energies, elements: [1] })).toThrow(/one energy/);
    expect(() => logPartitionOnMesh({ energies, elements: [1, -1] })).toThrow(/at least 0/);
    expect(() => logPartitionOnMesh({ energies: [], elements: [] })).toThrow(/one term/);
    expect(() => logPartitionOnMesh({ energies: [0, NaN], elements: [1, 1] })).toThrow();
    expect(() => logPartitionOnMesh({ energies, elements: [1, 1] }, { refinement: 1 })).toThrow(/above 1/);
  });
});
