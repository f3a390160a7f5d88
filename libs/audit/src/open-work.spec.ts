import { OpenWork } from './open-work.js';

describe('open work', () => {
  const intent = (eff: string): OpenWork => {
    const open = new OpenWork();
    open.follow(3, 'op.intent', { o: 'O', s: 'S', pid: 'u_x', tgt: 'crm', proto: 'postgres', eff });
    return open;
  };

  it('keeps a write open until its end, though its last result is there', () => {
    const open = intent('write');
    open.follow(4, 'op.result', { o: 'O', last: true, status: 'ok' });
    expect([...open.intents.keys()]).toEqual(['O']);
    open.follow(5, 'op.end', { o: 'O', status: 'ok' });
    expect(open.intents.size).toBe(0);
  });

  it('keeps a read open until its last result says how it ended', () => {
    const open = intent('read');
    open.follow(4, 'op.result', { o: 'O', last: false });
    open.follow(5, 'op.result', { o: 'O', last: true });
    expect(open.intents.size).toBe(1);
    open.follow(6, 'op.result', { o: 'O', last: true, status: 'ok' });
    expect(open.intents.size).toBe(0);
  });

  it('takes an operation as ended that a COMMIT settles', () => {
    const open = intent('write');
    open.follow(4, 'op.end', { o: 'C', settles: ['O'], status: 'ok' });
    expect(open.intents.size).toBe(0);
  });

  it('is the same after a detour through JSON', () => {
    const open = intent('write');
    open.follow(4, 'session.open', { s: 'S' });
    open.follow(5, 'session.close', { s: 'ELSEWHERE' });
    open.follow(6, 'op.recovered', { o: 'P', old: { e: 'ee', n: 1, o: 'P' } });
    const again = new OpenWork(JSON.parse(JSON.stringify(open.snapshot())));
    expect(again).toEqual(open);
    expect([...again.settled]).toEqual(['session:ELSEWHERE', 'ee:P']);
  });
});
