import type { Rule } from '@app/policy';
import type { AuditDatabase } from '../audit-database.js';

/** A set of rules that was in force. */
export interface PolicyVersion {
  /** `sha256:…` of the canonical JSON of the rules */
  readonly hash: string;
  /** where it came from, such as `file` */
  readonly source: string;
  /** who put it in force */
  readonly by: string;
  /** when it was first */
  readonly at: Date;
}

/** Every policy that was ever in force, by its hash. Insert-only. */
export class PolicyVersionStore {
  constructor(private readonly database: AuditDatabase) {}

  /** Keeps a version; one that is there stays as it is. @throws when the database is down */
  async put(version: {
    readonly hash: string;
    readonly rules: readonly Rule[];
    readonly source: string;
    readonly by: string;
  }): Promise<void> {
    await this.database.query(
      'INSERT INTO policy_version (hash, rules, source, "by") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [version.hash, JSON.stringify(version.rules), version.source, version.by],
    );
  }

  /** Newest first. */
  async list(limit = 100): Promise<readonly PolicyVersion[]> {
    return this.database.query<PolicyVersion>(
      `SELECT hash, source, "by", at FROM policy_version ORDER BY at DESC, hash LIMIT ${limit}`,
    );
  }

  async get(hash: string): Promise<(PolicyVersion & { readonly rules: readonly Rule[] }) | null> {
    const [row] = await this.database.query<PolicyVersion & { rules: readonly Rule[] }>(
      'SELECT hash, source, "by", at, rules FROM policy_version WHERE hash = $1',
      [hash],
    );
    return row ?? null;
  }
}
