// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { cpioArchive } from '../../runner/vm/cpio.ts';

interface Member {
  name: string;
  mode: number;
  owner: number[];
  time: number;
  device: number[];
  data: string;
}

/** A reader made from the kernel's description of the format, with its 4-byte alignment. */
function read(archive: Buffer): Member[] {
  const members: Member[] = [];
  let at = 0;
  for (;;) {
    expect(at % 4).toBe(0);
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [size, nameSize] = [field(6), field(11)];
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    expect(archive[at + 110 + nameSize - 1]).toBe(0);
    const start = Math.ceil((at + 110 + nameSize) / 4) * 4;
    const data = archive.toString('utf8', start, start + size);
    const owner = [field(2), field(3)];
    const device = [field(9), field(10)];
    const member = { name, mode: field(1), owner, time: field(5), device, data };
    at = Math.ceil((start + size) / 4) * 4;
    if (name === 'TRAILER!!!') break;
    members.push(member);
  }
  expect(at).toBe(archive.length);
  return members;
}

it('writes every kind of member, rootly and timeless', () => {
  const none = { owner: [0, 0], time: 0, device: [0, 0], data: '' };
  const archive = cpioArchive([
    { kind: 'folder', path: 'dev' },
    { kind: 'character-device', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    { kind: 'file', path: 'init', data: Buffer.from('hällo'), mode: 0o755 },
    { kind: 'link', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'empty', data: Buffer.alloc(0) },
  ]);
  expect(read(archive)).toEqual([
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
  expect(read(archive).map(({ data }) => data)).toEqual(['y'.repeat(length), 'z']);
});
