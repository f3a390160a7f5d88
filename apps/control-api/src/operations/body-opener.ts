import { Injectable } from '@nestjs/common';
import { bodyHash, KeyError, KeyStore } from '@app/audit';
import { Logger } from '@app/platform';
import { AuditReader, type StoredBody } from '@app/store';
import type { OpenedBody } from './body.js';
import { asObject, type RecordLine } from './record-line.js';

/** Fetches and decrypts bodies, and checks each against the hash in its line. */
@Injectable()
export class BodyOpener {
  constructor(
    private readonly reader: AuditReader,
    private readonly keys: KeyStore,
    private readonly logger: Logger,
  ) {}

  /**
   * @param limitBytes larger bodies are left unread
   * @returns by line; a line that has no body is absent
   */
  async open(lines: readonly RecordLine[], limitBytes?: number): Promise<ReadonlyMap<RecordLine, OpenedBody>> {
    const withBody = lines.filter((line) => line.text('bh') !== null);
    const stored = new Map<string, StoredBody>();
    for (const body of await this.reader.bodies(
      withBody.map((line) => line.event),
      limitBytes,
    ))
      stored.set(`${body.epoch}:${body.n}`, body);
    return new Map(
      withBody.map((line) => [line, this.openOne(line, stored.get(`${line.event.epoch}:${line.event.n}`))]),
    );
  }

  private openOne(line: RecordLine, stored: StoredBody | undefined): OpenedBody {
    if (!stored) return { state: 'unreadable', reason: 'the body is not in the database, or too large for a list' };
    if (!stored.key) return { state: 'erased' };
    const { epoch, n } = line.event;
    try {
      const { salt, body } = this.keys.openBody(stored.key, stored.ct, epoch, n);
      if (bodyHash(salt, body) !== line.text('bh')) {
        this.logger.error('a body does not match its line', { epoch, n });
        return { state: 'unreadable', reason: 'the body does not match its line' };
      }
      return { state: 'open', body: asObject(JSON.parse(body.toString('utf8'))) ?? {} };
    } catch (error) {
      if (error instanceof KeyError && error.code === 'destroyed') return { state: 'erased' };
      if (!(error instanceof KeyError) && !(error instanceof SyntaxError)) throw error;
      this.logger.error('a body cannot be read', { epoch, n }, error);
      return {
        state: 'unreadable',
        reason: error instanceof KeyError ? `its key is ${error.code}` : 'the body is not JSON',
      };
    }
  }
}
