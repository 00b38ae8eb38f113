export const CHANNELS: readonly import('./define.ts').AnyChannel[] = [];
