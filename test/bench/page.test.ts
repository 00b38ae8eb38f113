import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePage } from '../../bench/detection/page.ts';
import { parseEntry } from '../../bench/detection/contest.ts';
import { resultOf, rowOf, textTable, type Result } from '../../bench/detection/report.ts';
import { standings } from '../../bench/detection/robustness.ts';
import { parseScenario } from '../../bench/detection/scenario.ts';
import { summarize, type Summary } from '../../bench/detection/summary.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

function summary(unnoticedMin: number, ttdMedianMin: number | null): Summary {
  const empty = summarize([]);
  return { ...empty, service: { ...empty.service, ttdMedianMin, undetectedMeanMin: unnoticedMin } };
}

function result(name: string, ours: number, peer: number): Result {
  return resultOf(parseScenario({ name }), [
    rowOf(parseEntry('reelwatch@5'), summary(ours, ours)),
    rowOf(parseEntry('kuma-5m'), summary(peer, null)),
  ]);
}

describe('the page about detection', () => {
  it('and its picture have the figures of the last results (else run: npm run docs:detection)', () => {
    const page = read('docs/detection.md');
    const written = writePage(
      page,
      read('bench/detection/results/frontier.json'),
      read('bench/detection/results/robustness.json'),
    );

    expect(written.page).toBe(page);
    expect(written.plot).toBe(read('docs/detection-frontier.svg'));
  });

  it('is not written where a place for figures is missing', () => {
    const json = JSON.stringify([result('baseline', 10, 20)]);

    expect(() => writePage('<!-- frontier -->', json, json)).toThrow('<!-- /frontier -->');
    expect(() => writePage('', '[]', json)).toThrow('an empty list');
  });

  it('shows a policy without a median in the band of the missed', () => {
    const json = JSON.stringify([result('baseline', 10, 20)]);
    const places = ['frontier', 'parts', 'robustness'].map((name) => `<!-- ${name} -->\n<!-- /${name} -->`);
    const { page, plot } = writePage(places.join('\n'), json, json);
    const dots = [...plot.matchAll(/cy="([\d.]+)"/g)].map((match) => Number(match[1]));

    expect(page).toContain('| **reelwatch, budget $5** | 0.00 | 10.0 |');
    expect(page).toContain('| Uptime-Kuma-like, 300 s, 2 retries after 60 s | 0.00 | ∞ |');
    expect(dots).toHaveLength(2);
    expect(dots[1]).toBe(24);
    expect(dots[0]).toBeGreaterThan(100);
  });
});

describe('the robustness round', () => {
  it('compares how we stand against the best peer with how we stand in the baseline', () => {
    const results = [result('baseline', 10, 20), result('hard times', 30, 20)];

    expect(standings(results, 'reelwatch@5')).toEqual([
      { scenario: 'baseline', ratio: 0.5, worse: 1 },
      { scenario: 'hard times', ratio: 1.5, worse: 3 },
    ]);
  });
});

describe('the table for the terminal', () => {
  it('aligns its columns', () => {
    const lines = textTable(result('baseline', 10, 20)).split('\n');

    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[1]).toMatch(/^reelwatch@5 .* 10\.0 /);
  });
});
