/** What applications import as `reelwatch/client`. */
export { createClient, type Client, type ClientOptions, type ClientState } from './client.js';
export type { Needs, RouteSetting, Target, Wish } from './choose.js';
export type { Capability, Content } from './document.js';
export { readTicket, ticketOf } from './jobs.js';
export type { Problem } from './problem.js';
export type { Outcome } from './report.js';
export type { World } from './world.js';
