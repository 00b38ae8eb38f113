import { expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import { totalMsOf } from '../../src/core/classify.ts';
import { NOON, PASS, aClaim, aCommit, aTrace, closing } from '../store/samples.ts';
import type { Given } from './store.ts';

export function describeRuns({ fresh }: Given): void {
  it('gives a slot to the first who asks, for ever', async () => {
    const { store } = await fresh();

    expect(await store.claimRun(aClaim('a/m@1'))).toBe('claimed');
    expect(await store.claimRun(aClaim('a/m@1'))).toBe('taken');
    await store.commit(aCommit('a/m', 1, [], { closesRun: closing('a/m@1') }));
    expect(await store.claimRun(aClaim('a/m@1', { at: NOON + HOUR }))).toBe('taken');
  });

  it('lists open runs with their job, oldest first', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@2', { at: NOON + 2, why: 'confirm' }));
    await store.claimRun(aClaim('a/m@1', { at: NOON + 1 }));
    const job = { id: 'x', urls: ['https://example.com/ü'], n: 1.5, none: null };

    await store.saveJob('a/m@2', job, 'x', NOON + 9);
    await store.countResume('a/m@2');
    await store.countResume('a/m@2');

    expect(await store.openRuns()).toEqual([
      {
        runId: 'a/m@1',
        target: 'a/m',
        why: 'slot',
        startedAt: NOON + 1,
        job: null,
        jobId: null,
        acceptedAt: null,
        resumes: 0,
      },
      {
        runId: 'a/m@2',
        target: 'a/m',
        why: 'confirm',
        startedAt: NOON + 2,
        job,
        jobId: 'x',
        acceptedAt: NOON + 9,
        resumes: 2,
      },
    ]);
  });

  it('refuses to save a job of a run that was never claimed', async () => {
    const { store } = await fresh();

    await expect(store.saveJob('a/m@1', {}, 'x', NOON)).rejects.toThrow('never claimed');
  });

  it('keeps a closed run as it was when a job arrives late', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    await store.commit(aCommit('a/m', 1, [], { closesRun: closing('a/m@1') }));

    await store.saveJob('a/m@1', {}, 'late', NOON);

    expect(await store.run('a/m@1')).toMatchObject({ jobId: null });
    expect(await store.openRuns()).toEqual([]);
  });

  it('shows a closed run with its verdict, trace, cost and frame', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    const jpeg = new Uint8Array([255, 216, 0, 1, 2, 250]);
    const frameJpegBase64 = Buffer.from(jpeg).toString('base64');

    await store.commit(aCommit('a/m', 1, [], { closesRun: { ...closing('a/m@1'), frameJpegBase64 } }));

    expect(await store.run('a/m@1')).toEqual({
      runId: 'a/m@1',
      target: 'a/m',
      why: 'slot',
      startedAt: NOON,
      endedAt: NOON + MINUTE,
      verdict: PASS,
      trace: aTrace('a/m@1'),
      readyMs: totalMsOf(aTrace('a/m@1')),
      videoMs: aTrace('a/m@1').video?.durationMs ?? null,
      costUsd: 0.4,
      jobId: null,
      hasFrame: true,
    });
    expect(await store.frame('a/m@1')).toEqual(jpeg);
  });

  it('knows nothing of runs and frames that never were', async () => {
    const { store } = await fresh();

    expect(await store.run('a/m@1')).toBeNull();
    expect(await store.frame('a/m@1')).toBeNull();
  });

  it('drops a frame that is larger than a preview can be', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    const frameJpegBase64 = 'A'.repeat(4_000_004);

    await store.commit(aCommit('a/m', 1, [], { closesRun: { ...closing('a/m@1'), frameJpegBase64 } }));

    expect(await store.run('a/m@1')).toMatchObject({ hasFrame: false, verdict: PASS });
  });

  it('lists the newest runs of each of these targets', async () => {
    const { store } = await fresh();
    for (const n of [1, 2, 3]) await store.claimRun(aClaim(`a/m@${n}`, { at: NOON + n }));
    await store.claimRun(aClaim('b/m@1', { at: NOON }));
    const ids = async (targets: string[], limit: number) =>
      (await store.runs({ targets, limit })).map((run) => run.runId);

    expect(await ids(['b/m', 'a/m'], 2)).toEqual(['a/m@3', 'a/m@2', 'b/m@1']);
    expect(await ids(['a/m'], 2)).toEqual(['a/m@3', 'a/m@2']);
    expect(await ids([], 2)).toEqual([]);
    expect(await ids(['a/m'], 0)).toEqual([]);
    expect(await ids(['a/m'], -5)).toEqual([]);
  });

  it('lists runs without reading their traces, but with what the trace said of speed and length', async () => {
    const { store, db } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    const closed = closing('a/m@1');
    await store.commit(aCommit('a/m', 1, [], { closesRun: closed }));
    await db.query("update runs set trace = 'no trace at all' where id = 'a/m@1'");

    const [listed] = await store.runs({ targets: ['a/m'], limit: 10 });

    expect(listed).toMatchObject({
      runId: 'a/m@1',
      verdict: PASS,
      readyMs: totalMsOf(closed.trace),
      videoMs: closed.trace.video?.durationMs ?? null,
    });
    expect(listed).not.toHaveProperty('trace');
  });

  it('never lists more than 1,000 rows in all, whatever is asked for', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into runs (id, target, provider, why, started_at, reserved_usd)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 1202)
       select cast(i as text), case when i > 601 then 'a/m' else 'b/m' end, 'a', 'slot', i, 0 from n`,
    );

    expect(await store.runs({ targets: ['a/m', 'b/m'], limit: 1_000_000 })).toHaveLength(1_000);
  });

  it('never lists more than 10,000 open runs, the oldest first', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into runs (id, target, provider, why, started_at, reserved_usd)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 10001)
       select cast(i as text), 'a/m', 'a', 'slot', i, 0 from n`,
    );

    const open = await store.openRuns();

    expect(open).toHaveLength(10_000);
    expect(open[0]).toMatchObject({ startedAt: 1 });
  });

  it('never gives more than 50,000 events, the newest of them', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into events (target, version, at, event)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 50001)
       select 'a/m', i, i, '{"type":"day.began","at":' || cast(i as text) || '}' from n`,
    );

    const events = await store.events('a/m');

    expect(events).toHaveLength(50_000);
    expect(events[0]).toEqual({ type: 'day.began', at: 2 });
  });
}
