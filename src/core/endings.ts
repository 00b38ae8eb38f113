/** How errors speak of the end of a model: whether they do, since when, and what comes after it. */

/** Said of something that has come to its end. */
const ENDED =
  /\b(has|have|had) been (deprecated|retired|discontinued|decommissioned|shut ?down|sunset(ted)?|removed|turned off)\b|\b(was|is|are|were)( now)? (deprecated|retired|discontinued|decommissioned|shut ?down|sunset|in deprecating state)\b|\b(is |are )?no longer (available|supported|accessible|offered|served|active)\b|\bend[ -]of[ -](its |their )?(life|support)\b|\bperiod has ended\b|\bbetter models available\b|\b(is |was |are )?(being )?(sunset|decommissioned)\b|已下线|已停用|已下架|已退役|已废弃|停止服务|不再(支持|提供|可用)/i;
/** Said of a part of the interface: then it is our request that is out of date, and the model lives on. */
const PART =
  /\b(parameters?|fields?|arguments?|options?|headers?|properties|property|features?|tools?|searches|search|methods?|api versions?)\b|\b(for|by|with|in) (this|the|that) (model|engine|endpoint)\b|^\W*[`'"]?\w+[`'"]? (is|are|has been) \w+ (for|by|with)\b/i;
const MODEL =
  /\b(models?|engines?|versions?|snapshots?|deployments?|checkpoints?|endpoints?|period)\b|[a-z]\w*[-./]\w*\d|模型/i;

const TEXT_CHARACTERS_MAX = 2_000;
const WORDS_CHARACTERS_MAX = 100;

export interface End {
  /** A model's end, or that of a part of the interface, which makes our request the thing that is wrong. */
  cause: 'retired' | 'bad_request';
  /** The words that say so. */
  words: string;
}

/**
 * Finds words of an end; null where there are none. Only the sentence around them tells what has ended.
 * @param isGone the status says that what was asked for is not there: then it need not be named
 */
export function endIn(given: string, isGone = false): End | null {
  const text = given.slice(0, TEXT_CHARACTERS_MAX);
  const found = ENDED.exec(text);
  if (found === null) return null;
  const before = Math.max(...['. ', '! ', '? '].map((stop) => text.lastIndexOf(stop, found.index)));
  const after = text.slice(found.index).search(/[.!](\s|$)/);
  const sentence = text.slice(before + 1, after < 0 ? undefined : found.index + after);
  const cause = (isGone || MODEL.test(sentence)) && !PART.test(sentence) ? 'retired' : 'bad_request';
  return { cause, words: found[0].slice(0, WORDS_CHARACTERS_MAX).trim() };
}

export interface Succession {
  /** The day of the end, `YYYY-MM-DD`, as written and without a zone. */
  day: string | null;
  /** The model that is recommended instead. */
  replacement: string | null;
}

const ISO_DAY = /\b(20\d\d)-(\d\d)-(\d\d)(?=$|[^\d-])/;
/** Azure writes US dates: `has been deprecated since 02/13/2025 00:00:00` (public issue of 2025-02). */
const US_DAY = /\b(\d\d)\/(\d\d)\/(20\d\d)\b/;
const INSTEAD = [
  /\b(?:use|using|switch to|migrate to|try|replaced by)\s{1,3}(?:the\s)?["'`]?([\w./:-]{2,100}?)["'`]?\s{1,3}instead\b/i,
  /\b(?:migrate|switch|move|upgrade)\s{1,3}to\s{1,3}(?:the\s)?(?:paid slug:\s|model\s)?["'`]?([a-z][\w./:-]{0,98}\d[\w.:-]{0,40}?)["'`]?(?=[\s,;.]|$)/i,
  /["']replacement["']\s{0,3}:\s{0,3}["']([\w./:-]{2,100})["']/i,
];

/** Reads when a model ended and what replaces it from an error that says so. */
export function successionIn(given: string): Succession {
  const text = given.slice(0, TEXT_CHARACTERS_MAX);
  const found = INSTEAD.map((pattern) => pattern.exec(text)?.[1]).find((name) => name !== undefined);
  return { day: dayIn(text), replacement: found?.replace(/[.:]+$/, '') ?? null };
}

function dayIn(text: string): string | null {
  // A day inside of a name is when a snapshot was made: `sora-2-2025-10-06`.
  const iso = ISO_DAY.exec(text.replaceAll(/[\w.]-20\d\d-\d\d-\d\d/g, ' '));
  const us = US_DAY.exec(text);
  const day = iso === null ? us && `${us[3]}-${us[1]}-${us[2]}` : `${iso[1]}-${iso[2]}-${iso[3]}`;
  if (day === null) return null;
  const [, month = 0, date = 0] = day.split('-').map(Number);
  return month >= 1 && month <= 12 && date >= 1 && date <= 31 ? day : null;
}
