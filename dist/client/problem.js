/** What an application may want to log; none of it needs an answer. */
/** A listener that fails must not stop what it listens to. */
export function createTell(onProblem) {
    return (code, why) => {
        try {
            onProblem?.({ code, message: why instanceof Error ? why.message : String(why) });
        }
        catch {
            // It is the application's.
        }
    };
}
