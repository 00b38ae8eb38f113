/** Slack's blocks, as far as we use them, each within its limits. */

import * as slack from './mrkdwn.ts';
import { cut } from './words.ts';

interface Mrkdwn {
  type: 'mrkdwn';
  text: string;
}

export type SlackBlock =
  | { type: 'header'; text: { type: 'plain_text'; text: string; emoji: true } }
  | { type: 'section'; text: Mrkdwn }
  | { type: 'section'; fields: Mrkdwn[] }
  | { type: 'context'; elements: Mrkdwn[] }
  | { type: 'divider' }
  | { type: 'image'; image_url: string; alt_text: string };

export type Field = [label: string, text: string];

export function header(text: string): SlackBlock {
  return {
    type: 'header',
    text: { type: 'plain_text', text: cut(text, slack.headerCharactersMax), emoji: true },
  };
}

export function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

export function fields(named: Field[]): SlackBlock {
  return {
    type: 'section',
    fields: named
      .slice(0, slack.fieldsMax)
      .map(([label, text]) => ({ type: 'mrkdwn', text: `*${label}*\n${text}` })),
  };
}

export function picture(url: string, target: string): SlackBlock {
  return {
    type: 'image',
    image_url: url,
    alt_text: cut(`what ${target} delivered`, slack.headerCharactersMax),
  };
}

export function context(text: string): SlackBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] };
}
