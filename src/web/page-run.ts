/** The page of one run: what somebody sees who followed the link in an alert. */

import type { Instant } from '../core/base.ts';
import { PHASES, type Trace } from '../core/trace.ts';
import type { RunRecord } from '../ports/runs.ts';
import { anchor } from './board.ts';
import { ago, frameLink, iso, money, runLink, span, time } from './format.ts';
import { type Html, html } from './html.ts';
import { layout } from './page.ts';
import { phaseBar, verdictChip } from './svg.ts';

export function runDocument(record: RunRecord, now: Instant): Html {
  const { runId, verdict, trace } = record;
  return layout({
    title: `${verdict?.is ?? 'in flight'}: ${record.target} · reelwatch`,
    script: false,
    body: html`<main class="run">
      <p class="brand"><a href="/#t-${anchor(record.target)}">← all providers</a></p>
      <header class="top">
        <h1>${record.target}</h1>
        <p class="state">
          ${verdict ? verdictChip(verdict.is) : html`<span class="chip s-unknown">in flight</span>`}
          <span class="since">${time(record.startedAt, now)}, ${ago(record.startedAt, now)}</span>
        </p>
        ${verdict ? html`<p class="verdict">${causeOf(record)}${verdict.text}</p>` : null}
      </header>
      ${
        record.hasFrame
          ? html`<img
              class="still"
              src="${frameLink(runId)}"
              alt="A frame of the video that was delivered"
            />`
          : null
      }
      ${trace ? traceParts(trace) : html`<p class="card">Nothing more is known about this run${record.endedAt === null ? ' yet: it is in flight' : ''}.</p>`}
      ${facts(record)}
      <footer>
        <p><a href="${runLink(runId)}">the same as JSON</a></p>
      </footer>
    </main>`,
  });
}

export function missingRunDocument(): Html {
  return layout({
    title: 'No such run · reelwatch',
    script: false,
    body: html`<main class="run">
      <p class="brand"><a href="/">← all providers</a></p>
      <header class="top"><h1>This run is not known, or no longer.</h1></header>
      <p class="card">Old runs are cleared away; the configuration says after how long.</p>
    </main>`,
  });
}

function causeOf({ verdict }: RunRecord): Html | null {
  if (!verdict || verdict.is === 'pass' || verdict.is === 'slow') return null;
  const blame = verdict.is === 'fail' && verdict.blame === 'us' ? ' (on our side)' : '';
  return html`<b>${verdict.cause.replaceAll('_', ' ')}${blame}</b> – `;
}

function traceParts(trace: Trace): Html {
  return html`${failurePart(trace)} ${phasePart(trace)} ${findingPart(trace)} ${stepPart(trace)}`;
}

function failurePart({ failure }: Trace): Html | null {
  if (!failure) return null;
  const said = [
    `in phase ${failure.phase}`,
    failure.httpStatus === null ? null : `HTTP ${failure.httpStatus}`,
    failure.code === null ? null : `code ${failure.code}`,
    failure.network === 'unknown'
      ? null
      : `our own network ${failure.network === 'works' ? 'worked' : 'was broken'}`,
  ].filter((part) => part !== null);
  return html`<section class="card" aria-labelledby="heard">
    <h2 id="heard">What the provider said</h2>
    <pre tabindex="0">${failure.message === '' ? '(nothing)' : failure.message}</pre>
    <p class="small">${said.join(', ')}</p>
  </section>`;
}

function phasePart({ phasesMs, isResumed }: Trace): Html {
  return html`<section class="card" aria-labelledby="time">
    <h2 id="time">Where the time went</h2>
    ${phaseBar(phasesMs)}
    <ul class="legend">
      ${PHASES.map((phase) => {
        const ms = phasesMs[phase];
        return html`<li>
          <span class="swatch p-${phase}"></span>${phase} <b>${ms === undefined ? '–' : span(ms)}</b>
        </li>`;
      })}
    </ul>
    ${isResumed ? html`<p class="small">A restart or a standstill of reelwatch lay in between: these times say nothing about the provider's speed.</p>` : null}
  </section>`;
}

function findingPart({ findings, video }: Trace): Html | null {
  if (findings.length === 0 && !video) return null;
  const facts = video && [
    `${video.width}×${video.height}`,
    span(video.durationMs),
    video.codec,
    `${(video.bytes / 1e6).toFixed(2)} MB`,
    video.hasAudio ? 'with sound' : 'no sound',
  ];
  return html`<section class="card" aria-labelledby="findings">
    <h2 id="findings">The video</h2>
    <ul class="findings">
      ${findings.map(
        ({ ok, check, text }) =>
          html`<li class="${ok ? 'ok' : 'wrong'}">
            <span aria-hidden="true">${ok ? '✓' : '✕'}</span
            ><span
              ><b>${check}</b> ${text}<span class="unseen">${ok ? ' (as expected)' : ' (wrong)'}</span></span
            >
          </li>`,
      )}
    </ul>
    ${facts ? html`<p class="small">${facts.join(' · ')}</p>` : null}
  </section>`;
}

function stepPart({ steps, startedAt }: Trace): Html | null {
  if (steps.length === 0) return null;
  return html`<section class="card" aria-labelledby="steps">
    <h2 id="steps">Step by step</h2>
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">after</th>
            <th scope="col">what</th>
            <th scope="col">detail</th>
          </tr>
        </thead>
        <tbody>
          ${steps.map(
            ({ at, what, detail }) =>
              html`<tr>
                <td class="number">
                  <time datetime="${iso(at)}" title="${iso(at)}">${span(at - startedAt)}</time>
                </td>
                <th scope="row">${what}</th>
                <td class="wrap">${detail}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function facts(record: RunRecord): Html {
  const order = record.trace?.order;
  const rows: [string, string][] = [
    ['run', record.runId],
    ['why', WHY[record.why]],
    ['job', record.jobId ?? 'none was accepted'],
    [
      'cost',
      `${money(record.costUsd)}${record.trace?.cost.from === 'provider' ? ', as the provider says' : ''}`,
    ],
  ];
  if (record.endedAt !== null) rows.push(['took', span(record.endedAt - record.startedAt)]);
  if (order) rows.push(['ordered', `${order.seconds} s, ${order.width}×${order.height} (${order.aspect})`]);
  for (const note of order?.notes ?? []) rows.push(['note', note]);
  return html`<section class="card" aria-labelledby="facts">
    <h2 id="facts">The order</h2>
    <dl>
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

const WHY: Record<RunRecord['why'], string> = {
  slot: 'its turn in the schedule',
  confirm: 'a second look at a suspicion',
  recover: 'looking whether the outage is over',
  manual: 'asked for by hand',
};
