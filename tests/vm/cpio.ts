// SPDX-License-Identifier: MIT
import { expect } from 'vitest';

interface Member {
  name: string;
  mode: number;
  owner: number[];
  time: number;
  device: number[];
  data: string;
}

/** A reader made from the kernel's description of the format, with its 4-byte alignment. */
export function readCpio(archive: Buffer): Member[] {
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
