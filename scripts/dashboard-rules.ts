/** Prints every query of the Grafana dashboards as a recording rule, so that `promtool check rules` can read them. */

import { readFileSync, readdirSync } from 'node:fs';

interface Dashboard {
  panels: { targets?: { expr: string }[] }[];
}

const folder = new URL('../grafana/dashboards/', import.meta.url);
const rules = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => {
    const { panels } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Dashboard;
    return panels.flatMap((panel) => panel.targets ?? []).map((target) => target.expr);
  })
  .map((expr, index) => ({ record: `dashboard_query_${index}`, expr: withoutVariables(expr) }));

// JSON is YAML.
process.stdout.write(`${JSON.stringify({ groups: [{ name: 'dashboards', rules }] }, null, 2)}\n`);

function withoutVariables(expr: string): string {
  return expr.replaceAll(/\$__(rate_)?interval/g, '5m').replaceAll(/\$\w+/g, 'x');
}
