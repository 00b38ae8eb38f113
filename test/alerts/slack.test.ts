import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DAY } from '../../src/core/base.ts';
import { slack } from '../../src/alerts/slack.ts';
import type { Telling } from '../../src/ports/channels.ts';
import type { Http } from '../../src/ports/http.ts';
import { createHttp } from '../../src/system/http.ts';
import { door, never, noSignal, stoppedClock } from './doors.ts';
import { announced, closed, opened, story } from './stories.ts';

const url = 'https://hooks.slack.example/services/T0/B0/very-secret';
const telling: Telling = { stories: [story(opened())] };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function channel(http: Http, more: Record<string, unknown> = {}) {
  const options = slack.options.parse({ url, ...more });
  return slack.create({ options, http, clock: stoppedClock(), log: silent });
}

function tell(answer: () => Response | Promise<Response>) {
  return channel(door(answer).http).tell(telling, 'key', noSignal());
}

const unlike = (body: string) => ({
  is: 'retry',
  afterMs: null,
  why: `Slack answered ${body} instead of ok`,
});
const refused = (why: string) => ({ is: 'refused', why, scope: 'channel' });
const limited = (afterMs: number | null) => ({
  is: 'retry',
  afterMs,
  why: 'Slack answered 429 rate_limited',
  scope: 'channel',
});

describe('what Slack answers', () => {
  it.each([
    [200, 'ok', {}, { is: 'done' }],
    [200, ' ok\n', {}, { is: 'done' }],
    [200, '', {}, unlike('nothing')],
    [204, null, {}, unlike('nothing')],
    [200, '{"ok":false,"error":"no_text"}', {}, unlike('{"ok":false,"error":"no_text"}')],
    [200, '{"ok":true}', {}, unlike('{"ok":true}')],
    [200, '{"success":true}', {}, unlike('{"success":true}')],
    [200, '"ok"', {}, unlike('"ok"')],
    [200, 'okay', {}, unlike('okay')],
    [200, '<html>Please log in</html>', {}, unlike('<html>Please log in</html>')],
    [400, 'invalid_payload', {}, { is: 'refused', why: 'Slack answered 400 invalid_payload' }],
    [400, 'user_not_found', {}, { is: 'refused', why: 'Slack answered 400 user_not_found' }],
    [401, '', {}, refused('Slack answered 401')],
    [403, 'action_prohibited', {}, refused('Slack answered 403 action_prohibited')],
    [403, 'invalid_token', {}, refused('Slack answered 403 invalid_token')],
    [404, 'no_service', {}, refused('Slack answered 404 no_service')],
    [404, 'channel_not_found', {}, refused('Slack answered 404 channel_not_found')],
    [408, '', {}, { is: 'retry', afterMs: null, why: 'Slack answered 408' }],
    [410, 'channel_is_archived', {}, refused('Slack answered 410 channel_is_archived')],
    [413, 'too large', {}, { is: 'refused', why: 'Slack answered 413 too large' }],
    [429, 'rate_limited', { 'retry-after': '30' }, limited(30_000)],
    [429, 'rate_limited', { 'retry-after': '999999999' }, limited(DAY)],
    [429, 'rate_limited', { 'retry-after': '99999999999999999999' }, limited(DAY)],
    [429, 'rate_limited', { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, limited(DAY)],
    [429, 'rate_limited', { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, limited(0)],
    [429, 'rate_limited', { 'retry-after': '-5' }, limited(null)],
    [429, 'rate_limited', { 'retry-after': 'soon' }, limited(null)],
    [429, 'rate_limited', {}, limited(null)],
    [500, 'rollup_error', {}, { is: 'retry', afterMs: null, why: 'Slack answered 500 rollup_error' }],
    [
      503,
      'service_unavailable',
      { 'retry-after': '5' },
      { is: 'retry', afterMs: 5_000, why: 'Slack answered 503 service_unavailable' },
    ],
  ])('takes %d %s %j for %j', async (status, body, headers, delivery) => {
    expect(await tell(() => new Response(body, { status, headers }))).toEqual(delivery);
  });

  it('is told without its picture when Slack cannot fetch that', async () => {
    const pictured = story(opened());
    pictured.links.frame = 'https://watch.example/v1/runs/a%2Fb%401/frame';
    const answers = [new Response('invalid_blocks', { status: 400 }), new Response('ok')];
    const { http, heard } = door(() => answers.shift() ?? new Response('', { status: 500 }));

    const delivery = await channel(http, { frames: true }).tell({ stories: [pictured] }, 'key', noSignal());

    expect(delivery).toEqual({ is: 'done' });
    expect(heard).toHaveLength(2);
  });

  it('comes again after a redirect, and does not follow it', async () => {
    const { http, heard } = door(() => Response.redirect('https://elsewhere.example/', 302));

    expect(await channel(http).tell(telling, 'key', noSignal())).toEqual({
      is: 'retry',
      afterMs: null,
      why: 'no answer from Slack: redirect',
    });
    expect(heard).toHaveLength(1);
  });

  it('comes again when the network is broken, and does not show the address', async () => {
    const delivery = await tell(() => {
      throw new TypeError(`fetch failed for ${url}`, {
        cause: Object.assign(new Error(`getaddrinfo ENOTFOUND for ${url}`), { code: 'ENOTFOUND' }),
      });
    });

    expect(delivery).toEqual({ is: 'retry', afterMs: null, why: 'no answer from Slack: connect' });
  });

  it('comes again when no answer comes in time', async () => {
    const { http } = door(never, stoppedClock(true));

    expect(await channel(http).tell(telling, 'key', noSignal())).toEqual({
      is: 'retry',
      afterMs: null,
      why: 'no answer from Slack: timeout',
    });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const told = channel(door(never).http).tell(telling, 'key', stop.signal);

    stop.abort();

    expect(await told).toEqual({ is: 'retry', afterMs: null, why: 'no answer from Slack: aborted' });
  });

  it('keeps at most 300 characters of an answer', async () => {
    const delivery = await tell(() => new Response('x'.repeat(100_000), { status: 400 }));

    expect(delivery.is === 'refused' && delivery.why.length).toBe(300);
  });

  it('tries once: retries belong to the outbox', async () => {
    const { http, heard } = door(() => new Response('', { status: 500 }));

    await channel(http).tell(telling, 'key', noSignal());

    expect(heard).toHaveLength(1);
  });
});

describe('what Slack is sent', () => {
  it('is the message as JSON, to the webhook', async () => {
    const { http, heard } = door(() => new Response('ok'));

    await channel(http, { mention: '<!here>', username: 'reelwatch', frames: false }).tell(
      telling,
      'key',
      noSignal(),
    );

    const [request] = heard;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe(url);
    expect(request?.headers['content-type']).toBe('application/json');
    const body: unknown = JSON.parse(request?.body ?? '');
    expect(body).toMatchObject({ username: 'reelwatch', unfurl_links: false });
    expect(body).toHaveProperty('text', expect.stringContaining('runway/gen4.5 is down'));
    expect(body).toHaveProperty('blocks[0].type', 'header');
    expect(body).toHaveProperty('blocks[1].text.text', '<!here>');
    expect(body).not.toHaveProperty('fetch');
  });

  it('arrives over a real socket', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(429, { 'retry-after': '2' }).end('rate_limited');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const http = createHttp({ clock: stoppedClock() });

    const delivery = await channel(http, { url: `http://127.0.0.1:${port}/services/x` }).tell(
      telling,
      'key',
      noSignal(),
    );

    await http.close();
    await new Promise((resolve) => server.close(resolve));
    expect(delivery).toEqual(limited(2_000));
    expect(bodies).toHaveLength(1);
  });
});

describe('the options', () => {
  it('let one message a second through, and everything is heard', () => {
    const all = channel(door(never).http);

    expect(all.gapMs).toBe(1_000);
    expect(all.hears(closed())).toBe(true);
  });

  it('choose what is heard', () => {
    const some = channel(door(never).http, { hears: ['incident.opened', 'incident.closed'], gap: '3s' });

    expect(some.gapMs).toBe(3_000);
    expect([opened(), closed(), announced()].map(some.hears)).toEqual([true, true, false]);
  });

  it.each([
    ['<!here>', true],
    ['<!channel>', true],
    ['<!subteam^S0123ABC>', true],
    ['<@U0123ABC>', true],
    ['@here', false],
    ['<!here> <!channel>', false],
    ['<https://x|y>', false],
    ['', false],
  ])('take the mention %s: %s', (mention, isTaken) => {
    expect(slack.options.safeParse({ url, mention }).success).toBe(isTaken);
  });

  it.each([
    [{ url: 'ftp://x' }],
    [{ url: 'hooks' }],
    [{ url: 'https://user:word@hooks.slack.example/' }],
    [{}],
    [{ url, hears: [] }],
    [{ url, hears: ['everything'] }],
    [{ url, extra: 1 }],
  ])('refuse %j', (options) => {
    expect(slack.options.safeParse(options).success).toBe(false);
  });

  it('mark the address as a secret', () => {
    expect(z.toJSONSchema(slack.options, { io: 'input' })).toHaveProperty('properties.url.secret', true);
  });
});
