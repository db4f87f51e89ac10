// SPDX-License-Identifier: MIT
import type { Page } from 'playwright-core';

/** Gathers everything that a page says, trips over or asks for beside itself. */
export function listen(page: Page, url: string): string[] {
  const noise: string[] = [];
  page.on('console', (message) => noise.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => noise.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== url) noise.push(`request: ${request.url()}`);
  });
  return noise;
}
