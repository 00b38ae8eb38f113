/** Plans and doors for sinks that name servers of their own. */

import type { RoutePlan } from '../../src/core/route.ts';
import { TcpError } from '../../src/ports/tcp.ts';
import type { Tcp, TcpErrorCode } from '../../src/ports/tcp.ts';
import { plan } from './pushes.ts';

export const SERVERS = {
  't2v.default': {
    'kling/kling-2.5': 't2v/kling',
    'runway/gen4.5': 't2v/runway',
    'luma/ray-3': 't2v/luma',
  },
};

/** The plan of a thousand targets that share one weight. */
export function wide(count: number): { plan: RoutePlan; servers: Record<string, Record<string, string>> } {
  const [first] = plan.members;
  if (!first) throw new Error('a plan has members');
  const members = Array.from({ length: count }, (_, n) => ({ ...first, target: `p/m${n}`, weight: n % 100 }));
  const names = Object.fromEntries(members.map(({ target }, n) => [target, `t2v/server-${n}`]));
  return { plan: { ...plan, members }, servers: { 't2v.default': names } };
}

/** A door behind which a text stands for every question. */
export function asked(answer: (text: string) => string | { code: TcpErrorCode }): {
  tcp: Tcp;
  heard: string[];
} {
  const heard: string[] = [];
  const tcp: Tcp = {
    ask: (_place, text) => {
      heard.push(text);
      const said = answer(text);
      return typeof said === 'string'
        ? Promise.resolve(said)
        : Promise.reject(new TcpError(said.code, 'not for programs'));
    },
    answer: () => Promise.reject(new TcpError('listen', 'not in this test')),
  };
  return { tcp, heard };
}
