import type { UserTypes } from '@app/masking';
import type { CatalogSnapshot } from '@app/sql';

const byCatalog = new WeakMap<CatalogSnapshot, UserTypes>();

/** The types of a catalog that are not part of the server, by OID; sorted once for all results that are masked by it. */
export function userTypes(catalog: CatalogSnapshot): UserTypes {
  let types = byCatalog.get(catalog);
  if (types === undefined) {
    const known = new Map(catalog.userTypes.map((type) => [type.oid, type]));
    byCatalog.set(catalog, (types = (oid) => known.get(oid)));
  }
  return types;
}
