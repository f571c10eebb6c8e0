import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJson, duplicateName } from './json.js';

describe('checkJson', () => {
  it('accepts whatever JSON keeps', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => checkJson('test', value)));
  });

  it.each([
    [NaN],
    [{ a: [1, Infinity] }],
    [{ a: undefined }],
    [[() => 1]],
    [new Date(0)],
    [{ a: { b: new Float32Array(2) } }],
    [10n],
    [Symbol('x')],
  ])('refuses %o', (value) => {
    expect(() => checkJson('test', value)).toThrow(expect.objectContaining({ code: 'not-json' }));
  });

  it('says where', () => {
    expect(() => checkJson('test', { a: [1, { b: NaN }] })).toThrow(/"a\/1\/b"/);
  });
});

describe('duplicateName', () => {
  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(duplicateName(JSON.stringify(value))).toBeUndefined();
      }),
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"x":{"b":1,"c":{},"b":[]}}', 'b'],
    ['[{"a":1},{"a":1,"\\u0061" : 2}]', 'a'],
    ['{"\\"":1,"\\"":2}', '"'],
    ['{"a":{"b":1},"c":[{}],"a":2}', 'a'],
  ])('finds it in %s', (text, name) => {
    expect(duplicateName(text)).toBe(name);
  });

  it.each(['{"a":"a","b":"a"}', '{"a":{"a":{"a":1}}}', '[{"a":1},{"a":1}]', '{"a":"{\\"b\\":1","b":1}'])(
    'is not fooled by %s',
    (text) => {
      expect(duplicateName(text)).toBeUndefined();
    },
  );
});
