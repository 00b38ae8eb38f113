import { describe, expect, it } from 'vitest';
import { renderMrkdwn } from '../../src/simulator/blockkit.ts';
import { MESSAGES_MAX } from '../../src/simulator/inbox.ts';
import { createBench } from './tools.ts';

const BLOCKS = [
  { type: 'header', text: { type: 'plain_text', text: ':red_circle: runway/gen4.5 is down' } },
  {
    type: 'section',
    text: { type: 'mrkdwn', text: '*What*: no video since _12:00_, see <https://example.com/x|the run>' },
    fields: [
      { type: 'mrkdwn', text: '*Cause*\nunavailable' },
      { type: 'mrkdwn', text: '*Weight*\n50 to 0' },
    ],
  },
  { type: 'divider' },
  { type: 'context', elements: [{ type: 'mrkdwn', text: 'incident `runway/gen4.5!1`' }] },
  { type: 'image', image_url: 'https://example.com/frame.jpg', alt_text: 'a frame' },
  {
    type: 'actions',
    elements: [
      {
        type: 'button',
        style: 'danger',
        url: 'https://example.com/s',
        text: { type: 'plain_text', text: 'Silence' },
      },
    ],
  },
];

describe('the inbox', () => {
  it('takes a message like Slack and shows it like Slack', async () => {
    const bench = createBench();

    const sent = await bench.call('POST', '/inbox/hook', {
      body: { text: 'fallback', attachments: [{ color: '#e01e5a', blocks: BLOCKS }] },
    });
    const page = await bench.call('GET', '/inbox?format=fragment');
    const text = Buffer.from(page.text, 'latin1').toString('utf8');

    expect([sent.status, sent.text]).toEqual([200, 'ok']);
    for (const part of [
      '<h3><i class="dot" style="background:#dd2e44" title="red_circle"></i> runway/gen4.5 is down</h3>',
      '<b>What</b>: no video since <i>12:00</i>',
      '<a href="https://example.com/x" rel="noreferrer" target="_blank">the run</a>',
      '<div class="fields"><div><b>Cause</b><br>unavailable</div>',
      '<hr>',
      '<code>runway/gen4.5!1</code>',
      '<img class="picture" src="https://example.com/frame.jpg"',
      '<a class="button danger" href="https://example.com/s"',
      'style="background:#e01e5a"',
    ])
      expect(text).toContain(part);
  });

  it('escapes everything that comes from outside', async () => {
    const bench = createBench();
    const evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>';
    const text = { type: 'mrkdwn', text: evil };

    await bench.call('POST', '/inbox/hook', {
      body: {
        text: evil,
        username: evil,
        blocks: [
          {
            type: 'section',
            text,
            fields: [text],
            accessory: { type: 'image', image_url: `https://x/${evil}`, alt_text: evil },
          },
          { type: 'header', text: { type: 'plain_text', text: evil } },
          {
            type: 'context',
            elements: [text, { type: 'image', image_url: 'javascript:alert(1)', alt_text: evil }],
          },
          { type: evil },
          { type: 'actions', elements: [{ type: 'button', url: 'javascript:alert(1)', style: evil, text }] },
        ],
        attachments: [
          {
            color: evil,
            title: evil,
            title_link: 'javascript:alert(1)',
            text: evil,
            fields: [{ title: evil, value: evil }],
          },
        ],
      },
    });
    const { text: page } = await bench.call('GET', '/inbox?format=fragment');

    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|onerror=alert\(1\)>(?!&)|href="javascript|src="javascript/i);
    expect(page.match(/<img[^>]*>/g)).toEqual([expect.stringContaining('src="https://x/&lt;script')]);
  });

  it.each([
    ['`*not bold*`', '<code>*not bold*</code>'],
    ['```\na < b\n```', '<pre>a &lt; b\n</pre>'],
    ['a &amp; b &lt;c&gt;', 'a &amp; b &lt;c&gt;'],
    ['<javascript:alert(1)|click>', '&lt;javascript:alert(1)|click&gt;'],
    ['<!here> <@U1|ann>', '<span class="mention">@here</span> <span class="mention">@ann</span>'],
    ['2*3*4 snake_case_word', '2*3*4 snake_case_word'],
    [
      '*<https://a.b|bold link>*',
      '<b><a href="https://a.b" rel="noreferrer" target="_blank">bold link</a></b>',
    ],
    ['> said `x`\nthen', '<blockquote>said <code>x</code></blockquote>then'],
    [':unheard_of: :tada:', ':unheard_of: 🎉'],
    [
      '<https://a.b/?x=1&amp;y="2">',
      '<a href="https://a.b/?x=1&amp;y=&quot;2&quot;" rel="noreferrer" target="_blank">https://a.b/?x=1&amp;y=&quot;2&quot;</a>',
    ],
  ])('renders %j', (source, wanted) => {
    expect(renderMrkdwn(source)).toBe(wanted);
  });

  it.each([
    ['not json', 'invalid_payload'],
    [{}, 'no_text'],
    [{ blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] }, 'invalid_blocks'],
    [{ blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }] }, 'invalid_blocks'],
    [{ blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'invalid_blocks'],
    [
      {
        attachments: [
          { blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => ({ text: 'x' })) }] },
        ],
      },
      'invalid_blocks',
    ],
    [{ text: 'x'.repeat(1_000_001) }, 'invalid_payload'],
  ])('refuses what Slack refuses (case %#)', async (body, word) => {
    const bench = createBench();

    const refused = await bench.call('POST', '/inbox/hook', { body });

    expect([refused.status, refused.text]).toEqual([400, word]);
    expect(bench.simulator.inbox()).toEqual([]);
  });

  it('fails on demand, for a while', async () => {
    const bench = createBench();
    const send = () => bench.call('POST', '/inbox/hook', { body: { text: 'hello' } });
    await bench.call('PUT', '/inbox/faults', { body: { status: 429, retryAfterS: 7, for: '30s' } });

    const limited = await send();
    bench.clock.now += 30_000;
    const later = await send();

    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(later.status).toBe(200);
    expect(bench.simulator.inbox()).toHaveLength(1);
  });

  it('keeps the newest messages only', async () => {
    const bench = createBench();
    for (let n = 1; n <= MESSAGES_MAX + 1; n += 1)
      await bench.call('POST', '/inbox/hook', { body: { text: `message ${n}` } });

    const { body } = await bench.call('GET', '/inbox.json');

    expect([body.total, body.messages.length, body.messages[0].n]).toEqual([
      MESSAGES_MAX + 1,
      MESSAGES_MAX,
      2,
    ]);
  });
});
