import { describe, expect, it } from 'vitest';
import { brokenPromises } from './invariants.ts';
import type { Script } from './script.ts';
import { createScript, instantOf } from './script.ts';
import { populate, type Traffic } from './users.ts';

const KLING = 'kling/kling-3.0';
const AUTO = 'runway/wan3';

function withUsers(script: Script, more: Partial<Traffic> = {}): void {
  const [from, until] = [instantOf('08:00'), instantOf('day 2 00:00')];
  populate(script.world, { target: KLING, users: 60, jobsPerMinute: 40, from, until, ...more });
}

describe("a day with users' traffic", () => {
  it('shows an outage that only generations show between two canaries, and its end', async () => {
    const script = await createScript();
    // A canary every ten minutes, which takes more than one: without users it is known after 10:10.
    script.at('10:01').fault('job_fails', 'kling', '60m');
    withUsers(script);

    await script.runTo('12:30');

    const { incident } = script.expectOnce('incident.opened', KLING, ['10:01', '10:05']);
    expect(incident.why.join('; ')).toMatch(/users' jobs bad since 10:0\d UTC/);
    script.expectOnce('incident.closed', KLING, ['11:01', '11:16']);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('shows a part that fails, which single canaries mostly miss', async () => {
    const script = await createScript();
    script.at('10:01').fault('job_fails', 'kling', '90m', { p: 0.4 });
    withUsers(script);

    await script.runTo('13:30');

    const { health } = script.expectOnce('incident.opened', KLING, ['10:02', '10:30']);
    expect(health).toBe('degraded');
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('is quiet where all is well, and writes by the minute at most', async () => {
    const script = await createScript();
    withUsers(script, { jobsPerMinute: 200 });

    await script.runTo('12:00');

    script.expectNever('incident.opened', KLING);
    const events = (await script.world.store.events(KLING)).filter(
      ({ type }) => type === 'outcomes.reported',
    );
    expect(events.length).toBeGreaterThan(200);
    expect(events.length).toBeLessThan(280);
  });

  it('is not misled by a few who say that everything fails', async () => {
    const script = await createScript();
    withUsers(script, { liars: 4 });

    await script.runTo('16:00');

    script.expectNever('incident.opened', KLING);
    expect((await script.state(KLING)).health).toBe('healthy');
  });

  it('spares canaries of a target that the budget paces', async () => {
    const ordersWith = async (jobsPerMinute: number): Promise<number> => {
      const script = await createScript({ settings: { totalBudgetUsd: 150 } });
      if (jobsPerMinute > 0) withUsers(script, { target: AUTO, jobsPerMinute });
      await script.runTo('20:00');
      return script.world.books.orders.filter(
        ({ key, at }) => key.startsWith(AUTO) && at >= instantOf('09:00'),
      ).length;
    };
    const [alone, accompanied] = [await ordersWith(0), await ordersWith(10)];

    expect(alone).toBeGreaterThan(8);
    expect(accompanied).toBeLessThan(alone * 0.6);
  });
});
