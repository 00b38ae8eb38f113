/** What a telling comes down to: the stories of one matter become one chapter, with one headline and one sentence. */

import { BLAME } from '../../core/classify.ts';
import { unreachable } from '../../core/base.ts';
import type { Health, Incident, Notice } from '../../core/model.ts';
import { subjectOf } from '../../core/effect.ts';
import type { Effect, Story, TargetStory } from '../../core/effect.ts';
import type { Telling } from '../../ports/channels.ts';
import { daemonHeadline, daemonSentences } from './daemon.ts';
import { routeHeadline, routeSentences } from './routes.ts';
import {
  balanceWords,
  blameWords,
  causeWords,
  dayWords,
  fundsWords,
  minuteWords,
  moveLines,
  netMoves,
  spanWords,
  troubleWords,
} from './words.ts';

/** The stories of one incident, one blindness, one notice or one freeze, oldest first. */
export interface Chapter {
  stories: [Story, ...Story[]];
  /** The story that says how things stand now. */
  last: Story;
  headline: string;
  emoji: string;
}

/** Splits a telling into chapters, the newest first. */
export function chaptersOf(telling: Telling): Chapter[] {
  const groups = new Map<string, [Story, ...Story[]]>();
  const turns = new Map<string, number>();
  for (const story of telling.stories) {
    const matter = `${subjectOf(story.effect)} ${matterOf(story.effect)}`;
    // What begins again after its end is another matter.
    const turn = turns.get(matter) ?? 0;
    if (ENDS.has(story.effect.type)) turns.set(matter, turn + 1);
    const key = `${matter} ${turn}`;
    const group = groups.get(key);
    if (group) group.push(story);
    else groups.set(key, [story]);
  }
  return [...groups.values()]
    .map((stories) => {
      const last = stories.at(-1) ?? stories[0];
      return { stories, last, ...titleOf(stories, last) };
    })
    .sort((a, b) => b.last.effect.at - a.last.effect.at);
}

const ENDS: ReadonlySet<Effect['type']> = new Set([
  'blind.ended',
  'route.thawed',
  'router.settled',
  'network.restored',
  'budget.restored',
]);

function titleOf(stories: Story[], last: Story): { emoji: string; headline: string } {
  if ('target' in last) return headlineOf(stories, last);
  const isJoined = stories.length > 1;
  return 'route' in last.effect
    ? routeHeadline(last.effect, isJoined)
    : daemonHeadline(last.effect, isJoined);
}

function matterOf(effect: Effect): string {
  switch (effect.type) {
    case 'incident.opened':
    case 'incident.changed':
    case 'incident.closed':
      return effect.incident.id;
    case 'blind.began':
    case 'blind.ended':
      return 'blind';
    case 'notice.announced':
    case 'notice.moved':
      return `notice ${effect.notice.id}`;
    case 'target.retired':
      return 'retired';
    case 'funds.low':
    case 'funds.restored':
      return 'funds';
    case 'route.frozen':
    case 'route.thawed':
      return 'frozen';
    case 'router.drifted':
    case 'router.settled':
      return `drift ${effect.sink}`;
    case 'network.lost':
    case 'network.restored':
      return 'network';
    case 'budget.low':
    case 'budget.restored':
      return 'budget';
    default:
      return unreachable(effect);
  }
}

function headlineOf(stories: Story[], { effect, target }: TargetStory): { emoji: string; headline: string } {
  const name = effect.target;
  switch (effect.type) {
    case 'incident.opened':
      return { emoji: healthEmoji(effect.health), headline: `${name} is ${effect.health}` };
    case 'incident.changed':
      return {
        emoji: healthEmoji(effect.to),
        headline: `${name} is ${stories.length > 1 ? '' : 'now '}${effect.to}`,
      };
    case 'incident.closed': {
      const was = `${effect.incident.worst} for ${spanWords(effect.durationMs)}`;
      if (effect.to === 'retired') return { emoji: '🏁', headline: `${name} was ${was} and is retired now` };
      if (stories.length > 1) return { emoji: '🟢', headline: `${name} was ${was} (over now)` };
      return { emoji: '🟢', headline: `${name} is back: it was ${was}` };
    }
    case 'blind.began':
      return { emoji: '🙈', headline: `${name} cannot be watched` };
    case 'blind.ended': {
      const span = spanWords(effect.durationMs);
      if (stories.length > 1)
        return { emoji: '👀', headline: `${name} could not be watched for ${span} (over now)` };
      return { emoji: '👀', headline: `${name} is watched again after ${span}` };
    }
    case 'notice.announced':
      return { emoji: '📣', headline: `${name} ${endWords(effect.notice)}` };
    case 'notice.moved':
      return { emoji: '📆', headline: `${name}: the date of its end moved` };
    case 'target.retired':
      return { emoji: '🏁', headline: `${name} is retired` };
    case 'funds.low':
      return { emoji: '💸', headline: `${target.provider}: ${fundsWords(effect.funds)}` };
    case 'funds.restored':
      return { emoji: '💰', headline: `${target.provider}: the account is filled again` };
    default:
      return unreachable(effect);
  }
}

function healthEmoji(health: Health): string {
  if (health === 'down') return '🔴';
  if (health === 'healthy') return '🟢';
  return health === 'recovering' ? '🟡' : '🟠';
}

function endWords(notice: Notice): string {
  if (notice.effectiveAt === null)
    return notice.kind === 'retired' ? 'is announced as retired' : 'will be retired, no date given';
  const day = new Date(notice.effectiveAt).toISOString().slice(0, 10);
  return notice.kind === 'retired' ? `is announced as retired on ${day}` : `will be retired on ${day}`;
}

/** One chapter in full sentences of plain text, for notifications, logs and readers without blocks. */
export function sentenceOf(chapter: Chapter): string {
  const { last } = chapter;
  const more =
    'target' in last
      ? moreOf(last)
      : 'route' in last.effect
        ? routeSentences(last.effect)
        : daemonSentences(last.effect);
  return [`${chapter.headline}.`, ...more, weightsWords(chapter)].filter((part) => part !== '').join(' ');
}

function moreOf({ effect, peers }: TargetStory): string[] {
  switch (effect.type) {
    case 'incident.opened':
    case 'incident.changed':
      return [
        ...believedWords(effect.incident),
        `${whyWords(effect.incident)}.`,
        blameWords('provider', peers),
      ];
    case 'incident.closed':
      return [`${whyWords(effect.incident)}.`];
    case 'blind.began':
      return [`The reason: ${causeWords(effect.cause)}.`, blameWords(BLAME[effect.cause], peers)];
    case 'blind.ended':
      return [`The reason was: ${causeWords(effect.cause)}.`];
    case 'notice.announced':
      return noticeWords(effect.notice, effect.at);
    case 'notice.moved': {
      const from = effect.from === null ? 'no date' : dayWords(effect.from, effect.at);
      const to =
        effect.notice.effectiveAt === null ? 'no date' : dayWords(effect.notice.effectiveAt, effect.at);
      return [`It was ${from}; it is now ${to}.`];
    }
    case 'target.retired':
      return effect.notice ? noticeWords(effect.notice, effect.at) : [];
    case 'funds.low':
      return [balanceWords(effect.funds), 'What else the account pays for makes it last shorter.'];
    case 'funds.restored':
      return [balanceWords(effect.funds)];
    default:
      return unreachable(effect);
  }
}

/** The most telling sentence; the counts behind it stand in the blocks. */
function believedWords({ why }: Incident): string[] {
  return why.slice(0, 1).map((sentence) => `${sentence}.`);
}

function whyWords(incident: Incident): string {
  return `First failure ${minuteWords(incident.firstFailureAt)}: ${troubleWords(incident)}`;
}

function noticeWords(notice: Notice, now: number): string[] {
  const words = [];
  if (notice.effectiveAt !== null) words.push(`The date: ${dayWords(notice.effectiveAt, now)}.`);
  words.push(
    notice.replacement === null ? 'No replacement is named.' : `Replacement: ${notice.replacement}.`,
  );
  return words;
}

function weightsWords({ stories }: Chapter): string {
  const lines = moveLines(netMoves(stories));
  if (lines.length === 0) return '';
  return `Weights: ${lines.map((line) => `${line.route}: ${line.text}${line.dryRun ? ' (dry run)' : ''}`).join('; ')}.`;
}
