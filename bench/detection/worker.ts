import { parentPort } from 'node:worker_threads';
import { runTask, type Task } from './contest.ts';

parentPort?.on('message', (task: Task) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(runTask(task));
});
