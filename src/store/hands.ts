/** Pins and freezes: each write stands in the audit as well, or is not done. */

import { z } from 'zod';
import type { Instant } from '../core/base.ts';
import type { Freeze, Hands, RoutePin } from '../core/hands.ts';
import { FILE_AUTHOR } from '../core/hands.ts';
import type { TargetId } from '../core/model.ts';
import type { Thaw } from '../ports/hands.ts';
import type { Db, Store } from '../ports/store.ts';
import { append } from './audit.ts';
import { readable, readOrSetAside, tryRead } from './bad-rows.ts';
import type { BadRows } from './bad-rows.ts';
import { json, reader } from './rows.ts';
import { jsonText } from './text.ts';

/** No route can be called so. */
const ALL = '*';

const at = z.number();
const pinRow = reader(
  z
    .object({
      pin: json<RoutePin>(
        z.looseObject({
          route: z.string(),
          target: z.string(),
          weight: z.union([z.int().min(0).max(100), z.literal('exclude')]),
          until: at,
          author: z.string(),
          reason: z.string(),
        }),
      ),
    })
    .transform(({ pin }) => pin),
);
const freezeRow = reader(
  z
    .object({
      said: json<Freeze>(
        z.looseObject({
          route: z.string().nullable(),
          author: z.string(),
          reason: z.string(),
          since: at,
          until: at.nullable(),
        }),
      ),
    })
    .transform(({ said }) => said),
);
const thawRow = reader(z.object({ route: z.string(), at }));

export function hands(db: Db, bad: BadRows): Promise<Hands> {
  const pins = 'select route, target, pin from pins order by route, target';
  const freezes = 'select scope, source, said from freezes order by scope, source';
  return db.transaction(async (tx) => ({
    pins: await readOrSetAside(tx, 'pins', await tx.query(pins), { reader: pinRow, bad }),
    freezes: await readOrSetAside(tx, 'freezes', await tx.query(freezes), { reader: freezeRow, bad }),
    thaws: Object.fromEntries(
      (await tx.query('select route, at from thaws order by route'))
        .map(thawRow)
        .map((thaw) => [thaw.route, thaw.at]),
    ),
  }));
}

export function pin(db: Db, given: RoutePin, now: Instant): Promise<void> {
  const { route, target, author, reason } = given;
  return db.transaction(async (tx) => {
    const [old] = await tx.query('select pin from pins where route = $1 and target = $2', [route, target]);
    await tx.query(
      `insert into pins (route, target, until, pin) values ($1, $2, $3, $4)
       on conflict (route, target) do update set until = excluded.until, pin = excluded.pin`,
      [route, target, given.until, jsonText(given)],
    );
    const before = tryRead(old, pinRow);
    await append(tx, { type: 'pinned', at: now, route, target, author, reason, before, after: given });
  });
}

export function unpin(
  db: Db,
  route: string,
  target: TargetId,
  by: Parameters<Store['unpin']>[2],
): Promise<RoutePin | null> {
  return db.transaction(async (tx) => {
    const [old] = await tx.query('delete from pins where route = $1 and target = $2 returning pin', [
      route,
      target,
    ]);
    const before = tryRead(old, pinRow);
    if (before === null) return null;
    await append(tx, { type: 'unpinned', ...by, route, target, before, after: null });
    return before;
  });
}

export function freeze(db: Db, given: Freeze): Promise<void> {
  const { route, author, reason, since: at } = given;
  const place = [route ?? ALL, sourceOf(author)];
  return db.transaction(async (tx) => {
    const [old] = await tx.query('select said from freezes where scope = $1 and source = $2', place);
    const found = tryRead(old, freezeRow);
    const before = found !== null && (found.until === null || found.until > at) ? found : null;
    const after = { ...given, since: before?.since ?? at };
    await tx.query(
      `insert into freezes (scope, source, until, said) values ($1, $2, $3, $4)
       on conflict (scope, source) do update set until = excluded.until, said = excluded.said`,
      [...place, given.until, jsonText(after)],
    );
    await append(tx, { type: 'frozen', at, route, author, reason, before, after });
  });
}

export function thaw(db: Db, { routes, ...said }: Thaw): Promise<Freeze | null> {
  return db.transaction(async (tx) => {
    const place = [said.route ?? ALL, sourceOf(said.author)];
    const [old] = await tx.query(
      'delete from freezes where scope = $1 and source = $2 returning said',
      place,
    );
    for (const route of routes.toSorted())
      await tx.query(
        `insert into thaws (route, at) values ($1, $2)
         on conflict (route) do update set at = excluded.at where thaws.at < excluded.at`,
        [route, said.at],
      );
    const before = tryRead(old, freezeRow);
    await append(tx, { type: 'thawed', ...said, before, after: null });
    return before;
  });
}

/** What is over is told of at the instant at which it ended, whenever that is noticed. */
export function endHands(db: Db, now: Instant): Promise<number> {
  return db.transaction(async (tx) => {
    const ended = await tx.query('delete from pins where until <= $1 returning pin', [now]);
    const pins = readable(ended, pinRow);
    for (const before of pins.toSorted((a, b) => a.until - b.until)) {
      const { route, target, author, reason, until } = before;
      await append(tx, { type: 'pin.ended', at: until, route, target, author, reason, before, after: null });
    }
    const freezes = await tx.query('delete from freezes where until <= $1 returning said', [now]);
    for (const before of readable(freezes, freezeRow)) {
      const { route, author, reason, until } = before;
      await append(tx, {
        type: 'freeze.ended',
        at: until ?? now,
        route,
        author,
        reason,
        before,
        after: null,
      });
    }
    return pins.length + freezes.length;
  });
}

/** A person cannot lift what a file holds, nor a file what a person does. */
function sourceOf(author: string): string {
  return author === FILE_AUTHOR ? 'file' : 'hand';
}
