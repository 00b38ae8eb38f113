import { expect, it } from 'vitest';
import { PUSHES_MAX } from '../../src/simulator/router.ts';
import { createBench } from './tools.ts';

const push = (epoch: number, generation: number, route = 't2v') => ({
  type: 'weights.changed',
  data: {
    schema: 'reelwatch.push/1',
    epoch,
    generation,
    route,
    posture: 'normal',
    weights: { 'runway/gen4.5': 0, '<b>': 100 },
  },
});

it('applies newer weights, repeats itself for the same, and refuses older ones', async () => {
  const { call } = createBench();
  const send = async (epoch: number, generation: number, route?: string) =>
    call('POST', '/router/hook', { body: push(epoch, generation, route) });

  const statuses: number[] = [];
  for (const [epoch, generation] of [
    [7, 412],
    [7, 412],
    [7, 411],
    [8, 1],
    [7, 999],
  ] as const)
    statuses.push((await send(epoch, generation)).status);
  const stale = await send(7, 5);
  const other = await send(1, 1, 'i2v');

  expect(statuses).toEqual([200, 200, 409, 200, 409]);
  expect(stale.headers.get('content-type')).toBe('application/problem+json');
  expect(stale.body.applied).toEqual({ epoch: 8, generation: 1 });
  expect(other.body).toEqual({ applied: { epoch: 1, generation: 1 } });
});

it('shows raw pushes with their headers, and the weights escaped', async () => {
  const { call } = createBench();
  const body = JSON.stringify(push(1, 1));

  await call('POST', '/router/hook', {
    body,
    headers: { 'webhook-id': '1.1.t2v', 'webhook-signature': 'v1,abc' },
  });
  const kept = await call('GET', '/router.json');
  const page = await call('GET', '/router');

  expect(kept.body.pushes[0]).toMatchObject({ body, status: 200, headers: { 'webhook-id': '1.1.t2v' } });
  expect(kept.body.routes.t2v).toMatchObject({ epoch: 1, generation: 1 });
  expect(page.text).toContain('&lt;b&gt;');
  expect(page.text).not.toContain('<td><b>');
});

it('refuses what is no push, and fails on demand', async () => {
  const { call } = createBench();

  const strange = await call('POST', '/router/hook', { body: { data: {} } });
  await call('PUT', '/router/faults', { body: { status: 500 } });
  const failing = await call('POST', '/router/hook', { body: push(1, 1) });
  await call('DELETE', '/router/faults');
  const healed = await call('POST', '/router/hook', { body: push(1, 1) });

  expect([strange.status, failing.status, healed.status]).toEqual([400, 500, 200]);
});

it('keeps the newest pushes only', async () => {
  const { call, simulator } = createBench();
  for (let n = 0; n <= PUSHES_MAX; n += 1) await call('POST', '/router/hook', { body: push(1, n) });

  expect(simulator.pushes()).toHaveLength(PUSHES_MAX);
  expect(simulator.pushes()[0]?.body).toContain('"generation":1,');
});
