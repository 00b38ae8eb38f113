import { describe, expect, it } from 'vitest';
import { createBench, START } from './tools.ts';

const PATH = '/kling-legacy/v1/videos/text2video';
const NOW = START / 1_000;
const order = { model_name: 'kling-v2-6', prompt: 'A red ball.', mode: 'std', duration: '5' };

function bearer(claims: object, alg = 'HS256'): Record<string, string> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return { authorization: `Bearer ${part({ alg, typ: 'JWT' })}.${part(claims)}.${'s'.repeat(43)}` };
}

const headers = bearer({ iss: 'access', exp: NOW + 1_800, nbf: NOW - 5 });

describe('kling-legacy', () => {
  it.each([
    ['no token', {}, 1001],
    ['a static key', { authorization: 'Bearer key' }, 1002],
    ['another algorithm', bearer({ iss: 'access', exp: NOW + 1_800, nbf: NOW - 5 }, 'none'), 1002],
    ['a bad access key', bearer({ iss: 'bad-access', exp: NOW + 1_800, nbf: NOW - 5 }), 1002],
    ['a token without an issuer', bearer({ exp: NOW + 1_800, nbf: NOW - 5 }), 1002],
    ['a token for a day', bearer({ iss: 'access', exp: NOW + 86_400, nbf: NOW - 5 }), 1002],
    ['a token of tomorrow', bearer({ iss: 'access', exp: NOW + 88_000, nbf: NOW + 86_400 }), 1003],
    ['a token of yesterday', bearer({ iss: 'access', exp: NOW - 1, nbf: NOW - 1_806 }), 1004],
  ])('refuses %s', async (_name, given, code) => {
    const refused = await createBench().call('POST', PATH, { body: order, headers: given });

    expect([refused.status, refused.body.code]).toEqual([401, code]);
  });

  it.each([
    [{}, 0.21],
    [{ mode: 'pro', duration: '10', aspect_ratio: '1:1' }, 0.7],
    [{ model_name: 'kling-v3', duration: '3', sound: 'on' }, 0.378],
    [{ model_name: 'kling-v2-5-turbo', negative_prompt: 'text' }, 0.21],
  ])('takes %j for $%d', async (more, costUsd) => {
    const bench = createBench();

    const accepted = await bench.call('POST', PATH, { body: { ...order, ...more }, headers });

    expect(accepted.body).toMatchObject({ code: 0, data: { task_status: 'submitted' } });
    expect(bench.simulator.counters()['kling-legacy'].costUsd).toBeCloseTo(costUsd, 6);
  });

  it.each([
    [{ model_name: 'kling-v1-6' }, 1203],
    [{ duration: 5 }, 1201],
    [{ duration: '6' }, 1201],
    [{ mode: '720p' }, 1201],
    [{ aspect_ratio: '21:9' }, 1201],
    [{ seed: 7 }, 1201],
    [{ cfg_scale: 0.5 }, 1201],
    [{ model_name: 'kling-v2-5-turbo', sound: 'on' }, 1201],
    [{ prompt: '' }, 1201],
    [{ prompt: 'a'.repeat(2_501) }, 1201],
    [{ negative_prompt: 'a'.repeat(2_501) }, 1201],
    [{ camera_control: 'none' }, 1201],
  ])('refuses %j with code %d', async (more, code) => {
    const bench = createBench();

    const refused = await bench.call('POST', PATH, { body: { ...order, ...more }, headers });

    expect(refused.body.code).toBe(code);
    expect(bench.simulator.counters()['kling-legacy']).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it("takes a caller's own id once, and finds the task by it", async () => {
    const bench = createBench();
    const body = { ...order, external_task_id: 'slot-1' };

    const first = await bench.call('POST', PATH, { body, headers });
    const second = await bench.call('POST', PATH, { body, headers });
    const found = await bench.call('GET', `${PATH}/slot-1`, { headers });
    const unknown = await bench.call('GET', `${PATH}/slot-2`, { headers });

    expect([second.status, second.body.code]).toEqual([400, 1201]);
    expect(found.body.data.task_id).toBe(first.body.data.task_id);
    expect(unknown.body.code).toBe(1203);
  });

  it('takes orders off the resource pack, in units', async () => {
    const bench = createBench();
    const path = `/kling-legacy/account/costs?start_time=${START - 1}&end_time=${START}`;
    await bench.call('POST', PATH, { body: order, headers });

    const checked = await bench.call('GET', path, { headers });
    bench.simulator.setFault('kling-legacy', { kind: 'no_credit' });
    const empty = await bench.call('GET', path, { headers });
    const timeless = await bench.call('GET', '/kling-legacy/account/costs', { headers });

    const [pack] = checked.body.data.resource_pack_subscribe_infos;
    expect(pack).toMatchObject({ total_quantity: 1_000, remaining_quantity: 998.5, status: 'online' });
    expect(empty.body.data.resource_pack_subscribe_infos[0].status).toBe('runOut');
    expect(timeless.body.code).toBe(1201);
  });
});
