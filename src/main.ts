#!/usr/bin/env node
process.stdout.write('reelwatch\n');
