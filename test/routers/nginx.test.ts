import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../src/core/route.ts';
import { nginx } from '../../src/routers/nginx.ts';
import { NO_HTTP, NO_SIGNER, NO_TCP } from '../app/world.ts';
import { noSignal, stoppedClock } from '../alerts/doors.ts';
import { endAll, folder } from '../peers/process.ts';
import { plan, validUntil } from './pushes.ts';

const names = {
  'kling/kling-2.5': '10.0.0.1:80',
  'runway/gen4.5': '10.0.0.2:80 max_fails=0',
  'luma/ray-3': 'unix:/run/l',
};
const SERVERS = { 't2v.default': names };
const APPLIED = { is: 'applied', epoch: 7, generation: 412 };

/** A sink with a directory of its own; `nginx -t` and its reload leave marks there. */
function sink(more: Record<string, unknown> = {}) {
  const dir = folder();
  const file = join(dir, 't2v.servers');
  const mark = (name: string) => ['/bin/sh', '-c', `echo x >> ${join(dir, name)}`];
  const options = nginx.options.parse({
    servers: SERVERS,
    files: { 't2v.default': file },
    test: mark('tested'),
    reload: mark('loaded'),
    ...more,
  });
  const made = nginx.create({
    options,
    http: NO_HTTP,
    tcp: NO_TCP,
    signer: NO_SIGNER,
    clock: stoppedClock(),
  });
  const times = (name: string) =>
    existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8').length / 2 : 0;
  return {
    dir,
    file,
    text: () => readFileSync(file, 'utf8'),
    counts: () => ({ tested: times('tested'), loaded: times('loaded') }),
    push: (given: RoutePlan = plan) => made.push(given, validUntil, noSignal()),
    readBack: (given: RoutePlan = plan) => made.readBack(given),
  };
}

function planWith(
  weights: readonly [number, number, number],
  roles: readonly RoutePlan['members'][number]['role'][],
) {
  const members = plan.members.map((one, n) => ({
    ...one,
    weight: weights[n] ?? 0,
    role: roles[n] ?? 'serve',
  }));
  return { ...plan, members };
}

afterEach(endAll);

describe('the file for an upstream', () => {
  it.each([
    [
      [47, 0, 53],
      ['serve', 'drain', 'serve'],
      ['weight=47', 'down', 'weight=53'],
    ],
    [
      [100, 0, 0],
      ['serve', 'serve', 'drain'],
      ['weight=100', 'weight=1', 'down'],
    ],
    [
      [0, 40, 60],
      ['exclude', 'drain', 'serve'],
      [null, 'weight=40', 'weight=60'],
    ],
  ] as const)('has for weights %j of %j the words %j', async (weights, roles, words) => {
    const { push, text } = sink();

    expect(await push(planWith(weights, roles))).toEqual(APPLIED);

    const lines = Object.values(names).flatMap((server, n) =>
      words[n] === null ? [] : [`server ${server} ${words[n]};`],
    );
    expect(text().trim().split('\n').slice(1)).toEqual(lines);
  });

  it('is never left without a server', async () => {
    const { push, file } = sink();

    expect(await push(planWith([0, 0, 0], ['drain', 'drain', 'exclude']))).toMatchObject({
      is: 'retry',
      why: 'the plan leaves nginx no server',
    });
    expect(existsSync(file)).toBe(false);
  });

  it('is the same for the same weights, and then nothing is loaded', async () => {
    const { push, counts } = sink();

    await push();
    await push({ ...plan, generation: 413 });
    await push({ ...planWith([46, 0, 54], ['serve', 'drain', 'serve']), generation: 414 });

    expect(counts()).toEqual({ tested: 2, loaded: 2 });
  });

  it('is loaded once more by a daemon that cannot know whether it was', async () => {
    const first = sink();
    await first.push();
    const second = sink({ files: { 't2v.default': first.file } });

    expect(await second.push()).toEqual(APPLIED);

    expect(second.counts()).toEqual({ tested: 1, loaded: 1 });
  });

  it('is put back where the test fails', async () => {
    const dir = folder();
    const file = join(dir, 'f');
    writeFileSync(file, 'old\n');
    const refusing = sink({
      files: { 't2v.default': file },
      test: ['/bin/sh', '-c', 'echo no such luck >&2; exit 1'],
    });

    expect(await refusing.push()).toEqual({
      is: 'retry',
      afterMs: null,
      why: 'nginx would not take the new file, the old one is back: /bin/sh: no such luck',
    });
    expect(readFileSync(file, 'utf8')).toBe('old\n');
    expect(refusing.counts().loaded).toBe(0);
  });

  it('goes away again where there was none and the test fails', async () => {
    const { push, file } = sink({ test: ['/nowhere/nginx', '-t'] });

    expect(await push()).toMatchObject({ is: 'retry', why: expect.stringContaining('ENOENT') });
    expect(existsSync(file)).toBe(false);
  });

  it('is tried again where the directory cannot be written', async () => {
    const file = '/nowhere/t2v.servers';

    expect(await sink({ files: { 't2v.default': file } }).push()).toMatchObject({
      is: 'retry',
      why: expect.stringContaining(file),
    });
  });

  it('keeps at most 600 characters of what the test says', async () => {
    const answer = await sink({
      test: ['/bin/sh', '-c', 'head -c 5000 /dev/zero | tr "\\0" x; exit 1'],
    }).push();

    expect(answer.is === 'retry' && answer.why.length).toBe(600);
  });
});

describe('having nginx load it', () => {
  it.each([
    ['no process id', ''],
    ['no process id', 'me'],
    ['no process id', '1'],
    ['which is not nginx', String(process.pid)],
    ['which is not nginx', '4194305'],
  ])('says "%s" where the pid file holds %j', async (why, text) => {
    const pidFile = join(folder(), 'pid');
    writeFileSync(pidFile, text);

    const answer = await sink({ pidFile, reload: undefined }).push();

    expect(answer).toMatchObject({ is: 'retry', why: expect.stringContaining(why) });
  });
});

describe('the file for njs', () => {
  it('holds weights, base weights and how long they may be trusted', async () => {
    const { push, text, counts } = sink({ write: 'json' });

    expect(await push()).toEqual(APPLIED);

    expect(JSON.parse(text())).toEqual({
      route: 't2v.default',
      epoch: 7,
      generation: 412,
      valid_until_ms: validUntil,
      servers: [
        { server: '10.0.0.1:80', weight: 47, base_weight: 30 },
        { server: '10.0.0.2:80 max_fails=0', weight: 0, base_weight: 30 },
        { server: 'unix:/run/l', weight: 53, base_weight: 30 },
      ],
    });
    expect(counts()).toEqual({ tested: 0, loaded: 0 });
  });
});

describe('reading back', () => {
  it.each(['servers', 'json'])('finds the %s as written', async (write) => {
    const { push, readBack, file } = sink({ write });
    await push();

    expect(await readBack()).toEqual({ is: 'same' });
    writeFileSync(file, 'server 10.0.0.9:80;\n');
    expect(await readBack()).toEqual({ is: 'differs', what: [`${file} holds something else`] });
  });

  it('finds that the file is gone', async () => {
    const { readBack, file } = sink();

    expect(await readBack()).toEqual({ is: 'differs', what: [`${file} is gone`] });
  });
});

describe('the options', () => {
  it.each([
    { servers: { t2v: { a: '10.0.0.1:80; include /etc/passwd' } } },
    { servers: { t2v: { a: '10.0.0.1:80 weight=3' } } },
    { servers: { t2v: { a: '10.0.0.1:80 down' } } },
    { servers: { t2v: { a: '10.0.0.1:80 backup' } } },
    { files: {} },
    { files: { 't2v.default': 'relative' } },
    { test: [] },
    { extra: true },
  ])('refuse %j', (more) => {
    const given = { servers: SERVERS, files: { 't2v.default': '/f', t2v: '/g' }, ...more };

    expect(nginx.options.safeParse(given).success).toBe(false);
  });
});
