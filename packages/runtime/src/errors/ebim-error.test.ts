import { describe, expect, it } from 'vitest';
import * as errors from './ebim-error.js';

const { EbimError, ShapeError } = errors;

describe('EbimError', () => {
  it('says where, what was expected, what came and what to do', () => {
    const cause = new Error('deeper');
    const error = new ShapeError({
      code: 'bad-shape',
      where: 'f({ x })',
      expected: 'a matrix',
      received: 'a scalar',
      hint: 'Reshape it.',
      details: { rank: 0 },
      cause,
    });
    expect(error.message).toBe('f({ x }): expected a matrix, got a scalar. Reshape it.');
    expect(error).toMatchObject({ name: 'ShapeError', code: 'bad-shape', details: { rank: 0 }, cause });
    expect(String(error)).toContain('ShapeError: f({ x })');
  });

  it('does without the optional parts', () => {
    const error = new EbimError({ code: 'x', expected: 'a', received: 'b' });
    expect(error.message).toBe('Expected a, got b.');
    expect([error.where, error.hint, error.details, 'cause' in error]).toEqual([
      undefined,
      undefined,
      {},
      false,
    ]);
  });

  it('has a family of named errors, all of them recognised', () => {
    for (const [name, Kind] of Object.entries(errors)) {
      const error = new Kind({ code: 'x', expected: 'a', received: 'b' });
      expect(error.name).toBe(name);
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(EbimError);
      expect(EbimError.isInstance(error)).toBe(true);
    }
  });

  it('is recognised when it comes from another copy of the library, and nothing else is', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('ebim.error')]: true });
    expect(EbimError.isInstance(foreign)).toBe(true);
    for (const other of [new Error('x'), null, undefined, 'x', {}])
      expect(EbimError.isInstance(other)).toBe(false);
  });

  it('keeps its marker out of what is printed and copied', () => {
    const error = new EbimError({ code: 'x', expected: 'a', received: 'b' });
    expect(Object.getOwnPropertySymbols({ ...error })).toEqual([]);
  });
});
