/** Slack's messages as HTML: Block Kit, mrkdwn and attachments. Everything that came from outside is escaped. */

import { asObject, asText, escapeHtml } from './answers.ts';

type Holder = Record<string, unknown>;

const BLOCKS_MAX = 50;
const ATTACHMENTS_MAX = 20;

const EMOJI: Readonly<Record<string, string>> = {
  large_purple_circle: '🟣',
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  warning: '⚠️',
  rotating_light: '🚨',
  fire: '🔥',
  bell: '🔔',
  no_bell: '🔕',
  mute: '🔇',
  eyes: '👀',
  see_no_evil: '🙈',
  calendar: '📅',
  date: '📅',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  stopwatch: '⏱️',
  moneybag: '💰',
  money_with_wings: '💸',
  key: '🔑',
  mag: '🔍',
  link: '🔗',
  movie_camera: '🎥',
  clapper: '🎬',
  tada: '🎉',
  turtle: '🐢',
  snail: '🐌',
  skull: '💀',
  headstone: '🪦',
  wastebasket: '🗑️',
  chart_with_upwards_trend: '📈',
  chart_with_downwards_trend: '📉',
  arrow_up: '⬆️',
  arrow_down: '⬇️',
  arrow_right: '➡️',
  twisted_rightwards_arrows: '🔀',
  information_source: 'ℹ️',
  question: '❓',
  exclamation: '❗',
  construction: '🚧',
  zap: '⚡',
  rocket: '🚀',
  wave: '👋',
  dash: '💨',
};

/** Drawn, so that states show their colour where no emoji font is installed. */
const DOTS: Readonly<Record<string, string>> = {
  red_circle: '#dd2e44',
  large_red_circle: '#dd2e44',
  large_orange_circle: '#f4900c',
  large_yellow_circle: '#fdcb58',
  large_green_circle: '#78b159',
  large_blue_circle: '#55acee',
  white_circle: '#d0d3d6',
  black_circle: '#31373d',
};

/** One webhook payload as HTML. */
export function renderMessage(payload: Holder): string {
  const blocks = renderBlocks(payload['blocks']);
  const body = blocks === '' ? paragraph(asText(payload['text'])) : blocks;
  const attachments = asList(payload['attachments'], ATTACHMENTS_MAX).map(renderAttachment).join('');
  return body + attachments;
}

/** Slack's mrkdwn as HTML. */
export function renderMrkdwn(text: string): string {
  // Code and links are set aside behind a private character, so that `*<url|bold link>*` and quotes keep working.
  const aside: string[] = [];
  const words = text.replaceAll(ASIDE, '').replace(/```[\s\S]*?```|`[^`\n]+`|<[^<>\n]+>/g, (token) => {
    aside.push(renderToken(token));
    return `${ASIDE}${aside.length - 1}${ASIDE}`;
  });
  return renderWords(words)
    .split(ASIDE)
    .map((part, index) => (index % 2 === 1 ? (aside[Number(part)] ?? '') : part))
    .join('');
}

const ASIDE = '\uE000';

function renderToken(token: string): string {
  if (token.startsWith('```')) return `<pre>${escapeSent(token.slice(3, -3).replace(/^\n/, ''))}</pre>`;
  if (token.startsWith('`')) return `<code>${escapeSent(token.slice(1, -1))}</code>`;
  const [address = '', label] = token.slice(1, -1).split('|', 2);
  if (address.startsWith('!date^') || /^[!@#]/.test(address)) {
    const name = label ?? address.replace(/^[!@#]/, '');
    return address.startsWith('!date^')
      ? escapeSent(name)
      : `<span class="mention">@${escapeSent(name)}</span>`;
  }
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return escapeHtml(token);
  return link(unescapeSent(address), label === undefined ? escapeSent(address) : renderWords(label));
}

function renderWords(text: string): string {
  return escapeSent(text)
    .replace(/(^|[\s(])\*([^*\n]+)\*(?=$|[\s).,:;!?])/g, '$1<b>$2</b>')
    .replace(/(^|[\s(])_([^_\n]+)_(?=$|[\s).,:;!?])/g, '$1<i>$2</i>')
    .replace(/(^|[\s(])~([^~\n]+)~(?=$|[\s).,:;!?])/g, '$1<s>$2</s>')
    .replace(/:([a-z0-9_+-]+):/g, emoji)
    .replace(/(^|\n)&gt; ?([^\n]*)\n?/g, '$1<blockquote>$2</blockquote>')
    .replaceAll('\n', '<br>');
}

function emoji(whole: string, name: string): string {
  if (Object.hasOwn(DOTS, name))
    return `<i class="dot" style="background:${DOTS[name]}" title="${name}"></i>`;
  return Object.hasOwn(EMOJI, name) ? (EMOJI[name] ?? whole) : whole;
}

function renderBlocks(blocks: unknown): string {
  return asList(blocks, BLOCKS_MAX).map(renderBlock).join('');
}

function renderBlock(block: Holder): string {
  switch (block['type']) {
    case 'header':
      return `<h3>${renderText(block['text'])}</h3>`;
    case 'section':
      return renderSection(block);
    case 'context':
      return `<div class="context">${asList(block['elements'], 10).map(renderElement).join('')}</div>`;
    case 'divider':
      return '<hr>';
    case 'image':
      return image(block, 'picture');
    case 'actions':
      return `<div>${asList(block['elements'], 25).map(renderElement).join('')}</div>`;
    default:
      return `<div class="context">[block ${escapeHtml(asText(block['type']))} is not shown here]</div>`;
  }
}

function renderSection(block: Holder): string {
  const text = renderText(block['text']);
  const fields = asList(block['fields'], 10).map((field) => `<div>${renderText(field)}</div>`);
  const grid = fields.length === 0 ? '' : `<div class="fields">${fields.join('')}</div>`;
  const accessory = asObject(block['accessory']);
  const side =
    accessory === null
      ? ''
      : accessory['type'] === 'image'
        ? image(accessory, 'accessory')
        : `<span>${renderElement(accessory)}</span>`;
  return `<div class="section"><div>${text}${grid}</div>${side}</div>`;
}

function renderElement(element: Holder): string {
  if (element['type'] === 'image') return image(element, 'small');
  if (element['type'] !== 'button') return `<span>${renderText(element)}</span>`;
  const style = element['style'] === 'primary' || element['style'] === 'danger' ? ` ${element['style']}` : '';
  const address = asText(element['url']);
  const label = renderText(element['text']);
  return /^https?:\/\//i.test(address)
    ? `<a class="button${style}" href="${escapeHtml(address)}" rel="noreferrer" target="_blank">${label}</a>`
    : `<span class="button${style}">${label}</span>`;
}

/** A text object: mrkdwn with its marks, plain text with emoji only. */
function renderText(given: unknown): string {
  const object = asObject(given);
  const text = asText(object?.['text']);
  if (object?.['type'] === 'mrkdwn') return renderMrkdwn(text);
  return escapeHtml(text)
    .replace(/:([a-z0-9_+-]+):/g, emoji)
    .replaceAll('\n', '<br>');
}

function renderAttachment(attachment: Holder): string {
  const given = asText(attachment['color']);
  const named: Record<string, string> = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };
  const colour = /^#[0-9a-f]{6}$/i.test(given) ? given : (named[given] ?? '#ddd');
  const blocks = renderBlocks(attachment['blocks']);
  const title = asText(attachment['title']);
  const address = asText(attachment['title_link']);
  const heading = /^https?:\/\//i.test(address) ? link(address, renderWords(title)) : renderWords(title);
  const fields = asList(attachment['fields'], 20).map(
    (field) =>
      `<div><b>${escapeHtml(asText(field['title']))}</b><br>${renderMrkdwn(asText(field['value']))}</div>`,
  );
  const old = [
    asText(attachment['pretext']) === '' ? '' : paragraph(asText(attachment['pretext'])),
    title === '' ? '' : `<div><b>${heading}</b></div>`,
    asText(attachment['text']) === '' ? '' : paragraph(asText(attachment['text'])),
    fields.length === 0 ? '' : `<div class="fields">${fields.join('')}</div>`,
    asText(attachment['footer']) === ''
      ? ''
      : `<div class="context">${renderMrkdwn(asText(attachment['footer']))}</div>`,
  ].join('');
  return `<div class="attachment"><div class="bar" style="background:${colour}"></div><div>${blocks}${old}</div></div>`;
}

function paragraph(text: string): string {
  return text === '' ? '' : `<div class="section"><div>${renderMrkdwn(text)}</div></div>`;
}

function image(holder: Holder, className: string): string {
  const address = asText(holder['image_url']);
  const alt = escapeHtml(asText(holder['alt_text']));
  if (!/^(https?:\/\/|data:image\/)/i.test(address)) return alt;
  return `<img class="${className}" src="${escapeHtml(address)}" alt="${alt}" loading="lazy">`;
}

function link(address: string, label: string): string {
  return `<a href="${escapeHtml(address)}" rel="noreferrer" target="_blank">${label}</a>`;
}

/** Senders escape `&`, `<` and `>` themselves; this undoes it and escapes everything for HTML. */
function escapeSent(text: string): string {
  return escapeHtml(unescapeSent(text));
}

function unescapeSent(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function asList(value: unknown, max: number): Holder[] {
  const items: unknown[] = Array.isArray(value) ? value.slice(0, max) : [];
  return items.map(asObject).filter((item) => item !== null);
}
