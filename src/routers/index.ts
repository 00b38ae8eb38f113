/** Every router sink that a configuration may name. */

import type { AnySink } from './define.ts';
import { webhook } from './webhook.ts';

export const SINKS: readonly AnySink[] = [webhook];
