/** Compiled functions in Chromium, in the page and in a worker. */
import { describe, expect, it } from 'vitest';
import type { Finding } from './check-compiler.js';
import type { ThreadFinding } from './check-threads.js';
import { findChromium } from './find-chromium.js';
import { runPage } from './run-page.js';

const chromium = findChromium();
if (process.env.EBIM_NEEDS_CHROMIUM === '1' && chromium === null)
  throw new Error('EBIM_NEEDS_CHROMIUM is set, and there is no Chromium: set CHROMIUM to one');

const title =
  chromium === null
    ? 'in Chromium (none found: set CHROMIUM or PUPPETEER_EXECUTABLE_PATH to one)'
    : 'in Chromium';

describe.runIf(chromium !== null)(title, () => {
  it('compiled functions and training steps are the functions, in the page and in a worker', async () => {
    const results = await runPage(chromium as string, 'page.ts', ['page', 'worker'], 90_000);
    for (const where of ['page', 'worker']) {
      const { findings, threads } = results[where] as { findings: Finding[]; threads: ThreadFinding };
      expect(threads, where).toEqual({ threads: 2, sameBits: true, helped: true });
      expect(findings, where).toEqual(
        ['function', 'training step'].map((name) => ({
          name,
          difference: expect.closeTo(0, 4) as number,
          islands: [],
          hits: 1,
          passThroughs: 0,
        })),
      );
      for (const { difference } of findings) expect(difference).toBeLessThan(2e-5);
    }
  }, 120_000);
});

it('looks for Chromium where it is told to first', () => {
  expect(findChromium({ CHROMIUM: process.execPath, PATH: '' })).toBe(process.execPath);
  expect(findChromium({ PUPPETEER_EXECUTABLE_PATH: process.execPath, PATH: '/nowhere' })).toBe(
    process.execPath,
  );
});
