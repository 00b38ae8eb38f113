/** The file that `reelwatch probe --record` writes: a fixture as the tests read them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from '../config/resolve.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { OpenRun } from '../ports/store.ts';
import type { Recorded } from '../system/recording.ts';
import { VERSION } from './version.ts';

interface Recording {
  setting: TargetSetting;
  config: ResolvedConfig;
  run: OpenRun;
  exchanges: readonly Recorded[];
}

/** Writes what was said into the directory. @returns the file's path */
export function writeRecording(directory: string, { setting, config, run, exchanges }: Recording): string {
  const { provider, model } = setting.target;
  const entry = config.options.providers.find(({ id }) => id === provider);
  const adapter = entry?.use ?? provider;
  const recordedAt = new Date(run.startedAt).toISOString();
  const name = `${adapter}-${model}-${recordedAt}`.replace(/[^A-Za-z0-9.-]+/g, '_');
  const file = join(directory, `${name}.json`);
  mkdirSync(directory, { recursive: true });
  const { canary } = setting;
  const content = { reelwatch: VERSION, recordedAt, adapter, model, canary, exchanges };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return file;
}
