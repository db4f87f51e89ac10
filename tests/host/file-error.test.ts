// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { reportError } from '../../runner/cli/error.ts';
import { temporary } from '../kernel/helpers.ts';

/** What reportError prints and returns. */
function report(error: unknown): { code: number; text: string } {
  let text = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  try {
    return { code: reportError(error), text };
  } finally {
    spy.mockRestore();
  }
}

/** What the kernel says about a path, as node reports it. */
function refused(code: string, file: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: refused, mkdir '${file}'`), { code, path: file });
}

describe('reportError', () => {
  it('a full disk is no bug: one paragraph with what to do', async () => {
    const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
    const { code, text } = report(full);
    expect(code).toBe(69);
    expect(text).toMatch(/^patchproof: The disk is full\.\n {4}ENOSPC: .*\n {2}Free some space/);
    expect(text).toContain('PATCHPROOF_CACHE_DIR');
    expect(report(refused('EDQUOT', '/cache/x')).text).toContain('/cache/x');
  });

  it('a refused path is named with the owner of what is there', () => {
    const folder = temporary();
    mkdirSync(path.join(folder, 'theirs'), { mode: 0o500 });
    const { code, text } = report(refused('EACCES', path.join(folder, 'theirs', 'new', 'file')));
    expect(code).toBe(69);
    expect(text).toContain(`${path.join(folder, 'theirs')} belongs to user ${process.getuid?.()}`);
    expect(text).toContain('mode 500');
    expect(text).not.toContain('a bug');
  });

  it('a read-only file system is named as such', () => {
    expect(report(refused('EROFS', '/mnt/cache')).text).toContain('/mnt/cache');
    expect(report(refused('EROFS', '/mnt/cache')).text).toContain('read-only');
  });

  it('everything else stays a bug, also a refused socket', () => {
    const socket = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    for (const error of [new Error('planted'), socket, refused('ENOENT', '/x'), 'text']) {
      const { code, text } = report(error);
      expect(code).toBe(69);
      expect(text).toContain('a bug in patchproof, not a verdict');
    }
  });
});

describe('a failure that nobody caught', () => {
  const main = fileURLToPath(new URL('../../runner/cli/main.ts', import.meta.url));

  it.each([
    ['an exception', "throw new Error('planted')"],
    ['a rejection', "Promise.reject(new Error('planted'))"],
  ])('%s ends in 69: a bug is never a verdict', (_, statement) => {
    const preload = path.join(temporary(), 'preload.mjs');
    writeFileSync(preload, `process.once('beforeExit', () => { ${statement}; });`);
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', preload, main, '--version'],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('a bug in patchproof, not a verdict');
    expect(stderr).toContain('planted');
    expect(status).toBe(69);
  });
});
