/** Users of a target in the simulated world: their jobs meet the same faults as canaries, and a router tells of them. */

import type { Instant } from '../../src/core/base.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { TargetId } from '../../src/core/model.ts';
import type { UserJob } from '../../src/core/outcomes.ts';
import type { Draw } from '../../src/simulator/random.ts';
import { createStreams, logNormal } from '../../src/simulator/random.ts';
import type { World } from './world.ts';

const TELL_EVERY_MS = 2 * SECOND;
const JOB_MS = 50 * SECOND;
/** What goes wrong by itself. */
const BACKGROUND = 0.03;

export interface Traffic {
  target: TargetId;
  users: number;
  jobsPerMinute: number;
  from: Instant;
  until: Instant;
  /** Users that say of every job that it failed. */
  liars?: number;
}

/** Lets users order; the router tells of each job as it ends, while the daemon is there to listen. */
export function populate(world: World, traffic: Traffic, seed = 7): void {
  const draw = createStreams(seed)(`users of ${traffic.target}`);
  const ended: { at: Instant; job: UserJob }[] = [];
  let count = 0;
  const step = (at: Instant) => {
    const expected = (traffic.jobsPerMinute * TELL_EVERY_MS) / MINUTE;
    const orders = Math.floor(expected) + (draw() < expected % 1 ? 1 : 0);
    for (let n = 0; n < orders; n++) ended.push(order(world, traffic, at, `job-${count++}`, draw));
    const now = ended.filter((one) => one.at <= at);
    for (const one of now) ended.splice(ended.indexOf(one), 1);
    const batch = now.length === 0 ? undefined : world.app()?.outcomes.open('router');
    for (const { job } of now) batch?.take(job);
    batch?.close();
    if (at + TELL_EVERY_MS < traffic.until) world.time.at(at + TELL_EVERY_MS, () => step(at + TELL_EVERY_MS));
  };
  world.time.at(traffic.from, () => step(traffic.from));
}

function order(
  { faults }: World,
  { target, users, liars = 0 }: Traffic,
  at: Instant,
  id: string,
  draw: Draw,
): { at: Instant; job: UserJob } {
  const user = Math.floor(draw() * users);
  const provider = target.split('/')[0] ?? '';
  const strikes = (kind: Parameters<typeof faults.find>[1]) => {
    const fault = faults.find(provider, kind);
    return fault !== undefined && draw() < fault.p;
  };
  const isDown = strikes('down');
  const isBad = strikes('job_fails') || draw() < BACKGROUND || user < liars;
  const tookMs = isDown ? SECOND : logNormal(draw, JOB_MS, 0.25);
  const job: UserJob = {
    target,
    outcome: isDown || isBad ? 'failed' : 'ok',
    cause: isDown ? 'overloaded' : null,
    latencyMs: tookMs,
    submittedAt: at,
    at: null,
    job: id,
    reporter: `user ${user}`,
  };
  return { at: at + tookMs, job };
}
