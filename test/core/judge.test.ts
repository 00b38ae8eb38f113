import { expect, it } from 'vitest';
import { DAY, HOUR } from '../../src/core/base.ts';
import { judge, totalMsOf } from '../../src/core/classify.ts';
import type { TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { NOON, newLife } from './life.ts';
import { failed, found, traced } from './traces.ts';

const NEW = { passesEver: 0, belief: null };

/** A target that has made good videos of that length, one an hour. */
function usually(ms: number, count = 24): TargetState {
  const life = newLife();
  for (let n = 0; n < count; n++) life.run(NOON - DAY + n * HOUR, 'pass', ms);
  return life.state;
}
const USUALLY_10_S = usually(10_000);

it('passes a whole run in which every finding is well', () => {
  expect(judge(traced(), NEW, DEFAULT_POLICY)).toEqual({ is: 'pass', text: 'good video after 30 s' });
});

it('fails a run by its failure, whatever its findings say', () => {
  const trace = traced({
    failure: failed({ httpStatus: 500, message: 'boom' }),
    findings: [found('black', false)],
  });

  expect(judge(trace, NEW, DEFAULT_POLICY)).toEqual({
    is: 'fail',
    cause: 'unavailable',
    blame: 'provider',
    text: 'boom',
  });
});

it('fails a run by its findings and names each that is wrong', () => {
  const findings = [found('black', false), found('size', true), found('frozen', false)];

  expect(judge(traced({ findings }), NEW, DEFAULT_POLICY)).toEqual({
    is: 'fail',
    cause: 'bad_output',
    blame: 'provider',
    text: 'black is wrong; frozen is wrong',
  });
});

it('is inconclusive about a run that nobody is to blame for', () => {
  const trace = traced({ failure: failed({ httpStatus: 429, message: 'slow down' }) });

  expect(judge(trace, NEW, DEFAULT_POLICY)).toEqual({
    is: 'inconclusive',
    cause: 'rate_limited',
    text: 'slow down',
  });
});

it.each([
  ['ours while the model has never worked', 0, 'us'],
  ['the provider’s once it has worked', 3, 'provider'],
])('calls a missing model %s', (_what, passesEver, blame) => {
  const trace = traced({ failure: failed({ httpStatus: 404 }) });

  expect(judge(trace, { ...NEW, passesEver }, DEFAULT_POLICY)).toMatchObject({
    cause: 'model_missing',
    blame,
  });
});

it('calls a good run slow when it took far longer than usual, and says how long is usual', () => {
  const verdict = judge(traced(), USUALLY_10_S, DEFAULT_POLICY);

  expect(verdict).toMatchObject({ is: 'slow', text: 'took 30 s, usually 10 s' });
  expect(verdict).toHaveProperty('ratio', expect.closeTo(3, 9));
});

it.each([
  ['half as long again is not slow', 15_000, 'pass'],
  ['three times as long is', 30_000, 'slow'],
  ['ten times as long is', 100_000, 'slow'],
  ['faster than usual is welcome', 10, 'pass'],
])('judges speed against what is usual: %s', (_what, generate, is) => {
  const trace = traced({ phasesMs: { generate, verify: 500_000 } });

  expect(judge(trace, USUALLY_10_S, DEFAULT_POLICY).is).toBe(is);
});

it('learns how much a target varies: three times the middle is nothing where half of them take that long', () => {
  const life = newLife();
  for (let n = 0; n < 40; n++) life.run(NOON - DAY + n * HOUR, 'pass', n % 2 === 0 ? 10_000 : 30_000);

  expect(judge(traced(), life.state, DEFAULT_POLICY).is).toBe('pass');
});

it.each([1_000, 10_000, 600_000])(
  'knows nothing slow before the first good video: after %d ms',
  (generate) => {
    const life = newLife();
    life.run(NOON, 'unavailable');

    expect(judge(traced({ phasesMs: { generate } }), life.state, DEFAULT_POLICY).is).toBe('pass');
  },
);

it('calls slow what is slower, and nothing slower that is faster than something slow', () => {
  const isSlow = (generate: number) =>
    judge(traced({ phasesMs: { generate } }), USUALLY_10_S, DEFAULT_POLICY).is === 'slow';
  const seconds = Array.from({ length: 60 }, (_, n) => isSlow((n + 1) * 1_000));

  expect(seconds.lastIndexOf(false)).toBeLessThan(seconds.indexOf(true));
  expect(seconds.indexOf(true)).toBeGreaterThan(10);
});

it('does not judge the speed of a run that lived through a restart', () => {
  const trace = traced({ isResumed: true });

  expect(totalMsOf(trace)).toBeNull();
  expect(judge(trace, USUALLY_10_S, DEFAULT_POLICY)).toEqual({ is: 'pass', text: 'good video' });
});

it('calls a video bad rather than slow', () => {
  const verdict = judge(traced({ findings: [found('black', false)] }), USUALLY_10_S, DEFAULT_POLICY);

  expect(verdict).toMatchObject({ is: 'fail', cause: 'bad_output' });
});

it('counts from the order to the last byte: our own inspection is not the provider’s time', () => {
  expect(totalMsOf(traced())).toBe(30_000);
  expect(totalMsOf(traced({ phasesMs: { submit: 5, fetch: 7 } }))).toBe(12);
  expect(totalMsOf(traced({ failure: failed({}) }))).toBeNull();
});

it('writes short times with a tenth of a second', () => {
  const verdict = judge(traced({ phasesMs: { generate: 2_340 } }), NEW, DEFAULT_POLICY);

  expect(verdict.text).toBe('good video after 2.3 s');
});
