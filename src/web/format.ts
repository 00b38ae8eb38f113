/** How instants, spans and money are written for people. All times are UTC. */

import type { Instant } from '../core/base.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../core/base.ts';
import type { RunId, TargetId } from '../core/model.ts';
import { type Html, html } from './html.ts';

/** `2026-11-21T19:40:05.000Z`. */
export function iso(at: Instant): string {
  return new Date(at).toISOString();
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12:03 UTC` today, `21 Nov 12:03 UTC` on another day, with the year where it is another one. */
export function clockTime(at: Instant, now: Instant): string {
  const text = iso(at);
  const time = `${text.slice(11, 16)} UTC`;
  if (text.slice(0, 10) === iso(now).slice(0, 10)) return time;
  const year = text.slice(0, 4) === iso(now).slice(0, 4) ? '' : ` ${text.slice(0, 4)}`;
  return `${Number(text.slice(8, 10))} ${MONTHS[Number(text.slice(5, 7)) - 1] ?? ''}${year} ${time}`;
}

/** `2027-03-31`. */
export function day(at: Instant): string {
  return iso(at).slice(0, 10);
}

/** `0.4 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function span(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < 10 * SECOND) return `${Math.round(ms / 100) / 10} s`;
  const whole = Math.round(ms / SECOND) * SECOND;
  if (whole < MINUTE) return `${whole / SECOND} s`;
  if (whole < HOUR) return pair(whole, MINUTE, 'min', SECOND, 's');
  if (whole < DAY) return pair(whole, HOUR, 'h', MINUTE, 'min');
  return pair(whole, DAY, 'd', HOUR, 'h');
}

/** `$1.20`, `$20,000`; what is under a cent but not nothing keeps two digits that say something. */
export function money(usd: number): string {
  if (usd !== 0 && Math.abs(usd) < 0.01) return `$${Number(usd.toPrecision(2))}`;
  if (Math.abs(usd) >= 1_000) return `$${Math.round(usd).toLocaleString('en-US')}`;
  return `$${usd.toFixed(2)}`;
}

/** `0.4 %`, `12 %`, `99.7 %`: digits where they say something. */
export function percent(share: number): string {
  const isMiddling = share >= 0.1 && share <= 0.9;
  return `${(100 * share).toFixed(isMiddling ? 0 : 1)} %`;
}

/** An instant as it is, the whole of it on hover. */
export function time(at: Instant, now: Instant): Html {
  return html`<time datetime="${iso(at)}" title="${iso(at)}">${clockTime(at, now)}</time>`;
}

/** The same, told as a distance ("3 min ago") by the page's script, so that an unchanged page stays byte-equal. */
export function ago(at: Instant, now: Instant): Html {
  return html`<time datetime="${iso(at)}" title="${iso(at)}" data-ago>${clockTime(at, now)}</time>`;
}

/** An instant and, by the script, how long it has been: `12:03 UTC, 2 h 5 min`. */
export function since(at: Instant, now: Instant): Html {
  return html`${time(at, now)}<time class="for" datetime="${iso(at)}" data-for></time>`;
}

export function runPage(runId: RunId): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

export function runLink(runId: RunId): string {
  return `/v1/runs/${encodeURIComponent(runId)}`;
}

export function frameLink(runId: RunId): string {
  return `${runLink(runId)}/frame`;
}

export function targetPage(target: TargetId): string {
  return `/targets/${encodeURIComponent(target)}`;
}

export function targetLink(target: TargetId): string {
  return `/v1/targets/${encodeURIComponent(target)}`;
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const bigs = Math.floor(ms / big);
  const smalls = Math.floor((ms % big) / small);
  return smalls === 0 ? `${bigs} ${bigName}` : `${bigs} ${bigName} ${smalls} ${smallName}`;
}
