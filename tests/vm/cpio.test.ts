// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { cpioArchive } from '../../runner/vm/cpio.ts';
import { readCpio } from './cpio.ts';

it('writes every kind of member, rootly and timeless', () => {
  const none = { owner: [0, 0], time: 0, device: [0, 0], data: '' };
  const archive = cpioArchive([
    { kind: 'folder', path: 'dev' },
    { kind: 'character-device', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    { kind: 'file', path: 'init', data: Buffer.from('hällo'), mode: 0o755 },
    { kind: 'link', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'empty', data: Buffer.alloc(0) },
  ]);
  expect(readCpio(archive)).toEqual([
    { ...none, name: 'dev', mode: 0o040755 },
    { ...none, name: 'dev/console', mode: 0o020600, device: [5, 1] },
    { ...none, name: 'init', mode: 0o100755, data: 'hällo' },
    { ...none, name: 'bin/sh', mode: 0o120644, data: 'busybox' },
    { ...none, name: 'empty', mode: 0o100644 },
  ]);
});

it.each([0, 1, 2, 3, 4, 5])('stays aligned after %d bytes of data', (length) => {
  const archive = cpioArchive([
    { kind: 'file', path: 'x'.repeat(length + 1), data: Buffer.alloc(length, 'y') },
    { kind: 'file', path: 'next', data: Buffer.from('z') },
  ]);
  expect(readCpio(archive).map(({ data }) => data)).toEqual(['y'.repeat(length), 'z']);
});
