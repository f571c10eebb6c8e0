import { inflateSync } from 'node:zlib';
import { DataError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { picture } from '../testing/pixels.js';
import { toBase64 } from './base64.js';
import { encodePng, pngDataUri } from './png.js';
import { toPng } from './to-png.js';

describe('encodePng', () => {
  it('writes chunks that hold the pixels', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, height, stream) => {
          const pixels = Uint8Array.from({ length: 4 * width * height }, () => stream.next().value as number);
          const png = encodePng({ width, height, pixels });
          const view = new DataView(png.buffer);
          expect([...png.slice(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
          expect([view.getUint32(16), view.getUint32(20)]).toEqual([width, height]);
          const rows = inflateSync(png.subarray(41, 41 + view.getUint32(33)));
          const stride = 4 * width;
          const decoded = new Uint8Array(pixels.length);
          for (let n = 0; n < pixels.length; n++) {
            const y = Math.floor(n / stride);
            decoded[n] = rows[y * (stride + 1) + 1 + (n % stride)] + (y > 0 ? decoded[n - stride] : 0);
          }
          expect([...decoded]).toEqual([...pixels]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is read by another program, checksums included', () => {
    const colours = [255, 0, 0, 255, 0, 128, 64, 255, 0, 0, 255, 255, 10, 20, 30, 255];
    const href = pngDataUri(encodePng({ width: 2, height: 2, pixels: Uint8Array.from(colours) }));
    const seen = picture(
      `<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><image width="2" height="2" href="${href}"/></svg>`,
    );
    expect(seen.at(0, 0)).toEqual([255, 0, 0]);
    expect(seen.at(1, 0)).toEqual([0, 128, 64]);
    expect(seen.at(0, 1)).toEqual([0, 0, 255]);
    expect(seen.at(1, 1)).toEqual([10, 20, 30]);
  });

  it('refuses pixels that do not fill the picture', () => {
    expect(() => encodePng({ width: 2, height: 2, pixels: new Uint8Array(15) })).toThrow(DataError);
    expect(() => encodePng({ width: 0, height: 0, pixels: new Uint8Array(0) })).toThrow(DataError);
  });
});

describe('toBase64', () => {
  it('agrees with Node for any length', () => {
    for (const length of [0, 1, 2, 3, 8191, 8192, 8193, 20000]) {
      const bytes = Uint8Array.from({ length }, (_, n) => (n * 31) % 256);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }
  });
});

describe('toPng', () => {
  it('has the size that is asked for', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#123456"/></svg>`;
    const size = (png: Uint8Array): number[] => {
      const view = new DataView(png.buffer);
      return [view.getUint32(16), view.getUint32(20)];
    };
    expect(size(await toPng(svg))).toEqual([80, 40]);
    expect(size(await toPng(svg, { scale: 1 }))).toEqual([40, 20]);
    expect(size(await toPng(svg, { width: 100 }))).toEqual([100, 50]);
    await expect(toPng('no picture')).rejects.toThrow();
  });
});
