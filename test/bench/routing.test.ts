import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compete, gainOf, POLICIES, PROPOSED, type Row } from '../../bench/routing/contest.ts';
import { writePage } from '../../bench/routing/report.ts';
import { generate, makeWorld, MAKERS, WORLD_SEC } from '../../bench/routing/world.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const SEEDS = Array.from({ length: 8 }, (_, n) => n + 1);

function rowIn(rows: readonly Row[], policy: string): Row {
  const row = rows.find((one) => one.policy === policy);
  expect(row).toBeDefined();
  return row!;
}

describe('the world of the routing benchmark', () => {
  it('is the same for everybody, and another for another seed', () => {
    expect(makeWorld(3, 0.5)).toEqual(makeWorld(3, 0.5));
    expect(makeWorld(4, 0.5).incidents).not.toEqual(makeWorld(3, 0.5).incidents);
    expect(generate(makeWorld(3, 0.5), 0, 60, 'x')).toEqual(generate(makeWorld(3, 1.1), 0, 60, 'x'));
  });

  it('has as many jobs as it is asked for, and each kind of incident once', () => {
    const { arrivals, incidents } = makeWorld(1, 0.85);

    expect(arrivals.length / WORLD_SEC).toBeCloseTo(0.85, 1);
    expect(incidents.map(({ kind }) => kind)).toEqual(['hard', 'hang', 'brownout', 'silent', 'flap']);
    expect(makeWorld(4, 0.85).incidents).toHaveLength(8);
  });

  it('lets each incident do what it is called', () => {
    const world = makeWorld(1, 0.85);
    const shareOf = (kind: string, is: string) => {
      const { maker, from } = world.incidents.find((one) => one.kind === kind)!;
      const ends = Array.from({ length: 400 }, (_, n) => generate(world, maker, from + 1, `${n}`));
      return ends.filter((end) => end.is === is).length / ends.length;
    };

    expect(shareOf('hard', 'refused')).toBe(1);
    expect(shareOf('hang', 'never')).toBe(1);
    expect(shareOf('flap', 'refused')).toBe(1);
    expect(shareOf('brownout', 'failed')).toBeCloseTo(0.45, 1);
    expect(shareOf('silent', 'unusable')).toBeCloseTo(0.82, 1);
  });
});

describe('routing in eight worlds at 0.85 jobs/s', () => {
  const rows = compete(Object.keys(POLICIES), SEEDS, [0.85]);

  it('breaks no promise on any publish: sums, whole numbers, the rise limit, the steps of the ramp', () => {
    expect(rows.flatMap(({ broken }) => broken)).toEqual([]);
    expect(rowIn(rows, 'reelwatch').publishesMean).toBeGreaterThan(20);
  });

  it.each(['failover', 'static', 'binary', 'binary-list', 'cooldown-5', 'cooldown-60', 'reelwatch'])(
    'delivers more than %s',
    (policy) => {
      expect(gainOf(rowIn(rows, PROPOSED), rowIn(rows, policy)).mean).toBeGreaterThan(0);
    },
  );

  it('loses fewer jobs than fixed weights even where nothing is told of the world', () => {
    expect(rowIn(rows, 'reelwatch').failedPct).toBeLessThan(rowIn(rows, 'static').failedPct);
  });

  it('shows users at most 0.8 of the unusable videos of fixed weights', () => {
    expect(rowIn(rows, PROPOSED).unusablePct).toBeLessThan(0.8 * rowIn(rows, 'static').unusablePct);
  });

  it('counts every job once', () => {
    for (const row of rows) {
      expect(row.deliveredPct).toHaveLength(SEEDS.length);
      expect(row.failedPct).toBeGreaterThan(0);
      expect(row.firstTryPct + row.failedPct).toBeLessThan(100);
    }
    expect(MAKERS.reduce((sum, { baseWeight }) => sum + baseWeight, 0)).toBe(100);
  });
});

describe('the page about routing', () => {
  it('has the figures of the last results (else run: npm run docs:routing)', () => {
    const page = read('docs/routing.md');

    expect(writePage(page, read('bench/routing/results/held-out.json'))).toBe(page);
  });

  it('is not written where a place for figures is missing', () => {
    expect(() => writePage('<!-- routing -->', '[]')).toThrow('<!-- /routing -->');
  });
});
