// SPDX-License-Identifier: MIT
import { afterEach, expect, it, vi } from 'vitest';
import { command } from '../../runner/kernel/stage.ts';
import { recorder } from './helpers.ts';

afterEach(() => vi.unstubAllEnvs());

it.each(['KCFLAGS', 'MAKEFLAGS', 'LOCALVERSION', 'KCONFIG_ALLCONFIG', 'CROSS_COMPILE', 'LLVM'])(
  '%s of the user does not reach a build: it would change what is built, not its key',
  async (name) => {
    vi.stubEnv(name, 'x');
    const said = await command(recorder(), 'sh', ['-c', `echo "\${${name}-none}"`]);
    expect(said.stdout).toBe('none\n');
  },
);
