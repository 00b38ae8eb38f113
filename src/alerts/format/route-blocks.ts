/** What Slack shows of a route: what is held and until when, or what a router holds instead. */

import { unreachable } from '../../core/base.ts';
import type { HeldWeight, RouteEffect } from '../../core/effect.ts';
import { fields, section } from './blocks.ts';
import type { SlackBlock } from './blocks.ts';
import * as slack from './mrkdwn.ts';
import { driftWords, endedWords, endWords, heldWords, settledWords, whoWords } from './routes.ts';
import { cut, spanWords } from './words.ts';

/** Of one line, and of a name in a field, before escaping. */
const lineCharactersMax = 400;
const nameCharactersMax = 200;

export function routeBlocks(effect: RouteEffect): SlackBlock[] {
  switch (effect.type) {
    case 'route.frozen':
      return frozenBlocks(effect);
    case 'route.thawed':
      return [
        fields([
          ['Frozen since', slack.date(effect.since)],
          ['Lasted', spanWords(effect.durationMs)],
        ]),
        section(line(`${endedWords(effect)}.`)),
      ];
    case 'router.drifted':
      return [
        fields([
          ['Router', slack.inlineCode(effect.sink)],
          ['Route', name(effect.route)],
          ['Seen', slack.date(effect.at)],
          ['It had applied', `generation ${effect.generation}`],
        ]),
        // What a router answers may hold anything.
        section(
          slack.fitLines(
            ['*What differs*', ...effect.what.map((what) => `•  ${slack.inlineCode(what)}`)],
            slack.sectionCharactersMax,
          ),
        ),
        section(driftWords()),
      ];
    case 'router.settled':
      return [
        fields([
          ['Differed since', slack.date(effect.since)],
          ['Lasted', spanWords(effect.durationMs)],
        ]),
        section(`${settledWords(effect.times)}.`),
      ];
    default:
      return unreachable(effect);
  }
}

function frozenBlocks(effect: Extract<RouteEffect, { type: 'route.frozen' }>): SlackBlock[] {
  const { since, by, why, mode, held, out } = effect;
  const dry = mode === 'dry_run' ? ' _(dry run: routers are not moved anyway)_' : '';
  return [
    fields([
      ['Frozen since', slack.date(since)],
      ['By', name(whoWords(by))],
    ]),
    section(`*Why*  ${line(why)}.`),
    ...(out.length === 0
      ? []
      : [
          lines(
            '*Providers that are out*',
            out.map((one) => `•  ${line(one.provider)}, since ${slack.date(one.since)}`),
          ),
        ]),
    lines(
      `*Weights that are held*${dry}`,
      held.map((one) => `•  ${line(heldWords(one))}${isWasted(one) ? ' – still gets jobs' : ''}`),
    ),
    section(
      `*What to do*  ${endWords(effect, { instant: slack.date, command: slack.inlineCode })}.\n` +
        (by === 'policy'
          ? `Is it us – our network, our key, our prompts? Then leave it. Is it them? Then thaw it: the weights move at once.`
          : 'Until then no outage moves these weights.'),
    ),
  ];
}

/** A held weight sends jobs to a target that makes no videos. */
function isWasted({ weight, state }: HeldWeight): boolean {
  return weight > 0 && (state === 'down' || state === 'retired');
}

function lines(title: string, rest: string[]): SlackBlock {
  return section(slack.fitLines([title, ...rest], slack.sectionCharactersMax));
}

function name(text: string): string {
  return slack.escape(cut(text, nameCharactersMax));
}

function line(text: string): string {
  return slack.escape(cut(text, lineCharactersMax));
}
