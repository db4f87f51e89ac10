// SPDX-License-Identifier: MIT
import { isAlias, isCollection, isMap, isNode, isPair, isScalar } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { proofJsonSchema } from './json-schema.ts';
import type { SchemaNode } from './json-schema.ts';
import { suggestion } from './nearest.ts';

/** Something wrong at one offset of the file. */
export interface Finding {
  offset: number;
  message: string;
  /** Told after the others: often the shadow of a mistyped key. */
  missing?: boolean;
}

export type Path = readonly PropertyKey[];

/** One of zod's issues in the words of a person who wrote YAML. */
export function explain(issue: z.core.$ZodIssue, document: Document): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => ({
      offset: keyOffset(document, issue.path, key),
      message: `unknown key "${key}"${suggestion(key, known)}`,
    }));
  }
  const key = String(issue.path.at(-1) ?? '');
  const node: unknown = document.getIn(issue.path, true);
  if (issue.path.length === 0) {
    const what = document.contents === null ? 'the file is empty' : 'not a proof file';
    return [{ offset: 0, message: `${what}: expected keys like "version: 1" and "name:"` }];
  }
  if (node === undefined) {
    return [
      {
        offset: offsetOf(document, issue.path.slice(0, -1)),
        message: `"${key}" is missing`,
        missing: true,
      },
    ];
  }
  if (issue.code === 'invalid_union') {
    // The branch of the kind that was written is the one that was meant.
    const meant = issue.errors.filter(
      (branch) => !branch.some((it) => it.path.length === 0 && it.code === 'invalid_type'),
    );
    if (meant.length === 1 && issue.errors.length > 1)
      return (meant[0] ?? []).flatMap((it) =>
        explain({ ...it, path: [...issue.path, ...it.path] }, document),
      );
  }
  const offset = offsetOf(document, issue.path);
  const source = isScalar(node) ? (node.source ?? String(node.value)) : undefined;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && isScalar(node)) {
    const quoted = `put it in quotes: "${source}"`;
    const why =
      typeof node.value === 'number' ? ', or YAML reads a number (6.10 would be 6.1)' : '';
    return [{ offset, message: `${where(issue.path)} must be text: ${quoted}${why}` }];
  }
  if (issue.code === 'invalid_type') {
    const kinds: Readonly<Record<string, string>> = {
      array: 'a list',
      int: 'a whole number',
      number: 'a number',
    };
    const kind = kinds[issue.expected] ?? `of type ${issue.expected}`;
    return [{ offset, message: `${where(issue.path)} must be ${kind}` }];
  }
  const values = issue.code === 'invalid_value' ? issue.values.map(String) : unionValues(issue);
  if (values.length > 1) {
    const hint = source === undefined ? '' : suggestion(source, values);
    return [{ offset, message: `${where(issue.path)} must be one of ${values.join(', ')}${hint}` }];
  }
  const shadow = issue.code === 'custom' ? { missing: true } : {};
  return [{ offset, message: `${where(issue.path)}: ${issue.message}`, ...shadow }];
}

function unionValues(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'invalid_union') return [];
  return [
    ...issue.errors
      .flat()
      .flatMap((it) => (it.code === 'invalid_value' ? it.values.map(String) : [])),
    'counter:NAME',
  ];
}

/** `expect.tests[2].match`. */
function where(issuePath: Path): string {
  return issuePath
    .map((it, index) =>
      typeof it === 'number' ? `[${it}]` : `${index > 0 ? '.' : ''}${String(it)}`,
    )
    .join('');
}

/** The keys that the object at a path may have. */
function knownKeys(objectPath: Path): string[] {
  let schema: SchemaNode | undefined = proofJsonSchema();
  for (const step of objectPath) {
    const any: SchemaNode | boolean | undefined = schema?.additionalProperties;
    const other: SchemaNode | undefined = typeof any === 'object' ? any : undefined;
    const next: SchemaNode | undefined =
      typeof step === 'number' ? schema?.items : (schema?.properties?.[String(step)] ?? other);
    schema = next?.anyOf?.find((it) => it.properties !== undefined) ?? next;
  }
  return Object.keys(schema?.properties ?? {});
}

/** Where the value at a path begins, also behind an alias; 0 for a path that the file does not have. */
export function offsetOf(document: Document, nodePath: Path): number {
  let node: unknown = document.contents;
  for (const step of nodePath) {
    const whole = isAlias(node) ? node.resolve(document) : node;
    node = isCollection(whole) ? whole.get(step, true) : undefined;
  }
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function keyOffset(document: Document, mapPath: Path, key: string): number {
  const map: unknown = mapPath.length === 0 ? document.contents : document.getIn(mapPath, true);
  const pair = isMap(map)
    ? map.items.find((it) => isPair(it) && isScalar(it.key) && String(it.key.value) === key)
    : undefined;
  return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : offsetOf(document, mapPath);
}
