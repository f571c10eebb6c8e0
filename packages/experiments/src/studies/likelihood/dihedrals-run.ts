import type { StudyContext, StudyResult } from '../study.js';
import { runBenchmark, type BenchmarkSet } from './run.js';

const set = (name: string): BenchmarkSet => ({
  name,
  settings: {
    frequencies: [0.7, 2, 6],
    nodeScales: [0.05, 0.2, 0.8],
    kernelScales: [0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3],
    nodes: 40_000,
    steps: 900,
    batchSize: 256,
  },
  rows: 12_000,
  published: [{ label: 'uniform', value: '3.676' }],
});

/** Runs the benchmark on the torus. */
export const runDihedrals = (context: StudyContext): Promise<StudyResult> =>
  runBenchmark(
    {
      surface: 'torus',
      experiment: 'glycine',
      sets: ['top500-general', 'top500-glycine', 'top500-proline', 'top500-pre-proline'].map(set),
      far: 0.1,
      // Area of a unit of angles on the torus with R = 3, r = 1: the distance to the axis.
      logJacobian: (x) => Math.log(Math.hypot(x[0], x[1])),
      notes: [
        'Angles on the torus with R = 3, r = 1; a density per area times the distance to the axis is one per flat angles, in which uniform scores log 4 pi^2 = 3.676.',
        'Published likelihoods are of another table of the same proteins and so comparable in kind only. Angles are rounded to 0.01 and not jittered. At most 12 000 rows of a set are used, drawn at random.',
        '(b) is restated per angles as if the learned surface had the area element of the torus; it is learned with the settings of the corrected profile, whatever the profile of the study.',
      ],
    },
    context,
  );
