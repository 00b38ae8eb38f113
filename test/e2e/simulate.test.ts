import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import type { TargetEffect } from '../../src/core/effect.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetEvent, TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { Db, Store } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { GOOD, LATER, NOON, OUTAGE, RECOVERY, record } from '../core/past.ts';
import { aStory } from '../store/samples.ts';
import { killAll, run } from './process.ts';

const TARGET = 'runway/gen4.5';
/** The past of the other tests, moved to where it ended two days ago. */
const AGO = Math.floor((Date.now() - 2 * DAY - NOON) / HOUR) * HOUR;

let directory: string;
let db: Db;
let store: Store;
let config: string;
const env = () => ({ REELWATCH_DATA_DIR: directory });
const simulate = (...more: string[]) => run(['simulate', ...more, '-c', config], env());

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reelwatch-simulate-'));
  config = write('own.yaml', {
    providers: [{ id: 'runway', apiKey: 'key' }],
    targets: ['gen4.5', 'wan3'].map((model) => ({ provider: 'runway', model })),
  });
  db = openSqlite(join(directory, 'reelwatch.sqlite'));
  // Left open all the while, as by a daemon that runs.
  store = await openStore(db);
  const outage = [
    ...OUTAGE,
    ...OUTAGE.map((job) => ({ ...job, submittedAt: job.submittedAt + 12 * MINUTE })),
  ];
  await live(
    record([
      ...GOOD,
      ...outage,
      ...RECOVERY.map((job) => ({ ...job, submittedAt: job.submittedAt + HOUR })),
    ]).past.events.map(moved),
  );
});
afterAll(async () => {
  killAll();
  await db.close();
  rmSync(directory, { recursive: true, force: true });
});

function write(name: string, content: object): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function moved(event: TargetEvent): TargetEvent {
  const jobs = ('running' in event ? event.running : undefined) ?? [];
  const running = jobs.map((job) => ({ ...job, submittedAt: job.submittedAt + AGO }));
  const submittedAt = event.type === 'run.judged' ? (event.submittedAt ?? event.at) + AGO : undefined;
  return {
    ...event,
    at: event.at + AGO,
    ...(jobs.length > 0 && { running }),
    ...(submittedAt !== undefined && { submittedAt }),
  };
}

/** Writes events down as a daemon does that tells one channel. */
async function live(events: readonly TargetEvent[]): Promise<void> {
  let state: TargetState = freshState(TARGET, events[0]?.at ?? 0);
  for (const event of events) {
    const step = reduce(state, event, DEFAULT_POLICY);
    if (!step.changed) continue;
    const entry = (effect: TargetEffect, n: number) => ({
      key: `${TARGET}#${step.state.version}.${n}/slack`,
      channel: 'slack',
      target: TARGET,
      story: { ...aStory(TARGET, event.at), effect },
      dueAt: event.at,
    });
    await store.commit({
      before: { version: state.version },
      state: step.state,
      event,
      outbox: step.effects.map(entry),
      closesRun: null,
      plans: [],
      generation: 0,
    });
    state = step.state;
  }
}

describe('simulate', () => {
  it('finds again what was decided, where nothing is supposed', async () => {
    const { code, out, err } = await simulate(TARGET);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^With the present configuration, nothing changed:$/m);
    expect(out).toMatch(/^began +reported +in the replay +over +in the replay +difference$/m);
    expect(out).toMatch(/Z +the same$/m);
    expect(out).toMatch(/^incidents +1 +1$/m);
    expect(out).toContain('Replayed, 1 incident would have been reported within a minute of when it was.');
    expect(out).toContain('Not replayed: with other parameters other canaries would have been ordered');
  });

  it('reports later where more signs are asked for', async () => {
    const { code, out } = await simulate(TARGET, '--set', 'signsMin=5');

    expect(code).toBe(0);
    expect(out).toMatch(/^signsMin: 5 instead of 2$/m);
    expect(out).toMatch(/reported \d+ (min|s) later/);
    expect(out).toMatch(/^With signsMin=5: 1 incident reported later, by \d+ (min|s)\.$/m);
  });

  it('does not report where more is asked for than was seen, and says so to programs too', async () => {
    const other = write('other.yaml', { health: { signsMin: 10 } });

    const { code, out } = await simulate(TARGET, '--with', other, '--json');

    expect(code).toBe(0);
    const told = JSON.parse(out) as { targets: { decisions: { to: string }[] }[] };
    expect(told).toMatchObject({
      changes: [{ name: 'signsMin', from: '2', to: '10', isJudging: true }],
      targets: [
        {
          target: TARGET,
          isCut: false,
          decidedFrom: 'told',
          decided: { episodes: [{ reportedAt: expect.any(Number), worst: 'down' }] },
          replayed: { episodes: [] },
          pairs: [{ replayed: null }],
        },
      ],
      sums: { decided: { incidents: 1 }, replayed: { incidents: 0, detectMs: null } },
    });
    expect(told.targets[0]?.decisions.map(({ to }) => to)).toContain('suspect');
  });

  it('goes back as far as it is told, over all targets', async () => {
    const { code, out } = await simulate('--since', '1h');

    expect(code).toBe(0);
    expect(out).toMatch(/^no incident: runway\/gen4\.5$/m);
    expect(out).toContain('runway/wan3: nothing is remembered of it.');
    expect(out).toContain('Replayed, nothing would have been reported either.');
  });

  it('says from when on the history is whole, once older events have been forgotten', async () => {
    const cutAt = LATER + AGO - HOUR;
    await db.query('create table kept as select * from events');
    await db.query('delete from events where at < $1', [cutAt]);

    const { out } = await simulate(TARGET);
    await db.query('delete from events');
    await db.query('insert into events select * from kept');

    expect(out).toMatch(/; its history is complete since \S+Z only, and belief begins anew there/);
    expect(out).toMatch(/^incidents +1 +1$/m);
  });

  it.each([
    [['runway/gen9'], 'runway/gen9 is not configured'],
    [['--set', 'alrtAt=0.9'], '--set: health.alrtAt: Unknown option "alrtAt". Did you mean "alertAt"?'],
    [['--since', 'yesterday'], '--since: Expected a duration such as 90s, 10m, 6h or 7d, got "yesterday".'],
    [['--with', 'none.yaml'], 'none.yaml: Expected a readable file'],
  ])('refuses %j', async (args, sentence) => {
    const { code, out, err } = await simulate(...args);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
  });
});
