import { OutgoingGuard, specialKind } from './outgoing-guard.js';

describe('addresses that no webhook reaches unless its networks name them', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'shared (CGNAT)'],
    ['100.127.255.255', 'shared (CGNAT)'],
    ['169.254.169.254', 'link-local'],
    ['169.254.0.1', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['192.0.0.8', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['198.51.100.7', 'reserved'],
    ['203.0.113.7', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['fc00::1', 'private'],
    ['fdff:ffff::1', 'private'],
    ['fec0::1', 'private'],
    ['fe80::1', 'link-local'],
    ['febf::1', 'link-local'],
    ['fe80::1%eth0', 'not an address'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['100::1', 'reserved'],
    ['64:ff9b:1::a00:1', 'reserved'],
    // an IPv4 address inside an IPv6 one: mapped, translated, 6to4, compatible
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::FFFF:10.0.0.1', 'private'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'link-local'],
    ['::ffff:0:10.0.0.1', 'private'],
    ['64:ff9b::169.254.169.254', 'link-local'],
    ['64:ff9b::a00:1', 'private'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:c0a8:101::1', 'private'],
    ['::127.0.0.1', 'loopback'],
    ['::10.0.0.1', 'private'],
    // no address at all
    ['', 'not an address'],
    ['localhost', 'not an address'],
    ['127.1', 'not an address'],
    ['0x7f.0.0.1', 'not an address'],
    ['2130706433', 'not an address'],
  ])('%s is refused: %s', (address, kind) => {
    expect(specialKind(address)).toBe(kind);
    expect(new OutgoingGuard().refusal(address)).toContain(kind);
    expect(new OutgoingGuard().mayBePlain(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450::1',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
    '2002:101:101::',
  ])('%s is an ordinary address', (address) => {
    expect(new OutgoingGuard().refusal(address)).toBeNull();
    expect(new OutgoingGuard().mayBePlain(address)).toBe(false);
  });
});

describe('networks of a webhook', () => {
  const guard = new OutgoingGuard(['10.1.0.0/16', '127.0.0.1/32', 'fd00:1::/32', '::1/128']);

  it.each([
    ['10.1.2.3', true],
    ['10.2.0.1', false],
    ['127.0.0.1', true],
    ['127.0.0.2', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:10.2.0.1', false],
    ['fd00:1::5', true],
    ['fd00:2::5', false],
    ['169.254.169.254', false],
  ])('%s: %s', (address, allowed) => {
    expect(guard.refusal(address) === null).toBe(allowed);
  });

  it('let plain HTTP reach this machine only', () => {
    expect(guard.mayBePlain('127.0.0.1')).toBe(true);
    expect(guard.mayBePlain('::1')).toBe(true);
    expect(guard.mayBePlain('127.0.0.2')).toBe(false);
    expect(guard.mayBePlain('10.1.2.3')).toBe(false);
    expect(guard.mayBePlain('1.1.1.1')).toBe(false);
  });

  it.each(['10.0.0.0/33', 'example.com/8', 'fd00::/129'])('%s is no network', (network) => {
    expect(() => new OutgoingGuard([network])).toThrow();
  });
});
