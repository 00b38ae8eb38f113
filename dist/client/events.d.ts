/** Server-sent events, read with fetch: they say that something changed, never what. */
import { type World } from './world.js';
export interface EventStream {
    /** Of the last event, to go on from after a break. */
    lastId: string;
    /** How long the server wants us to wait before we come back. */
    retryMs: number;
}
/** Reads lines into events; keeps what a stream remembers over its breaks. */
export declare function createParser(stream: EventStream, onEvent: () => void): (piece: string) => void;
export interface Listening {
    world: World;
    url: string;
    headers: Readonly<Record<string, string>>;
    stream: EventStream;
    /** For the stream to begin. */
    timeoutMs: number;
    /** Once the stream stands: what changed before is to be fetched. */
    onOpen: () => void;
    onEvent: () => void;
    signal: AbortSignal;
}
/**
 * One connection, until it ends.
 * @returns whether anything came through it
 * @throws where it cannot be made, breaks, or is silent for too long
 */
export declare function listen(listening: Listening): Promise<boolean>;
