/** The demo's log: one readable line for each thing that a person would want to see. */

import type { Log } from '../ports/log.ts';
import { createLog } from '../system/log.ts';

const COLOUR: Record<string, string> = { info: '', warn: '\u001B[33m', error: '\u001B[31m' };

/** A log that writes `12:03:41  kling/kling-3.0: healthy → down (server errors …)` instead of JSON. */
export function createNarrator(secrets: readonly string[], isColoured: boolean): Log {
  const write = (json: string): void => {
    const line: unknown = JSON.parse(json);
    if (typeof line !== 'object' || line === null) return;
    const fields = Object.fromEntries(Object.entries(line).map(([name, value]) => [name, plain(value)]));
    // The same event is told by its own line already.
    if (fields['msg'] === 'story told') return;
    const level = fields['level'] ?? 'info';
    const text = `${(fields['time'] ?? '').slice(11, 19)}  ${tell(fields)}`;
    process.stdout.write(isColoured && COLOUR[level] ? `${COLOUR[level]}${text}\u001B[0m\n` : `${text}\n`);
  };
  return createLog({ level: 'info', secrets, destination: { write } });
}

function tell(fields: Record<string, string>): string {
  const { msg = '', targetId, from, to, reason } = fields;
  if (msg === 'state changed') return `${targetId}: ${from} → ${to} (${reason})`;
  const rest = Object.entries(fields).filter(([name]) => !['level', 'time', 'msg', 'story'].includes(name));
  return `${msg}${rest.length === 0 ? '' : `  ${rest.map(([name, value]) => `${name}=${value}`).join(' ')}`}`;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
