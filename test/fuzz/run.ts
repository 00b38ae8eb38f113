/** One canary or one free check through the real path, on a clock that moves on when everybody sleeps. */

import { readFileSync } from 'node:fs';
import { createClockWatch } from '../../src/app/clock-watch.ts';
import { runCanary } from '../../src/app/canary.ts';
import { runChecks } from '../../src/app/checker.ts';
import { createNetwork } from '../../src/app/network.ts';
import { DEFAULT_CANARY } from '../../src/canary/canary.ts';
import { MINUTE } from '../../src/core/base.ts';
import { judge } from '../../src/core/classify.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetEvent, TargetState, Verdict } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { OrderFacts, Trace } from '../../src/core/trace.ts';
import type { Media, Scratch } from '../../src/ports/media.ts';
import type { Provider } from '../../src/ports/provider.ts';
import type { TargetSetting } from '../../src/ports/settings.ts';
import { createStreams } from '../../src/simulator/random.ts';
import { createHttp } from '../../src/system/http.ts';
import { VIDEO } from '../sim/provider.ts';
import { createVirtualTime, type Owner } from '../sim/clock.ts';
import type { Said } from './mutations.ts';
import type { FuzzSubject } from './subjects.ts';
import { createWire, type Plan, type Seen, type Step } from './wire.ts';

export const START = Date.parse('2026-12-01T00:00:00Z');
export const VIDEO_BYTES_MAX = 3_000_000;
/** What a run may take beyond the job's deadline: ordering, a last slow poll, and two downloads. */
export const PATIENCE_MS = 12 * MINUTE;
/** Work that is neither done nor asleep for this long of the real time hangs. */
const STANDSTILL_MS = 30_000;

/** What happened in one run, for the properties to judge. */
export interface Story {
  plan: Plan | null;
  seen: Seen[];
  verdict: Verdict | null;
  trace: Trace | null;
  events: TargetEvent[];
  job: unknown;
  /** Whatever was thrown out of the daemon's own code. */
  thrown: unknown;
  tookMs: number;
  deadlineMs: number;
  submits: number;
  bodyBytesMax: number;
  /** Sleepers that nobody has taken back. */
  sleepers: number;
}

export interface RunGiven {
  subject: FuzzSubject;
  /** As the adapter's own schema has parsed them. */
  options: unknown;
  kind: 'canary' | 'check';
  plan: Plan | null;
  /** Names the run's random numbers. */
  seed: number;
  id: string;
  others: readonly Said[];
  scratch: Scratch;
}

export async function runOnce(given: RunGiven): Promise<Story> {
  const { subject, kind, plan } = given;
  const isOver = { now: false };
  const stalls = { now: () => 0 };
  // Deadlines of calls sleep by the door's clock: while only these wait, the run still has something to do.
  const asleep = { now: () => 0 };
  const settle = () => idle(() => isOver.now || stalls.now() > 0 || asleep.now() > 0);
  const time = createVirtualTime(START, { settle });
  const [daemon, door] = [time.owner(), time.owner()];
  const asking = { now: 0 };
  // While a check is asked, the loop that asked it sleeps until the next one: that sleep ends nothing.
  asleep.now = () => daemon.waiting() - asking.now;
  let step: Step = kind === 'check' ? 'check' : 'submit';
  const wire = createWire({
    clock: door.clock,
    plan,
    draw: createStreams(given.seed)(given.id),
    others: given.others,
    step: () => step,
  });
  stalls.now = () => wire.meter.stalls;
  const http = createHttp({ clock: door.clock, secrets: subject.secrets, fetch: wire.fetch });
  const { definition } = subject;
  const provider = definition.create({
    options: given.options,
    http,
    models: definition.models,
    now: time.now,
  });
  const state = freshState('target', START);
  const story: Story = {
    plan,
    seen: wire.seen,
    verdict: null,
    trace: null,
    events: [],
    job: null,
    thrown: null,
    tookMs: 0,
    deadlineMs: provider.deadlineMs,
    submits: 0,
    bodyBytesMax: 0,
    sleepers: 0,
  };
  const tools: Tools = {
    given,
    clock: daemon.clock,
    http,
    provider,
    state,
    story,
    moved: (to) => (step = to),
    asking,
  };
  const work = (kind === 'check' ? checkOnce(tools) : canaryOnce(tools)).catch((error: unknown) => {
    story.thrown = error;
  });
  const ended = work.finally(() => {
    story.tookMs = time.now() - START;
    story.sleepers = daemon.waiting() + door.waiting();
    isOver.now = true;
  });
  await time.advanceTo(START + provider.deadlineMs + 2 * PATIENCE_MS);
  if (!isOver.now) story.thrown = new Error('the run has no end');
  else await ended;
  story.submits = wire.simulator.counters()[subject.simulator].submitsTotal;
  story.bodyBytesMax = wire.meter.bytesMax;
  return story;
}

interface Tools {
  given: RunGiven;
  clock: Owner['clock'];
  http: ReturnType<typeof createHttp>;
  provider: Provider;
  state: TargetState;
  story: Story;
  moved: (step: Step) => void;
  /** How many checks are under way. */
  asking: { now: number };
}

async function canaryOnce({ given, clock, http, provider, state, story, moved }: Tools): Promise<void> {
  const order = provider.plan(DEFAULT_CANARY, given.subject.model);
  if ('impossible' in order) throw new Error(order.impossible);
  const never = new AbortController().signal;
  const result = await runCanary(
    {
      clock,
      clockWatch: createClockWatch(clock),
      http,
      media: mediaFor(order.facts),
      scratch: given.scratch,
      network: createNetwork({
        http,
        clock,
        controlUrls: [],
        providers: 1,
        policy: DEFAULT_POLICY.detection.ourselves,
      }),
      download: { bytesMax: VIDEO_BYTES_MAX, timeMsMax: MINUTE, redirectsMax: 3, privateAddresses: false },
      saveJob: (_, job) => {
        story.job = job;
        return Promise.resolve();
      },
      moved: (_, phase) => moved(phase === 'submit' ? 'submit' : phase === 'fetch' ? 'fetch' : 'poll'),
    },
    settingOf(given, provider),
    {
      runId: given.id,
      target: 'target',
      why: 'slot',
      startedAt: START,
      job: null,
      jobId: null,
      acceptedAt: null,
      resumes: 0,
    },
    { stop: never, cut: never },
  );
  if (result.is !== 'ended') throw new Error('stopped, though nobody asked for it');
  story.trace = result.trace;
  story.verdict = judge(result.trace, state, DEFAULT_POLICY);
  const { runId, endedAt: at } = result.trace;
  story.events.push({ type: 'run.judged', at, runId, verdict: story.verdict, totalMs: null });
  reduce(state, story.events[0] as TargetEvent, DEFAULT_POLICY);
}

/** The daemon's own loop of checks, ended after the first. */
async function checkOnce({ given, clock, http, provider, state, story, asking }: Tools): Promise<void> {
  const stop = new AbortController();
  const nothing = () => {};
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const ask = provider.check;
  const check: Provider['check'] =
    ask &&
    ((...call) => {
      asking.now++;
      return ask(...call).finally(() => asking.now--);
    });
  const setting = settingOf(given, { ...provider, check });
  await runChecks(
    {
      settings: { targets: [setting], limits: {}, policy: DEFAULT_POLICY } as never,
      clock,
      clockWatch: createClockWatch(clock),
      board: { state: () => state, checked: nothing, counted: nothing, onChange: () => nothing } as never,
      network: createNetwork({
        http,
        clock,
        controlUrls: [],
        providers: 1,
        policy: DEFAULT_POLICY.detection.ourselves,
      }),
      recorder: {
        record: (_: string, find: (state: TargetState) => { event: TargetEvent }) => {
          const { event } = find(state);
          story.events.push(event);
          reduce(state, event, DEFAULT_POLICY);
          if (event.type === 'check.judged') stop.abort();
          return Promise.resolve();
        },
      } as never,
      observer: { checked: ({ verdict }: { verdict: Verdict }) => (story.verdict = verdict) } as never,
      log,
      fatal: (error) => {
        story.thrown = error;
        stop.abort();
      },
    },
    stop.signal,
  );
}

function settingOf({ subject }: RunGiven, provider: Provider): TargetSetting {
  return {
    target: { id: 'target', provider: subject.simulator, model: subject.model, region: null },
    provider,
    canary: DEFAULT_CANARY,
    schedule: { everyMs: 10 * MINUTE },
    priceUsd: 1,
    canariesPerDay: 144,
    checkEveryMs: 10 * MINUTE,
    links: { dashboard: null, runbook: null },
  };
}

/** A decoder that takes whatever begins like an MP4 for the video that was ordered. */
function mediaFor(facts: OrderFacts): Media {
  return {
    inspect: (file) => {
      const bytes = readFileSync(file);
      if (bytes.byteLength < 1_000 || bytes.subarray(4, 8).toString('latin1') !== 'ftyp')
        return Promise.resolve({ is: 'unreadable', why: 'no MP4' });
      const { width, height, seconds } = facts;
      const video = { ...VIDEO, bytes: bytes.byteLength, width, height, durationMs: seconds * 1_000 };
      return Promise.resolve({ is: 'video', facts: video, frameJpegBase64: null });
    },
  };
}

/** Lets files, signatures and streams go on until everybody waits for the clock. */
async function idle(isIdle: () => boolean): Promise<void> {
  const began = performance.now();
  do {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (performance.now() - began > STANDSTILL_MS) throw new Error('the run stands still');
  } while (!isIdle());
}
