import { expect, it } from 'vitest';
import type { DriftNote } from '../../src/ports/outbox.ts';
import { NOON, aClaim, aCommit, aPlan, aStory, aTale, closing } from '../store/samples.ts';
import type { Given } from './store.ts';

const MEBI = 2 ** 20;

/** What an API, a receiver or a person may send, by name. */
const TEXTS: [string, string][] = [
  ['a NUL', 'no\u0000such job'],
  ['control characters', '\u001b[31mred\u001b[0m\u0007\u0008\u000b\u007f'],
  ['half of a surrogate pair', 'half \ud83d, other half \udc4d'],
  ['a line of Windows', 'one\r\ntwo\rthree\tfour'],
  ['1 MiB', 'x'.repeat(MEBI)],
  ['1 MiB of pairs and NULs', '\u0000👍'.repeat(MEBI / 4)],
];

/** Anything that would move a terminal's cursor, end a C string or be no Unicode. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f]|\\u00[01]|\\u007f|\\[bfr]/;

const isSafe = (value: unknown): boolean => {
  const text = JSON.stringify(value);
  return !UNSAFE.test(text) && !/\\ud[89a-f]/.test(text);
};

export function describeOutside({ fresh }: Given): void {
  it.each(TEXTS)(
    'takes %s in the error of a delivery, and gives back what is safe to show',
    async (_, text) => {
      const { store } = await fresh();
      await store.commit(aCommit('a/m', 1, ['slack']));

      await store.settleEntries(['a/m#1.0/slack'], { is: 'dead', at: NOON, error: text });

      const [dead] = await store.deadEntries(10);
      expect(dead?.error.length).toBeGreaterThan(10);
      expect(isSafe(dead)).toBe(true);
    },
  );

  it.each(TEXTS)('takes %s in the error of a push, and audits the same error once', async (_, text) => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, [], { plans: [{ plan: aPlan('r', 1), before: 0, sinks: ['s'] }] }));
    const refused = { is: 'retry' as const, at: NOON, dueAt: NOON, error: text };

    await store.settlePush('s', 'r', 1, refused);
    await store.settlePush('s', 'r', 1, refused);

    const audit = await store.audit({ limit: 10 });
    expect(audit).toMatchObject([{ type: 'pushed', result: 'refused' }]);
    expect(isSafe([audit, await store.pushStates()])).toBe(true);
  });

  it.each(TEXTS)('takes %s in a job, its id, its trace and its verdict', async (_, text) => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));

    await store.saveJob('a/m@1', { id: text }, text, NOON);

    // The provider is asked for the job with exactly what it gave.
    const [open] = await store.openRuns();
    expect(open?.job).toEqual({ id: text });
    expect(open?.jobId?.length).toBeLessThanOrEqual(500);
    const closesRun = {
      ...closing('a/m@1', { jobId: text, steps: [{ at: NOON, what: 'refused', detail: text }] }),
      verdict: { is: 'fail' as const, cause: 'unavailable' as const, blame: 'provider' as const, text },
    };
    expect(await store.commit(aCommit('a/m', 1, [], { closesRun }))).toBe('done');
    const run = await store.run('a/m@1');
    expect(run?.trace?.steps[0]?.detail).toBeTruthy();
    expect(isSafe(run)).toBe(true);
  });

  it.each(TEXTS)('takes %s in a state, an event, a message and a plan', async (_, text) => {
    const { store } = await fresh();
    const given = aCommit('a/m', 1);
    const story = aStory('a/m');
    story.effect = { type: 'blind.began', at: NOON, target: 'a/m', cause: 'no_credit', text };
    const verdict = { is: 'inconclusive' as const, cause: 'no_credit' as const, text };

    await store.commit({
      ...given,
      state: { ...given.state, reason: { code: 'blind', text } },
      event: { type: 'check.judged', at: NOON, verdict },
      outbox: [{ key: 'k/slack', channel: 'slack', target: 'a/m', story, dueAt: NOON }],
      plans: [
        { plan: { ...aPlan('r', 1), frozen: { since: NOON, why: text, by: text } }, before: 0, sinks: [] },
      ],
    });

    const read = [await store.peek(), await store.events('a/m'), await store.dueEntries('slack', NOON, 9)];
    expect(JSON.stringify(read).length).toBeGreaterThan(1_000);
    expect(isSafe(read)).toBe(true);
  });

  it.each(TEXTS)('takes %s as author and reason of what people do', async (_, text) => {
    const { store } = await fresh();
    const by = { author: text, reason: text };
    const pin = { route: 'r', target: 'a/m', weight: 5, until: NOON + 9, ...by };

    await store.pin(pin, NOON);
    await store.freeze({ route: null, since: NOON, until: NOON + 9, ...by });
    await store.unpin('r', 'a/m', { at: NOON, ...by });
    await store.thaw({ at: NOON, route: null, routes: ['r'], ...by });

    const audit = await store.audit({ limit: 10 });
    expect(audit).toHaveLength(4);
    expect(isSafe(audit)).toBe(true);
  });

  it.each(TEXTS)('takes %s in what a router was found to hold', async (_, text) => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, [], { plans: [{ plan: aPlan('r', 1), before: 0, sinks: ['s'] }] }));
    await store.settlePush('s', 'r', 1, { is: 'applied', at: NOON });
    const note: DriftNote = {
      sink: 's',
      route: 'r',
      generation: 1,
      at: NOON,
      before: null,
      drift: { since: NOON, lastAt: NOON, times: 1, sames: 0 },
      error: text,
      outbox: [aTale('r', [1, NOON], 'slack')],
    };

    expect(await store.noteDrift(note)).toBe(true);
    expect(isSafe([await store.pushStates(), await store.audit({ limit: 9 })])).toBe(true);
  });
}
