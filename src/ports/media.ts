import type { VideoFacts } from '../core/trace.ts';

/** What came of looking at a file. Only `video` and `unreadable` say something about the file itself. */
export type Inspection =
  | { is: 'video'; facts: VideoFacts; frameJpegBase64: string | null }
  | { is: 'unreadable'; why: string }
  | { is: 'gave_up'; why: string };

/** Decodes and measures a downloaded file. The real one works in a child process with limits. */
export interface Media {
  inspect: (file: string, signal: AbortSignal) => Promise<Inspection>;
}

/** Files the daemon needs for a moment: a downloaded video between the network and the decoder. */
export interface Scratch {
  /** A path for a run's video; the directory exists. */
  pathFor: (runId: string) => string;
  /** Writes a video that came in an answer to the path of its run. */
  save: (file: string, parts: readonly Uint8Array[]) => Promise<void>;
  remove: (file: string) => Promise<void>;
}
