/** One target on the status page. */

import type { UserCounts } from '../ports/outcomes.ts';
import type { RunWhy } from '../ports/store.ts';
import { anchor, BARS_MAX, type BoardTarget } from './board.ts';
import { ago, day, frameLink, percent, runPage, since, span, targetPage, time } from './format.ts';
import { type Html, html, outsideUrl } from './html.ts';
import { quantile } from './observed.ts';
import { bars, chip, describe, meter, steps } from './svg.ts';

export function targetCard(shown: BoardTarget, now: number): Html {
  const { target, state } = shown;
  const name = target.id.replace(`${target.provider}/`, '');
  return html`<article class="card target t-${state}" id="t-${anchor(target.id)}" data-key="${target.id}">
    ${picture(shown, now)}
    <div class="what">
      <h3><a href="${targetPage(target.id)}">${name}</a></h3>
      ${name.startsWith(target.model) ? null : html`<p class="small model">${target.model}</p>`}
      <p class="state">${chip(state)} <span class="since">since ${since(shown.since, now)}</span></p>
      ${story(shown, now)} ${unpaid(shown, now)} ${limit(shown)} ${notice(shown)}
    </div>
    ${timeline(shown, now)} ${weights(shown)} ${flight(shown, now)}
  </article>`;
}

function picture({ frame, target }: BoardTarget, now: number): Html {
  if (frame === null) return html`<div class="frame none"><span>no picture yet</span></div>`;
  return html`<a class="frame" href="${runPage(frame.runId)}" data-key="${frame.runId}"
    ><img
      src="${frameLink(frame.runId)}"
      alt="A frame of the last video from ${target.id}"
      title="${describe(frame, now)}"
      width="160"
      height="90"
      decoding="async"
  /></a>`;
}

/** What is wrong, how sure that is, and which run shows it; one quiet line where nothing is. */
function story(shown: BoardTarget, now: number): Html {
  const { belief, reason, why } = shown;
  const { incident, evidence } = belief;
  if (why === null && incident === null) return html`<p class="reason">${reason}</p>`;
  const [first = reason, ...more] = why?.sentences ?? [];
  const proof =
    evidence.find(({ runId }) => runId !== null) ?? incident?.evidence.find(({ runId }) => runId !== null);
  return html`${why === null ? null : doubt(why.fault)}
    <p class="reason bad">${why === null ? reason : html`<b>${first}</b>`}</p>
    ${
      more.length === 0
        ? null
        : html`<ul class="because">
            ${more.map((sentence) => html`<li>${cut(sentence)}</li>`)}
          </ul>`
    }
    <p class="small">
      ${incident === null ? null : html`First failure ${time(incident.firstFailureAt, now)}.`}
      ${proof?.runId ? html`<a href="${runPage(proof.runId)}">See the run</a>` : null}
    </p>`;
}

/** P(any fault), as a bar and as a figure. */
export function doubt(fault: number): Html {
  return html`<p class="fault"><span>P(fault)</span>${meter(fault, 1, 'doubt')}<b>${percent(fault)}</b></p>`;
}

const SENTENCE_CHARACTERS_MAX = 240;

/** Errors may be long; the page of the target and the run have the whole of them. */
function cut(text: string): string {
  return text.length > SENTENCE_CHARACTERS_MAX ? `${text.slice(0, SENTENCE_CHARACTERS_MAX - 1)}…` : text;
}

/** A target that nobody can afford to look at must not look watched. */
function unpaid({ unpaidSince }: BoardTarget, now: number): Html | null {
  if (unpaidSince === null) return null;
  return html`<p class="reason bad">
    <b>no canary since ${time(unpaidSince, now)}</b>: the budget of the last 24 hours is used up
  </p>`;
}

/** More canaries than the account may order a day: some will be refused, and that is no fault of the provider. */
function limit({ limit }: BoardTarget): Html | null {
  if (limit === null) return null;
  return html`<p class="reason bad">
    our account may order ${limit.perDayMax} a day, but ${limit.planned} canaries are planned
  </p>`;
}

function notice(shown: BoardTarget): Html | null {
  const { notice } = shown;
  if (!notice) return null;
  const url = outsideUrl(notice.url);
  const when = notice.effectiveAt === null ? '' : ` on ${day(notice.effectiveAt)}`;
  const verb = notice.kind === 'retired' ? 'Retired' : 'Will be retired';
  return html`<p class="reason notice">
    ${verb}${when}${notice.replacement === null ? null : html`; replacement <b>${notice.replacement}</b>`}.
    <span class="small"
      >${url === null ? notice.source : html`<a href="${url}" rel="noreferrer">${notice.source}</a>`}</span
    >
  </p>`;
}

function timeline({ runs, users }: BoardTarget, now: number): Html {
  const told = users === null ? null : html`<p class="small users">${usersWords(users)}</p>`;
  if (runs.length === 0)
    return html`<div class="runs">
      <p class="small">no runs yet</p>
      ${told}
    </div>`;
  const usable = runs.filter(({ verdict }) => verdict.is === 'pass' || verdict.is === 'slow');
  const medianS = quantile(
    usable.map(({ tookMs }) => tookMs / 1000).sort((a, b) => a - b),
    0.5,
  );
  return html`<div class="runs">
    ${bars(runs, now, BARS_MAX)}
    <p class="small">
      ${usable.length} of the last ${runs.length}
      usable${medianS === null ? null : `, usually ${span(medianS * 1000)}`}
    </p>
    ${told}
  </div>`;
}

/** `users, last hour: 98.2 % of 1,200 jobs fine`; the count is rounded, so that not every job makes a new page. */
export function usersWords({ good, bad }: UserCounts): string {
  const all = good + bad;
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(all)) - 1);
  const count = (Math.round(all / digits) * digits).toLocaleString('en-US');
  return `users, last hour: ${bad === 0 ? 'all' : percent(good / all)} of ${count} job${all === 1 ? '' : 's'} fine`;
}

function weights({ weights }: BoardTarget): Html {
  if (weights.length === 0) return html`<p class="weights small">in no route</p>`;
  return html`<ul class="weights" aria-label="Weights">
    ${weights.map(
      ({ route, weight, base, isDryRun }) =>
        html`<li data-key="${route}" title="base weight ${base}${isDryRun ? ', dry run' : ''}">
          <span class="route-name">${route}</span>${meter(weight, 100, 'weight')}<b
            >${weight}<span class="unseen"> of 100</span></b
          >
        </li>`,
    )}
  </ul>`;
}

function flight({ flights }: BoardTarget, now: number): Html | null {
  if (flights.length === 0) return null;
  return html`<ul class="flights" aria-label="In flight">
    ${flights.map(
      (flight) =>
        html`<li data-key="${flight.runId}">
          ${steps(flight.phase)} <b>${flight.phase}</b> ${WHY[flight.why]}, ${ago(flight.startedAt, now)}
        </li>`,
    )}
  </ul>`;
}

export const WHY: Record<RunWhy, string> = {
  slot: 'canary',
  confirm: 'second look',
  recover: 'looking for recovery',
  manual: 'asked for by hand',
};
