import { describe, expect, it } from 'vitest';
import { KLING, RUNWAY, SAMPLES, START, createBench, order, until } from './tools.ts';

describe.each(SAMPLES)('$provider', (sample) => {
  it('goes from queued over running to done in the time a real one takes', async () => {
    const bench = createBench({ revived: true });

    const accepted = await order(bench, sample);
    const path = sample.pollPath(accepted.body);
    const [queued, running, done] = sample.words;
    const first = await bench.call('GET', path, { headers: sample.headers });
    await until(bench, sample, path, running);
    await until(bench, sample, path, done);

    expect([200, 201]).toContain(accepted.status);
    expect(sample.word(first.body)).toBe(queued);
    const tookMs = bench.clock.now - START;
    expect(tookMs).toBeGreaterThan(20_000);
    expect(tookMs).toBeLessThan(300_000);
  });

  it('is faster by the factor `speed`', async () => {
    const bench = createBench({ revived: true, speed: 20 });

    const accepted = await order(bench, sample);
    await until(bench, sample, sample.pollPath(accepted.body), sample.words[2]);

    expect(bench.clock.now - START).toBeLessThanOrEqual(9_000);
  });

  it.each([
    ['a key that begins with bad', (headers: Record<string, string>) => headers],
    ['no key', (headers: Record<string, string>) => ({ ...headers, authorization: '' })],
    ['an empty key', (headers: Record<string, string>) => ({ ...headers, authorization: 'Bearer ' })],
  ])('answers 401 to %s', async (_, spoil) => {
    const bench = createBench({ revived: true });
    const headers = spoil(sample.badHeaders);

    const submitted = await bench.call('POST', sample.submitPath, { body: sample.order, headers });

    expect(submitted.status).toBe(401);
    expect(bench.simulator.counters()[sample.provider]).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('refuses an order outside its limits, and takes no money for it', async () => {
    const bench = createBench({ revived: true });

    const refused = await bench.call('POST', sample.submitPath, {
      body: sample.spoiled,
      headers: sample.headers,
    });

    expect([400, 422]).toContain(refused.status);
    expect(bench.simulator.counters()[sample.provider]).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('still knows a job after a restart', async () => {
    const before = createBench({ revived: true });
    const accepted = await order(before, sample);

    const after = createBench({ revived: true, seed: 2 });
    const polled = await until(after, sample, sample.pollPath(accepted.body), sample.words[2]);

    expect(polled.status).toBe(200);
    expect(after.simulator.counters()[sample.provider].submitsTotal).toBe(0);
  });

  it('keeps books of what was ordered', async () => {
    const bench = createBench({ revived: true });

    await order(bench, sample);
    await order(bench, sample);

    const book = bench.simulator.counters()[sample.provider];
    expect(book.submitsTotal).toBe(2);
    expect(book.submitsByModel).toEqual({ [sample.model]: 2 });
    expect(new Set(book.submits.map(({ jobId }) => jobId)).size).toBe(2);
    expect(book.submits[0]).toMatchObject({ at: START, model: sample.model, prompt: 'A red ball.' });
    expect(book.costUsd).toBeCloseTo(2 * (book.submits[0]?.costUsd ?? 0), 6);
  });
});

describe('runway', () => {
  it('names the cost, serves the video without a key, and forgets a deleted task', async () => {
    const bench = createBench();
    const accepted = await order(bench, RUNWAY);
    const path = RUNWAY.pollPath(accepted.body);
    const done = await until(bench, RUNWAY, path, 'SUCCEEDED');

    const video = await bench.call('GET', done.body.output[0]);
    const removed = await bench.call('DELETE', path, { headers: RUNWAY.headers });
    const gone = await bench.call('GET', path, { headers: RUNWAY.headers });

    expect(accepted.body.estimatedCost).toEqual({ credits: 24 });
    expect(done.body.cost).toEqual({ credits: 24 });
    expect(video.headers.get('content-type')).toBe('video/mp4');
    expect(video.headers.get('content-length')).toBe(String(video.text.length));
    expect(video.text.slice(4, 8)).toBe('ftyp');
    expect([removed.status, gone.status]).toEqual([204, 404]);
    expect(bench.simulator.counters().runway).toMatchObject({ downloads: 1, cancels: 1 });
  });

  it('prices the cheapest order at ten credits and takes them off the balance', async () => {
    const bench = createBench();
    const body = { model: 'wan3', promptText: 'A red ball.', ratio: '832:480', duration: 2, audio: false };

    const accepted = await bench.call('POST', RUNWAY.submitPath, { body, headers: RUNWAY.headers });
    const organization = await bench.call('GET', RUNWAY.checkPath, { headers: RUNWAY.headers });

    expect(accepted.body.estimatedCost).toEqual({ credits: 10 });
    expect(organization.body.creditBalance).toBe(9_999_990);
    expect(organization.body.usage.models.wan3).toEqual({ dailyGenerations: 1 });
  });

  it('names each wrong field in `issues`', async () => {
    const bench = createBench();
    const body = { ...RUNWAY.order, ratio: '1:1', seed: -1, steps: 3 };

    const refused = await bench.call('POST', RUNWAY.submitPath, { body, headers: RUNWAY.headers });

    expect(refused.status).toBe(400);
    expect(refused.body.issues.map(({ path }: { path: string[] }) => path[0])).toEqual([
      'ratio',
      'seed',
      'steps',
    ]);
  });

  it('insists on the version header', async () => {
    const bench = createBench();

    const refused = await bench.call('POST', RUNWAY.submitPath, {
      body: RUNWAY.order,
      headers: { authorization: 'Bearer key' },
    });

    expect(refused.status).toBe(400);
    expect(refused.body.issues).toBeUndefined();
  });
});

describe('kling', () => {
  it("reports outputs and billing, and finds a task by the caller's own id", async () => {
    const bench = createBench();
    const accepted = await order(bench, KLING);

    await until(bench, KLING, KLING.pollPath(accepted.body), 'succeeded');
    const path = '/kling/tasks?external_task_ids=kling/kling-2.5-turbo@7';
    const [task] = (await bench.call('GET', path, { headers: KLING.headers })).body.data;

    expect(task.id).toBe(accepted.body.data.id);
    expect(task.outputs).toEqual([
      { type: 'video', url: expect.stringContaining('/assets/kling/'), duration: 5 },
    ]);
    expect(task.billing).toEqual([{ charge_type: 'cash', amount: '0.21', currency: 'USD' }]);
    expect(bench.simulator.counters().kling.submits[0]?.key).toBe('kling/kling-2.5-turbo@7');
  });

  it('answers 1203 for an unknown task, which is the free check', async () => {
    const bench = createBench();

    const checked = await bench.call('GET', KLING.checkPath, { headers: KLING.headers });

    expect(checked.body.code).toBe(1203);
    expect(bench.simulator.counters().kling).toMatchObject({ checks: 1, polls: 0 });
  });

  it.each([
    ['kling-3.0-turbo', { settings: { audio: 'off' } }],
    ['kling-4.0', { settings: { audio: 'native' } }],
    ['kling-4.0', { options: { external_task_id: 'slot' } }],
    ['kling-4.0-flash', { options: { external_task_id: 'slot' } }],
    ['kling-3.0', { contents: [{ type: 'prompt', text: 'A red ball.' }] }],
  ])('refuses for %s what that model does not take: %j', async (model, more) => {
    const bench = createBench();
    const call = (extra: object) =>
      bench.call('POST', `/kling/text-to-video/${model}`, {
        body: { prompt: 'A red ball.', ...extra },
        headers: KLING.headers,
      });

    expect((await call(more)).body).toMatchObject({ code: 1201 });
    expect((await call({})).body).toMatchObject({ code: 0 });
  });
});
