/** `reelwatch probe`: one canary now, inside the budget, with its progress on the terminal. */

import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClockWatch } from '../app/clock-watch.ts';
import { runCanary } from '../app/canary.ts';
import type { CanaryResult } from '../app/canary.ts';
import { createNetwork } from '../app/network.ts';
import { judge } from '../core/classify.ts';
import { freshState } from '../core/fresh.ts';
import { invariant, SECOND } from '../core/base.ts';
import type { Verdict } from '../core/model.ts';
import type { Phase, Trace } from '../core/trace.ts';
import { runIdOf } from '../core/schedule.ts';
import { secretsOf } from '../config/print.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { createSettings } from '../config/settings.ts';
import { createMedia } from '../media/inspect.ts';
import type { Scratch } from '../ports/media.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Signer } from '../ports/signer.ts';
import type { OpenRun, Store } from '../ports/store.ts';
import { systemClock } from '../system/clock.ts';
import { createHttp } from '../system/http.ts';
import type { Recorded } from '../system/recording.ts';
import { createLog } from '../system/log.ts';
import { createTcp } from '../system/tcp.ts';
import { configured } from './configured.ts';
import { openConfigured } from './database.ts';
import { isDemoConfig } from './demo-config.ts';
import { end, EXIT } from './exit.ts';
import { createProgress } from './progress.ts';
import { writeRecording } from './recording.ts';
import { money } from './table.ts';
import { VERSION } from './version.ts';

export interface ProbeOptions {
  /** The configuration. */
  file: string;
  asJson: boolean;
  /** The directory for a recording; null for none. */
  recordIn: string | null;
}

/** A probe pushes nothing, so it need not be able to read the daemon's key. */
const NO_SIGNER: Signer = {
  sign: () => {
    invariant(false, 'a probe signs nothing');
  },
  publicKeys: [],
};

export async function probe(target: string, options: ProbeOptions): Promise<void> {
  const { file, asJson, recordIn } = options;
  const { config } = configured(file);
  const exchanges: Recorded[] = [];
  const log = createLog({ level: 'error', secrets: secretsOf(config), destination: 'stderr' });
  const http = createHttp({
    clock: systemClock,
    secrets: secretsOf(config),
    userAgent: `reelwatch/${VERSION}`,
    ...(recordIn !== null && { record: (exchange: Recorded) => exchanges.push(exchange) }),
  });
  const settings = createSettings(config, {
    http,
    tcp: createTcp({ clock: systemClock }),
    clock: systemClock,
    signer: NO_SIGNER,
    log,
  });
  const setting = settings.targets.find((candidate) => candidate.target.id === target);
  if (setting === undefined) {
    const known = settings.targets.map(({ target: { id } }) => id).join(', ');
    end(EXIT.usage, `${target} is not configured; ${file} has ${known}.`);
  }
  const store = await openConfigured(config, { isReadOnly: false, mayBeDemo: isDemoConfig(file) });
  const run = await claim(store, settings, setting);
  const video = videoFile(config, run.runId);
  const progress = createProgress(systemClock, asJson ? null : process.stdout);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const deps = {
    clock: systemClock,
    clockWatch: createClockWatch(systemClock),
    http,
    media: createMedia({ timeMsMax: 30 * SECOND, memoryMbMax: 512, concurrencyMax: 1, clock: systemClock }),
    scratch: keep(video),
    network: createNetwork({
      http,
      clock: systemClock,
      controlUrls: settings.controlUrls,
      providers: 1,
      policy: settings.policy.detection.ourselves,
    }),
    download: settings.download,
    saveJob: store.saveJob,
    moved: (_: string, phase: Phase) => progress.at(phase),
  };
  const result = await runCanary(deps, setting, run, { stop: stop.signal, cut: stop.signal });
  progress.end();
  const code = await tell(result, { store, settings, setting, run, video, asJson });
  if (recordIn !== null) {
    const written = writeRecording(recordIn, { setting, config, run, result, exchanges });
    process.stderr.write(
      `Recorded ${exchanges.length} exchanges in ${written}. Read it before you share it.\n`,
    );
  }
  await store.close();
  await http.close();
  process.exitCode = code;
}

/** The same claim that the daemon makes: a canary by hand counts against the budget like any other. */
async function claim(store: Store, settings: Settings, setting: TargetSetting): Promise<OpenRun> {
  const at = systemClock.now();
  const { id, provider, model } = setting.target;
  const order = setting.provider.plan(setting.canary, model);
  if ('impossible' in order) end(EXIT.usage, order.impossible);
  const runId = runIdOf(id, at);
  const limits = {
    providerUsd: settings.limits[provider]?.budgetUsd ?? 0,
    totalUsd: settings.totalBudgetUsd,
  };
  const reservedUsd = order.facts.costUsd;
  const outcome = await store.claimRun({
    runId,
    target: id,
    provider,
    why: 'manual',
    reservedUsd,
    at,
    limits,
  });
  if (outcome === 'over_budget')
    end(
      EXIT.unsure,
      `${money(reservedUsd)} would cross the budget of the last 24 hours; nothing was ordered.`,
    );
  if (outcome === 'taken') end(EXIT.unsure, `${runId} is taken; try again.`);
  return {
    runId,
    target: id,
    why: 'manual',
    startedAt: at,
    job: null,
    jobId: null,
    acceptedAt: null,
    resumes: 0,
  };
}

interface Telling {
  store: Store;
  settings: Settings;
  setting: TargetSetting;
  run: OpenRun;
  video: string;
  asJson: boolean;
}

async function tell(result: CanaryResult, telling: Telling): Promise<number> {
  const { store, settings, setting, run, video, asJson } = telling;
  if (result.is === 'suspended') {
    process.stderr.write(
      `Stopped; the job is saved as ${run.runId}, and the daemon takes it up when it starts next.\n`,
    );
    return EXIT.unsure;
  }
  const { trace, frameJpegBase64 } = result;
  const board = await store.peek();
  const state =
    board.states.find(({ id }) => id === setting.target.id) ?? freshState(setting.target.id, trace.startedAt);
  const verdict = judge(trace, state, settings.policy);
  await store.commit({
    before: { version: state.version },
    state,
    event: { type: 'run.judged', at: trace.endedAt, runId: run.runId, verdict, totalMs: null },
    outbox: [],
    closesRun: { runId: run.runId, trace, verdict, frameJpegBase64 },
    plans: [],
    generation: board.generation,
  });
  const kept = trace.video === null ? null : video;
  const report = asJson
    ? JSON.stringify({ verdict, trace, video: kept }, null, 2)
    : describe(trace, verdict, kept);
  process.stdout.write(`${report}\n`);
  if (verdict.is === 'fail') return EXIT.fail;
  return verdict.is === 'inconclusive' ? EXIT.unsure : EXIT.ok;
}

function describe(trace: Trace, verdict: Verdict, video: string | null): string {
  const blame =
    verdict.is === 'fail'
      ? ` (${verdict.cause}, ${verdict.blame === 'us' ? 'on our side' : 'the provider'})`
      : '';
  const phases = Object.entries(trace.phasesMs).map(([phase, ms]) => `${phase} ${(ms / 1000).toFixed(1)} s`);
  const from = trace.cost.from === 'provider' ? 'as the provider says' : 'computed from its price list';
  return [
    `${verdict.is.toUpperCase()}${blame}: ${verdict.text}`,
    ...trace.findings.map(({ ok, check, text }) => `  ${ok ? 'ok ' : 'BAD'} ${check}: ${text}`),
    `  time: ${phases.join(', ')}`,
    `  cost: ${money(trace.cost.usd)}, ${from}`,
    ...(trace.jobId === null ? [] : [`  job: ${trace.jobId}`]),
    ...(video === null ? [] : [`  video: ${video}`]),
  ].join('\n');
}

function videoFile(config: ResolvedConfig, runId: string): string {
  const directory = join(config.options.data.dir, 'videos');
  mkdirSync(directory, { recursive: true });
  return join(directory, `${runId.replace(/[^A-Za-z0-9.-]+/g, '_')}.mp4`);
}

/** Here the video is what was asked for, so it stays. */
function keep(file: string): Scratch {
  return {
    pathFor: () => file,
    save: (path, bytes) => writeFile(path, bytes, { mode: 0o600 }),
    remove: async () => undefined,
  };
}
