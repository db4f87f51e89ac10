// SPDX-License-Identifier: MIT
import type { RunRecord } from '../../runner/evidence/model.ts';
import { ranked } from './sample.ts';

const diff = `From: Somebody <somebody@example.org>
Subject: [PATCH] tcp: drop segments that reach a socket in repair mode

A frozen socket's queues must not move.
---
diff --git a/net/ipv4/tcp_input.c b/net/ipv4/tcp_input.c
--- a/net/ipv4/tcp_input.c
+++ b/net/ipv4/tcp_input.c
@@ -10,6 +10,8 @@ int tcp_x(struct sock *sk)
 	if (a < b && b > c)
 		return 0;
+	if (unlikely(tcp_sk(sk)->repair))
+		goto drop;
-	int gone;
 
 	return 1;
`;

const said: Readonly<Record<string, string>> = {
  race_rcv_seq: 'rcv_nxt moved by 1000 B in repair mode',
  race_queue: 'the receive queue grew by 1000 B in repair mode',
  'forged.fin': 'a forged FIN was dropped: <ESTABLISHED> where CLOSE_WAIT is wanted',
};

/** Two candidates with everything that a record can hold: patch, words of the tests, splats, consoles, a boot that died. */
export const rich: RunRecord = {
  ...ranked,
  cells: ranked.cells.map((cell) => ({
    ...cell,
    candidates: cell.candidates.map((it) => ({ ...it, text: diff })),
    collections: [{ name: 'tcp_repair', folder: 'selftests/tcp_repair' }],
  })),
  attempts: ranked.attempts.map((attempt) => ({
    ...attempt,
    results: attempt.results.map((result) => {
      const [leaf] = Object.keys(said).filter((it) => result.name.endsWith(it));
      if (leaf === undefined || result.outcome !== 'fail') return result;
      return {
        ...result,
        diagnostics: [
          'frozen.c:112:race:Expected 0 (0) == moved (1000)',
          `frozen.c:113:race:${said[leaf] ?? ''}`,
        ],
      };
    }),
  })),
  boots: ranked.boots.map((boot) => ({
    ...boot,
    consoleTail: ['[    1.2] Run /init as init process', '[    9.8] reboot: Power down'],
    ...(boot.variant === 'v2'
      ? {
          end: { kind: 'panic', detail: 'Kernel panic - not syncing' },
          splats: boot.splats.map((it) => ({ ...it, lines: ['Call Trace:', ' tcp_x+0x1/0x2'] })),
        }
      : {}),
  })),
};
