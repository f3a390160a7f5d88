import { Socket } from 'node:net';
import { HalfOpen } from './half-open.js';
import { networkOf } from './network-of.js';
import { RequestRate } from './request-rate.js';

/** A connection from somewhere that was never made. */
function from(address: string): Socket {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  return socket;
}

describe('connections that have not logged in', () => {
  it('make room within their own address, and then the one that waited longest', () => {
    const halfOpen = new HalfOpen({ starting: 3, startingPerAddress: 2 });
    const [other, first, second, third] = [from('10.0.0.1'), from('10.0.0.2'), from('10.0.0.2'), from('10.0.0.2')];
    for (const socket of [other!, first!, second!, third!]) halfOpen.add(socket);
    expect([other, first, second, third].map((socket) => socket!.destroyed)).toEqual([false, true, false, false]);
    halfOpen.add(from('10.0.0.3'));
    expect([other, second, third].map((socket) => socket!.destroyed)).toEqual([true, false, false]);
  });

  it('count no more once they have logged in', () => {
    const halfOpen = new HalfOpen({ starting: 10, startingPerAddress: 1 });
    const sockets = Array.from({ length: 5 }, () => from('10.0.0.1'));
    for (const socket of sockets) {
      halfOpen.add(socket);
      halfOpen.delete(socket);
    }
    halfOpen.endAll();
    expect(sockets.every(({ destroyed }) => !destroyed)).toBe(true);
  });

  it('all end with the listener', () => {
    const halfOpen = new HalfOpen({ starting: 10, startingPerAddress: 10 });
    const sockets = [from('10.0.0.1'), from('10.0.0.1'), from('::1')];
    for (const socket of sockets) halfOpen.add(socket);
    halfOpen.endAll();
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });
});

describe('who counts as one party', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('a rate of requests', () => {
  it('is each party’s own, and comes back with time', () => {
    let now = 1_000;
    const rate = new RequestRate(3, () => now);
    const asked = (party: string, times: number): number =>
      Array.from({ length: times }, () => rate.allows(party)).filter(Boolean).length;
    expect(asked('a', 5)).toBe(3);
    expect(asked('b', 1)).toBe(1);
    now += 334;
    expect(asked('a', 5)).toBe(1);
    now += 60_000;
    expect(asked('a', 5)).toBe(3);
  });
});
