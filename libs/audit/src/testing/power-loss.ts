import { EpochKey } from '../epoch-key.js';
import { FileJournal } from '../file-journal.js';
import { JournalReader } from '../journal-reader.js';
import { KeyWrapper } from '../key-wrapper.js';
import { seal, unseal } from '../seal.js';
import type { Mutant } from './mutants.js';
import { mutants } from './mutants.js';
import { Random } from './random.js';
import { SimulatedDisk } from './simulated-disk.js';

/** What happened over all seeds. */
export interface PowerLossResult {
  /** events acknowledged as durable before the power failed */
  acknowledged: number;
  /** seeds in which an acknowledged event could not be read back as it was written */
  readonly losing: number[];
  /** seeds in which the reader called a mere power loss damage, with its words */
  readonly alarms: { readonly seed: number; readonly message: string }[];
  /** seeds in which the journal refused to go on after a fault */
  poisoned: number;
}

// Making one takes longer than a whole seed, and heads are not what is simulated.
const KEY = new EpochKey();
const WRAPPING_KEY = Buffer.alloc(32, 7);

class MemoryKeys extends KeyWrapper {
  override wrap(dataKey: Uint8Array, day: string, context: string): { kek: string; wrapped: Buffer } {
    return { kek: `sim/${day}`, wrapped: seal(WRAPPING_KEY, context, dataKey) };
  }

  override unwrap(_kek: string, wrapped: Uint8Array, context: string): Buffer {
    return unseal(WRAPPING_KEY, context, wrapped) ?? Buffer.alloc(32);
  }
}

const FAULTS = { eioOnWrite: 0.01, enospcOnWrite: 0.01, shortWrite: 0.02, eioOnSync: 0.03 };

/**
 * Runs the real journal on a simulated disk until the power fails, then reads the disk back with the real reader.
 * @param seeds how many, each one schedule of appends, faults and the crash; even ones use `dsync`, odd ones `write+fdatasync`
 * @param mutant a mistake put into the journal; left out: the journal as it is
 * @param options where the seeds start (default 1), and after how many losing ones to stop (default: never)
 * @see evidence §4.4
 */
export async function powerLoss(
  seeds: number,
  mutant?: Mutant,
  options: { readonly firstSeed?: number; readonly stopAfter?: number } = {},
): Promise<PowerLossResult> {
  const { firstSeed = 1, stopAfter = seeds } = options;
  const result: PowerLossResult = { acknowledged: 0, losing: [], alarms: [], poisoned: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds && result.losing.length < stopAfter; seed++) {
    await runSeed(seed, mutant, result);
  }
  return result;
}

async function runSeed(seed: number, mutant: Mutant | undefined, result: PowerLossResult): Promise<void> {
  const random = new Random(seed);
  const disk = new SimulatedDisk(random);
  const keys = new MemoryKeys();
  const journal = await FileJournal.openOn(
    disk.folder(),
    {
      keys,
      writer: { kind: 'simulator', version: '0', process: 1 },
      syncMode: seed % 2 === 0 ? 'dsync' : 'write+fdatasync',
      segmentBytes: 16 * 1024,
      maxBatchBytes: 4 * 1024,
      reserveBytes: 0,
      heartbeatMs: 0,
      checkMs: 0,
      now: () => 1_700_000_000_000,
    },
    { key: KEY, ...(mutant === undefined ? {} : { flusherClass: mutants[mutant] }) },
  );
  disk.arm(1 + random.below(40), FAULTS);
  const appended = ['', ...(await write(journal, disk, random))];
  const acknowledged = journal.durable;
  if (journal.state === 'poisoned') result.poisoned++;
  if (!disk.dead) disk.cutPower();
  result.acknowledged += acknowledged + 1;
  const found = readBack(disk, journal.epoch, keys, appended);
  if (found.alarm !== null) result.alarms.push({ seed, message: found.alarm });
  if (found.intact <= acknowledged) result.losing.push(seed);
}

/** Appends in bursts until the power fails or the journal gives up. @returns what each event was, by n - 1 */
async function write(journal: FileJournal, disk: SimulatedDisk, random: Random): Promise<string[]> {
  const appended: string[] = [];
  for (let burst = 0; burst < 60 && !disk.dead && journal.state !== 'poisoned'; burst++) {
    for (let i = random.below(6); i >= 0; i--) {
      const text = String(random.next()).padEnd(20 + random.below(900), '.');
      const withBody = random.chance(0.5);
      journal.append({
        kind: 'op',
        at: 1_700_000_000_000 + burst,
        members: withBody ? '"s":"S"' : `"s":"S","verb":"${text}"`,
        body: withBody ? Buffer.from(text) : null,
        session: 'S',
      });
      appended.push(text);
    }
    for (let turns = random.below(4); turns >= 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  }
  return appended;
}

/** How many events, from the first on, the real reader gives back as they were written. */
function readBack(
  disk: SimulatedDisk,
  epoch: string,
  keys: KeyWrapper,
  appended: readonly string[],
): { intact: number; alarm: string | null } {
  const reader = new JournalReader(disk.source(`${epoch}/`), epoch, keys);
  let intact = 0;
  try {
    for (let events = reader.next(); events !== null; events = reader.next()) {
      for (const event of events) {
        const text = appended[event.n];
        const same = text !== undefined && (event.body?.body.toString() === text || event.line.includes(`"${text}"`));
        if (event.n !== intact || (event.n > 0 && !same))
          return { intact, alarm: `event ${event.n} is not the one written` };
        intact++;
      }
    }
    return { intact, alarm: null };
  } catch (error) {
    return { intact, alarm: error instanceof Error ? error.message : String(error) };
  }
}
