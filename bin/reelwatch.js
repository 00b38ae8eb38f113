#!/usr/bin/env node
// @ts-check
/** Starts the program in little memory: what makes it large is settled here, before anything of it is loaded. */

import { setFlagsFromString } from 'node:v8';
import { FLAGS } from './flags.js';
import { stripElsewhere } from './typescript.js';

for (const flag of FLAGS) setFlagsFromString(flag);
stripElsewhere();
await import('../src/main.ts');
