// SPDX-License-Identifier: MIT
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { hostArch } from '../../runner/host/arch.ts';
import { publish } from '../../runner/host/cache.ts';
import { installedFiles } from '../../runner/kernel/selftests/installed.ts';
import { resolveSource } from '../../runner/kernel/source/index.ts';
import { boot } from '../../runner/vm/boot.ts';
import { buildImage } from '../../runner/vm/image.ts';

const run = promisify(execFile);
const flags = ['FORCE_TARGETS=1', 'USERLDFLAGS=-static'];
const arch = hostArch();
const context = { emit: () => undefined, signal: new AbortController().signal, cell: 'e2e' };

/** What the kernel's own runner prints of one program. */
export interface Ran {
  outcome: string;
  /** Its results in their order: `pass name`. */
  tests: string[];
}

/**
 * Installs targets as the kernel's documentation says: make in tools/testing/selftests, nothing of
 * ours. Kept in the cache, by what it is made of.
 */
export async function installTargets(kernel: string, targets: readonly string[]): Promise<string> {
  const source = await resolveSource(kernel, context);
  const compiler = await run('gcc', ['--version']);
  const whole = JSON.stringify([source.hash, targets, flags, compiler.stdout]);
  const key = createHash('sha256').update(whole).digest('hex').slice(0, 32);
  const entry = await publish('selftests', `installed-${key}`, async (folder) => {
    const [src, out] = ['src', 'out'].map((name) => path.join(folder, name)) as [string, string];
    await run('cp', ['-al', '--', source.folder, src]);
    await run('make', [`O=${out}`, 'headers'], { cwd: src });
    const words = [`O=${out}`, `TARGETS=${targets.join(' ')}`, ...flags];
    await run('make', [...words, `KSFT_INSTALL_PATH=${path.join(folder, 'root')}`, 'install'], {
      cwd: path.join(src, 'tools/testing/selftests'),
      maxBuffer: 1 << 26,
    });
    await Promise.all([src, out].map((it) => rm(it, { recursive: true, force: true })));
  });
  return path.join(entry, 'root');
}

/** Boots a kernel of the cache as a run does and lets run_kselftest.sh run everything in `root`. */
export async function runKselftest(
  root: string,
  bzImage: string,
  environment: Readonly<Record<string, string>>,
): Promise<Map<string, Ran>> {
  const files = (await installedFiles(root)).map(({ name, ...it }) => ({
    ...it,
    guestPath: `/selftests/${name}`,
  }));
  const image = await buildImage({ files, arch, compiler: 'gcc' }, context);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pp-e2e-'));
  await symlink(bzImage, path.join(folder, 'bzImage'));
  // The script is written for a root with the usual tools and /dev/stdout.
  const script = [
    '/bin/busybox --install -s /bin',
    'ln -s /proc/self/fd/1 /dev/stdout',
    'exec /selftests/run_kselftest.sh',
  ].join(' && ');
  const test = {
    id: 'kernel:runner',
    program: '/bin/sh',
    args: ['-c', script],
    cwd: '/selftests',
    timeoutMs: 900_000,
    environment,
  };
  const result = await boot(
    {
      bzImage,
      image: image.file,
      arch,
      sharedRoot: undefined,
      job: {
        tests: [test],
        root: 'agent',
        shape: { cpus: 1, memory: 1024 },
        bootTimeoutMs: 180_000,
      },
      accelerator: { name: 'tcg', why: 'as the run' },
      folder,
      variant: 'base',
    },
    context,
  );
  if (result.end.kind !== 'complete') throw new Error(`the VM ended with ${result.end.kind}`);
  const text = result.events.map((it) => (it.type === 'output' ? it.data : '')).join('');
  return readLog(text);
}

/** Reads runner.sh's log, by itself: not with the reader under test. */
export function readLog(text: string): Map<string, Ran> {
  const programs = new Map<string, Ran>();
  let tests: string[] = [];
  // Tests of one name are numbered, as a run numbers them.
  const names = new Map<string, number>();
  for (const line of text.split('\n')) {
    const own = /^(ok|not ok) \d+ selftests: (\S+): (\S+)(?: # (\S+).*)?$/.exec(line);
    if (own !== null) {
      const [, word = '', target = '', program = '', directive = ''] = own;
      programs.set(`${target}:${program}`, { outcome: outcomeOf(word, directive), tests });
      tests = [];
      names.clear();
    }
    const sub = /^# (ok|not ok) \d+ (?:- )?(.*?)(?: # (SKIP|XFAIL|TIMEOUT)\b.*)?$/.exec(line);
    if (sub === null) continue;
    const [, word = '', name = '', directive = ''] = sub;
    names.set(name, (names.get(name) ?? 0) + 1);
    const again = names.get(name) ?? 1;
    tests.push(`${outcomeOf(word, directive)} ${name}${again === 1 ? '' : ` (${again})`}`);
  }
  return programs;
}

function outcomeOf(word: string, directive: string): string {
  if (directive === 'SKIP') return 'skip';
  if (directive === 'XFAIL') return 'xfail';
  if (directive === 'TIMEOUT') return 'timeout';
  return word === 'ok' ? 'pass' : 'fail';
}
