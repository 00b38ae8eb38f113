export type Fields = Record<string, unknown>;

/** Structured log lines: data in fields, a static message that groups. The shape is pino's. */
export interface Log {
  debug: (fields: Fields, message: string) => void;
  info: (fields: Fields, message: string) => void;
  warn: (fields: Fields, message: string) => void;
  error: (fields: Fields, message: string) => void;
}
