import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOOD, load, sentences } from './fakes.ts';

describe('garbage', () => {
  const keys = [
    'providers',
    'targets',
    'routes',
    'alerts',
    'server',
    'id',
    'use',
    '__proto__',
    'toString',
    'health',
  ];
  const key = fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 6 }));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom('toy', 'bell', '30m', '${X}', 'file:/x', 'toy/swift', null, true, -1, 0.5),
      fc.string({ maxLength: 8 }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  it('in the shape of JSON gives errors and never throws', () => {
    fc.assert(
      fc.property(value, (garbage) => {
        const result = load(JSON.stringify(garbage));

        expect(result.ok).toBe(false);
        expect(sentences(result).length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it('in any option of a good file never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys, 'probe', 'canaries', 'routers'), value, (name, garbage) => {
        const result = load(
          `${GOOD.replace(`${name}:`, `x${name}:`)}\n${name}: ${JSON.stringify(garbage)}\n`,
        );

        expect(typeof result.ok).toBe('boolean');
      }),
      { numRuns: 100 },
    );
  });

  it('of any text never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(load(text).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});
