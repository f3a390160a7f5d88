import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Requirement, Review } from '@app/approvals';
import { ulid } from '@app/platform';
import { ApprovalStore, AuditDatabase, ensureLogins, runMigrations, type StoredApproval } from '@app/store';
import { startIssuer, type TestIssuer } from '../../../../test/support/issuer.js';
import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { type Answer, RunningControl } from './running-control.js';

/** What a spec changes of the question that alice asks through autogen. */
export interface Asked {
  readonly requirements?: readonly Partial<Requirement>[];
  readonly statement?: string;
  readonly act?: readonly string[];
  readonly azp?: string | null;
  readonly expires?: number;
}

const requirement: Requirement = {
  rule: 'bulk export',
  owner: 'erin@example.com',
  reviewers: { groups: ['privacy'], users: [] },
  quorum: 1,
  stepUp: null,
};

/** The control API beside a gateway that asks: on a real database, with the gateway's own login. */
export class ApprovalWorld {
  private constructor(
    readonly control: RunningControl,
    readonly issuer: TestIssuer,
    readonly gateway: ApprovalStore,
    readonly gatewayDatabase: AuditDatabase,
    readonly controlDatabase: AuditDatabase,
    private readonly postgres: TestPostgres,
    private readonly folder: string,
  ) {}

  static async start(): Promise<ApprovalWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-approvals-'));
    const [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
    await runMigrations(postgres.url);
    await ensureLogins(postgres.url, [
      { name: 'gateway_login', password: 'x', group: 'gateway' },
      { name: 'control_login', password: 'x', group: 'control' },
    ]);
    const [gatewayUrl, controlUrl] = [postgres.urlFor('gateway_login'), postgres.urlFor('control_login')];
    const control = await RunningControl.start({ folder, issuer, gatewayUrl, controlUrl }, async () => undefined);
    const database = new AuditDatabase(gatewayUrl);
    const controlDatabase = new AuditDatabase(controlUrl);
    return new ApprovalWorld(control, issuer, new ApprovalStore(database), database, controlDatabase, postgres, folder);
  }

  /** A gateway asks. @returns id of the approval */
  async ask(asked: Asked = {}): Promise<string> {
    const [id, operation] = [ulid(Date.now()), ulid(Date.now())];
    const requirements = (asked.requirements ?? [{}]).map((over) => ({ ...requirement, ...over }));
    const { sub, iss, user } = { iss: this.issuer.url, sub: 'alice-sub', user: 'alice@example.com' };
    const act = [...(asked.act ?? ['autogen'])];
    const review: Review = {
      target: 'crm',
      protocol: 'postgres',
      effect: 'read',
      verb: 'SELECT',
      statement: asked.statement ?? 'SELECT email FROM customers',
      parameters: [],
      objects: ['crm.public.customers'],
      reads: ['email'],
      writes: [],
      estimatedRows: 12_000,
      diff: null,
      notes: [],
      requester: { user, sub, iss },
      act,
      purpose: 'support',
      rules: requirements.map(({ rule }) => rule),
      rowsOut: null,
    };
    const requester = { iss, sub, user, groups: ['analysts'], act, azp: asked.azp ?? null, purpose: 'support' };
    const session = 'S-1';
    const digest = `sha256:${id
      .toLowerCase()
      .padEnd(64, '0')
      .replaceAll(/[^0-9a-f]/g, '1')}`;
    const expires = asked.expires ?? 900_000;
    const policy = `sha256:${'0'.repeat(64)}`;
    await this.gateway.request({
      id,
      operation,
      session,
      requester,
      requirements,
      review,
      digest,
      expires,
      policy,
      kind: 'operation',
      target: 'crm',
      protocol: 'postgres',
    });
    return id;
  }

  stored(id: string): Promise<StoredApproval | null> {
    return this.gateway.get(id);
  }

  show(id: string, as: string): Promise<Answer> {
    return this.control.get(`/v1/approvals/${id}`, as);
  }

  /** Decides on what stands there. @param as a person or a token */
  async decide(id: string, as: string, over: object = {}): Promise<Answer> {
    const rendering = (await this.stored(id))?.rendering;
    return this.control.call('POST', `/v1/approvals/${id}/decision`, as, { decision: 'approve', rendering, ...over });
  }

  /** Events of one kind about one approval. */
  events(kind: string, id: string): Record<string, unknown>[] {
    return this.control
      .ownEvents()
      .filter((event) => event.kind === kind && event.approval === id)
      .map(({ body }) => body as Record<string, unknown>);
  }

  /** As nobody but a superuser can. */
  tamper(sql: string): Promise<void> {
    return execute(this.postgres.superuserUrl, `SET session_replication_role = replica; ${sql}`);
  }

  async stop(): Promise<void> {
    await this.gatewayDatabase.close();
    await this.controlDatabase.close();
    await this.control.stop();
    await this.issuer.stop();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
