import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reaches } from './postgres-account.js';

describe('the way to a folder', () => {
  let parent: string;
  const stranger = { user: 'stranger', uid: 4_000_001, gid: 4_000_001 };

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'sallyport-reach-'));
    mkdirSync(join(parent, 'a', 'b'), { recursive: true });
    for (const folder of [parent, join(parent, 'a'), join(parent, 'a', 'b')]) chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is closed when any folder above it lets only its owner through', () => {
    expect(reaches(join(parent, 'a', 'b'), stranger)).toBe(true);
    chmodSync(join(parent, 'a'), 0o700);
    expect(reaches(join(parent, 'a', 'b'), stranger)).toBe(false);
  });

  it('is open where a folder may be entered, though not listed', () => {
    chmodSync(join(parent, 'a'), 0o711);
    expect(reaches(join(parent, 'a', 'b'), stranger)).toBe(true);
  });
});
