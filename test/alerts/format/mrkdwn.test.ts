import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeBlock, date, escape, fitLines, inlineCode, link } from '../../../src/alerts/format/mrkdwn.ts';

describe('escape', () => {
  it.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['a & b', 'a &amp; b'],
    ['&lt;', '&amp;lt;'],
  ])('turns %s into %s', (text, safe) => {
    expect(escape(text)).toBe(safe);
  });
});

describe('codeBlock', () => {
  it.each([
    ['``` out <!here>', '```ˋˋˋ out &lt;!here&gt;```'],
    ['ends in `', '```ends in ˋ```'],
    ['two\nlines\u0000\u0007', '```two\nlines```'],
    ['', '``` ```'],
  ])('keeps %j inside', (text, block) => {
    expect(codeBlock(text)).toBe(block);
  });

  it('holds whatever it is given: no way out, no mention, no section too long', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('`', '<', '>', '&', '!', 'x', '\n'),
          maxLength: 4_000,
          size: 'max',
        }),
        (text) => {
          const block = codeBlock(text);
          const inside = block.slice(3, -3);

          expect(inside).not.toMatch(/[`<>]/);
          expect(block.length).toBeLessThanOrEqual(2_900);
        },
      ),
    );
  });
});

describe('inlineCode', () => {
  it('stays on one line and cannot be left', () => {
    expect(inlineCode('gen`4\n.5 <x>')).toBe('`genˋ4 .5 &lt;x&gt;`');
  });
});

describe('link', () => {
  it.each([
    ['https://a.example/x?a=1&b=2', '<https://a.example/x?a=1&amp;b=2|Run>'],
    ['https://a.example/x|y>z', '<https://a.example/x%7Cy%3Ez|Run>'],
    ['javascript:alert(1)', 'Run'],
    ['not an address', 'Run'],
    [`https://a.example/${'x'.repeat(1_000)}`, 'Run'],
    [`https://a.example/?${'&'.repeat(400)}`, 'Run'],
  ])('of %s is %s', (url, text) => {
    expect(link(url, 'Run')).toBe(text);
  });

  it('escapes the label', () => {
    expect(link('https://a.example', '<!here>')).toBe('<https://a.example/|&lt;!here&gt;>');
  });
});

describe('date', () => {
  it('carries the seconds for Slack and the ISO form for the others', () => {
    expect(date(Date.parse('2026-11-21T19:36:40.500Z'))).toBe(
      '<!date^1795289800^{date_short_pretty} {time_secs}|2026-11-21T19:36:40Z>',
    );
  });
});

describe('fitLines', () => {
  it('keeps whole lines and says how many are missing', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i} ${'x'.repeat(50)}`);

    const text = fitLines(lines, 1_000);

    expect(text.length).toBeLessThanOrEqual(1_000);
    expect(text).toMatch(/^line 0 x+\n/);
    expect(text).toMatch(/\n… and \d+ more$/);
  });

  it('changes nothing that fits', () => {
    expect(fitLines(['a', 'b'], 100)).toBe('a\nb');
  });
});
