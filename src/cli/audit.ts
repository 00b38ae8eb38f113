/** `reelwatch audit`: who did what to weights, and what came of it, as the running daemon remembers it. */

import { auditShape, type AuditShape } from '../web/routes/audit.ts';
import type { RemoteOptions } from './remote.ts';
import { remoteOf } from './remote.ts';
import { table } from './table.ts';

export interface AuditOptions extends RemoteOptions {
  limit: string;
  route?: string;
  json?: true;
}

type Entry = AuditShape['entries'][number];

/** The newest last, as in a log. */
export async function audit({ limit, route, json, ...options }: AuditOptions): Promise<void> {
  const query = new URLSearchParams({ limit, ...(route !== undefined && { route }) });
  const { entries } = await remoteOf(options, 'read').call(
    'GET',
    `/v1/audit?${query.toString()}`,
    null,
    auditShape,
  );
  if (json) return void process.stdout.write(`${JSON.stringify(entries)}\n`);
  const rows = entries
    .toReversed()
    .map((entry) => [
      entry.at.replace(/\.\d{3}Z$/, 'Z'),
      entry.type,
      entry.route ?? 'all routes',
      textOf(entry, 'author') || textOf(entry, 'sink') || '-',
      said(entry),
    ]);
  const shown =
    rows.length === 0 ? 'Nothing has been done yet.' : table(['at', 'what', 'route', 'who', 'how'], rows);
  process.stdout.write(`${shown}\n`);
}

function said(entry: Entry): string {
  if (entry.type === 'planned') return planned(entry);
  if (entry.type === 'pushed') return `${textOf(entry, 'result')}: ${textOf(entry, 'text')}`;
  const target = textOf(entry, 'target');
  const after = Object(entry['after']) as Record<string, unknown>;
  const until = textOf(after, 'until');
  const weight = target !== '' && entry['after'] ? ` at ${String(after['weight'])}` : '';
  const end = until === '' ? '' : ` until ${until.replace(/\.\d{3}Z$/, 'Z')}`;
  return `${target}${weight}${end}${target + end === '' ? '' : ': '}${textOf(entry, 'reason')}`;
}

function planned(entry: Entry): string {
  const members = Array.isArray(entry['members']) ? (entry['members'] as Record<string, unknown>[]) : [];
  const moves = members
    .filter(({ before, weight }) => before !== weight)
    .map((one) => `${textOf(one, 'target')} ${numberOf(one['before'])} -> ${numberOf(one['weight'])}`);
  const posture = Object(entry['posture']) as Record<string, unknown>;
  const turn = posture['before'] === posture['after'] ? [] : [`posture ${String(posture['after'])}`];
  return [...turn, ...moves].join(', ');
}

function numberOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : '-';
}

function textOf(from: object, name: string): string {
  const value: unknown = Reflect.get(from, name);
  return typeof value === 'string' ? value : '';
}
