/** A page opened from disk, as a user opens it, with everything that it says and asks for. */
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface Opened {
  page: Page;
  /** What the page said on its console, dialogs and errors among it. */
  console: string[];
  /** Everything that it asked for besides its own file. */
  requests: string[];
}

/** `address`: what stands behind the file's name, such as `#v3`. */
export async function openFile(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
  address = '',
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const opened: Opened = { page, console: [], requests: [] };
  page.on('console', (message) => opened.console.push(message.text()));
  page.on('pageerror', (error) => opened.console.push(String(error)));
  page.on('dialog', (dialog) => {
    opened.console.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) opened.requests.push(request.url());
  });
  await page.goto(`${url}${address}`);
  return opened;
}
