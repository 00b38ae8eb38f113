/** What is known and heard of the end of models. */

import type { Instant } from '../core/base.ts';
import type { Provider, SeenNotice } from '../ports/provider.ts';
import type { Models } from './define.ts';

/** UTC midnight of a day written `YYYY-MM-DD` (or longer: the time is left out); null where it is no day. */
export function dayOf(text: unknown): Instant | null {
  const day = typeof text === 'string' ? (/^\d{4}-\d{2}-\d{2}(?=$|T)/.exec(text)?.[0] ?? '') : '';
  const at = Date.parse(day === '' ? '' : `${day}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? null : at;
}

/** The notice of a model's end, `retired` from its day on (UTC midnight); without a day it is only announced. */
export function endNotice(
  provider: string,
  model: string,
  end: { at: Instant | null; replacement: string | null; source: string; url: string },
  now: Instant,
): SeenNotice {
  const kind = end.at !== null && now >= end.at ? 'retired' : 'announced';
  const { replacement, source, url } = end;
  return { id: `${provider}:${model}`, kind, subject: model, effectiveAt: end.at, replacement, source, url };
}

/** What the catalogue knows of a model's end; null where it knows of none. */
export function knownEnd(provider: string, models: Models, url: string): Provider['knownNotice'] {
  return (model, now) => {
    const facts = Object.hasOwn(models, model) ? models[model] : undefined;
    const at = dayOf(facts?.endsOn);
    if (!facts || at === null) return null;
    return endNotice(
      provider,
      model,
      { at, replacement: facts.replacement ?? null, source: new URL(url).host, url },
      now,
    );
  };
}
