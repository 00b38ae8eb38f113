/** Which faults strike now: set by hand, or planned on a timeline. */

import { asObject, parseDuration } from './answers.ts';
import { BAD_VIDEOS, FAULT_KINDS, PROVIDERS } from './types.ts';
import type { BadVideo, Fault, FaultKind, ProviderName, TimelineEntry } from './types.ts';

/** More at once than this is a mistake in a script. */
export const FAULTS_MAX = 200;
const FACTOR_MAX = 10_000;

export type ParsedFault = { fault: Fault } | { wrong: string };

export interface Faults {
  set: (fault: Fault) => void;
  /** Ends what strikes a provider now (only on one model, if given); what is planned for later stays. */
  heal: (provider: ProviderName, model?: string) => void;
  active: (provider?: ProviderName) => Fault[];
  /** The fault of one of these kinds that strikes this model now; a call that names no model meets only general faults. */
  find: (provider: ProviderName, model: string | null, kinds: readonly FaultKind[]) => Fault[];
}

export function createFaults(now: () => number): Faults {
  let faults: Fault[] = [];
  const isActive = (fault: Fault) =>
    fault.fromAt <= now() && (fault.untilAt === null || now() < fault.untilAt);
  return {
    set: (fault) => {
      const isSame = (other: Fault) =>
        isActive(other) &&
        other.provider === fault.provider &&
        other.kind === fault.kind &&
        other.model === fault.model;
      const isOver = (other: Fault) => other.untilAt !== null && other.untilAt <= now();
      const replaces = fault.fromAt <= now();
      faults = faults.filter((other) => !isOver(other) && !(replaces && isSame(other)));
      faults.push(fault);
      faults = faults.slice(-FAULTS_MAX);
    },
    heal: (provider, model) => {
      faults = faults.filter(
        (fault) =>
          fault.provider !== provider || !isActive(fault) || (model !== undefined && fault.model !== model),
      );
    },
    active: (provider) =>
      faults.filter((fault) => isActive(fault) && (provider === undefined || fault.provider === provider)),
    find: (provider, model, kinds) =>
      faults.filter(
        (fault) =>
          isActive(fault) &&
          fault.provider === provider &&
          kinds.includes(fault.kind) &&
          (fault.model === null || fault.model === model),
      ),
  };
}

/** Reads a fault as `PUT /_sim/{provider}/faults` takes it. `wrong` says what is wrong, and what there is. */
export function parseFault(provider: string, body: unknown, fromAt: number): ParsedFault {
  const given = asObject(body);
  if (!isOneOf(PROVIDERS, provider)) return wrong('provider', provider, PROVIDERS);
  if (given === null) return { wrong: 'Expected a JSON object such as {"kind":"down"}.' };
  const kind = given['kind'];
  if (!isOneOf(FAULT_KINDS, kind)) return wrong('kind', kind, FAULT_KINDS);
  const video: unknown = given['video'] ?? 'black';
  if (!isOneOf<BadVideo>(BAD_VIDEOS, video)) return wrong('video', video, BAD_VIDEOS);
  const model = given['model'] ?? null;
  if (model !== null && typeof model !== 'string') return { wrong: 'Expected `model` to be a string.' };
  const p = given['p'] ?? (kind === 'partial' ? 0.5 : 1);
  if (typeof p !== 'number' || !(p >= 0 && p <= 1))
    return { wrong: 'Expected `p` to be a number from 0 to 1.' };
  const factor = given['factor'] ?? 5;
  if (typeof factor !== 'number' || !(factor > 0 && factor <= FACTOR_MAX))
    return { wrong: `Expected \`factor\` to be a number above 0 and up to ${FACTOR_MAX}.` };
  const lasts = given['for'];
  const forMs = typeof lasts === 'string' ? parseDuration(lasts) : null;
  if (lasts !== undefined && forMs === null)
    return { wrong: 'Expected `for` to be a span such as "90s" or "5m".' };
  const untilAt = forMs === null ? null : fromAt + forMs;
  return { fault: { provider, kind, model, p, factor, video, fromAt, untilAt } };
}

/**
 * Reads a timeline: entries `{ at, provider, kind, … }` relative to `startAt`.
 * @throws Error naming the entry that is wrong
 */
export function parseTimeline(entries: readonly TimelineEntry[], startAt: number): Fault[] {
  if (entries.length > FAULTS_MAX) throw new Error(`Expected at most ${FAULTS_MAX} faults in a timeline.`);
  return entries.map((entry, index) => {
    const atMs = parseDuration(entry.at);
    if (atMs === null) throw new Error(`timeline[${index}]: expected \`at\` to be a span such as "2m".`);
    const parsed = parseFault(entry.provider, entry, startAt + atMs);
    if ('wrong' in parsed) throw new Error(`timeline[${index}]: ${parsed.wrong}`);
    return parsed.fault;
  });
}

function isOneOf<T extends string>(list: readonly T[], value: unknown): value is T {
  return typeof value === 'string' && (list as readonly string[]).includes(value);
}

function wrong(what: string, got: unknown, list: readonly string[]): { wrong: string } {
  return {
    wrong: `Expected \`${what}\` to be one of ${list.join(', ')}; got ${JSON.stringify(got ?? null)}.`,
  };
}
