// Every row of the tables in one list. A row: `id`, `tries` (what it tries, in words), then as in ../escapes.json: `sql` or `script`,
// `protocol`, `params`, `role`, `startup`, `setup`, `minServer`, `kind` with `falseSql`, `reveal`; and `listens`, a LISTEN of a second session.
import { catalogs } from './catalogs.mjs';
import { cursorNames } from './cursors.mjs';
import { errorTable } from './errors.mjs';
import { expressions } from './expressions.mjs';
import { names } from './names.mjs';
import { neighbours } from './neighbours.mjs';
import { objects } from './objects.mjs';
import { oracles } from './oracles.mjs';
import { protocol } from './protocol.mjs';
import { rows } from './rows.mjs';
import { seams } from './seams.mjs';
import { structures } from './structures.mjs';
import { writes } from './writes.mjs';

const all = {
  ...names,
  ...expressions,
  ...rows,
  ...structures,
  ...objects,
  ...writes,
  ...cursorNames,
  ...errorTable,
  ...catalogs,
  ...oracles,
  ...protocol,
  ...seams,
  ...neighbours,
};

export const tables = Object.entries(all).flatMap(([name, cases]) => cases.map((one) => ({ ...one, class: name })));

const twice = tables.map(({ id }) => id).filter((id, at, ids) => ids.indexOf(id) !== at);
if (twice.length > 0) throw new Error(`two cases are called ${twice.join(', ')}`);
