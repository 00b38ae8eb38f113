import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RoutePlan } from '../../src/core/route.ts';
import { haproxyAgent } from '../../src/routers/haproxy-agent.ts';
import { systemClock } from '../../src/system/clock.ts';
import { NO_HTTP, NO_SIGNER } from '../app/world.ts';
import { until } from '../e2e/process.ts';
import { startHaproxy, tcp } from './haproxy.ts';
import type { Haproxy } from './haproxy.ts';
import { NAMES, planOf, serversOf } from './plans.ts';
import { backend, endAll, freePort, order, poll, shares } from './process.ts';

const INTER_MS = 200;
/** The round of a weighted round robin need not begin with ours. */
const about = (count: number): unknown => expect.closeTo(count, -1);
/** Every server has been told by the agent. */
const settled = (haproxy: Haproxy, weights: readonly number[]) =>
  until(async () => {
    const held = await haproxy.weights();
    return NAMES.every((name, n) => held[name] === weights[n]) ? true : null;
  }, 5_000);
const backends = () => Promise.all(NAMES.map((name) => backend(name)));

/** The agent of a daemon that can be killed, and whose beliefs can be changed. */
async function agent(first: readonly number[], servers = serversOf((name) => `t2v/${name}`)) {
  const port = await freePort();
  const held: { plan: RoutePlan; validUntil: number } = { plan: planOf(first), validUntil: Infinity };
  const options = haproxyAgent.options.parse({ port, servers });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const over = haproxyAgent
    .create({ options, http: NO_HTTP, clock: systemClock, tcp, signer: NO_SIGNER })
    .listen({ plan: () => held.plan, validUntil: () => held.validUntil }, stop.signal);
  const kill = async () => {
    stop.abort();
    await over;
  };
  return { port, held, kill };
}

afterEach(endAll);

describe("HAProxy's agent checks", () => {
  it('are answered with the newest weights, and orders follow them', async () => {
    const { port, held } = await agent([75, 25, 0]);
    const haproxy = await startHaproxy(await backends(), { agentPort: port, agentInterMs: INTER_MS });
    await settled(haproxy, [75, 25, 0]);
    expect(await shares(haproxy.port, 100)).toEqual({ kling: about(75), runway: about(25) });

    held.plan = planOf([20, 0, 80]);

    await settled(haproxy, [20, 0, 80]);
    expect(await shares(haproxy.port, 100)).toEqual({ kling: about(20), luma: about(80) });
  });

  it('drain without losing a single running job', async () => {
    const { port, held } = await agent([50, 30, 20]);
    const haproxy = await startHaproxy(await backends(), { agentPort: port, agentInterMs: INTER_MS });
    await settled(haproxy, [50, 30, 20]);
    const orders = await Promise.all(Array.from({ length: 60 }, () => order(haproxy.port)));
    const running = orders.filter(({ body }) => body === 'runway').map(({ job }) => job);
    expect(running.length).toBeGreaterThanOrEqual(4);

    held.plan = planOf([60, 0, 40]);
    await settled(haproxy, [60, 0, 40]);

    expect(await Promise.all(running.map((job) => poll(haproxy.port, job)))).toEqual(running.map(() => 200));
  });

  it('keep the last weights when the daemon is dead', async () => {
    const { port, kill } = await agent([70, 0, 30]);
    const haproxy = await startHaproxy(await backends(), { agentPort: port, agentInterMs: INTER_MS });
    await settled(haproxy, [70, 0, 30]);

    await kill();
    await until(
      async () => ((await haproxy.ask('show stat t2v 4 -1')).includes('refused') ? true : null),
      5_000,
    );

    expect(await haproxy.weights()).toEqual({ kling: 70, runway: 0, luma: 30 });
    expect(await shares(haproxy.port, 100)).toEqual({ kling: about(70), luma: about(30) });
  });

  it('go back to the base weights when the plan may no longer be trusted', async () => {
    const { port, held } = await agent([100, 0, 0]);
    const haproxy = await startHaproxy(await backends(), { agentPort: port, agentInterMs: INTER_MS });
    await settled(haproxy, [100, 0, 0]);

    held.validUntil = 0;
    await settled(haproxy, [50, 30, 20]);

    expect(await shares(haproxy.port, 100)).toEqual({ kling: about(50), runway: about(30), luma: about(20) });
  });

  it('change nothing for a server that is not ours', async () => {
    const { port } = await agent([70, 0, 30], { t2v: { 'kling/m': 't2v/kling', 'luma/m': 't2v/luma' } });
    const haproxy = await startHaproxy(await backends(), { agentPort: port, agentInterMs: INTER_MS });

    await until(async () => ((await haproxy.weights())['luma'] === 30 ? true : null), 5_000);

    expect(await haproxy.weights()).toMatchObject({ runway: 100 });
  });

  it('put a server that a person has pinned out into maintenance, and take it back', async () => {
    const { port, held } = await agent([50, 30, 20]);
    const haproxy = await startHaproxy(await backends(), { agentPort: port, agentInterMs: INTER_MS });
    const pinned = planOf([60, 0, 40]);
    const pin = { weight: 'exclude' as const, until: Infinity, author: 'ann', reason: 'contract ended' };
    pinned.members = pinned.members.map((member, n) =>
      n === 1 ? { ...member, role: 'exclude', pin: { target: member.target, ...pin } } : member,
    );

    held.plan = pinned;
    await until(
      async () => ((await haproxy.ask('show stat t2v 4 -1')).includes('MAINT') ? true : null),
      5_000,
    );
    expect(await shares(haproxy.port, 20)).not.toHaveProperty('runway');
    held.plan = planOf([50, 30, 20]);
    await until(
      async () => ((await haproxy.ask('show stat t2v 4 -1')).includes('MAINT') ? null : true),
      5_000,
    );

    await until(async () => ((await haproxy.weights())['runway'] === 30 ? true : null), 5_000);
  });
});
