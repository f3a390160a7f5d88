import { compilePatterns, TextMasker } from '@app/masking';
import { movesArchives, OutputChannel } from './output-channel.js';
import { utf8Cut } from './utf8-cut.js';

const patterns = compilePatterns([{ class: 'token', pattern: 'tok_[a-z]{4}' }]);
const masker = () => new TextMasker(patterns, () => Buffer.from('[m]'));
const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString();

describe('a cut', () => {
  it('never tears a character, and never holds back more than its beginning', () => {
    const bytes = Buffer.from('aé€😀z');
    for (let at = 0; at <= bytes.length; at++) {
      const cut = utf8Cut(bytes, at);
      expect(at - cut).toBeLessThanOrEqual(3);
      expect(bytes.subarray(0, cut).toString()).not.toContain('\ufffd');
      const whole = !bytes.subarray(0, at).toString().includes('\ufffd');
      expect(cut === at).toBe(whole);
    }
  });

  it('holds back nothing that is no UTF-8', () => {
    for (const bytes of [[0x80], [0x80, 0x80, 0x80, 0x80], [0xff], [0x41, 0xfe]])
      expect(utf8Cut(Uint8Array.from(bytes))).toBe(bytes.length);
  });
});

describe('a channel of output', () => {
  it('is the same masked text for every cut, and no piece ends inside a character', () => {
    const whole = Buffer.from('é tok_abcd € tok_ab 😀tok_wxyz');
    for (let cut = 0; cut <= whole.length; cut++) {
      const channel = new OutputChannel(masker, false);
      const parts = [channel.push(whole.subarray(0, cut)), channel.push(whole.subarray(cut)), channel.finish()].flat();
      expect(text(parts)).toBe('é [m] € tok_ab 😀[m]');
      for (const part of parts.slice(0, -1)) expect(Buffer.from(part).toString()).not.toContain('\ufffd');
      expect(channel.takeMasks()).toBe(2);
      expect(channel.takeMasks()).toBe(0);
    }
  });

  it('lets half a character go when its time is up, and what comes late all the same', () => {
    const channel = new OutputChannel(null, false);
    expect(channel.push(Uint8Array.of(0xe2, 0x82))).toEqual([]);
    expect(channel.held).toBe(2);
    expect(Buffer.concat(channel.release())).toEqual(Buffer.from([0xe2, 0x82]));
    expect(channel.held).toBe(0);
    channel.finish();
    expect(text(channel.push(Buffer.from('late')))).toBe('late');
  });

  it('masks what comes after its end as before', () => {
    const channel = new OutputChannel(masker, false);
    channel.finish();
    expect(text([channel.push(Buffer.from('tok_ab')), channel.push(Buffer.from('cd.')), channel.finish()].flat())).toBe(
      '[m].',
    );
  });

  it('of a command that moves archives passes archives only', () => {
    const archive = Buffer.concat([Buffer.from('tok_abcd'), Buffer.alloc(600)]);
    for (const cut of [0, 1, 7, 300, 511, 512, 600]) {
      const channel = new OutputChannel(masker, true);
      const parts = [
        channel.push(archive.subarray(0, cut)),
        channel.push(archive.subarray(cut)),
        channel.finish(),
      ].flat();
      expect(Buffer.concat(parts).equals(archive)).toBe(true);
      expect(channel.archive).toBe(true);
    }
    const listing = new OutputChannel(masker, true);
    expect(text([listing.push(Buffer.from('data/tok_abcd\n')), listing.finish()].flat())).toBe('data/[m]\n');
    expect(listing.archive).toBe(false);
  });

  it('decides by what there is when time is up', () => {
    const zipped = new OutputChannel(masker, true);
    expect(zipped.push(Uint8Array.of(0x1f, 0x8b, 8))).toEqual([]);
    expect(Buffer.concat(zipped.release())).toEqual(Buffer.from([0x1f, 0x8b, 8]));
    expect(zipped.archive).toBe(true);
    const said = new OutputChannel(masker, true);
    said.push(Buffer.from('tok_abcd!'));
    expect(text(said.release())).toBe('[m]!');
  });

  it.each([
    [['tar', 'cf', '-', 'x'], true],
    [['/bin/tar', '-xmf', '-'], true],
    [['sh', '-c', 'tar cf - x'], false],
    [['startar'], false],
    [['cat', 'tar'], false],
    [[], false],
  ])('%j moves archives: %s', (command, expected) => {
    expect(movesArchives(command)).toBe(expected);
  });
});
