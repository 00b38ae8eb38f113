/** Real routers as processes of their own: started on free ports in a directory of their own, ended with the test. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const END_MS_MAX = 3_000;
const endings: (() => unknown)[] = [];

/** Ends and removes, newest first, all that was started here. */
export async function endAll(): Promise<void> {
  for (const end of endings.splice(0).toReversed()) await end();
}

/** @throws a sentence that says how to get the program */
export function need(program: string, debianPackage: string): void {
  if (spawnSync(program, ['-v']).error !== undefined)
    throw new Error(`${program} is not on the PATH: install it with \`apt-get install ${debianPackage}\``);
}

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'reelwatch-peer-'));
  endings.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export interface Peer {
  pid: number;
  said: () => string;
  isOver: () => boolean;
  end: () => Promise<void>;
}

export function startPeer(program: string, args: readonly string[]): Peer {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let isOver = false;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  child.once('error', (error) => (said += error.message));
  const closed = new Promise<void>((resolve) =>
    child.once('close', () => {
      isOver = true;
      resolve();
    }),
  );
  // By SIGKILL the master of nginx would leave its workers behind.
  const end = async () => {
    child.kill('SIGTERM');
    await Promise.race([closed, wait(END_MS_MAX, undefined, { ref: false })]);
    child.kill('SIGKILL');
  };
  const onExit = () => void child.kill('SIGTERM');
  process.once('exit', onExit);
  endings.push(async () => {
    await end();
    process.off('exit', onExit);
  });
  return { pid: child.pid ?? 0, said: () => said, isOver: () => isOver, end };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export interface Backend {
  port: number;
  name: string;
  /** Jobs that were accepted. */
  jobs: string[];
  /** Requests that have come in, answered or not. */
  received: () => number;
}

/** A provider behind a router: takes orders for videos, and knows only the jobs that it has accepted itself. */
export async function backend(name: string, answerMs = 0): Promise<Backend> {
  const jobs: string[] = [];
  let received = 0;
  const server = createHttpServer((request, response) => {
    request.resume();
    received += 1;
    const answer = () => {
      if (request.method === 'POST') {
        const job = `${name}-${jobs.length}`;
        jobs.push(job);
        response.writeHead(200, { 'x-job-id': job }).end(name);
        return;
      }
      const job = request.url?.split('/').at(-1) ?? '';
      const isKnown = jobs.includes(job);
      response.writeHead(isKnown ? 200 : 404).end(isKnown ? name : 'no such job');
    };
    if (answerMs === 0) answer();
    else setTimeout(answer, answerMs);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { name, jobs, received: () => received, port: (server.address() as AddressInfo).port };
}

export interface Answered {
  status: number;
  body: string;
  job: string;
}

export async function order(port: number): Promise<Answered> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/videos`, { method: 'POST', body: '{}' });
  return { status: answer.status, body: await answer.text(), job: answer.headers.get('x-job-id') ?? '' };
}

export async function poll(port: number, job: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/videos/${job}`);
  await answer.arrayBuffer();
  return answer.status;
}

/** How many of `count` new orders each provider got. */
export async function shares(port: number, count: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const { status, body } = await order(port);
    const who = status === 200 ? body : String(status);
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}
