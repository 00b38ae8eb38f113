import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import { HttpError } from '../../src/ports/http.ts';
import { controlsThat, failingProvider, manyTargets, startDaemon } from './daemon.ts';
import type { Daemon } from './daemon.ts';
import { START } from './world.ts';

const unavailable = () => new HttpError('status', 'answered 503', { status: 503 });
const cut = () => new HttpError('connect', 'getaddrinfo ENOTFOUND');
const badGateway = () => new HttpError('status', 'answered 502', { status: 502 });

const BEGINS = START + 2 * HOUR;
const ENDS = BEGINS + 30 * MINUTE;

/** Providers that fail as told between two instants, with or without addresses beside them. */
async function daemonWith(
  count: number,
  failure: (now: number, n: number) => HttpError | null,
  controls: ((now: number) => boolean) | null = null,
): Promise<Daemon> {
  let now = () => START;
  const beside = controls === null ? null : controlsThat(() => controls(now()));
  const settings = manyTargets(count, (n) => failingProvider(() => failure(now(), n)));
  const daemon = await startDaemon(
    { ...settings, controlUrls: beside?.controlUrls ?? [] },
    beside === null ? {} : { http: beside.http },
  );
  now = daemon.parts.clock.now;
  return daemon;
}

const during = (error: () => HttpError) => (now: number) => (now >= BEGINS && now < ENDS ? error() : null);
const blamed = ({ told }: Daemon) =>
  told.flatMap(({ effect }) => (effect.type === 'incident.opened' ? [effect.target] : [])).toSorted();

describe('twelve unrelated providers that answer 503 at once', () => {
  it.each([
    ['while the control addresses answer', () => true],
    ['without control addresses', null],
  ])('are each told as their own incident, %s', async (_, controls) => {
    const daemon = await daemonWith(12, during(unavailable), controls);

    await daemon.parts.goOn(4 * HOUR);

    expect(blamed(daemon)).toHaveLength(12);
    expect(daemon.types()).not.toContain('blind.began');
    expect(daemon.types()).not.toContain('network.lost');
  });
});

describe('our own line, cut for half an hour', () => {
  it.each<[string, () => HttpError, ((now: number) => boolean) | null]>([
    ['with control addresses, which fail with it', cut, (now) => now < BEGINS || now >= ENDS],
    ['without control addresses', cut, null],
    ['where a proxy of ours answers 502 for everybody', badGateway, (now) => now < BEGINS || now >= ENDS],
    ['where only the control addresses still answer', cut, () => true],
  ])('is one message and its end, and nobody is blamed: %s', async (_, error, controls) => {
    const daemon = await daemonWith(12, during(error), controls);

    await daemon.parts.goOn(5 * HOUR);

    expect(daemon.types()).toEqual(['network.lost', 'network.restored']);
    const [lost, restored] = daemon.told;
    expect(lost!.at - BEGINS).toBeLessThan(3 * MINUTE);
    expect(restored!.at - ENDS).toBeLessThan(3 * MINUTE);
    for (let n = 0; n < 12; n++)
      expect(daemon.state(`p${n}/m`)).toMatchObject({ health: 'healthy', blind: null });
  });

  it('is told as over once, although the daemon was restarted meanwhile', async () => {
    const daemon = await daemonWith(5, during(cut), (now) => now < BEGINS || now >= ENDS);
    await daemon.parts.goOn(2 * HOUR + 10 * MINUTE);
    expect(daemon.types()).toEqual(['network.lost']);

    await daemon.restart();
    await daemon.parts.goOn(DAY / 8);

    expect(daemon.types()).toEqual(['network.lost', 'network.restored']);
  });
});

it('seven of 27 providers that fail fast at a fresh start are theirs, although the others are slower to pass', async () => {
  const fails = (_: number, n: number) => (n % 4 === 1 ? cut() : null);
  const daemon = await daemonWith(27, fails);

  await daemon.parts.goOn(HOUR);

  const theirs = Array.from({ length: 7 }, (_, k) => `p${4 * k + 1}/m`).toSorted();
  expect(blamed(daemon)).toEqual(theirs);
  expect(daemon.types()).not.toContain('blind.began');
  expect(daemon.types()).not.toContain('network.lost');
});

it('a provider that cannot be connected to while silent control addresses are all that fails beside it is down', async () => {
  const fails = (now: number, n: number) => (n === 3 && now >= BEGINS ? cut() : null);
  const daemon = await daemonWith(6, fails, () => false);

  await daemon.parts.goOn(4 * HOUR);

  expect(blamed(daemon)).toEqual(['p3/m']);
  expect(daemon.types().filter((type) => type === 'network.lost').length).toBeLessThanOrEqual(1);
});
