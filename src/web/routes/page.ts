/** The pages for people, and the files they need. */

import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { asset, ASSETS } from '../assets.ts';
import { type Board, boardTarget, buildBoard, type KnownWithUsers } from '../board.ts';
import { type App, type Context, sendTagged } from '../context.ts';
import { fragment, statusPage, titleOf } from '../page.ts';
import { missingRunDocument, runDocument } from '../page-run.ts';
import { missingTargetDocument, targetDocument } from '../page-why.ts';
import { withTrouble } from '../trouble.ts';
import { whyNow } from '../why.ts';
import { SILENT_MS_MAX } from './health.ts';
import { wholeId } from './ids.ts';

const HTML = 'text/html; charset=utf-8';
const hidden = { hide: true };

export function pageRoutes(app: App, context: Context): void {
  const { store, clock } = context;

  app.get('/', { schema: hidden }, async (_request, reply) =>
    reply.type(HTML).send(statusPage(await boardOf(context)).html),
  );

  app.get('/v1/page', { schema: hidden }, async (request, reply) => {
    const board = await boardOf(context);
    const body = JSON.stringify({ title: titleOf(board), html: fragment(board).html });
    const tag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const wanted = request.headers['if-none-match'];
    return sendTagged(reply, wanted, { tag, type: 'application/json; charset=utf-8', body });
  });

  async function runPage(id: string): Promise<{ code: number; html: string }> {
    const record = await store.run(id);
    if (!record) return { code: 404, html: missingRunDocument().html };
    return { code: 200, html: runDocument(record, clock.now()).html };
  }
  const byId = { schema: { ...hidden, params: z.object({ id: wholeId }) } };
  app.get('/runs/:id', byId, async (request, reply) => {
    const page = await runPage(request.params.id);
    return reply.code(page.code).type(HTML).send(page.html);
  });
  const spelledOut = { schema: { ...hidden, params: z.object({ '*': wholeId }) } };
  app.get('/runs/*', spelledOut, async (request, reply) => {
    const page = await runPage(request.params['*']);
    return reply.code(page.code).type(HTML).send(page.html);
  });

  targetRoutes(app, context);
  for (const { name, type } of ASSETS) {
    const body = asset(name);
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    app.get(`/assets/${name}`, { schema: hidden, config: { scope: 'open' } }, async (request, reply) => {
      reply.header('cache-control', 'private, no-cache');
      return sendTagged(reply, request.headers['if-none-match'], { tag, type, body });
    });
  }
}

function targetRoutes(app: App, context: Context): void {
  const sendTarget = async (id: string, reply: FastifyReply) => {
    const setting = context.settings.targets.find(({ target }) => target.id === id);
    if (!setting) return reply.code(404).type(HTML).send(missingTargetDocument().html);
    const known = await knownBy(context);
    const shown = boardTarget(setting.target, known);
    const page = targetDocument(shown, whyNow(setting.target, known), known.now);
    return reply.type(HTML).send(page.html);
  };
  const byId = { schema: { ...hidden, params: z.object({ id: wholeId }) } };
  app.get('/targets/:id', byId, (request, reply) => sendTarget(request.params.id, reply));
  const spelledOut = { schema: { ...hidden, params: z.object({ '*': wholeId }) } };
  app.get('/targets/*', spelledOut, (request, reply) => sendTarget(request.params['*'], reply));
}

async function knownBy(context: Context): Promise<KnownWithUsers> {
  const runs = await context.recent.runs();
  return { ...context, runs, users: context.outcomes.recent(), now: context.clock.now() };
}

async function boardOf(context: Context): Promise<Board> {
  const [known, ledger] = await Promise.all([knownBy(context), context.recent.ledger()]);
  const silentMs = context.view.silentMs();
  const more = { ledger, version: context.version, silentMs, silentMsMax: SILENT_MS_MAX };
  return withTrouble(buildBoard(known, more), ledger === null ? 'unavailable' : ledger.trouble);
}
