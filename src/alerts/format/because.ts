/** Why an incident is believed, as Slack shows it: sentences to check, and the last error once. */

import type { Evidence, Incident } from '../../core/model.ts';
import { section } from './blocks.ts';
import type { SlackBlock } from './blocks.ts';
import * as slack from './mrkdwn.ts';
import { cut, troubleWords } from './words.ts';

/** Of one line, before escaping. */
const lineCharactersMax = 400;
/** An error that is longer, or has several lines, stands in a block of its own. */
const inlineCharactersMax = 120;

/** @param blame the "them or us" line */
export function whyBlocks(incident: Incident, blame: string): SlackBlock[] {
  const { evidence, why } = incident;
  const [believed, ...more] = why;
  const lead = believed === undefined ? '' : `${slack.escape(cut(believed, lineCharactersMax))}: `;
  const theirs = slack.escape(cut(blame, lineCharactersMax));
  const lines = [
    `*Why*  ${lead}${troubleWords(incident)}.`,
    ...more.map((sentence) => `•  ${sentenceText(sentence, evidence)}`),
  ];
  const because = slack.fitLines(lines, slack.sectionCharactersMax - theirs.length - 1);
  return [section(`${because}\n${theirs}`), ...lastErrorBlocks(incident)];
}

/** What an incident's newest evidence said, verbatim; nothing where a sentence has quoted it. */
export function lastErrorBlocks({ evidence, why }: Incident): SlackBlock[] {
  const [newest] = evidence;
  if (!newest) return [];
  if (isShort(newest.text) && why.some((sentence) => quotedIn(sentence, [newest]) !== null)) return [];
  return [section(`*Last error*  ${slack.date(newest.at)}\n${slack.codeBlock(newest.text)}`)];
}

/**
 * An error within a sentence is shown as code, where nothing in it becomes a link or bold. A long one is left out where
 * the last error says it anyway.
 */
function sentenceText(sentence: string, evidence: readonly Evidence[]): string {
  const error = quotedIn(sentence, evidence);
  if (error === null) return slack.escape(cut(sentence, lineCharactersMax));
  const own = slack.escape(cut(sentence.slice(0, -quote(error).length), lineCharactersMax));
  const isLast = error === evidence[0]?.text;
  return isLast && !isShort(error) ? own : `${own} (${slack.inlineCode(error)})`;
}

/** The error that a sentence ends in: `3 of 3 canaries bad since 14:02 UTC (HTTP 503)`. */
function quotedIn(sentence: string, evidence: readonly Evidence[]): string | null {
  return evidence.find(({ text }) => sentence.endsWith(quote(text)))?.text ?? null;
}

function quote(text: string): string {
  return ` (${text})`;
}

function isShort(text: string): boolean {
  return text.length <= inlineCharactersMax && !text.includes('\n');
}
