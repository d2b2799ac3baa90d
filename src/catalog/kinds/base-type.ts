/** Base types: `pg_type` and the functions that read and print its values in, `CREATE TYPE … (INPUT = …)` out. */
import { aclSql, keySql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, Key, KindModule } from "../kind.ts";
import { literal, qualified } from "../quote.ts";

/** Functions are qualified, as `regproc` prints them; null where there is none. */
export interface BaseType extends CatalogObject {
  readonly kind: "base-type";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Its array type. */
  readonly aliases: readonly Key[];
  /** The shell type that it completes: its functions need it, and it needs them. */
  readonly needs: readonly [shell: Key];
  readonly input: string;
  readonly output: string;
  readonly receive: string | null;
  readonly send: string | null;
  /** Its send function takes no shell type, and gives itself to the type that is there. */
  readonly sentLater: boolean;
  readonly modifierIn: string | null;
  readonly modifierOut: string | null;
  readonly analyze: string | null;
  /** Null before 14, and where values have no subscripts. */
  readonly subscript: string | null;
  /** Bytes; -1 for a variable length. */
  readonly length: number;
  readonly passedByValue: boolean;
  readonly alignment: "char" | "int2" | "int4" | "double";
  readonly storage: "plain" | "external" | "extended" | "main";
  readonly category: string;
  readonly preferred: boolean;
  /** As the type's input function reads it. */
  readonly default: string | null;
  readonly element: string | null;
  readonly delimiter: string;
  readonly collatable: boolean;
}

const REGPROC = (column: string) => `nullif(${column}::pg_catalog.regproc::text, '-')`;

/** Subscripting functions came with 14. A true array type is not made by itself: it is its element's `typarray`. */
function baseTypeQuery(serverVersion: number): string {
  return /* sql */ `
    select ${keySql("pg_type", "t.oid")} as key,
           array_remove(array[${keySql("pg_type", "nullif(t.typarray, 0)")}], null) as aliases,
           array[${keySql("shell", "t.oid")}] as needs,
           n.nspname as schema,
           t.typname as name,
           pg_catalog.pg_get_userbyid(t.typowner) as owner,
           ${aclSql({ catalog: "pg_type", oid: "t.oid", acl: "t.typacl", type: "T", owner: "t.typowner" })} as acl,
           t.typinput::text as input,
           t.typoutput::text as output,
           ${REGPROC("t.typreceive")} as receive,
           ${REGPROC("t.typsend")} as send,
           exists (select from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
                   where p.oid = t.typsend and l.lanname not in ('internal', 'c')) as "sentLater",
           ${REGPROC("t.typmodin")} as "modifierIn",
           ${REGPROC("t.typmodout")} as "modifierOut",
           ${REGPROC("t.typanalyze")} as analyze,
           ${serverVersion >= 140000 ? REGPROC("t.typsubscript") : "null::text"} as subscript,
           t.typlen as length,
           t.typbyval as "passedByValue",
           case t.typalign when 'c' then 'char' when 's' then 'int2' when 'd' then 'double' else 'int4' end as alignment,
           case t.typstorage when 'e' then 'external' when 'x' then 'extended' when 'm' then 'main' else 'plain' end as storage,
           t.typcategory as category,
           t.typispreferred as preferred,
           t.typdefault as "default",
           case when t.typelem <> 0 then pg_catalog.format_type(t.typelem, null) end as element,
           t.typdelim as delimiter,
           t.typcollation <> 0 as collatable
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'b' and t.typisdefined and ${userSchema()}
      and not exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid)
    order by n.nspname, t.typname`;
}

export const baseType: KindModule<BaseType> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<BaseType, "kind">>(baseTypeQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "base-type", ...row }));
  },
  create(object) {
    const options = [...functions(object), ...representation(object), ...behaviour(object)];
    return [`CREATE TYPE ${qualified(object.schema, object.name)} (\n    ${options.join(",\n    ")}\n);`];
  },
  // The type and its functions hold each other: neither goes alone.
  drop: (object) => `DROP TYPE IF EXISTS ${qualified(object.schema, object.name)} CASCADE;`,
  address: (object) => `TYPE ${qualified(object.schema, object.name)}`,
};

function functions(object: BaseType): readonly string[] {
  const named = {
    INPUT: object.input,
    OUTPUT: object.output,
    RECEIVE: object.receive,
    SEND: object.sentLater ? null : object.send,
    TYPMOD_IN: object.modifierIn,
    TYPMOD_OUT: object.modifierOut,
    ANALYZE: object.analyze,
    SUBSCRIPT: object.subscript,
  };
  return Object.entries(named).flatMap(([option, name]) => (name === null ? [] : [`${option} = ${name}`]));
}

/** Said whole: what the server assumes of one depends on another. */
function representation(object: BaseType): readonly string[] {
  const options = [`INTERNALLENGTH = ${object.length === -1 ? "VARIABLE" : object.length}`];
  if (object.passedByValue) options.push("PASSEDBYVALUE");
  return [...options, `ALIGNMENT = ${object.alignment}`, `STORAGE = ${object.storage}`];
}

/** Only what differs from what the server would assume. */
function behaviour(object: BaseType): readonly string[] {
  const options: string[] = [];
  if (object.category !== "U") options.push(`CATEGORY = ${literal(object.category)}`);
  if (object.preferred) options.push("PREFERRED = true");
  if (object.default !== null) options.push(`DEFAULT = ${literal(object.default)}`);
  if (object.element !== null) options.push(`ELEMENT = ${object.element}`);
  if (object.delimiter !== ",") options.push(`DELIMITER = ${literal(object.delimiter)}`);
  if (object.collatable) options.push("COLLATABLE = true");
  return options;
}
