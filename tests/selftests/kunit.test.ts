// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { KtapReader } from '../../runner/evidence/ktap/index.ts';

const script = fileURLToPath(new URL('../../selftests/kunit/boot.sh', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'kunit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the script makes of a kernel's log, with the guest's awk. */
function printed(log: string): { status: number | null; stdout: string } {
  writeFileSync(path.join(folder, 'log'), log);
  writeFileSync(path.join(folder, 'dmesg'), `#!/bin/sh\ncat ${folder}/log\n`, { mode: 0o755 });
  writeFileSync(path.join(folder, 'awk'), '#!/bin/sh\nexec busybox awk "$@"\n', { mode: 0o755 });
  return spawnSync('sh', [script], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
}

/** Lines as the kernel's log has them, a little later each. */
const logged = (lines: readonly string[], caller = ''): string =>
  lines.map((it, at) => `[    1.${String(100000 + at)}]${caller} ${it}\n`).join('');

const suite = (at: number, name: string, ok: boolean): string[] => [
  '    KTAP version 1',
  `    # Subtest: ${name}`,
  '    # module: demo',
  '    1..2',
  '    ok 1 first',
  `    ${ok ? '' : 'not '}ok 2 second`,
  `# ${name}: pass:${ok ? 2 : 1} fail:${ok ? 0 : 1} skip:0 total:2`,
  `${ok ? '' : 'not '}ok ${at} ${name}`,
];
const before = ['Linux version 6.12.0', 'random: ok 1 is no result'];
const after = ['Freeing unused kernel image', 'ok 3 is no result either'];

describe('results of KUnit in the boot log', () => {
  it.each(['', '[    T1]'])('are printed without the log’s own prefix (%s)', (caller) => {
    const results = ['KTAP version 1', '1..2', ...suite(1, 'list', true), ...suite(2, 'ext4', true)];
    const { status, stdout } = printed(logged([...before, ...results, ...after], caller));
    expect(stdout).toBe(`${results.join('\n')}\n`);
    expect(status).toBe(0);
    const reader = new KtapReader();
    reader.push(stdout);
    const { ok, tests } = reader.end();
    expect(ok).toBe(true);
    expect(tests.map(({ name, children }) => [name, children.map((it) => it.name)])).toEqual([
      ['list', ['first', 'second']],
      ['ext4', ['first', 'second']],
    ]);
  });

  it('a failing suite fails the program, and what the kernel said within stays', () => {
    const results = ['KTAP version 1', '1..1', 'demo: a warning', ...suite(1, 'list', false)];
    const { status, stdout } = printed(logged([...before, ...results, ...after]));
    expect(stdout).toBe(`${results.join('\n')}\n`);
    expect(status).toBe(1);
  });

  it.each([
    ['there are none', before, '# the log has no results of KUnit\n'],
    ['no suite matches', ['KTAP version 1', '1..0', ...after], '# no suite of this kernel matches\n'],
    [
      'they are cut',
      ['KTAP version 1', '1..2', ...suite(1, 'list', true)],
      '# the results end after 1 suites\n',
    ],
  ])('%s: the program fails and says so', (_, log, said) => {
    const { status, stdout } = printed(logged(log));
    expect(stdout.endsWith(said), stdout).toBe(true);
    expect(status).toBe(1);
  });
});
