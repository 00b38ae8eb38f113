/** Server-sent events, read with fetch: they say that something changed, never what. */

import { piecesOf } from './body.ts';
import { type World, within } from './world.ts';

const LINE_MAX = 64 * 1024;
/** The server speaks every 15 s at least; three silences in a row are a dead connection. */
const SILENCE_MS = 45_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 60_000;

export interface EventStream {
  /** Of the last event, to go on from after a break. */
  lastId: string;
  /** How long the server wants us to wait before we come back. */
  retryMs: number;
}

/** Reads lines into events; keeps what a stream remembers over its breaks. */
export function createParser(stream: EventStream, onEvent: () => void): (piece: string) => void {
  let rest = '';
  let hasData = false;
  return (piece) => {
    // A line may end in CR, LF or both, and a piece between the two: a CR at the end waits for what follows.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > LINE_MAX) throw new Error(`a line of the events is longer than ${LINE_MAX}`);
    for (const line of lines) {
      if (line === '') {
        if (hasData) onEvent();
        hasData = false;
        continue;
      }
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (field === 'data') hasData = true;
      if (field === 'id' && !value.includes('\0')) stream.lastId = value;
      if (field === 'retry' && /^\d+$/.test(value))
        stream.retryMs = Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, Number(value)));
    }
  };
}

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
export async function listen(listening: Listening): Promise<boolean> {
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
    response.body?.cancel().catch(() => {});
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
