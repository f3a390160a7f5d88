// Two hundred and more ordinary statements over the sample `crm`, chosen by what people and programs do, not by what passes. A row: `says`,
// `sql` (several are one session, the last that returns rows counts), `params`, `masks` (the columns that must come masked, all others as
// they are), `writes` (rolled back), `unordered`, `compare`: `runs` where the answer may differ, `copy` for a stream, `copied-masked` for
// one that must not contain `hidden`.
import { changes } from './statements/changes.mjs';
import { documents } from './statements/documents.mjs';
import { lookups } from './statements/lookups.mjs';
import { orm } from './statements/orm.mjs';
import { queries } from './statements/queries.mjs';
import { reports } from './statements/reports.mjs';
import { sessions } from './statements/sessions.mjs';

const groups = { lookups, reports, queries, orm, documents, changes, sessions };

export const statements = Object.entries(groups).flatMap(([group, list]) => list.map((one) => ({ ...one, group })));
