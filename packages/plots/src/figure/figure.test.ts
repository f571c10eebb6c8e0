import { ConfigError, DataError } from '@ebim/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { near, picture } from '../testing/pixels.js';
import { viridis } from '../colour/colour-map.js';
import { colourBarElement } from './colour-bar.js';
import { figureGrid } from './figure-grid.js';
import { imageGrid } from './image-grid.js';
import { element, escapeXml, placeSvg, svgDocument, svgSize } from './svg.js';
import { formatTicks, niceTicks } from './ticks.js';

const sheet = (width: number, height: number, fill: string): string =>
  svgDocument({ width, height }, element('rect', { width, height, fill }));

describe('svg', () => {
  it('escapes what would end a text or an attribute', () => {
    expect(escapeXml(`<a b="c" d='e'>&`)).toBe('&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;');
    const svg = svgDocument({ width: 5, height: 5, title: '<script>"&', description: 'x < y' }, '');
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('<title>&#60;script&#62;&#34;&#38;</title>');
    expect(svg).toContain('<desc>x &#60; y</desc>');
    expect(picture(svg).at(2, 2)).toEqual([255, 255, 255]);
  });

  it('knows its size and refuses to guess it', () => {
    expect(svgSize(sheet(12.5, 30, 'red'))).toEqual({ width: 12.5, height: 30 });
    expect(placeSvg(sheet(5, 5, 'red'), 3, 4)).toMatch(/^<svg x="3" y="4" xmlns/);
    expect(() => svgSize('<svg viewBox="0 0 1 1"></svg>')).toThrow(DataError);
    expect(() => svgSize('<svg width="100%" height="5"></svg>')).toThrow(DataError);
    expect(() => svgSize('picture')).toThrow(DataError);
  });
});

describe('ticks', () => {
  it('are round numbers inside the range', () => {
    expect(niceTicks(-1.3, 1.3)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(niceTicks(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(niceTicks(0, 1000, 2)).toEqual([0, 500, 1000]);
    expect(niceTicks(0, 1000, 4)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(niceTicks(3, 3)).toEqual([3]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 10 }),
        (low, width, count) => {
          fc.pre(width > Math.abs(low) * 1e-9);
          const ticks = niceTicks(low, low + width, count);
          expect(ticks.length).toBeLessThanOrEqual(1.59 * count + 2);
          expect(ticks.length).toBeGreaterThanOrEqual(Math.floor(count / 1.6));
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - width * 1e-6);
            expect(tick).toBeLessThanOrEqual(low + width * (1 + 1e-6));
          }
        },
      ),
    );
  });

  it('have labels with as many decimals as they need', () => {
    expect(formatTicks([-1, -0.5, 0])).toEqual(['−1.0', '−0.5', '0.0']);
    expect(formatTicks([0, 20, 40])).toEqual(['0', '20', '40']);
    expect(formatTicks([0.25, 0.5])).toEqual(['0.25', '0.50']);
    expect(formatTicks([0, 1e6, 2.5e6])).toEqual(['0', '1e6', '2.5e6']);
    expect(formatTicks([0.0001, 0.0002])).toEqual(['1e−4', '2e−4']);
    expect(formatTicks([])).toEqual([]);
  });
});

describe('colourBarElement', () => {
  it('has the last colour on top and the first at the bottom, without gaps', () => {
    const bar = colourBarElement({ colourMap: viridis, range: [0, 2], label: 'p' }, 0, 10, 200);
    const seen = picture(svgDocument({ width: 90, height: 220 }, bar));
    expect(near(seen.at(6, 13), viridis(1), 20)).toBe(true);
    expect(near(seen.at(6, 110), viridis(0.5), 10)).toBe(true);
    expect(near(seen.at(6, 206), viridis(0), 20)).toBe(true);
    for (let y = 14; y < 208; y++) expect(near(seen.at(6, y), [255, 255, 255], 40)).toBe(false);
    expect(bar).toContain('>2.0<');
    expect(bar).toContain('>p<');
  });
});

describe('figureGrid', () => {
  it('puts panels side by side and in rows', () => {
    const svg = figureGrid([sheet(30, 20, '#ff0000'), sheet(10, 40, '#00ff00'), sheet(30, 30, '#0000ff')], {
      columns: 2,
      gap: 6,
    });
    expect(svgSize(svg)).toEqual({ width: 46, height: 76 });
    const seen = picture(svg);
    expect(seen.at(15, 10)).toEqual([255, 0, 0]);
    expect(seen.at(41, 30)).toEqual([0, 255, 0]);
    expect(seen.at(15, 60)).toEqual([0, 0, 255]);
    expect(seen.at(41, 60)).toEqual([255, 255, 255]);
    expect(seen.count((rgb) => near(rgb, [0, 255, 0], 0))).toBe(400);
  });

  it('makes room for titles', () => {
    const svg = figureGrid([sheet(30, 20, 'red')], { title: 'all', titles: ['one & two'] });
    expect(svgSize(svg)).toEqual({ width: 30, height: 80 });
    expect(svg).toContain('one &#38; two');
    expect(() => figureGrid([])).toThrow(ConfigError);
    expect(() => figureGrid([svg], { columns: 0 })).toThrow(ConfigError);
  });
});

describe('imageGrid', () => {
  it('puts images row by row with their pixels enlarged', () => {
    const data = Float32Array.from({ length: 3 * 2 * 2 }, (_, n) => n / 11);
    const svg = imageGrid(
      { data, count: 3, height: 2, width: 2, channels: 1 },
      { columns: 2, scale: 4, gap: 1 },
    );
    expect(svgSize(svg)).toEqual({ width: 28, height: 28 });
    const seen = picture(svg);
    const grey = (n: number): number[] => Array.from({ length: 3 }, () => (255 * n) / 11);
    expect(near(seen.at(6, 6), grey(0), 1)).toBe(true);
    expect(near(seen.at(10, 6), grey(1), 1)).toBe(true);
    expect(near(seen.at(6, 10), grey(2), 1)).toBe(true);
    expect(near(seen.at(18, 6), grey(4), 1)).toBe(true);
    expect(near(seen.at(10, 22), grey(11), 1)).toBe(true);
    expect(near(seen.at(7, 22), grey(10), 1)).toBe(true);
    expect(seen.at(22, 22)).toEqual([255, 255, 255]);
  });

  it('shows colours, cuts values off at the range and refuses what is no image set', () => {
    const svg = imageGrid(
      { data: [-1, 0, 5], count: 1, height: 1, width: 1, channels: 3 },
      { range: [-1, 1], scale: 10, gap: 0, title: 't' },
    );
    expect(near(picture(svg).at(5, 35), [0, 127, 255], 1)).toBe(true);
    expect(() => imageGrid({ data: [1], count: 1, height: 1, width: 2, channels: 1 })).toThrow(DataError);
    expect(() => imageGrid({ data: [], count: 0, height: 1, width: 2, channels: 1 })).toThrow(DataError);
  });
});
