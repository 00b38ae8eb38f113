import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, HOUR } from '../../src/core/base.ts';
import type { Failure } from '../../src/core/trace.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON, aClaim, aCommit, closing } from '../store/samples.ts';
import type { Given } from './store.ts';

const LOST: Failure = {
  phase: 'submit',
  kind: 'lost',
  httpStatus: null,
  code: null,
  message: 'The daemon stopped while the order was under way.',
  hint: null,
  network: 'unknown',
};

/** An end of a run that teaches nothing, at a price. */
function ended(store: Store, runId: string, usd: number, failure: Failure | null = null) {
  const trace = { failure, cost: { usd, from: 'computed' as const } };
  return store.commit(aCommit('a/m', 1, [], { before: { version: 1 }, closesRun: closing(runId, trace) }));
}

export function describeMoney({ fresh, numRuns }: Given): void {
  it.each([
    ['a provider', { providerUsd: 1, totalUsd: 100 }, 'over_budget', 'claimed'],
    ['all together', { providerUsd: 100, totalUsd: 1 }, 'over_budget', 'over_budget'],
  ] as const)('refuses the run that would cross the limit of %s', async (_, limits, own, other) => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1', { limits }));
    await store.claimRun(aClaim('a/m@2', { limits }));

    expect(await store.claimRun(aClaim('a/m@3', { limits }))).toBe(own);
    expect(await store.claimRun(aClaim('b/m@3', { limits }))).toBe(other);
    expect(await store.run('a/m@3')).toBeNull();
  });

  it('pays for three runs of $0.10 out of $0.30, though doubles say 0.30000000000000004', async () => {
    const { store } = await fresh();
    const limits = { providerUsd: 0.3, totalUsd: 0.3 };
    const answers: string[] = [];
    for (let n = 1; n <= 4; n++)
      answers.push(await store.claimRun(aClaim(`a/m@${n}`, { limits, reservedUsd: 0.1 })));

    expect(answers).toEqual(['claimed', 'claimed', 'claimed', 'over_budget']);
  });

  it('has the money back after 24 hours, not a millisecond sooner', async () => {
    const { store } = await fresh();
    const limits = { providerUsd: 0.5, totalUsd: 0.5 };
    await store.claimRun(aClaim('a/m@1', { limits }));

    expect(await store.claimRun(aClaim('a/m@2', { limits, at: NOON + DAY - 1 }))).toBe('over_budget');
    expect(await store.claimRun(aClaim('a/m@2', { limits, at: NOON + DAY }))).toBe('claimed');
  });

  it('counts what a closed run cost, and what an open one may cost', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1', { reservedUsd: 0.5 }));
    await store.claimRun(aClaim('a/m@2', { reservedUsd: 0.25 }));
    await store.claimRun(aClaim('b/m@1', { reservedUsd: 3 }));

    await ended(store, 'a/m@1', 0.125);

    expect(await store.spentSince(NOON - HOUR)).toEqual({ a: 0.375, b: 3 });
    expect(await store.spentSince(NOON)).toEqual({});
  });

  it('tells the same run by run, oldest first: what an open one may cost, what a closed one did', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('b/m@3', { at: NOON + 3, reservedUsd: 3 }));
    await store.claimRun(aClaim('a/m@1', { at: NOON + 1 }));
    await store.claimRun(aClaim('a/m@2', { at: NOON + 2 }));
    await store.claimRun(aClaim('a/m@0', { at: NOON }));

    await ended(store, 'a/m@1', 0.125);
    await ended(store, 'a/m@2', 0, LOST);

    const [oldest, ...others] = await store.spendings(NOON - 1);
    expect(oldest).toEqual({ runId: 'a/m@0', provider: 'a', at: NOON, usd: 0.5 });
    expect(others).toEqual([
      { runId: 'a/m@1', provider: 'a', at: NOON + 1, usd: 0.125 },
      { runId: 'a/m@2', provider: 'a', at: NOON + 2, usd: 0.5 },
      { runId: 'b/m@3', provider: 'b', at: NOON + 3, usd: 3 },
    ]);
    expect(await store.spendings(NOON)).toEqual(others);
    expect(await store.spendings(NOON + 3)).toEqual([]);
  });

  it('never tells more than 50,000 of them, the newest', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into runs (id, target, provider, why, started_at, reserved_usd)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 50001)
       select cast(i as text), 'a/m', 'a', 'slot', i, 0.5 from n`,
    );

    const spendings = await store.spendings(0);

    expect(spendings).toHaveLength(50_000);
    expect(spendings[0]).toEqual({ runId: '2', provider: 'a', at: 2, usd: 0.5 });
    expect(spendings.at(-1)).toMatchObject({ at: 50_001 });
  });

  it('tells runs that sum up to what each provider has spent', async () => {
    const run = fc.record({
      provider: fc.constantFrom('a', 'b'),
      at: fc.nat({ max: 9 }),
      reservedUsd: fc.constantFrom(0.1, 0.3, 0.7),
      end: fc.constantFrom('open', 'free', 'dear', 'lost'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 12 }), fc.nat({ max: 9 }), async (runs, since) => {
        const { store, db } = await fresh();
        for (const [n, { provider, at, reservedUsd, end }] of runs.entries()) {
          const runId = `${provider}/m@${n}`;
          await store.claimRun(aClaim(runId, { at: NOON + at, reservedUsd }));
          if (end !== 'open') await ended(store, runId, end === 'dear' ? 2 : 0, end === 'lost' ? LOST : null);
        }
        const spendings = await store.spendings(NOON + since);

        const summed: Record<string, number> = {};
        for (const { provider, usd } of spendings) summed[provider] = (summed[provider] ?? 0) + usd;
        const spent = await store.spentSince(NOON + since);
        expect(Object.keys(summed).toSorted()).toEqual(Object.keys(spent).toSorted());
        for (const [provider, usd] of Object.entries(spent)) expect(summed[provider]).toBeCloseTo(usd, 9);
        expect(spendings).toEqual(spendings.toSorted((a, b) => a.at - b.at));
        await db.close();
      }),
      { numRuns },
    );
  });

  it.each([
    ['nothing, where nothing was ordered', 0, null, 0],
    ['what the provider says, though it is more than was set aside', 0.75, null, 0.75],
    ['all that was set aside, where the order may have been taken', 0, LOST, 0.5],
    ['more than was set aside, where a lost job is known to have cost more', 0.75, LOST, 0.75],
    ['all that was set aside, where the price is no number', Number.NaN, null, 0.5],
    ['all that was set aside, where the price is negative', -3, null, 0.5],
  ])('books %s', async (_, usd, failure, expected) => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1', { reservedUsd: 0.5 }));

    await ended(store, 'a/m@1', usd, failure);

    expect(await store.spentSince(NOON - 1)).toEqual({ a: expected });
  });

  it('never reserves more than the limits in any 24 hours', async () => {
    const limits = { providerUsd: 2, totalUsd: 3 };
    const claim = fc.record({
      provider: fc.constantFrom('a', 'b'),
      hours: fc.nat({ max: 12 }),
      reservedUsd: fc.constantFrom(0.1, 0.3, 0.7, 1.1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(claim, { maxLength: 25 }), async (claims) => {
        const { store, db } = await fresh();
        let at = NOON;
        const paid: { at: number; usd: number; provider: string }[] = [];
        for (const [n, { provider, hours, reservedUsd }] of claims.entries()) {
          at += hours * HOUR;
          const answer = await store.claimRun(aClaim(`${provider}/m@${n}`, { at, reservedUsd, limits }));
          const day = paid.filter((run) => run.at > at - DAY);
          const total = sum(day) + reservedUsd;
          const own = sum(day.filter((run) => run.provider === provider)) + reservedUsd;
          const fits = total <= limits.totalUsd + 1e-6 && own <= limits.providerUsd + 1e-6;
          expect(answer).toBe(fits ? 'claimed' : 'over_budget');
          if (fits) paid.push({ at, usd: reservedUsd, provider });
        }
        await db.close();
      }),
      { numRuns },
    );
  });
}

function sum(runs: { usd: number }[]): number {
  return runs.reduce((total, run) => total + run.usd, 0);
}
