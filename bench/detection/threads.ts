import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { runTask, type Task } from './contest.ts';
import type { Run } from './summary.ts';

/** Runs all tasks, on several threads where asked; runs come back in the order of the tasks. */
export async function runAll(
  tasks: readonly Task[],
  threads: number,
  onRun: (done: number) => void,
): Promise<Run[]> {
  const runs: Run[] = [];
  let next = 0;
  let done = 0;
  const work = async (run: (task: Task) => Run | Promise<Run>): Promise<void> => {
    for (let place = next++; place < tasks.length; place = next++) {
      const task = tasks[place];
      if (task === undefined) return;
      runs[place] = await run(task);
      onRun(++done);
    }
  };
  if (threads <= 1) await work(runTask);
  else await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, () => inThread(work)));
  return runs;
}

async function inThread(work: (run: (task: Task) => Promise<Run>) => Promise<void>): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  try {
    await work(async (task) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(task);
      const [run] = (await once(worker, 'message')) as [Run];
      return run;
    });
  } finally {
    await worker.terminate();
  }
}
