// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toolFile } from '../host/tool-file.ts';

/** What the launcher may use from the host; everything else is a script of the test's own. */
const tools = [
  ...['sh', 'cat', 'chmod', 'cksum', 'cmp', 'cp', 'env', 'flock', 'grep', 'head', 'mkdir'],
  ...['mktemp', 'mv', 'readlink', 'rm', 'sed', 'tail', 'tr'],
];

/** Before any test narrows PATH. */
const toolFiles = new Map(tools.map((tool) => [tool, toolFile(tool)]));

/** How a process ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A temporary folder with a PATH of its own. */
export class Sandbox {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'pp-setup-'));
  readonly bin = path.join(this.folder, 'bin');
  readonly log = path.join(this.folder, 'commands.log');

  constructor() {
    mkdirSync(this.bin);
    for (const [tool, file] of toolFiles) symlinkSync(file, path.join(this.bin, tool));
  }

  /** Puts a shell script on PATH; it notes how it was called before its body runs. */
  script(name: string, body: string, folder = this.bin): string {
    const file = path.join(folder, name);
    const note = `printf '%s\\n' "${name} $*" >>'${this.log}'`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${note}\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** The commands that were noted, in order. */
  commands(): string[] {
    if (!existsSync(this.log)) return [];
    return readFileSync(this.log, 'utf8').trimEnd().split('\n');
  }

  /** Starts a program that sees only this PATH and these variables. */
  async run(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
  ): Promise<Ended> {
    const child = spawn(command, args, {
      cwd: options.cwd ?? this.folder,
      env: { PATH: this.bin, HOME: path.join(this.folder, 'home'), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
