/** The newest status document, and until when it counts. */
import { isOlder, readStatus } from './document.js';
/** However far ahead a document's `valid_until` lies, it steers for no longer than this after it came. */
export const VALID_MS_MAX = 24 * 60 * 60 * 1000;
export function createHolder(now, tell) {
    let held = null;
    const renew = (until) => {
        if (held)
            held = { ...held, until: Math.min(now() + VALID_MS_MAX, Math.max(held.until, until)) };
    };
    return {
        accept: (json, serverAheadMs) => {
            const status = readStatus(json);
            const why = typeof status === 'string' ? status : staleness(status, held?.status ?? null);
            if (typeof status === 'string' || why !== null) {
                tell('refused', `the document was refused: ${why}`);
                return false;
            }
            const isSame = held !== null && !isOlder(held.status, status);
            held = { status, json, until: isSame && held ? held.until : Number.NEGATIVE_INFINITY };
            renew(status.validUntil - serverAheadMs);
            return true;
        },
        renew,
        held: () => held,
        isFresh: () => held !== null && now() < held.until,
    };
}
function staleness(status, held) {
    if (held === null || !isOlder(status, held))
        return null;
    return `${status.epoch}.${status.generation} is older than ${held.epoch}.${held.generation}`;
}
