import { WatermarkQueue } from './watermark-queue.js';

function queueAndOutput(): { queue: WatermarkQueue; calls: string[][]; out: () => string } {
  const calls: string[][] = [];
  const queue = new WatermarkQueue((chunks) => calls.push(chunks.map((chunk) => Buffer.from(chunk).toString())));
  return { queue, calls, out: () => calls.flat().join('') };
}

const chunks = (text: string): Uint8Array[] => Array.from(text, (letter) => Buffer.from(letter));

describe('the queue of bytes that wait for their record', () => {
  it('lets nothing out before the watermark covers it', () => {
    const { queue, out } = queueAndOutput();
    queue.push(3, chunks('ab'), 2);
    queue.drain(2);
    expect(out()).toBe('');
    queue.drain(3);
    expect(out()).toBe('ab');
  });

  it('lets nothing overtake, not even what waits for nothing', () => {
    const { queue, out } = queueAndOutput();
    queue.push(5, chunks('a'), 4);
    queue.push(-1, chunks('b'), 4);
    queue.push(2, chunks('c'), 4);
    queue.drain(4);
    expect(out()).toBe('');
    queue.drain(5);
    expect(out()).toBe('abc');
  });

  it('lets nothing out any more once it is closed', () => {
    const { queue, out } = queueAndOutput();
    queue.push(5, chunks('a'), 4);
    queue.close();
    queue.push(0, chunks('b'), 9);
    queue.drain(9);
    expect(out()).toBe('');
    expect(queue.empty).toBe(true);
    expect(queue.bytes).toBe(0);
  });

  it('lets out at once what is covered when nothing waits', () => {
    const { queue, calls } = queueAndOutput();
    queue.push(4, chunks('ab'), 4);
    expect(calls).toEqual([['a', 'b']]);
    expect(queue.empty).toBe(true);
  });

  it('stops at the first that is not covered and goes on from there', () => {
    const { queue, calls } = queueAndOutput();
    queue.push(1, chunks('a'), 0);
    queue.push(2, chunks('b'), 0);
    queue.push(3, chunks('c'), 0);
    expect(queue.bytes).toBe(3);
    queue.drain(2);
    expect(queue.bytes).toBe(1);
    queue.drain(3);
    expect(calls).toEqual([['a', 'b'], ['c']]);
    expect(queue.empty).toBe(true);
  });

  it('keeps the order over thousands of releases that never drain completely', () => {
    const { queue, out } = queueAndOutput();
    let pushed = '';
    for (let n = 0; n < 5_000; n++) {
      const letter = String.fromCharCode(97 + (n % 26));
      pushed += letter;
      queue.push(n, chunks(letter), n - 2);
      queue.drain(n - 1);
      expect(queue.bytes).toBe(1);
    }
    queue.drain(5_000);
    expect(out()).toBe(pushed);
  });

  it('lets out more chunks in one go than a call may have arguments', () => {
    let count = 0;
    const queue = new WatermarkQueue((released) => (count += released.length));
    const one = Buffer.from('x');
    queue.push(
      1,
      Array.from({ length: 300_000 }, () => one),
      0,
    );
    queue.drain(1);
    expect(count).toBe(300_000);
  });

  it('says nothing of an empty push', () => {
    const { queue, calls } = queueAndOutput();
    queue.push(0, [], 9);
    queue.push(9, [], 0);
    expect(calls).toEqual([]);
    expect(queue.empty).toBe(true);
  });
});
