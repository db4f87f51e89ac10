// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { PatchproofError } from '../../errors.ts';

/**
 * What `--config FILE` and `--configitem SYM=VAL` ask of every kernel, as one fragment; items win
 * over files, later ones over earlier ones. Symbols may be written with or without CONFIG_, as
 * vng's own --configitem takes them.
 * Throws usage `config-file` with file and line, or `config-item`.
 */
export async function readGivenConfig(
  files: readonly string[],
  items: readonly string[],
): Promise<string> {
  const texts: string[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw unreadable(file, error);
    });
    checkLines(text, file);
    texts.push(text);
  }
  return [...texts, ...items.map(lineOf)].map((text) => `${text.trimEnd()}\n`).join('');
}

/** bool and tristate, a number, or a string as Kconfig quotes it. */
const value = /^([ymn]|-?\d+|0x[0-9a-fA-F]+|"(?:[^"\\]|\\.)*")$/;

function checkLines(text: string, file: string): void {
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const given = /^CONFIG_\w+=(.+)$/.exec(line)?.[1];
    if (given !== undefined && value.test(given)) continue;
    throw new PatchproofError({
      kind: 'usage',
      code: 'config-file',
      message: `${file}:${index + 1} is no line of a kernel config.`,
      evidence: [line],
      remedy: 'Write CONFIG_SYMBOL=y, =n, a number or a "string"; or # CONFIG_SYMBOL is not set',
    });
  }
}

function lineOf(item: string): string {
  const [, symbol, given] = /^(?:CONFIG_)?([A-Z0-9]\w*)=(.+)$/i.exec(item) ?? [];
  if (symbol !== undefined && given !== undefined && value.test(given))
    return `CONFIG_${symbol}=${given}`;
  throw new PatchproofError({
    kind: 'usage',
    code: 'config-item',
    message: `--configitem ${item} sets no config symbol.`,
    remedy: 'Write SYMBOL=y, =n, a number or a "string", for example: --configitem KASAN=y',
  });
}

function unreadable(file: string, error: unknown): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'config-file',
    message: `The config fragment ${file} cannot be read.`,
    evidence: [error instanceof Error ? error.message : String(error)],
    remedy: 'Name a file with lines such as CONFIG_KASAN=y: --config FILE',
    cause: error,
  });
}
