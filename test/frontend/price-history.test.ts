import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf } from '../../src/app.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { DomainError } from '../../src/shared/errors.ts';
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

  /** The page of the audit log of a server; what goes wrong in it, and what it asks of elsewhere, fails the test. */
  async function openLog(of: HttpServer, filters: string, onPage: (page: Page) => Promise<void>): Promise<void> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (line) => {
      if (line.type() === 'error' && !line.text().includes('401')) wrong.push(line.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(of.url)) wrong.push(`asks ${request.url()}`);
    });
    try {
      await page.goto(`${of.url}/audit-log${filters}`);
      await onPage(page);
      expect(wrong).toEqual([]);
    } finally {
      await page.close();
    }
  }
  const told = (page: Page, text: string | RegExp) => page.getByRole('status').and(page.getByText(text)).waitFor();
  const openers = (page: Page) => page.locator('button.opener');

  it('A23 G17 the page of the audit log finds entries by key, field, who and day, opens one, and keeps what was asked in its address', async () => {
    await openLog(server, '', async (page) => {
      await told(page, '50 entries, and there are more.');
      await page.getByLabel('Key', { exact: true }).fill('SKU001');
      await page.getByLabel('Field').fill('safetyStock');
      await page.getByLabel('From').fill('2026-02-09');
      await page.getByLabel('To', { exact: true }).fill('2026-02-15');
      await page.getByRole('button', { name: 'Show' }).click();
      await told(page, '2 entries.');
      expect(await openers(page).allTextContents()).toEqual([
        'Ada Brandt changed safety stock of product SKU001 from 10 to 20: Supplier now needs ten days to deliver.',
        'system changed safety stock of product SKU001 from 15 to 10: Demand of the last 30 days fell.',
      ]);
      await openers(page).first().press('Enter');
      const detail = page.locator('tr.detail').first();
      expect(await detail.locator('tbody td').allTextContents()).toEqual(['safetyStock', '10', '20']);
      expect(await detail.locator('dl').textContent()).toContain('admin-console, 192.0.2.11');
      expect(new URL(page.url()).search).toBe('?key=SKU001&field=safetyStock&from=2026-02-09&to=2026-02-15');
      await page.reload();
      await told(page, '2 entries.');
      await page.getByLabel('Who', { exact: true }).fill('Ada');
      await page.getByLabel('Who', { exact: true }).press('Enter');
      await told(page, 'One entry.');
      await page.goBack();
      await told(page, '2 entries.');
      await page.getByRole('button', { name: 'Clear' }).click();
      await told(page, '50 entries, and there are more.');
    });
  });

  it('A23 it pages on and back, goes from an entry to its run, and says why nothing is found', async () => {
    await openLog(server, '?event=ORDER_CONFIRMED&order=ASC', async (page) => {
      await told(page, '50 entries, and there are more.');
      const first = await openers(page).first().textContent();
      await page.getByRole('button', { name: 'Next' }).click();
      await page
        .locator('button.opener')
        .first()
        .filter({ hasNotText: first ?? '' })
        .waitFor();
      await page.getByRole('button', { name: 'Previous' }).click();
      await page
        .locator('button.opener')
        .first()
        .filter({ hasText: first ?? '' })
        .waitFor();
      expect(await page.getByRole('button', { name: 'Previous' }).isDisabled()).toBe(true);
    });
    await openLog(server, '?event=ORDER_CONFIRMED&run=run_20260217_143022_a1b2c3d4', async (page) => {
      await told(page, '15 entries.');
      await page.getByRole('button', { name: 'Run Confirm 15 orders' }).first().click();
      await told(page, '17 entries.');
    });
    await openLog(server, '?table=%3Cb%3Enothing', async (page) => {
      await told(page, 'No entry fits.');
      expect(await page.getByRole('table').isVisible()).toBe(false);
    });
    await openLog(server, '?run=17', async (page) => {
      await told(page, /run/i);
    });
  });

  it('A23 where tokens are wanted the page holds nothing and asks for one, which stays in its tab', async () => {
    const callerOf = async ({ authorization }: { authorization?: string | undefined }) => {
      if (authorization === 'Bearer good') return fixedCaller;
      throw new DomainError('UNAUTHENTICATED', 'There is no valid token.');
    };
    const context = await sharedDatabase('pglite');
    const closed = await startTestServer({ requiresTokens: true, callerOf }, schemaOf(context.database, 'a secret for tests only'));
    try {
      await openLog(closed, '?key=SKU001', async (page) => {
        await page.getByRole('heading', { name: 'Who asks?' }).waitFor();
        expect(await page.locator('#entries tbody tr').count()).toBe(0);
        await page.getByLabel('Token or API key').fill('good');
        await page.getByRole('button', { name: 'Go on' }).click();
        await told(page, /^\d+ entries/);
        await page.getByRole('button', { name: 'Forget the token' }).click();
        await page.getByRole('heading', { name: 'Who asks?' }).waitFor();
      });
    } finally {
      await closed.close();
    }
  });
});
