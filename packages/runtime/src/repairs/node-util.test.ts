import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { repairNodeUtil } from './node-util.js';

it('puts back what Node 23 removed', () => {
  const util: Parameters<typeof repairNodeUtil>[0] = {};
  repairNodeUtil(util);
  expect([null, undefined, 0, ''].map((v) => util.isNullOrUndefined?.(v))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([[], {}].map((v) => util.isArray?.(v))).toEqual([true, false]);
});

it('leaves what is there', () => {
  const isArray = (): boolean => true;
  const util = { isArray };
  repairNodeUtil(util);
  expect(util.isArray).toBe(isArray);
});

it('reaches the object that CommonJS code sees', () => {
  const util = createRequire(import.meta.url)('node:util') as Parameters<typeof repairNodeUtil>[0];
  repairNodeUtil(util);
  const seen = createRequire(import.meta.url)('util') as typeof util;
  expect(seen.isNullOrUndefined?.(null)).toBe(true);
});
