// SPDX-License-Identifier: MIT
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * This process as the start of a folder's name: pid, start time and pid namespace. A pid alone
 * is given again to other processes, and means another process in another container.
 */
export function ownerPrefix(): string {
  return `${process.pid}.${startTime('self')}.${namespace()}-`;
}

/** Whether a name begins with the prefix of a process that could be looked for here, and is gone. */
export function isAbandoned(name: string): boolean {
  const [, pid, start, inode] = /^(\d+)\.(\d+)\.(\d+)-/.exec(name) ?? [];
  if (pid === undefined || inode !== namespace()) return false;
  return startTime(pid) !== start;
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)): clock ticks from boot; undefined without such a process. */
function startTime(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in field 2 may hold spaces and brackets; field 3 follows its last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    // ESRCH: it ended between open and read.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function namespace(): string {
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
}
