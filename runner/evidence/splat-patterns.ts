// SPDX-License-Identifier: MIT

/** One way in which a kernel says that something is wrong. */
export interface SplatPattern {
  kind: string;
  /** Against a console line without its prefixes. */
  pattern: RegExp;
}

/** A finding that is known and does not count; after `expires` it counts again. */
export interface AllowedSplat {
  kind: string;
  /** Glob over the title. */
  title: string;
  /** A sentence for the report: whose bug it is and where it is tracked. */
  reason: string;
  /** Last day, YYYY-MM-DD. */
  expires: string;
}

/**
 * The first that fits names the finding, so the special ones come before the general. The texts
 * are those of kernel/panic.c, lib/bug.c, mm/kasan/report.c, kernel/kcsan/report.c,
 * lib/ubsan.c, kernel/locking/lockdep.c, kernel/rcu/tree_stall.h, kernel/hung_task.c,
 * kernel/watchdog*.c, arch/x86/kernel/traps.c, arch/x86/mm/fault.c, mm/kmemleak.c,
 * lib/refcount.c and net/core/dev.c, from 6.1 to 7.3.
 */
export const splatPatterns: readonly SplatPattern[] = [
  { kind: 'panic', pattern: /^Kernel panic - not syncing\b/ },
  { kind: 'kasan', pattern: /^BUG: KASAN: / },
  { kind: 'kcsan', pattern: /^BUG: KCSAN: / },
  { kind: 'kmsan', pattern: /^BUG: KMSAN: / },
  { kind: 'kfence', pattern: /^BUG: KFENCE: / },
  { kind: 'ubsan', pattern: /^UBSAN: / },
  { kind: 'soft-lockup', pattern: /^watchdog: BUG: soft lockup\b/ },
  { kind: 'hard-lockup', pattern: /\bWatchdog detected hard LOCKUP\b/i },
  { kind: 'workqueue-lockup', pattern: /^BUG: workqueue lockup\b/ },
  { kind: 'rcu-stall', pattern: /\bINFO: rcu\w* (?:self-)?detected (?:expedited )?stalls?\b/ },
  {
    kind: 'hung-task',
    pattern: /^INFO: task .{1,80} blocked (?:for|in I\/O wait for) more than\b/,
  },
  {
    kind: 'lockdep',
    pattern:
      /^(?:WARNING: (?:possible (?:circular|recursive|irq lock inversion)|inconsistent lock state|bad unlock balance|bad contention detected|held lock freed|Nested lock was not taken|lock held when returning|suspicious RCU usage|\w+-safe -> \w+-unsafe|chain cache corruption)|INFO: (?:trying to register non-static key|possible recursive locking))/i,
  },
  { kind: 'invalid-wait', pattern: /^\[ BUG: Invalid wait context \]/ },
  { kind: 'gpf', pattern: /^(?:Oops: )?general protection fault\b/i },
  {
    kind: 'oops',
    pattern:
      /^(?:Oops\b|Internal error: |Unable to handle kernel |BUG: (?:unable to handle|kernel NULL pointer)|traps: PANIC: double fault|PANIC: double fault)/,
  },
  { kind: 'refcount', pattern: /^refcount_t: / },
  { kind: 'bug', pattern: /^(?:BUG: |kernel BUG at |BUG \S+ ?\(|\[ BUG: )/ },
  { kind: 'warning', pattern: /^WARNING: (?:CPU: \d+ PID: \d+ at |\S+:\d+ at |at \S+\+0x)/ },
  { kind: 'leak', pattern: /^kmemleak: \d+ new suspected memory leaks?\b/ },
  { kind: 'leak', pattern: /^unregister_netdevice: waiting for \S+ to become free\b/ },
];

/** Kinds that a starved host can cause: seen in one boot and not in the next, they prove nothing. */
export const timingKinds: ReadonlySet<string> = new Set([
  'rcu-stall',
  'soft-lockup',
  'hard-lockup',
  'workqueue-lockup',
  'hung-task',
]);

/** Empty: no finding of the supported kernels has had to be excused so far. */
export const allowedSplats: readonly AllowedSplat[] = [];
