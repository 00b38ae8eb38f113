/** Where jobs are: a job's polls must go to the target that took it, whatever the weights say by then. */
export interface Jobs {
    /** Remembers where a job is; the oldest is forgotten where there are too many. */
    pin: (jobId: string, target: string) => void;
    /** The target that has the job; null where it is not, or no longer, known. */
    targetOf: (jobId: string) => string | null;
}
export interface JobsOptions {
    jobsMax: number;
    jobMs: number;
    now: () => number;
}
export declare function createJobs({ jobsMax, jobMs, now }: JobsOptions): Jobs;
/**
 * One word that says where a job is and what it is called there, to hand out as the application's own job id: then any
 * instance can find the job, and none has to remember it. Safe in a URL's query, to be encoded in its path.
 */
export declare function ticketOf(target: string, jobId: string): string;
/** What a ticket says; null for what is no ticket. It is not signed: check `target` against the targets you know. */
export declare function readTicket(ticket: string): {
    target: string;
    jobId: string;
} | null;
