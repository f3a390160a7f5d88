import { readFunctionCall } from './function-call.js';

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const call = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from('F'), int32(body.length + 4), body]);
};

describe('readFunctionCall', () => {
  it.each([
    ['nothing', call()],
    ['no result format', call(int32(952), int16(0), int16(0))],
    ['fewer arguments than it says', call(int32(952), int16(0), int16(2), int32(1), Buffer.from('a'), int16(0))],
    ['an argument that is longer than the message', call(int32(952), int16(0), int16(1), int32(9), int16(0))],
    ['a negative length', call(int32(952), int16(0), int16(1), int32(-2), int16(0))],
    ['an unknown format', call(int32(952), int16(1), int16(2), int16(0), int16(0))],
    ['more formats than arguments', call(int32(952), int16(2), int16(1), int16(1), int16(0), int16(0))],
    ['bytes behind its end', call(int32(952), int16(0), int16(0), int16(0), Buffer.from('x'))],
  ])('reads none that has %s', (_, raw) => {
    expect(readFunctionCall(raw)).toBeNull();
  });

  it('reads which function is called, and with how many arguments', () => {
    const raw = call(int32(952), int16(1), int16(1), int16(2), int32(4), int32(16_400), int32(-1), int16(1));
    expect(readFunctionCall(raw)).toEqual({ function: 952, arguments: 2 });
  });
});
