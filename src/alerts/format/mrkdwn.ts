/**
 * Slack's text format and its limits: https://docs.slack.dev/messaging/formatting-message-text and
 * https://docs.slack.dev/reference/block-kit/blocks, checked 2026-11-21.
 */

import type { Instant } from '../../core/base.ts';
import { cut, isoWords } from './words.ts';

export const headerCharactersMax = 150;
export const sectionCharactersMax = 3_000;
export const fieldCharactersMax = 2_000;
export const fieldsMax = 10;
export const blocksMax = 50;
export const textCharactersMax = 4_000;
/** Of an error that is shown; five times as long when every character has to be escaped, and still a section. */
const quotedCharactersMax = 550;
const nameCharactersMax = 200;
const urlCharactersMax = 1_000;

/** Text that Slack shows as it is: without this, `<!channel>` in an error message would wake everybody. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Foreign text in a code block that it cannot leave: a grave accent that is no backtick stands for each backtick. */
export function codeBlock(text: string): string {
  return `\`\`\`${escape(cut(harmless(text), quotedCharactersMax)) || ' '}\`\`\``;
}

/** A foreign name in one line of code. */
export function inlineCode(text: string): string {
  const line = harmless(text).replaceAll(/\s+/g, ' ').trim();
  return `\`${escape(cut(line, nameCharactersMax)) || ' '}\``;
}

function harmless(text: string): string {
  // Control characters show as nothing or as boxes; new lines and tabs may stay.
  return text.replaceAll('`', 'ˋ').replaceAll(/[^\P{Cc}\n\t]/gu, '');
}

/** `<url|label>`; the bare label where the address is not a web address or absurdly long. */
export function link(address: string, label: string): string {
  if (!URL.canParse(address)) return escape(label);
  const { protocol, href } = new URL(address);
  const url = escape(href.replaceAll(/[|<>]/g, (sign) => encodeURIComponent(sign)));
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && url.length <= urlCharactersMax ? `<${url}|${escape(label)}>` : escape(label);
}

/** An instant in the reader's own time zone, with the ISO form where Slack cannot. */
export function date(at: Instant): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time_secs}|${isoWords(at)}>`;
}

/** As many whole lines as fit; says how many are missing. */
export function fitLines(lines: readonly string[], charactersMax: number): string {
  const room = charactersMax - '\n… and 999999 more'.length;
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > room && kept.length < lines.length) break;
    kept.push(line);
  }
  const missing = lines.length - kept.length;
  return kept.join('\n') + (missing > 0 ? `\n… and ${missing} more` : '');
}
