/**
 * The bare server of `npm run bench:status`, in a process of its own with Node's own flags: `node:http` with one handler
 * that compares a tag and writes bytes that it was given. No server on `node:http` can do less.
 */

import { createServer } from 'node:http';

interface Answer {
  status: number;
  /** Names and values in turns. */
  headers: string[];
  body: string;
}

let whole: Answer & { bytes: Buffer } = { status: 200, headers: [], body: '', bytes: Buffer.of() };
let same: Answer = { status: 304, headers: [], body: '' };
let tag = '';

const server = createServer((request, response) => {
  if (request.headers['if-none-match'] === tag) response.writeHead(same.status, same.headers).end();
  else response.writeHead(whole.status, whole.headers).end(whole.bytes);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as { port: number }).port });
});
process.on('message', (given: { whole: Answer; same: Answer; tag: string }) => {
  whole = { ...given.whole, bytes: Buffer.from(given.whole.body) };
  ({ same, tag } = given);
  process.send?.({});
});
process.once('disconnect', () => process.exit(0));
