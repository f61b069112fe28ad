import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import type { LogIn } from './person';
import { workFile } from './platform';
import { served } from './served';

const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Of nothing but the pages that it is sent to. */
const ALONE = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/** The digest by which Chromium is told to trust a server, which the platform's authority has to have signed. */
async function keyDigest(url: URL): Promise<string> {
  const certificate = await served(url.hostname, Number(url.port));
  const authority = new X509Certificate(readFileSync(workFile('ca.crt')));
  if (!certificate.verify(authority.publicKey)) throw new Error(`${url.host} shows a certificate of another authority`);
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

async function fill(page: Page, name: string, password: string): Promise<void> {
  await page.locator('#username').fill(name);
  await page.locator('#password').fill(password);
  await page.locator('#kc-login').click();
}

/**
 * A login as people do it, in Chromium.
 * @param servers that it meets on the way
 * @param before wrong passwords that are tried first
 */
export const inChromium =
  (servers: readonly string[], ...before: string[]): LogIn =>
  async (url, name, password) => {
    const digests = await Promise.all(servers.map((server) => keyDigest(new URL(server))));
    const browser = await chromium.launch({
      executablePath: PATH,
      args: [...ALONE, '--no-sandbox', `--ignore-certificate-errors-spki-list=${digests}`],
    });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      for (const wrong of before) {
        await fill(page, name, wrong);
        await page.getByText('Invalid username or password').waitFor();
      }
      await fill(page, name, password);
      // Boundary may be built without its own page: whatever comes after the login's is the end.
      await page.waitForURL((now) => !now.pathname.startsWith('/realms/'), { waitUntil: 'commit' }).catch(() => {});
      return await page.content();
    } finally {
      await browser.close();
    }
  };

export const hasChromium = existsSync(PATH);
