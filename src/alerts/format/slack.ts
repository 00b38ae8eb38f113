/** The Slack message of a telling. Pure. Plain links, because a link button of a webhook shows a warning when pressed
 * (https://github.com/slackapi/node-slack-sdk/issues/869, checked 2026-11-21). */

import { unreachable } from '../../core/base.ts';
import type { Instant } from '../../core/base.ts';
import { BLAME } from '../../core/classify.ts';
import type { Incident, Notice } from '../../core/model.ts';
import { subjectOf } from '../../core/effect.ts';
import type { Effect, Story, TargetStory } from '../../core/effect.ts';
import type { Telling } from '../../ports/channels.ts';
import { chaptersOf, sentenceOf } from './chapter.ts';
import type { Chapter } from './chapter.ts';
import { context, fields, header, picture, section } from './blocks.ts';
import type { Field, SlackBlock } from './blocks.ts';
import { lastErrorBlocks, whyBlocks } from './because.ts';
import { daemonBlocks } from './daemon.ts';
import { routeBlocks } from './route-blocks.ts';
import * as slack from './mrkdwn.ts';
import {
  balanceWords,
  blameWords,
  causeWords,
  cut,
  dayWords,
  moveLines,
  netMoves,
  spanWords,
  troubleWords,
} from './words.ts';

/** Matters told in one message; older ones are counted. */
const chaptersMax = 5;
/** As many pieces of evidence as an incident keeps: the count may be higher. */
const evidenceKept = 5;
/** Of one line about routes or other targets, before escaping. */
const lineCharactersMax = 400;

export interface SlackMessage {
  /** What stands in notifications and in readers without blocks: full sentences. */
  text: string;
  blocks: SlackBlock[];
}

/**
 * Builds the message. Everything that a provider said is escaped and quoted; nothing of it can mention anybody.
 * @param options.mention added, verbatim, when a target has just gone down, or weights were frozen, and still are
 * @param options.frames whether the picture of the failing run is shown; Slack fetches it from the daemon
 */
export function slackMessage(
  telling: Telling,
  options: { mention: string | null; frames: boolean },
): SlackMessage {
  const all = chaptersOf(telling);
  const told = all.slice(0, chaptersMax);
  const mention = told.some(isCallToArms) ? options.mention : null;
  const blocks = told.flatMap((chapter, index) => [
    ...(index > 0 ? [{ type: 'divider' } as const] : []),
    ...chapterBlocks(chapter, { mention: index === 0 ? mention : null, frames: options.frames }),
  ]);
  if (all.length > told.length)
    blocks.push(context(`… and ${all.length - told.length} older matters, all on the status page.`));
  const text = told.map((chapter) => `${chapter.emoji} ${sentenceOf(chapter)}`).join('\n');
  return {
    text: slack.escape(cut(text, slack.textCharactersMax / 5)),
    blocks: blocks.slice(0, slack.blocksMax),
  };
}

/**
 * Down, and not told before, or weights that reelwatch itself dares not move: worth waking somebody. What is over, or was
 * down before and relapsed, or what a person has frozen, is not.
 */
function isCallToArms({ stories, last }: Chapter): boolean {
  if (last.effect.type === 'incident.closed' || last.effect.type === 'route.thawed') return false;
  return stories.some(
    ({ effect }) =>
      (effect.type === 'route.frozen' && effect.by === 'policy' && effect.mode === 'enforce') ||
      (effect.type === 'incident.opened' && effect.health === 'down') ||
      (effect.type === 'incident.changed' && effect.to === 'down' && effect.from === 'degraded'),
  );
}

function chapterBlocks(
  chapter: Chapter,
  { mention, frames }: { mention: string | null; frames: boolean },
): SlackBlock[] {
  const { last } = chapter;
  const { effect, links } = last;
  return [
    header(`${chapter.emoji} ${chapter.headline}`),
    ...(mention === null ? [] : [section(mention)]),
    ...('target' in last
      ? bodyBlocks(chapter, last)
      : 'route' in last.effect
        ? routeBlocks(last.effect)
        : daemonBlocks(last.effect)),
    ...(frames && links.frame !== null ? [picture(links.frame, subjectOf(effect))] : []),
    ...weightBlocks(chapter),
    ...linkBlocks(links),
    context(footerOf(effect)),
  ];
}

function bodyBlocks({ stories }: Chapter, { effect, peers, moves }: TargetStory): SlackBlock[] {
  switch (effect.type) {
    case 'incident.opened':
    case 'incident.changed':
      return [
        fields([...sinceFields(effect.incident), ...countFields(effect.incident), ...routeFields(stories)]),
        ...whyBlocks(effect.incident, blameWords('provider', peers)),
      ];
    case 'incident.closed':
      return [
        fields([
          ...sinceFields(effect.incident),
          ...countFields({ ...effect.incident, why: [] }),
          ['Over', slack.date(effect.incident.firstFailureAt + effect.durationMs)],
          ['Lasted', `${spanWords(effect.durationMs)} from the first failure`],
          ...routeFields(stories),
        ]),
        section(`*What it was*  ${troubleWords(effect.incident)}.`),
        ...lastErrorBlocks({ ...effect.incident, why: [] }),
      ];
    case 'blind.began':
      return [
        section(
          `*Why*  ${causeWords(effect.cause)}.\n${slack.escape(cut(blameWords(BLAME[effect.cause], peers), lineCharactersMax))}` +
            (moves.length === 0 ? '\nIts weights stay as they are.' : ''),
        ),
        section(slack.codeBlock(effect.text)),
      ];
    case 'blind.ended':
      return [section(`*It was*  ${causeWords(effect.cause)}, for ${spanWords(effect.durationMs)}.`)];
    case 'notice.announced':
      return [fields(noticeFields(effect.notice, effect.at))];
    case 'notice.moved':
      return [
        fields([['Before', dayField(effect.from, effect.at)], ...noticeFields(effect.notice, effect.at)]),
      ];
    case 'funds.low':
      return [
        section(
          `${balanceWords(effect.funds)}\nWhen it is used up, canaries are refused and its targets cannot be watched.`,
        ),
      ];
    case 'funds.restored':
      return [section(balanceWords(effect.funds))];
    case 'target.retired':
      return [
        ...(effect.notice ? [fields(noticeFields(effect.notice, effect.at))] : []),
        section(slack.codeBlock(effect.text)),
      ];
    default:
      return unreachable(effect);
  }
}

function sinceFields(incident: Incident): Field[] {
  return [
    ['Failing since', slack.date(incident.firstFailureAt)],
    [
      'Detected',
      `${slack.date(incident.detectedAt)}, ${spanWords(incident.detectedAt - incident.firstFailureAt)} later`,
    ],
  ];
}

/** Nothing where the sentences count already. */
function countFields({ evidence, why }: Incident): Field[] {
  if (why.length > 0) return [];
  const runs = evidence.filter((piece) => piece.runId !== null).length;
  const counted = `${runs}${evidence.length >= evidenceKept ? ' or more' : ''}`;
  return [
    [
      'Failing canaries',
      counted + checkWords(evidence.filter(({ runId, by }) => runId === null && by === undefined).length),
    ],
  ];
}

function checkWords(checks: number): string {
  if (checks === 0) return '';
  return checks === 1 ? ', and 1 free check' : `, and ${checks} free checks`;
}

function routeFields(stories: readonly Story[]): Field[] {
  const routes = new Set(stories.flatMap((story) => story.moves.map((move) => move.route)));
  if (routes.size === 0) return [];
  return [['Routes', slack.fitLines([...routes].map(slack.escape), slack.fieldCharactersMax / 2)]];
}

function noticeFields(notice: Notice, now: Instant): Field[] {
  return [
    ['When', dayField(notice.effectiveAt, now)],
    ['What', slack.inlineCode(notice.subject)],
    ['Replacement', notice.replacement === null ? 'none named' : slack.inlineCode(notice.replacement)],
    ['Source', slack.link(notice.url, cut(notice.source, slack.headerCharactersMax))],
  ];
}

function dayField(at: Instant | null, now: Instant): string {
  return at === null ? 'no date given' : dayWords(at, now);
}

function weightBlocks({ stories, last }: Chapter): SlackBlock[] {
  const lines = moveLines(netMoves(stories)).map(
    (line) =>
      slack.escape(cut(`${line.route}: ${line.text}`, lineCharactersMax)) +
      (line.dryRun ? ' _(dry run: routers were not moved)_' : ''),
  );
  if (lines.length > 0) return [section(slack.fitLines(['*Weights*', ...lines], slack.sectionCharactersMax))];
  const isOver = last.effect.type === 'incident.closed' && stories.length > 1;
  return isOver && stories.some((story) => story.moves.length > 0)
    ? [section('*Weights*  as they were before.')]
    : [];
}

function linkBlocks(links: Story['links']): SlackBlock[] {
  const named: [string | null, string][] = [
    [links.run, 'Run'],
    [links.page, 'Status page'],
    [links.dashboard, 'Dashboard'],
    [links.runbook, 'Runbook'],
  ];
  const shown = named.flatMap(([url, label]) => (url === null ? [] : [slack.link(url, label)]));
  return [section(shown.join('  ·  '))];
}

function footerOf(effect: Effect): string {
  if ('incident' in effect) return slack.escape(cut(`incident ${effect.incident.id}`, lineCharactersMax));
  return `${effect.type}  ${slack.date(effect.at)}`;
}
