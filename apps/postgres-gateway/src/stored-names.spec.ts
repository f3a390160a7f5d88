import type { StatementDescription } from '@app/sql';
import { storedChanges, StoredNames } from './stored-names.js';

const nothing = { prepared: null, cursor: null, transaction: null } as unknown as StatementDescription;

function stored(holds = false): NonNullable<StatementDescription['stored']> {
  return { text: '', statement: { ...nothing }, holds };
}

const declare = (name: string, holds = false): StatementDescription => ({
  ...nothing,
  cursor: { does: 'declare', name },
  stored: stored(holds),
});
const close = (name: string): StatementDescription => ({ ...nothing, cursor: { does: 'close', name } });
const prepare = (name: string): StatementDescription => ({
  ...nothing,
  prepared: { does: 'prepare', name },
  stored: stored(),
});
const deallocate = (name: string): StatementDescription => ({ ...nothing, prepared: { does: 'deallocate', name } });
const ends = (transaction: StatementDescription['transaction'], savepoint?: string): StatementDescription => ({
  ...nothing,
  transaction,
  ...(savepoint === undefined ? {} : { savepoint }),
});

/** A session whose statements are answered one by one. */
class Session {
  readonly names = new StoredNames(3);
  #cycle = 0;

  /** @returns what was stored */
  runs(statement: StatementDescription, tag = ''): StatementDescription['stored'] {
    this.names.sending(statement, this.#cycle, this.#cycle);
    this.#cycle += 1;
    this.names.succeeded(statement, tag);
    return statement.stored;
  }

  of(name: string, space: 'cursor' | 'prepared' = 'cursor'): unknown {
    const found = this.names.look(space, name, this.#cycle, this.#cycle);
    return typeof found === 'string' ? found : (found?.query ?? null);
  }
}

describe('cursors of a session', () => {
  it('are not known before they are declared, nor after they are closed', () => {
    const session = new Session();
    expect(session.of('c')).toBeNull();
    const first = session.runs(declare('c'));
    expect(session.of('c')).toBe(first);
    session.runs(close('c'));
    expect(session.of('c')).toBeNull();
    session.runs(declare('a'));
    session.runs(declare('b', true));
    session.runs(close('*'));
    expect([session.of('a'), session.of('b')]).toEqual([null, null]);
  });

  it('declared after a savepoint go with it, those before it stay, and the name is free for another', () => {
    const session = new Session();
    const before = session.runs(declare('before'));
    session.runs(ends('savepoint', 's'));
    session.runs(declare('c'));
    session.runs(ends('savepoint', 'inner'));
    session.runs(declare('d', true));
    session.runs(ends('rollback-to', 's'));
    expect([session.of('c'), session.of('d'), session.of('before')]).toEqual([null, null, before]);
    const anew = session.runs(declare('c'));
    expect(session.of('c')).toBe(anew);
    // the savepoint is still there
    session.runs(ends('rollback-to', 's'));
    expect(session.of('c')).toBeNull();
  });

  it('belong to the savepoint further out once theirs is released', () => {
    const session = new Session();
    session.runs(ends('savepoint', 'outer'));
    session.runs(ends('savepoint', 'inner'));
    const cursor = session.runs(declare('c'));
    session.runs(ends('release', 'inner'));
    expect(session.of('c')).toBe(cursor);
    session.runs(ends('rollback-to', 'outer'));
    expect(session.of('c')).toBeNull();
  });

  it('are all forgotten when nobody knows to which savepoint a transaction went back', () => {
    const session = new Session();
    session.runs(declare('c'));
    session.runs(ends('rollback-to', 'unheard of'));
    expect(session.of('c')).toBeNull();
  });

  it.each([
    ['COMMIT', 'COMMIT', true],
    ['COMMIT', 'ROLLBACK', false],
    ['ROLLBACK', 'ROLLBACK', false],
  ] as const)('end with %s that is answered by %s, but for one WITH HOLD if it was committed', (verb, tag, stays) => {
    const session = new Session();
    session.runs(declare('c'));
    const held = session.runs(declare('h', true));
    session.runs(ends(verb === 'COMMIT' ? 'commit' : 'rollback'), tag);
    expect([session.of('c'), session.of('h')]).toEqual([null, stays ? held : null]);
    session.runs(ends('rollback'), 'ROLLBACK');
    expect(session.of('h')).toBe(stays ? held : null);
  });

  it('end with a transaction that nobody wrote, and an error in it takes those WITH HOLD too', () => {
    const session = new Session();
    const held = session.runs(declare('h', true));
    session.names.ready('I');
    session.runs(declare('c'));
    session.runs(declare('g', true));
    session.names.failed();
    session.names.ready('I');
    expect([session.of('c'), session.of('g'), session.of('h')]).toEqual([null, null, held]);
  });

  it('are not known while a statement is under way that may change them', () => {
    const { names } = new Session();
    const first = declare('c');
    names.sending(first, 0, 0);
    // in the same cycle what follows runs only if it was declared
    expect(names.look('cursor', 'c', 0, 0)).toEqual({ query: first.stored });
    expect(names.look('cursor', 'c', 1, 0)).toBe('unsettled');
    expect(names.look('cursor', 'other', 1, 0)).toBeNull();
    names.sending(ends('commit'), 1, 0);
    expect(names.look('cursor', 'c', 1, 0)).toBeNull();
    expect(names.look('cursor', 'other', 2, 1)).toBe('unsettled');
    // skipped by the target: nothing came of it
    expect(names.look('cursor', 'c', 2, 2)).toBeNull();
  });

  it('are what the statement before them in the same message makes them', () => {
    const session = new Session();
    session.runs(declare('c'));
    const again = declare('c');
    const before = [...storedChanges(close('c')), ...storedChanges(again)];
    expect(session.names.look('cursor', 'c', 9, 9, before)).toEqual({ query: again.stored });
    expect(session.names.look('cursor', 'c', 9, 9, [...before, ...storedChanges(close('*'))])).toBeNull();
  });
});

describe('prepared statements of a session', () => {
  it('outlive transactions and savepoints that are rolled back', () => {
    const session = new Session();
    session.runs(ends('savepoint', 's'));
    const one = session.runs(prepare('p'));
    session.runs(ends('rollback-to', 's'));
    session.runs(ends('rollback'), 'ROLLBACK');
    session.names.failed();
    session.names.ready('I');
    expect(session.of('p', 'prepared')).toBe(one);
    expect(session.of('p', 'cursor')).toBeNull();
  });

  it('are forgotten with DEALLOCATE, by the protocol, and where nobody knows what became of them', () => {
    const session = new Session();
    session.runs(prepare('p'));
    session.runs(deallocate('p'));
    expect(session.of('p', 'prepared')).toBeNull();
    session.runs(prepare('p'));
    session.names.taken('prepared', 'p');
    expect(session.of('p', 'prepared')).toBeNull();
    const one = session.runs(prepare('p'));
    session.names.lost(prepare('other'));
    expect(session.of('p', 'prepared')).toBe(one);
    session.names.lost(deallocate('*'));
    expect(session.of('p', 'prepared')).toBeNull();
  });

  it('are forgotten, the oldest first, above the most that a session may hold', () => {
    const session = new Session();
    const kept = ['p', 'q', 'r', 's'].map((name) => session.runs(prepare(name)));
    expect(['p', 'q', 'r', 's'].map((name) => session.of(name, 'prepared'))).toEqual([null, ...kept.slice(1)]);
  });
});
