import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { Episode } from '../../src/core/hindsight.ts';
import {
  SHORT_MS,
  beganAt,
  decidedOf,
  detectMs,
  episodesOf,
  medianOf,
  pairsOf,
} from '../../src/core/hindsight.ts';
import type { Incident } from '../../src/core/model.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const ID = 'acme/one';

/** Times in minutes after noon. */
function incident(
  n: number,
  began: number,
  reported: number,
  by: readonly (string | null)[] = ['r'],
): Incident {
  return {
    id: `${ID}!${n}`,
    firstFailureAt: NOON + began * MINUTE,
    detectedAt: NOON + reported * MINUTE,
    worst: 'down',
    cause: 'unavailable',
    evidence: by.map((runId) => ({ at: NOON, runId, cause: 'unavailable', text: 'HTTP 503' })),
    why: [],
  };
}

function told(type: 'incident.opened' | 'incident.closed', one: Incident, at: number): Effect {
  const when = { at: NOON + at * MINUTE, target: ID, incident: one };
  return type === 'incident.opened'
    ? { type, ...when, health: 'down' }
    : { type, ...when, durationMs: 0, to: 'healthy' };
}

function episode(began: number, reported: number, over: number | null, id = `${ID}!1`): Episode {
  const [one] = episodesOf([], incident(1, began, reported));
  return { ...one!, id, overAt: over === null ? null : NOON + over * MINUTE };
}

describe('an incident in hindsight', () => {
  it('has its begin, its report and its end, from whatever was told of it', () => {
    const [first, second, third] = [incident(1, 0, 3), incident(2, 60, 62), incident(3, 90, 95)];
    const effects = [
      // It was reported before the time that was asked for.
      told('incident.closed', first, 30),
      told('incident.opened', second, 62),
      told('incident.closed', second, 80),
      told('incident.opened', third, 95),
    ];

    expect(episodesOf(effects, third)).toMatchObject([
      { id: `${ID}!1`, beganAt: NOON, reportedAt: NOON + 3 * MINUTE, overAt: NOON + 30 * MINUTE },
      { id: `${ID}!2`, overAt: NOON + 80 * MINUTE },
      { id: `${ID}!3`, overAt: null },
    ]);
  });

  it.each([
    ['by canaries alone, over at once', ['a', 'b'], SHORT_MS, true],
    ['by free checks alone', [null, null], MINUTE, true],
    ['by jobs alone that did not end', [], MINUTE, true],
    ['by canaries and free checks', ['a', null], MINUTE, false],
    ['over a second later than that', ['a'], SHORT_MS + SECOND, false],
  ])('is short when seen %s', (_, by, ms, isShort) => {
    const one = incident(1, 0, 2, by);

    expect(episodesOf([told('incident.closed', one, 2 + ms / MINUTE)], null)).toMatchObject([{ isShort }]);
  });

  it('that goes on is not short', () => {
    expect(episodesOf([], incident(1, 0, 2))).toMatchObject([{ isShort: false }]);
  });

  it('takes its time from the first failure to the report, in the median', () => {
    expect(detectMs([episode(0, 3, 9), episode(20, 21, 30), episode(40, 50, 60)])).toBe(3 * MINUTE);
    expect(detectMs([])).toBeNull();
    expect([medianOf([4, 1, 3, 2]), medianOf([5]), medianOf([])]).toEqual([2, 5, null]);
  });
});

describe('two accounts', () => {
  it('have in common what overlaps, once each', () => {
    const decided = [episode(0, 3, 30), episode(100, 101, 110)];
    const replayed = [episode(0, 2, 10), episode(12, 13, 29), episode(200, 201, null)];

    const pairs = pairsOf(decided, replayed);

    expect(pairs.map((pair) => (beganAt(pair) - NOON) / MINUTE)).toEqual([0, 12, 100, 200]);
    expect(pairs).toEqual([
      { decided: decided[0], replayed: replayed[0] },
      { decided: null, replayed: replayed[1] },
      { decided: decided[1], replayed: null },
      { decided: null, replayed: replayed[2] },
    ]);
  });

  it('agree on nothing where there is nothing', () => {
    expect(pairsOf([], [])).toEqual([]);
  });
});

describe('what was decided', () => {
  const folded = [episode(0, 3, 30, 'f1'), episode(100, 104, 130, 'f2')];
  const given = { told: [], folded, counted: 2, open: null };

  it('is what was told, whatever the fold makes of it now', () => {
    const heard = [episode(0, 2, 31)];

    expect(decidedOf({ ...given, told: heard })).toEqual({ episodes: heard, from: 'told' });
  });

  it('is what the fold says where no channel ever heard of it', () => {
    expect(decidedOf(given)).toEqual({ episodes: folded, from: 'folded' });
  });

  it('is nothing where the target has had no incident', () => {
    expect(decidedOf({ ...given, counted: 0 })).toEqual({ episodes: [], from: 'told' });
  });

  it('is the fold up to the first that a channel heard of', () => {
    const heard = [episode(101, 106, 130)];

    expect(decidedOf({ ...given, told: heard }).episodes).toEqual([folded[0], heard[0]]);
  });

  it('ends as the fold says where no channel hears of ends, and goes on where it is open', () => {
    const heard = [episode(0, 3, null, 'a'), episode(100, 104, null, 'b')];
    const open = { ...incident(2, 100, 104), id: 'b' };

    const ends = (one: Incident | null) =>
      decidedOf({ ...given, told: heard, open: one }).episodes.map(({ overAt }) => overAt);

    expect(ends(open)).toEqual([NOON + 30 * MINUTE, null]);
    expect(ends(null)).toEqual([NOON + 30 * MINUTE, NOON + 130 * MINUTE]);
  });
});
