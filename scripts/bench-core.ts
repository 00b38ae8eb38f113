// How many observations a second of processor time the detection core takes in, judged after each tenth: npm run bench:core [-- COUNT].
// Prints one line of JSON; exits with 1 below the floor that the documentation promises.

import type { Belief } from '../src/core/belief.ts';
import { freshBelief } from '../src/core/belief.ts';
import { DEFAULT_DETECTION as policy } from '../src/core/detection.ts';
import { observe } from '../src/core/evidence.ts';
import { decide } from '../src/core/judgement.ts';
import type { Observation } from '../src/core/observation.ts';

const PER_SECOND_MIN = 200_000;
const DECIDE_EVERY = 10;
const count = Number(process.argv[2] ?? 2_000_000);
const usualMs = 60_000;

/** What a day brings: mostly free checks and users' good jobs, now and then a failure, a refusal, a post. */
function observation(k: number, at: number): Observation {
  const submittedAt = at - usualMs;
  switch (k % 16) {
    case 3:
      return {
        kind: 'report',
        at,
        submittedAt,
        reporter: `user ${k % 40}`,
        outcome: { is: 'fail', ended: 'later' },
      };
    case 7:
      return { kind: 'canary', at, submittedAt, isBilled: true, outcome: { is: 'ok', durationMs: usualMs } };
    case 11:
      return { kind: 'status', at, is: k % 160 === 11 ? 'posted' : 'cleared' };
    case 13:
      return { kind: 'canary', at, submittedAt, isBilled: false, outcome: { is: 'refused' } };
    default:
      return k % 2 === 0
        ? { kind: 'free_check', at, is: k % 200 === 0 ? 'fail' : 'ok' }
        : {
            kind: 'report',
            at,
            submittedAt,
            reporter: 'ann',
            outcome: { is: 'ok', durationMs: usualMs + (k % 1000) },
          };
  }
}

function run(observations: number): { belief: Belief; seconds: number } {
  let belief = freshBelief(0, usualMs, policy.belief);
  // Processor time, so that what else the machine does is left out.
  const begin = process.cpuUsage();
  for (let k = 1; k <= observations; k++) {
    const at = k * 15_000;
    belief = observe(belief, observation(k, at), policy.belief);
    if (k % DECIDE_EVERY === 0) belief = decide(belief, [], at, policy).belief;
  }
  const { user, system } = process.cpuUsage(begin);
  return { belief, seconds: (user + system) / 1e6 };
}

run(100_000);
const { belief, seconds } = run(count);
const perSecond = Math.round(count / seconds);
const bytes = JSON.stringify(belief).length;
process.stdout.write(
  `${JSON.stringify({ observations: count, seconds, perSecond, ratioToFloor: perSecond / PER_SECOND_MIN, beliefBytes: bytes })}\n`,
);
process.exitCode = perSecond < PER_SECOND_MIN ? 1 : 0;
