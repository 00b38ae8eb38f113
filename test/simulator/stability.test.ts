import { describe, expect, it } from 'vitest';
import { readFirstFrames } from '../../src/providers/first-frame.ts';
import { createBench } from './tools.ts';
import type { Answer, Bench } from './tools.ts';

const PATH = '/stability/v2beta/image-to-video';
const headers = { authorization: 'Bearer key' };

function formWith(fields: Record<string, string>, picture = '1024x576'): FormData {
  const form = new FormData();
  const frame = readFirstFrames().get(picture);
  if (frame) form.append('image', new Blob([Buffer.from(frame.bytes)], { type: frame.type }), frame.filename);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

function order(bench: Bench, form = formWith({ seed: '7' })): Promise<Answer> {
  return bench.call('POST', PATH, { body: form, headers });
}

async function ended(bench: Bench, id: string, accept: string): Promise<Answer> {
  for (let second = 0; second < 900; second += 1) {
    const polled = await bench.call('GET', `${PATH}/result/${id}`, { headers: { ...headers, accept } });
    if (polled.status !== 202) return polled;
    bench.clock.now += 1000;
  }
  throw new Error('it never ended');
}

describe('stability', () => {
  it.each(['1024x576', '576x1024', '768x768'])('takes our picture of %s', async (size) => {
    const bench = createBench();

    const accepted = await order(bench, formWith({ cfg_scale: '1.8', motion_bucket_id: '127' }, size));

    expect(accepted.status).toBe(200);
    expect(bench.simulator.counters().stability).toMatchObject({ submitsTotal: 1, costUsd: 0.2 });
  });

  it('answers 202 with a word while it works, then the clip in JSON or as it is', async () => {
    const bench = createBench();
    const { id } = (await order(bench)).body;

    const first = await bench.call('GET', `${PATH}/result/${id}`, { headers });
    const inside = await ended(bench, id, 'application/json');
    const plain = await ended(bench, id, 'video/*');

    expect([first.status, first.body]).toEqual([202, { id, status: 'in-progress' }]);
    expect(inside.body.finish_reason).toBe('SUCCESS');
    expect(Buffer.from(inside.body.video, 'base64').toString('latin1', 4, 8)).toBe('ftyp');
    expect(plain.headers.get('content-type')).toBe('video/mp4');
    expect(plain.headers.get('finish-reason')).toBe('SUCCESS');
    expect(plain.text.slice(4, 8)).toBe('ftyp');
    expect(bench.simulator.counters().stability.downloads).toBe(2);
  });

  it.each([
    ['moderated', 'CONTENT_FILTERED'],
    ['generation_down', 'ERROR'],
  ] as const)('ends without a clip where a fault says %s', async (kind, reason) => {
    const bench = createBench();
    bench.simulator.setFault('stability', { kind });
    const { id } = (await order(bench)).body;

    const inside = await ended(bench, id, 'application/json');
    const plain = await ended(bench, id, 'video/*');

    expect(inside.body).toMatchObject({ finish_reason: reason, video: '' });
    expect([plain.headers.get('finish-reason'), plain.text]).toEqual([reason, '']);
  });

  it.each([
    ['a field that it does not know', formWith({ prompt: 'A red ball.' }), 'prompt: is not allowed'],
    ['a seed that is too large', formWith({ seed: '4294967295' }), 'seed: must be between'],
    ['no picture', formWith({}, 'none'), 'image: is required'],
  ])('refuses %s', async (_name, form, sentence) => {
    const bench = createBench();

    const refused = await order(bench, form);

    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({
      name: 'bad_request',
      errors: [expect.stringContaining(sentence) as string],
    });
    expect(bench.simulator.counters().stability).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('refuses pictures of other sizes and files that are none', async () => {
    const small = Buffer.from(readFirstFrames().get('1024x576')?.bytes ?? []);
    small.writeUInt32BE(640, 16);
    const answers: string[] = [];
    for (const bytes of [small, Buffer.from('not a picture, though it is longer than a header')]) {
      const form = new FormData();
      form.append('image', new Blob([bytes]), 'x.png');
      answers.push((await order(createBench(), form)).body.errors[0]);
    }

    expect(answers).toEqual([
      'image: dimensions must be one of 1024x576, 576x1024, 768x768',
      'image: must be an image/jpeg or image/png',
    ]);
  });

  it.each([
    ['JSON', { image: 'x' }, 400, 'bad_request'],
    ['more than it reads', 'x'.repeat(1_000_001), 413, 'payload_too_large'],
  ])('refuses %s', async (_name, body, status, name) => {
    const refused = await createBench().call('POST', PATH, { body, headers });

    expect([refused.status, refused.body.name]).toEqual([status, name]);
  });

  it.each([
    ['no_credit', 402, 'payment_required'],
    ['model_gone', 404, 'not_found'],
    ['rate_limited', 429, 'rate_limit_exceeded'],
    ['bad_key', 401, 'unauthorized'],
    ['down', 503, 'service_unavailable'],
  ] as const)('puts %s in its own words', async (kind, status, name) => {
    const bench = createBench();
    bench.simulator.setFault('stability', { kind });

    const refused = await order(bench);

    expect([refused.status, refused.body.name]).toEqual([status, name]);
    expect(bench.simulator.counters().stability).toMatchObject({ submitsTotal: 0, refused: 1 });
  });

  it('keeps the clip back where the store is down', async () => {
    const bench = createBench();
    const { id } = (await order(bench)).body;
    bench.simulator.setFault('stability', { kind: 'asset_down' });

    const struck = await ended(bench, id, 'application/json');
    bench.simulator.healFault('stability');

    expect(struck.status).toBe(503);
    expect((await ended(bench, id, 'application/json')).status).toBe(200);
  });

  it('loses an answer, but not the money', async () => {
    const bench = createBench();
    bench.simulator.setFault('stability', { kind: 'lost_answer' });

    await expect(order(bench)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bench.simulator.counters().stability.submitsTotal).toBe(1);
  });

  it('counts credits, and knows no other path or job', async () => {
    const bench = createBench();
    await order(bench);

    const balance = await bench.call('GET', '/stability/v1/user/balance', { headers });
    const stranger = await bench.call('GET', '/stability/v1/user/balance');
    const unknown = await bench.call('GET', `${PATH}/result/a6dc6c6e`, { headers });
    const nowhere = await bench.call('GET', '/stability/v1/engines/list', { headers });

    expect(balance.body).toEqual({ credits: 4_980 });
    expect([stranger.status, unknown.status, nowhere.status]).toEqual([401, 404, 404]);
    expect(bench.simulator.counters().stability).toMatchObject({ checks: 2, polls: 1 });
  });
});
