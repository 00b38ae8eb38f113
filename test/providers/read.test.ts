import { describe, expect, it } from 'vitest';
import { costing, costOf, errorIn, noSuchJob, ownAddress, ownPath } from '../../src/providers/read.ts';

const BASE = 'https://api.maker.test/v1/';

describe('addresses that an answer gives', () => {
  it.each([
    ['a whole address', 'https://api.maker.test/v1/jobs/7?x=1', '/jobs/7?x=1'],
    ['a path from the root', '/v1/jobs/7', '/jobs/7'],
    ['a path below the base', 'jobs/7', '/jobs/7'],
    ['the usual port, said aloud', 'https://api.maker.test:443/v1/jobs/7', '/jobs/7'],
  ])('are ours: %s', (_name, told, path) => {
    expect(ownPath(BASE, told)).toBe(path);
    expect(ownAddress(BASE, told)?.href).toBe(`https://api.maker.test/v1${path}`);
  });

  it.each([
    ['another origin', 'https://evil.test/v1/jobs/7'],
    ['a look-alike', 'https://api.maker.test.evil.test/v1/jobs/7'],
    ['another port', 'https://api.maker.test:8443/v1/jobs/7'],
    ['another scheme', 'http://api.maker.test/v1/jobs/7'],
    ['no scheme', '//evil.test/v1/jobs/7'],
    ['backslashes', '\\\\evil.test\\v1'],
    ['a user', 'https://someone@api.maker.test/v1/jobs/7'],
    ['a password alone', 'https://:secret@api.maker.test/v1/jobs/7'],
    ['no text', 7],
    ['nothing', undefined],
  ])('are not ours: %s', (_name, told) => {
    expect(ownAddress(BASE, told)).toBeNull();
    expect(ownPath(BASE, told)).toBeNull();
  });

  it.each(['https://api.maker.test/v2/jobs/7', '/v1x/jobs/7', '../jobs/7'])(
    'have no path below the base outside of it: %s',
    (told) => {
      expect(ownPath(BASE, told)).toBeNull();
    },
  );
});

describe('costs', () => {
  it.each([
    [0, 0],
    [0.05, 0.05],
    [1_000, 1_000],
    [1_000.01, null],
    [-0.01, null],
    [Number.NaN, null],
    [Infinity, null],
    ['0.05', null],
    [undefined, null],
  ])('of %j are %j dollars', (told, usd) => {
    expect(costOf(told)).toBe(usd);
  });

  it('say who reckoned them, where there are any', () => {
    expect(costing(0.1, 'computed')).toEqual({ costUsd: 0.1, costFrom: 'computed' });
    expect(costing(1e9, 'provider')).toEqual({ costUsd: null });
    expect(costing(null, 'provider')).toEqual({ costUsd: null });
  });
});

describe('errors in answers that came with success', () => {
  const reply = { status: 200, headers: { 'x-request-id': '1' }, body: { text: 'x'.repeat(10_000) } };

  it('keep what was answered, cut', () => {
    const error = errorIn(reply, 'status', 'no', { status: 429 });

    expect(error).toMatchObject({ code: 'status', message: 'no', status: 429, headers: reply.headers });
    expect(error.body.length).toBe(4_000);
    expect(errorIn(reply, 'bad_json', 'no').status).toBe(200);
  });

  it('make a forgotten job a 404', () => {
    expect(noSuchJob('Maker', '7')).toMatchObject({
      code: 'status',
      status: 404,
      message: 'Maker knows no task 7',
    });
  });
});
