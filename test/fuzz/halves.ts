/** The suite of lies, in halves that run beside each other. */

import { describe, expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { SUBJECTS } from './subjects.ts';

/** Of each adapter; where one is fuzzed twice, these are shared. */
const RUNS = 1_750;
const LIES_MIN = 2_000;
const SEED = 1;
const GROWN_BYTES_MAX = 16 * 2 ** 20;

/** Lies to every second adapter, beginning with the first or the second. */
export function lieToHalf(half: 0 | 1): void {
  describe.each(SUBJECTS.filter((_, n) => n % 2 === half))('$name', (subject) => {
    const shares = SUBJECTS.filter(({ definition }) => definition.name === subject.definition.name).length;

    it('keeps its promises, whatever it is answered', async () => {
      const report = await campaign(subject, { runs: RUNS / shares, seed: SEED });

      expect(report.broken).toEqual([]);
      expect(report.lies).toBeGreaterThan(LIES_MIN / shares);
      expect(report.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
      // Some lies are harmless, and the others are told apart.
      expect(report.outcomes['pass']).toBeGreaterThan(0);
      expect(Object.keys(report.outcomes).length).toBeGreaterThan(8);
    });
  });
}
