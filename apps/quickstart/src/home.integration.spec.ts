import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeHome } from './home.js';

describe('a home', () => {
  let parent: string;
  beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'sallyport-home-'))));
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is refused while another process runs on it, naming the process', () => {
    const folder = join(parent, 'home');
    const home = takeHome(folder, false);
    expect(() => takeHome(folder, false)).toThrow(`process ${process.pid}`);
    home.release();
    takeHome(folder, false).release();
  });

  it('is taken over from a process that is gone, even when its pid lives again as another', () => {
    const folder = join(parent, 'home');
    takeHome(folder, false).release();
    writeFileSync(join(folder, 'lock'), '4194304 1\n');
    takeHome(folder, false).release();
    writeFileSync(join(folder, 'lock'), `${process.pid} 1\n`);
    takeHome(folder, false).release();
  });

  it('is refused when it cannot be a folder', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    expect(() => takeHome(file, false)).toThrow('choose another --home');
  });

  it('lets nobody else in, and for root lets the servers through without showing what is there', () => {
    const mine = takeHome(join(parent, 'mine'), false);
    const ofRoot = takeHome(join(parent, 'root'), true);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(mode(mine.folder)).toBe(0o700);
    expect(mode(ofRoot.folder)).toBe(0o711);
    for (const folder of [ofRoot.secrets, ofRoot.tls, ofRoot.keys, ofRoot.journal, ofRoot.log, ofRoot.issuer])
      expect(mode(folder)).toBe(0o700);
    expect(mode(join(mine.folder, 'lock'))).toBe(0o600);
  });

  it('forgets the description of an earlier start', () => {
    const folder = join(parent, 'home');
    const first = takeHome(folder, false);
    writeFileSync(first.file, '{}');
    first.release();
    expect(existsSync(takeHome(folder, false).file)).toBe(false);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  });
});
