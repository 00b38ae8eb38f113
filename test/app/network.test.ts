import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../src/app/network.ts';
import { SECOND } from '../../src/core/base.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Api, Http, HttpErrorCode } from '../../src/ports/http.ts';
import { createVirtualTime } from '../sim/clock.ts';

const signal = new AbortController().signal;
const CONTROLS = ['https://one.invalid/a?b=1', 'https://two.invalid/'];

/** A door whose control addresses answer as told; every question is written down. */
function doorTo(answers: (origin: string) => HttpErrorCode | 'ok') {
  const asked: string[] = [];
  const http: Http = {
    at: (origin) => {
      const get: Api['get'] = (path) => {
        asked.push(`${origin}${path}`);
        const code = answers(origin);
        if (code !== 'ok') return Promise.reject(new HttpError(code, code));
        return Promise.resolve({ status: 204, headers: {}, body: null as never });
      };
      return {
        get,
        send: () => Promise.reject(new Error('no')),
        download: () => Promise.reject(new Error('no')),
      };
    },
    download: () => Promise.reject(new Error('no')),
  };
  return { http, asked };
}

describe('with control addresses', () => {
  it.each<[one: HttpErrorCode | 'ok', two: HttpErrorCode | 'ok', state: string]>([
    ['ok', 'ok', 'works'],
    ['connect', 'ok', 'works'],
    ['timeout', 'connect', 'broken'],
    ['reset', 'reset', 'broken'],
    ['aborted', 'aborted', 'broken'],
    // Any answer at all has come over the line.
    ['status', 'connect', 'works'],
    ['connect', 'redirect', 'works'],
    ['bad_json', 'connect', 'works'],
  ])('answers of %s and %s say that our network %s', async (one, two, state) => {
    const { clock } = createVirtualTime(0).owner();
    const { http } = doorTo((origin) => (origin.includes('one') ? one : two));
    const network = createNetwork({ http, clock, controlUrls: CONTROLS });

    expect(await network.judge('acme', signal)).toBe(state);
  });

  it('asks the whole address, and asks anew for each failure', async () => {
    const time = createVirtualTime(0);
    let line: HttpErrorCode | 'ok' = 'ok';
    const { http, asked } = doorTo(() => line);
    const network = createNetwork({ http, clock: time.owner().clock, controlUrls: CONTROLS });

    const before = await network.judge('acme', signal);
    line = 'connect';
    await time.advanceTo(2 * SECOND);
    const after = await network.judge('acme', signal);

    expect([before, after]).toEqual(['works', 'broken']);
    expect(asked.slice(0, 2)).toEqual(CONTROLS);
    expect(asked).toHaveLength(4);
  });

  it('asks once for failures of the same moment', async () => {
    const { http, asked } = doorTo(() => 'ok');
    const network = createNetwork({ http, clock: createVirtualTime(0).owner().clock, controlUrls: CONTROLS });

    const states = await Promise.all(['acme', 'other', 'third'].map((name) => network.judge(name, signal)));

    expect(states).toEqual(['works', 'works', 'works']);
    expect(asked).toHaveLength(2);
  });
});

describe('without control addresses', () => {
  it.each<[what: string, others: boolean[], ageMs: number, state: string]>([
    ['nothing else is watched', [], 0, 'unknown'],
    ['another provider answers', [true], 0, 'works'],
    ['two of three answer', [true, true, false], 0, 'works'],
    ['one of two fails', [true, false], 0, 'works'],
    ['two others fail: too few to know', [false, false], 0, 'unknown'],
    ['three others fail', [false, false, false], 0, 'broken'],
    ['most others fail', [false, false, false, true], 0, 'broken'],
    ['others failed too long ago', [false, false, false], 75 * SECOND, 'unknown'],
    ['others failed just recently enough', [false, false, false], 75 * SECOND - 1, 'broken'],
    ['another answered too long ago', [true], 80 * SECOND, 'unknown'],
  ])('where %s, our network is judged', async (_, others, ageMs, state) => {
    const time = createVirtualTime(0);
    const { http, asked } = doorTo(() => 'ok');
    const network = createNetwork({ http, clock: time.owner().clock, controlUrls: [] });
    others.forEach((isReached, n) => network.saw(`other-${n}`, isReached));
    network.saw('acme', true);
    await time.advanceTo(ageMs);

    expect(await network.judge('acme', signal)).toBe(state);
    expect(asked).toEqual([]);
  });

  it('believes what was seen last of each provider', async () => {
    const network = createNetwork({
      http: doorTo(() => 'ok').http,
      clock: createVirtualTime(0).owner().clock,
      controlUrls: [],
    });
    for (const name of ['a', 'b', 'c']) network.saw(name, true);
    for (const name of ['a', 'b', 'c']) network.saw(name, false);

    expect(await network.judge('acme', signal)).toBe('broken');
  });
});
