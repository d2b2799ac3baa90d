/**
 * Shell types: `pg_type` in, `CREATE TYPE name;` out. A name without a type behind it, so that functions can be
 * made that the type itself needs. Most stand in for a base type, or for a range with a canonical function, until
 * that one completes them; one that nobody ever completed is an object of its own.
 */
import { isMember, keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface ShellType extends CatalogObject {
  readonly kind: "shell-type";
  readonly schema: string;
  /** Null for one that stands in: the type that completes it is given away, and must be completed by who made the shell. */
  readonly owner: string | null;
  readonly needs: readonly Key[];
  /** Whether a type of this catalog completes it. It then has a key of its own beside the type's. */
  readonly standsIn: boolean;
}

const SHELL_TYPES = /* sql */ `
  select case when t.typisdefined then ${keySql("shell", "t.oid")} else ${keySql("pg_type", "t.oid")} end as key,
         array[${keySql("pg_namespace", "n.oid")}] as needs,
         n.nspname as schema,
         t.typname as name,
         case when not t.typisdefined then pg_catalog.pg_get_userbyid(t.typowner) end as owner,
         t.typisdefined as "standsIn"
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_range r on r.rngtypid = t.oid
  where ${userSchema()} and not ${isMember("pg_type", "t.oid")}
    and (not t.typisdefined
         or r.rngcanonical <> 0
         or t.typtype = 'b' and not exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid))
  order by n.nspname, t.typname`;

export const shellType: KindModule<ShellType> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<ShellType, "kind">>(SHELL_TYPES);
    return rows.map((row) => ({ kind: "shell-type", ...row }));
  },
  create: (object) => [`CREATE TYPE ${qualified(object.schema, object.name)};`],
  drop: (object) => (object.standsIn ? null : `DROP TYPE IF EXISTS ${qualified(object.schema, object.name)};`),
  address: (object) => `TYPE ${qualified(object.schema, object.name)}`,
};
