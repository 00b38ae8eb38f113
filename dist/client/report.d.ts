/** Tells reelwatch what real jobs met: in batches, from a bounded queue, and never at the cost of a job. */
import type { Tell } from './problem.js';
import { type World } from './world.js';
/** How one job ended at one target. */
export interface Outcome {
    target: string;
    outcome: 'ok' | 'failed' | 'refused' | 'bad_output' | 'timeout';
    /** One of reelwatch's causes, where it is known. */
    cause?: string;
    latencyMs?: number;
    /** Milliseconds since 1970; the moment of reporting where it is not given. */
    at?: number;
    /** The job's id: what is told twice counts once. */
    job?: string;
    /** The user or tenant, best as a hash: each has one voice, however many jobs fail. */
    reporter?: string;
}
export interface Reporter {
    report: (outcome: Outcome) => void;
    /** Sends what is waiting, as far as it can be sent now. Never rejects. */
    flush: () => Promise<void>;
    /** Sends what is waiting, and takes nothing more. */
    stop: () => Promise<void>;
    /** Outcomes that were lost since the start. */
    lost: () => number;
}
export interface ReporterOptions {
    world: World;
    url: (path: string) => string;
    headers: Readonly<Record<string, string>>;
    flushEveryMs: number;
    timeoutMs: number;
    tell: Tell;
}
export declare const OUTCOMES_MAX = 5000;
export declare const BATCH_MAX = 500;
export declare function createReporter(options: ReporterOptions): Reporter;
