import { gnBuSurface, latticeMesh, type SceneObject } from '@ebim/plots';
import { densityLattice } from '@ebim/pushforward';
import { densityRange } from '../../report/density-values.js';
import { withPushforward, type PushforwardRun } from '../pushforward-run.js';
import type { StudyContext } from '../study.js';

/**
 * The image of the latent box of a trained pushforward model with two latent dimensions, coloured by its density
 * relative to the largest finite one, from none to its 99th percentile; `null` when training diverged.
 *
 * @param resolution codes along a side
 */
export function pushforwardSurface(
  context: StudyContext,
  name: string,
  { seed, logZ }: PushforwardRun,
  resolution: number,
): Promise<SceneObject | null> {
  return withPushforward(context, name, { seed }, async ({ model, box }) => {
    const { points, logDensity } = await densityLattice(model, { box, resolution, logZ });
    const largest = logDensity.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, b) : a), -Infinity);
    // Where the decoder is no immersion the density is infinite; such vertices get the last colour.
    const values = logDensity.map((value) => Math.exp(Math.min(value, largest) - largest));
    const mesh = latticeMesh(points, [resolution, resolution]);
    return { kind: 'surface' as const, mesh, values, range: densityRange(values), colourMap: gnBuSurface };
  });
}
