/** Whether the parts of an API's description fit together. */

import type { HttpOptions } from './http-options.ts';
import { CANARY_PLACES, placesIn, type Template } from './template.ts';

/** What may stand in the body of an order, and what in its path and headers. */
export const BODY_PLACES = [...CANARY_PLACES, 'key', 'input'];
export const ORDER_PLACES = ['model', 'key'];

/** Something wrong with a description, and where. */
interface Wrong {
  path: (string | number)[];
  message: string;
}

/** Sentences about what no single option can know. */
export function wrongWith(options: HttpOptions): Wrong[] {
  return [...strangeWords(options), ...strangePlaces(options)];
}

/** Words that would mean two things, or no word for a job that is under way. */
function strangeWords({ poll: { words: table } }: HttpOptions): Wrong[] {
  if (table.queue.length + table.generate.length === 0)
    return [{ path: ['poll', 'words'], message: 'Expected words under queue or generate: a job takes time' }];
  const meanings = new Map<string, string>();
  return Object.entries(table).flatMap(([meaning, list]) =>
    list.flatMap((word, i) => {
      const other = meanings.get(word);
      meanings.set(word, meaning);
      if (other === undefined) return [];
      return [{ path: ['poll', 'words', meaning, i], message: `"${word}" stands under ${other} already` }];
    }),
  );
}

/** Places of later calls that stand for nothing which an answer gave. */
function strangePlaces(options: HttpOptions): Wrong[] {
  const { submit, poll, result, video, cancel, check: free } = options;
  const job = ['model', ...Object.keys(submit.job).map((name) => `job.${name}`)];
  const late = [...job, ...Object.keys(result?.values ?? {}).map((name) => `job.${name}`)];
  const calls: [where: (string | number)[], template: Template | undefined, known: string[]][] = [
    [['headers'], options.headers, []],
    [['submit', 'headers'], submit.headers, ORDER_PLACES],
    [['poll', 'path'], poll.path, job],
    [['poll', 'headers'], poll.headers, job],
    [['poll', 'body'], poll.body, job],
    [['result', 'path'], result?.path, late],
    [['result', 'headers'], result?.headers, late],
    [['video', 'path'], video.path, late],
    [['cancel', 'path'], cancel?.path, job],
    [['cancel', 'headers'], cancel?.headers, job],
    [['check', 'headers'], free?.headers, ['model']],
  ];
  return calls.flatMap(([path, given, known]) => {
    const strange = placesIn(given ?? '').find((name) => !known.includes(name));
    if (strange === undefined) return [];
    const list = known.length === 0 ? 'no place' : `only ${known.map((name) => `{${name}}`).join(', ')}`;
    return [{ path, message: `{${strange}} stands for nothing here, ${list}` }];
  });
}
