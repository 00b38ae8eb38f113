/** Headers in which an API announces its own end: RFC 9745 (Deprecation), RFC 8594 (Sunset), RFC 5829 (Link). */

export type LifecycleHeader = { name: 'deprecation' | 'sunset' | 'link'; value: string };

/** One such header, where a provider sent it, and when first and last. */
export interface SeenHeader extends Omit<LifecycleHeader, 'name'> {
  /** The configured provider's id. */
  provider: string;
  name: LifecycleHeader['name'];
  /** Host and path of the call, ids left out: `api.krea.ai/jobs/{id}`. */
  place: string;
  firstSeenAt: number;
  lastSeenAt: number;
}

const VALUE_CHARACTERS_MAX = 500;
const LINKS_MAX = 5;
/** A link says something of the end of an API by its relation alone. */
const RELATION = /;\s*rel\s*=\s*"?[^";,]*\b(?:deprecation|sunset|successor-version)\b/i;
/** Each link of the header, with its parameters; a comma inside of the address or of quotes parts nothing. */
const LINK = /<[^<>]{1,400}>(?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]{0,200}"|[^\s",;]{1,200}))*/g;

/**
 * What headers say of an end, as they say it: nothing is read out of a value here, because the forms differ (a date of a
 * structured field, an HTTP date, `true`).
 * @param headers with names in lower case
 */
export function lifecycleHeaders(headers: Readonly<Record<string, string>>): LifecycleHeader[] {
  const links = (headers['link'] ?? '').match(LINK) ?? [];
  const told = links.filter((link) => RELATION.test(link)).slice(0, LINKS_MAX);
  const all: LifecycleHeader[] = [
    { name: 'deprecation', value: headers['deprecation'] ?? '' },
    { name: 'sunset', value: headers['sunset'] ?? '' },
    ...told.map((value): LifecycleHeader => ({ name: 'link', value })),
  ];
  return all
    .map(({ name, value }) => ({ name, value: value.trim().slice(0, VALUE_CHARACTERS_MAX) }))
    .filter(({ value }) => value !== '');
}

const PLACE_CHARACTERS_MAX = 300;
const ID_CHARACTERS_MIN = 12;

/**
 * Where a call went, without query and ids, so that the calls for many jobs are one place.
 * @param models names that look like ids and are none
 */
export function placeOf(url: URL, models: readonly string[]): string {
  const path = url.pathname
    .split('/')
    .map((segment) => (isId(segment, models) ? '{id}' : segment))
    .join('/');
  return `${url.host}${path}`.slice(0, PLACE_CHARACTERS_MAX);
}

function isId(segment: string, models: readonly string[]): boolean {
  if (segment.length < ID_CHARACTERS_MIN || !/\d/.test(segment)) return false;
  return !models.some((model) => segment.includes(model) || model.includes(segment));
}
