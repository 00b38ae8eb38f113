export const SINKS: readonly import('./define.ts').AnySink[] = [];
