import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enableFusedMultiply } from '@ebim/compiler';
import { readPoints } from '@ebim/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ebimInProcess } from '../test-support/cli-in-process.js';
import { ebim, eventsOf, TINY, type CliResult } from '../test-support/cli-process.js';

const RUN = ['run', 'von-mises', '--fast', ...TINY];
const HURT = [...RUN, '--out', 'hurt', '--json'];

let cwd = '';
/** The run that was never disturbed, in `whole`. */
let whole: CliResult;
/** A run in `hurt`: ended by SIGKILL in the first stage, resumed, ended by Ctrl-C in the second. */
let killed: CliResult;
let stopped: CliResult;

async function killThenStop(): Promise<[CliResult, CliResult]> {
  const first = await ebim(HURT, {
    cwd,
    signalAt: (event) => (event.type === 'epoch' && event.epoch === 2 ? 'SIGKILL' : undefined),
  });
  const second = await ebim([...HURT, '--resume'], {
    cwd,
    signalAt: (event) => (event.type === 'epoch' && event.stage === 'density' ? 'SIGINT' : undefined),
  });
  return [first, second];
}
const at = (...path: string[]) => join(cwd, ...path);
const read = (...path: string[]) => readFile(join(cwd, ...path), 'utf8');
const files = async (folder: string) => (await readdir(join(cwd, folder), { recursive: true })).sort();

beforeAll(async () => {
  // As the command does, so that calls within this process compute the same bits.
  await enableFusedMultiply();
  cwd = await mkdtemp(join(tmpdir(), 'ebim-cli-'));
  [whole, [killed, stopped]] = await Promise.all([
    ebim([...RUN, '--out', 'whole', '--json'], { cwd }),
    killThenStop(),
  ]);
});
afterAll(() => rm(cwd, { recursive: true }));

describe('a run', () => {
  it('leaves a folder with everything and says where the report is', async () => {
    expect(whole).toMatchObject({ code: 0, signal: null });
    expect(await files('whole')).toEqual(
      expect.arrayContaining([
        'checkpoints/density/manifest.json',
        'checkpoints/manifold/manifest.json',
        'figures/density.png',
        'figures/density.svg',
        'ground-truth.npy',
        'metrics.json',
        'metrics.jsonl',
        'points.npy',
        'report.html',
        'run.json',
      ]),
    );
    expect(whole.stderr).toMatch(/Report: whole\/report\.html/);
    expect(whole.stderr).toMatch(/Learning the manifold: 6 epochs of 2 batches/);
    const record = JSON.parse(await read('whole', 'run.json')) as Record<string, unknown>;
    expect(record).toMatchObject({ format: 'ebim-run', status: 'completed', plan: { name: 'von-mises' } });
  });

  it('tells machines everything on stdout, one object a line', async () => {
    const events = eventsOf(whole.stdout);
    const of = (type: string) => events.filter((event) => event.type === type);
    expect(of('stage').map(({ stage }) => stage)).toEqual(['manifold', 'density', 'evaluation', 'report']);
    expect(of('epoch')).toHaveLength(10);
    expect(of('epoch')[5]).toMatchObject({
      stage: 'manifold',
      epoch: 5,
      epochs: 6,
      stats: { loss: expect.any(Number) as number },
    });
    expect(of('epoch')[0]).not.toHaveProperty('state');
    const metrics = JSON.parse(await read('whole', 'metrics.json')) as unknown;
    expect(events.at(-1)).toMatchObject({ type: 'result', status: 'completed', metrics });
  });

  it('logs each epoch once, in order', async () => {
    const lines = (await read('whole', 'metrics.jsonl')).trim().split('\n');
    const places = lines.map((line) => JSON.parse(line) as { stage: string; epoch: number });
    expect(places.map(({ stage, epoch }) => `${stage} ${epoch}`)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((epoch) => `manifold ${epoch}`),
      ...[0, 1, 2, 3].map((epoch) => `density ${epoch}`),
    ]);
  });

  it('killed in the first stage, stopped in the second, and resumed, gives the same bytes', async () => {
    expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(stopped).toMatchObject({ code: 130, signal: null });
    expect(stopped.stderr).toMatch(/Stopped, with a checkpoint[^]*ebim run von-mises .*--resume --out hurt/);
    expect(JSON.parse(await read('hurt', 'run.json'))).toMatchObject({ status: 'stopped' });
    const firstEpoch = eventsOf(stopped.stdout).find(({ type }) => type === 'epoch');
    expect(firstEpoch).toMatchObject({ stage: 'manifold', epoch: 2 });

    // Other seeds and settings would be another run.
    const other = await ebimInProcess([
      ...[...RUN, '--out', at('hurt'), '--json'],
      ...['--resume', '--set', 'density.epochs=5'],
    ]);
    expect(other.code).toBe(2);
    expect(eventsOf(other.stdout)).toEqual([
      expect.objectContaining({
        code: 'other-plan',
        details: expect.objectContaining({ path: 'density.epochs' }) as object,
      }),
    ]);

    const resumed = await ebimInProcess([...RUN, '--out', at('hurt'), '--json', '--resume']);
    expect(resumed.code).toBe(0);
    for (const name of ['metrics.json', 'metrics.jsonl'])
      expect(await read('hurt', name)).toBe(await read('whole', name));
    expect((await files('hurt')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('does not write into a folder in use, unless told to go on', async () => {
    const again = await ebimInProcess([...RUN, '--out', at('whole')]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/expected a new or empty folder[^]*--resume/);
  });
});

describe('a finished run', () => {
  it('is measured again with the same numbers', async () => {
    const before = await read('whole', 'metrics.json');
    await writeFile(join(cwd, 'whole', 'metrics.json'), '');
    const { code, stdout } = await ebimInProcess(['evaluate', at('whole')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Wasserstein score.*9\.80e-4 stored notebook run/);
    expect(await read('whole', 'metrics.json')).toBe(before);
  });

  it('is drawn again', async () => {
    await rm(join(cwd, 'whole', 'figures'), { recursive: true });
    await rm(join(cwd, 'whole', 'report.html'));
    const { code, stdout } = await ebimInProcess(['report', at('whole')]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Report: .*whole.report\.html\n$/) as string,
    });
    expect(await read('whole', 'report.html')).toMatch(/<svg/);
    expect(await files('whole/figures')).toContain('density.png');
  });

  it('is sampled from, the same samples for the same seed', async () => {
    const sample = (file: string, ...more: string[]) =>
      ebimInProcess([
        ...['sample', at('whole'), '--count', '40', '--steps', '3'],
        ...['--out', at(file), '--json', ...more],
      ]);
    const first = await sample('a.npy');
    expect(first.code).toBe(0);
    const [facts] = eventsOf(first.stdout);
    expect(facts).toMatchObject({ type: 'samples', rows: 40, columns: 2, converged: 1 });
    expect(facts.constraintViolation).toBeLessThan(1e-5);
    await sample('b.csv');
    await sample('c.npy', '--seed', '1');
    const [a, b, c] = await Promise.all(['a.npy', 'b.csv', 'c.npy'].map((name) => readPoints(at(name))));
    expect(b).toEqual(a);
    expect(c.data).not.toEqual(a.data);
    expect((await read('b.csv')).split('\n')[0]).toBe('x,y');
  });

  it('whose checkpoint is damaged is refused', async () => {
    const folder = 'hurt/checkpoints/density';
    const [name] = (await files(folder)).filter((file) => file.endsWith('.safetensors'));
    await writeFile(join(cwd, folder, name), 'nothing');
    const { code, stderr } = await ebimInProcess(['evaluate', at('hurt')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/The checkpoint is damaged/);
  });
});

describe('several seeds', () => {
  it('go on when one of them cannot be measured, and say which', async () => {
    // F ends far from zero: nothing is a manifold.
    const empty = ['negativeWeight=100', 'magnitudeWeight=0', 'rankWeight=0', 'epochs=40'];
    const words = [...RUN, ...empty.flatMap((setting) => ['--set', `manifold.${setting}`]), '--seeds', '2'];
    const { code, stderr } = await ebimInProcess([...words, '--quiet', '--out', at('failing')]);
    expect(code).toBe(3);
    for (const seed of [0, 1]) expect(stderr).toContain(`Seed ${seed}: `);
    expect(stderr).toContain('Not everything could be measured');
    const summary = JSON.parse(await read('failing', 'summary.json')) as { failed: { seed: number }[] };
    expect(summary.failed.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(await read('failing', 'summary.md')).toContain('Seed 1 has no numbers: ');
    expect(JSON.parse(await read('failing', 'seed1', 'metrics.json'))).toHaveProperty('topology');
  });

  it('are run one by one and summarised', async () => {
    const words = [
      ...RUN,
      '--set',
      'manifold.epochs=1',
      '--set',
      'density.epochs=1',
      '--seeds',
      '2',
      '--seed',
      '4',
    ];
    const folder = 'several';
    const { code, stdout } = await ebimInProcess([...words, '--quiet', '--out', at(folder)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Summary: .*several.summary\.md/);
    const summary = JSON.parse(await read(folder, 'summary.json')) as {
      seeds: number[];
      metrics: Record<string, { mean: number; standardError: number; values: number[] }>;
    };
    expect(summary.seeds).toEqual([4, 5]);
    const losses = await Promise.all(
      [4, 5].map(async (seed) => {
        const metrics = JSON.parse(await read(folder, `seed${seed}`, 'metrics.json')) as {
          manifold: { loss: number };
        };
        return metrics.manifold.loss;
      }),
    );
    const { mean, standardError, values } = summary.metrics['manifold.loss'];
    expect(values).toEqual(losses);
    expect(mean).toBeCloseTo((losses[0] + losses[1]) / 2, 12);
    expect(standardError).toBeCloseTo(Math.abs(losses[0] - losses[1]) / 2, 12);
    expect(await read(folder, 'summary.md')).toMatch(/\| manifold\.loss \| .* \| ± /);
  });
});
