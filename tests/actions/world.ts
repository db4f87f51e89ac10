// SPDX-License-Identifier: MIT
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { temporary } from '../kernel/helpers.ts';
import type { Machine, World } from './runner.ts';

/** A world whose caches and artifacts are folders, with a note of what was asked of it. */
export interface LocalWorld extends World {
  artifacts: string;
  /** Saved caches, by key in the order of saving. */
  caches: Map<string, string>;
  /** `action key-or-name` of each use. */
  asked: string[];
}

/** What an artifact's name and the names in it may not hold. */
const illegal = /[":<>|*?\\\r\n]/;

export function localWorld(
  github: Record<string, unknown>,
  environment: Record<string, string>,
  checkOut: (inputs: Record<string, string>, machine: Machine) => void,
): LocalWorld {
  const folder = temporary();
  const artifacts = path.join(folder, 'artifacts');
  mkdirSync(artifacts);
  const caches = new Map<string, string>();
  const asked: string[] = [];
  const actions: Record<string, World['use']> = {
    'actions/checkout': (_name, inputs, machine) => {
      checkOut(inputs, machine);
      return {};
    },
    'actions/cache/restore': (_name, inputs) => {
      const { key = '', path: to = '' } = inputs;
      const prefixes = (inputs['restore-keys'] ?? '').split('\n').filter((it) => it !== '');
      asked.push(...[key, ...prefixes].map((it) => `restore ${it}`));
      const keys = [...caches.keys()].toReversed();
      const found =
        keys.find((it) => it === key) ??
        prefixes.flatMap((prefix) => keys.filter((it) => it.startsWith(prefix)))[0];
      if (found === undefined) return { 'cache-hit': '' };
      cpSync(caches.get(found) ?? '', to, { recursive: true });
      return { 'cache-hit': String(found === key), 'cache-matched-key': found };
    },
    'actions/cache/save': (_name, { key = '', path: from = '' }) => {
      asked.push(`save ${key}`);
      const place = path.join(folder, `cache-${caches.size}`);
      cpSync(from, place, { recursive: true });
      caches.set(key, place);
      return {};
    },
    'actions/upload-artifact': (_name, { name = '', path: from = '' }) => {
      asked.push(`upload ${name}`);
      if (name === '' || illegal.test(name) || name.includes('/'))
        throw new Error(`no name for an artifact: ${name}`);
      if (!existsSync(from)) return {};
      for (const file of readdirSync(from, { recursive: true, encoding: 'utf8' }))
        if (illegal.test(file)) throw new Error(`no name for a file of an artifact: ${file}`);
      cpSync(from, path.join(artifacts, name), { recursive: true });
      return {};
    },
    'actions/download-artifact': (_name, { pattern = '', path: to = '' }, machine) => {
      const start = pattern.replace(/\*$/, '');
      for (const name of readdirSync(artifacts).filter((it) => it.startsWith(start)))
        cpSync(path.join(artifacts, name), path.resolve(machine.workspace, to, name), {
          recursive: true,
        });
      return {};
    },
  };
  return {
    folder,
    artifacts,
    caches,
    asked,
    github,
    environment,
    use(action, inputs, machine) {
      const handler = actions[action];
      if (handler === undefined) throw new Error(`nobody plays ${action}`);
      return handler(action, inputs, machine);
    },
  };
}
