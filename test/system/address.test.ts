import { expect, it } from 'vitest';
import { createLookup, isPublicAddress, isRefusedLiteral, type Resolved } from '../../src/system/address.ts';

it.each<[string, boolean]>([
  ['8.8.8.8', true],
  ['2606:4700:4700::1111', true],
  ['::ffff:8.8.8.8', true],
  ['64:ff9b::808:808', true],
  ['127.0.0.1', false],
  ['127.8.9.1', false],
  ['0.0.0.0', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['100.128.0.1', true],
  ['192.0.0.8', false],
  ['192.0.2.1', false],
  ['198.18.0.1', false],
  ['198.51.100.1', false],
  ['203.0.113.1', false],
  ['224.0.0.1', false],
  ['240.0.0.1', false],
  ['255.255.255.255', false],
  ['::', false],
  ['::1', false],
  ['::7f00:1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:a00:1', false],
  ['64:ff9b::a00:1', false],
  ['64:ff9b:1::808:808', false],
  ['2002:7f00:1::', false],
  ['2001:0:808:808::', false],
  ['2001:db8::1', false],
  ['fe80::1', false],
  ['fe80::1%eth0', false],
  ['fec0::1', false],
  ['fc00::1', false],
  ['fd12:3456::1', false],
  ['ff02::1', false],
  ['100::1', false],
  ['not an address', false],
  ['', false],
])('%s is public: %j', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

it.each<[string, boolean]>([
  ['http://127.0.0.1/', true],
  ['http://127.1/', true],
  ['http://2130706433/', true],
  ['http://0x7f.0.0.1/', true],
  ['http://0177.0.0.1/', true],
  ['http://[::1]/', true],
  ['http://[::ffff:10.0.0.1]/', true],
  ['http://169.254.169.254/latest/meta-data', true],
  ['http://8.8.8.8/', false],
  ['http://localhost/', false],
  ['http://example.com/', false],
])('%s is refused by its letters alone: %j', (url, expected) => {
  expect(isRefusedLiteral(new URL(url))).toBe(expected);
});

function look(found: Resolved[], isPublicOnly: boolean, all = true): Promise<unknown> {
  const lookup = createLookup(async () => found, isPublicOnly);
  return new Promise((resolve, reject) => {
    lookup('a.test', { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });
}

const inside = { address: '10.0.0.1', family: 4 };
const outside = { address: '8.8.8.8', family: 4 };

it('refuses a name as soon as one of its addresses is not public', async () => {
  await expect(look([outside, inside], true)).rejects.toMatchObject({ code: 'REELWATCH_ADDRESS_REFUSED' });
  await expect(look([], true)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(await look([outside], true)).toEqual([outside]);
  expect(await look([outside], true, false)).toBe('8.8.8.8');
  expect(await look([outside, inside], false)).toEqual([outside, inside]);
});
