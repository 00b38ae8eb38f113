#!/usr/bin/env node
/** argv -> command. */

import { main } from './cli/program.ts';

await main(process.argv);
