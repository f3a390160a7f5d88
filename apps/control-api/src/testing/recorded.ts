import { join } from 'node:path';
import { FileJournal, type JournalEntry, type KeyStore, Shipper } from '@app/audit';
import type { AuditSink } from '@app/audit';

/** A gateway's part of the record, as a spec wants it: written to a real journal and shipped by the real shipper. */
export interface Recording {
  append(kind: JournalEntry['kind'], session: string, members: object, body?: object): void;
  /** until all is in the database */
  ship(): Promise<void>;
}

/** One person as `session.open` tells. */
export interface RecordedPerson {
  readonly iss: string;
  readonly sub: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly act: readonly string[];
  readonly purpose: string | null;
}

/** Opens a journal below `folder`. */
export async function openRecording(
  folder: string,
  keys: KeyStore,
  sink: AuditSink,
  now: () => number,
): Promise<Recording> {
  const slot = join(folder, 'gateway');
  const writer = { kind: 'postgres-gateway', version: '0', process: 1 };
  const journal = await FileJournal.open(slot, {
    keys,
    writer,
    segmentBytes: 256 * 1024,
    reserveBytes: 0,
    heartbeatMs: 0,
    checkMs: 0,
  });
  return {
    append: (kind, session, members, body) => {
      const text = JSON.stringify({ s: session, ...members });
      journal.append({
        kind,
        at: now(),
        members: text.slice(1, -1),
        body: body === undefined ? null : Buffer.from(JSON.stringify(body)),
        session,
      });
    },
    ship: async () => {
      await journal.close();
      const shipper = new Shipper({ folder: join(slot, journal.epoch), keys, sink, durable: null });
      await shipper.start();
      if (shipper.state !== 'done') throw new Error(`not shipped: ${shipper.error ?? shipper.state}`);
    },
  };
}

/** Records the begin of a session. */
export function openSession(recording: Recording, session: string, pid: string, person: RecordedPerson): void {
  recording.append(
    'session.open',
    session,
    {
      pid,
      tgt: 'crm',
      proto: 'postgres',
      act: person.act,
      auth: 'oidc',
      pur: null,
      up: { pid: 99, start: '2026-11-22T12:00:00.000Z' },
    },
    {
      principal: { ...person, azp: null, method: 'oidc', jti: null, sid: null },
      client: { address: '127.0.0.1', port: 50_000, application: 'psql' },
      upstream: { host: 'db', port: 5432, database: 'crm', user: 'sallyport_crm' },
    },
  );
}

/** Members that every start of an operation has. */
export function operation(id: string, pid: string, verb: string, rel: string[], fp: string, over: object = {}): object {
  return {
    ...{
      o: id,
      pid,
      act: [],
      tgt: 'crm',
      proto: 'postgres',
      verb,
      kinds: [verb.toLowerCase()],
      rel,
      fp,
      hm: '0'.repeat(64),
    },
    ...{ eff: 'read', cls: [], pol: 'sha256:abc', verdict: 'allow', rule: ['analysts read the CRM'], appr: null },
    ...over,
  };
}
