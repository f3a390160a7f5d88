import type { DenyEntry, MintedCredential, MintedCredentials } from '@app/identity';
import type { AuditDatabase } from '../audit-database.js';
import { Conditions } from '../conditions.js';
import { CursorError } from '../cursor.js';
import type { StoredActor } from '../entities/deny-entry.entity.js';
import {
  type CredentialFilter,
  type NewCredential,
  type StoredCredential,
  TooManyCredentials,
} from './stored-credential.js';

const SHOWN = `SELECT c.name, c.target, c.principal, c.networks, c.purpose, c.minted_at AS "mintedAt", c.not_after AS "notAfter",
  c.revoked_at AS "revokedAt", c.revoked_by AS "revokedBy" FROM credential c`;

/**
 * Minted credentials. The first half is for gateways, whose login can ask for one by its name and for the revoked ones and nothing else;
 * the second for the control API, whose login cannot read a verifier. Everything throws while the database is down.
 */
export class CredentialStore implements MintedCredentials {
  constructor(private readonly database: AuditDatabase) {}

  /** @returns null: never minted, or revoked. One that has expired is found */
  async find(name: string): Promise<MintedCredential | null> {
    const [row] = await this.database.query<Omit<MintedCredential, 'notAfter'> & { notAfter: Date }>(
      'SELECT name, target, verifier, principal, networks, not_after AS "notAfter" FROM credential_find($1)',
      [name],
    );
    return row ? { ...row, notAfter: row.notAfter.getTime() } : null;
  }

  /** What was revoked before its end, as entries of the deny-list: its name is the `jti` of the principals that it makes. */
  async revoked(): Promise<readonly DenyEntry[]> {
    const rows = await this.database.query<{ iss: string; name: string; notAfter: Date }>(
      'SELECT iss, name, not_after AS "notAfter" FROM credential_revocations()',
    );
    return rows.map(({ iss, name }) => ({ iss, kind: 'jti', value: name, expires: null }));
  }

  /**
   * Keeps a credential, and forgets those that ended 30 days ago.
   * @param most how many one person may have that open something @throws TooManyCredentials
   */
  async mint(credential: NewCredential, most: number): Promise<StoredCredential> {
    const { name, target, verifier, principal, networks, purpose, notAfter } = credential;
    const { iss, sub } = principal;
    return this.database.transaction(async (query) => {
      // two that mint at once take turns: the bound holds whoever races
      await query(`SELECT pg_advisory_xact_lock(hashtextextended('sallyport:credentials:' || $1, 0))`, [
        JSON.stringify([iss, sub]),
      ]);
      const [live] = await query<{ count: number }>(
        `SELECT count(*)::int AS count FROM credential c
         WHERE c.principal->>'iss' = $1 AND c.principal->>'sub' = $2 AND c.not_after > now() AND c.revoked_at IS NULL`,
        [iss, sub],
      );
      if ((live?.count ?? 0) >= most) throw new TooManyCredentials(most);
      await query(`DELETE FROM credential WHERE not_after < now() - interval '31 days'`);
      await query(
        `INSERT INTO credential (name, target, verifier, principal, networks, purpose, not_after)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [name, target, verifier, JSON.stringify(principal), networks, purpose, new Date(notAfter)],
      );
      const [kept] = await query<StoredCredential>(`${SHOWN} WHERE c.name = $1`, [name]);
      if (!kept) throw new Error(`the credential ${name} was not kept`);
      return kept;
    });
  }

  /** How many somebody has that open something. */
  async live(iss: string, sub: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM credential c
       WHERE c.principal->>'iss' = $1 AND c.principal->>'sub' = $2 AND c.not_after > now() AND c.revoked_at IS NULL`,
      [iss, sub],
    );
    return row?.count ?? 0;
  }

  async get(name: string): Promise<StoredCredential | null> {
    const [row] = await this.database.query<StoredCredential>(`${SHOWN} WHERE c.name = $1`, [name]);
    return row ?? null;
  }

  /** Newest first. @throws CursorError */
  async list(
    filter: CredentialFilter,
  ): Promise<{ readonly items: readonly StoredCredential[]; readonly next: string | null }> {
    const conditions = new Conditions();
    const { visibleTo, liveAt, target, cursor, limit } = filter;
    if (visibleTo)
      conditions.add(
        [visibleTo.iss, visibleTo.sub],
        (iss, sub) => `c.principal->>'iss' = ${iss} AND c.principal->>'sub' = ${sub}`,
      );
    if (liveAt) conditions.add([liveAt], (at) => `c.not_after > ${at} AND c.revoked_at IS NULL`);
    if (target !== undefined) conditions.add([target], (wanted) => `c.target = ${wanted}`);
    if (cursor !== undefined)
      conditions.add([...decodeCursor(cursor)], (at, name) => `(c.minted_at, c.name) < (${at}::timestamptz, ${name})`);
    const rows = await this.database.query<StoredCredential>(
      `${SHOWN} WHERE ${conditions.toString()} ORDER BY c.minted_at DESC, c.name DESC LIMIT ${limit + 1}`,
      conditions.values,
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, next: rows.length > limit && last ? encodeCursor(last) : null };
  }

  /** @returns whether it was in force until now */
  async revoke(name: string, by: StoredActor): Promise<boolean> {
    const rows = await this.database.query<{ name: string }>(
      `WITH done AS (
         UPDATE credential SET revoked_at = now(), revoked_by = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING name
       ) SELECT name FROM done`,
      [name, JSON.stringify(by)],
    );
    return rows.length === 1;
  }
}

function encodeCursor({ mintedAt, name }: StoredCredential): string {
  return Buffer.from(JSON.stringify([mintedAt.getTime(), name])).toString('base64url');
}

/** @throws CursorError */
function decodeCursor(text: string): readonly [Date, string] {
  try {
    const [at, name] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [unknown, unknown];
    if (typeof at === 'number' && Math.abs(at) <= 8.64e15 && typeof name === 'string') return [new Date(at), name];
  } catch {
    // falls through to the one error
  }
  throw new CursorError();
}
