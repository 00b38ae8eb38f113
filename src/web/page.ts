/** The status page as HTML. Its script fetches the same `main` again and changes only what differs. */

import type { Board, BoardProvider } from './board.ts';
import { ago, money, time } from './format.ts';
import { type Html, html } from './html.ts';
import { routeCard } from './page-route.ts';
import { meter, sign } from './svg.ts';
import { targetCard } from './page-target.ts';

/** A whole document around some content; used by every page. */
export function layout(page: { title: string; body: Html; script: boolean }): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${page.title}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/page.css" />
        <script src="/assets/page.js" type="module"></script>
      </head>
      <body${page.script ? html` data-live` : null}>
        ${page.body}
      </body>
    </html>`;
}

export function statusPage(board: Board): Html {
  return layout({
    title: titleOf(board),
    script: true,
    body: html`<p id="link" role="status" hidden></p>
      ${fragment(board)}
      <noscript
        ><p class="notice-line">
          Reload this page to see anything newer: scripts are switched off.
        </p></noscript
      >`,
  });
}

/** The tab says what is wrong even while nobody looks at the page. */
export function titleOf(board: Board): string {
  const { short } = board.headline;
  return short === '' ? 'reelwatch' : `${short} · reelwatch`;
}

/** All that changes. Byte-equal as long as nothing did: distances in time are left to the script. */
export function fragment(board: Board): Html {
  return html`<main id="board">
    ${header(board)} ${board.providers.map((provider) => providerSection(provider, board.now))}
    ${
      board.routes.length === 0
        ? null
        : html`<section class="routes" aria-labelledby="routes-title">
            <h2 id="routes-title">Routes</h2>
            <div class="grid">${board.routes.map((route) => routeCard(route, board))}</div>
          </section>`
    }
    ${footer(board)}
  </main>`;
}

const DRIFTS_SHOWN_MAX = 5;

function header(board: Board): Html {
  const { headline, silentSince, outbox, lag } = board;
  return html`<header class="top tone-${headline.tone}">
    <p class="brand"><span class="reel" aria-hidden="true"></span>reelwatch</p>
    <div class="headline">
      ${sign(headline.tone)}
      <h1 aria-live="polite">${headline.text}</h1>
    </div>
    <p class="facts">
      <span>last sign of life ${ago(board.lastTickAt, board.now)}</span>
      <span>${board.flights === 0 ? 'no canary in flight' : `${board.flights} in flight`}</span>
      <span
        >${board.spentUsd === null ? 'spending unknown' : money(board.spentUsd)} of
        ${money(board.totalBudgetUsd)} in 24 h</span
      >
      <span>all times UTC</span>
    </p>
    ${
      silentSince === null
        ? null
        : html`<p class="alarm" role="alert">
            reelwatch itself has been silent since ${time(silentSince, board.now)}. What follows is old:
            routers go back to their base weights.
          </p>`
    }
    ${outbox === null ? html`<p class="alarm" role="alert">The store cannot be read right now; figures are missing.</p>` : null}
    ${
      outbox !== null && outbox.dead > 0
        ? html`<p class="notice-line">
            <a href="/v1/outbox">${plural(outbox.dead, 'message')}</a> could not be delivered and
            ${outbox.dead === 1 ? 'was' : 'were'} given up.
          </p>`
        : null
    }
    ${
      lag > 0
        ? html`<p class="notice-line">
            <a href="/v1/outbox">${plural(lag, 'router')}</a> ${lag === 1 ? 'has' : 'have'} not taken the
            newest weights yet.
          </p>`
        : null
    }
    ${board.drifts
      .slice(0, DRIFTS_SHOWN_MAX)
      .map(
        ({ sink, route, since }) =>
          html`<p class="notice-line">
            <a href="/v1/outbox">${sink}</a> was found to hold other weights of ${route} than ours, since
            ${time(since, board.now)}. Somebody else writes to it, or it forgets.
          </p>`,
      )}
  </header>`;
}

/** An account that lasts longer needs no count of its days. */
const FUNDS_DAYS_SHOWN_MAX = 60;

function providerSection(provider: BoardProvider, now: number): Html {
  const { spentUsd, budgetUsd } = provider;
  return html`<section class="provider" aria-labelledby="p-${provider.id}" data-key="p-${provider.id}">
    <div class="provider-head">
      <h2 id="p-${provider.id}">${provider.id}</h2>
      ${
        budgetUsd === null
          ? null
          : html`<p class="spend">
              <span>${spentUsd === null ? '?' : money(spentUsd)} of ${money(budgetUsd)}</span>
              ${meter(spentUsd ?? 0, budgetUsd, 'money')}
            </p>`
      }
      ${provider.funds === null ? null : account(provider.funds)}
    </div>
    ${provider.targets.map((target) => targetCard(target, now))}
  </section>`;
}

function account({ usd, daysLeft, isLow }: NonNullable<BoardProvider['funds']>): Html {
  const lasts =
    daysLeft === null || (!isLow && daysLeft > FUNDS_DAYS_SHOWN_MAX)
      ? null
      : html`, ${daysLeft < 1 ? 'less than a day' : plural(Math.floor(daysLeft), 'day')} of canaries`;
  return html`<p class="${isLow ? 'account low' : 'account'}">account ${money(usd)}${lasts}</p>`;
}

function footer(board: Board): Html {
  const { outbox } = board;
  return html`<footer>
    <p>
      <span>generation <b>${board.index}</b></span>
      <span>valid until ${time(board.validUntil, board.now)}</span>
      <span
        ><a href="/v1/outbox">outbox</a>
        ${outbox === null ? 'unknown' : outbox.due === 0 ? 'empty' : `${outbox.due} waiting`}</span
      >
      <span>reelwatch ${board.version}</span>
    </p>
    <nav aria-label="For machines">
      <a href="/v1/status">status</a> <a href="/v1/runs">runs</a> <a href="/metrics">metrics</a>
      <a href="/healthz">health</a> <a href="/docs/">API</a>
    </nav>
  </footer>`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
