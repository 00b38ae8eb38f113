#!/usr/bin/env node
/** argv -> command. */

import { program } from './cli/program.ts';

await program().parseAsync(process.argv);
