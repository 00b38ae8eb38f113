export const PROVIDERS: readonly import('./define.ts').AnyProvider[] = [];
