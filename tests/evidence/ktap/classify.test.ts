// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { classify } from '../../../runner/evidence/ktap/classify.ts';
import { readDescription } from '../../../runner/evidence/ktap/directive.ts';

describe('classify', () => {
  it.each<[string, object]>([
    ['KTAP version 1', { kind: 'version', column: 0, label: 'KTAP version 1' }],
    ['# # TAP version 13', { kind: 'version', column: 4 }],
    ['#   KTAP version 1', { kind: 'version', column: 4 }],
    ['KTAP version one', { kind: 'unknown' }],
    ['TAP version 13 is what we print', { kind: 'unknown' }],
    ['1..4', { kind: 'plan', column: 0, planned: 4, skip: null }],
    ['  1..0 # SKIP no root', { kind: 'plan', column: 2, planned: 0, skip: 'no root' }],
    ['1..4 # a remark', { kind: 'plan', planned: 4, skip: null }],
    ['1..10 packets', { kind: 'unknown' }],
    ['1..9999999999', { kind: 'unknown' }],
    ['ok 1 a', { kind: 'result', column: 0, id: 1, name: 'a', outcome: 'pass' }],
    ['ok 1', { kind: 'result', id: 1, name: '' }],
    ['ok 1 - a', { kind: 'result', name: 'a' }],
    ['ok - a', { kind: 'result', id: null, name: 'a' }],
    ['not ok 12   a  ', { kind: 'result', id: 12, name: 'a', outcome: 'fail' }],
    ['# # not ok 1 a', { kind: 'result', column: 4, outcome: 'fail' }],
    ['    ok 1 a', { kind: 'result', column: 4 }],
    ['ok 1 -1 is refused', { kind: 'result', name: '-1 is refused' }],
    ['ok 3 64 byte packets', { kind: 'result', id: 3, name: '64 byte packets' }],
    ['ok 1 2 selftests: net: a', { kind: 'result', id: 2, name: 'selftests: net: a' }],
    ['ok', { kind: 'unreadable', ok: true }],
    ['not ok whatever', { kind: 'unreadable', ok: false }],
    ['okay 1 a', { kind: 'unknown' }],
    ['OK 1 a', { kind: 'unknown' }],
    ['    # Subtest: list', { kind: 'subtest', column: 4, name: 'list' }],
    ['# Subtest: list', { kind: 'subtest', column: 0 }],
    ['Bail out! no root', { kind: 'bail', column: 0, reason: 'no root' }],
    ['# Bail out!', { kind: 'bail', column: 2, reason: '' }],
    ['#  RUN           a.b ...', { kind: 'start', column: 0, source: 'run', name: 'a.b' }],
    ['# #  RUN           a.b ...', { kind: 'start', column: 2, name: 'a.b' }],
    ['# RUN it again ...', { kind: 'diagnostic' }],
    ['# selftests: net: a.sh', { kind: 'start', source: 'header', name: 'selftests: net: a.sh' }],
    ['# selftests: net: a.sh failed', { kind: 'diagnostic' }],
    [
      '# Totals: pass:1 fail:2 xfail:3 xpass:4 skip:5 error:6',
      { kind: 'totals', totals: { pass: 1, fail: 2, xfail: 3, xpass: 4, skip: 5, error: 6 } },
    ],
    ['# Totals: pass:1 fail:0 skip:0 total:1', { kind: 'diagnostic' }],
    ['# FAILED: 1 / 2 tests passed.', { kind: 'harnessEnd', failed: true }],
    ['# a remark', { kind: 'diagnostic', column: 0, text: 'a remark' }],
    ['  #   deep remark', { kind: 'diagnostic', column: 2, text: '  deep remark' }],
    ['# # a remark', { kind: 'diagnostic', column: 2, text: 'a remark' }],
    ['#no blank', { kind: 'diagnostic', text: 'no blank' }],
    ['#', { kind: 'diagnostic', text: '' }],
    ['anything else', { kind: 'unknown', text: 'anything else' }],
  ])('%j', (line, token) => {
    expect(classify(line).token).toMatchObject(token);
  });

  it('reads a protocol line up to the printk text in it, and leaves other lines whole', () => {
    expect(classify('not ok 2 a[    1.000001] BUG: x')).toMatchObject({
      token: { kind: 'result', name: 'a', outcome: 'fail' },
      tail: '[    1.000001] BUG: x',
    });
    expect(classify('1..3[    1.000001] x').token).toMatchObject({ kind: 'plan', planned: 3 });
    expect(classify('# a[    1.000001] x')).toMatchObject({
      token: { kind: 'diagnostic', text: 'a[    1.000001] x' },
      tail: null,
    });
  });

  it('gives up on a line of nothing but hashes', () => {
    expect(classify('# '.repeat(1000) + 'ok 1 a').token.kind).not.toBe('result');
  });
});

describe('readDescription', () => {
  it.each<[string, boolean, object]>([
    ['a # SKIP why', false, { name: 'a', outcome: 'skip', directive: 'why', contradicts: false }],
    ['a # SKIP', true, { name: 'a', outcome: 'skip', directive: '' }],
    ['a #SKIP: why', true, { name: 'a', outcome: 'skip', directive: 'why' }],
    ['a # skip why', true, { outcome: 'skip' }],
    ['a # SKIPPED why', true, { name: 'a # SKIPPED why', outcome: 'pass' }],
    ['a#SKIP', true, { name: 'a#SKIP', outcome: 'pass' }],
    ['a \\# SKIP', true, { outcome: 'pass' }],
    ['a # SKIP b # TODO c', false, { name: 'a # SKIP b', outcome: 'xfail', directive: 'c' }],
    ['a # SKIP need # x=1', true, { name: 'a', outcome: 'skip', directive: 'need # x=1' }],
    ['a # XFAIL', true, { outcome: 'xfail' }],
    ['a # xfail in prose', true, { outcome: 'pass', directive: null }],
    ['a # TODO', true, { outcome: 'xpass' }],
    ['a # XPASS', true, { outcome: 'xpass', contradicts: false }],
    ['a # XPASS', false, { outcome: 'fail', contradicts: true }],
    ['a # TIMEOUT 45 seconds', true, { outcome: 'timeout', contradicts: true }],
    ['a # ERROR x', true, { outcome: 'error', contradicts: true }],
    ['# error x', false, { name: '', outcome: 'error', directive: 'x' }],
    ['a # error codes', true, { name: 'a # error codes', outcome: 'pass' }],
    ['a # exit=139', false, { name: 'a', outcome: 'fail', directive: 'exit=139' }],
    ['a #  why it failed', false, { name: 'a', outcome: 'fail', directive: 'why it failed' }],
    ['issue #42', true, { name: 'issue #42', directive: null }],
    ['', true, { name: '', outcome: 'pass', directive: null }],
  ])('%j on ok=%j', (text, ok, description) => {
    expect(readDescription(text, ok)).toMatchObject(description);
  });
});
