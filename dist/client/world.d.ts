/** The client's only door to network, time and chance, so that a test can stand in for all three. */
export interface World {
    fetch: typeof globalThis.fetch;
    /** Milliseconds since 1970. */
    now: () => number;
    /** A number from 0 up to, but not including, 1. */
    random: () => number;
    /** Resolves after so many milliseconds, or as soon as the signal is aborted. Never rejects. */
    sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}
/** The world as the runtime has it, but for what is given. */
export declare function worldWith(given: Partial<World>): World;
/** Waits for `work`, but not longer than `ms`: then calls `onLate` and throws. */
export declare function within<T>(world: World, ms: number, work: Promise<T>, onLate?: () => void): Promise<T>;
