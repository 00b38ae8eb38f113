/** What an application may want to log; none of it needs an answer. */
export interface Problem {
    /**
     * `unreachable`: no usable answer. `refused`: a document that is malformed, or older than the one held. `no_events`:
     * no stream of events, so polling goes on alone. `not_reported`: outcomes that were lost.
     */
    code: 'unreachable' | 'refused' | 'no_events' | 'not_reported';
    message: string;
}
export type Tell = (code: Problem['code'], why: unknown) => void;
/** A listener that fails must not stop what it listens to. */
export declare function createTell(onProblem: ((problem: Problem) => void) | undefined): Tell;
