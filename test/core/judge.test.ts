import { expect, it } from 'vitest';
import { judge, totalMsOf } from '../../src/core/classify.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { failed, found, traced } from './traces.ts';

const NEW = { passesEver: 0, baseline: { logMs: 0, n: 0 } };
/** Five passes, usually 10 s: the 30 s of a traced run are three times slower. */
const USUALLY_10_S = { passesEver: 5, baseline: { logMs: Math.log(10_000), n: 5 } };

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
  ['exactly the factor is not slow yet', 25_000, 5, 'pass'],
  ['a millisecond more is', 25_001, 5, 'slow'],
  ['nothing is slow while too little is known', 60_000, 4, 'pass'],
  ['faster than usual is welcome', 10, 5, 'pass'],
])('judges speed against the baseline: %s', (_what, generate, n, is) => {
  const state = { passesEver: n, baseline: { logMs: Math.log(10_000), n } };
  const trace = traced({ phasesMs: { generate, verify: 500_000 } });

  expect(judge(trace, state, DEFAULT_POLICY).is).toBe(is);
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
