// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, sortSplats, SplatScanner } from '../../runner/evidence/splats.ts';
import type { Splat } from '../../runner/evidence/model.ts';

function scan(...pieces: string[]): Splat[] {
  const scanner = new SplatScanner(['t:one', 't:two']);
  for (const piece of pieces) scanner.push(piece);
  return scanner.end();
}

describe('what counts as a splat', () => {
  it.each([
    [
      'warning',
      '------------[ cut here ]------------\nWARNING: CPU: 1 PID: 99 at net/ipv4/tcp.c:123 tcp_x+0x1/0x2',
    ],
    ['warning', 'WARNING: net/ipv4/tcp.c:123 at tcp_x+0x1/0x2, CPU#1: sh/99'],
    // 7.2 without DEBUG_BUGVERBOSE, which profile lean leaves out.
    ['warning', 'WARNING: at tcp_rcv_established+0x12/0x340, CPU#0: frozen/99'],
    ['bug', 'kernel BUG at mm/slub.c:400!'],
    ['bug', 'BUG: sleeping function called from invalid context at kernel/locking/mutex.c:1'],
    ['oops', 'BUG: kernel NULL pointer dereference, address: 0000000000000008'],
    ['oops', 'BUG: unable to handle page fault for address: ffff8880'],
    ['oops', 'Oops: 0000 [#1] PREEMPT SMP'],
    [
      'gpf',
      'general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1]',
    ],
    [
      'gpf',
      'Oops: general protection fault, probably for non-canonical address 0xdead000000000100',
    ],
    ['kasan', 'BUG: KASAN: slab-use-after-free in tcp_x+0x1/0x2'],
    ['kcsan', 'BUG: KCSAN: data-race in a / b'],
    ['ubsan', 'UBSAN: array-index-out-of-bounds in net/ipv4/tcp.c:1:2'],
    ['lockdep', 'WARNING: possible circular locking dependency detected'],
    ['lockdep', 'WARNING: suspicious RCU usage'],
    ['lockdep', 'INFO: trying to register non-static key.'],
    ['rcu-stall', 'rcu: INFO: rcu_preempt self-detected stall on CPU'],
    ['rcu-stall', 'rcu: INFO: rcu_sched detected stalls on CPUs/tasks:'],
    ['rcu-stall', 'rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D }'],
    ['hung-task', 'INFO: task frozen:99 blocked for more than 120 seconds.'],
    ['soft-lockup', 'watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:1]'],
    ['hard-lockup', 'watchdog: Watchdog detected hard LOCKUP on cpu 0'],
    ['leak', 'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)'],
    ['leak', 'unregister_netdevice: waiting for veth0 to become free. Usage count = 2'],
    [
      'refcount',
      '------------[ cut here ]------------\nrefcount_t: underflow; use-after-free.\nWARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2\n---[ end trace 0000000000000000 ]---',
    ],
    ['panic', 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009'],
  ])('%s: %s', (kind, text) => {
    const stamped = text
      .split('\n')
      .map((it, i) => `[    1.00000${i}] ${it}\r`)
      .join('\n');
    for (const form of [
      text,
      stamped,
      stamped.replaceAll('] ', '][   T99] '),
      stamped.replaceAll(/^/gm, '<4>'),
    ]) {
      expect(scan(`Linux version 6.12\n${form}\nnext\n`).map((it) => it.kind)).toEqual([kind]);
    }
  });

  it.each([
    'WARNING: the file is old',
    'random: crng init done',
    'Spectre V2 : WARNING: Unprivileged eBPF is enabled',
    'test prints BUG: KASAN: in its own line',
    'clocksource: Marking clocksource tsc as unstable',
    'rcu: Preemptible hierarchical RCU implementation.',
    'INFO: task scheduling works',
  ])('nothing: %s', (line) => {
    expect(scan(`[    1.000000] ${line}\n`)).toEqual([]);
  });
});

const console = `[    0.100000] Linux version 6.12
[    1.000000] patchproof: test 0 start
[    1.500000] patchproof: test 0 end
[    2.000000] patchproof: test 1 start
ok 1 some[    2.100000] ------------[ cut here ]------------
[    2.100001] WARNING: CPU: 0 PID: 7 at net/core/dev.c:9 dev_x+0x1/0x2
[    2.100002] Call Trace:
[    2.100003]  tcp_y+0x1/0x2
[    2.100004] ---[ end trace 0000000000000000 ]---
[    2.200000] unrelated
[    2.300000] patchproof: test 1 end
[    3.000000] BUG: sleeping function called from invalid context at a.c:1
`;

describe('SplatScanner', () => {
  it('attributes a finding to the test in flight, and keeps its lines', () => {
    expect(scan(console)).toEqual([
      {
        kind: 'warning',
        title: 'WARNING: CPU: 0 PID: 7 at net/core/dev.c:9 dev_x+0x1/0x2',
        lines: [
          'WARNING: CPU: 0 PID: 7 at net/core/dev.c:9 dev_x+0x1/0x2',
          'Call Trace:',
          'tcp_y+0x1/0x2',
          '---[ end trace 0000000000000000 ]---',
        ],
        test: 't:two',
      },
      {
        kind: 'bug',
        title: 'BUG: sleeping function called from invalid context at a.c:1',
        lines: ['BUG: sleeping function called from invalid context at a.c:1'],
        test: null,
      },
    ]);
  });

  it('finds the same however the log is cut', () => {
    const whole = scan(console);
    fc.assert(
      fc.property(fc.array(fc.nat(console.length)), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), console.length];
        expect(scan(...edges.slice(1).map((end, i) => console.slice(edges[i], end)))).toEqual(
          whole,
        );
      }),
    );
  });

  it('tells the line of each finding as it comes, and once', () => {
    const found: [string, number][] = [];
    const scanner = new SplatScanner([], ({ kind }, line) => found.push([kind, line]));
    scanner.push('one\ntwo\nBUG: sleeping function called from invalid context at a.c:1\r\n');
    expect(found).toEqual([['bug', 3]]);
    scanner.push('------------[ cut here ]------------\nWARNING: at x+0x1/0x2, CPU#0: a/9');
    scanner.end();
    expect(found).toEqual([
      ['bug', 3],
      ['warning', 5],
    ]);
  });

  it('reads a panic after an oops as a finding of its own', () => {
    const text =
      'Oops: 0000 [#1]\nCall Trace:\n x\n---[ end trace 0 ]---\nKernel panic - not syncing: Fatal exception\n';
    expect(scan(text).map((it) => it.kind)).toEqual(['oops', 'panic']);
  });

  it('stands a flood and an endless line', () => {
    const started = performance.now();
    expect(scan('BUG: x\n'.repeat(100_000), 'y'.repeat(5_000_000)).length).toBe(200);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

it('fingerprint leaves out what differs between builds and boots', () => {
  const title = (n: number): string =>
    `WARNING: CPU: ${n} PID: ${n}1 at net/core/dev.c:${n}3 dev_x+0x${n}/0x2${n}`;
  expect(fingerprint({ kind: 'warning', title: title(1) })).toBe(
    fingerprint({ kind: 'warning', title: title(2) }),
  );
  expect(fingerprint({ kind: 'warning', title: title(1) })).not.toBe(
    fingerprint({ kind: 'warning', title: title(1).replace('dev_x', 'dev_y') }),
  );
});

it('sortSplats excuses by kind and title to the end of the last day', () => {
  const splat: Splat = { kind: 'leak', title: 'kmemleak: 1 new', lines: [], test: null };
  const entry = { kind: 'leak', title: 'kmemleak:*', reason: 'upstream', expires: '2026-12-31' };
  expect(sortSplats([splat], [entry], '2026-12-31').excused).toEqual([
    { splat, reason: 'upstream' },
  ]);
  expect(sortSplats([splat], [entry], '2027-01-01').counted).toEqual([splat]);
  expect(sortSplats([{ ...splat, title: 'other' }], [entry], '2026-01-01').counted).toHaveLength(1);
});
