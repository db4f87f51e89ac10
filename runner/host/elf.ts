// SPDX-License-Identifier: MIT

const interpreter = 3; // PT_INTERP of elf.h

/** Whether this is a compiled program. */
export function isElf(data: Buffer): boolean {
  return data.length >= 4 && data.readUInt32BE(0) === 0x7f454c46;
}

/** Whether this is a 64-bit little-endian ELF program that runs without any library beside it. */
export function isStatic(elf: Buffer): boolean {
  if (elf.length < 64 || !isElf(elf)) return false;
  const table = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const headers = Array.from({ length: elf.readUInt16LE(56) }, (_, index) => table + index * size);
  return headers.every(
    (offset) => offset + 4 <= elf.length && elf.readUInt32LE(offset) !== interpreter,
  );
}

/** e_machine: which processor a program is for. */
export function machineOf(elf: Buffer): number {
  return elf.readUInt16LE(18);
}
