import type { DescribedOperation, ResultChunk, ResultEnd } from './described.js';
import { recordedChunk, recordedEnd } from './withhold.js';

const carrying = (withholds?: DescribedOperation['withholds']): DescribedOperation =>
  (withholds === undefined ? {} : { withholds }) as unknown as DescribedOperation;
const chunk: ResultChunk = {
  rows: 1,
  bytes: 9,
  columns: [{ name: 'plan', masked: false }],
  values: [1],
  recorded: '["canary"]',
};
const end: ResultEnd = { status: 'error', code: '22P02', message: 'invalid input: "canary"', tag: null };

describe('of an operation that carries secrets', () => {
  it('no message is recorded, and no row that may repeat them', () => {
    const operation = carrying('messages-and-rows');
    const recorded = JSON.stringify([recordedChunk(operation, chunk), recordedEnd(operation, end)]);
    expect(recorded).not.toContain('canary');
    expect(recordedChunk(operation, chunk)).toMatchObject({ rows: 1, bytes: 9, values: [1] });
    expect(recordedEnd(operation, end)).toMatchObject({ status: 'error', code: '22P02' });
  });

  it('rows are recorded where only messages may quote them', () => {
    expect(recordedChunk(carrying('messages'), chunk)).toBe(chunk);
    expect(recordedEnd(carrying('messages'), end)?.message).not.toContain('canary');
  });

  it.each([undefined, 'nothing'] as const)('and of no other (%s) anything is left out', (withholds) => {
    expect(recordedChunk(carrying(withholds), chunk)).toBe(chunk);
    expect(recordedEnd(carrying(withholds), end)).toBe(end);
    expect(recordedEnd(carrying('messages'), null)).toBeNull();
  });
});
