/**
 * A queue of one: each piece of work starts when the one before it has ended, however that ended.
 * Work that waits for its own queue waits for ever, so nothing inside may call it again.
 */
export function takeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
