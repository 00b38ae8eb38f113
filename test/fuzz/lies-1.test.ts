import { expect, it } from 'vitest';
import { PROVIDERS } from '../../src/providers/index.ts';
import { lieToHalf } from './halves.ts';
import { SUBJECTS } from './subjects.ts';

it('every registered adapter is lied to', () => {
  const fuzzed = SUBJECTS.map(({ definition }) => definition.name);

  expect(PROVIDERS.map(({ name }) => name).filter((name) => !fuzzed.includes(name))).toEqual([]);
});

lieToHalf(0);
