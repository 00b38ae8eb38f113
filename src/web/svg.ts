/** The small drawings. Style attributes are forbidden by our own policy, so that sizes stand in SVG attributes. */

import type { ShownState, Verdict } from '../core/model.ts';
import type { Phase } from '../core/trace.ts';
import { PHASES } from '../core/trace.ts';
import { clockTime, runPage, span } from './format.ts';
import { type Html, html } from './html.ts';
import type { RunDigest } from './recent.ts';

/** Each state has a shape of its own: colour is never the only sign. */
const SHAPES: Record<ShownState, Html> = {
  healthy: html`<path d="M3 8.5 6.5 12 13 4.5" class="stroke" />`,
  suspect: html`<path d="M6 6a2.2 2.2 0 1 1 3 2c-.8.4-1 .8-1 1.6M8 12.4v.2" class="stroke" />`,
  degraded: html`<path d="M8 3 14 13H2Z" class="fill" />`,
  down: html`<path d="M4 4l8 8M12 4l-8 8" class="stroke" />`,
  recovering: html`<path d="M8 13V4M4.5 7.5 8 4l3.5 3.5" class="stroke" />`,
  unknown: html`<path d="M3 8h.1M8 8h.1M13 8h.1" class="stroke" />`,
  retired: html`<rect x="4" y="4" width="8" height="8" class="fill" />`,
  blind: html`<path d="M2 8q6-6 12 0-6 6-12 0M3 13 13 3" class="stroke" />`,
};

const WORDS: Record<ShownState, string> = {
  healthy: 'healthy',
  suspect: 'suspect',
  degraded: 'degraded',
  down: 'down',
  recovering: 'recovering',
  unknown: 'not seen yet',
  retired: 'retired',
  blind: 'blind',
};

export function chip(state: ShownState): Html {
  return html`<span class="chip s-${state}"
    ><svg viewBox="0 0 16 16" aria-hidden="true">${SHAPES[state]}</svg>${WORDS[state]}</span
  >`;
}

/** The sign beside the headline. */
export function sign(tone: 'good' | 'watch' | 'bad'): Html {
  const state = ({ good: 'healthy', watch: 'unknown', bad: 'down' } as const)[tone];
  return html`<svg class="sign s-${state}" viewBox="0 0 16 16" aria-hidden="true">${SHAPES[state]}</svg>`;
}

export function verdictChip(is: Verdict['is']): Html {
  const like: Record<Verdict['is'], ShownState> = {
    pass: 'healthy',
    slow: 'degraded',
    fail: 'down',
    inconclusive: 'unknown',
  };
  const words: Record<Verdict['is'], string> = {
    pass: 'pass',
    slow: 'slow',
    fail: 'failed',
    inconclusive: 'inconclusive',
  };
  return html`<span class="chip s-${like[is]}"
    ><svg viewBox="0 0 16 16" aria-hidden="true">${SHAPES[like[is]]}</svg>${words[is]}</span
  >`;
}

/** A share of a whole as a bar; the figure itself stands beside it in text. */
export function meter(value: number, max: number, kind: 'weight' | 'money' | 'doubt'): Html {
  const ratio = max <= 0 ? 0 : Math.min(1, Math.max(0, value / max));
  const isFull = kind === 'money' && ratio >= 0.9;
  return html`<svg class="meter ${kind}${isFull ? ' full' : ''}" aria-hidden="true">
    <rect class="track" width="100%" height="100%" rx="3" />
    <rect class="value" width="${Math.round(ratio * 1000) / 10}%" height="100%" rx="3" />
  </svg>`;
}

const BAR = { width: 7, step: 10, height: 46, least: 5, head: 10 };

/**
 * Runs as bars, oldest first: height is duration, colour and mark are the verdict. Each is a link to its page.
 * @param slots how many bars wide the drawing is, however many runs there are
 */
export function bars(runs: readonly RunDigest[], now: number, slots: number): Html {
  const tall = tallest(runs);
  const old = runs.toReversed();
  const width = slots * BAR.step;
  return html`<svg
    class="bars"
    width="${width}"
    height="${BAR.height}"
    viewBox="0 0 ${width} ${BAR.height}"
    role="list"
    aria-label="The last ${runs.length} runs, oldest first"
  >
    <path class="ground" d="M0 ${BAR.height - 0.5}H${width}" />
    ${old.map((run, i) => bar(run, now, (slots - old.length + i) * BAR.step + 1.5, tall))}
  </svg>`;
}

function bar(run: RunDigest, now: number, x: number, tall: number): Html {
  const { is } = run.verdict;
  const room = BAR.height - BAR.head;
  const height = Math.max(BAR.least, Math.round(Math.min(1, run.tookMs / tall) * room * 10) / 10);
  const y = BAR.height - 1 - height;
  const middle = x + BAR.width / 2;
  const text = describe(run, now);
  return html`<a href="${runPage(run.runId)}" data-key="${run.runId}" role="listitem" aria-label="${text}">
    <title>${text}</title>
    <rect class="hit" x="${x - 1.5}" width="${BAR.step}" height="${BAR.height}" />
    <rect class="v-${is}" x="${x}" y="${y}" width="${BAR.width}" height="${height}" rx="2" />
    ${MARKS[is](middle, y - 5)}</a
  >`;
}

const MARKS: Record<Verdict['is'], (x: number, y: number) => Html | null> = {
  pass: () => null,
  slow: (x, y) => html`<path class="mark m-slow" d="M${x - 3} ${y + 2.5}l3-5 3 5Z" />`,
  fail: (x, y) => html`<path class="mark m-fail" d="M${x - 2.5} ${y - 2.5}l5 5m0-5l-5 5" />`,
  inconclusive: (x, y) => html`<circle class="mark m-none" cx="${x}" cy="${y}" r="1.5" />`,
};

/** `12:03 UTC: failed (timeout), 93 s`. */
export function describe(run: RunDigest, now: number): string {
  const { verdict } = run;
  const words =
    verdict.is === 'pass'
      ? 'pass'
      : verdict.is === 'slow'
        ? 'slow'
        : `${verdict.is === 'fail' ? 'failed' : 'inconclusive'} (${verdict.cause.replaceAll('_', ' ')})`;
  return `${clockTime(run.startedAt, now)}: ${words}, ${span(run.tookMs)}`;
}

/** One run far longer than the rest must not flatten them all. */
function tallest(runs: readonly RunDigest[]): number {
  const sorted = runs.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
  return Math.max(1, Math.min(sorted.at(-1) ?? 1, 3 * median));
}

/** Five dots, filled as far as a run in flight has come. */
export function steps(phase: Phase): Html {
  const reached = PHASES.indexOf(phase);
  return html`<svg class="steps" width="62" height="10" aria-hidden="true">
    ${PHASES.map(
      (_, i) =>
        html`<circle
          cx="${6 + i * 12.5}"
          cy="5"
          r="${i === reached ? 4 : 3}"
          class="${i < reached ? 'past' : i === reached ? 'here' : 'next'}"
        />`,
    )}
  </svg>`;
}

/** How a run's time was spent, as one bar; the legend beside it has the figures. */
export function phaseBar(phasesMs: Partial<Record<Phase, number>>): Html {
  const spent = PHASES.map((phase) => ({ phase, ms: Math.max(0, phasesMs[phase] ?? 0) }));
  const sum = Math.max(
    1,
    spent.reduce((total, { ms }) => total + ms, 0),
  );
  let from = 0;
  return html`<svg class="phases" aria-hidden="true">
    ${spent.map(({ phase, ms }) => {
      const x = (100 * from) / sum;
      from += ms;
      return html`<rect
        class="p-${phase}"
        x="${x.toFixed(2)}%"
        width="${((100 * ms) / sum).toFixed(2)}%"
        height="100%"
      />`;
    })}
  </svg>`;
}
