import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/system/http.ts';
import type { Recorded } from '../../src/system/recording.ts';
import { systemClock } from '../../src/system/clock.ts';

const KEY = 'key-0123456789';
const never = new AbortController().signal;
const anything = { parse: (value: unknown) => value };

/** What is recorded of one call that is answered like this; the call's own outcome beside it. */
async function record(answer: () => Response, path = '/v1/jobs', sent: unknown = { prompt: 'a ball' }) {
  const exchanges: Recorded[] = [];
  const http = createHttp({
    clock: systemClock,
    secrets: [KEY],
    fetch: () => Promise.resolve(answer()),
    record: (exchange) => exchanges.push(exchange),
  });
  const api = http.at('https://api.test', {
    authorization: `Bearer ${KEY}`,
    'x-fal-queue-priority': 'normal',
  });
  const outcome = await api
    .send('POST', path, { json: sent }, anything, never)
    .then(({ body }) => body)
    .catch((error: unknown) => error);
  return { exchanges, outcome, text: JSON.stringify(exchanges) };
}

describe('a recording', () => {
  it('holds the request and the answer, and leaves the answer to its reader', async () => {
    const { exchanges, outcome } = await record(() =>
      Response.json({ id: 'job-1' }, { headers: { 'retry-after': '5', 'set-cookie': 'session=1' } }),
    );

    expect(outcome).toEqual({ id: 'job-1' });
    expect(exchanges).toEqual([
      {
        request: {
          method: 'POST',
          url: 'https://api.test/v1/jobs',
          headers: {
            accept: 'application/json',
            'content-type': 'application/json',
            'x-fal-queue-priority': 'normal',
          },
          body: { prompt: 'a ball' },
        },
        answer: {
          status: 200,
          headers: { 'content-type': 'application/json', 'retry-after': '5' },
          body: { id: 'job-1' },
        },
      },
    ]);
  });

  it.each([
    ['the key in an answer', { echo: `Bearer ${KEY}` }],
    ['the signature of a URL', { url: `https://cdn.test/v.mp4?X-Amz-Signature=abcdef0123&X-Amz-Expires=60` }],
    ['the token of a URL', { url: 'https://cdn.test/v.mp4?a=1&access_token=abcdef0123' }],
    ['the token of a login', { access_token: 'ya29.abcdef0123', token_type: 'Bearer' }],
    ['a mail address', { owner: 'abcdef0123@example.com' }],
    ['a web token', { jwt: 'eyJhbGciOiJIUzI1NiJ9.abcdef0123456.abcdef0123' }],
  ])('never holds %s', async (_name, body) => {
    const { text } = await record(() => Response.json(body));

    expect(text).not.toContain(KEY);
    expect(text).not.toContain('abcdef0123');
    expect(text).toContain('***');
  });

  it('never holds the key that a request has in its URL or body', async () => {
    const { text } = await record(() => Response.json({}), `/v1/jobs?key=${KEY}`, { secret: KEY });

    expect(text).not.toContain(KEY);
  });

  it('cuts a video that came inside the answer', async () => {
    const { text, outcome } = await record(() => Response.json({ video: 'A'.repeat(50_000) }));

    expect(outcome).toEqual({ video: 'A'.repeat(50_000) });
    expect(text.length).toBeLessThan(1_000);
    expect(text).toContain('<50000 characters>');
  });

  it('names what is no text by its type', async () => {
    const answer = () => new Response('bytes', { headers: { 'content-type': 'video/mp4' } });

    expect((await record(answer)).exchanges[0]?.answer?.body).toBe('<video/mp4>');
  });

  it('keeps an error as it came', async () => {
    const { exchanges } = await record(() => new Response('<h1>502</h1>', { status: 502 }));

    expect(exchanges[0]?.answer).toMatchObject({ status: 502, body: '<h1>502</h1>' });
  });

  it('holds a request that was never answered', async () => {
    const { exchanges, outcome } = await record(() => {
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });

    expect(outcome).toMatchObject({ code: 'reset' });
    expect(exchanges[0]?.answer).toBeNull();
  });
});
