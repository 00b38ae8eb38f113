/** What an adapter and the simulated provider must be able to do together. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureFrom, failureOf } from '../../src/app/failures.ts';
import { HOUR } from '../../src/core/base.ts';
import { causeOf } from '../../src/core/classify.ts';
import type { Cause, Opaque } from '../../src/core/model.ts';
import type { Phase } from '../../src/core/trace.ts';
import type { DownloadLimits, Http } from '../../src/ports/http.ts';
import type { Asset, JobStatus, Provider } from '../../src/ports/provider.ts';
import type { AnyProvider } from '../../src/providers/define.ts';
import { createSimulator, type FaultOrder } from '../../src/simulator/simulator.ts';
import type { ProviderName } from '../../src/simulator/types.ts';
import { createHttp } from '../../src/system/http.ts';
import { handClock } from '../system/loopback.ts';
import { KEY, never, orderOf, withKey } from './provider-script.ts';

export const ORIGIN = 'http://127.0.0.1:7000';
const POLLS_MAX = 200;

/** Faults that every simulated provider knows, and what an adapter must make of them. */
const CAUSES = {
  down: 'overloaded',
  rate_limited: 'rate_limited',
  no_credit: 'no_credit',
  bad_key: 'auth',
  model_gone: 'model_missing',
  garbage: 'garbled',
  empty_202: 'garbled',
  reset: 'unavailable',
  moderated: 'moderated',
  generation_down: 'unavailable',
  partial: 'unavailable',
  lost_answer: 'unavailable',
  hang: 'timeout',
  asset_down: 'unavailable',
} as const satisfies Partial<Record<FaultOrder['kind'], Cause>>;

/** How many orders were taken under faults that do not refuse them; a prompt is looked at before or after. */
const ORDERS: Partial<Record<FaultOrder['kind'], readonly number[]>> = {
  generation_down: [1],
  partial: [1],
  lost_answer: [1],
  asset_down: [1],
  moderated: [0, 1],
};

type HandClock = ReturnType<typeof handClock>;

interface World {
  clock: HandClock;
  http: Http;
  provider: Provider;
}

export interface SimulatedSubject {
  definition: AnyProvider;
  /** Its name in the simulator. */
  simulator: ProviderName;
  /** Options that lead to the simulator at `ORIGIN`; `apiKey` is added, unless they say `apiKey: undefined`. */
  options: object;
  /** The model that is broken and checked. */
  first: string;
  /** The models whose videos are brought home; without it all of the catalogue. */
  models?: readonly string[];
  /** The models on whose price both sides must agree; without it those of `models`. */
  priced?: readonly string[];
  /** Whether the order of a model carries our slot's key. */
  hasKey?: (model: string) => boolean;
  /** Ids of the notices that the free check brings. */
  notices?: readonly string[];
  /** Whether an order can be cancelled, also twice. */
  cancels?: boolean;
  /** Causes that differ from the usual ones; null for a fault that this provider cannot have. */
  causes?: Partial<Record<keyof typeof CAUSES, Cause | null>>;
}

export function simulatedContract(subject: SimulatedSubject): void {
  const { definition, simulator: name, first } = subject;
  const models = subject.models ?? Object.keys(definition.models);

  const world = () => {
    const clock = handClock();
    const simulator = createSimulator({ now: clock.now, seed: 7, origin: ORIGIN, revived: true });
    const http = createHttp({ clock, secrets: [KEY], fetch: simulator.handle });
    const options: unknown = definition.options.parse(withKey(subject.options));
    const provider = definition.create({ options, http, models: definition.models, now: clock.now });
    return { clock, simulator, http, provider };
  };

  describe('with the simulated provider', () => {
    it.each(models)('brings a video of %s home', async (model) => {
      const { clock, simulator, http, provider } = world();
      const order = orderOf(provider, model);

      const accepted = await provider.submit(order, 'slot-1', never);
      const statuses = await pollAll(provider, accepted.job, clock.pass);

      const last = statuses.at(-1);
      if (last?.is !== 'done') throw new Error(JSON.stringify(last));
      const phases = new Set(statuses.map((status) => (status.is === 'pending' ? status.phase : status.is)));
      const [submit] = simulator.counters()[name].submits;
      expect(await bytesOf(last.asset, provider, http)).toBeGreaterThan(1_000);
      expect([...phases].at(-1)).toBe('done');
      expect(phases.size).toBeGreaterThan(1);
      expect(submit).toMatchObject({ model, key: subject.hasKey?.(model) ? 'slot-1' : null });
      expect(simulator.counters()[name].submitsTotal).toBe(1);
    });

    it.each(subject.priced ?? models)('agrees on the price of %s', async (model) => {
      const { simulator, provider } = world();
      const order = orderOf(provider, model);

      await provider.submit(order, 'slot-1', never);

      expect(simulator.counters()[name].costUsd).toBeCloseTo(order.facts.costUsd, 3);
    });

    if (definition.freeCheck !== null) {
      it('checks for free', async () => {
        const { simulator, provider } = world();

        const checked = await provider.check?.(first, never);

        expect(checked?.text).not.toBe('');
        expect(simulator.counters()[name].checks).toBeGreaterThan(0);
        expect(simulator.counters()[name].submitsTotal).toBe(0);
        expect(checked?.notices.map(({ id }) => id)).toEqual(subject.notices ?? []);
      });
    }

    if (subject.cancels === true) {
      it('cancels', async () => {
        const { simulator, provider } = world();
        const { job } = await provider.submit(orderOf(provider, first), 'slot-1', never);

        await provider.cancel?.(job, never);
        await provider.cancel?.(job, never);

        expect(simulator.counters()[name].cancels).toBe(2);
      });
    }

    const causes = Object.entries({ ...CAUSES, ...subject.causes }) as [FaultOrder['kind'], Cause | null][];
    it.each(causes.filter(([, cause]) => cause !== null))('reads %s as %s', async (kind, cause) => {
      const { simulator, ...rest } = world();
      simulator.setFault(name, { kind, p: 1 });

      const run = causeOfRun(rest, first);
      if (kind === 'hang') await giveUp(rest.clock);

      expect(await run).toBe(cause);
      expect(ORDERS[kind] ?? [0]).toContain(simulator.counters()[name].submitsTotal);
    });
  });
}

/** Lets the time of a call that gets no answer run out. */
async function giveUp(clock: HandClock): Promise<void> {
  while (clock.sleepers() === 0) await setImmediate();
  clock.pass(HOUR);
}

/** Polls at the provider's pace until the job is over; gives every status on the way. */
async function pollAll(provider: Provider, job: Opaque, pass: (ms: number) => void): Promise<JobStatus[]> {
  const seen: JobStatus[] = [];
  for (let i = 0; i < POLLS_MAX; i++) {
    const status = await provider.poll(job, never);
    seen.push(status);
    if (status.is !== 'pending') return seen;
    pass(provider.pollEveryMs);
  }
  throw new Error('the job never ended');
}

async function bytesOf(asset: Asset, provider: Provider, http: Http): Promise<number> {
  if (asset.at === 'inline')
    return typeof asset.base64 === 'string'
      ? Buffer.from(asset.base64, 'base64').byteLength
      : asset.base64.byteLength;
  const directory = mkdtempSync(join(tmpdir(), 'reelwatch-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'video.mp4');
  const limits: DownloadLimits = {
    bytesMax: 1e7,
    timeMsMax: 5_000,
    redirectsMax: 2,
    privateAddresses: true,
    file,
  };
  const { bytes, contentType } = await (asset.at === 'own'
    ? provider.download(asset, limits, never)
    : http.download(asset.url, limits, never));
  expect(contentType).toBe('video/mp4');
  return bytes;
}

/** The cause of what goes wrong in a whole run, as the daemon would say it. */
async function causeOfRun({ provider, http, clock }: World, model: string): Promise<string> {
  let phase: Phase = 'submit';
  try {
    const { job } = await provider.submit(orderOf(provider, model), 'slot-1', never);
    phase = 'generate';
    const last = (await pollAll(provider, job, clock.pass)).at(-1);
    if (last?.is === 'failed') {
      const hint = last.code === null ? null : provider.causeOfJobCode(last.code);
      return causeOf(failureFrom(phase, 'job', last.message, { code: last.code, hint }));
    }
    phase = 'fetch';
    if (last?.is === 'done') await bytesOf(last.asset, provider, http);
    return `ended as ${last?.is}`;
  } catch (error) {
    return causeOf(failureOf(error, phase, provider, 'works'));
  }
}
