/**
 * How values arrive in JavaScript, local to our sessions: `pg`'s global table is neither read for scalars nor
 * changed, so that an application's own settings and ours leave each other alone. What a number or a Date would
 * round (int8, numeric, timestamps) stays the server's text.
 */
import pg from "pg";

type Parser = (text: string) => unknown;

const text: Parser = (value) => value;
const json: Parser = (value) => JSON.parse(value);
const boolean: Parser = (value) => value === "t";
const bytes: Parser = pg.types.getTypeParser(pg.types.builtins.BYTEA);
/** text[]: nested arrays of strings and nulls. Its OID is missing from the declared ones, which list scalars only. */
const strings: Parser = pg.types.getTypeParser(1009 as Parameters<typeof pg.types.getTypeParser>[0]);

/** OID of the type, OID of its array type, parser. https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const PARSERS: readonly (readonly [oid: number, arrayOid: number, parser: Parser])[] = [
  [16, 1000, boolean],
  [17, 1001, bytes],
  [18, 1002, text],
  [19, 1003, text],
  [20, 1016, text],
  [21, 1005, Number],
  [23, 1007, Number],
  [25, 1009, text],
  [26, 1028, Number],
  [114, 199, json],
  [700, 1021, Number],
  [701, 1022, Number],
  [1042, 1014, text],
  [1043, 1015, text],
  [1082, 1182, text],
  [1114, 1115, text],
  [1184, 1185, text],
  [1700, 1231, text],
  [2950, 2951, text],
  [3802, 3807, json],
];

const byOid = new Map<number, Parser>(
  PARSERS.flatMap(([oid, arrayOid, parser]) => [
    [oid, parser],
    [arrayOid, arrayOf(parser)],
  ]),
);

/** For the `types` of a client: what is not listed above arrives as text. */
export const typeParsers = {
  getTypeParser: (oid: number): Parser => byOid.get(oid) ?? text,
};

function arrayOf(parser: Parser): Parser {
  const each = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(each);
    return typeof value === "string" ? parser(value) : value;
  };
  return (value) => each(strings(value));
}
