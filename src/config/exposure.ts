/** Warnings about who can reach the server, and whether the links in messages lead anywhere. */

import type { Complaint } from './complaints.ts';
import type { FileOptions } from './schema.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Whether anybody on the network can read status, pages and metrics. */
export function isExposed({ host, tokens }: FileOptions['server']): boolean {
  return !LOOPBACK.test(host) && !tokens.some(({ scopes }) => scopes.includes('read'));
}

export function exposure({ server, alerts }: FileOptions): Complaint[] {
  const warnings: Complaint[] = [];
  if (isExposed(server))
    warnings.push({
      path: ['server', 'tokens'],
      text: `Anybody who reaches ${server.host} can read status, pages and metrics: no token has the scope "read"`,
    });
  const isLinked = alerts.some(({ use }) => use !== 'log');
  if (server.publicUrl === undefined && isLinked)
    warnings.push({
      path: ['server', 'publicUrl'],
      text: 'Links in messages only work on this machine: set the address under which people reach the pages',
    });
  return warnings;
}
