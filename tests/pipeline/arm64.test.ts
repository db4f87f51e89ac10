// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { architectureNames, architectureOf, isForeign } from '../../runner/host/arch.ts';
import { mail } from '../../runner/report/mail.ts';
import { setEnv, write } from '../kernel/helpers.ts';
import { program } from '../vm/elf.ts';
import { play, setStage, settings } from './stage.ts';
import { toolchain } from './shared.ts';

const [foreign = ''] = architectureNames.filter(isForeign);

it('another architecture: its own image, compiler, busybox and machine, the same verdict', async () => {
  const stage = setStage();
  const { crossCompile, vng, console } = architectureOf(foreign);
  const gcc = 'while [ "$1" != -o ]; do shift; done; echo "agent for another" >"$2"';
  write(stage.folder, {
    [`cross/${crossCompile}gcc`]: `#!/bin/sh\n[ "$1" = --version ] && exec echo cross 12\n${gcc}\n`,
    [`cross/${crossCompile}ld`]: '#!/bin/sh\necho cross ld 2\n',
  });
  setEnv('PATH', `${path.join(stage.folder, 'cross')}:${process.env['PATH']}`);
  const busybox = path.join(stage.folder, 'busybox');
  writeFileSync(busybox, program(foreign));
  setEnv('PATCHPROOF_BUSYBOX', busybox);
  const makeWords = [`ARCH=${foreign}`, `CROSS_COMPILE=${crossCompile}`];
  const outcome = await play(stage, 'good', {
    settings: { ...settings, toolchain: { ...toolchain, arch: foreign, makeWords } },
  });
  expect(outcome.verdict.overall).toBe('proved');
  const [target] = foreign === 'arm64' ? ['Image'] : ['bzImage'];
  const kernels = stage.made().filter((words) => words.endsWith(` ${target}`));
  expect(kernels).toHaveLength(2);
  for (const words of stage.made().filter((it) => / (install|Image|bzImage)$/.test(it)))
    expect(words).toContain(makeWords.join(' '));
  const boot = path.join(stage.run, 'cells', outcome.record.cells[0]?.id ?? '', 'patched/boot-1');
  const log = readFileSync(path.join(boot, 'console.log'), 'utf8');
  expect(log).toContain(`console=${console} `);
  expect(log).toContain(`--arch ${vng} --root ./empty`);
  const image = path.join(
    stage.cache,
    'images',
    outcome.record.boots[0]?.image ?? '',
    'image.cpio',
  );
  expect(readFileSync(image, 'latin1')).toContain('agent for another');
  expect(readFileSync(image).includes(program(foreign))).toBe(true);
  expect(mail.render(outcome.record, outcome.verdict)).toContain(makeWords.join(' '));
});
