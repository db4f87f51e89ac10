// SPDX-License-Identifier: MIT
import type { DropTable } from '../vm/model.ts';

/** From here up, a reason's upper half names the subsystem (SKB_DROP_REASON_SUBSYS_MASK, dropreason.h). */
const firstSubsystemReason = 0x1_0000;

/**
 * Drop counts by name, decoded with the running kernel's own table: adding one reason moves
 * the numbers of all after it. Subsystem reasons are not in that table and are called
 * `subsystem-0x20001`, other unknown numbers `unknown-99`. Null when the kernel could not
 * count, or when its table could not be read.
 */
export function nameDrops(
  counts: Readonly<Record<string, number>> | null,
  table: DropTable | null,
): Record<string, number> | null {
  if (counts === null || table === null) return null;
  const named: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const [number, count] of Object.entries(counts)) {
    const name = nameOf(number, table);
    named[name] = (named[name] ?? 0) + count;
  }
  return { ...named };
}

/** The reasons that a kernel has; a reason that is not listed is absent, which is not the same as 0. */
export function reasonNames(table: DropTable | null): string[] | null {
  return table === null ? null : Object.values(table).map(bare).toSorted();
}

function nameOf(number: string, table: DropTable): string {
  const known = Object.hasOwn(table, number) ? table[number] : undefined;
  if (known !== undefined) return bare(known);
  const value = Number(number);
  return value >= firstSubsystemReason ? `subsystem-0x${value.toString(16)}` : `unknown-${number}`;
}

function bare(name: string): string {
  return name.replace(/^SKB_DROP_REASON_/, '');
}
