import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ensureLogins, runMigrations } from '@app/store';
import { startIssuer, type TestIssuer } from '../../../../test/support/issuer.js';
import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { recordCluster } from '../testing/recorded-cluster.js';
import { recordTimeline } from '../testing/recorded-timeline.js';
import { type Answer, RunningControl } from '../testing/running-control.js';

let postgres: TestPostgres;
let issuer: TestIssuer;
let control: RunningControl;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-recordings-'));

const get = (url: string, as: string): Promise<Answer> => control.get(url, as);
const ids = (answer: Answer): unknown[] => answer.json.items.map((item) => item['id']);

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [
    { name: 'gateway_login', password: 'x', group: 'gateway' },
    { name: 'control_login', password: 'x', group: 'control' },
  ]);
  const [gatewayUrl, controlUrl] = [postgres.urlFor('gateway_login'), postgres.urlFor('control_login')];
  control = await RunningControl.start({ folder, issuer, gatewayUrl, controlUrl }, async (...where) => {
    await recordCluster(...where);
    await recordTimeline(...where);
  });
});

afterAll(async () => {
  await control?.stop();
  await issuer?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a recording', () => {
  it('is hidden like its operation: from others, and from administrators', async () => {
    for (const name of ['bob', 'root', 'carol'])
      expect((await get('/v1/operations/O-exec/recording', name)).json).toMatchObject({ status: 404 });
    expect((await get('/v1/sessions/S-kubectl/recording', 'bob')).json).toMatchObject({ status: 404 });
    expect((await get('/v1/sessions/S-kubectl/recording', 'root')).json).toMatchObject({ status: 403 });
  });

  it('is not there for what is no stream', async () => {
    for (const id of ['O-list', 'O-refused'])
      expect((await get(`/v1/operations/${id}/recording`, 'alice')).json).toMatchObject({
        status: 404,
        detail: `operation ${id} has no recording`,
      });
  });

  it('has what went in and out in order, and looking at it is recorded', async () => {
    const { json } = await get('/v1/operations/O-exec/recording', 'dave');
    expect(json).toEqual({
      operation: 'O-exec',
      session: 'S-kubectl',
      target: 'prod',
      command: "sh -c 'a -- b'",
      tty: true,
      startedAt: expect.stringMatching(/Z$/) as string,
      durationMs: 61,
      frames: [
        [1, 'r', '100x30'],
        [5, 'o', '$ '],
        [15, 'e', 'late'],
        [20, 'i', 'ls\n'],
        [30, 'o', 'web\r\n'],
        [40, 'o', { b64: '/w==' }],
        [50, 'o', { bytes: 9, sha256: 'f'.repeat(64) }],
        [60, 'x', '3'],
      ],
      complete: true,
      erased: false,
    });
    expect(control.ownEvents().at(-1)).toMatchObject({
      kind: 'recording.viewed',
      body: { by: { sub: 'dave-sub' }, query: { operation: 'O-exec', recording: true } },
    });
  });

  it('is found by its session', async () => {
    const { json } = await get('/v1/sessions/S-kubectl/recording', 'alice');
    expect(json).toEqual({
      items: [
        {
          operation: 'O-exec',
          session: 'S-kubectl',
          target: 'prod',
          command: "sh -c 'a -- b'",
          tty: true,
          startedAt: expect.any(String) as string,
          durationMs: 61,
        },
      ],
      next: null,
    });
  });
});

describe('operations of a cluster', () => {
  it('are shown as the record keeps them', async () => {
    expect((await get('/v1/operations/O-exec', 'alice')).json).toMatchObject({
      protocol: 'kubernetes',
      effect: 'connect',
      verb: 'connect',
      objects: ['prod.team-a/pods/web/exec'],
      result: { status: 'error', code: '3', tag: 'exit 3', rows: 6, bytes: 21 },
      input: { frames: 2, bytes: 3 },
      recording: true,
    });
    const { json } = await get('/v1/operations/O-exec', 'alice');
    expect(json['rows']).not.toContainEqual([20, 'i', 'ls\n']);
    expect((await get('/v1/operations/O-list', 'alice')).json).toMatchObject({
      statement: 'GET /api/v1/namespaces/team-a/pods?limit=500',
      parameters: [],
      result: { status: 'ok', code: '200', rows: 2, columns: [{ name: 'object', masked: 0 }] },
      input: null,
      recording: false,
    });
    expect((await get('/v1/operations/O-refused', 'alice')).json).toMatchObject({
      result: { status: 'refused', code: 'no-rule' },
      refusal: { message: 'No rule allows it.' },
    });
  });

  it.each([
    ['web', ['O-refused', 'O-exec']],
    ['pods', ['O-refused', 'O-exec', 'O-list']],
    ['pod', []],
    ['pods/web', ['O-refused', 'O-exec']],
    ['team-a/pods', ['O-exec', 'O-list']],
    ['prod.team-a/pods', ['O-exec', 'O-list']],
    ['prod.team-a/pods/web/exec', ['O-exec']],
    ['prod.pods/web', []],
    ['test.team-a/pods', []],
    ['team-a/po', []],
    ['team-_/pods', []],
  ])('are found by object %s', async (object, found) => {
    expect(ids(await get(`/v1/operations?object=${encodeURIComponent(object)}`, 'dave'))).toEqual(found);
  });
});

/** The lines of a timeline, parsed: header, frames, end. */
async function timeline(url: string, as: string) {
  const headers = { authorization: `Bearer ${control.tokenOf(as)}` };
  const answer = await control.app.inject({ method: 'GET', url, headers });
  const lines = answer.body.split('\n').filter((line) => line !== '');
  const [header, ...rest] = lines.map((line) => JSON.parse(line) as unknown);
  const { end } = (rest.pop() ?? {}) as { end?: Record<string, unknown> };
  return { type: answer.headers['content-type'], header, frames: rest as [number, string, object][], end };
}

describe('the timeline of a session in PostgreSQL', () => {
  const url = '/v1/sessions/S-timeline/recording';

  it('is hidden like its operations: from others, and from administrators', async () => {
    expect((await get(url, 'bob')).json).toMatchObject({ status: 404 });
    expect((await get(url, 'root')).json).toMatchObject({ status: 403 });
    expect((await get(`${url}?after=x`, 'alice')).json).toMatchObject({ status: 400 });
    expect((await get(`${url}?folow=true`, 'alice')).json).toMatchObject({ status: 400 });
  });

  it.each(['alice', 'dave'])('is given to %s as lines of JSON, and looking at it is recorded', async (name) => {
    const { type, header, frames, end } = await timeline(url, name);
    expect(type).toBe('application/x-ndjson; charset=utf-8');
    expect(header).toMatchObject({
      format: 'pg-replay/1',
      session: 'S-timeline',
      target: 'crm',
      principal: { user: 'alice@example.com' },
      live: false,
      why: 'client',
      erased: false,
    });
    expect(frames.map(([, code]) => code).join('')).toBe('QCZQTDCQEZQCZQHAACQXQIC');
    expect(end).toMatchObject({ frames: frames.length, live: false, why: 'client' });
    expect(control.ownEvents().at(-1)).toMatchObject({
      kind: 'recording.viewed',
      body: { by: { sub: `${name}-sub` }, query: { session: 'S-timeline', recording: true } },
    });
  });

  it('has nothing that its schema does not know', async () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../../../docs/pg-replay.schema.json', import.meta.url), 'utf8'),
    ) as Parameters<typeof z.fromJSONSchema>[0];
    const line = z.fromJSONSchema(schema);
    const { header, frames, end } = await timeline(url, 'alice');
    for (const one of [header, ...frames, { end }]) expect([line.safeParse(one).success, one]).toEqual([true, one]);
    for (const odd of [
      [1, 'Q', {}],
      [1, 'Z', { status: 'X' }],
      [-1, 'Z', { status: 'I' }],
      { format: 'pg-replay/2' },
      { end: {} },
    ])
      expect([line.safeParse(odd).success, odd]).toEqual([false, odd]);
  });

  it('goes on behind what is known', async () => {
    const { end } = await timeline(url, 'alice');
    const { frames, end: again } = await timeline(`${url}?after=${String(end?.['next'])}`, 'alice');
    expect([frames, again]).toEqual([[], { frames: 0, live: false, why: 'client', next: end?.['next'] }]);
  });

  it('of a session that runs says so, and of one that did nothing that there is nothing', async () => {
    const live = await timeline('/v1/sessions/S-live/recording', 'alice');
    expect(live.header).toMatchObject({ live: true, closedAt: null });
    expect(live.frames.map(([, code]) => code)).toEqual(['Q']);
    expect(live.end).toMatchObject({ live: true, why: null });
    expect(await timeline('/v1/sessions/S-silent/recording', 'alice')).toMatchObject({
      frames: [],
      end: { frames: 0, live: false },
    });
  });

  it('is followed to its end at once where it has ended', async () => {
    const { frames, end } = await timeline(`${url}?follow=true`, 'alice');
    expect([frames.length, end?.['live']]).toEqual([23, false]);
  });

  it('has no statement and no row any more when its bodies are erased', async () => {
    await execute(postgres.superuserUrl, `DELETE FROM dek WHERE dk LIKE '%/S-timeline'`);
    const { header, frames } = await timeline(url, 'dave');
    expect(header).toMatchObject({ erased: true });
    expect(frames.map(([, code]) => code).join('')).toBe('QCZQTCQEZQCZQHAACQXQIC');
    expect(frames[0]).toMatchObject([expect.any(Number), 'Q', { statement: null, stripped: 'BEGIN', erased: true }]);
  });
});

describe('an erased recording', () => {
  it('has no frames and no command any more, and says so', async () => {
    await execute(postgres.superuserUrl, `DELETE FROM dek WHERE dk LIKE '%/S-kubectl'`);
    expect((await get('/v1/operations/O-exec/recording', 'dave')).json).toMatchObject({
      command: '',
      frames: [],
      erased: true,
    });
  });
});
