import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SINKS } from '../../src/routers/index.ts';
import { webhook } from '../../src/routers/webhook.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { door, never, noSignal, now, stoppedClock } from '../alerts/doors.ts';
import { plan, pushed, secret, sink, url, validUntil } from './pushes.ts';

describe('the push', () => {
  it('has exactly the agreed shape', async () => {
    const request = await pushed();

    expect(request.method).toBe('POST');
    expect(request.url).toBe(url);
    expect(request.headers['content-type']).toBe('application/json');
    expect(request.headers['user-agent']).toBe('reelwatch/1');
    expect(JSON.parse(request.body)).toEqual({
      type: 'weights.changed',
      timestamp: '2026-11-21T19:40:05Z',
      data: {
        schema: 'reelwatch.push/1',
        epoch: 7,
        generation: 412,
        previous: 411,
        route: 't2v.default',
        mode: 'enforce',
        posture: 'normal',
        valid_until: '2026-11-21T19:55:05Z',
        transition: { target: 'runway/gen4.5', from: 'suspect', to: 'down', reason: 'bad_output' },
        weights: { 'kling/kling-2.5': 47, 'runway/gen4.5': 0, 'luma/ray-3': 53 },
        fallback: ['luma/ray-3', 'kling/kling-2.5', 'runway/gen4.5'],
      },
    });
  });

  it('says null where no transition brought the plan about', async () => {
    const request = await pushed({}, undefined, { ...plan, transition: null });

    expect(JSON.parse(request.body)).toHaveProperty('data.transition', null);
  });

  it('has the same id each time the same plan is pushed, and another for another plan', async () => {
    const later: Clock = { ...stoppedClock(), now: () => now + 60_000 };

    const [first, again, next] = [
      await pushed(),
      await pushed({}, later),
      await pushed({}, undefined, { ...plan, generation: 413 }),
    ];

    expect(first.headers['webhook-id']).toBe('7.412.t2v.default');
    expect(again.headers['webhook-id']).toBe('7.412.t2v.default');
    expect(next.headers['webhook-id']).toBe('7.413.t2v.default');
    expect(first.headers['webhook-timestamp']).toBe('1795290005');
    expect(again.headers['webhook-timestamp']).toBe('1795290065');
  });
});

describe('what the router answers', () => {
  const asSent = { is: 'applied', epoch: 7, generation: 412 };

  it.each([
    [200, '{"applied":{"epoch":7,"generation":412}}', {}, asSent],
    [200, '{"applied":{"epoch":8,"generation":1}}', {}, { is: 'applied', epoch: 8, generation: 1 }],
    [200, '{"applied":{"epoch":"7"}}', {}, asSent],
    [200, '{}', {}, asSent],
    [200, 'ok', {}, asSent],
    [202, '', {}, asSent],
    [204, null, {}, asSent],
    [
      409,
      '{"title":"stale","index":"8.1"}',
      {},
      { is: 'stale', why: 'the router answered 409 {"title":"stale","index":"8.1"}' },
    ],
    [410, '', {}, { is: 'unsubscribed', why: 'the router answered 410 ' }],
    [304, null, {}, { is: 'retry', afterMs: null, why: 'the router answered 304 ' }],
    [400, 'bad', {}, { is: 'retry', afterMs: null, why: 'the router answered 400 bad' }],
    [401, 'who?', {}, { is: 'retry', afterMs: null, why: 'the router answered 401 who?' }],
    [404, '', {}, { is: 'retry', afterMs: null, why: 'the router answered 404 ' }],
    [429, '', { 'retry-after': '7' }, { is: 'retry', afterMs: 7_000, why: 'the router answered 429 ' }],
    [500, 'oops', {}, { is: 'retry', afterMs: null, why: 'the router answered 500 oops' }],
    [503, '', { 'retry-after': '2' }, { is: 'retry', afterMs: 2_000, why: 'the router answered 503 ' }],
  ])('takes %d %s %j for %j', async (status, body, headers, applied) => {
    const { http } = door(() => new Response(body, { status, headers }));

    expect(await sink(http).push(plan, validUntil, noSignal())).toEqual(applied);
  });

  it('comes again after a redirect, and does not follow it', async () => {
    const { http, heard } = door(() => Response.redirect('https://elsewhere.example/', 307));

    expect(await sink(http).push(plan, validUntil, noSignal())).toMatchObject({
      is: 'retry',
      why: expect.stringContaining('redirect'),
    });
    expect(heard).toHaveLength(1);
  });

  it('comes again when the network is broken', async () => {
    const { http } = door(() => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    });

    expect(await sink(http).push(plan, validUntil, noSignal())).toEqual({
      is: 'retry',
      afterMs: null,
      why: 'no answer from the router: connect',
    });
  });

  it('waits three seconds and no longer', async () => {
    const waited: number[] = [];
    const clock: Clock = {
      now: () => now,
      monotonicMs: () => 0,
      sleep: (ms) => {
        waited.push(ms);
        return Promise.resolve();
      },
    };
    const { http } = door(never, clock);

    expect(await sink(http).push(plan, validUntil, noSignal())).toMatchObject({
      is: 'retry',
      why: 'no answer from the router: timeout',
    });
    expect(waited).toEqual([3_000]);
  });

  it('keeps at most 300 characters of an answer', async () => {
    const { http } = door(() => new Response('x'.repeat(10_000), { status: 500 }));

    const applied = await sink(http).push(plan, validUntil, noSignal());

    expect(applied.is === 'retry' && applied.why.length).toBe(300);
  });
});

describe('the options', () => {
  it('want all routes, or those that are named', () => {
    const { http } = door(never);

    expect(sink(http).routes).toBeNull();
    expect(sink(http, { routes: ['t2v.default'] }).routes).toEqual(['t2v.default']);
  });

  it.each([
    [{ secret: 'whsec_short' }],
    [{ secret: `whsec_${Buffer.alloc(23).toString('base64')}` }],
    [{ secret: `whsec_${Buffer.alloc(65).toString('base64')}` }],
    [{ secret: Buffer.alloc(32).toString('base64') }],
    [{ secret: `whsec_${'*'.repeat(44)}` }],
    [{ previousSecret: 'x' }],
    [{ secret: undefined, previousSecret: secret }],
    [{ url: 'file:///etc/passwd' }],
    [{ url: 'https://user:word@router.example/' }],
    [{ routes: [] }],
    [{ extra: true }],
  ])('refuse %j', (options) => {
    expect(webhook.options.safeParse({ url, secret, ...options }).success).toBe(false);
  });

  it.each([24, 64])('take a key of %d bytes', (bytes) => {
    const key = `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;

    expect(webhook.options.safeParse({ url, secret: key }).success).toBe(true);
  });

  it('need no secret: the key of the daemon signs in any case', () => {
    expect(webhook.options.safeParse({ url }).success).toBe(true);
  });

  it('mark both keys as secrets', () => {
    const schema = z.toJSONSchema(webhook.options, { io: 'input' });

    expect(schema).toHaveProperty('properties.secret.secret', true);
    expect(schema).toHaveProperty('properties.previousSecret.secret', true);
  });

  it('are in the registry', () => {
    expect(SINKS.map((sink) => sink.name)).toContain('webhook');
  });
});
