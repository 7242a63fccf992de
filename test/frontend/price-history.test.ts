import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf } from '../../src/app.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { filled } from '../rooms/demo-shop/filled.ts';
import { findBrowser, openBrowser } from '../support/browser.ts';
import { sharedDatabase, startFrom } from '../support/databases.ts';
import { startTestServer } from '../support/test-server.ts';

startFrom('shop');

const program = findBrowser();
const configFile = join(packageRoot, 'test', 'frontend', 'page', 'vite.config.ts');

describe.skipIf(program === null)('a front end over the demo shop', () => {
  let outDir: string;
  let server: HttpServer;
  let site: PreviewServer;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    outDir = mkdtempSync(join(tmpdir(), 'whence-front-end-'));
    const context = await sharedDatabase('pglite');
    await filled(context);
    server = await startTestServer({}, schemaOf(context.database, 'a secret for tests only'));
    await build({ configFile, logLevel: 'warn', build: { outDir } });
    const proxy = { '/graphql': { target: server.url, changeOrigin: true } };
    site = await preview({ configFile, build: { outDir }, preview: { port: 0, proxy } });
    address = site.resolvedUrls?.local[0] ?? '';
    browser = await openBrowser(program ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await server?.close();
    rmSync(outDir, { recursive: true, force: true });
  });

  /** The page of a product once it has loaded; what goes wrong in it, and what it asks of elsewhere, fails the test. */
  async function open(
    sku: string,
    onPage: (page: Page) => Promise<void>,
    prepare: (page: Page) => Promise<unknown> = async () => {},
  ): Promise<void> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(address) && !request.url().startsWith('data:')) wrong.push(`asks ${request.url()}`);
    });
    try {
      await prepare(page);
      await page.goto(`${address}?sku=${encodeURIComponent(sku)}`);
      await page.getByRole('status').and(page.getByText(/^$/)).waitFor({ state: 'attached' });
      await onPage(page);
      expect(wrong).toEqual([]);
    } finally {
      await page.close();
    }
  }
  const rows = (page: Page) => page.getByRole('table').locator('tbody tr');
  const cells = (page: Page, row: number) => rows(page).nth(row).locator('th, td').allTextContents();

  it('shows what the laptop costs, and who made it cheaper, when and why', async () => {
    await open('LAPTOP-15', async (page) => {
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Laptop 15');
      expect(await page.locator('.price').textContent()).toBe('Present price1199.99 USD');
      expect(await page.getByRole('table', { name: 'Price changes of Laptop 15, newest first' }).isVisible()).toBe(true);
      const told = ['Spring promotion: stay close to the price of Northgate Electronics', 'PROMOTION', 'PRC-468', 'Ada Brandt'];
      expect(await rows(page).count()).toBe(1);
      expect(await cells(page, 0)).toEqual(['2026-02-11 10:04:37', '1299.99 USD', '1199.99 USD', '−7.69 %', 'Priya Nair', ...told]);
      expect(await page.getByRole('button', { name: 'Older changes' }).count()).toBe(0);
    });
  });

  it('brings older changes page by page, by the keyboard too', async () => {
    await open('SKU005', async (page) => {
      expect(await rows(page).count()).toBe(5);
      await page.getByRole('button', { name: 'Older changes' }).focus();
      await page.keyboard.press('Enter');
      await rows(page).nth(5).waitFor();
      const times = await rows(page).locator('time').allTextContents();
      expect(times).toHaveLength(6);
      expect(times).toEqual([...new Set(times)].toSorted().toReversed());
      expect(await page.getByRole('button', { name: 'Older changes' }).count()).toBe(0);
      // Each price is what the change before it left.
      const shown = await Promise.all(times.map((_, row) => cells(page, row)));
      expect(shown.slice(0, -1).map(([, before]) => before)).toEqual(shown.slice(1).map(([, , after]) => after));
    });
  });

  it('says so where no reason was given, where nothing changed and where there is no such product', async () => {
    await open('WEBCAM-HD', async (page) => {
      expect((await cells(page, 1)).slice(4)).toEqual(['Jonas Weber', 'No reason given', '', '', '']);
    });
    await open('MOUSE-W', async (page) => {
      expect(await page.getByText('The price has not changed since it was first recorded.').isVisible()).toBe(true);
      expect(await page.getByRole('table').count()).toBe(0);
    });
    await open('<b>NONE</b>', async (page) => {
      expect(await page.getByText('There is no product <b>NONE</b>.').isVisible()).toBe(true);
      await page.getByLabel('Product').fill('LAPTOP-15');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Laptop 15' }).waitFor();
    });
  });

  it('shows what went wrong, and tries again', async () => {
    let isDown = true;
    const breakDown = (page: Page) => page.route('**/graphql', (route) => (isDown ? route.abort() : route.continue()));
    await open(
      'LAPTOP-15',
      async (page) => {
        expect(await page.getByRole('alert').textContent()).toBe('The price history could not be loaded: the server does not answer.');
        isDown = false;
        await page.getByRole('button', { name: 'Try again' }).click();
        await rows(page).first().waitFor();
        expect(await page.getByRole('alert').count()).toBe(0);
      },
      breakDown,
    );
    await open('a\0b', async (page) => {
      expect(await page.getByRole('alert').textContent()).toMatch(/^The price history could not be loaded: .*NUL/);
    });
  });
});
