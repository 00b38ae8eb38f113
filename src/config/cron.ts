/** What can be known of a cron expression without waiting for it. */

import { DAY, SECOND } from '../core/base.ts';

/** How often a six-field cron expression can be due within one day; its day fields are taken as every day. */
export function cronPerDay(expression: string): number {
  const [second = '*', minute = '*', hour = '*'] = fieldsOf(expression);
  return fieldCount(second, 60) * fieldCount(minute, 60) * fieldCount(hour, 24);
}

/** Whether it names whole minutes, as quiet hours do, and not single seconds of them. */
export function hasWholeMinutes(expression: string): boolean {
  return fieldCount(fieldsOf(expression)[0] ?? '*', 60) === 60;
}

/** Whether it names every second of every day. */
export function isAlways(expression: string): boolean {
  const days = fieldsOf(expression).slice(3);
  return cronPerDay(expression) === DAY / SECOND && days.every((field) => field === '*');
}

function fieldsOf(expression: string): string[] {
  return expression.trim().split(/\s+/);
}

function fieldCount(field: string, size: number): number {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '*', stride = '1'] = part.split('/');
    const [from = '', to = range.includes('-') ? '' : from] =
      range === '*' ? ['0', `${size - 1}`] : range.split('-');
    // `5/10` begins at 5 and goes on to the end.
    const last = part.includes('/') && !range.includes('-') ? size - 1 : Number(to);
    for (let n = Number(from); n <= Math.min(last, size - 1); n += Math.max(1, Number(stride))) values.add(n);
  }
  return values.size;
}
