/** A row that cannot be read, or that the database refused. It was set aside, so that everything else goes on. */
export interface BadRow {
  table: 'states' | 'runs' | 'plans' | 'outbox' | 'pushes' | 'pins' | 'freezes';
  key: string;
  /** What is wrong with it, for a log. */
  error: string;
}
