import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CAUSES, SHOWN_STATES } from '../src/core/model.ts';
import { PHASES } from '../src/core/trace.ts';
import { EFFECT_TYPES } from '../src/core/effect.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, METRIC_NAMES } from '../src/web/figures.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; refId: string }[];
}
interface Service {
  hostname?: string;
  command?: string;
  profiles?: string[];
  volumes?: string[];
  env_file?: unknown;
}
interface Dashboard {
  uid: string;
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
}
interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

const root = new URL('../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const yaml = (path: string): unknown => parse(text(path), { uniqueKeys: true });

const dashboardFiles = readdirSync(new URL('grafana/dashboards/', root));
const dashboards = dashboardFiles.map((name) => JSON.parse(text(`grafana/dashboards/${name}`)) as Dashboard);
const { groups } = yaml('config/prometheus/reelwatch.rules.yml') as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const recorded = rules.flatMap((rule) => rule.record ?? []);

const queries = [
  ...rules.map((rule) => rule.expr),
  ...dashboards.flatMap((board) =>
    board.panels.flatMap((panel) => panel.targets ?? []).map((one) => one.expr),
  ),
  ...dashboards.flatMap((board) =>
    board.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query)),
  ),
];
/** Every `name{…}` and bare name of ours in a query. */
function selectors(query: string): { name: string; labels: [name: string, value: string][] }[] {
  const found = query.matchAll(/\b((?:[a-z]+:)?reelwatch_[a-z_]+(?::\w+)?)(?:\{([^}]*)\})?/g);
  return [...found].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => [
      label,
      value,
    ]),
  }));
}

/** What a series of a histogram is counted under. */
function baseOf(name: string): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return base in HISTOGRAMS ? base : name;
}

const labelsOf: Record<string, readonly string[]> = Object.fromEntries(
  Object.entries({ ...COUNTERS, ...HISTOGRAMS, ...GAUGES }).map(([name, { labels }]) => [name, labels]),
);
const values: Record<string, readonly string[]> = {
  verdict: ['pass', 'slow', 'fail', 'inconclusive'],
  cause: [...CAUSES, 'slow', 'none'],
  type: EFFECT_TYPES,
  phase: PHASES,
  posture: ['normal', 'spill', 'panic', 'frozen'],
  outcome: ['done', 'retry', 'dead', 'applied', 'stopped'],
  why: ['over_budget', 'busy'],
  state: [...SHOWN_STATES, 'due', 'dead'],
  quantile: ['0.5', '0.99'],
};

describe('the queries of rules and dashboards', () => {
  const used = queries.flatMap(selectors);

  it('are there', () => {
    expect(used.length).toBeGreaterThan(50);
  });

  it.each([...new Set(used.map((one) => one.name))])('ask for %s, which exists', (name) => {
    expect([...METRIC_NAMES, ...recorded]).toContain(baseOf(name));
  });

  it.each(
    [...new Set(used.flatMap(({ name, labels }) => labels.map(([label]) => `${name} ${label}`)))]
      .map((pair) => pair.split(' ') as [string, string])
      .filter(([name]) => baseOf(name) in labelsOf),
  )('ask %s for the label %s, which it has', (name, label) => {
    expect([...(labelsOf[baseOf(name)] ?? []), 'le', 'job', 'instance']).toContain(label);
  });

  const matched = used.flatMap(({ labels }) =>
    labels
      .filter(([, value]) => !value.includes('$'))
      .flatMap(([label, all]) => all.split('|').map((one): [string, string] => [label, one])),
  );

  it.each(matched)('ask for %s="%s", which can be', (label, value) => {
    expect(values[label] ?? [value]).toContain(value);
  });

  it.each(METRIC_NAMES.filter((name) => name.startsWith('reelwatch_')))('show %s somewhere', (name) => {
    expect(used.map((one) => baseOf(one.name))).toContain(name);
  });
});

describe.each(dashboards.map((board, index) => [dashboardFiles[index], board] as const))(
  '%s',
  (_file, board) => {
    it('has a fixed uid, a current schema and a name for every variable it uses', () => {
      const known = [
        ...board.templating.list.map(({ name }) => name),
        '__rate_interval',
        '__all',
        '__url_time_range',
        '__field',
      ];
      const wanted = [...JSON.stringify(board).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);

      expect(board.uid).toMatch(/^reelwatch(-\w+)?$/);
      expect(board.schemaVersion).toBeGreaterThanOrEqual(39);
      expect(wanted.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    });

    it('has panels with ids and titles of their own that do not overlap', () => {
      const { panels } = board;
      const overlaps = panels.flatMap((a, i) =>
        panels
          .slice(i + 1)
          .filter((b) => overlap(a.gridPos, b.gridPos))
          .map((b) => `${a.title} / ${b.title}`),
      );

      expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
      expect(new Set(panels.map((panel) => panel.title)).size).toBe(panels.length);
      expect(overlaps).toEqual([]);
      expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([]);
    });

    it('has a query in every panel but the rows', () => {
      const empty = board.panels.filter(
        (panel) => panel.type !== 'row' && (panel.targets ?? []).length === 0,
      );

      expect(empty).toEqual([]);
    });
  },
);

describe('the alert rules', () => {
  const alerts = rules.filter((rule) => rule.alert !== undefined);
  const tried = JSON.stringify(yaml('config/prometheus/rules.test.yml'));

  it.each(alerts.map((rule) => [rule.alert, rule] as const))(
    'say of %s how bad it is and what to do',
    (_name, rule) => {
      expect(rule.labels?.['severity']).toMatch(/^(critical|warning)$/);
      expect(rule.annotations?.['summary']).toBeTruthy();
      expect(rule.annotations?.['description']).toBeTruthy();
    },
  );

  it.each(alerts.map((rule) => rule.alert ?? ''))('are tried: %s', (name) => {
    expect(tried).toContain(`"exp_alerts"`);
    expect(tried).toMatch(new RegExp(`"alertname":"${name}","exp_alerts"`));
  });

  it.each(recorded)('are tried: %s', (name) => {
    expect(tried).toContain(name);
  });
});

describe('the container', () => {
  it.each([
    'compose.yaml',
    'config/prometheus/prometheus.yml',
    'grafana/provisioning/datasources/prometheus.yml',
    'grafana/provisioning/dashboards/reelwatch.yml',
    '.github/workflows/ci.yml',
  ])('has a readable %s', (path) => {
    expect(yaml(path)).toBeTypeOf('object');
  });

  it('is mounted with folders that exist', () => {
    const { services } = yaml('compose.yaml') as { services: Record<string, { volumes?: string[] }> };
    const mounts = Object.values(services)
      .flatMap((service) => service.volumes ?? [])
      .flatMap((volume) => (volume.startsWith('./') ? [volume.split(':')[0] ?? ''] : []));

    expect(mounts.length).toBeGreaterThan(3);
    for (const mount of mounts) expect(readdirSync(new URL(mount, root))).not.toEqual([]);
  });

  it('names each daemon as Prometheus asks for it', () => {
    const { services } = yaml('compose.yaml') as { services: Record<string, Service> };
    const { scrape_configs } = yaml('config/prometheus/prometheus.yml') as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const asked = scrape_configs.flatMap((one) => one.static_configs.flatMap(({ targets }) => targets));

    expect(asked).toEqual(['reelwatch:8780']);
    expect([services['demo']?.hostname, services['run']?.hostname]).toEqual(['reelwatch', 'reelwatch']);
  });

  it('starts the demo unless `run` is asked for, and neither has the volume of the other', () => {
    const { services, volumes } = yaml('compose.yaml') as {
      services: Record<string, Service>;
      volumes: Record<string, unknown>;
    };
    const { demo, run } = services;
    const named = (service?: Service) =>
      (service?.volumes ?? []).map((volume) => volume.split(':')[0] ?? '').filter((name) => name in volumes);
    const byDefault = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);

    expect(demo?.command).toBe('node dist/main.js demo');
    expect(run).toMatchObject({ profiles: ['run'], command: 'node dist/main.js run' });
    expect(byDefault.map(([name]) => name)).toEqual(['demo', 'prometheus', 'grafana']);
    expect([named(demo), named(run)]).toEqual([['demo'], ['reelwatch']]);
    for (const [, service] of byDefault) expect(named(service)).not.toContain('reelwatch');
    // Nothing of a person's own reaches the demo, and what runs is never chosen by a variable.
    expect(demo?.env_file).toBeUndefined();
    expect(text('compose.yaml')).not.toContain('REELWATCH_COMMAND');
  });

  it('takes all that it copies, and the rules stay outside', () => {
    const copied = [...text('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    const taken = text('.dockerignore').split('\n');

    expect(copied).toContain('src');
    expect(copied.filter((path) => !taken.includes(`!${path}`))).toEqual([]);
  });

  it('is scraped where it listens', () => {
    expect(text('Dockerfile')).toContain('REELWATCH_PORT=8780');
    expect(text('config/prometheus/prometheus.yml')).toContain('reelwatch:8780');
  });
});

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
