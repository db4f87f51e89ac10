// SPDX-License-Identifier: MIT

/** What the Kconfig files say about one symbol. */
export interface SymbolFacts {
  /** `net/ipv4/Kconfig:12`. */
  place: string;
  /** Expressions that must hold: its own `depends on`, its prompt's `if`, and those of the blocks around it. */
  conditions: readonly string[];
}

/**
 * Looks a symbol up in a Kconfig file. PURE. A small reader for error messages: it knows config,
 * menuconfig, depends on, prompts with a condition, and the if and menu blocks of the same file.
 */
export function findSymbol(symbol: string, text: string, file: string): SymbolFacts[] {
  const found: SymbolFacts[] = [];
  const blocks: string[][] = [];
  let entry: { place: string; conditions: string[] } | undefined;
  let inHelp = false;
  // Where a `depends on` belongs: to the entry, to the menu just opened, or nowhere.
  let owner: string[] | undefined;
  for (const [number, raw] of logicalLines(text)) {
    const line = raw.trim();
    const isKeyword =
      /^(config|menuconfig|if|endif|menu|endmenu|choice|endchoice|comment|source)\b/.test(line);
    if (inHelp && !(isKeyword && !/^\s/.test(raw))) continue;
    inHelp = false;
    const start = /^(?:menu)?config (\w+)$/.exec(line);
    if (isKeyword) {
      entry = undefined;
      owner = undefined;
    }
    if (start !== null) {
      owner = [];
      if (start[1] === symbol) {
        entry = { place: `${file}:${number}`, conditions: owner };
        found.push({ place: entry.place, conditions: owner });
        owner.push(...blocks.flat());
      }
    } else if (/^if\b/.test(line)) blocks.push([line.slice(2).trim()]);
    else if (/^(menu|choice)\b/.test(line)) {
      owner = [];
      blocks.push(owner);
    } else if (/^(endif|endmenu|endchoice)\b/.test(line)) blocks.pop();
    else if (/^(help|---help---)$/.test(line)) inHelp = true;
    else {
      const depends = /^depends on (.+)$/.exec(line)?.[1];
      const prompt = /^(?:bool|tristate|int|hex|string|prompt) ".*" if (.+)$/.exec(line)?.[1];
      if (depends !== undefined) owner?.push(depends.replace(/\s+#.*$/, ''));
      if (prompt !== undefined && entry !== undefined) owner?.push(prompt);
    }
  }
  return found;
}

/** Lines with their numbers; one that ends in a backslash goes on in the next. */
function logicalLines(text: string): [number, string][] {
  const joined: [number, string][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const before = joined.at(-1);
    if (before?.[1].endsWith('\\'))
      before[1] = `${before[1].slice(0, -1).trimEnd()} ${line.trim()}`;
    else joined.push([index + 1, line]);
  }
  return joined;
}

/** Whether an expression holds in a .config; undefined for one that this small evaluator does not know. */
export function holds(
  expression: string,
  config: ReadonlyMap<string, string>,
): boolean | undefined {
  const tokens = expression.match(/&&|\|\||!=|=|!|\(|\)|"[^"]*"|\$\([^)]*\)|[\w.-]+/g) ?? [];
  let at = 0;
  let known = true;
  const value = (token: string): string =>
    /^("|[ymn]$|\d)/.test(token) ? token : (config.get(token) ?? 'n');
  const atom = (): boolean => {
    const token = tokens[at++];
    if (token === '!') return !atom();
    if (token === '(') {
      const inner = either();
      at++;
      return inner;
    }
    if (token === undefined || token.startsWith('$')) {
      known = false;
      return true;
    }
    const operator = tokens[at];
    if (operator === '=' || operator === '!=') {
      const right = tokens[at + 1] ?? '';
      at += 2;
      return (value(token) === value(right)) === (operator === '=');
    }
    // A bare `m`, as in `depends on m`: only a module will do.
    if (token === 'm') return config.get('MODULES') === 'y';
    return ['y', 'm'].includes(value(token));
  };
  const both = (): boolean => {
    let result = atom();
    while (tokens[at] === '&&') {
      at++;
      result = atom() && result;
    }
    return result;
  };
  const either = (): boolean => {
    let result = both();
    while (tokens[at] === '||') {
      at++;
      result = both() || result;
    }
    return result;
  };
  const result = either();
  return known ? result : undefined;
}
