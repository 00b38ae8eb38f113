/** The client's only door to network, time and chance, so that a test can stand in for all three. */
/** The world as the runtime has it, but for what is given. */
export function worldWith(given) {
    return {
        // Looked up at each call and called on nothing: edge runtimes refuse a `fetch` that was taken off its global.
        fetch: given.fetch ?? ((input, init) => globalThis.fetch(input, init)),
        now: given.now ?? (() => Date.now()),
        random: given.random ?? (() => Math.random()),
        sleep: given.sleep ?? sleep,
    };
}
function sleep(ms, signal) {
    return new Promise((resolve) => {
        if (signal.aborted)
            return resolve();
        const done = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            resolve();
        };
        const timer = setTimeout(done, ms);
        // Where timers keep a process alive, ours should not; elsewhere they are plain numbers.
        timer.unref?.();
        signal.addEventListener('abort', done);
    });
}
/** Waits for `work`, but not longer than `ms`: then calls `onLate` and throws. */
export async function within(world, ms, work, onLate = () => { }) {
    const done = new AbortController();
    const late = world.sleep(ms, done.signal).then(() => {
        if (done.signal.aborted)
            return work;
        onLate();
        throw new Error(`no answer within ${ms} ms`);
    });
    try {
        return await Promise.race([work, late]);
    }
    finally {
        done.abort();
    }
}
