// SPDX-License-Identifier: MIT
import { architectureOf } from '../../runner/host/arch.ts';

/** An ELF file without program headers: nothing in it asks for a loader. */
export function program(arch: string): Buffer {
  const elf = Buffer.alloc(64);
  elf.write('\x7fELF\x02\x01\x01', 'latin1');
  elf.writeUInt16LE(architectureOf(arch).elf, 18);
  return elf;
}
