/** `reelwatch run`: the daemon. */

import { secretsOf } from '../config/print.ts';
import { createLog } from '../system/log.ts';
import { configured } from './configured.ts';
import { startDaemon } from './daemon.ts';

export async function run(file: string, isNew: boolean): Promise<void> {
  const { config, warnings } = configured(file);
  const log = createLog({ level: config.options.log.level, secrets: secretsOf(config) });
  for (const warning of warnings) log.warn({ warning }, 'configuration');
  const { url, settings } = await startDaemon(config, log, { isDemo: false, isNew });
  log.info({ url, config: settings.configHash, node: process.version }, 'reelwatch is up');
}
