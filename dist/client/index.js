/** What applications import as `reelwatch/client`. */
export { createClient } from './client.js';
export { readTicket, ticketOf } from './jobs.js';
