import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatus } from '../../src/client/document.ts';
import { VALID_MS_MAX, createHolder } from '../../src/client/held.ts';
import { type Problem, createClient } from '../../src/client/index.ts';
import { NOW, ROUTES, aDocument } from './samples.ts';

const aHolder = (now: () => number = () => NOW) => createHolder(now, () => {});

describe('a document', () => {
  const [route] = aDocument()['routes'] as Record<string, unknown>[];
  const withTargets = (targets: unknown) => ({ ...aDocument(), routes: [{ ...route, targets }] });
  const aTarget = { id: 'kling', weight: 100, base_weight: 50, role: 'serve' };

  it.each<[string, unknown]>([
    ['that is nothing', null],
    ['that is a text', 'all down'],
    ['that is a list', []],
    ['of another schema', { ...aDocument(), schema: 'reelwatch.status/2' }],
    ['without an epoch', { ...aDocument(), epoch: undefined }],
    ['with a negative generation', { ...aDocument(), generation: -1 }],
    ['with half a generation', { ...aDocument(), generation: 1.5 }],
    ['that does not say how long it holds', { ...aDocument(), valid_until: 'soon' }],
    ['without routes', { ...aDocument(), routes: undefined }],
    ['with a route that has no id', { ...aDocument(), routes: [{ ...route, id: '' }] }],
    ['with a route that has no targets', withTargets(undefined)],
    ['with a target that is null', withTargets([null])],
    ['with a negative weight', withTargets([{ ...aTarget, weight: -25 }])],
    ['with a weight that is a text', withTargets([{ ...aTarget, weight: '47' }])],
    ['with a base weight without end', withTargets([{ ...aTarget, base_weight: 1e9 }])],
    ['with a role that nobody knows', withTargets([{ ...aTarget, role: 'maybe' }])],
    ['with more routes than can be', { ...aDocument(), routes: Array.from({ length: 1001 }, () => route) }],
    ['with more targets than can be', withTargets(Array.from({ length: 501 }, () => aTarget))],
  ])('%s is refused, and what is held goes on', (_, json) => {
    const problems: Problem[] = [];
    const client = createClient({
      url: 'http://127.0.0.1:1',
      routes: ROUTES,
      now: () => NOW,
      document: json,
      onProblem: (problem) => problems.push(problem),
    });

    expect(client.state().source).toBe('code');
    expect(client.pick('t2v', {}, 0)?.id).toBe('kling');
    expect(problems).toEqual([{ code: 'refused', message: expect.stringContaining('refused') as unknown }]);
  });

  it('is read, or refused with a sentence, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const broken = { ...aDocument(), routes: [{ ...route, ...(json as object) }] };

        for (const one of [json, broken]) {
          const status = readStatus(one);
          expect(typeof status === 'string' || status.routes.size <= 1).toBe(true);
        }
      }),
    );
  });

  it('is refused without a word to a listener that throws', () => {
    const client = createClient({
      url: 'http://127.0.0.1:1',
      routes: ROUTES,
      document: {},
      onProblem: () => {
        throw new Error('no log');
      },
    });

    expect(client.document()).toBeNull();
  });

  it('may have no routes at all: then those in code hold', () => {
    const client = createClient({
      url: 'http://127.0.0.1:1',
      routes: ROUTES,
      now: () => NOW,
      document: { ...aDocument(), routes: [] },
    });

    expect(client.state().source).toBe('live');
    expect(client.pick('t2v', {}, 0.99)?.id).toBe('luma');
  });
});

describe('the document that is held', () => {
  it('is never followed by one of a lower epoch, or of a lower generation in the same epoch', () => {
    const index = fc.record({ epoch: fc.nat(5), generation: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(index, { minLength: 1, maxLength: 30 }), (all) => {
        const holder = aHolder();
        const order = (one: { epoch: number; generation: number }) => one.epoch * 10 + one.generation;
        let highest = -1;
        for (const one of all) {
          const isTaken = holder.accept(aDocument(one), 0);

          expect(isTaken).toBe(order(one) >= highest);
          highest = Math.max(highest, order(one));
          expect(order(holder.held()?.status ?? { epoch: -1, generation: 0 })).toBe(highest);
        }
      }),
    );
  });

  it('gives way to a higher epoch, whatever its generation', () => {
    const holder = aHolder();

    expect(holder.accept(aDocument({ epoch: 7, generation: 412 }), 0)).toBe(true);
    expect(holder.accept(aDocument({ epoch: 8, generation: 1 }), 0)).toBe(true);
    expect(holder.accept(aDocument({ epoch: 7, generation: 999 }), 0)).toBe(false);
  });

  it('holds until its time is over, by the clock of who wrote it', () => {
    let now = NOW;
    const holder = aHolder(() => now);
    holder.accept(aDocument({ validUntil: NOW + 60_000 }), -30_000);

    now = NOW + 89_999;
    expect(holder.isFresh()).toBe(true);
    now = NOW + 90_000;
    expect(holder.isFresh()).toBe(false);
  });

  it('holds for longer when it is renewed, and no shorter when an older copy comes along', () => {
    let now = NOW;
    const holder = aHolder(() => now);
    holder.accept(aDocument({ validUntil: NOW + 60_000 }), 0);
    holder.renew(NOW + 120_000);
    holder.renew(NOW + 90_000);
    holder.accept(aDocument({ validUntil: NOW + 30_000 }), 0);

    now = NOW + 119_999;
    expect(holder.isFresh()).toBe(true);
    now = NOW + 120_000;
    expect(holder.isFresh()).toBe(false);
  });

  it('holds no longer than the newer one says', () => {
    const holder = aHolder();
    holder.accept(aDocument({ generation: 1, validUntil: NOW + 60_000 }), 0);
    holder.accept(aDocument({ generation: 2, validUntil: NOW - 1 }), 0);

    expect(holder.isFresh()).toBe(false);
  });

  it('holds for a day at most, whatever it says', () => {
    let now = NOW;
    const holder = aHolder(() => now);
    holder.accept(aDocument({ validUntil: NOW + 1000 * VALID_MS_MAX }), 0);

    now = NOW + VALID_MS_MAX - 1;
    expect(holder.isFresh()).toBe(true);
    now = NOW + VALID_MS_MAX;
    expect(holder.isFresh()).toBe(false);
  });

  it('can be kept, and begun with by the next client', () => {
    const client = createClient({
      url: 'http://127.0.0.1:1',
      routes: ROUTES,
      now: () => NOW,
      document: aDocument(),
    });
    const next = createClient({
      url: 'http://127.0.0.1:1',
      routes: ROUTES,
      now: () => NOW,
      document: JSON.parse(JSON.stringify(client.document())) as unknown,
    });

    expect(next.state()).toEqual({
      source: 'live',
      epoch: 7,
      generation: 412,
      validUntil: NOW + 15 * 60_000,
      outcomesLost: 0,
    });
  });
});
