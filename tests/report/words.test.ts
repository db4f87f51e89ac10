// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { failureText } from '../../runner/report/words.ts';

it("takes the test's own message over the expectation that the harness prints", () => {
  const lines = [
    'Starting 6 tests from 2 test cases.',
    'frozen.c:112:rcv_seq:Expected 0 (0) == (int)(after - before) (1000)',
    'frozen.c:113:rcv_seq:rcv_nxt moved by 1000 B in repair mode',
    'counters: repair_segs=10',
    'rcv_seq: Test failed',
  ];
  expect(failureText(lines)).toBe('rcv_nxt moved by 1000 B in repair mode');
});

it('falls back to the expectation, and to nothing for a test of another form', () => {
  expect(failureText(['a.c:1:t:Expected 0 (0) == 1 (1)'])).toBe('Expected 0 (0) == 1 (1)');
  expect(failureText(['something went wrong'])).toBeNull();
});
