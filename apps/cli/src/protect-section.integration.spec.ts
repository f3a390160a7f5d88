import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnSuggestion } from '@app/masking';
import { loadPartialConfig } from '@app/platform';
import { protectSectionOf } from './protect-section.js';

const column = (name: string, more: Partial<ColumnSuggestion> = {}): ColumnSuggestion => ({
  schema: 'public',
  table: 'customers',
  column: name,
  class: 'email',
  confidence: 0.9,
  reasons: ['its name says "email"'],
  protectedAs: null,
  ...more,
});

const found = { target: 'crm', tables: 2, columns: 9, suggestions: [], unread: [] };

describe('a suggested section', () => {
  it('is a configuration as it stands, whatever columns are called', () => {
    const chosen = [
      column('email'),
      column('*odd*.{name}\n# not a comment'),
      column('Größe "x"', { class: 'phone', confidence: 0.5 }),
      column('k', { reasons: ['its comment says "a\nb: c"'], protectedAs: 'contact' }),
    ];
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-suggested-'));
    try {
      const file = join(folder, 'sallyport.yaml');
      writeFileSync(
        file,
        'targets:\n  - { name: crm, postgres: { host: 127.0.0.1, database: crm, tls: disable }, credential: { user: app } }\n' +
          protectSectionOf(found, chosen),
      );
      const { protect } = loadPartialConfig(file, {}, 'control');
      expect(protect.map((entry) => entry.class)).toEqual(['email', 'phone']);
      expect(protect[0]?.columns).toEqual([
        'crm.public.customers.email',
        'crm.public.customers.*odd***name*** not a comment',
        'crm.public.customers.k',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says how sure each column is and why, the surest first', () => {
    const text = protectSectionOf({ ...found, unread: [{ table: 'public.x', why: 'it is locked' }] }, [
      column('a', { confidence: 0.5 }),
      column('b', { confidence: 0.75, protectedAs: 'contact' }),
    ]);
    expect(text).toBe(`# crm: 9 columns of 2 tables looked at, 2 suggested.
# the rows of public.x were not looked at: it is locked
protect:
  - class: email
    columns:
      # 0.75: its name says "email"; protected already as contact
      - "crm.public.customers.b"
      # 0.50: its name says "email"
      - "crm.public.customers.a"
    mask: constant
`);
  });

  it('is empty where nothing is suggested', () => {
    expect(protectSectionOf(found, [])).toBe('# crm: 9 columns of 2 tables looked at, 0 suggested.\n');
    expect(protectSectionOf(found, [], 7)).toBe(
      '# crm: 9 columns of 2 tables looked at, 0 suggested; 7 more are protected already (--all).\n',
    );
  });
});
