/** curl and Node's own cryptography on our status API, as its page shows them. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { signerOf } from '../../src/system/signing.ts';
import { createWorld } from '../web/world.ts';
import { example, put } from './pages.ts';

const run = promisify(execFile);

async function start() {
  const world = createWorld();
  const signer = signerOf(`whsk_${Buffer.alloc(32, 7).toString('base64')}`);
  const server = world.server(undefined, { signer });
  onTestFinished(() => server.close());
  return { world, ...(await server.listen(0, '127.0.0.1')) };
}

it('answers the polls of the page: an index, then 304 to who has it, with time renewed', async () => {
  const { url } = await start();
  const commands = put(example('status-api', 'sh'), { 'localhost:8780': url, '"7.412"': '"7.1"' });

  const { stdout } = await run('sh', ['-c', commands], { timeout: 20_000 });

  const [first = '', second = ''] = stdout.split('HTTP/1.1 ');
  expect(first).toMatch(/^etag: W\/"7\.1"\r$/im);
  for (const name of ['reelwatch-index', 'reelwatch-valid-until', 'reelwatch-signature'])
    expect(first).toMatch(new RegExp(`^${name}: .`, 'im'));
  expect(second).toMatch(/^304 /);
  expect(second).toMatch(/^reelwatch-valid-until: .*Z\r$/im);
});

it('is believed by the program of the page, and by it only where nothing was changed', async () => {
  const { url } = await start();
  const code = put(example('status-api', 'js'), { 'http://127.0.0.1:8780': url });
  const program = (text: string) =>
    run(process.execPath, ['--input-type=module', '-e', text], { timeout: 20_000 });

  await program(code);

  const forged = put(code, { 'await answer.arrayBuffer()': "(await answer.text()).replace('50', '99')" });
  await expect(program(forged)).rejects.toThrow('not said by reelwatch');
});
