/** An operation whose outcome is not in the record yet. */
export interface OpenIntent {
  readonly n: number;
  readonly o: string;
  readonly s: string | null;
  readonly pid: string | null;
  readonly tgt: string | null;
  readonly proto: string | null;
  /** proven read: its last result chunk ends it */
  readonly read: boolean;
}

/** A session that was not closed yet. */
export interface OpenSession {
  readonly n: number;
  readonly s: string;
  readonly pid: string | null;
  readonly tgt: string | null;
  readonly proto: string | null;
}

/** `OpenWork` as JSON. */
export interface OpenWorkSnapshot {
  readonly intents: readonly OpenIntent[];
  readonly sessions: readonly OpenSession[];
  readonly settled: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

function text(members: Members, name: string): string | null {
  const value = members[name];
  return typeof value === 'string' ? value : null;
}

const CONCERNED = /^(?:session\.(?:open|close)|op\.(?:intent|result|end|blocked|recovered))$/;

/** Follows an epoch's lines and knows at each point which operations and sessions are still open. */
export class OpenWork {
  readonly intents = new Map<string, OpenIntent>();
  readonly sessions = new Map<string, OpenSession>();
  /** what this epoch's recovery has already written about older ones: `<epoch>:<operation>` and `session:<id>` */
  readonly settled = new Set<string>();

  constructor(from?: OpenWorkSnapshot) {
    for (const intent of from?.intents ?? []) this.intents.set(intent.o, intent);
    for (const session of from?.sessions ?? []) this.sessions.set(session.s, session);
    for (const key of from?.settled ?? []) this.settled.add(key);
  }

  /** True if lines of this kind change what is open; others need not be parsed. */
  static concerns(kind: string): boolean {
    return CONCERNED.test(kind);
  }

  /** @param members the parsed line */
  follow(n: number, kind: string, members: Members): void {
    const s = text(members, 's');
    const o = text(members, 'o');
    const who = { n, pid: text(members, 'pid'), tgt: text(members, 'tgt'), proto: text(members, 'proto') };
    switch (kind) {
      case 'session.open':
        if (s !== null) this.sessions.set(s, { ...who, s });
        break;
      case 'session.close':
        if (s !== null && !this.sessions.delete(s)) this.settled.add(`session:${s}`);
        break;
      case 'op.intent':
        if (o !== null) this.intents.set(o, { ...who, o, s, read: members['eff'] === 'read' });
        break;
      case 'op.result':
        // A write's last chunk is no outcome: it commits, or not, after it.
        if (o !== null && members['last'] === true && text(members, 'status') !== null && this.intents.get(o)?.read) {
          this.intents.delete(o);
        }
        break;
      case 'op.blocked':
        if (o !== null) this.intents.delete(o);
        break;
      case 'op.end':
        if (o !== null) this.intents.delete(o);
        if (Array.isArray(members['settles'])) {
          for (const id of members['settles']) if (typeof id === 'string') this.intents.delete(id);
        }
        break;
      case 'op.recovered': {
        const old = members['old'];
        if (typeof old === 'object' && old !== null && 'e' in old && 'o' in old) {
          this.settled.add(`${String(old.e)}:${String(old.o)}`);
        }
        break;
      }
      default:
    }
  }

  snapshot(): OpenWorkSnapshot {
    return { intents: [...this.intents.values()], sessions: [...this.sessions.values()], settled: [...this.settled] };
  }
}
