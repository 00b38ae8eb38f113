import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Health } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Decision } from '../../src/core/replay.ts';
import { LOOK_MS, LOOKS_PER_PACE_MAX, replay } from '../../src/core/replay.ts';
import type { Change, Job, Said } from './past.ts';
import { GOOD, ID, LATER, NOON, OUTAGE, RECOVERY, TICK_MS, ended, record, withJudgement } from './past.ts';

const window = (from = NOON, until = NOON + DAY) => ({ from, until, looks: 'anew' as const });

function healthChanges(decisions: readonly Decision[]): Change[] {
  return decisions
    .filter(({ from, to }) => from !== to)
    .map(({ at, from, to }) => ({ at, from: from as Health, to: to as Health }));
}

const opened = (decisions: readonly Decision[]) =>
  decisions.flatMap(({ effects }) => effects).filter(({ type }) => type === 'incident.opened');

const anyJobs: fc.Arbitrary<Job[]> = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: SECOND, max: 20 * MINUTE }),
      tookMs: fc.oneof(fc.integer({ min: 1_000, max: 90_000 }), fc.integer({ min: 30_000, max: 900_000 })),
      said: fc.constantFrom<Said>(
        'pass',
        'pass',
        'pass',
        'unavailable',
        'unavailable',
        'timeout',
        'bad_output',
      ),
    }),
    { maxLength: 60, size: 'max' },
  )
  .map((steps) => {
    let at = NOON;
    return steps.map(({ gapMs, tookMs, said }): Job => {
      at += gapMs;
      // Nothing ends in the very moment of a look: which came first would be anybody's guess.
      const clash = (at + tookMs) % TICK_MS === 0 || at % TICK_MS === 0 ? 1 : 0;
      return { submittedAt: at + clash, tookMs: tookMs + clash, said };
    });
  });

describe('a replay', () => {
  it.each(['recorded', 'anew'] as const)(
    'with the parameters of then finds each change of health when it was found, looks %s',
    (looks) => {
      fc.assert(
        fc.property(anyJobs, fc.constantFrom(1, 2, 3), (jobs, signsMin) => {
          const policy = withJudgement({ signsMin });
          const { past, changes } = record(jobs, policy);

          const { decisions } = replay(past, policy, { from: NOON, until: NOON + DAY, looks });

          const lastAt = past.events.at(-1)?.at ?? NOON;
          expect(healthChanges(decisions).filter(({ at }) => at <= lastAt)).toEqual(changes);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('reports an outage earlier where fewer signs are asked for, and later where more are', () => {
    const { past } = record([...GOOD, ...OUTAGE, ...RECOVERY]);
    const reportedAt = (signsMin: number) =>
      opened(replay(past, withJudgement({ signsMin }), window()).decisions)[0]?.at ?? Infinity;

    expect(reportedAt(1)).toBeLessThanOrEqual(reportedAt(2));
    expect(reportedAt(2)).toBeLessThan(reportedAt(4));
    expect(reportedAt(2)).toBeGreaterThan(LATER);
    expect(reportedAt(4)).toBeLessThan(LATER + 20 * MINUTE);
  });

  it('says for each decision what changed, how sure it was, why, and what there was to tell', () => {
    const { past } = record([...GOOD, ...OUTAGE, ...RECOVERY]);

    const { decisions, state } = replay(past, DEFAULT_POLICY, window());

    const report = decisions.find(({ to }) => to === 'down');
    expect(report).toMatchObject({ from: 'suspect', effects: [{ type: 'incident.opened', target: ID }] });
    expect(report?.fault).toBeGreaterThan(0.95);
    expect(report?.why.join('\n')).toMatch(/canaries bad since 14:00 UTC/);
    expect(decisions.at(-1)).toMatchObject({ to: 'healthy', effects: [{ type: 'incident.closed' }] });
    expect(state).toMatchObject({ health: 'healthy', incident: null, incidentCount: 1 });
  });

  it('sees a job that does not end, though nobody wrote down that he looked', () => {
    const hanging: Job = { submittedAt: LATER + 1, tookMs: 14 * MINUTE, said: 'timeout' };
    const { past } = record([...GOOD, hanging]);
    const events = past.events.filter(({ type }) => type !== 'looked');

    const { decisions } = replay({ ...past, events }, DEFAULT_POLICY, window());

    const [first] = decisions.filter(({ to }) => to === 'suspect');
    expect(first?.at).toBeLessThan(LATER + 10 * MINUTE);
    expect((first?.at ?? 1) % LOOK_MS).toBe(0);
    expect(first?.why.join('\n')).toMatch(/1 job overdue/);
  });

  it('holds nothing against a job that a restart kept from being looked at', () => {
    const resumed = { ...ended({ submittedAt: LATER + 1, tookMs: 3 * HOUR, said: 'pass' }), totalMs: null };
    const lost = ended({ submittedAt: LATER + 4 * HOUR + 1, tookMs: 3 * HOUR, said: 'interrupted' });
    const { past } = record(GOOD);

    const { decisions } = replay(
      { ...past, events: [...past.events, resumed, lost] },
      DEFAULT_POLICY,
      window(),
    );

    expect(decisions.map(({ to }) => to)).toEqual(['healthy']);
  });

  it('lets the jobs speak that are in flight at the end', () => {
    const { past } = record(GOOD);
    const open = [{ submittedAt: LATER, isAccepted: true }];

    const until = (ms: number) => replay({ ...past, open }, DEFAULT_POLICY, window(NOON, LATER + ms)).state;

    expect(until(MINUTE).health).toBe('healthy');
    expect(until(20 * MINUTE).health).toBe('suspect');
  });

  it('folds everything, and tells only of the time that was asked for', () => {
    const { past } = record([...GOOD, ...OUTAGE, ...RECOVERY]);
    const from = LATER + 15 * MINUTE;

    const whole = replay(past, DEFAULT_POLICY, window());
    const part = replay(past, DEFAULT_POLICY, window(from));

    expect(part.decisions).toEqual(whole.decisions.filter(({ at }) => at >= from));
    expect(part.decisions.length).toBeLessThan(whole.decisions.length);
    expect(part.state).toEqual(whole.state);
    expect(part.watchedMs).toBe(NOON + DAY - from);
  });

  it('follows the other parameters, too', () => {
    const sayingNothing: Job[] = [1, 2].map((n) => ({
      submittedAt: LATER + n * MINUTE + 1,
      tookMs: 2 * SECOND,
      said: 'rate_limited',
    }));
    const { past } = record([...GOOD, ...sayingNothing]);

    const blind = (unsureToBlind: number) =>
      replay(past, { ...DEFAULT_POLICY, unsureToBlind }, window()).decisions.filter(
        ({ to }) => to === 'blind',
      );

    expect(blind(3)).toEqual([]);
    expect(blind(2)).toMatchObject([
      { why: [expect.stringContaining('heard')], effects: [{ type: 'blind.began' }] },
    ]);
  });

  it('counts how long a target was suspect, and how much of its weight it was denied', () => {
    const { past } = record([...GOOD, ...OUTAGE, ...RECOVERY]);

    const { decisions, suspectMs, withheldMs, watchedMs } = replay(past, DEFAULT_POLICY, window());

    const at = (to: Health) => decisions.find((one) => one.to === to)?.at ?? 0;
    expect(suspectMs).toBe(at('down') - at('suspect'));
    expect(withheldMs).toBeGreaterThanOrEqual(at('recovering') - at('down'));
    expect(withheldMs).toBeLessThan(HOUR);
    expect(watchedMs).toBe(NOON + DAY - (past.events[0]?.at ?? 0));
  });

  it('takes no retirement for doubt', () => {
    const gone: Job[] = [1, 2].map((n) => ({
      submittedAt: LATER + n * MINUTE,
      tookMs: SECOND,
      said: 'retired',
    }));
    const { past } = record([...GOOD, ...gone]);

    const { state, watchedMs, withheldMs } = replay(past, DEFAULT_POLICY, window());

    expect(state.health).toBe('retired');
    expect(watchedMs).toBe((past.events.at(-1)?.at ?? 0) - (past.events[0]?.at ?? 0));
    expect(withheldMs).toBeLessThan(2 * MINUTE);
  });

  it('is nothing where nothing is remembered', () => {
    const past = { target: ID, events: [], open: [] };

    expect(replay(past, DEFAULT_POLICY, window())).toMatchObject({ decisions: [], watchedMs: 0, looks: 0 });
  });

  it('looks ever less often where nothing is seen for a year', () => {
    const { past } = record([...GOOD, ...OUTAGE]);
    const quiet = (days: number) => replay(past, DEFAULT_POLICY, window(NOON, NOON + days * DAY)).looks;

    const doublings = Math.log2((365 * DAY) / (LOOK_MS * LOOKS_PER_PACE_MAX));
    expect(quiet(365)).toBeLessThan(quiet(0.2) + LOOKS_PER_PACE_MAX * (doublings + 1));
    expect(quiet(365)).toBeGreaterThan(LOOKS_PER_PACE_MAX * 2);
  });

  it('ends where the clock went back', () => {
    const { past } = record([...GOOD, ...OUTAGE]);
    const events = past.events.map((event, n) => (n % 3 === 0 ? { ...event, at: event.at - HOUR } : event));

    const { state, watchedMs } = replay({ ...past, events }, DEFAULT_POLICY, window());
    expect(state.incident).not.toBeNull();
    expect(watchedMs).toBe(NOON + DAY - (events[0]?.at ?? 0) - Math.max(0, NOON - (events[0]?.at ?? 0)));
  });
});
