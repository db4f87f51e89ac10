// SPDX-License-Identifier: MIT
import type { Outcome } from '../../runner/evidence/ktap/index.ts';
import type { RunRecord } from '../../runner/evidence/model.ts';
import type { Expectation } from '../../runner/proof/model.ts';
import { judge } from '../../runner/verdict/judge.ts';
import { hash, record } from '../verdict/records.ts';
import type { RunSpec, Tests } from '../verdict/records.ts';

const expectations: Expectation[] = [
  {
    kind: 'tests',
    text: 'The race shows without the patch and is gone with it',
    match: '*race_*',
    base: 'fail',
    candidate: 'pass',
  },
  {
    kind: 'tests',
    text: 'The controls hold on both sides',
    match: '*control_*',
    base: 'pass',
    candidate: 'pass',
  },
  {
    kind: 'drops',
    text: 'Every segment that reached a frozen socket is dropped as SOCKET_REPAIR',
    reason: 'SOCKET_REPAIR',
    match: 'tcp_repair:*',
    base: 'absent',
    candidate: 'counter:repair_segs',
  },
];

const frozen = ['race_rcv_seq', 'race_queue', 'race_unacknowledged', 'control_outside_repair'];
const families = ['ipv4', 'ipv6'];

function tests(race: Outcome): Tests {
  const leaves = (names: string[], program: string) =>
    Object.fromEntries(
      families.flatMap((family) =>
        names.map(
          (name) =>
            [`${program}.${family}.${name}`, name.startsWith('race') ? race : 'pass'] as const,
        ),
      ),
    );
  return {
    'tcp_repair:frozen': leaves(frozen, 'frozen'),
    'tcp_repair:handover': leaves(
      ['race_data_after_the_sequence_was_read_in_passts_order', 'control_no_data'],
      'handover',
    ),
  };
}

const good: RunSpec = {
  expectations,
  sides: {
    base: {
      tests: tests('fail'),
      reasons: ['NOT_SPECIFIED', 'OTHERHOST'],
      drops: { NOT_SPECIFIED: 21, OTHERHOST: 4 },
    },
    patched: {
      tests: tests('pass'),
      reasons: ['NOT_SPECIFIED', 'OTHERHOST', 'SOCKET_REPAIR'],
      drops: { NOT_SPECIFIED: 19, OTHERHOST: 4, SOCKET_REPAIR: 24 },
      dropsOf: { 'tcp_repair:forged': { OTHERHOST: 1 } },
      counters: {
        'tcp_repair:frozen/frozen.ipv4.race_rcv_seq': { repair_segs: 12 },
        'tcp_repair:frozen/frozen.ipv6.race_rcv_seq': { repair_segs: 12 },
        'tcp_repair:handover/handover.ipv4.race_data_after_the_sequence_was_read_in_passts_order': {
          repair_segs: 24,
        },
      },
    },
  },
};

/** A run of the repair proof that is proved. */
export const proved: RunRecord = record(good);

/** Two candidates, one with known harm, one that breaks a test, warns, and is flaky. */
export const ranked: RunRecord = record({
  ...good,
  sides: {
    ...good.sides,
    patched: {
      ...good.sides['patched'],
      tests: { ...tests('pass'), 'tcp_repair:forged': { 'forged.fin': 'fail' } },
    },
    base: {
      ...good.sides['base'],
      tests: { ...tests('fail'), 'tcp_repair:forged': { 'forged.fin': 'pass' } },
    },
    v2: {
      ...good.sides['patched'],
      tests: { ...tests('fail'), 'tcp_repair:forged': { 'forged.fin': ['fail', 'pass'] } },
      splats: [
        {
          kind: 'warning',
          title: 'WARNING: CPU: 1 PID: 99 at net/ipv4/tcp.c:123 tcp_x+0x1/0x2',
          lines: [],
          test: 'tcp_repair:frozen',
        },
      ],
    },
  },
  programs: ['tcp_repair:frozen', 'tcp_repair:handover', 'tcp_repair:forged'],
  knownHarm: [
    {
      patch: hash,
      match: 'tcp_repair:forged/*',
      reason: "A forged FIN, as CRIU's library injects it, is dropped too.",
    },
  ],
});

/** The same run, given up half-way. */
export const interrupted: RunRecord = {
  ...proved,
  interrupted: true,
  finished: false,
  attempts: proved.attempts.slice(0, 2),
};

const escape =
  '\u001b[31mred\u001b[0m\u001b]0;title\u0007\u202ereversed\u0000 # SKIP not ok \\ 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\nnot ok 99 - forged\r';

/** Every text that a guest, a patch or a proof can set, set to something nasty. */
export const hostile: RunRecord = poison(proved) as RunRecord;

/** Appends the escape to every text but those that are words of the model. */
function poison(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((it) => poison(it, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, poison(it, name)]));
  }
  const free = [
    'subject',
    'title',
    'text',
    'origin',
    'patch',
    'note',
    'kernelVersion',
    'release',
    'startedAt',
    'tool',
    'accelerator',
    'name',
    'program',
    'programs',
  ];
  if (typeof value !== 'string' || !free.includes(key)) return value;
  return key.startsWith('program')
    ? `${value}${escape}`
    : value === 'patched'
      ? value
      : `${value}${escape}`;
}

export const verdictOf = (it: RunRecord) => judge(it, { strict: false });
