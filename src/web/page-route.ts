/** A route on the status page: its weights, and what people have said of them. */

import type { Instant } from '../core/base.ts';
import { FILE_AUTHOR } from '../core/hands.ts';
import type { Frozen, Pin } from '../core/route.ts';
import type { Board, BoardRoute } from './board.ts';
import { time } from './format.ts';
import { type Html, html } from './html.ts';
import { chip, meter } from './svg.ts';

/** When a freeze ends that no person has made. */
const ENDS: Record<string, string> = {
  policy: 'Until fewer are out, or a person lifts it.',
  [FILE_AUTHOR]: 'Until the file is removed.',
};

export function routeCard(route: BoardRoute, board: Board): Html {
  return html`<article class="card route" data-key="r-${route.id}">
    <h3>
      ${route.id} ${route.isDryRun ? html`<span class="tag">dry run</span>` : null}
      ${route.posture === 'normal' ? null : html`<span class="tag strong">${route.posture}</span>`}
    </h3>
    ${route.frozen === null ? null : frozenLine(route.frozen, board.now)}
    <table>
      <caption class="unseen">
        Weights of route ${route.id}
      </caption>
      <thead>
        <tr>
          <th scope="col">target</th>
          <th scope="col" class="number">weight</th>
          <th scope="col" class="number">base</th>
          <th scope="col">state</th>
        </tr>
      </thead>
      <tbody>
        ${route.members.map(
          (member) =>
            html`<tr data-key="${member.target}">
              <th scope="row">
                ${breakable(member.target)}${member.pin === null ? null : pinLine(member.pin, board.now)}
              </th>
              <td class="number">
                <span class="weighed">${meter(member.weight, 100, 'weight')}<b>${member.weight}</b></span>
              </td>
              <td class="number">${member.baseWeight}</td>
              <td title="${member.reason.text}">${chip(member.state)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${
      route.fallback.length === 0
        ? null
        : html`<p class="small">After a failure try: ${route.fallback.join(' → ')}</p>`
    }
    ${
      route.posture === 'panic'
        ? html`<p class="small">
            No target deserves weight, so the base weights stand: refusing every job would help nobody.
          </p>`
        : null
    }
    <p class="small">valid until ${time(board.validUntil, board.now)}</p>
  </article>`;
}

function frozenLine({ by, why, since, until }: Frozen, now: Instant): Html {
  return html`<p class="notice-line">
    Frozen by ${by === FILE_AUTHOR ? 'the freeze file' : by} since ${time(since, now)}: ${why}.
    ${until === undefined ? (ENDS[by] ?? 'Until it is lifted.') : html`Until ${time(until, now)}.`}
  </p>`;
}

function pinLine({ weight, author, reason, until }: Pin, now: Instant): Html {
  const what = weight === 'exclude' ? 'Excluded' : `Pinned at ${weight}`;
  return html`<p class="small">${what} by ${author} until ${time(until, now)}: ${reason}</p>`;
}

/** Lets a long id break where a reader would. */
function breakable(id: string): Html {
  return html`${id.split('/').map((part, i) => (i === 0 ? part : html`/<wbr />${part}`))}`;
}
