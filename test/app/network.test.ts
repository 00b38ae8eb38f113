import { describe, expect, it } from 'vitest';
import { createNetwork, isUnreached } from '../../src/app/network.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Api, Http, HttpErrorCode } from '../../src/ports/http.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { createVirtualTime } from '../sim/clock.ts';

const signal = new AbortController().signal;
const policy = DEFAULT_DETECTION.ourselves;
const networkOf = (
  { http, clock }: { http: Http; clock: Clock },
  controlUrls: readonly string[] = CONTROLS,
  providers = 1,
) => createNetwork({ http, clock, controlUrls, providers, policy });

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
    const network = networkOf({ http, clock });

    expect(await network.judge('acme', signal)).toBe(state);
  });

  it('asks the whole address, and asks anew for each failure', async () => {
    const time = createVirtualTime(0);
    let line: HttpErrorCode | 'ok' = 'ok';
    const { http, asked } = doorTo(() => line);
    const network = networkOf({ http, clock: time.owner().clock });

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
    const network = networkOf({ http, clock: createVirtualTime(0).owner().clock });

    const states = await Promise.all(['acme', 'other', 'third'].map((name) => network.judge(name, signal)));

    expect(states).toEqual(['works', 'works', 'works']);
    expect(asked).toHaveLength(2);
  });
});

describe('with control addresses and other providers', () => {
  /** Judges `acme` when the others have been reached, or not, a moment ago. */
  async function judged(others: boolean[], answer: HttpErrorCode | 'ok') {
    const time = createVirtualTime(0);
    const { http } = doorTo(() => answer);
    const network = networkOf({ http, clock: time.owner().clock }, CONTROLS, others.length + 1);
    const heard: string[] = [];
    network.onChange((is) => heard.push(is));
    for (const [n, isReached] of others.entries())
      if (isReached) network.reached(`other-${n}`);
      else await network.judge(`other-${n}`, signal);
    await time.advanceTo(SECOND);
    return { state: await network.judge('acme', signal), heard, network, time };
  }

  it('while they answer, it is theirs as long as one other provider can be reached', async () => {
    const { state, heard } = await judged([true, false, false, false, false], 'ok');

    expect([state, heard]).toEqual(['works', []]);
  });

  it('although they answer, it is ours where no provider at all can be reached', async () => {
    const { state, heard } = await judged([false, false, false, false, false], 'ok');

    expect([state, heard]).toEqual(['broken', ['lost']]);
  });

  it('that are silent while providers go on answering, it is they that cannot be reached', async () => {
    const { state, heard, network, time } = await judged([true, true], 'connect');
    await time.advanceTo(20 * SECOND);
    network.reached('other-0');
    await time.advanceTo(2 * MINUTE);
    const later = await network.judge('acme', signal);

    expect([state, later, heard]).toEqual(['broken', 'unknown', ['lost', 'restored']]);
  });

  it('says once that it is lost, and once that it is over', async () => {
    const { heard, network, time } = await judged([], 'connect');
    await network.judge('acme', signal);
    await time.advanceTo(MINUTE);
    network.reached('acme');
    network.reached('acme');

    expect(heard).toEqual(['lost', 'restored']);
  });
});

describe('without control addresses', () => {
  it.each<[what: string, others: boolean[], ageMs: number, state: string]>([
    ['nothing else is watched', [], 0, 'unknown'],
    ['another provider answers', [true], 0, 'unknown'],
    ['one of two fails', [true, false], 0, 'unknown'],
    ['two others fail: too few to know', [false, false], 0, 'unknown'],
    ['three others fail', [false, false, false], 0, 'broken'],
    ['most others fail', [false, false, false, true], 0, 'broken'],
    ['others failed too long ago', [false, false, false], policy.windowMs, 'unknown'],
    ['others failed just recently enough', [false, false, false], policy.windowMs - 1, 'broken'],
  ])('where %s, our network is judged', async (_, others, ageMs, state) => {
    const time = createVirtualTime(0);
    const { http, asked } = doorTo(() => 'ok');
    const network = networkOf({ http, clock: time.owner().clock }, [], others.length + 1);
    for (const [n, isReached] of others.entries())
      if (isReached) network.reached(`other-${n}`);
      else await network.judge(`other-${n}`, signal);
    network.reached('acme');
    await time.advanceTo(ageMs);

    expect(await network.judge('acme', signal)).toBe(state);
    expect(asked).toEqual([]);
  });

  it('believes what was seen last of each provider', async () => {
    const clock = createVirtualTime(0).owner().clock;
    const network = networkOf({ http: doorTo(() => 'ok').http, clock }, [], 4);
    for (const name of ['a', 'b', 'c']) network.reached(name);
    for (const name of ['a', 'b', 'c']) await network.judge(name, signal);

    expect(await network.judge('acme', signal)).toBe('broken');
  });

  it('counts those not heard of yet, right after the start, as reached', async () => {
    const clock = createVirtualTime(0).owner().clock;
    const network = networkOf({ http: doorTo(() => 'ok').http, clock }, [], 27);
    const states = [];
    for (let n = 0; n < 7; n++) states.push(await network.judge(`p${n}`, signal));

    expect(states.every((state) => state === 'unknown')).toBe(true);
  });
});

it.each<[HttpErrorCode, number | undefined, boolean]>([
  ['connect', undefined, true],
  ['reset', undefined, true],
  ['timeout', undefined, true],
  ['status', 407, true],
  ['status', 502, true],
  ['status', 504, true],
  ['status', 500, false],
  ['status', 503, false],
  ['status', 429, false],
  ['bad_json', 200, false],
  ['redirect', 302, false],
])('%s (%s) may be our own network: %s', (code, status, isOurs) => {
  expect(isUnreached(new HttpError(code, code, status === undefined ? {} : { status }))).toBe(isOurs);
});
