/** What several formats share. */

import { fraction, invariant } from '../../core/base.ts';
import type { TargetId } from '../../core/model.ts';
import type { Place, Shares } from '../../ports/render.ts';

/** The longest label of a host name (RFC 1123, 2.1), which Kubernetes takes for names of services. */
const LABEL_CHARACTERS_MAX = 63;
const TAIL_DIGITS = 36 ** 5;

/** JSON that people can read, with a last newline; keys stand in the order in which they were written. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Those that may get jobs, now or as a last resort, in the order of the configuration. */
export function includedIn(plan: Shares): Shares['members'] {
  return plan.members.filter(({ role }) => role !== 'exclude');
}

/** Those that get new jobs, by weight, the heaviest first; equals as configured. */
export function servingIn(plan: Shares): Shares['members'] {
  return plan.members.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight);
}

/** Whom to try one after the other: by weight, then the last resorts in the order of the fallback. */
export function orderOf(plan: Shares): TargetId[] {
  const serving = servingIn(plan).map(({ target }) => target);
  const included = new Set(includedIn(plan).map(({ target }) => target));
  return [...serving, ...plan.fallback.filter((id) => included.has(id) && !serving.includes(id))];
}

/**
 * A name for each member of a plan that is a host name's label: `kling/kling-2.5` becomes `kling-kling-2-5`. Where two
 * would be called the same, or one is too long, its end is made of a hash of the id, so that names never move.
 */
export function labelsOf(plan: Shares): (target: TargetId) => string {
  const plain = plan.members.map(({ target }) => plainLabel(target));
  const labels = new Map(
    plan.members.map(({ target }, i) => {
      const label = plain[i] ?? '';
      const isAlone = plain.indexOf(label) === plain.lastIndexOf(label);
      return [target, isAlone && label.length <= LABEL_CHARACTERS_MAX ? label : hashed(label, target)];
    }),
  );
  return (target) => {
    const label = labels.get(target);
    invariant(label !== undefined, `${target} is no member of ${plan.route}`);
    return label;
  };
}

function plainLabel(text: string): string {
  const label = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return /^[a-z]/.test(label) ? label : `t-${label}`;
}

function hashed(label: string, target: TargetId): string {
  const tail = Math.floor(fraction(target) * TAIL_DIGITS).toString(36);
  return `${label.slice(0, LABEL_CHARACTERS_MAX - 7).replace(/-+$/, '')}-${tail}`;
}

/** Where a connection goes: the host, without the brackets of IPv6, and the port, by default the scheme's. */
export function socketOf({ address }: Place): { host: string; port: number } | null {
  if (address === null) return null;
  const { hostname, port, protocol } = new URL(address);
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replaceAll(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

/** The same for formats that mean nothing without: whoever asks for these has been told before. */
export function neededSocketOf(place: Place): { host: string; port: number } {
  const socket = socketOf(place);
  invariant(socket !== null, `${place.provider}/${place.model} has no address`);
  return socket;
}
