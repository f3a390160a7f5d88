import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cloneFolder } from './command-line.js';
import { readIssuerKeys, signToken } from './issuer-keys.js';
import { findPerson, people } from './people.js';
import { QuickstartError } from './quickstart.error.js';

const defaultTtl = 12 * 3600;

/**
 * Prints a token of the development issuer; what `sallyport token` runs. Arguments: --as NAME [--agent A] [--purpose P]
 * [--ttl 60s] [--home DIR], and --json.
 */
export function printToken(args: readonly string[]): Promise<void> {
  const values = parse(args);
  const name = values.as;
  const names = people.filter(({ agent }) => agent === null).map((person) => person.name);
  if (name === undefined) throw new QuickstartError(`--as is missing; one of ${names.join(', ')}`, 2);
  const person = findPerson(name);
  if (person === undefined)
    throw new QuickstartError(`there is no "${name}"; --as takes one of ${names.join(', ')}`, 2);
  const home = values.home === undefined ? join(cloneFolder, '.sallyport') : resolve(values.home);
  const keys = readIssuerKeys(join(home, 'issuer'));
  if (keys === null)
    throw new QuickstartError(`the development issuer has never run in ${home}; run "npm start" first, or give --home`);
  const ttl = values.ttl === undefined ? defaultTtl : seconds(values.ttl);
  const now = Date.now();
  const token = signToken(keys, {
    issuer: issuerUrl(home),
    person,
    agent: values.agent ?? null,
    purpose: values.purpose ?? null,
    ttl,
    now,
  });
  const expiresAt = new Date((Math.floor(now / 1000) + ttl) * 1000).toISOString();
  process.stdout.write(values.json ? `${JSON.stringify({ token, user: person.user, expiresAt })}\n` : `${token}\n`);
  return Promise.resolve();
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { as: text, agent: text, purpose: text, ttl: text, home: text, json: { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new QuickstartError((error as Error).message, 2);
  }
}

/** `60s`, `15m`, `12h` or `1d` in seconds. */
function seconds(text: string): number {
  const [, number, unit = ''] = /^(\d{1,7})(s|m|h|d)$/.exec(text) ?? [];
  const factor = { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  if (factor === undefined || Number(number) === 0)
    throw new QuickstartError(`--ttl is a time such as 60s, 15m or 12h, not "${text}"`, 2);
  return Number(number) * factor;
}

/** The issuer's address changes with its port; the running start knows it. */
function issuerUrl(home: string): string {
  const file = join(home, 'quickstart.json');
  let said: { issuer?: { url?: unknown } | null; people?: readonly unknown[] };
  try {
    said = JSON.parse(readFileSync(file, 'utf8')) as typeof said;
  } catch {
    throw new QuickstartError(`nothing is running on ${home} (no ${file}); run "npm start" first, or give --home`);
  }
  if (typeof said.issuer?.url !== 'string' || !said.people?.length)
    throw new QuickstartError('the running configuration has an issuer of its own; get a token there');
  return said.issuer.url;
}
