import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClient, readTicket, ticketOf } from '../../src/client/index.ts';
import { createJobs } from '../../src/client/jobs.ts';
import { ROUTES } from './samples.ts';

describe('pinned jobs', () => {
  it('are found at the target that took them', () => {
    const client = createClient({ url: 'http://127.0.0.1:1', routes: ROUTES });
    client.pin('job-1', 'kling');
    client.pin('job-2', 'runway');
    client.pin('job-2', 'luma');

    expect(client.targetOf('job-1')).toBe('kling');
    expect(client.targetOf('job-2')).toBe('luma');
    expect(client.targetOf('job-3')).toBeNull();
    expect(client.targetOf('__proto__')).toBeNull();
  });

  it('are forgotten, the oldest first, where there are too many', () => {
    const jobs = createJobs({ jobsMax: 3, jobMs: 1000, now: () => 0 });
    for (const id of ['a', 'b', 'c', 'a', 'd']) jobs.pin(id, 'kling');

    expect(['a', 'b', 'c', 'd'].map(jobs.targetOf)).toEqual(['kling', null, 'kling', 'kling']);
  });

  it('are forgotten when their time is over', () => {
    let now = 0;
    const jobs = createJobs({ jobsMax: 3, jobMs: 1000, now: () => now });
    jobs.pin('a', 'kling');

    now = 999;
    expect(jobs.targetOf('a')).toBe('kling');
    now = 1000;
    expect(jobs.targetOf('a')).toBeNull();
  });
});

describe('a ticket', () => {
  it('says where a job is, whatever the names', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (target, jobId) => {
        expect(readTicket(ticketOf(target, jobId))).toEqual({ target, jobId });
      }),
    );
  });

  it('is one word that can be read', () => {
    expect(ticketOf('kling/kling-2.5@eu', 'job:1')).toBe('kling%2Fkling-2.5%40eu:job%3A1');
  });

  it.each(['', 'kling', ':', 'kling:', ':job', 'a:b:c', '%:%'])('is not %j', (ticket) => {
    expect(readTicket(ticket)).toBeNull();
  });
});
