import { describe, expect, it } from 'vitest';
import { FAULTS_MAX } from '../../src/simulator/faults.ts';
import { SUBMITS_KEPT_MAX } from '../../src/simulator/counters.ts';
import { KLING, PIKA, RUNWAY, SAMPLES, SORA, createBench, order, until } from './tools.ts';
import type { Bench } from './tools.ts';

const WITH_KEY = (sample: (typeof SAMPLES)[number]) => ({ headers: sample.headers });

describe.each(SAMPLES)('a fault at $provider', (sample) => {
  const { provider } = sample;
  const check = (bench: Bench) => bench.call('GET', sample.checkPath, WITH_KEY(sample));

  it.each([
    ['down', 503, 503],
    ['bad_key', 401, 401],
    ['rate_limited', 429, 429],
    ['garbage', 200, 200],
    ['empty_202', 202, 202],
  ] as const)('%s answers orders with %i and checks with %i', async (kind, submitStatus, checkStatus) => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(provider, { kind });

    const submitted = await order(bench, sample);
    const checked = await check(bench);

    expect([submitted.status, checked.status]).toEqual([submitStatus, checkStatus]);
    expect(submitted.headers.has('retry-after')).toBe(kind === 'rate_limited');
    expect(submitted.body === null).toBe(kind === 'garbage' || kind === 'empty_202');
    expect(bench.simulator.counters()[provider].submitsTotal).toBe(0);
  });

  it.each(['down', 'bad_key', 'garbage', 'empty_202'] as const)(
    '%s strikes polls of running jobs',
    async (kind) => {
      const bench = createBench({ revived: true });
      const path = sample.pollPath((await order(bench, sample)).body);
      bench.simulator.setFault(provider, { kind });

      const polled = await bench.call('GET', path, WITH_KEY(sample));
      bench.simulator.healFault(provider);
      const healed = await bench.call('GET', path, WITH_KEY(sample));

      expect(polled.status === 200 && polled.body !== null).toBe(false);
      expect(sample.word(healed.body)).toBe(sample.words[0]);
    },
  );

  it('reset breaks the connection', async () => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(provider, { kind: 'reset' });

    await expect(order(bench, sample)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bench.simulator.counters()[provider].submitsTotal).toBe(0);
  });

  it('lost_answer takes the order and then breaks the connection', async () => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(provider, { kind: 'lost_answer' });

    await expect(order(bench, sample)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bench.simulator.counters()[provider].submitsTotal).toBe(1);
  });

  it('hang answers nothing until the caller gives up', async () => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(provider, { kind: 'hang' });
    const caller = new AbortController();
    const request = new Request(`http://sim.test${sample.checkPath}`, {
      headers: sample.headers,
      signal: caller.signal,
    });

    const answer = bench.simulator.handle(request);
    const early = await Promise.race([
      answer,
      new Promise((resolve) => setImmediate(() => resolve('silence'))),
    ]);
    caller.abort(new Error('enough'));

    expect(early).toBe('silence');
    await expect(answer).rejects.toThrow('enough');
  });

  it('slow makes jobs take longer by the factor', async () => {
    const [quick, slow] = [createBench({ revived: true }), createBench({ revived: true })];
    slow.simulator.setFault(provider, { kind: 'slow', factor: 4 });

    const took: number[] = [];
    for (const bench of [quick, slow]) {
      const start = bench.clock.now;
      await until(bench, sample, sample.pollPath((await order(bench, sample)).body), sample.words[2]);
      took.push(bench.clock.now - start);
    }

    expect((took[1] ?? 0) / (took[0] ?? 1)).toBeCloseTo(4, 0);
  });

  it('model_gone and no_credit refuse orders and take no money', async () => {
    for (const kind of ['model_gone', 'no_credit'] as const) {
      const bench = createBench({ revived: true });
      bench.simulator.setFault(provider, { kind });

      const refused = await order(bench, sample);

      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(bench.simulator.counters()[provider]).toMatchObject({ submitsTotal: 0, refused: 1 });
    }
  });

  it('strikes the named model only', async () => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(provider, { kind: 'down', model: 'another' });

    expect([200, 201]).toContain((await order(bench, sample)).status);
  });
});

describe('what a provider says', () => {
  it.each([
    [RUNWAY, 'no_credit', 400, { error: 'You do not have enough credits to run this task.' }],
    [RUNWAY, 'model_gone', 400, { issues: [{ path: ['model'] }] }],
    [KLING, 'no_credit', 429, { code: 1102 }],
    [KLING, 'moderated', 400, { code: 1301 }],
    [KLING, 'model_gone', 404, { code: 1203 }],
    [KLING, 'rate_limited', 429, { code: 1303 }],
    [PIKA, 'no_credit', 403, { detail: expect.stringContaining('Exhausted balance') }],
    [PIKA, 'model_gone', 404, { detail: expect.stringContaining('not found') }],
    [SORA, 'no_credit', 429, { error: { code: 'insufficient_quota' } }],
    [SORA, 'model_gone', 404, { error: { code: 'model_not_found' } }],
  ] as const)('$0.provider puts $1 in its own words', async (sample, kind, status, body) => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(sample.provider, { kind });

    const refused = await order(bench, sample);

    expect(refused.status).toBe(status);
    expect(refused.body).toMatchObject(body);
  });

  it.each([
    [RUNWAY, 'generation_down', 'FAILED', { failureCode: 'INTERNAL', cost: { credits: 0 } }],
    [RUNWAY, 'moderated', 'FAILED', { failureCode: 'SAFETY.INPUT.TEXT', cost: { credits: 24 } }],
    [KLING, 'generation_down', 'failed', { data: [{ message: expect.any(String) }] }],
    [PIKA, 'generation_down', 'COMPLETED', { error_type: 'internal_server_error' }],
    [PIKA, 'moderated', 'COMPLETED', { error_type: 'content_policy_violation' }],
    [SORA, 'generation_down', 'failed', { error: { code: 'internal_error' } }],
    [SORA, 'moderated', 'failed', { error: { code: 'moderation_blocked' } }],
  ] as const)('$0.provider takes an order and fails it later when $1', async (sample, kind, word, body) => {
    const bench = createBench({ revived: true });
    bench.simulator.setFault(sample.provider, { kind });

    const accepted = await order(bench, sample);
    const failed = await until(bench, sample, sample.pollPath(accepted.body), word);

    expect(failed.body).toMatchObject(body);
  });

  it.each([
    ['moderated', 422],
    ['generation_down', 500],
  ] as const)('fal answers the result of a %s request with %i', async (kind, status) => {
    const bench = createBench();
    bench.simulator.setFault('fal', { kind });
    const { body } = await order(bench, PIKA);
    await until(bench, PIKA, body.status_url, 'COMPLETED');

    const result = await bench.call('GET', body.response_url, WITH_KEY(PIKA));

    expect(result.status).toBe(status);
  });
});

describe('faults', () => {
  it('fails about the share of jobs that `partial` says, the same ones each time', async () => {
    const outcomes = async () => {
      const bench = createBench();
      bench.simulator.setFault('kling', { kind: 'partial', p: 0.4 });
      const paths: string[] = [];
      for (let n = 0; n < 60; n += 1) paths.push(KLING.pollPath((await order(bench, KLING)).body));
      bench.clock.now += 3_600_000;
      const words: string[] = [];
      for (const path of paths) words.push(KLING.word((await bench.call('GET', path, WITH_KEY(KLING))).body));
      return words;
    };

    const [first, second] = [await outcomes(), await outcomes()];

    expect(first).toEqual(second);
    const failed = first.filter((word) => word === 'failed').length;
    expect(failed).toBeGreaterThan(12);
    expect(failed).toBeLessThan(36);
  });

  it.each([
    ['not_video', (text: string) => text.startsWith('<?xml')],
    ['truncated', (text: string) => text.includes('moov') && text.length < 20_000],
    ['black', (text: string) => text.length < 9_000],
  ] as const)('bad_video serves a %s one', async (video, isSo) => {
    const bench = createBench();
    bench.simulator.setFault('runway', { kind: 'bad_video', video });
    const accepted = await order(bench, RUNWAY);
    const done = await until(bench, RUNWAY, RUNWAY.pollPath(accepted.body), 'SUCCEEDED');

    const file = await bench.call('GET', done.body.output[0]);

    expect([file.status, isSo(file.text)]).toEqual([200, true]);
  });

  it('asset_down breaks the store but not the API', async () => {
    const bench = createBench();
    const accepted = await order(bench, RUNWAY);
    bench.simulator.setFault('runway', { kind: 'asset_down' });
    const done = await until(bench, RUNWAY, RUNWAY.pollPath(accepted.body), 'SUCCEEDED');

    expect((await bench.call('GET', done.body.output[0])).status).toBe(503);
  });

  it('does not serve a video before it is ready', async () => {
    const bench = createBench();
    const { body } = await order(bench, RUNWAY);

    expect((await bench.call('GET', `/assets/runway/${body.id}.mp4`)).status).toBe(403);
  });

  it('follows a timeline and heals by itself', async () => {
    const bench = createBench({ timeline: [{ at: '2m', provider: 'runway', kind: 'down', for: '90s' }] });
    const statusAt = async (seconds: number) => {
      bench.clock.now += seconds * 1000;
      return (await bench.call('GET', RUNWAY.checkPath, WITH_KEY(RUNWAY))).status;
    };

    expect([await statusAt(119), await statusAt(1), await statusAt(89), await statusAt(1)]).toEqual([
      200, 503, 503, 200,
    ]);
  });

  it('keeps a bounded number of faults and of orders', async () => {
    const bench = createBench();
    for (let n = 0; n <= FAULTS_MAX; n += 1)
      bench.simulator.setFault('fal', { kind: 'slow', model: `m${n}` });
    for (let n = 0; n <= SUBMITS_KEPT_MAX; n += 1) await order(bench, KLING);

    const { submits, submitsTotal } = bench.simulator.counters().kling;
    expect(bench.simulator.faults()).toHaveLength(FAULTS_MAX);
    expect([submits.length, submitsTotal]).toEqual([SUBMITS_KEPT_MAX, SUBMITS_KEPT_MAX + 1]);
  });
});
