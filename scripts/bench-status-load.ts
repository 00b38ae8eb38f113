/**
 * Waiting clients for `npm run bench:status`, in a process of their own: says when each heard of a change. They speak
 * over bare sockets, because a thousand answers read by an HTTP client take longer than what is to be measured.
 */

import { connect, type Socket } from 'node:net';

interface Order {
  kind: 'poll' | 'listen';
  port: number;
  /** What every client knows already. */
  index: string;
  count: number;
}

let sockets: Socket[] = [];
let heard: bigint[] = [];

process.on('message', (order: Order | 'heard') => {
  if (order === 'heard') {
    process.send?.({ heardAt: heard.map(String) });
    return;
  }
  for (const socket of sockets) socket.destroy();
  heard = [];
  let open = 0;
  const opened = () => {
    open += 1;
    if (open === order.count) process.send?.({ open });
  };
  sockets = Array.from({ length: order.count }, () => client(order, opened));
});
process.once('disconnect', () => process.exit(0));

function client({ kind, port, index }: Order, opened: () => void): Socket {
  const path = kind === 'poll' ? `/v1/status?index=${index}&wait=60` : '/v1/events';
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nlast-event-id: ${index}\r\n\r\n`;
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  // Written to the kernel: the server has it before it hears of any later change.
  socket.once('connect', () => socket.write(request, kind === 'poll' ? opened : undefined));
  socket.on('data', kind === 'poll' ? answerReader() : eventReader(opened));
  socket.once('error', (error) => {
    throw error;
  });
  return socket;
}

/** Heard is an answer when its last byte is there. */
function answerReader(): (chunk: Buffer) => void {
  let left = 0;
  return (chunk) => {
    left = left === 0 ? lengthOf(chunk) - chunk.length : left - chunk.length;
    if (left === 0) heard.push(process.hrtime.bigint());
  };
}

function lengthOf(chunk: Buffer): number {
  const headEnd = chunk.indexOf('\r\n\r\n');
  const head = chunk.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (headEnd < 0 || !head.startsWith('HTTP/1.1 200') || length === undefined)
    throw new Error(`answered ${head}`);
  return headEnd + 4 + Number(length);
}

function eventReader(opened: () => void): (chunk: Buffer) => void {
  let isOpen = false;
  return (chunk) => {
    if (chunk.includes('event: changed')) heard.push(process.hrtime.bigint());
    else if (!isOpen && chunk.includes('retry: ')) {
      isOpen = true;
      opened();
    }
  };
}
