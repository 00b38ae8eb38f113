/** Who may tell what users' jobs came to. */

import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** The name of who sends this request; null where it may not report. Only this machine may: behind a proxy, nobody. */
export function reporterOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): string | null {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
  return LOOPBACK.test(ip) && !isForwarded ? 'local' : null;
}
