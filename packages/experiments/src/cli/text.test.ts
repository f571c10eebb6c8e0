import { DataError } from '@ebim/runtime';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { clock } from '../report/clock.js';
import { progressReporter } from './progress.js';
import { reportError } from './report-error.js';
import { resumeCommand } from './shell.js';
import { terminal } from './terminal.js';

function streams(isTTY: boolean) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new Writable({
        write: (chunk, _encoding, done) => {
          written[name] += String(chunk);
          done();
        },
      }),
      { isTTY, columns: 60 },
    );
  return { written, stdout: sink('stdout'), stderr: sink('stderr') };
}

describe('errors', () => {
  const told = (error: unknown) => {
    const { written, ...both } = streams(false);
    return { code: reportError(error, terminal(both, { json: true })), ...written };
  };

  it('of the library take one line', () => {
    const { code, stderr, stdout } = told(
      new DataError({ code: 'x', expected: 'a', received: 'b', hint: 'Do c.' }),
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Error: Expected a, got b. Do c.\n' });
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', exitCode: 2, code: 'x', hint: 'Do c.' });
  });

  it('of the file system are nobody’s bug', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
      path: '/a/b',
    });
    const { code, stderr } = told(full);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: \/a\/b: expected room on the disk, got a full disk\..*\n$/);
  });

  it('of the program show where they arose and ask to be reported', () => {
    const { code, stderr } = told(new TypeError('x is not a function'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/bug in ebim: x is not a function[^]*at [^]*Please report/);
    expect(told('a string').code).toBe(1);
  });
});

describe('progress', () => {
  const train = (isTTY: boolean, epochs: number, options = {}) => {
    const { written, ...both } = streams(isTTY);
    const report = progressReporter(terminal(both, options));
    report({ type: 'stage', stage: 'manifold', epochs, batches: 2 });
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const batch of [0, 1])
        report({ type: 'step', stage: 'manifold', epoch, batch, step: 2 * epoch + batch + 1 });
      report({
        type: 'epoch',
        stage: 'manifold',
        epoch,
        stats: { loss: 0.5, other: 1 },
        seconds: 1,
        state: {},
      });
    }
    return written;
  };

  it('is about a line a tenth where nobody watches', () => {
    const lines = train(false, 200).stderr.trim().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('Learning the manifold: 200 epochs of 2 batches');
    expect(lines[5]).toMatch(/^ {2}epoch 100\/200 {2}0:00 elapsed, 0:00 left {2}loss 0\.500$/);
    expect(train(false, 200, { quiet: true }).stderr).toBe('');
  });

  it('is one line that is written over on a terminal, never wider than it', () => {
    const { stderr } = train(true, 20);
    expect(stderr.split('\n')).toHaveLength(2);
    const [, ...updates] = stderr.split('\n')[1].split('\r\x1b[2K');
    for (const update of updates) expect(update.length).toBeLessThan(60);
    expect(stderr).toMatch(/manifold {2}epoch 1\/20/);
  });

  it('has times as people write them', () => {
    expect([0, 59.6, 61, 3600 + 125].map(clock)).toEqual(['0:00', '1:00', '1:01', '1:02:05']);
  });
});

it('the command that resumes keeps everything but where the run goes', () => {
  const words = [
    'run',
    'von-mises',
    '--set',
    'manifold.hidden=[8,8]',
    '--out',
    'old',
    '--overwrite',
    "--x=it's",
  ];
  expect(resumeCommand(words, 'my runs/a')).toMatch(
    /ebim run von-mises --set 'manifold\.hidden=\[8,8\]' '--x=it'\\''s' --resume --out 'my runs\/a'$/,
  );
});
