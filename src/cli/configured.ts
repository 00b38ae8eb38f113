/** Every command begins here: the configuration, or sentences that say what is wrong with it. */

import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { readTextFile } from '../config/files.ts';
import { loadForReading } from '../config/reading.ts';
import type { ReadConfig } from '../config/reading.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { sentence } from '../config/words.ts';
import type { ConfigProblem } from '../config/words.ts';
import { systemClock } from '../system/clock.ts';
import { isCronExpression } from '../system/cron.ts';
import { end, EXIT } from './exit.ts';

/** Loads a file, or ends the process with exit code 2 before anything is started. */
export function configured(file: string): { config: ResolvedConfig; warnings: string[] } {
  if (!existsSync(file))
    end(
      EXIT.usage,
      `There is no configuration at ${file}: name one with -c or REELWATCH_CONFIG, and mount it in a container; \`demo\` needs none.`,
    );
  const tools = {
    env: process.env,
    readFile: readTextFile,
    isCron: isCronExpression,
    now: systemClock.now(),
  };
  const loaded = loadConfig(file, tools);
  if (!loaded.ok) return complain(file, loaded.errors, 'nothing was started');
  return { config: loaded.config, warnings: loaded.warnings.map((problem) => sentence(file, problem)) };
}

/** What commands that only read the store need of a file; secrets of providers, channels and routers may be missing. */
export function configuredForReading(file: string): ReadConfig {
  const loaded = loadForReading(file, { env: process.env, readFile: readTextFile });
  return loaded.ok ? loaded.config : complain(file, loaded.errors, 'nothing was read');
}

function complain(file: string, errors: readonly ConfigProblem[], then: string): never {
  const count = `${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}`;
  return end(EXIT.usage, ...errors.map((problem) => sentence(file, problem)), `${count}; ${then}.`);
}
