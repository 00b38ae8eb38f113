/** Where jobs are: a job's polls must go to the target that took it, whatever the weights say by then. */
export function createJobs({ jobsMax, jobMs, now }) {
    // A Map keeps the order of pinning, and so of expiry: the first is always the oldest.
    const pins = new Map();
    return {
        pin: (jobId, target) => {
            pins.delete(jobId);
            pins.set(jobId, { target, until: now() + jobMs });
            for (const [id, { until }] of pins) {
                if (pins.size <= jobsMax && until > now())
                    break;
                pins.delete(id);
            }
        },
        targetOf: (jobId) => {
            const pin = pins.get(jobId);
            return pin !== undefined && pin.until > now() ? pin.target : null;
        },
    };
}
/**
 * One word that says where a job is and what it is called there, to hand out as the application's own job id: then any
 * instance can find the job, and none has to remember it. Safe in a URL's query, to be encoded in its path.
 */
export function ticketOf(target, jobId) {
    return `${encodeURIComponent(target)}:${encodeURIComponent(jobId)}`;
}
/** What a ticket says; null for what is no ticket. It is not signed: check `target` against the targets you know. */
export function readTicket(ticket) {
    const [target, jobId, ...more] = ticket.split(':');
    if (!target || !jobId || more.length > 0)
        return null;
    try {
        return { target: decodeURIComponent(target), jobId: decodeURIComponent(jobId) };
    }
    catch {
        return null;
    }
}
