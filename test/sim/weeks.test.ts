import { describe, expect, it } from 'vitest';
import { liveThrough } from './weather.ts';

const DAYS = 7;
const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1);

describe('a stormy week', () => {
  it.each(SEEDS)('breaks no promise (seed %i)', async (seed) => {
    const { broken, counts, stories } = await liveThrough(seed, DAYS);

    expect(broken, `replay: npm run sim -- --seeds ${seed}-${seed} --days ${DAYS}`).toEqual([]);
    // A week in which nothing happens proves nothing.
    expect(counts.canaries).toBeGreaterThan(2_000);
    expect(counts.deaths).toBeGreaterThan(50);
    expect(stories).toBeGreaterThan(30);
  });

  it('is the same week again with the same seed', async () => {
    const [once, again] = [await liveThrough(21, 3), await liveThrough(21, 3)];

    expect(again.hash).toBe(once.hash);
  });
});
