import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from '../private-file.js';
import { claimsOf } from '../sign-in/jwt-claims.js';
import { privateFolder } from '../sign-in/stored-sign-in.js';
import { type MintedAnswer, mintedAnswer } from './minted-credential.js';

/** A kept credential is used until so long before its end, or for half of its life where that is shorter. */
const MARGIN_MS = 300_000;

const folderIn = (folder: string): string => join(folder, 'minted');

/**
 * Where a credential is kept: one file per control API, person, groups, agents, purpose and what was asked for. The token is only read
 * for that, and may have ended: what it minted lives on.
 */
export function keptFile(folder: string, address: string, token: string, asked: object): string {
  const claims = claimsOf(token);
  const who = claims === null ? token : ['iss', 'sub', 'groups', 'act', 'azp', 'purpose'].map((name) => claims[name]);
  const key = createHash('sha256')
    .update(JSON.stringify([address, who, asked]))
    .digest('hex')
    .slice(0, 32);
  return join(folderIn(folder), `${key}.json`);
}

/** @param now ms since 1970 @returns null: there is none that lives long enough */
export function readKept(file: string, now: number): MintedAnswer | null {
  const credential = parse(file);
  if (credential === null) return null;
  const [from, until] = [Date.parse(credential.mintedAt), Date.parse(credential.expiresAt)];
  return until - Math.min(MARGIN_MS, (until - from) / 2) > now ? credential : null;
}

export function keep(folder: string, file: string, credential: MintedAnswer): void {
  privateFolder(folder);
  privateFolder(folderIn(folder));
  writePrivate(file, `${JSON.stringify(credential)}\n`);
}

export function removeKept(file: string): void {
  rmSync(file, { force: true });
}

/** All that are kept. */
export function keptCredentials(folder: string): readonly { file: string; credential: MintedAnswer }[] {
  const kept = folderIn(folder);
  if (!existsSync(kept)) return [];
  return readdirSync(kept)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const file = join(kept, name);
      const credential = parse(file);
      return credential === null ? [] : [{ file, credential }];
    });
}

/** A file with the certificates that sign the gateway's, since clients want a path. @returns its path */
export function authorityFile(folder: string, certificates: string): string {
  const name = createHash('sha256').update(certificates).digest('hex').slice(0, 16);
  const file = join(folderIn(folder), `ca-${name}.pem`);
  if (existsSync(file) && readFileSync(file, 'utf8') === certificates) return file;
  privateFolder(folder);
  privateFolder(folderIn(folder));
  writeFileSync(file, certificates, { mode: 0o600 });
  return file;
}

function parse(file: string): MintedAnswer | null {
  try {
    return mintedAnswer(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
