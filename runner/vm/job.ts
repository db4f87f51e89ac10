// SPDX-License-Identifier: MIT
import type { ImageName } from '../proof/model.ts';
import { rootTag } from './command.ts';
import { cpioArchive } from './cpio.ts';
import type { Job } from './model.ts';

/** How long the guest counts drops without a test before the first one. */
const quietMs = 200;

/** Where the guest finds each root: vng's own 9p export with --force-9p, and that of command.ts. */
const tags: Readonly<Record<ImageName, string | null>> = {
  agent: null,
  host: '/dev/root',
  debian: rootTag,
};

/** Largest number of words of one test's command line; MAX_ARGS in vm-images/agent/agent.h. */
const maxWords = 1024;

/** Likewise of its own environment variables; MAX_ENV there. */
const maxVariables = 32;

/** What of a job the agent is told. */
type JobOrder = Pick<Job, 'tests' | 'root' | 'console'>;

/**
 * The job in the agent's line format (vm-images/agent/job.c). The agent refuses a file it
 * does not fully understand, so what cannot be said in the format is an error here.
 */
export function jobText(job: JobOrder): string {
  const tests = job.tests.flatMap((test) => {
    const words = [test.program, ...test.args];
    const variables = Object.entries(test.environment ?? {});
    if (words.length > maxWords) throw new Error(`${test.id}: more than ${maxWords} words`);
    if (variables.length > maxVariables)
      throw new Error(`${test.id}: more than ${maxVariables} variables`);
    return [
      `timeout_ms ${Math.ceil(test.timeoutMs)}`,
      `cwd ${oneLine(test.cwd)}`,
      ...variables.map(([name, value]) => `env ${oneLine(`${name}=${value}`)}`),
      ...words.map((word) => `arg ${oneLine(word)}`),
      'run',
    ];
  });
  const tag = tags[job.root];
  const head = [
    'patchproof-job 1',
    `quiet_ms ${quietMs}`,
    ...(tag === null ? [] : [`root ${tag}`]),
    ...(job.console === true ? ['console'] : []),
  ];
  return `${[...head, ...tests].join('\n')}\n`;
}

function oneLine(text: string): string {
  if (/[\0\n]/.test(text)) throw new Error(`a job cannot hold ${JSON.stringify(text)}`);
  return text;
}

/** A second archive for the initrd: the kernel unpacks it over the image, no share needed. */
export function jobArchive(job: JobOrder): Buffer {
  return cpioArchive([
    { kind: 'file', path: 'patchproof.job', data: Buffer.from(jobText(job), 'utf8') },
  ]);
}
