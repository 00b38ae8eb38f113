/** Waiting clients for `npm run bench:status`, in a process of their own: says when each heard of a change. */

import { Agent, get } from 'node:http';

type Kind = 'poll' | 'listen';

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
let heard: bigint[] = [];

process.on('message', (order: { kind: Kind; port: number; index: string; count: number } | 'heard') => {
  if (order === 'heard') {
    process.send?.({ heardAt: heard.map(String) });
    return;
  }
  heard = [];
  let open = 0;
  const opened = () => {
    open += 1;
    if (open === order.count) process.send?.({ open });
  };
  for (let n = 0; n < order.count; n++) client(order, opened);
});
process.once('disconnect', () => process.exit(0));

function client(given: { kind: Kind; port: number; index: string }, opened: () => void): void {
  const path = given.kind === 'poll' ? `/v1/status?index=${given.index}&wait=60` : '/v1/events';
  const headers: Record<string, string> = given.kind === 'poll' ? {} : { 'last-event-id': given.index };
  const request = get({ host: '127.0.0.1', port: given.port, path, headers, agent }, (response) => {
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    if (given.kind === 'poll') {
      response.once('end', () => heard.push(process.hrtime.bigint())).resume();
      return;
    }
    let text = '';
    response.on('data', (chunk: Buffer) => {
      if (text === '') opened();
      text += chunk.toString();
      if (!/^id: \S+\nevent: changed\ndata: .*\n\n/m.test(text)) return;
      heard.push(process.hrtime.bigint());
      response.destroy();
    });
  });
  request.on('error', (error) => {
    if (!request.destroyed) throw error;
  });
  // Written to the kernel: the server has it before it hears of any later change.
  if (given.kind === 'poll') request.once('finish', opened);
}
