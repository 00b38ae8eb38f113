/** Keeps up with reelwatch: polls, or is told by events when to fetch, and never takes silence for bad news. */
import type { Tell } from './problem.js';
import { type World } from './world.js';
export interface FollowerOptions {
    world: World;
    url: (path: string) => string;
    headers: Readonly<Record<string, string>>;
    updates: 'poll' | 'events';
    pollEveryMs: number;
    timeoutMs: number;
    tell: Tell;
    /** Takes a document, parsed; false where it is refused. `serverAheadMs`: the server's clock less ours. */
    accept: (json: unknown, serverAheadMs: number) => boolean;
    /** The document that is held is still good until then, by our clock. */
    renew: (until: number) => void;
    /** Until when what is held counts, by our clock; null where there is nothing. */
    heldUntil: () => number | null;
}
export interface Follower {
    /** Fetches once, unless it did less than `ageMsMax` ago; true where the last answer was of use. Never rejects. */
    refresh: (ageMsMax?: number) => Promise<boolean>;
    start: () => void;
    stop: () => void;
}
export declare function createFollower(options: FollowerOptions): Follower;
