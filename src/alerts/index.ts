/** Every alert channel that a configuration may name. */

import type { AnyChannel } from './define.ts';
import { log } from './log.ts';
import { slack } from './slack.ts';

export const CHANNELS: readonly AnyChannel[] = [slack, log];
