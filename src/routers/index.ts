/** Every router sink that a configuration may name. */

import type { AnySink } from './define.ts';
import { haproxyAgent } from './haproxy-agent.ts';
import { haproxySocket } from './haproxy-socket.ts';
import { nginx } from './nginx.ts';
import { redis } from './redis.ts';
import { webhook } from './webhook.ts';

export const SINKS: readonly AnySink[] = [webhook, haproxySocket, haproxyAgent, nginx, redis];
