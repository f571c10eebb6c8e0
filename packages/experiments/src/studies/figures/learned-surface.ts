import { gnBuSurface, type SceneObject } from '@ebim/plots';
import { treeDispose } from '@ebim/runtime';
import { hostFunction } from '../../evaluation/host-function.js';
import { learnedLevelSet } from '../../evaluation/level-set.js';
import { bindParameters, modelsOf } from '../../pipeline/models.js';
import { densityRange } from '../../report/density-values.js';
import type { StudyRun } from '../study.js';

/**
 * The learned zero set of a run in space, coloured by exp(-E / T) relative to its largest value, from none to its 99th
 * percentile. Its data in grey, where there is no zero set.
 *
 * @param resolution grid lines an axis
 */
export async function learnedSurface(run: StudyRun, resolution?: number): Promise<SceneObject[]> {
  const { plan, loadStages } = run;
  const { manifold, density } = await loadStages();
  try {
    const model = bindParameters(modelsOf(plan.config), manifold.state.params, density.state.params);
    const levelSet = await learnedLevelSet(plan.config, model.constraint, resolution);
    if (levelSet?.kind !== 'surface' || levelSet.mesh.triangles.length === 0)
      return [{ kind: 'points', points: plan.data.points, size: 2, colour: [150, 150, 150] }];
    const energy = await hostFunction(model.energy)(levelSet.vertices);
    const lowest = energy.reduce((a, b) => Math.min(a, b), Infinity);
    const values = energy.map((e) => Math.exp((lowest - e) / plan.config.evaluation.temperature));
    return [
      { kind: 'surface', mesh: levelSet.mesh, values, range: densityRange(values), colourMap: gnBuSurface },
    ];
  } finally {
    treeDispose([manifold.state, density.state]);
  }
}
