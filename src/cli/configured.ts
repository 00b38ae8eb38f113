/** Every command begins here: the configuration, or sentences that say what is wrong with it. */

import { loadConfig } from '../config/load.ts';
import { readTextFile } from '../config/files.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { sentence } from '../config/words.ts';
import { systemClock } from '../system/clock.ts';
import { isCronExpression } from '../system/cron.ts';
import { end, EXIT } from './exit.ts';

/** Loads a file, or ends the process with exit code 2 before anything is started. */
export function configured(file: string): { config: ResolvedConfig; warnings: string[] } {
  const tools = {
    env: process.env,
    readFile: readTextFile,
    isCron: isCronExpression,
    now: systemClock.now(),
  };
  const loaded = loadConfig(file, tools);
  if (!loaded.ok) {
    const count = loaded.errors.length;
    end(
      EXIT.usage,
      ...loaded.errors.map((problem) => sentence(file, problem)),
      `${count} ${count === 1 ? 'problem' : 'problems'}; nothing was started.`,
    );
  }
  return { config: loaded.config, warnings: loaded.warnings.map((problem) => sentence(file, problem)) };
}
