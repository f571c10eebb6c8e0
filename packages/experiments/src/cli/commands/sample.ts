import { extname } from 'node:path';
import { writeCsv, writeNpy, type Points } from '@ebim/datasets';
import { ConfigError, foldIn, key, treeDispose } from '@ebim/runtime';
import { chainStarts } from '../../pipeline/chain-starts.js';
import { bindParameters, modelsOf } from '../../pipeline/models.js';
import { sampleDensity, type DensitySamples } from '../../pipeline/sample-density.js';
import { toAmbient, toFile } from '../../run/coordinates.js';
import { loadRun, loadStages } from '../../run/load-run.js';
import { columnNames } from '../../run/plan.js';
import { EXIT } from '../exit-codes.js';
import { interruptible } from '../interrupts.js';
import type { OutputOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { useBackendOf } from '../use-backend-of.js';

/** Options of `ebim sample`. */
export interface SampleOptions extends OutputOptions {
  readonly count: number;
  readonly out: string;
  readonly seed: number;
  readonly steps: number;
  readonly embedded?: boolean;
}

/** Folded into the key, so that starts have draws of their own. */
const STARTS = 1;

const FORMATS = ['.npy', '.csv', '.tsv'];

/** `ebim sample <run>` */
export async function sampleCommand(path: string, options: SampleOptions, out: Terminal): Promise<number> {
  const ending = extname(options.out).toLowerCase();
  if (!FORMATS.includes(ending))
    throw new ConfigError({
      code: 'bad-option',
      where: '--out',
      expected: `a file that ends in ${FORMATS.join(', ')}`,
      received: `"${options.out}"`,
    });
  const stored = await loadRun(path);
  const { config, coordinates } = stored.plan;
  await useBackendOf(stored, out);
  const stages = await loadStages(stored);
  const { manifold, density } = stages;
  const model = bindParameters(modelsOf(config), manifold.state.params, density.state.params);
  const starts = await chainStarts(model, density.state, foldIn(key(options.seed), STARTS));
  const samples = await interruptible(out, (signal) =>
    sampleDensity(model, starts, {
      count: options.count,
      key: key(options.seed),
      steps: options.steps,
      noiseScale: config.density.sampler.noiseScale,
      adjusted: config.density.negatives !== 'chains',
      bounds: config.bounds,
      signal,
      onProgress: (share) => out.status(`  sampling  ${Math.round(100 * share)} %`),
    }),
  ).finally(() => treeDispose([manifold.state, density.state, starts]));
  out.status('');
  if (samples.points.rows < options.count) {
    out.complain('Stopped; nothing was written.');
    return EXIT.interrupted;
  }
  const embedded = options.embedded === true || coordinates.embedding === 'cartesian';
  const points = embedded ? toAmbient(samples.points, coordinates) : toFile(samples.points, coordinates);
  const names =
    embedded && coordinates.embedding !== 'cartesian' ? columnNames(points.columns) : coordinates.columns;
  await write(options.out, ending, points, names);
  tell(samples, points, options.out, out);
  return EXIT.ok;
}

async function write(path: string, ending: string, points: Points, header: readonly string[]): Promise<void> {
  if (ending === '.npy') await writeNpy(path, points);
  else await writeCsv(path, points, { header, delimiter: ending === '.tsv' ? '\t' : ',' });
}

function tell({ points: _, ...facts }: DensitySamples, written: Points, path: string, out: Terminal): void {
  const { constraintViolation, converged, accepted, energy, steps } = facts;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  out.print(`${written.rows} samples of ${written.columns} numbers in ${path}`);
  out.print(`  largest |F| at a sample   ${constraintViolation.toExponential(1)}`);
  out.print(`  constraint solved         ${percent(converged)} of the steps`);
  out.print(`  steps taken               ${percent(accepted)} of ${steps} a chain`);
  out.print(
    `  mean energy               ${energy.start.toFixed(3)} first, ${energy.middle.toFixed(3)} halfway, ` +
      `${energy.end.toFixed(3)} last (equal when settled; else raise --steps)`,
  );
  out.emit({ type: 'samples', path, rows: written.rows, columns: written.columns, ...facts });
}
