import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { clone, type QuickstartFile } from './quickstart.js';

/** A page, and where it was. */
interface Page {
  readonly url: string;
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/** A browser without scripts that trusts one authority: cookies, redirects, forms. */
class PlainBrowser {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly ca: string) {}

  /** Follows redirects. */
  async open(url: string, form?: URLSearchParams): Promise<Page> {
    let page = await this.#call(url, form);
    for (let left = 20; page.location !== undefined && left > 0; left -= 1)
      page = await this.#call(new URL(page.location, page.url).href);
    return page;
  }

  /** Sends the form of a page with what stands in its fields, `fields` on top. */
  submit(page: Page, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
    const action = attribute(/<form[^>]*>/.exec(page.text)?.[0] ?? '', 'action');
    if (action === undefined) throw new Error(`no form on ${page.url} (status ${page.status}): ${page.text}`);
    const form = new URLSearchParams();
    for (const [tag] of page.text.matchAll(/<input[^>]*>/g)) {
      const name = attribute(tag, 'name');
      if (name !== undefined) form.set(name, attribute(tag, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return this.open(new URL(action.replaceAll('&amp;', '&'), page.url).href, form);
  }

  #call(url: string, form?: URLSearchParams): Promise<Page> {
    const body = form?.toString();
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const options = {
      method: body === undefined ? 'GET' : 'POST',
      ca: this.ca,
      agent: false as const,
      headers: { ...(cookie === '' ? {} : { cookie }), ...type },
    };
    return new Promise((resolve, reject) => {
      const outgoing = (url.startsWith('https:') ? request : plainRequest)(url, options, (response) => {
        for (const line of response.headers['set-cookie'] ?? []) {
          const [pair = ''] = line.split(';');
          const at = pair.indexOf('=');
          this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
        }
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          resolve({ url, status: response.statusCode ?? 0, location: response.headers.location, text }),
        );
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

/** What a command said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `sallyport login` with `args`, and goes through the pages of the development issuer as a person would: in the browser it asks for,
 * or with `--device` on another one.
 */
export async function signInAs(
  person: string,
  { home, ca }: Pick<QuickstartFile, 'home' | 'ca'>,
  args: readonly string[] = [],
): Promise<Said> {
  const main = join(clone, 'dist', 'apps', 'cli', 'src', 'main.js');
  const command = spawn(process.execPath, [main, 'login', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  command.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => command.once('close', resolve));
  const shown = new Promise<string>((resolve) => {
    command.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      const url = /, or open (https:\S+)\n|^ {2}(https:\S+\/auth\?\S+)\n/m.exec(err);
      if (url) resolve(url[1] ?? url[2] ?? '');
    });
  });
  try {
    const url = await Promise.race([shown, ended.then(() => null)]);
    if (url !== null) {
      const browser = new PlainBrowser(readFileSync(ca, 'utf8'));
      let page = await browser.open(url);
      // on a device: the code is sent, compared, and then one signs in
      for (let left = 5; left > 0 && page.text.includes('<form'); left -= 1)
        page = await browser.submit(page, page.text.includes('name="person"') ? { person } : {});
    }
    return { code: await ended, out, err };
  } finally {
    command.kill('SIGKILL');
  }
}
