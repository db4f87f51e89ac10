// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Stage, stream } from './fake.ts';

it('SIGKILL of the runner takes vng and QEMU along', async () => {
  const stage = await Stage.set([{ port: [stream.hello] }, { leave: 'hang' }]);
  const module = fileURLToPath(new URL('../../runner/vm/boot.ts', import.meta.url));
  await writeFile(
    stage.file('runner.mts'),
    `import { boot } from ${JSON.stringify(module)};
     const request = ${JSON.stringify(stage.request())};
     await boot({ ...request, onEvent: ({ type }) => console.log(type) },
       { emit() {}, signal: new AbortController().signal, cell: 'cell' });`,
  );
  const runner = spawn(process.execPath, [stage.file('runner.mts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = await once(createInterface(runner.stdout), 'line');
    expect(said).toBe('hello');
    runner.kill('SIGKILL');
    expect(await stage.alive()).toEqual([]);
  } finally {
    await stage.remove();
  }
});
