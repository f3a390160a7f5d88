import { FrameSplitter } from './frame-splitter.js';
import { backendLengths, defaultWireLimits } from './limits.js';
import { bytes } from './testing/bytes.js';

const MIB = 1024 * 1024;
const ignore = (): void => undefined;

const announced = (length: number): FrameSplitter => {
  const splitter = new FrameSplitter(backendLengths(defaultWireLimits), 'backend');
  splitter.push(bytes().ascii('D').int32(length).body(), ignore);
  return splitter;
};

describe('memory for a frame that was only announced', () => {
  it('is at most 1 MiB, whatever length the header claims', () => {
    expect(announced(200 * MIB).reserved()).toBeLessThanOrEqual(MIB);
  });

  it('grows to at most four times what has arrived', () => {
    const splitter = announced(200 * MIB);
    const chunk = Buffer.alloc(65_536);
    for (let sent = 5; sent < 40 * MIB;) {
      splitter.push(chunk, ignore);
      sent += chunk.length;
      expect(splitter.pending()).toBe(sent);
      expect(splitter.reserved()).toBeLessThanOrEqual(Math.max(MIB, 4 * sent));
    }
  });

  it('is exactly the frame where the frame is small', () => {
    expect(announced(300).reserved()).toBe(301);
  });
});
