/** Reading what a server sends, up to a limit and within a time. */
import { type World } from './world.js';
/** @throws where the body is larger than `bytesMax`, or nothing comes for `silenceMs` */
export declare function piecesOf(response: Response, limits: {
    world: World;
    bytesMax: number;
    silenceMs: number;
}): AsyncGenerator<string>;
/** The whole body as text. */
export declare function textOf(response: Response, limits: {
    world: World;
    bytesMax: number;
    silenceMs: number;
}): Promise<string>;
/** Milliseconds that an answer asks to wait for; 0 where it does not. */
export declare function retryAfterMs(response: Response, waitMsMax: number): number;
