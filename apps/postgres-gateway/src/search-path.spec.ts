import type { CatalogSnapshot } from '@app/sql';
import { effectiveSearchPath } from './search-path.js';

const catalog = (schemas: { name: string; temporary?: boolean; usable?: boolean }[], role = 'app') =>
  ({
    role,
    schemas: schemas.map(({ name, temporary = false, usable = true }, oid) => ({ oid, name, temporary, usable })),
  }) as unknown as CatalogSnapshot;

const plain = catalog([
  { name: 'pg_catalog' },
  { name: 'public' },
  { name: 'App' },
  { name: '\u00e4' },
  { name: 'app' },
  { name: 'hidden', usable: false },
]);

describe('the effective search path', () => {
  it.each(['public,', ',public', '"public', 'public other', 'a,,b'])(
    'is unknown for a setting that cannot be read: %s',
    (setting) => {
      expect(effectiveSearchPath(setting, plain)).toBeNull();
    },
  );

  it.each([
    ['"$user", public', ['pg_catalog', 'app', 'public']],
    ['public, pg_catalog', ['public', 'pg_catalog']],
    ['PUBLIC', ['pg_catalog', 'public']],
    ['"App"', ['pg_catalog', 'App']],
    ['nowhere, public', ['pg_catalog', 'public']],
    ['hidden, public', ['pg_catalog', 'public']],
    ['', ['pg_catalog']],
    ['""', ['pg_catalog']],
    ['public, public', ['pg_catalog', 'public']],
    // white space and letters beyond ASCII are neither space nor folded: no such schemas here
    ['app\u00a0,public', ['pg_catalog', 'public']],
    ['\u212apub, \u0130, public', ['pg_catalog', 'public']],
    ['\u00c4, public', ['pg_catalog', 'public']],
  ])('reads %s as the server does', (setting, path) => {
    expect(effectiveSearchPath(setting, plain)).toEqual(path);
  });

  it('searches the temporary schema first unless it is listed', () => {
    const own = catalog([{ name: 'public' }, { name: 'pg_temp_3', temporary: true }]);
    expect(effectiveSearchPath('public', own)).toEqual(['pg_temp_3', 'pg_catalog', 'public']);
    expect(effectiveSearchPath('public, pg_temp', own)).toEqual(['pg_catalog', 'public', 'pg_temp_3']);
  });
});
