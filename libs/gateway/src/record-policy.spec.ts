import { Journal, type JournalEntry } from '@app/audit';
import { compilePolicy } from '@app/policy';
import { recordPolicy } from './record-policy.js';

class Kept extends Journal {
  override readonly epoch = 'e'.repeat(32);
  override readonly durable = -1;
  override readonly written = -1;
  override readonly state = 'open';
  override readonly stateReason = null;
  readonly entries: JournalEntry[] = [];

  override append(entry: JournalEntry): number {
    return this.entries.push(entry) - 1;
  }

  override onAdvance(): () => void {
    return () => undefined;
  }
}

const reads = { name: 'reads', on: { target: 'crm' }, effect: 'allow' as const };
const drops = { name: 'drops', on: { target: 'crm', does: ['schema' as const] }, effect: 'deny' as const };

function recorded(before: Parameters<typeof compilePolicy>[0] | null, after: Parameters<typeof compilePolicy>[0]) {
  const journal = new Kept();
  recordPolicy(journal, {
    before: before && compilePolicy(before),
    after: compilePolicy(after),
    by: 'postgres-gateway',
  });
  const [entry] = journal.entries;
  const line = JSON.parse(`{${entry?.members}}`) as object;
  return { line, body: JSON.parse(Buffer.from(entry?.body ?? '').toString()) as object, session: entry?.session };
}

describe('the record of a policy', () => {
  it('says at a start who put it in force, and nothing of what was before', () => {
    const { line, body, session } = recorded(null, [reads]);
    expect(line).toEqual({ before: null, after: compilePolicy([reads]).hash, why: 'start' });
    expect(body).toEqual({ by: expect.stringContaining(`(postgres-gateway, process ${process.pid})`) });
    expect(session).toHaveLength(26);
  });

  it('says on a reload what changed', () => {
    const { line, body } = recorded([reads, drops], [{ ...reads, on: { target: 'erp' } }]);
    expect(line).toMatchObject({ before: compilePolicy([reads, drops]).hash, why: 'reload' });
    expect(body).toMatchObject({ added: [], removed: [drops], changed: [{ name: 'reads', keys: ['on.target'] }] });
  });

  it('names the rules of a difference that is too large to be told', () => {
    const message = 'x'.repeat(300_000);
    expect(recorded([reads], [{ ...drops, message }]).body).toMatchObject({ added: ['drops'], removed: ['reads'] });
  });
});
