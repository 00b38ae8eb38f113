/** The status document as bytes: made once for everybody who asks, again only when something in it may have changed. */

import { gzipSync } from 'node:zlib';
import { type Instant, MINUTE, SECOND } from '../core/base.ts';
import type { Signer } from '../ports/signer.ts';
import type { Context } from './context.ts';
import { statusDocument } from './document.ts';
import { indexOf } from './follow.ts';

/** `observed` looks back from the present, so that it fades while nothing happens. */
const REFRESH_EVERY_MS = MINUTE;
/** How often the store is asked again although nothing happened that we know of. */
const RECHECK_EVERY_MS = SECOND;

/** Bytes that are sent as they are. */
export interface Body {
  /** The index that they were made at: the document may be newer by the time that it is sent. */
  index: string;
  bytes: Buffer;
  /** Over `bytes`, whatever they are packed in; null where nothing is signed. */
  signature: string | null;
  /** The same, packed when first asked for. */
  zipped: () => Buffer;
}

export function bodyOf(index: string, text: string, signer: Signer | null): Body {
  const bytes = Buffer.from(text);
  let packed: Buffer | null = null;
  return {
    index,
    bytes,
    signature: signer && signer.sign(bytes),
    zipped: () => (packed ??= gzipSync(bytes)),
  };
}

export interface Bodies {
  /** What to serve for a route, null for all of them; at most one body of each is kept. */
  of: (route: string | null) => Promise<Body>;
  /** The same where it lies ready; null where it has to be made, or looked at again. */
  ready: (route: string | null) => Body | null;
}

export function createBodies(context: Omit<Context, 'bodies' | 'weights' | 'waiting'>): Bodies {
  const { view, clock, recent, signer } = context;
  const kept = new Map<string | null, { key: string; version: number; checkedAt: Instant; body: Body }>();
  const making = new Map<string, Promise<Body>>();
  let last = { generation: NaN, validUntil: NaN, minute: NaN, key: '' };
  // Asked for with every poll.
  const keyNow = () => {
    const [generation, validUntil] = [view.generation(), view.validUntil()];
    const minute = Math.floor(clock.now() / REFRESH_EVERY_MS);
    if (last.generation !== generation || last.validUntil !== validUntil || last.minute !== minute)
      last = { generation, validUntil, minute, key: `${generation} ${validUntil} ${minute}` };
    return last.key;
  };

  async function make(route: string | null): Promise<Body> {
    const runs = await recent.runs();
    // From here on nothing else happens, so the index and the document belong together.
    const now = clock.now();
    const key = keyNow();
    const version = recent.version();
    const ready = kept.get(route);
    const isSame = ready?.key === key && ready.version === version;
    const text = () => JSON.stringify(statusDocument({ ...context, runs, now }, route));
    const body = isSame ? ready.body : bodyOf(indexOf(view), text(), signer);
    kept.set(route, { key, version, checkedAt: now, body });
    return body;
  }
  function ready(route: string | null): Body | null {
    const one = kept.get(route);
    const isFresh = one?.key === keyNow() && clock.now() - one.checkedAt < RECHECK_EVERY_MS;
    return isFresh ? one.body : null;
  }
  return {
    ready,
    of: async (route) => {
      const name = `${keyNow()} ${route ?? ''}`;
      const body = ready(route) ?? making.get(name);
      if (body !== undefined) return body;
      const made = make(route).finally(() => making.delete(name));
      making.set(name, made);
      return made;
    },
  };
}
