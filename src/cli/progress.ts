/** One line that shows where a canary is: the phase, and how long it has taken so far. */

import type { Phase } from '../core/trace.ts';
import type { Clock } from '../ports/clock.ts';

const EVERY_MS = 250;
const WORDS: Record<Phase, string> = {
  submit: 'ordering',
  queue: 'waiting in the queue',
  generate: 'generating',
  fetch: 'fetching the video',
  verify: 'looking at it',
};

export interface Progress {
  at: (phase: Phase) => void;
  end: () => void;
}

/** @param to null for silence; a terminal gets a moving line, anything else a line for each phase */
export function createProgress(clock: Clock, to: NodeJS.WriteStream | null): Progress {
  const startedAt = clock.now();
  const over = new AbortController();
  let phase: Phase = 'submit';
  const text = () => `${((clock.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${WORDS[phase]}`;
  const paint = async () => {
    while (!over.signal.aborted) {
      to?.write(`\r\u001B[2K${text()}`);
      await clock.sleep(EVERY_MS, over.signal);
    }
    to?.write('\r\u001B[2K');
  };
  if (to?.isTTY === true) void paint();
  return {
    at: (next) => {
      phase = next;
      if (to !== null && !to.isTTY) to.write(`${text()}\n`);
    },
    end: () => over.abort(),
  };
}
