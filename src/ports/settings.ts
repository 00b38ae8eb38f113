/** What the configuration resolves to: everything the app is told, with adapters already created. */

import type { Canary } from '../canary/canary.ts';
import type { HealthPolicy } from '../core/policy.ts';
import type { Target } from '../core/model.ts';
import type { Route } from '../core/route.ts';
import type { Schedule } from '../core/schedule.ts';
import type { AlertChannel, RouterListener, RouterSink } from './channels.ts';
import type { Provider } from './provider.ts';
import type { Retention } from './retention.ts';

export interface TargetSetting {
  target: Target;
  provider: Provider;
  canary: Canary;
  /** The most that a canary costs. */
  priceUsd: number;
  schedule: Schedule;
  /** How many canaries that is a day while all is well; 0 for a retired model. */
  canariesPerDay: number;
  /** How often the free check runs while all is well; null for never. */
  checkEveryMs: number | null;
  links: { dashboard: string | null; runbook: string | null };
  /** Where routers reach it, for those forms of a plan that name addresses. */
  address?: string | null;
}

export interface ProviderLimits {
  /** Hard rolling-24-hour budget in dollars. */
  budgetUsd: number;
  /** What a day of routine canaries costs while all is well. */
  plannedUsdPerDay: number;
  /** Canaries of this provider in flight at once. */
  concurrencyMax: number;
}

export interface Settings {
  /** Who we are in status documents and pushes. */
  controller: string;
  /** `sha256:…` of the configuration as it was read, secrets left out. */
  configHash: string;
  /** Where people reach this daemon's pages, for links in messages. */
  publicUrl: string;
  targets: TargetSetting[];
  /** By provider id. */
  limits: Record<string, ProviderLimits>;
  totalBudgetUsd: number;
  concurrencyMax: number;
  routes: Route[];
  channels: { id: string; channel: AlertChannel }[];
  sinks: { id: string; sink: RouterSink }[];
  listeners: { id: string; listener: RouterListener }[];
  policy: HealthPolicy;
  retention: Retention;
  download: { bytesMax: number; timeMsMax: number; redirectsMax: number; privateAddresses: boolean };
  /** Addresses that answer while our own network works; asked only when a provider cannot be reached. */
  controlUrls: string[];
  /** How long a plan may be trusted after the daemon's last sign of life. */
  planValidMs: number;
  /** An undelivered story older than this is given up. */
  storyExpiresMs: number;
  /** Six-field cron expression of the scheduler's look at what is due. */
  tickCron: string;
  /** The seconds that this six-field cron expression names are quiet: no routine canaries; null for none. */
  quietCron: string | null;
}
