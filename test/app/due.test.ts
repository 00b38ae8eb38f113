import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDueQueue } from '../../src/app/due.ts';

describe('the due queue', () => {
  it('gives what is due, the earliest first, and the same instant in the order in which it was set', () => {
    const due = createDueQueue<string>();
    due.set('late', 30);
    due.set('second', 10);
    due.set('third', 10);
    due.set('first', 5);

    expect(due.take(10, 2)).toEqual(['first', 'second']);
    expect(due.take(10, 2)).toEqual(['third']);
    expect(due.take(10, 2)).toEqual([]);
    expect(due.nextAt()).toBe(30);
  });

  it('holds each item once, at the instant that was set last', () => {
    const due = createDueQueue<string>();
    due.set('one', 5);
    due.set('one', 20);
    due.setSooner('one', 40);

    expect(due.nextAt()).toBe(20);
    due.setSooner('one', 10);
    expect(due.take(10, 9)).toEqual(['one']);
    expect(due.nextAt()).toBeNull();
  });

  it('agrees with a map, whatever is set and taken', () => {
    const step = fc.oneof(
      fc.record({ item: fc.nat(5), at: fc.nat(50) }),
      fc.record({ now: fc.nat(60), max: fc.nat(4) }),
    );
    const agrees = fc.check(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const due = createDueQueue<number>();
        const model = new Map<number, number>();
        for (const one of steps) {
          if ('item' in one) {
            due.set(one.item, one.at);
            model.set(one.item, one.at);
            continue;
          }
          const wanted = [...model.values()].filter((at) => at <= one.now).toSorted((a, b) => a - b);
          const taken = due.take(one.now, one.max);
          const instants = taken.map((item) => model.get(item));
          for (const item of taken) model.delete(item);
          const nextAt = model.size === 0 ? null : Math.min(...model.values());
          if (String(instants) !== String(wanted.slice(0, one.max)) || due.nextAt() !== nextAt) return false;
        }
        return true;
      }),
    );
    expect(agrees.counterexample).toBeNull();
  });
});
