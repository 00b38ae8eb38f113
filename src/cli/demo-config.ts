import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The configuration of `reelwatch demo`: its providers are simulated. */
export const DEMO_CONFIG = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));

/** Whether a file that exists is that configuration. */
export function isDemoConfig(file: string): boolean {
  return realpathSync(file) === realpathSync(DEMO_CONFIG);
}
