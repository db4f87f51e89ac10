// SPDX-License-Identifier: MIT

/** A command as it is run, and as `--dry-run` shows it. */
export interface CommandLine {
  program: string;
  args: readonly string[];
  cwd?: string;
  /** Added to the environment; `undefined` removes a name. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** One step of a plan: what is run, with what on its standard input, or what is written where. */
export type Step =
  | { kind: 'run'; line: CommandLine; input?: { file: string } | { text: string } }
  | { kind: 'write'; file: string; text: string }
  | { kind: 'note'; text: string };

/** A step for a shell: one line, with a here-document where it takes a text. */
export function shellStep(step: Step): string {
  switch (step.kind) {
    case 'note':
      return `# ${step.text.replace(/\p{Cc}+/gu, ' ')}`;
    case 'write':
      return `cat >${quote(step.file)} ${hereDocument(step.text)}`;
    case 'run': {
      const { line, input } = step;
      if (input === undefined) return shellLine(line);
      if ('file' in input) return shellLine(line, `<${quote(input.file)}`);
      return shellLine(line, hereDocument(input.text));
    }
  }
}

function shellLine({ program, args, cwd, env = {} }: CommandLine, input = ''): string {
  const removed = Object.keys(env).filter((name) => env[name] === undefined);
  const set = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quote(value)}`],
  );
  const words = [
    ...(removed.length + set.length === 0 ? [] : ['env']),
    ...removed.flatMap((name) => ['-u', name]),
    ...set,
    ...[program, ...args].map(quote),
    ...(input === '' ? [] : [input]),
  ].join(' ');
  if (cwd === undefined) return words;
  // A here-document begins on the next line: the bracket must not be behind it.
  const [head = '', ...rest] = words.split('\n');
  const first = `(cd ${quote(cwd)} && ${head}${rest.length > 0 ? '' : ')'}`;
  return rest.length > 0 ? [first, ...rest, ')'].join('\n') : first;
}

function hereDocument(text: string): string {
  let mark = 'END';
  while (text.split('\n').includes(mark)) mark += '_';
  return `<<'${mark}'\n${text}${text.endsWith('\n') ? '' : '\n'}${mark}`;
}

/** A word as sh takes it. */
function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
