import { describe, expect, it } from 'vitest';
import { HttpError } from '../../src/ports/http.ts';
import { createLog, type LogOptions } from '../../src/system/log.ts';

const KEY = 'sk-0123456789abcdef';

function written(level: LogOptions['level'] = 'debug') {
  const lines: string[] = [];
  const log = createLog({
    level,
    secrets: [KEY, 'p"w\\d-123'],
    destination: { write: (line) => lines.push(line) },
  });
  const last = () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown>;
  return { log, lines, last };
}

it('writes one line of JSON with level, time, fields and message', () => {
  const { log, lines, last } = written();

  log.warn({ targetId: 'a/b', attempts: 3 }, 'run failed');

  expect(lines.length).toBe(1);
  expect(lines[0]?.endsWith('}\n')).toBe(true);
  expect(last()).toMatchObject({ level: 'warn', targetId: 'a/b', attempts: 3, msg: 'run failed' });
  expect(String(last()['time'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

it('keeps quiet below its level', () => {
  const { log, lines } = written('warn');

  log.debug({}, 'a');
  log.info({}, 'b');
  log.error({}, 'c');

  expect(lines.length).toBe(1);
});

describe('a secret', () => {
  it.each<[string, Record<string, unknown>]>([
    ['in a text', { text: `Bearer ${KEY}, again ${KEY}` }],
    ['deep down', { a: { b: [{ c: KEY }] } }],
    ['in a name', { [KEY]: 1 }],
    ['in a map', { map: new Map([['x', KEY]]) }],
    ['in an error', { err: new Error(`refused ${KEY}`, { cause: new Error(KEY) }) }],
    [
      'in the body of an answer',
      { err: new HttpError('status', 'no', { body: KEY, headers: { echo: KEY } }) },
    ],
    ['in a URL', { url: `https://a.test/?key=${encodeURIComponent(KEY)}` }],
    ['across the place where texts are cut', { text: `${'x'.repeat(490)}${KEY}` }],
  ])('is masked %s', (_, fields) => {
    const { log, lines } = written();

    log.error(fields, `failed with ${KEY}`);

    expect(lines[0]).not.toContain(KEY.slice(0, 8));
    expect(lines[0]).toContain('***');
  });

  it('is masked where JSON has to escape it', () => {
    const { log, last } = written();

    log.info({ text: 'p"w\\d-123', body: JSON.stringify({ pw: 'p"w\\d-123' }) }, 'x');

    expect(last()).toMatchObject({ text: '***', body: '{"pw":"***"}' });
  });

  it.each([
    'authorization',
    'Authorization',
    'apiKey',
    'api_key',
    'x-api-key',
    'password',
    'clientSecret',
    'accessToken',
    'token',
    'set-cookie',
  ])('is masked by the name %s alone', (name) => {
    const { log, last } = written();

    log.info({ headers: { [name]: 'unknown to us' } }, 'x');

    expect(last()['headers']).toEqual({ [name]: '***' });
  });

  it('does not take names that only sound so', () => {
    const { log, last } = written();

    log.info({ tokens: 12, entryKey: 'a#1', secretary: 'Ann' }, 'x');

    expect(last()).toMatchObject({ tokens: 12, entryKey: 'a#1', secretary: 'Ann' });
  });
});

describe('a line', () => {
  it('tells an error with its code and cause', () => {
    const { log, last } = written();
    const error = new HttpError('status', 'GET x answered 503', { status: 503, cause: new Error('inner') });

    log.warn({ err: error }, 'x');

    expect(last()['err']).toMatchObject({
      type: 'HttpError',
      message: error.message,
      code: 'status',
      status: 503,
    });
    expect(last()['err']).toMatchObject({
      cause: { message: 'inner' },
      stack: expect.stringContaining('HttpError'),
    });
  });

  it('has an end, whatever the fields hold', () => {
    const { log, lines, last } = written();
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;

    log.info({ text: 'x'.repeat(100_000), list: Array.from({ length: 1_000 }, (_, i) => i), circle }, 'x');

    expect(lines[0]?.length).toBeLessThan(3_000);
    expect(String(last()['text']).length).toBe(501);
    expect((last()['list'] as unknown[]).length).toBe(50);
  });

  it('comes about for things that do not print', () => {
    const { log, last } = written();
    const trap = {
      get boom() {
        throw new Error('boom');
      },
    };

    log.info(
      { trap, big: 10n, call: () => 1, none: undefined, bytes: new Uint8Array(9), day: new Date(Number.NaN) },
      'x',
    );

    expect(last()).toMatchObject({
      trap: '[unprintable]',
      big: '10',
      call: '[function]',
      bytes: '[9 bytes]',
      day: null,
    });
  });
});
