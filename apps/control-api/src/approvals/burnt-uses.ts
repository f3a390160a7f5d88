import { Injectable } from '@nestjs/common';
import { AuditReader, type StoredApproval } from '@app/store';
import { Clock } from '../access/clock.js';

/** A use younger than this may still have its intent on the way into the database; ms. */
const ON_THE_WAY_MS = 60_000;

/** Finds uses that were consumed and not executed: a crash came between the use and the intent. */
@Injectable()
export class BurntUses {
  constructor(
    private readonly reader: AuditReader,
    private readonly clock: Clock,
  ) {}

  /** @returns operations that used one of these and have no intent in the record, a minute later */
  async of(approvals: readonly StoredApproval[]): Promise<ReadonlySet<string>> {
    const before = this.clock.now() - ON_THE_WAY_MS;
    const used = approvals
      .flatMap(({ usedBy }) => usedBy)
      .filter(({ at }) => at.getTime() < before)
      .map(({ operation }) => operation);
    if (used.length === 0) return new Set();
    const executed = (await this.reader.operations(used)).filter(({ type }) => type === 'op.intent' || type === 'op');
    const known = new Set(executed.map(({ op }) => op));
    return new Set(used.filter((operation) => !known.has(operation)));
  }
}
