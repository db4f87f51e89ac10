// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'junit2json';
import { chromium } from 'playwright-core';
import { z } from 'zod';
import { browsers } from '../../runner/setup/needs.ts';
import { listen } from '../report/noise.ts';

/** What a shipped schema has against a file of a run directory; empty: nothing. */
export function schemaProblems(folder: string, name: 'evidence' | 'verdict'): string[] {
  const file = fileURLToPath(new URL(`../../runner/report/${name}.schema.json`, import.meta.url));
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')));
  const found = schema.safeParse(
    JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')),
  );
  return found.error?.issues.map((it) => `${it.path.join('.')}: ${it.message}`) ?? [];
}

/** The cases that an importer of JUnit finds, `failed` or `passed` each. */
export async function importedCases(folder: string): Promise<Map<string, 'failed' | 'passed'>> {
  const read = await parse(readFileSync(path.join(folder, 'junit.xml'), 'utf8'));
  if (read === null || read === undefined || !('testsuite' in read))
    throw new Error('not taken for JUnit');
  const cases = (read.testsuite ?? []).flatMap((it) => it.testcase ?? []);
  return new Map(
    cases.map((it) => [
      `${it.classname} ${it.name}`,
      it.failure === undefined && it.error === undefined ? 'passed' : 'failed',
    ]),
  );
}

/** What a browser complains of in report.html at a desk and on a phone at night; its title. */
export async function shown(folder: string): Promise<{ title: string; noise: string[] }> {
  const executablePath = browsers.find((it) => existsSync(it));
  if (executablePath === undefined) throw new Error('no Chromium: ./patchproof setup installs it');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    const url = pathToFileURL(path.join(folder, 'report.html')).href;
    const noise = listen(page, url);
    await page.goto(url);
    for (const [width, colorScheme] of [
      [1100, 'light'],
      [360, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const wider = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      if (wider > 0) noise.push(`${width}px, ${colorScheme}: ${wider} px too wide`);
    }
    return { title: (await page.locator('h1').textContent()) ?? '', noise };
  } finally {
    await browser.close();
  }
}
