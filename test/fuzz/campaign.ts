/** Many runs against one adapter: first the truth, then lies; counts, broken promises and memory. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createStreams, type Draw } from '../../src/simulator/random.ts';
import { createScratch } from '../../src/system/scratch.ts';
import type { Scratch } from '../../src/ports/media.ts';
import { drawMutation, type Said } from './mutations.ts';
import { brokenPromises } from './promises.ts';
import { runOnce, type RunGiven, type Story } from './run.ts';
import type { FuzzSubject } from './subjects.ts';
import { below, oneOf } from './values.ts';
import type { Plan, Step } from './wire.ts';

export interface Report {
  runs: number;
  /** Answers that were no longer the truth. */
  lies: number;
  /** By verdict or cause, and by the step that lied. */
  outcomes: Record<string, number>;
  steps: Record<string, number>;
  mutations: Record<string, number>;
  /** One line each, with what is needed to see it again. */
  broken: string[];
  /** What the heap has gained over the runs, after a collection. */
  grownBytes: number;
  tookMs: number;
}

export interface CampaignGiven {
  runs: number;
  seed: number;
  /** The first run's number: a single run is seen again by its number. */
  from?: number;
}

/** The fewer polls, the more runs. */
const POLL_EVERY = '45s';
const CHECKS_SHARE = 0.2;
const FOR_GOOD_SHARE = 0.5;
const BROKEN_MAX = 20;
/** Code is compiled and caches are filled before memory is measured. */
const WARM_UP_SHARE = 0.25;

/** The truthful runs of an adapter: what is asked in which step, and what is answered. */
interface Truth {
  options: unknown;
  canary: Story;
  check: Story | null;
  /** Answers by kind of run. */
  said: Record<'canary' | 'check', Said[]>;
}

export async function campaign(
  subject: FuzzSubject,
  { runs, seed, from = 0 }: CampaignGiven,
): Promise<Report> {
  const report: Report = {
    runs: 0,
    lies: 0,
    outcomes: {},
    steps: {},
    mutations: {},
    broken: [],
    grownBytes: 0,
    tookMs: performance.now(),
  };
  const folder = mkdtempSync(join(tmpdir(), 'reelwatch-fuzz-'));
  const unhandled: unknown[] = [];
  const hear = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', hear);
  try {
    const scratch = createScratch(folder);
    const truth = await tellTruth(subject, seed, scratch);
    const orders = ordersOf(truth.canary);
    let heapAt = 0;
    for (let n = from; n < from + runs; n++) {
      if (n === from + Math.floor(runs * WARM_UP_SHARE)) heapAt = await heapBytes();
      const given = drawRun(subject, seed, n, truth, scratch);
      const story = await runOnce(given);
      note(report, story);
      const broken = brokenPromises(story, subject, orders);
      broken.push(...unhandled.splice(0).map((error) => `rejected unheard: ${String(error)}`));
      broken.push(...readdirSync(folder).map((file) => `left ${file} behind`));
      for (const promise of broken)
        if (report.broken.length < BROKEN_MAX) report.broken.push(lineOf(given, n, promise));
    }
    report.grownBytes = Math.max(0, (await heapBytes()) - heapAt);
  } finally {
    process.off('unhandledRejection', hear);
    rmSync(folder, { recursive: true });
  }
  report.tookMs = performance.now() - report.tookMs;
  return report;
}

/** Runs without a lie; throws where they are no pass, because then nothing else would mean anything. */
async function tellTruth(subject: FuzzSubject, seed: number, scratch: Scratch): Promise<Truth> {
  const options: unknown = subject.definition.options.parse({ ...subject.options, pollEvery: POLL_EVERY });
  const run = async (kind: 'canary' | 'check') => {
    const story = await runOnce({
      subject,
      options,
      kind,
      seed,
      scratch,
      plan: null,
      id: 'truth',
      others: [],
    });
    const broken = brokenPromises(story, subject, ordersOf(story));
    const cost = kind === 'canary' && story.submits !== 1 ? ['did not order'] : [];
    if (story.verdict?.is !== 'pass' || broken.length + cost.length > 0)
      throw new Error(
        `the truthful ${kind} of ${subject.name} is ${JSON.stringify(story.verdict)}: ${[...broken, ...cost].join('; ')}`,
      );
    return story;
  };
  const canary = await run('canary');
  const check = subject.definition.freeCheck === null ? null : await run('check');
  const saidIn = (story: Story | null) => story?.seen.flatMap(({ said }) => said ?? []) ?? [];
  return { options, canary, check, said: { canary: saidIn(canary), check: saidIn(check) } };
}

function ordersOf({ seen }: Story): number {
  return seen.filter(({ step, method }) => step === 'submit' && method !== 'GET').length;
}

function drawRun(subject: FuzzSubject, seed: number, n: number, truth: Truth, scratch: Scratch): RunGiven {
  const id = `${subject.name}/${n}`;
  const draw = createStreams(seed)(`plan of ${id}`);
  const kind = truth.check !== null && draw() < CHECKS_SHARE ? 'check' : 'canary';
  const story = (kind === 'check' ? truth.check : null) ?? truth.canary;
  const plan = drawPlan(draw, story);
  return { subject, options: truth.options, kind, plan, seed, id, others: truth.said[kind], scratch };
}

/** Any step, and of its requests mostly the first or the last: the others are like their neighbours. */
function drawPlan(draw: Draw, { seen }: Story): Plan {
  const step = oneOf(draw, [...new Set(seen.map(({ step }) => step))]) satisfies Step;
  const count = seen.filter((one) => one.step === step).length;
  const nth = oneOf(draw, [0, count - 1, count - 1, Math.max(0, count - 2), below(draw, count)]);
  return { step, nth, isForGood: draw() < FOR_GOOD_SHARE, mutation: drawMutation(draw) };
}

function note(report: Report, { seen, verdict, plan }: Story): void {
  const add = (counts: Record<string, number>, name: string) => (counts[name] = (counts[name] ?? 0) + 1);
  report.runs += 1;
  report.lies += seen.filter(({ isLie }) => isLie).length;
  add(report.outcomes, verdict === null ? 'crash' : 'cause' in verdict ? verdict.cause : verdict.is);
  add(report.steps, plan?.step ?? 'none');
  add(report.mutations, plan?.mutation ?? 'none');
}

function lineOf({ subject, plan, kind, seed }: RunGiven, n: number, promise: string): string {
  const where = plan ? `${plan.mutation} at ${plan.step} ${plan.nth}${plan.isForGood ? '+' : ''}` : 'nothing';
  return `${promise} (${kind}, ${where}; npm run fuzz -- --provider "${subject.name}" --seed ${seed} --from ${n} --runs 1)`;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is finalised after a first collection goes with the second. */
async function heapBytes(): Promise<number> {
  for (let n = 0; n < 2; n++) {
    collect();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
