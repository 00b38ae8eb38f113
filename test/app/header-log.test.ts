import { describe, expect, it } from 'vitest';
import { createHeaderLog } from '../../src/app/header-log.ts';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { Fields, Log } from '../../src/ports/log.ts';
import { StoreError, type Store } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { createHttp } from '../../src/system/http.ts';
import { setImmediate } from 'node:timers/promises';
import { handClock } from '../system/loopback.ts';

const never = new AbortController().signal;
const anything = { parse: (value: unknown) => value };
const SUNSET = 'Mon, 27 Apr 2026 00:00:00 GMT';

interface Given {
  /** What the next answers are. */
  answer: { status: number; headers: Record<string, string> };
}

/** A provider's API whose answers carry headers, and what is kept of them. */
async function world(keep?: (store: Store) => Pick<Store, 'noteHeader'>) {
  const clock = handClock();
  const store = await openStore(openSqlite(':memory:'));
  const given: Given = { answer: { status: 200, headers: { sunset: SUNSET } } };
  const http = createHttp({
    clock,
    fetch: async () => Response.json({}, given.answer),
  });
  const lines: { fields: Fields; message: string }[] = [];
  const warn = (fields: Fields, message: string) => void lines.push({ fields, message });
  const log: Log = { debug: () => {}, info: () => {}, warn, error: () => {} };
  const headers = createHeaderLog(clock);
  const stop = new AbortController();
  const running = headers.run({ store: keep?.(store) ?? store, log }, stop.signal);
  const api = headers.watch(http, 'krea', []).at('https://api.krea.ai/v1', {});
  const seen = async () => {
    for (let i = 0; i < 50; i++) await setImmediate();
    return store.seenHeaders();
  };
  const end = async () => {
    stop.abort();
    await running;
  };
  return { clock, api, given, seen, lines, end, headers, http };
}

describe('headers that announce an end', () => {
  it('are kept with where and when they were seen, and said once', async () => {
    const { clock, api, seen, lines, end } = await world();
    const at = clock.now();

    await api.get('/jobs/0fb1c8d2-6a0e-4c5e-9a45-d0d5a8f2f8a1', anything, never);
    await api.send('POST', '/generate/video', { json: {} }, anything, never);

    expect(await seen()).toEqual([
      {
        provider: 'krea',
        name: 'sunset',
        value: SUNSET,
        place: 'api.krea.ai/v1/generate/video',
        firstSeenAt: at,
        lastSeenAt: at,
      },
      {
        provider: 'krea',
        name: 'sunset',
        value: SUNSET,
        place: 'api.krea.ai/v1/jobs/{id}',
        firstSeenAt: at,
        lastSeenAt: at,
      },
    ]);
    expect(lines.map(({ message }) => message)).toEqual([
      'a provider announces an end in a header',
      'a provider announces an end in a header',
    ]);
    expect(lines[0]?.fields).toMatchObject({ provider: 'krea', header: 'sunset', value: SUNSET });
    await end();
  });

  it('are kept of errors too, and the error is thrown on', async () => {
    const { api, given, seen, end } = await world();
    given.answer = { status: 410, headers: { deprecation: 'true' } };

    await expect(api.get('/gone', anything, never)).rejects.toMatchObject({ code: 'status', status: 410 });

    expect(await seen()).toMatchObject([
      { name: 'deprecation', value: 'true', place: 'api.krea.ai/v1/gone' },
    ]);
    await end();
  });

  it('are written once an hour, however often they come', async () => {
    const written: number[] = [];
    const { clock, api, seen, lines, end } = await world((store) => ({
      noteHeader: (header) => {
        written.push(header.lastSeenAt);
        return store.noteHeader(header);
      },
    }));
    const at = clock.now();

    for (let i = 0; i <= 60; i++) {
      await api.get('/models', anything, never);
      clock.pass(MINUTE);
    }

    expect(await seen()).toMatchObject([{ firstSeenAt: at, lastSeenAt: at + HOUR }]);
    expect(written).toEqual([at, at + HOUR]);
    expect(lines).toHaveLength(1);
    await end();
  });

  it('are not more than twenty an hour, where a provider sends another value each time', async () => {
    const { clock, api, given, seen, end } = await world();

    for (let i = 0; i < 100; i++) {
      given.answer = { status: 200, headers: { sunset: `@${i}` } };
      await api.get('/models', anything, never);
    }

    expect(await seen()).toHaveLength(20);
    clock.pass(HOUR);
    await api.get('/models', anything, never);
    expect(await seen()).toHaveLength(21);
    await end();
  });

  it('cost nothing where the store does not take them', async () => {
    let fails = 1;
    const { api, seen, lines, given, end } = await world((store) => ({
      noteHeader: async (header) => {
        if (fails-- > 0) throw new StoreError('full', 'no space');
        return store.noteHeader(header);
      },
    }));

    await api.get('/models', anything, never);
    await seen();
    given.answer = { status: 200, headers: { deprecation: 'true' } };
    await api.get('/models', anything, never);

    expect(await seen()).toMatchObject([{ name: 'deprecation' }]);
    expect(lines.map(({ message }) => message)).toContain('a header that announces an end could not be kept');
    await end();
  });

  it('of answers that carry none leave nothing behind', async () => {
    const { api, given, seen, end } = await world();
    given.answer = { status: 200, headers: { link: '<https://a.example/?page=2>; rel="next"' } };

    await api.get('/models', anything, never);

    expect(await seen()).toEqual([]);
    await end();
  });
});
