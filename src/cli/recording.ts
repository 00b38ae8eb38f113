/** The file that `reelwatch probe --record` writes: a fixture as the tests read them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from '../config/resolve.ts';
import type { CanaryResult } from '../app/canary.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { OpenRun } from '../ports/store.ts';
import type { Recorded } from '../system/recording.ts';
import { VERSION } from './version.ts';

interface Recording {
  setting: TargetSetting;
  config: ResolvedConfig;
  run: OpenRun;
  exchanges: readonly Recorded[];
  result: CanaryResult;
}

/** Writes what was said into the directory. @returns the file's path */
export function writeRecording(
  directory: string,
  { setting, config, run, result, exchanges }: Recording,
): string {
  const { provider, model } = setting.target;
  const entry = config.options.providers.find(({ id }) => id === provider);
  const adapter = entry?.use ?? provider;
  const recordedAt = new Date(run.startedAt).toISOString();
  const name = `${adapter}-${model}-${recordedAt}`.replace(/[^A-Za-z0-9.-]+/g, '_');
  const file = join(directory, `${name}.json`);
  mkdirSync(directory, { recursive: true });
  const { canary } = setting;
  const content = {
    reelwatch: VERSION,
    recordedAt,
    adapter,
    model,
    options: addressesIn(entry?.options ?? {}),
    key: run.runId,
    canary,
    ends: endOf(result),
    exchanges,
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** What the provider's job came to; a video counts as one before anybody has looked at it. */
function endOf(result: CanaryResult): 'video' | 'failure' | 'suspended' {
  if (result.is === 'suspended') return 'suspended';
  const phase = result.trace.failure?.phase ?? 'verify';
  return phase === 'fetch' || phase === 'verify' ? 'video' : 'failure';
}

/** Where the API was asked: the only options that are no secret for sure, and that a replay needs. */
function addressesIn(options: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(options).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && /^https?:\/\//.test(entry[1]),
  );
  return Object.fromEntries(entries);
}
