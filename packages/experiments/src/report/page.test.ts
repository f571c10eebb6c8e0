import { describe, expect, it } from 'vitest';
import { tableHtml, warningsHtml } from './page.js';

describe('tableHtml', () => {
  it('has a head where there are columns, and escapes all texts', () => {
    const html = tableHtml([['a < b', '1']], ['<i>', 'n & m']);
    expect(html).toContain('<thead><tr><th>&lt;i&gt;</th><th>n &amp; m</th></tr></thead>');
    expect(html).toContain('<tr><td>a &lt; b</td><td class="number">1</td></tr>');
    expect(tableHtml([['a']])).not.toContain('<thead>');
  });

  it('keeps numbers in one line, with what stands behind them, and breaks texts', () => {
    const numbers = [
      '1',
      '-0.5',
      '1.00e-9',
      '0.0019 ± 0.0001',
      '0.25 π',
      '43.1 %',
      '12 s',
      '2026-11-28T20:28:18.257Z',
    ];
    const texts = ['', '–', 'true, chosen', '4875 points in 3 dimensions', 'F of 3'];
    const isNumber = (text: string) => tableHtml([[text]]).includes('class="number"');
    expect(numbers.filter((text) => !isNumber(text))).toEqual([]);
    expect(texts.filter(isNumber)).toEqual([]);
  });
});

describe('warningsHtml', () => {
  it('gives few warnings a box each and many a list', () => {
    expect(warningsHtml([])).toBe('');
    expect(warningsHtml(['a', '<b>'])).toBe('<p class="warning">a</p>\n<p class="warning">&lt;b&gt;</p>');
    const many = warningsHtml(['a', 'b', 'c', '<d>']);
    expect(many.match(/class="warning"/g)).toHaveLength(1);
    expect(many).toContain('<li>&lt;d&gt;</li>');
  });
});
