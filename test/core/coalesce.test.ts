import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toldTogether, undeliveredBegin } from '../../src/core/coalesce.ts';
import type { RouteEffect, Story, TargetEffect } from '../../src/core/effect.ts';
import type { Incident } from '../../src/core/model.ts';
import { ID, NOON, noticeFor } from './life.ts';
import { targetOf } from './targets.ts';

const WORDS = [
  'opened',
  'changed',
  'closed',
  'began',
  'ended',
  'notice',
  'retired',
  'frozen',
  'thawed',
  'drifted',
  'settled',
] as const;
type Word = (typeof WORDS)[number];

/** `opened 1` is the beginning of the first incident, `drifted 1` of the first router; the others have no number. */
function storyOf(words: string, n: number): Story {
  const [word = '', number = '1'] = words.split(' ');
  const at = NOON + n;
  const incident: Incident = {
    id: `${ID}!${number}`,
    firstFailureAt: NOON,
    detectedAt: NOON,
    worst: 'down',
    cause: 'timeout',
    evidence: [],
    why: [],
  };
  const notice = { ...noticeFor(), firstSeenAt: NOON };
  const route = 't2v';
  const since = NOON;
  const routes: Partial<Record<string, RouteEffect>> = {
    frozen: {
      type: 'route.frozen',
      at,
      route,
      mode: 'enforce',
      since,
      why: '',
      by: 'policy',
      endsAt: null,
      liftedBy: 'thaw',
      held: [],
      out: [],
    },
    thawed: {
      type: 'route.thawed',
      at,
      route,
      mode: 'enforce',
      since,
      durationMs: 1,
      by: 'policy',
      ended: 'time',
    },
    drifted: { type: 'router.drifted', at, route, sink: number, generation: 1, what: [] },
    settled: { type: 'router.settled', at, route, sink: number, since, durationMs: 1, times: 1 },
  };
  const links = { page: '', run: null, frame: null, dashboard: null, runbook: null };
  const ofRoute = routes[word];
  if (ofRoute !== undefined) return { effect: ofRoute, moves: [], links };
  const effects: Partial<Record<string, TargetEffect>> = {
    opened: { type: 'incident.opened', at, target: ID, incident, health: 'down' },
    changed: { type: 'incident.changed', at, target: ID, incident, from: 'degraded', to: 'down' },
    closed: { type: 'incident.closed', at, target: ID, incident, durationMs: 1, to: 'healthy' },
    began: { type: 'blind.began', at, target: ID, cause: 'auth', text: '' },
    ended: { type: 'blind.ended', at, target: ID, cause: 'auth', durationMs: 1 },
    notice: { type: 'notice.announced', at, target: ID, notice },
    retired: { type: 'target.retired', at, target: ID, notice, text: '' },
  };
  return {
    effect: effects[word] as TargetEffect,
    target: targetOf(ID),
    moves: [],
    peers: { fine: 0, troubled: [], blind: 0 },
    links,
  };
}

const together = (queue: string) => toldTogether(queue === '' ? [] : queue.split(', ').map(storyOf));

describe('from the head of a queue', () => {
  it.each([
    ['', 0],
    ['opened', 1],
    ['opened, closed', 2],
    ['opened, changed, closed', 3],
    ['changed, closed', 2],
    ['closed, opened 2', 1],
    // The next outage is another story, also when it has ended too.
    ['opened 1, closed 1, opened 2, closed 2', 2],
    // What goes on is told alone, and what follows waits its turn.
    ['opened 1, changed 1', 1],
    ['opened 1, notice', 1],
    ['opened 2, closed 1', 1],
    // What lies between is told with it: order is kept, nothing is left out.
    ['opened, began, notice, ended, closed, retired', 5],
    ['began, ended', 2],
    ['began, began, ended', 3],
    ['began, notice, ended, began, ended', 3],
    ['began, opened', 1],
    ['ended, began', 1],
    ['notice, notice', 1],
    ['retired, opened, closed', 1],
    ['frozen, thawed', 2],
    ['frozen, frozen, thawed', 3],
    ['thawed, frozen', 1],
    ['drifted 1, settled 1', 2],
    // Another router's end is not this one's.
    ['drifted 1, settled 2', 1],
    ['drifted 1, frozen, settled 2, settled 1, thawed', 4],
  ])('of "%s", %d are told as one', (queue, expected) => {
    expect(together(queue)).toBe(expected);
  });
});

describe('with what is told, what was never delivered before it', () => {
  const wordsOf = (words: string) => (words === '' ? [] : words.split(', ')).map(storyOf);

  it.each([
    ['opened', 'closed', 1],
    ['opened, changed', 'closed', 2],
    ['opened', 'changed, closed', 1],
    // The begin was delivered: what went on afterwards is not needed for the end.
    ['changed', 'closed', 0],
    ['', 'closed', 0],
    ['opened 1', 'closed 2', 0],
    ['opened 1, closed 1, opened 2', 'closed 2', 1],
    ['opened', 'opened, closed', 1],
    ['opened', 'changed', 0],
    ['notice, retired', 'closed', 0],
    ['began', 'ended', 1],
    ['opened', 'ended', 0],
    ['frozen', 'thawed', 1],
    ['drifted 1', 'settled 1', 1],
    ['drifted 1', 'settled 2', 0],
  ])('of "%s" before "%s", %d', (dead, told, count) => {
    expect(undeliveredBegin(wordsOf(dead), wordsOf(told))).toHaveLength(count);
  });

  it('leaves out what began and ended before', () => {
    const [began, ended] = [storyOf('began', 0), storyOf('ended', 60_000)];

    expect(undeliveredBegin([began], [ended])).toEqual([]);
  });
});

const anyQueue = fc
  .array(fc.tuple(fc.constantFrom<Word>(...WORDS), fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((words) => words.map(([word, number], n) => storyOf(`${word} ${number}`, n)));

it('tells at least one and never more than there are, so that every queue is told to its end', () => {
  fc.assert(
    fc.property(anyQueue, (queue) => {
      const told: Story[] = [];
      let rest = queue;
      while (rest.length > 0) {
        const count = toldTogether(rest);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(rest.length);
        told.push(...rest.slice(0, count));
        rest = rest.slice(count);
      }

      expect(told).toEqual(queue);
    }),
  );
});

it('joins only what is over: several are told as one where the last of them ends what the first began', () => {
  fc.assert(
    fc.property(anyQueue, (queue) => {
      const last = queue[toldTogether(queue) - 1]?.effect.type ?? '';

      expect(toldTogether(queue) === 1 || /closed|ended|thawed|settled/.test(last)).toBe(true);
    }),
  );
});
