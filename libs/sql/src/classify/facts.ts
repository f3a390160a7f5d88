import { calledName } from '../allowed-functions.js';
import type { StatementEffect } from '../description.js';
import { FIRST_USER_OID, mayBeCast, resolveRelation, type KnowledgeIndex } from '../resolve.js';
import { builtInEffect } from './functions.js';
import { isFields, isPlain, names, text, visitNodes, type Fields } from './nodes.js';
import { castsPlainly, mayCascade, readsPlainly, writesPlainly } from './relation-proof.js';
import { callsOnOneSetting } from './setting-row.js';
import { anySetting, writtenByCall, type SettingWrite } from './settings.js';
import { joinEffects, type ClassifyContext } from './statement-class.js';

const kindOf: Readonly<Record<string, string>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
  ExecuteStmt: 'execute',
};

/** SQL functions of the information schema that drivers call to read the catalog. */
const informationSchemaFunctions: ReadonlySet<string> = new Set(
  `_pg_expandarray _pg_index_position _pg_truetypid _pg_truetypmod _pg_char_max_length _pg_char_octet_length
  _pg_numeric_precision _pg_numeric_precision_radix _pg_numeric_scale _pg_datetime_precision _pg_interval_type`.split(
    /\s+/,
  ),
);

/** What a query or plain write does, everything under it included. */
export interface Facts {
  /** kinds of all statements under it, sorted */
  readonly kinds: readonly string[];
  readonly effect: StatementEffect;
  /** something in it is not known to run only built-ins: it may do anything, names and settings included */
  readonly opaque: boolean;
  /** OIDs of relations that it only reads while it writes others, proven; empty where it writes none, or locks rows of any */
  readonly onlyReads: readonly number[];
  /** a relation that it writes is named once more, to be read; a WITH query of the same name may be meant */
  readonly readsWritten: boolean;
  /** names of all functions called */
  readonly calls: ReadonlySet<string>;
  readonly settings: readonly SettingWrite[];
}

/**
 * Collects what `root` (a wrapped query, or a list around some) does.
 * @param planned it is planned only, not run: no trigger fires
 */
export function collectFacts(root: unknown, context: ClassifyContext, planned = false): Facts {
  const collector = new Collector(context, planned, callsOnOneSetting(root, context));
  visitNodes(root, (node) => collector.visit(node.type, node.fields));
  return collector.finish();
}

class Collector {
  private readonly kinds = new Set<string>();
  private readonly calls = new Set<string>();
  private readonly settings: SettingWrite[] = [];
  private effect: StatementEffect = 'read';
  private opaque = false;
  /** what runs because rows of a written relation change: triggers, rules, cascades */
  private fires = false;
  private locks = false;
  private readonly written = new Set<number>();
  /** how often each relation is named, but for where it is written */
  private readonly named = new Map<number, number>();
  private readonly index: KnowledgeIndex;

  constructor(
    private readonly context: ClassifyContext,
    private readonly planned: boolean,
    private readonly namedByRow: ReadonlyMap<Fields, string>,
  ) {
    this.index = context.index;
  }

  finish(): Facts {
    const { objects, unresolved, staleCatalog } = this.context;
    if (staleCatalog || unresolved.length > 0 || this.index.castsBetweenBuiltIns) this.opaque = true;
    const onlyReads = this.onlyReads();
    if (this.fires || objects.some((object) => !readsPlainly(this.index, object.oid))) this.opaque = true;
    const { opaque, calls, settings } = this;
    const effect = opaque ? joinEffects(this.effect, 'write') : this.effect;
    const readsWritten = [...this.written].some((oid) => (this.named.get(oid) ?? 0) > 0);
    return { kinds: [...this.kinds].sort(), effect, opaque, onlyReads, readsWritten, calls, settings };
  }

  /** What a written relation fires is that write's doing. Code that anything else runs could write whatever is named. */
  private onlyReads(): readonly number[] {
    if (this.opaque || this.locks || this.written.size === 0) return [];
    const others = this.context.objects.map(({ oid }) => oid).filter((oid) => !this.written.has(oid));
    return others.every((oid) => readsPlainly(this.index, oid)) ? others : [];
  }

  visit(type: string, fields: Fields): void {
    if (!isPlain(type)) this.opaque = true;
    const kind = kindOf[type];
    if (kind) this.kinds.add(kind);
    switch (type) {
      case 'InsertStmt':
      case 'UpdateStmt':
      case 'DeleteStmt':
      case 'MergeStmt':
        return this.write(type, fields);
      case 'LockingClause':
        this.locks = true;
        return this.does('write');
      case 'RangeVar':
        return this.range(this.relationOf(fields), 1);
      case 'IntoClause':
        return this.does(isTemporaryName(fields['rel']) ? 'session' : 'schema');
      case 'FuncCall':
        return this.call(names(fields['funcname']), fields);
      case 'RangeTableSample':
        return this.call(names(fields['method']), fields);
      case 'TypeName':
        if (!castsPlainly(this.index, names(fields['names']))) this.opaque = true;
        return;
      case 'ColumnRef':
        return this.attribute(names(fields['fields']).slice(1));
      case 'A_Indirection':
        return this.attribute(names(fields['indirection']));
      default:
        return this.operators(type, fields);
    }
  }

  private does(effect: StatementEffect): void {
    this.effect = joinEffects(this.effect, effect);
  }

  /** @param rangeVar fields of a RangeVar */
  private relationOf(rangeVar: Fields): ReturnType<typeof resolveRelation> {
    const schema = text(rangeVar, 'schemaname');
    return resolveRelation(this.index, this.context.searchPath, schema, text(rangeVar, 'relname') ?? '');
  }

  private range(relation: ReturnType<typeof resolveRelation>, by: 1 | -1): void {
    if (relation === null || relation === 'unknown-path') return;
    this.named.set(relation.oid, (this.named.get(relation.oid) ?? 0) + by);
  }

  private write(type: string, fields: Fields): void {
    const relation = this.relationOf(isFields(fields['relation']) ? fields['relation'] : {});
    this.range(relation, -1);
    if (relation === null || relation === 'unknown-path') {
      this.opaque = true;
      return this.does('write');
    }
    // Rows of pg_settings are settings: its rule calls set_config. Other system relations are nobody's to write.
    if (relation.oid < FIRST_USER_OID) {
      this.opaque = true;
      this.settings.push(...anySetting);
      return this.does('unknown');
    }
    this.written.add(relation.oid);
    if (!this.runsPlainly(type, fields, relation.oid)) this.fires = true;
    this.does(relation.schema === this.index.temporarySchema ? 'session' : 'write');
  }

  /** Writing the relation runs no user code. */
  private runsPlainly(type: string, fields: Fields, oid: number): boolean {
    if (this.planned) return readsPlainly(this.index, oid);
    const changesRows = type !== 'InsertStmt' || 'onConflictClause' in fields;
    return writesPlainly(this.index, oid) && !(changesRows && mayCascade(this.index));
  }

  private call(parts: readonly string[], fields: Fields): void {
    const name = parts[parts.length - 1] ?? '';
    const schema = parts.length > 1 ? (parts[parts.length - 2] ?? '') : null;
    this.calls.add(name);
    if (mayBeCast(this.index, schema, name)) this.opaque = true;
    // whoever allowed it says that it changes nothing
    if (parts.length === 2 && schema !== null && this.index.allowedFunctions.has(calledName(schema, name))) return;
    const users = this.index.userFunctionSchemas.get(name);
    if (schema === 'information_schema') {
      if (users?.has(schema) || !informationSchemaFunctions.has(name)) this.opaque = true;
      return;
    }
    if ((schema !== null && schema !== 'pg_catalog') || (schema === null ? users : users?.has(schema))) {
      this.opaque = true;
      return;
    }
    const effect = builtInEffect(name);
    if (effect === 'opaque') this.opaque = true;
    else this.does(effect);
    if (name === 'set_config') this.setConfig(writtenByCall(fields, this.namedByRow.get(fields)));
  }

  private setConfig(settings: readonly SettingWrite[]): void {
    this.settings.push(...settings);
    // A name that only execution knows may be any setting, the ones that must never change included.
    if (settings === anySetting) this.does('unknown');
  }

  /** `(row).f` and `t.f` call a function f of the row where there is no such column. */
  private attribute(fieldNames: readonly string[]): void {
    if (fieldNames.some((name) => this.index.userFunctionSchemas.has(name))) this.opaque = true;
  }

  private operators(type: string, fields: Fields): void {
    if (type === 'A_Expr') {
      const kind = text(fields, 'kind') ?? '';
      if (kind.includes('BETWEEN')) ['<', '<=', '>', '>='].forEach((name) => this.operator([name]));
      else this.operator(names(fields['name']));
    } else if (type === 'SortBy' && fields['useOp']) {
      this.operator(names(fields['useOp']));
    } else if (type === 'SubLink' && fields['testexpr']) {
      this.operator(fields['operName'] ? names(fields['operName']) : ['=']);
    } else if (
      (type === 'CaseExpr' && fields['arg']) ||
      (type === 'JoinExpr' && (fields['usingClause'] || fields['isNatural']))
    ) {
      this.operator(['=']);
    }
  }

  private operator(parts: readonly string[]): void {
    const name = parts[parts.length - 1] ?? '';
    if (parts.length > 1 && parts[parts.length - 2] === 'pg_catalog') return;
    if (parts.length > 1 || this.index.userOperators.has(name)) this.opaque = true;
  }
}

/** Whether a relation to be made of this name (fields of a RangeVar) is the session's own. */
export function isTemporaryName(rel: unknown): boolean {
  if (!isFields(rel)) return false;
  return rel['relpersistence'] === 't' || rel['schemaname'] === 'pg_temp';
}
