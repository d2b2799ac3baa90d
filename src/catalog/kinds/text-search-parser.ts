/** Text search parsers: `pg_ts_parser` in, `CREATE TEXT SEARCH PARSER` out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface TextSearchParser extends CatalogObject {
  readonly kind: "text-search-parser";
  readonly schema: string;
  /** The functions are qualified, as `regproc` prints them. */
  readonly start: string;
  readonly nextToken: string;
  readonly end: string;
  readonly tokenTypes: string;
  readonly headline: string | null;
}

const PARSERS = /* sql */ `
  select ${keySql("pg_ts_parser", "p.oid")} as key,
         n.nspname as schema,
         p.prsname as name,
         null::text as owner,
         p.prsstart::pg_catalog.regproc::text as start,
         p.prstoken::pg_catalog.regproc::text as "nextToken",
         p.prsend::pg_catalog.regproc::text as "end",
         p.prslextype::pg_catalog.regproc::text as "tokenTypes",
         nullif(p.prsheadline::pg_catalog.regproc::text, '-') as headline
  from pg_catalog.pg_ts_parser p join pg_catalog.pg_namespace n on n.oid = p.prsnamespace
  where ${userSchema()}
  order by n.nspname, p.prsname`;

export const textSearchParser: KindModule<TextSearchParser> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<TextSearchParser, "kind">>(PARSERS);
    return rows.map((row) => ({ kind: "text-search-parser", ...row }));
  },
  create(object) {
    const options = [`START = ${object.start}`, `GETTOKEN = ${object.nextToken}`, `END = ${object.end}`, `LEXTYPES = ${object.tokenTypes}`];
    if (object.headline !== null) options.push(`HEADLINE = ${object.headline}`);
    return [`CREATE TEXT SEARCH PARSER ${qualified(object.schema, object.name)} (\n    ${options.join(",\n    ")}\n);`];
  },
  drop: (object) => `DROP TEXT SEARCH PARSER IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `TEXT SEARCH PARSER ${qualified(object.schema, object.name)}`,
};
