// SPDX-License-Identifier: MIT
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sameRelease } from '../../runner/kernel/source/index.ts';
import { compareVersions, parseSourceSpec } from '../../runner/kernel/source/spec.ts';
import { parseMakefileVersion } from '../../runner/kernel/source/tree.ts';
import { temporary, thrown } from './helpers.ts';

describe('parseSourceSpec', () => {
  it.each([
    ['debian:6.12', { kind: 'debian', series: '6.12' }],
    ['6.12', { kind: 'version', version: '6.12', series: '6.12', exact: false }],
    ['7.2.13', { kind: 'version', version: '7.2.13', series: '7.2', exact: true }],
    ['v7.3-rc4', { kind: 'version', version: '7.3-rc4', series: '7.3', exact: true }],
    [
      'git:https://example.org/linux.git#v6.12',
      { kind: 'git', url: 'https://example.org/linux.git', ref: 'v6.12' },
    ],
    ['git:user@host:linux.git', { kind: 'git', url: 'user@host:linux.git', ref: 'HEAD' }],
    ['git:src/linux#topic/x', { kind: 'git', url: '/src/linux', ref: 'topic/x' }],
  ])('%s', (spec, wanted) => {
    expect(parseSourceSpec(spec, '/')).toEqual(wanted);
  });

  it.each([
    'https://user:token@host/linux.git',
    'https://token@host/linux.git',
    'https://user:to@ken@host/linux.git',
    'https://token@host/a@b/linux.git',
    'ssh://user:token@host/linux.git',
  ])('refuses %s, whose token would be in the record, and says how git gets it', (address) => {
    const error = thrown(() => parseSourceSpec(`git:${address}#main`, '/'));
    expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'kernel-spec' });
    expect(error.message).toContain('//host/');
    expect(error.remedy).toContain(address.startsWith('https') ? 'GIT_CONFIG_KEY_0' : 'Leave');
    expect(JSON.stringify([error.message, error.evidence, error.remedy])).not.toMatch(/to@?ken@/);
  });

  it("takes ssh's user, who is no secret", () => {
    const url = 'ssh://git@host/linux.git';
    expect(parseSourceSpec(`git:${url}`, '/')).toEqual({ kind: 'git', url, ref: 'HEAD' });
  });

  it('takes a folder, also one whose name is a version when it is given with ./', () => {
    const cwd = temporary();
    mkdirSync(path.join(cwd, '6.12'));
    expect(parseSourceSpec('./6.12', cwd)).toEqual({
      kind: 'directory',
      folder: path.join(cwd, '6.12'),
    });
    expect(parseSourceSpec('6.12', cwd).kind).toBe('version');
  });

  it.each(['svn:https://example.org/linux', 'debian:bookworm', 'no-such-folder', ''])(
    'refuses %s and lists what it understands',
    (spec) => {
      const error = thrown(() => parseSourceSpec(spec, '/'));
      expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'kernel-spec' });
      expect(error.evidence.join('\n')).toContain('debian:6.12');
    },
  );
});

describe('versions', () => {
  it('orders releases and candidates', () => {
    const versions = ['6.12.10', '7.3', '6.12.9', '7.3-rc4', '7.3.1', '7.3-rc10', '6.1.192'];
    expect(versions.toSorted(compareVersions)).toEqual([
      '6.1.192',
      '6.12.9',
      '6.12.10',
      '7.3-rc4',
      '7.3-rc10',
      '7.3',
      '7.3.1',
    ]);
    expect(compareVersions('7.3~rc4-1~exp1', '7.3.1-1')).toBeLessThan(0);
  });

  it('knows a release by the version of a tree or a package', () => {
    expect(sameRelease('7.2.13-1', '7.2.13')).toBe(true);
    expect(sameRelease('7.2.130', '7.2.13')).toBe(false);
    expect(sameRelease('7.2.1', '7.2.13')).toBe(false);
    expect(sameRelease('7.3.0-rc4', '7.3-rc4')).toBe(true);
    expect(sameRelease('7.3~rc4-1~exp1', '7.3-rc4')).toBe(true);
    expect(sameRelease('7.3.0-rc41', '7.3-rc4')).toBe(false);
  });

  it('reads a Makefile, and no other file', () => {
    const makefile =
      '# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc4\nNAME = x\n';
    expect(parseMakefileVersion(makefile)).toEqual({ version: '7.3.0-rc4', series: '7.3' });
    expect(parseMakefileVersion('all:\n\techo VERSION = 1\n')).toBeUndefined();
  });
});
