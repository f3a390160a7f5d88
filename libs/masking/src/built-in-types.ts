/** OIDs of the built-in types that masks and the record know (pg_type.dat; they never change between versions). */
export const TYPE = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  int2vector: 22,
  regproc: 24,
  text: 25,
  oid: 26,
  tid: 27,
  xid: 28,
  cid: 29,
  oidvector: 30,
  json: 114,
  xml: 142,
  point: 600,
  lseg: 601,
  path: 602,
  box: 603,
  polygon: 604,
  line: 628,
  cidr: 650,
  float4: 700,
  float8: 701,
  unknown: 705,
  circle: 718,
  macaddr8: 774,
  money: 790,
  macaddr: 829,
  inet: 869,
  aclitem: 1033,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  bit: 1560,
  varbit: 1562,
  numeric: 1700,
  refcursor: 1790,
  regprocedure: 2202,
  regoper: 2203,
  regoperator: 2204,
  regclass: 2205,
  regtype: 2206,
  uuid: 2950,
  txidSnapshot: 2970,
  pgLsn: 3220,
  tsvector: 3614,
  tsquery: 3615,
  regconfig: 3734,
  regdictionary: 3769,
  jsonb: 3802,
  jsonpath: 4072,
  regnamespace: 4089,
  regrole: 4096,
  regcollation: 4191,
  pgSnapshot: 5038,
  xid8: 5069,
} as const;

/** Types whose value is its text, in both formats. */
export const isTextLike = (typeOid: number): boolean => TEXT_LIKE.has(typeOid);

const TEXT_LIKE: ReadonlySet<number> = new Set([
  TYPE.text,
  TYPE.varchar,
  TYPE.bpchar,
  TYPE.name,
  TYPE.char,
  TYPE.unknown,
  TYPE.refcursor,
]);

/** Array type → element type. */
export const elementOf = (typeOid: number): number | undefined => ELEMENT.get(typeOid);

const ELEMENT: ReadonlyMap<number, number> = new Map([
  [143, TYPE.xml],
  [199, TYPE.json],
  [271, TYPE.xid8],
  [629, TYPE.line],
  [651, TYPE.cidr],
  [719, TYPE.circle],
  [775, TYPE.macaddr8],
  [791, TYPE.money],
  [1000, TYPE.bool],
  [1001, TYPE.bytea],
  [1002, TYPE.char],
  [1003, TYPE.name],
  [1005, TYPE.int2],
  [1006, TYPE.int2vector],
  [1007, TYPE.int4],
  [1008, TYPE.regproc],
  [1009, TYPE.text],
  [1010, TYPE.tid],
  [1011, TYPE.xid],
  [1012, TYPE.cid],
  [1013, TYPE.oidvector],
  [1014, TYPE.bpchar],
  [1015, TYPE.varchar],
  [1016, TYPE.int8],
  [1017, TYPE.point],
  [1018, TYPE.lseg],
  [1019, TYPE.path],
  [1020, TYPE.box],
  [1021, TYPE.float4],
  [1022, TYPE.float8],
  [1027, TYPE.polygon],
  [1028, TYPE.oid],
  [1034, TYPE.aclitem],
  [1040, TYPE.macaddr],
  [1041, TYPE.inet],
  [1115, TYPE.timestamp],
  [1182, TYPE.date],
  [1183, TYPE.time],
  [1185, TYPE.timestamptz],
  [1187, TYPE.interval],
  [1231, TYPE.numeric],
  [1263, 2275], // cstring
  [1270, TYPE.timetz],
  [1561, TYPE.bit],
  [1563, TYPE.varbit],
  [2201, TYPE.refcursor],
  [2207, TYPE.regprocedure],
  [2208, TYPE.regoper],
  [2209, TYPE.regoperator],
  [2210, TYPE.regclass],
  [2211, TYPE.regtype],
  [2949, TYPE.txidSnapshot],
  [2951, TYPE.uuid],
  [3221, TYPE.pgLsn],
  [3643, TYPE.tsvector],
  [3644, 3642], // gtsvector
  [3645, TYPE.tsquery],
  [3735, TYPE.regconfig],
  [3770, TYPE.regdictionary],
  [3807, TYPE.jsonb],
  [3905, 3904], // int4range
  [3907, 3906], // numrange
  [3909, 3908], // tsrange
  [3911, 3910], // tstzrange
  [3913, 3912], // daterange
  [3927, 3926], // int8range
  [4073, TYPE.jsonpath],
  [4090, TYPE.regnamespace],
  [4097, TYPE.regrole],
  [4192, TYPE.regcollation],
  [5039, TYPE.pgSnapshot],
  [6150, 4451], // int4multirange
  [6151, 4532], // nummultirange
  [6152, 4533], // tsmultirange
  [6153, 4534], // tstzmultirange
  [6155, 4535], // datemultirange
  [6157, 4536], // int8multirange
]);

/** int4range, numrange, tsrange, tstzrange, daterange, int8range */
export const isRange = (typeOid: number): boolean => RANGES.has(typeOid);

/** Range type → type of its bounds. */
export const rangeOf = (typeOid: number): number | undefined => RANGES.get(typeOid);

const RANGES: ReadonlyMap<number, number> = new Map([
  [3904, TYPE.int4],
  [3906, TYPE.numeric],
  [3908, TYPE.timestamp],
  [3910, TYPE.timestamptz],
  [3912, TYPE.date],
  [3926, TYPE.int8],
]);

/** The multiranges of the same six. */
export const isMultirange = (typeOid: number): boolean => MULTIRANGES.has(typeOid);

const MULTIRANGES: ReadonlySet<number> = new Set([4451, 4532, 4533, 4534, 4535, 4536]);
