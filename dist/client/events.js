/** Server-sent events, read with fetch: they say that something changed, never what. */
import { piecesOf } from './body.js';
import { within } from './world.js';
const LINE_MAX = 64 * 1024;
/** The server speaks every 15 s at least; three silences in a row are a dead connection. */
const SILENCE_MS = 45_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 60_000;
/** Reads lines into events; keeps what a stream remembers over its breaks. */
export function createParser(stream, onEvent) {
    let rest = '';
    let hasData = false;
    return (piece) => {
        // A line may end in CR, LF or both, and a piece between the two: a CR at the end waits for what follows.
        const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
        rest = lines.pop() ?? '';
        if (rest.length > LINE_MAX)
            throw new Error(`a line of the events is longer than ${LINE_MAX}`);
        for (const line of lines) {
            if (line === '') {
                if (hasData)
                    onEvent();
                hasData = false;
                continue;
            }
            const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
            if (field === 'data')
                hasData = true;
            if (field === 'id' && !value.includes('\0'))
                stream.lastId = value;
            if (field === 'retry' && /^\d+$/.test(value))
                stream.retryMs = Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, Number(value)));
        }
    };
}
/**
 * One connection, until it ends.
 * @returns whether anything came through it
 * @throws where it cannot be made, breaks, or is silent for too long
 */
export async function listen(listening) {
    const { world, url, headers, stream, onOpen, onEvent, signal } = listening;
    const answer = world.fetch(url, {
        headers: {
            ...headers,
            accept: 'text/event-stream',
            ...(stream.lastId !== '' && { 'last-event-id': stream.lastId }),
        },
        redirect: 'manual',
        signal,
    });
    const response = await within(world, listening.timeoutMs, answer);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (response.status !== 200 || !isStream) {
        response.body?.cancel().catch(() => { });
        throw new Error(`${response.status} and no stream of events`);
    }
    onOpen();
    const parse = createParser(stream, onEvent);
    const limits = { world, bytesMax: Number.POSITIVE_INFINITY, silenceMs: SILENCE_MS };
    let hasHeard = false;
    for await (const piece of piecesOf(response, limits)) {
        hasHeard = true;
        parse(piece);
    }
    return hasHeard;
}
