import { describe, expect, it } from 'vitest';
import type { Ourselves } from '../../src/app/ourselves.ts';
import { createOurselves } from '../../src/app/ourselves.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import type { Cause, Verdict } from '../../src/core/model.ts';
import { aSettings, createParts } from './world.ts';
import type { Parts } from './world.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const PASS: Verdict = { is: 'pass', text: 'fine' };
const failure = (cause: Cause = 'unavailable'): Verdict => ({
  is: 'fail',
  cause,
  blame: cause === 'unreachable' ? 'us' : 'provider',
  text: 'answered 502',
});

async function setUp(): Promise<{ parts: Parts; ourselves: Ourselves; check: typeof check }> {
  const [setting] = aSettings().targets;
  const targets = NAMES.map((name) => ({
    ...setting!,
    target: { id: `${name}/m`, provider: name, model: 'm', region: null },
  }));
  const parts = await createParts({ targets });
  const base = { ...parts, ring: () => {} };
  const recorder = createRecorder(base);
  const ourselves = createOurselves({ ...base, recorder });
  /** As the checker does it. */
  async function check(name: string, own: Verdict): Promise<Verdict> {
    const verdict = await ourselves.saw(name, own);
    const event = { type: 'check.judged' as const, at: parts.clock.now(), verdict };
    await recorder.record(`${name}/m`, () => ({ event }));
    return verdict;
  }
  for (const name of NAMES) await check(name, PASS);
  await parts.goOn(HOUR);
  return { parts, ourselves, check };
}

const faultsIn = ({ board }: Parts) =>
  NAMES.map((name) => faultOf(board.state(`${name}/m`).belief?.probabilities ?? []));

describe('when providers that have nothing to do with each other fail', () => {
  it('together, nothing is held against any of them, and what was suspected just before is taken back', async () => {
    const { parts, check } = await setUp();
    const seen: Verdict[] = [];
    for (const name of NAMES) {
      seen.push(await check(name, failure()));
      await parts.goOn(2 * SECOND);
    }

    expect(seen.map((verdict) => 'blame' in verdict && verdict.blame)).toEqual([
      'provider',
      'provider',
      'provider',
      'us',
      'us',
    ]);
    expect(Math.max(...faultsIn(parts))).toBeLessThan(0.03);
    expect(parts.logged).toContain('our own network is in doubt: failures are not held against anybody');
  });

  it('alone, it is theirs', async () => {
    const { parts, check } = await setUp();
    for (const name of ['b', 'c', 'd', 'e']) await check(name, PASS);
    await parts.goOn(SECOND);

    expect(await check('a', failure())).toMatchObject({ blame: 'provider' });
    expect(await check('b', failure())).toMatchObject({ blame: 'provider' });
    expect(faultsIn(parts)[0]).toBeGreaterThan(0.03);
  });

  it('one after the other over an hour, it is theirs', async () => {
    const { parts, check } = await setUp();
    const seen: Verdict[] = [];
    for (const name of NAMES) {
      seen.push(await check(name, failure()));
      await parts.goOn(10 * MINUTE);
    }

    expect(seen.every((verdict) => 'blame' in verdict && verdict.blame === 'provider')).toBe(true);
  });
});

it('a call that reaches nothing while control addresses are silent too freezes everybody for a while', async () => {
  const { parts, ourselves } = await setUp();
  await ourselves.saw('a', failure('unreachable'));

  expect(await ourselves.saw('b', failure())).toMatchObject({ cause: 'unreachable', blame: 'us' });
  await parts.goOn(MINUTE);
  expect(await ourselves.saw('b', failure())).toMatchObject({ cause: 'unavailable', blame: 'provider' });
});

it.each<Cause>(['bad_output', 'job_lost', 'retired'])(
  'what no network can do stays theirs, whatever else fails: %s',
  async (cause) => {
    const { ourselves } = await setUp();
    await ourselves.saw('a', failure('unreachable'));

    expect(await ourselves.saw('b', failure(cause))).toMatchObject({ cause, blame: 'provider' });
  },
);

it('what is fine stays fine', async () => {
  const { ourselves } = await setUp();
  await ourselves.saw('a', failure('unreachable'));

  expect(await ourselves.saw('b', PASS)).toBe(PASS);
});
