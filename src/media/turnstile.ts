/** Lets a few in at a time; the others wait in line, but not without end. */

export interface Turnstile {
  /** 'entered' needs a `leave` later; the other answers do not. */
  enter: (signal: AbortSignal) => Promise<'entered' | 'full' | 'aborted'>;
  leave: () => void;
}

export function createTurnstile(insideMax: number, waitingMax: number): Turnstile {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    enter: (signal) => {
      if (signal.aborted) return Promise.resolve('aborted');
      if (inside < insideMax) {
        inside++;
        return Promise.resolve('entered');
      }
      if (waiting.length >= waitingMax) return Promise.resolve('full');
      return new Promise((resolve) => {
        // Called by who leaves: the place goes straight to the next in line.
        const next = () => {
          signal.removeEventListener('abort', giveUp);
          resolve('entered');
        };
        const giveUp = () => {
          waiting.splice(waiting.indexOf(next), 1);
          resolve('aborted');
        };
        waiting.push(next);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
    leave: () => {
      const next = waiting.shift();
      if (next) next();
      else inside--;
    },
  };
}
