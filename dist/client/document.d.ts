/** Reading a status document, as strictly as safety needs and as loosely as later versions of it need. */
export type Role = 'serve' | 'drain' | 'exclude';
/** What kind of job a route can do; what is null or absent is not limited. */
export interface Capability {
    task?: string | null;
    durationsS?: readonly number[] | null;
    aspectRatios?: readonly string[] | null;
    resolutions?: readonly string[] | null;
    audio?: boolean | null;
}
/** A ready-made video, for when no provider can make one. */
export interface Content {
    url: string;
    description: string;
    category: string;
    tags: readonly string[];
    licence: string;
}
export interface TargetStatus {
    id: string;
    provider: string | null;
    model: string | null;
    weight: number;
    baseWeight: number;
    role: Role;
    state: string;
}
export interface RouteStatus {
    id: string;
    /** Whether the weights are meant to steer, or only to be looked at. */
    isEnforced: boolean;
    posture: string;
    capability: Capability;
    targets: readonly TargetStatus[];
    fallback: readonly string[];
    content: readonly Content[];
}
export interface Status {
    epoch: number;
    generation: number;
    /** Milliseconds since 1970, by the clock of who wrote the document. */
    validUntil: number;
    routes: ReadonlyMap<string, RouteStatus>;
}
export declare const BODY_BYTES_MAX: number;
type Fields = Readonly<Record<string, unknown>>;
/**
 * Reads `reelwatch.status/1`, already parsed from JSON. Unknown fields are ignored.
 * @returns the status, or a sentence that says why the document is refused as a whole
 */
export declare function readStatus(json: unknown): Status | string;
/** Milliseconds since 1970 of an ISO time; null for anything else. */
export declare function instantOf(value: unknown): number | null;
/** Whether a document was written before the one that is held: by epoch first, then by generation. */
export declare function isOlder(one: Pick<Status, 'epoch' | 'generation'>, held: Pick<Status, 'epoch' | 'generation'>): boolean;
/** Ready-made videos are shown to people, so only addresses of the web are let through; the others are left out. */
export declare function readContents(value: unknown): Content[];
export declare function fieldsOf(value: unknown): Fields;
export {};
