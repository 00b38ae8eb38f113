import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pin, RoutePlan } from '../../src/core/route.ts';
import type { Tcp } from '../../src/ports/tcp.ts';
import { haproxyAgent } from '../../src/routers/haproxy-agent.ts';
import { NO_HTTP, NO_SIGNER, NO_TCP } from '../app/world.ts';
import { noSignal, now, stoppedClock } from '../alerts/doors.ts';
import { plan } from './pushes.ts';
import { SERVERS } from './sinks.ts';

/** What the agent says to a line. */
async function said(line: string, held: RoutePlan | null, validUntil = now + 1): Promise<string | null> {
  let answer: string | null = 'it did not listen';
  const tcp: Tcp = {
    ...NO_TCP,
    answer: (place, reply, limits) => {
      expect(place).toEqual({ host: '127.0.0.1', port: 9_701 });
      expect(limits.publicAddresses).toBe(false);
      answer = reply(line);
      return Promise.resolve({ port: place.port, over: Promise.resolve() });
    },
  };
  const options = haproxyAgent.options.parse({ servers: SERVERS });
  const agent = haproxyAgent.create({
    options,
    http: NO_HTTP,
    clock: stoppedClock(),
    tcp,
    signer: NO_SIGNER,
  });
  await agent.listen({ plan: () => held, validUntil: () => validUntil }, noSignal());
  return answer;
}

describe("the agent's answer", () => {
  it.each([
    ['t2v/kling', 'up ready 47%\n'],
    ['t2v/runway', 'up ready 0%\n'],
    ['t2v/luma', 'up ready 53%\n'],
    ['t2v/nobody', null],
    ['', null],
    ['constructor', null],
  ])('to %j is %j', async (line, answer) => {
    expect(await said(line, plan)).toBe(answer);
  });

  it('is none before there is a plan, or where the plan lacks the target', async () => {
    expect(await said('t2v/kling', null)).toBeNull();
    expect(await said('t2v/kling', { ...plan, members: plan.members.slice(1) })).toBeNull();
  });

  it('is the base weight where the plan is not to be trusted, or not to be followed', async () => {
    expect(await said('t2v/runway', plan, now)).toBe('up ready 33%\n');
    expect(await said('t2v/runway', { ...plan, mode: 'dry_run' })).toBe('up ready 33%\n');
  });

  it('keeps what is excluded out of the base weights, too', async () => {
    const members = plan.members.map((one, n) => (n === 1 ? { ...one, role: 'exclude' as const } : one));

    expect(await said('t2v/runway', { ...plan, members }, now)).toBe('up ready 0%\n');
    expect(await said('t2v/kling', { ...plan, members }, now)).toBe('up ready 50%\n');
  });

  it('is maint only where a person has pinned the target out', async () => {
    const with_ = (pin: Pin | null): RoutePlan => ({
      ...plan,
      members: plan.members.map((one, n) => (n === 1 ? { ...one, role: 'exclude', pin } : one)),
    });
    const pin = { target: 'runway/gen4.5', until: now + 1, author: 'ann', reason: 'contract ended' };

    expect(await said('t2v/runway', with_({ ...pin, weight: 'exclude' }))).toBe('up maint 0%\n');
    expect(await said('t2v/runway', with_({ ...pin, weight: 'exclude', until: now }))).toBe('up ready 0%\n');
    expect(await said('t2v/runway', with_({ ...pin, weight: 0 }))).toBe('up ready 0%\n');
    expect(await said('t2v/runway', with_(null))).toBe('up ready 0%\n');
  });

  it('never takes a server down, whatever the plan', async () => {
    const role = fc.constantFrom('serve' as const, 'drain' as const, 'exclude' as const);
    const one = fc.record({ weight: fc.nat(100), baseWeight: fc.nat(10_000), role });

    await fc.assert(
      fc.asyncProperty(fc.tuple(one, one, one), fc.boolean(), async (all, isLate) => {
        const members = plan.members.map((member, n) => ({ ...member, ...all[n] }));
        fc.pre(all.some(({ baseWeight }) => baseWeight > 0));
        const answers = await Promise.all(
          ['t2v/kling', 't2v/runway', 't2v/luma'].map((line) =>
            said(line, { ...plan, members }, isLate ? 0 : now + 1),
          ),
        );
        const weights = answers.map((text) => Number(/^up ready (\d{1,3})%\n$/.exec(text ?? '')?.[1]));
        const sum = weights.reduce((total, weight) => total + weight, 0);
        expect(weights.every((weight) => weight <= 100)).toBe(true);
        expect(isLate ? sum : 100).toBe(100);
      }),
    );
  });
});

describe('the options of the agent', () => {
  it.each([
    [{ host: 'example.com' }],
    [{ port: 0 }],
    [{ port: 65_536 }],
    [{ servers: {} }],
    [{ servers: { t2v: { 'a/b': 'no-backend' } } }],
    [{ extra: true }],
  ])('refuse %j', (more) => {
    expect(haproxyAgent.options.safeParse({ servers: SERVERS, ...more }).success).toBe(false);
  });
});
