#!/usr/bin/env node
/** argv -> command. */

import { saveMemory } from './system/engine.ts';

saveMemory();
const { main } = await import('./cli/program.ts');
await main(process.argv);
