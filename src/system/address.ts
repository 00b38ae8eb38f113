/** Which addresses a URL from outside may lead to. */

import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Marks the error that our own lookup raises, so that the door can tell it from a failing name server. */
export const ADDRESS_REFUSED = 'REELWATCH_ADDRESS_REFUSED';

export interface Resolved {
  address: string;
  family: number;
}

/** Finds all addresses of a host name; rejects as node:dns does. */
export type Resolve = (hostname: string) => Promise<Resolved[]>;

export const systemResolve: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found);
    });
  });

/**
 * True for an address that belongs to the public internet: not private, loopback, link-local, unique-local, shared
 * (RFC 6598), multicast, documentation or reserved, also when such an address is wrapped in IPv6 (mapped, NAT64).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'unicast') return parsed.kind() === 'ipv4' || isGlobalV6(parsed);
  // Behind NAT64 every IPv4 host looks like 64:ff9b::a.b.c.d (RFC 6052): the address inside decides.
  const bytes = parsed.toByteArray();
  const isNat64 = parsed.range() === 'rfc6052' && bytes.slice(4, 12).every((byte) => byte === 0);
  return isNat64 && isPublicAddress(bytes.slice(12).join('.'));
}

/** 2000::/3 is all that is given out (RFC 4291 2.4). Outside it lie further wrappers of IPv4, e.g. `::a.b.c.d`. */
function isGlobalV6(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** Whether a URL names its host by an address that is not public. Host names are judged when they are resolved. */
export function isRefusedLiteral(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/**
 * The lookup of a connecting socket. It judges the very addresses that the socket will use, so that a name which
 * answers differently the second time (DNS rebinding) gains nothing.
 */
export function createLookup(resolve: Resolve, isPublicOnly: boolean): LookupFunction {
  return (hostname, options, callback) => {
    const answer = async () => {
      const found = await resolve(hostname);
      const first = found[0];
      if (!first) throw coded(`${hostname} has no address`, 'ENOTFOUND');
      const refused = isPublicOnly ? found.find(({ address }) => !isPublicAddress(address)) : undefined;
      if (refused)
        throw coded(`${hostname} leads to ${refused.address}, which is not public`, ADDRESS_REFUSED);
      return { found, first };
    };
    answer().then(
      ({ found, first }) => {
        if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function coded(message: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
