import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/app/checker.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Checked, Provider, SeenNotice } from '../../src/ports/provider.ts';
import { aNetwork, aProvider, aSettings, createParts, TARGET } from './world.ts';

const FINE: Checked = { text: 'fine', balanceUsd: 7, notices: [], isListed: true };
const NOTICE: SeenNotice = {
  id: 'acme:one',
  kind: 'announced',
  subject: 'one',
  effectiveAt: Date.parse('2027-02-01T00:00:00Z'),
  replacement: 'two',
  source: 'the model list',
  url: 'https://acme.invalid',
};

async function setUp(
  provider: Partial<Provider>,
  checkEveryMs: number | null = 5 * MINUTE,
  names: readonly string[] = [TARGET],
  listeners: { count: number } = { count: 0 },
) {
  const targets = aSettings(aProvider(provider)).targets.flatMap((setting) =>
    names.map((id) => ({ ...setting, target: { ...setting.target, id }, checkEveryMs })),
  );
  const parts = await createParts({ targets });
  const faults: unknown[] = [];
  const board: typeof parts.board = {
    ...parts.board,
    onChange: (listener) => {
      listeners.count += 1;
      return parts.board.onChange(listener);
    },
  };
  const base = { ...parts, board, ring: () => {} };
  const recorder = createRecorder(base);
  const loop = runChecks(
    {
      ...base,
      recorder,
      network: aNetwork(parts),
      fatal: (error) => void faults.push(error),
    },
    parts.stop.signal,
  );
  return { parts, recorder, loop, faults, state: () => parts.board.state(TARGET) };
}

function counting(answers: (Checked | Error)[]) {
  let calls = 0;
  const check = () => {
    const answer = answers[Math.min(calls++, answers.length - 1)] as Checked | Error;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { check, calls: () => calls };
}

describe('the checker', () => {
  it('checks as often as it is told, and records only what is new', async () => {
    const { check, calls } = counting([FINE]);
    const { parts, state } = await setUp({ check });

    await parts.goOn(HOUR);

    expect(calls()).toBe(12);
    expect(parts.observed.filter((what) => what === 'checked pass')).toHaveLength(12);
    expect(state()).toMatchObject({ version: 1, health: 'unknown', check: { ok: true } });
  });

  it.each<[string, Partial<Provider>, number | null]>([
    ['a provider without a check', { check: null }, MINUTE],
    ['a target that wants none', {}, null],
  ])('leaves %s alone', async (_, provider, everyMs) => {
    const { parts, loop } = await setUp(provider, everyMs);

    await parts.goOn(HOUR);
    await loop;

    expect(parts.observed).toEqual([]);
  });

  it('listens to changes once, however many targets it checks, and spreads their first checks', async () => {
    const { check, calls } = counting([FINE]);
    const names = Array.from({ length: 2_000 }, (_, n) => `acme/m${n}`);
    const listeners = { count: 0 };
    const { parts } = await setUp({ check }, MINUTE, [TARGET, ...names], listeners);

    await parts.goOn(10 * SECOND);
    expect(calls()).toBeLessThan(700);
    await parts.goOn(50 * SECOND);

    expect(calls()).toBeGreaterThan(1_900);
    expect(listeners.count).toBe(1);
  });

  it('casts suspicion where the provider fails, and then looks four times as often until all is well', async () => {
    const down = new HttpError('status', 'down', { status: 503 });
    const { check, calls } = counting([FINE, down, down, down, FINE]);
    const { parts, state } = await setUp({ check }, MINUTE);

    await parts.goOn(MINUTE + 20 * SECOND);
    const suspected = state();
    const before = calls();
    await parts.goOn(30 * SECOND);
    const during = calls() - before;
    await parts.goOn(10 * MINUTE);

    expect(suspected).toMatchObject({ health: 'suspect', evidence: [{ runId: null, cause: 'overloaded' }] });
    expect(suspected.trust).toBeLessThan(1);
    expect([before, during]).toEqual([3, 2]);
    expect(state().health).toBe('unknown');
  });

  it('says that we are blind where our key is refused, and sees again where it is taken', async () => {
    const { check } = counting([new HttpError('status', 'answered 401', { status: 401 }), FINE]);
    const { parts, state } = await setUp({ check });

    await parts.goOn(MINUTE);
    const before = state().blind?.cause;
    await parts.goOn(5 * MINUTE);

    expect([before, state().blind]).toEqual(['auth', null]);
    expect(state().health).toBe('unknown');
  });

  it('looks at a retired target once a day, and says nothing of what it finds', async () => {
    const { check, calls } = counting([new HttpError('status', 'no such key', { status: 401 })]);
    const { parts, recorder, state } = await setUp({ check });
    const notice = { ...NOTICE, effectiveAt: parts.clock.now() - DAY };
    await recorder.record(TARGET, () => ({ event: { type: 'notice.seen', at: parts.clock.now(), notice } }));

    await parts.goOn(3 * DAY + HOUR);

    expect(calls()).toBe(4);
    expect(state()).toMatchObject({ health: 'retired', blind: null });
    expect(parts.observed).not.toContain('blind.began');
  });

  it('leaves the account to a target that is still in service where another one has retired', async () => {
    const { check } = counting([{ ...FINE, balanceUsd: 4 }]);
    const { parts, recorder } = await setUp({ check }, MINUTE, [TARGET, 'acme/two']);
    const notice = { ...NOTICE, effectiveAt: parts.clock.now() - DAY };
    await recorder.record(TARGET, () => ({ event: { type: 'notice.seen', at: parts.clock.now(), notice } }));

    await parts.goOn(5 * MINUTE);

    expect([TARGET, 'acme/two'].map((id) => parts.board.state(id).low?.usd)).toEqual([undefined, 4]);
  });

  it('checks as often after the clock was set back by a day', async () => {
    const { check, calls } = counting([FINE]);
    const { parts } = await setUp({ check });
    await parts.goOn(HOUR);
    parts.machine.step(-DAY);

    await parts.goOn(HOUR);

    expect(calls()).toBe(24);
  });

  it('makes nothing of a limit on checks', async () => {
    const { check } = counting([new HttpError('status', 'answered 429', { status: 429 })]);
    const { parts, state } = await setUp({ check });

    await parts.goOn(MINUTE);

    expect(parts.observed).toEqual(['checked inconclusive']);
    expect(state().version).toBe(0);
  });

  it('makes nothing of a model that is missing from a list', async () => {
    const { check } = counting([{ ...FINE, isListed: false }]);
    const { parts, state } = await setUp({ check });

    await parts.goOn(MINUTE);

    expect(parts.observed).toEqual(['checked inconclusive']);
    expect(state().health).toBe('unknown');
  });

  it('records an announcement that it meets, once', async () => {
    const { check } = counting([{ ...FINE, notices: [NOTICE] }]);
    const { parts, state } = await setUp({ check });

    await parts.goOn(HOUR);

    expect(state().notice).toMatchObject(NOTICE);
    expect(parts.observed.filter((what) => what === 'committed notice.seen')).toHaveLength(1);
  });

  it('ends a check that hangs when the daemon stops, and records nothing of it', async () => {
    const { parts, loop, faults } = await setUp({
      check: async (_, signal) => {
        await parts.clock.sleep(HOUR, signal);
        throw new HttpError('aborted', 'stopped');
      },
    });
    await parts.goOn(MINUTE);

    parts.stop.abort();
    await loop;

    expect([parts.observed, faults]).toEqual([[], []]);
    expect([parts.owner.waiting(), parts.owner.listening()]).toEqual([0, 0]);
  });

  it('lets a fault of our own end the process', async () => {
    const { parts, faults, loop } = await setUp({ check: () => Promise.reject(new TypeError('ours')) });

    await parts.goOn(MINUTE);
    await loop;

    expect(faults).toEqual([new TypeError('ours')]);
  });

  it('warns once, and by one target alone, when the balance lasts for few days of canaries', async () => {
    // Two dollars a day are planned.
    const low = counting([FINE, { ...FINE, balanceUsd: 4 }]);
    const { parts, state } = await setUp({ check: low.check }, 5 * MINUTE, [TARGET, 'acme/two']);

    await parts.goOn(HOUR);

    expect(parts.board.state('acme/two').low).toBeNull();
    const told = (await parts.store.peek()).states[0]?.low;
    expect(told).toMatchObject({ usd: 4, daysLeft: 2 });
    expect(state().low).toEqual(told);
    expect(parts.board.funds().get('acme')).toEqual({ usd: 4, daysLeft: 2 });
    // Twelve checks, but only the first and the one with the warning are news; here they may be one.
    expect(state().version).toBeLessThanOrEqual(2);
  });
});
