import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ebimInProcess } from '../test-support/cli-in-process.js';
import { ebim, eventsOf, TINY } from '../test-support/cli-process.js';

const FILES: Readonly<Record<string, string>> = {
  'empty.csv': '',
  'header-only.csv': 'x,y\n',
  'ragged.csv': 'x,y\n1,2\n3\n4,5\n',
  'text.csv': 'x,y\n1,2\n3,four\n4,5\n',
  'nan.csv': 'x,y\n1,2\nNaN,4\n4,5\n',
  'one-row.csv': 'x,y\n1,2\n',
  'constant.csv': 'x,y\n1,7\n2,7\n3,7\n',
  'good.csv': 'x,y\n1,2\n3,5\n4,9\n8,1\n',
  'degrees.csv': 'lat,lon\n100,2\n3,5\n',
  'angles.csv': 'phi,psi\n100,2\n3,5\n',
  'broken.npy': 'NUMPY?',
  'a-file': '',
};

let cwd = '';
const home = process.cwd();
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ebim-bad-'));
  await Promise.all(Object.entries(FILES).map(([name, text]) => writeFile(join(cwd, name), text)));
  await mkdir(join(cwd, 'not-a-run'));
  await writeFile(join(cwd, 'not-a-run', 'notes.txt'), 'mine');
  process.chdir(cwd);
});
afterAll(async () => {
  process.chdir(home);
  await rm(cwd, { recursive: true });
});

const fit = (file: string, ...more: string[]) => ['fit', file, '--manifold-dim', '1', ...more];
const run = (...more: string[]) => ['run', 'von-mises', ...more];
const set = (setting: string) => run('--set', setting);

/** Command line, code of the error, what its one message must say. */
const CASES: readonly (readonly [words: readonly string[], code: string, message: RegExp])[] = [
  [fit('missing.csv'), 'missing-file', /missing\.csv: expected an existing file.*spelling/],
  [fit('not-a-run'), 'is-directory', /expected a file, got a folder/],
  [fit('empty.csv'), 'empty-file', /empty\.csv/],
  [fit('header-only.csv'), 'no-rows', /a header line and nothing else/],
  [fit('ragged.csv'), 'ragged-rows', /line 3: expected 2 fields.*got 1/],
  [fit('text.csv'), 'not-a-number', /line 3, column 2: expected a number, got "four"/],
  [fit('nan.csv'), 'not-finite', /line 3, column 1.*Remove the rows/],
  [fit('one-row.csv'), 'too-few-rows', /expected at least 2 rows, got 1/],
  [fit('constant.csv'), 'constant-column', /column 2: expected different values/],
  [fit('broken.npy'), 'wrong-magic', /NumPy/],
  [fit('degrees.csv'), 'bad-coordinates', /latitude from -90 to 90 degrees, got 100.*--columns/],
  [fit('angles.csv'), 'bad-coordinates', /radians, got 100\. Convert degrees/],
  [
    ['fit', 'good.csv', '--manifold-dim', '2'],
    'bad-manifold-dimension',
    /from 1 to 1.*--coordinates lat-lon/,
  ],
  [['fit', 'good.csv', '--manifold-dim', '0'], 'bad-option', /--manifold-dim to be a whole number/],
  [['fit', 'good.csv'], 'unclear-manifold-dimension', /4 of 4 rows.*--manifold-dim <m>/],
  [['fit', 'good.csv', '--set', 'manifoldDimension=2'], 'bad-manifold-dimension', /from 1 to 1/],
  [
    ['fit', 'good.csv', '--set', 'manifoldDimension=two'],
    'bad-option',
    /manifoldDimension: expected a number/,
  ],
  [['sample', 'not-a-run', '--out', 'x.npy'], 'missing-option', /the option --count/],
  [fit('good.csv', '--columns', 'x,z'), 'no-such-column', /one of x, y, got "z"/],
  [fit('good.csv', '--columns', '1'), 'bad-manifold-dimension', /1 coordinate/],
  [fit('good.csv', '--columns', 'x,'), 'bad-option', /commas/],
  [fit('good.csv', '--delimiter', 'bar'), 'bad-option', /comma, tab, semicolon or space/],
  [fit('good.csv', '--coordinates', 'latlon'), 'bad-option', /Did you mean "lat-lon"/],
  [fit('good.csv', '--out', 'a-file'), 'not-a-folder', /a file in its place/],
  [fit('good.csv', '--out', 'a-file/run'), 'not-a-folder', /a file in its place/],
  [fit('good.csv', '--out', 'not-a-run'), 'folder-in-use', /new or empty folder/],
  [fit('good.csv', '--out', 'not-a-run', '--overwrite'), 'not-a-run', /something else/],
  [fit('good.csv', '--overwrite'), 'bad-option', /--out <folder>/],
  [fit('good.csv', '--resume'), 'nothing-to-resume', /expected a run in runs\/good-fit-seed0/],
  [fit('good.csv', '--resume', '--out', 'not-a-run'), 'not-a-run', /run\.json/],
  [fit('good.csv', '--set', 'bounds={"lower":[0],"upper":[1]}'), 'bad-setting', /the group "bounds"/],
  [['run', 'von-mses'], 'unknown-experiment', /Did you mean "von-mises"/],
  [['run', 'polynomial-surface', '--only', 'pae,mflow'], 'unknown-member', /some of af, .*got "mflow"/],
  [['run', 'fig1', '--only', 'pae'], 'unknown-member', /fig1 is run as a whole/],
  [run('--only', 'pae'), 'bad-option', /compares several things/],
  [
    ['run', 'constructor'],
    'unknown-experiment',
    /one of von-mises, projected-normal, mixture, floods, glycine/,
  ],
  [['run'], 'missing-argument', /<experiment>/],
  [['run', 'von-mises', 'floods'], 'too-many-arguments', /expected 1 argument, got 2/],
  [['rnu'], 'unknown-command', /Did you mean "run"/],
  [run('--fsat'), 'unknown-option', /Did you mean "--fast"/],
  [run('--profile', 'papr'), 'bad-option', /Did you mean "paper"/],
  [run('--backend', 'wsam'), 'bad-option', /Did you mean "wasm"/],
  [run('--backend', 'webgpu'), 'backend-unavailable', /webgpu/],
  [run('--seed', '-1'), 'bad-option', /whole number of at least 0/],
  [run('--seed', '1.5'), 'bad-option', /whole number/],
  [run('--seed'), 'missing-value', /--seed/],
  [run('--seeds', '0'), 'bad-option', /from 1 to 1000/],
  [run('--seeds', '2', '--set', 'seed=3'), 'bad-option', /--seed/],
  [run('--fast', '--preset', 'paper'), 'bad-option', /both/],
  [set('manifold.epoch=3'), 'unknown-option', /Did you mean "manifold\.epochs"/],
  [set('manifold.epochs=many'), 'bad-option', /manifold\.epochs: expected a number, got "many"/],
  [set('manifold.epochs=0'), 'bad-option', /at least 1, got 0/],
  [set('density.epochs=1.5'), 'bad-option', /a whole number, got 1\.5/],
  [set('manifold.epochs'), 'bad-setting', /path=value/],
  [set('manifold=3'), 'bad-setting', /Set manifold\.hidden/],
  [set('__proto__.polluted=1'), 'unknown-option', /__proto__/],
  [set('bounds.lower=[9,9]'), 'bad-option', /lower side must be below/],
  [set('manifoldDimension=2'), 'bad-manifold-dimension', /below 2/],
  [set('density.sampler.constraintSolver=newtn'), 'bad-option', /one of lbfgs, newton/],
  [set('manifold.learningRate=1e999'), 'bad-option', /finite/],
  [['evaluate', 'nowhere'], 'not-a-run', /run\.json/],
  [['report', 'not-a-run'], 'not-a-run', /run\.json/],
  [['sample', 'not-a-run', '--count', '5', '--out', 'x.npy'], 'not-a-run', /run\.json/],
  [['sample', 'not-a-run', '--count', '5', '--out', 'x.txt'], 'bad-option', /\.npy, \.csv/],
  [['sample', 'not-a-run', '--count', '0', '--out', 'x.npy'], 'bad-option', /--count/],
];

describe('bad input is refused in one message with status 2, and leaves nothing behind', () => {
  it.each(CASES)('%j: %s', async (words, code, message) => {
    const before = await contents();
    const human = await ebimInProcess(words);
    expect(human).toMatchObject({ code: 2, stdout: '' });
    // Where a run was about to begin, a line about the backend comes first.
    expect(human.stderr).toMatch(/^(Backend: .*\n)?Error: [^\n]*\n$/);
    expect(human.stderr).toMatch(message);
    const machine = await ebimInProcess([...words, '--json']);
    // `--json` may have become the value of an option that lacks one.
    if (code !== 'missing-value')
      expect(eventsOf(machine.stdout)).toEqual([
        expect.objectContaining({ type: 'error', exitCode: 2, code }),
      ]);
    expect(await contents()).toEqual(before);
  });
});

describe('as a process', () => {
  it('tells by its status, without a stack', async () => {
    // What they say, and the status of other words, is the same within this process, above and below.
    const results = await Promise.all(
      [fit('ragged.csv'), run('--nonsense'), ['list']].map((words) => ebim(words, { cwd })),
    );
    expect(results.map(({ code }) => code)).toEqual([2, 2, 0]);
    expect(results.map(({ stderr }) => stderr.split('\n').length)).toEqual([2, 2, 1]);
  });

  it('ends quietly when nobody reads on', () => {
    const command = `"${process.execPath}" --conditions=@ebim/source --import tsx packages/experiments/src/cli/main.ts list`;
    const root = new URL('../../../..', import.meta.url);
    const { stdout, stderr } = spawnSync(`${command} | true`, { shell: true, cwd: root, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });

  it('on a full disk says so, and leaves only whole files', async (context) => {
    const disk = join(cwd, 'disk');
    await mkdir(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24k', 'tmpfs', disk]).status === 0;
    if (!mounted) return context.skip();
    try {
      const out = join(disk, 'run');
      const { code, stdout } = await ebim([...run('--fast', ...TINY), '--out', out, '--json'], { cwd });
      expect(code).toBe(2);
      expect(eventsOf(stdout).at(-1)).toMatchObject({ type: 'error', name: 'FileError', code: 'disk-full' });
      const left = await readdir(disk, { recursive: true });
      expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(left).not.toContain('run/metrics.json');
    } finally {
      spawnSync('umount', [disk]);
      await rm(disk, { recursive: true });
    }
  });
});

describe('what works', () => {
  it('lists experiments and data sets', async () => {
    const { code, stdout } = await ebimInProcess(['list', '--json']);
    expect(code).toBe(0);
    const [list] = eventsOf(stdout) as unknown as {
      experiments: { name: string }[];
      datasets: object[];
      simulators: object[];
    }[];
    expect(list.experiments.map(({ name }) => name)).toEqual([
      'von-mises',
      'projected-normal',
      'mixture',
      'floods',
      'glycine',
    ]);
    expect(list.datasets).toContainEqual(expect.objectContaining({ name: 'glycine', rows: 1000 }));
    expect(list.simulators).toContainEqual(
      expect.objectContaining({ name: 'polynomial-surface', contextDimension: 1 }),
    );
    expect((await ebimInProcess(['list'])).stdout).toMatch(/floods +4875 +unit sphere/);
  });

  it('tells what works on the machine', async () => {
    const { code, stdout } = await ebimInProcess(['doctor', '--json']);
    expect(code).toBe(0);
    const [doctor] = eventsOf(stdout) as unknown as {
      backend: { active: string; tried: { name: string; status: string; howToEnable: string[] }[] };
      folders: { runs: { writable: boolean } };
    }[];
    expect(doctor.backend.tried.filter(({ status }) => status === 'active')).toMatchObject([
      { name: doctor.backend.active },
    ]);
    for (const attempt of doctor.backend.tried.filter(({ status }) => status === 'unavailable'))
      expect(attempt.howToEnable.length).toBeGreaterThan(0);
    expect(doctor.folders.runs.writable).toBe(true);
    expect((await ebimInProcess(['doctor'])).stdout).toMatch(/Backends[^]*active[^]*cache/);
  });

  it('shows help, alone and for every command', async () => {
    for (const words of [[], ['--help']]) {
      const { code, stdout, stderr } = await ebimInProcess(words);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch('Usage: ebim ');
    }
    for (const command of ['list', 'run', 'fit', 'sample', 'evaluate', 'report', 'doctor']) {
      const { code, stdout, stderr } = await ebimInProcess([command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(`Usage: ebim ${command}`);
    }
  });
});

const contents = async (): Promise<string[]> => (await readdir(cwd, { recursive: true })).sort();
