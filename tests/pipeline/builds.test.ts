// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { write } from '../kernel/helpers.ts';
import { reasons, told } from './scene.ts';
import { play, setStage } from './stage.ts';

// A busy host may take its time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 });

describe('a build that fails', () => {
  it('the candidate’s, twice: not proved, with file and line', async () => {
    const stage = setStage();
    const outcome = await play(stage, 'no-compile');
    expect(told(outcome)).toEqual({
      overall: 'not proved',
      exit: 1,
      failures: [{ variant: 'patched', stage: 'build', code: 'build-failed', times: 2 }],
    });
    expect(reasons(outcome)).toContain('net/two.c:2:2: error: planted');
    expect(stage.compiled().filter((object) => object === 'net/two.o')).toHaveLength(3);
    expect(stage.booted()).toEqual([]);
  });

  it('base’s: no verdict, and the candidate is not even built', async () => {
    const stage = setStage({}, { 'net/three.c': '#error\n' });
    const outcome = await play(stage);
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'base', stage: 'build', code: 'build-failed', times: 1 }],
    });
    expect(reasons(outcome)).toContain('does not compile');
    expect(stage.made().filter((words) => words.endsWith('bzImage'))).toHaveLength(1);
  });

  it('the tests’: no verdict', async () => {
    const stage = setStage({});
    write(stage.folder, {
      'mine/Makefile':
        'all: ; @echo "one.c:3:1: error: planted" >&2; false\ninstall: all\nemit_tests: ; @echo $(COLLECTION):one\n',
    });
    const outcome = await play(stage);
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'base', stage: 'source', code: 'selftests-failed', times: 1 }],
    });
  });
});

describe('a patch that does not fit', () => {
  it('is shown beside the file’s lines with the ready-made one, and make is never called', async () => {
    const stage = setStage();
    const outcome = await play(stage, 'stranger');
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'patched', stage: 'patch', code: 'patch-does-not-apply', times: 1 }],
    });
    const [failure] = outcome.record.failures;
    expect(failure?.evidence).toContain('-int three(void)');
    expect(failure?.evidence).toContain('+int two(void)');
    expect(failure?.remedy).toContain(stage.patch('good'));
    expect(stage.made()).toEqual([]);
  });

  it('because it is in already: no verdict, and make is never called', async () => {
    const stage = setStage(
      {},
      { 'net/two.c': 'int two(void)\n/* PATCHED */\n{\n\treturn 2;\n}\n' },
    );
    const outcome = await play(stage);
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'patched', stage: 'patch', code: 'already-applied', times: 1 }],
    });
    expect(stage.made()).toEqual([]);
  });
});
