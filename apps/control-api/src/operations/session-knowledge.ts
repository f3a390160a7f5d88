import { Injectable } from '@nestjs/common';
import { AuditReader } from '@app/store';
import { BodyOpener } from './body-opener.js';
import { type KnownSession, unknownSession } from './describe-principal.js';
import { RecordLine } from './record-line.js';

/** Looks up who stands behind lines of the record. */
@Injectable()
export class SessionKnowledge {
  constructor(
    private readonly reader: AuditReader,
    private readonly bodies: BodyOpener,
  ) {}

  /** @param lines any lines with a session or a pseudonym @returns what is known of each line's session */
  async of(lines: readonly RecordLine[]): Promise<(line: RecordLine) => KnownSession> {
    const ids = [...new Set(lines.map((line) => line.event.session).filter((id) => id !== null))];
    const opens = (await this.reader.sessions(ids, ['session.open'])).map((event) => new RecordLine(event));
    const pids = [...lines, ...opens].map((line) => line.event.pid).filter((pid) => pid !== null);
    const [bodies, principals] = await Promise.all([this.bodies.open(opens), this.reader.principals(pids)]);
    const bySession = new Map(opens.map((open) => [open.event.session, open]));
    return (line) => {
      const open = bySession.get(line.event.session) ?? null;
      const pid = line.event.pid ?? open?.event.pid ?? null;
      const principal = (pid === null ? undefined : principals.get(pid)) ?? null;
      if (!open) return { ...unknownSession, principal };
      return { open, body: bodies.get(open) ?? null, principal };
    };
  }
}
