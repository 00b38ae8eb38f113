/** The page of one target: what is believed of it, what moved that belief, and what is running now. */

import { EXPLANATION_WORDS } from '../core/explain.ts';
import { medianMs } from '../core/belief.ts';
import { signWords, type Why } from '../core/why.ts';
import { anchor, type BoardTarget } from './board.ts';
import { ago, percent, runPage, since, span, targetLink, time } from './format.ts';
import { type Html, html } from './html.ts';
import { layout } from './page.ts';
import { doubt, usersWords, WHY } from './page-target.ts';
import { chip, meter, steps } from './svg.ts';

/** Less than this is not worth a line. */
const PROBABILITY_MIN = 0.001;
const FACTOR_SHOWN_MAX = 1_000;
const RUNS_SHOWN_MAX = 15;

/** @param why as of `now`; null where nothing has been seen of it yet */
export function targetDocument(shown: BoardTarget, why: Why | null, now: number): Html {
  const { target, state, reason } = shown;
  return layout({
    title: `${state}: ${target.id} · reelwatch`,
    script: false,
    body: html`<main class="run t-${state}">
      <p class="brand"><a href="/#t-${anchor(target.id)}">← all providers</a></p>
      <header class="top">
        <h1>${target.id}</h1>
        <p class="state">${chip(state)} <span class="since">since ${since(shown.since, now)}</span></p>
        ${shown.why === null ? html`<p class="verdict">${reason}</p>` : null}
        ${shown.users === null ? null : html`<p class="small users">${usersWords(shown.users)}</p>`}
      </header>
      ${
        why === null
          ? html`<p class="card">
              ${state === 'retired' ? 'It is retired: nothing is believed of it any more.' : 'Nothing has been seen of it yet.'}
            </p>`
          : html`${beliefPart(why, now)} ${signPart(why, now)}`
      }
      ${flightPart(shown, now)} ${runPart(shown, now)}
      <footer>
        <p><a href="${targetLink(target.id)}">the same as JSON</a></p>
      </footer>
    </main>`,
  });
}

export function missingTargetDocument(): Html {
  return layout({
    title: 'No such target · reelwatch',
    script: false,
    body: html`<main class="run">
      <p class="brand"><a href="/">← all providers</a></p>
      <header class="top"><h1>No target of that id is configured.</h1></header>
    </main>`,
  });
}

function beliefPart({ fault, sentences, explanations }: Why, now: number): Html {
  const likely = explanations.filter(({ probability }) => probability >= PROBABILITY_MIN);
  return html`<section class="card" aria-labelledby="belief">
    <h2 id="belief">What is believed</h2>
    ${doubt(fault)}
    <ul class="because">
      ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
    <table>
      <caption class="unseen">
        What may explain what was seen
      </caption>
      <tbody>
        ${likely.map(
          ({ name, probability }) =>
            html`<tr>
              <th scope="row">${EXPLANATION_WORDS[name]}</th>
              <td class="number">
                <span class="weighed">${meter(probability, 1, 'weight')}<b>${percent(probability)}</b></span>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="small">as of ${time(now, now)}; time moves it too, and jobs that are overdue</p>
  </section>`;
}

function signPart({ signs }: Why, now: number): Html | null {
  if (signs.length === 0) return null;
  return html`<section class="card" aria-labelledby="signs">
    <h2 id="signs">What moved it</h2>
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">seen</th>
            <th scope="col">what</th>
            <th scope="col" class="number">odds of a fault</th>
            <th scope="col">in its words</th>
          </tr>
        </thead>
        <tbody>
          ${signs.map(
            (sign) =>
              html`<tr>
                <td class="number">${time(sign.seen.at, now)}</td>
                <th scope="row">
                  ${
                    sign.by === null
                      ? signWords(sign)
                      : html`<a href="${runPage(sign.by)}">${signWords(sign)}</a>`
                  }
                </th>
                <td class="number ${sign.factor > 1 ? 'worse' : 'better'}">× ${factor(sign.factor)}</td>
                <td class="wrap">${sign.seen.kind === 'sibling' ? '' : sign.text}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** `260`, `2.6`, `0.031`: two digits say enough, and what is beyond these bounds is as good as sure. */
function factor(value: number): string {
  if (value > FACTOR_SHOWN_MAX) return `over ${FACTOR_SHOWN_MAX}`;
  if (value < 1 / FACTOR_SHOWN_MAX) return `under ${1 / FACTOR_SHOWN_MAX}`;
  return Number(value.toPrecision(2)).toString();
}

/** Its canaries in flight, each with the time it takes against the usual one. */
function flightPart({ flights, belief: { belief } }: BoardTarget, now: number): Html {
  const usualMs = belief === null || belief.okAt === null ? null : medianMs(belief);
  return html`<section class="card" aria-labelledby="flights">
    <h2 id="flights">In flight</h2>
    ${
      flights.length === 0
        ? html`<p class="small">no canary</p>`
        : html`<ul class="flights">
            ${flights.map(
              ({ runId, phase, why, startedAt }) =>
                html`<li>
                  ${steps(phase)} <b>${phase}</b> <a href="${runPage(runId)}">${WHY[why]}</a>,
                  ${ago(startedAt, now)}${lateness(now - startedAt, usualMs)}
                </li>`,
            )}
          </ul>`
    }
    ${usualMs === null ? null : html`<p class="small">usually ${span(usualMs)}</p>`}
  </section>`;
}

function lateness(ms: number, usualMs: number | null): string {
  return usualMs === null || ms <= usualMs ? '' : `, ×${(ms / usualMs).toFixed(1)} the usual time`;
}

function runPart({ runs }: BoardTarget, now: number): Html | null {
  if (runs.length === 0) return null;
  return html`<section class="card" aria-labelledby="runs">
    <h2 id="runs">The last runs</h2>
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">begun</th>
            <th scope="col">verdict</th>
            <th scope="col" class="number">took</th>
            <th scope="col">in its words</th>
          </tr>
        </thead>
        <tbody>
          ${runs.slice(0, RUNS_SHOWN_MAX).map(
            ({ runId, startedAt, verdict, tookMs }) =>
              html`<tr>
                <td class="number">${time(startedAt, now)}</td>
                <th scope="row"><a href="${runPage(runId)}">${verdict.is}</a></th>
                <td class="number">${span(tookMs)}</td>
                <td class="wrap">${verdict.text}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
