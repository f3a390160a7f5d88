import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal } from './audit-event.js';
import { ReadError } from './audit.error.js';
import { EpochFiles } from './epoch-files.js';
import { JournalReader } from './journal-reader.js';
import { DiskSource } from './journal-source.js';
import { jsonString } from './line.js';
import type { OpenIntent, OpenSession } from './open-work.js';
import { OpenWork } from './open-work.js';
import { whenDurable } from './when-durable.js';

/** An epoch that a dead process left behind, for a `Shipper` with `durable: null`. */
export interface OldEpoch {
  readonly epoch: string;
  readonly folder: string;
  /** bytes of lines not known to be in the audit database */
  readonly bytes: number;
  /** bytes of the torn tail that is cut off; they were never acknowledged */
  readonly tornBytes: number;
  /** operations whose outcome is unknown, written to the new journal just now */
  readonly recovered: number;
  /** an alarm: something acknowledged cannot be read back; null: all is whole */
  readonly damage: string | null;
}

interface Left extends Omit<OldEpoch, 'recovered'> {
  readonly files: EpochFiles;
  readonly open: OpenWork;
}

/**
 * Takes over what dead processes left in a writer's folder: for each operation without an outcome `op.recovered`, for each
 * session without an end `session.close` (`why` crashed), in the new journal, durable on return. Running it again, also after
 * a crash in its middle, writes nothing twice. To be called before anything of the slot is shipped.
 * @param slot folder given to `FileJournal.open` @param at ms since 1970
 * @returns the older epochs, oldest first
 * @throws JournalError when the new journal cannot take the events
 */
export async function recoverSlot(slot: string, journal: Journal, at: number): Promise<OldEpoch[]> {
  const left = epochFolders(slot, journal.epoch).flatMap(readLeft);
  const settled = new Set(left.flatMap(({ open }) => [...open.settled]));
  let last = -1;
  const found: OldEpoch[] = [];
  for (const { files, open, ...old } of left) {
    let recovered = 0;
    if (!files.isRecovered()) {
      for (const intent of open.intents.values()) {
        if (settled.has(`${old.epoch}:${intent.o}`)) continue;
        last = journal.append({
          kind: 'op.recovered',
          at,
          members: recoveredMembers(old.epoch, intent),
          body: null,
          session: null,
        });
        recovered++;
      }
      for (const session of open.sessions.values()) {
        if (settled.has(`session:${session.s}`)) continue;
        last = journal.append({
          kind: 'session.close',
          at,
          members: closedMembers(session),
          body: null,
          session: null,
        });
      }
    }
    found.push({ ...old, recovered });
  }
  if (last >= 0) await whenDurable(journal, last);
  for (const { files } of left) if (!files.isRecovered()) files.markRecovered(journal.epoch);
  return found;
}

function epochFolders(slot: string, except: string): string[] {
  const names = readdirSync(slot).filter((name) => /^[0-9a-f]{32}$/.test(name) && name !== except);
  const folders = names.map((name) => join(slot, name));
  return folders
    .map((folder) => ({ folder, at: statSync(folder).birthtimeMs }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ folder }) => folder);
}

function readLeft(folder: string): Left[] {
  const files = new EpochFiles(folder);
  if (files.segments().length === 0) {
    // Its writer died before its first segment was there: nothing was ever recorded.
    files.removeAll();
    return [];
  }
  const checkpoint = files.readCheckpoint();
  const shipped = files.readPosition()?.n ?? checkpoint.position.n;
  const open = new OpenWork(checkpoint.open);
  const source = new DiskSource(folder);
  const reader = new JournalReader(source, files.epoch, null, checkpoint.position);
  let bytes = 0;
  let damage: string | null = null;
  try {
    for (let events = reader.next(); events !== null; events = reader.next()) {
      for (const { n, kind, line } of events) {
        if (n >= shipped) bytes += line.length;
        if (OpenWork.concerns(kind)) open.follow(n, kind, JSON.parse(line.toString('utf8')) as Record<string, unknown>);
      }
    }
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    damage = error.message;
  }
  const tornBytes = damage === null ? reader.tornBytes() : 0;
  source.close();
  return [{ epoch: files.epoch, folder, bytes, tornBytes, damage, files, open }];
}

function member(name: string, value: string | null): string {
  return value === null ? '' : `"${name}":${jsonString(value)},`;
}

function recoveredMembers(epoch: string, { n, o, s, pid, tgt, proto }: OpenIntent): string {
  const who = member('s', s) + member('o', o) + member('pid', pid) + member('tgt', tgt) + member('proto', proto);
  return `${who}"old":{"e":"${epoch}","n":${n},"o":${jsonString(o)}},"status":"unknown"`;
}

function closedMembers({ s, pid, tgt, proto }: OpenSession): string {
  return `${member('s', s)}${member('pid', pid)}${member('tgt', tgt)}${member('proto', proto)}"why":"crashed"`;
}
