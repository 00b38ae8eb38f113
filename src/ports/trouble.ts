/** What is wrong with the store while the daemon runs. */

export type StoreTrouble =
  | 'replaced' // its file was deleted or another one lies in its place: what is written is lost at the end
  | 'not_alone' // its lock is lost, and another daemon may hold it
  | 'full'
  | 'corrupt'
  | 'read_only'
  | 'unavailable';
