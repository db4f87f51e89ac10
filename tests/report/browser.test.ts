// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunRecord } from '../../runner/evidence/model.ts';
import { html } from '../../runner/report/html.ts';
import { browsers } from '../../runner/setup/needs.ts';
import { listen } from './noise.ts';
import { raced } from './race.ts';
import { rich } from './rich.ts';
import { hostile, interrupted, proved, verdictOf } from './sample.ts';

// A browser under load takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let browser: Browser;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'patchproof-html-'));
  const executablePath = browsers.find((it) => existsSync(it));
  if (executablePath === undefined) throw new Error('no Chromium: ./patchproof setup installs it');
  browser = await chromium.launch({
    executablePath,
    // Root in a container has no sandbox; nothing of the browser's own may go out.
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-gpu',
      '--disable-extensions',
      '--disable-software-rasterizer',
      '--renderer-process-limit=1',
      '--disable-features=Translate,BackForwardCache,OptimizationHints,MediaRouter',
    ],
  });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

interface View {
  width?: number;
  colorScheme?: 'light' | 'dark';
  /** Off for a reader; on where a tool of the test's own has to run in the page. */
  scripts?: boolean;
}

/** Opens a record's page, and hands over everything the browser complained of or asked for. */
async function open(
  record: RunRecord,
  { width = 1100, colorScheme = 'light', scripts = false }: View = {},
): Promise<{ page: Page; noise: string[] }> {
  const file = path.join(folder, 'report.html');
  writeFileSync(file, html.render(record, verdictOf(record)));
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme,
    javaScriptEnabled: scripts,
  });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const noise = listen(page, url);
  await page.goto(url);
  return { page, noise };
}

/** `<script>` and the like in every text that a guest, a patch or a proof can set. */
const attack = `"'><script>alert(1)</script><img src=x onerror=alert(2)></style></pre></details><b id=own>&lt;`;

function attacked(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((it) => attacked(it, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, it]) => [name, attacked(it, name)]),
    );
  }
  // Keys by which the parts of a record find each other stay as they are.
  const kept = ['id', 'cell', 'variant', 'kind', 'match', 'outcome', 'change', 'hash'];
  if (typeof value !== 'string' || kept.includes(key)) return value;
  return ['base', 'patched', 'v2'].includes(value) ? value : `${value}${attack}`;
}

it.each([
  ['proved', proved],
  ['rich', rich],
  ['raced', raced],
  ['interrupted', interrupted],
  ['hostile', hostile],
  ['attacked', attacked(rich) as RunRecord],
] as [string, RunRecord][])(
  '%s: quiet, within its width, accessible, at a desk and on a phone at night',
  async (_name, record) => {
    // Scripts on: if there were one, it would speak.
    const { page, noise } = await open(record, { scripts: true });
    expect(noise).toEqual([]);
    await page.evaluate(axe.source);
    for (const [width, colorScheme] of [
      [1100, 'light'],
      [360, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const { scrollWidth, clientWidth } = await page.evaluate<Record<string, number>>(
        '(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)',
      );
      expect(scrollWidth).toBe(clientWidth);
      // Of what passes one node each will do; to describe all of them takes axe most of its time.
      const { violations } = await page.evaluate<axe.AxeResults>(
        "axe.run({ resultTypes: ['violations'] })",
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    }
    // Styles of the phone and of the night may ask for something of their own.
    expect(noise).toEqual([]);
    await page.context().close();
  },
);

it('says the verdict first, then what was asked, and everything after it in order', async () => {
  const { page } = await open(proved);
  expect(await page.locator('h1').textContent()).toBe('Proved');
  expect(await page.locator('h2').allTextContents()).toEqual([
    'What was asked',
    'Tests, by what the patch did',
    'Packets dropped, by reason',
    'The patch',
    'Consoles',
    'Conditions',
  ]);
  expect(await page.locator('header').textContent()).toMatch(/8tests fixed|tests fixed8/);
  expect(await page.locator('.tag').textContent()).toBe('Tested-by: NAME <ADDRESS>');
  const links = await page.locator('nav a').all();
  expect(links).not.toEqual([]);
  for (const link of links) {
    const target = (await link.getAttribute('href')) ?? '';
    expect(await page.locator(`[id="${target.slice(1)}"]`).count()).toBe(1);
  }
});

it('shows both sides of every test and drop, the harm, the patch, and folds the consoles', async () => {
  const { page } = await open(rich);
  const verdict = verdictOf(rich);
  const text = (await page.locator('body').textContent()) ?? '';
  for (const { name } of verdict.tests) expect(text).toContain(name);
  expect(await page.locator('.harm').textContent()).toContain('A forged FIN');
  expect(await page.locator('.tag').count()).toBe(0);
  expect(await page.locator('.said', { hasText: 'rcv_nxt moved by 1000 B' }).count()).toBe(4);
  const drop = page.locator('.bars tr', { hasText: 'SOCKET_REPAIR' }).first();
  expect(await drop.locator('td').allTextContents()).toEqual(['absent', '24']);
  const widths = await drop
    .locator('rect')
    .evaluateAll((all) => all.map((it) => Number(it.getAttribute('width'))));
  expect(widths).toEqual([0, 100]);
  expect(await page.locator('.diff .add').first().textContent()).toContain('repair');
  expect(await page.locator('.diff').first().isVisible()).toBe(true);
  const trace = page.locator('pre', { hasText: 'Call Trace:' });
  expect(await trace.isVisible()).toBe(false);
  await page.locator('summary', { hasText: 'WARNING: CPU: 1' }).click();
  expect(await trace.isVisible()).toBe(true);
});

it('takes text for text, whoever wrote it', async () => {
  const { page, noise } = await open(attacked(rich) as RunRecord);
  expect(noise).toEqual([]);
  expect(await page.locator('script, img, b#own, iframe, object, link').count()).toBe(0);
  const text = (await page.locator('body').textContent()) ?? '';
  expect(text.split('<script>alert(1)</script>').length).toBeGreaterThan(50);
  expect(await page.locator('style').count()).toBe(1);
});

it('shows the race in a box of its own that scrolls on a phone, by the keyboard, too', async () => {
  const { page } = await open(raced, { width: 360, scripts: true });
  const box = page.locator('figure .scroll').first();
  const picture = page.getByRole('img', { name: /race_data_after.* on base/ }).first();
  expect(await picture.isVisible()).toBe(true);
  await box.focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => box.evaluate((it) => it.scrollLeft)).toBeGreaterThan(0);
  const boxes = await picture
    .locator('path.queued, path.sent')
    .evaluateAll((all) =>
      all.map((it) => it.getBoundingClientRect()).map(({ x, y }) => Number.isFinite(x + y)),
    );
  expect(boxes.length).toBeGreaterThan(20);
  expect(boxes).not.toContain(false);
});

it('has two colour schemes, and prints unfolded without links', async () => {
  const paper = async (view: View): Promise<string> => {
    const { page } = await open(proved, view);
    return page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  };
  expect(await paper({ colorScheme: 'light' })).toBe('rgb(252, 252, 250)');
  expect(await paper({ colorScheme: 'dark' })).toBe('rgb(21, 23, 26)');
  const { page } = await open(rich, { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('nav').isVisible()).toBe(false);
  expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe(
    'rgb(255, 255, 255)',
  );
  const trace = page.locator('pre', { hasText: 'Call Trace:' });
  expect(await trace.evaluate((it) => it.checkVisibility({ contentVisibilityAuto: true }))).toBe(
    true,
  );
  expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
});
