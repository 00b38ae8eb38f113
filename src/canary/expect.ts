/** What a decoder saw, held against what was ordered: a list of named checks, each a sentence. */

import type { Finding, OrderFacts, VideoFacts } from '../core/trace.ts';
import type { Expectation } from './canary.ts';

/** No clip is judged by less than this much of a difference in length: encoders round to whole frames. */
const DURATION_SLACK_MS = 250;

/** Holds the facts against the order. Every check is listed, also those that went well. */
export function inspectFacts(facts: VideoFacts, order: OrderFacts, expect: Expectation): Finding[] {
  return [
    {
      check: 'playable',
      ok: facts.framesDecoded > 0,
      text: `${facts.framesDecoded} frames of ${facts.codec} decoded`,
    },
    durationFinding(facts, order, expect),
    sizeFinding(facts, order, expect),
    {
      check: 'truncated',
      ok: !facts.isTruncated,
      text: facts.isTruncated ? 'the file ends too early' : 'the file is whole',
    },
    {
      check: 'black',
      ok: facts.blackRatio <= expect.blackMax,
      text: `${percent(facts.blackRatio)} of the frames are black`,
    },
    {
      check: 'frozen',
      ok: facts.frozenRatio <= expect.frozenMax,
      text: `the picture stands still for ${percent(facts.frozenRatio)} of the time`,
    },
    coloursFinding(facts, expect),
  ];
}

function durationFinding(facts: VideoFacts, order: OrderFacts, expect: Expectation): Finding {
  const wantedMs = order.seconds * 1000;
  const slackMs = Math.max(DURATION_SLACK_MS, wantedMs * expect.durationTolerance);
  return {
    check: 'duration',
    ok: Math.abs(facts.durationMs - wantedMs) <= slackMs,
    text: `lasts ${(facts.durationMs / 1000).toFixed(1)} s, ordered ${order.seconds} s`,
  };
}

function sizeFinding(facts: VideoFacts, order: OrderFacts, expect: Expectation): Finding {
  const isNear = (saw: number, wanted: number) => Math.abs(saw - wanted) <= wanted * expect.sizeTolerance;
  return {
    check: 'size',
    ok: isNear(facts.width, order.width) && isNear(facts.height, order.height),
    text: `is ${facts.width}x${facts.height}, ordered ${order.width}x${order.height}`,
  };
}

function coloursFinding(facts: VideoFacts, expect: Expectation): Finding {
  const wanted = Object.entries(expect.colours);
  if (wanted.length === 0) return { check: 'colours', ok: true, text: 'no colours are expected' };
  const saw = wanted.map(([colour, least]) => ({ colour, least, share: facts.colours[colour] ?? 0 }));
  return {
    check: 'colours',
    ok: saw.every(({ share, least }) => share >= least),
    text: saw
      .map(({ colour, share, least }) => `${percent(share)} ${colour} (at least ${percent(least)})`)
      .join(', '),
  };
}

function percent(share: number): string {
  const points = share * 100;
  return `${points > 0 && points < 10 ? points.toFixed(1) : points.toFixed(0)} %`;
}
