/** The newest status document, and until when it counts. */
import { type Status } from './document.js';
import type { Tell } from './problem.js';
/** However far ahead a document's `valid_until` lies, it steers for no longer than this after it came. */
export declare const VALID_MS_MAX: number;
export interface Holder {
    /**
     * Takes a parsed document, unless it is malformed or older than the one held; then that one stays.
     * @param serverAheadMs the clock of who wrote it, less ours
     */
    accept: (json: unknown, serverAheadMs: number) => boolean;
    /** What is held has been found unchanged, and counts until then by our clock. */
    renew: (until: number) => void;
    held: () => Held | null;
    isFresh: () => boolean;
}
export interface Held {
    readonly status: Status;
    readonly json: unknown;
    /** Milliseconds since 1970 by our clock. */
    readonly until: number;
}
export declare function createHolder(now: () => number, tell: Tell): Holder;
