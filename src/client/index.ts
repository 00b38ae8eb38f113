/** What applications import as `reelwatch/client`. */

export { createClient, type Client, type ClientOptions, type ClientState } from './client.ts';
export type { Needs, RouteSetting, Target, Wish } from './choose.ts';
export type { Capability, Content } from './document.ts';
export { readTicket, ticketOf } from './jobs.ts';
export type { Problem } from './problem.ts';
export type { Outcome } from './report.ts';
export type { World } from './world.ts';
