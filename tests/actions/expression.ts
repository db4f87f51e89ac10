// SPDX-License-Identifier: MIT
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';

/** What expressions can name: `github`, `inputs`, `steps` and so on. */
export type Contexts = Readonly<Record<string, unknown>>;

/** How the steps before have gone. */
export interface Status {
  failed: boolean;
}

const statusWords = ['success', 'failure', 'always', 'cancelled'] as const;

function statusFunctions({ failed }: Status): FunctionDefinition[] {
  const values = { success: !failed, failure: failed, always: true, cancelled: false };
  return statusWords.map((name) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(values[name]),
  }));
}

function evaluate(text: string, contexts: Contexts, status: Status): data.ExpressionData {
  const functions = statusFunctions(status);
  const { tokens } = new Lexer(text).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), functions).parse();
  const dictionary = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(
    parsed,
    dictionary,
    new Map(functions.map((it) => [it.name, it])),
  ).evaluate();
}

const inBraces = /\$\{\{([\s\S]*?)\}\}/g;

/** The expressions in a text, without their braces. */
export function expressionsIn(text: string): string[] {
  return [...text.matchAll(inBraces)].map(([, inside = '']) => inside.trim());
}

/** A text with its expressions worked out, as the runner hands it on. */
export function interpolate(
  text: string | number | boolean | undefined,
  contexts: Contexts,
  status: Status,
): string {
  return String(text ?? '').replace(inBraces, (_all, inside: string) =>
    evaluate(inside.trim(), contexts, status).coerceString(),
  );
}

/** A text that is one expression, as the value it gives. */
export function valueOf(text: string, contexts: Contexts, status: Status): unknown {
  const [inside = ''] = expressionsIn(text);
  return JSON.parse(JSON.stringify(evaluate(inside, contexts, status), data.replacer)) as unknown;
}

/** Whether a step or job runs: without a word on the status before it, success is asked for. */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  const text = condition ?? 'success()';
  const inside = expressionsIn(text)[0] ?? text;
  const asks = statusWords.some((word) => inside.includes(`${word}()`));
  const value = evaluate(asks ? inside : `success() && (${inside})`, contexts, status);
  return !['', 'false', '0', 'null'].includes(value.coerceString());
}
