import { ulid } from '@app/platform';
import { Client } from 'pg';
import { ApprovalStore } from '../approvals/approval.store.js';
import type { NewApproval, StoredApproval } from '../approvals/stored-approval.js';
import { AuditDatabase } from '../audit-database.js';
import { runMigrations } from '../data-source.js';
import { ensureLogins } from '../logins.js';
import { ask, decision, judge, pastTheGuards } from './approvals.js';

type Asked = Parameters<typeof ask>[0];

/** The stores as a gateway and the control API have them, each with the login of its group, and what specs do with them. */
export class ApprovalStores {
  readonly #databases: readonly [AuditDatabase, AuditDatabase];
  /** what gateways may */
  readonly gateway: ApprovalStore;
  /** what the control API may */
  readonly control: ApprovalStore;

  private constructor(
    gateway: AuditDatabase,
    control: AuditDatabase,
    private readonly superuserUrl: string,
  ) {
    this.#databases = [gateway, control];
    this.gateway = new ApprovalStore(gateway);
    this.control = new ApprovalStore(control);
  }

  /** On a server without our schema. */
  static async open(server: {
    readonly url: string;
    readonly superuserUrl: string;
    urlFor(user: string): string;
  }): Promise<ApprovalStores> {
    await runMigrations(server.url);
    await ensureLogins(
      server.url,
      (['gateway', 'control', 'reader'] as const).map((group) => ({ name: `${group}_login`, password: 'x', group })),
    );
    const database = (login: string): AuditDatabase => new AuditDatabase(server.urlFor(login), 8);
    return new ApprovalStores(database('gateway_login'), database('control_login'), server.superuserUrl);
  }

  async close(): Promise<void> {
    for (const database of this.#databases) await database.close();
  }

  async shown(id: string): Promise<StoredApproval> {
    const approval = await this.control.get(id);
    if (!approval) throw new Error(`no approval ${id}`);
    return approval;
  }

  async asked(replaced?: Asked): Promise<{ question: NewApproval; approval: StoredApproval }> {
    const question = ask(replaced);
    const { id } = await this.gateway.request(question);
    return { question, approval: await this.shown(id) };
  }

  async granted(replaced?: Asked): Promise<{ question: NewApproval; approval: StoredApproval }> {
    const { question, approval } = await this.asked(replaced);
    return { question, approval: await this.control.decide(approval.id, decision(approval, 'carol'), judge) };
  }

  /** Uses the grant of a question for an operation of its own. @returns whether it was good */
  async use({ digest, session }: NewApproval, id: string): Promise<boolean> {
    const operation = ulid(Date.now());
    return (await this.gateway.consume({ id, digest, epoch: 'e'.repeat(32), operation, session })) !== null;
  }

  async superuser(sql: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.superuserUrl });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Makes the end of an approval lie in the past. */
  async runOut(id: string): Promise<void> {
    await pastTheGuards(this.superuserUrl, `UPDATE approval SET expires = now() - interval '1 ms' WHERE id = $1`, [id]);
  }
}
