import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createParser } from '../../src/client/events.ts';

function read(pieces: readonly string[]) {
  const stream = { lastId: '', retryMs: 1000 };
  let events = 0;
  const parse = createParser(stream, () => {
    events++;
  });
  for (const piece of pieces) parse(piece);
  return { ...stream, events };
}

describe('a stream of events', () => {
  it.each<[string, string, ReturnType<typeof read>]>([
    ['nothing', '', { lastId: '', retryMs: 1000, events: 0 }],
    ['a comment', ': still here\n\n', { lastId: '', retryMs: 1000, events: 0 }],
    ['an event', 'id: 7.412\nevent: changed\ndata: {}\n\n', { lastId: '7.412', retryMs: 1000, events: 1 }],
    ['an event without an end', 'id: 7.412\ndata: {}\n', { lastId: '7.412', retryMs: 1000, events: 0 }],
    ['an id alone', 'id: 7.412\n\n', { lastId: '7.412', retryMs: 1000, events: 0 }],
    ['a field without a blank', 'id:7\ndata\n\n', { lastId: '7', retryMs: 1000, events: 1 }],
    ['a time to wait', 'retry: 3000\n\n', { lastId: '', retryMs: 3000, events: 0 }],
    ['no time to wait', 'retry: 0\n\n', { lastId: '', retryMs: 100, events: 0 }],
    ['ages to wait', 'retry: 99999999\n\n', { lastId: '', retryMs: 60_000, events: 0 }],
    ['a time that is none', 'retry: soon\n\n', { lastId: '', retryMs: 1000, events: 0 }],
  ])('of %s is read', (_, text, expected) => {
    expect(read([text])).toEqual(expected);
  });

  it('is read the same however it is cut and wherever its lines end', () => {
    const lines = [
      'id: 7.1',
      'data: a',
      'data: b',
      '',
      ': beat',
      '',
      'retry: 2000',
      'id: 7.2',
      'data',
      '',
      '',
    ];
    const cuts = fc.array(fc.nat(80), { maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom('\n', '\r\n', '\r'), cuts, (end, cuts) => {
        const text = lines.join(end);
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((to, nth) => text.slice(at[nth], to));

        // The CR at the very end may yet turn out to be half of a line's end.
        expect(read([...pieces, ': more'])).toEqual({ lastId: '7.2', retryMs: 2000, events: 2 });
      }),
    );
  });

  it('with a line without end is given up', () => {
    expect(() => read(Array.from({ length: 70 }, () => 'x'.repeat(1024)))).toThrow('longer than');
  });
});
