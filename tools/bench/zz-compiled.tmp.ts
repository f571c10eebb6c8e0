import * as tf from '@tensorflow/tfjs';
import { key, useBackend, split, treeDispose } from '@ebim/runtime';
import { compile, scan } from '@ebim/compiler';
import { cholesky, langevin, newton, runSteps } from '@ebim/samplers';
import { mlp } from '@ebim/nn';
import { adam } from '@ebim/training';
import { energyModel } from '@ebim/ebm';
import { constrainedEbm } from '@ebim/implicit';
import {
  batchSize,
  bounds,
  manifoldTrainerOfFig1,
  normOfConstraint,
  pointsOnCircle,
  trainedManifold,
} from './suites/fig1.js';
import { traceFunction } from '../../packages/compiler/src/trace/trace-function.js';
import { optimize } from '../../packages/compiler/src/passes/optimize.js';
import { buildProgram } from '../../packages/compiler/src/program/program.js';
const which = process.argv[2] ?? 'langevin';
const verbose = process.argv[3] === 'v';
function time(f: () => void, n: number): number {
  for (let i = 0; i < n; i++) f();
  const ts: number[] = [];
  for (let r = 0; r < 7; r++) {
    const t = performance.now();
    for (let i = 0; i < n; i++) f();
    ts.push(((performance.now() - t) / n) * 1e3);
  }
  return ts.sort((a, b) => a - b)[0];
}
async function main() {
  await useBackend('cpu');
  const { model, trainer } = manifoldTrainerOfFig1();
  const params = model.init(key(1));
  let f: (...a: never[]) => unknown;
  let args: unknown[];
  if (which === 'langevin') {
    f = ((k: never, p: never, x: tf.Tensor) => {
      const energy = normOfConstraint(model.constraint(p));
      const kernel = langevin(energy, { noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 });
      return runSteps(kernel, k, { position: x }, 20);
    }) as never;
    args = [key(3), params, pointsOnCircle(batchSize)];
  } else if (which === 'mdf') {
    f = ((k: never, s: never, b: never) => trainer.step(k, s, b)) as never;
    args = [key(3), trainer.init(key(1)), pointsOnCircle(batchSize)];
  } else {
    const { constraint } = trainedManifold();
    const batch = pointsOnCircle(batchSize);
    const t2 = constrainedEbm({
      constraint,
      model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [32, 32] })),
      optimizer: adam({ learningRate: 0.01 }),
      starts: batch,
      bounds,
      bufferCapacity: 10_000,
      magnitudeWeight: 0.1,
      sampler: {
        steps: 10,
        noiseScale: 0.3,
        stepSize: 1,
        gradClamp: 0.1,
        tangentProjection: cholesky(),
        constraintSolver: newton(),
      },
    });
    f = ((k: never, s: never, b: never) => t2.step(k, s, b)) as never;
    args = [key(3), t2.init(key(1)), batch];
  }
  const t0 = performance.now();
  const traced = traceFunction(f, args as never);
  const t1 = performance.now();
  const graph = optimize(traced.graph);
  const t2 = performance.now();
  const program = buildProgram(graph);
  const t3 = performance.now();
  const inputs = graph.inputs.map((id) => {
    const { shape, dtype } = graph.values.get(id)!;
    const n = shape.reduce((a, b) => a * b, 1);
    return dtype === 'float32'
      ? Float32Array.from({ length: n }, (_, i) => Math.sin(i) * 0.5)
      : new Int32Array(n);
  });
  console.log(
    which,
    'trace',
    (t1 - t0).toFixed(1),
    'opt',
    (t2 - t1).toFixed(1),
    'build',
    (t3 - t2).toFixed(1),
    'ms; nodes',
    graph.nodes.length,
    'steps',
    program.steps.length,
    'bytes',
    program.bytes,
    'module',
    program.moduleBytes,
    'islands',
    program.islands.join(),
  );
  if (verbose) console.log(program.steps.join('\n'));
  if (process.argv[4] !== undefined || true) {
    const { interpret } = await import('../../packages/compiler/src/program/interpret.js');
    const w = interpret(
      graph,
      inputs.map((x) => x.slice()),
    );
    const g = program.run(inputs);
    let worst = 0;
    w.forEach((a, i) =>
      a.forEach((x, j) => {
        const d = Math.abs(x - g[i][j]) / (1 + Math.abs(x));
        if (!(d <= worst) && !Object.is(x, g[i][j])) worst = d;
      }),
    );
    console.log('program vs interpreter', worst);
  }
  const us = time(() => program.run(inputs), which === 'langevin' ? 500 : 100);
  console.log(
    'program.run us',
    us.toFixed(1),
    which === 'langevin' ? `per step ${(us / 20).toFixed(2)}` : '',
  );
  const c = compile(f as never) as (...a: unknown[]) => never;
  const want = f(...(args as never[])) as never;
  const got = c(...args);
  const flat = (t: unknown): tf.Tensor[] =>
    t instanceof tf.Tensor
      ? [t]
      : t && typeof t === 'object'
        ? Object.keys(t)
            .sort()
            .flatMap((k) => flat((t as never)[k]))
        : [];
  let worst = 0;
  flat(want).forEach((w, i) => {
    const a = w.dataSync(),
      b = flat(got)[i].dataSync();
    for (let j = 0; j < a.length; j++) worst = Math.max(worst, Math.abs(a[j] - b[j]) / (1 + Math.abs(a[j])));
  });
  flat(want).forEach((w, i) => {
    const a = w.dataSync(),
      b = flat(got)[i].dataSync();
    let na = 0,
      nb = 0;
    for (let j = 0; j < a.length; j++) {
      na += +!Number.isFinite(a[j]);
      nb += +!Number.isFinite(b[j]);
    }
    if (na || nb) console.log('not finite: output', i, w.shape, 'eager', na, 'compiled', nb);
  });
  console.log('worst difference to eager', worst);
  const us2 = time(
    () => {
      treeDispose(c(...args));
    },
    which === 'langevin' ? 500 : 100,
  );
  console.log('compiled call us', us2.toFixed(1));
  void split;
  void scan;
}
void main();
