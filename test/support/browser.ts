import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium of this machine (TEST_BROWSER, else where it usually is); null where there is none. @throws where continuous integration has none. */
export function findBrowser(): string | null {
  const given = process.env['TEST_BROWSER'];
  const found = (given === undefined ? usualPlaces : [given]).find(existsSync);
  if (found) return found;
  const missing = given === undefined ? 'No Chromium is installed here' : `TEST_BROWSER: there is no ${given}`;
  if (given !== undefined || process.env['CI'] === 'true') throw new Error(`${missing}: the front end cannot be tested.`);
  console.warn(`${missing}: the front end's test is skipped (set TEST_BROWSER).`);
  return null;
}

/** Without a window, and without anything that asks other machines. */
export function openBrowser(executablePath: string): Promise<Browser> {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-background-networking', ...quiet] });
}
