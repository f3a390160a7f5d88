import { type ServerFrame, WireClient, summary } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';
import type { TestPostgres } from '../support/postgres.js';

/** What the server makes of a statement that it only analyses. */
export type Analysed =
  | { readonly tree: string; readonly columns: number | null; readonly error: null }
  /** it refuses the statement, or says nothing of its tree */
  | { readonly tree: null; readonly columns: null; readonly error: string };

const SETTINGS = ['SET debug_pretty_print = off', 'SET debug_print_rewritten = on', 'SET client_min_messages = log'];

/** A session that asks the server for its tree of a statement. Nothing is ever executed. */
export class ServerOracle {
  private constructor(private readonly wire: WireClient) {}

  static async open(postgres: TestPostgres, database: string, before: readonly string[] = []): Promise<ServerOracle> {
    const { hostname: host, port, username: user } = new URL(postgres.urlFor('sallyport_migrations', database));
    const wire = await WireClient.open({ postgres: { host, port: Number(port), tls: 'required' } });
    const started = await wire.exchange(client.startup({ user, database, client_encoding: 'UTF8' }));
    if (started.errors[0]) throw new Error(started.errors[0].message);
    for (const sql of [...before, ...SETTINGS]) {
      const [error] = (await wire.query(sql)).errors;
      if (error) throw new Error(`${sql}: ${error.message}`);
    }
    return new ServerOracle(wire);
  }

  /** the only value of the only row */
  async ask(sql: string): Promise<string> {
    const { rows, errors } = await this.wire.query(sql);
    if (errors[0]) throw new Error(errors[0].message);
    return rows[0]?.[0] ?? '';
  }

  async analyse(text: string): Promise<Analysed> {
    this.wire.send(client.parse('', text), client.describeStatement(''), client.sync());
    const frames = await this.wire.until('Z');
    const { errors, notices } = summary(frames);
    const refused = errors[0];
    if (refused) return { tree: null, columns: null, error: `${refused.code} ${refused.message}` };
    const tree = notices.find(({ message, detail }) => message === 'rewritten parse tree:' && detail !== null);
    if (!tree?.detail) return { tree: null, columns: null, error: 'no tree' };
    return { tree: tree.detail, columns: columnsOf(frames), error: null };
  }

  close(): void {
    this.wire.destroy();
  }
}

function columnsOf(frames: readonly ServerFrame[]): number | null {
  const described = frames.find(({ type }) => type === 'T');
  return described ? described.body.readUInt16BE(0) : null;
}
