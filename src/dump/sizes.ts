/**
 * How big the tables are whose rows are read: asked for when they are locked and not with the catalog, because the
 * functions that tell it wait for a table that somebody else has locked, selected or not.
 */
import type { Session } from "../session/session.ts";
import type { TableSize } from "./chunks.ts";
import type { RowSource } from "./toc.ts";

const SIZES = /* sql */ `
  select c.oid,
    case when am.amname = 'heap' then pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::int8 else 0 end::float8 as "heapPages",
    pg_catalog.pg_table_size(c.oid)::float8 as "totalBytes",
    greatest(c.reltuples, 0)::float8 as "estimatedRows"
  from pg_catalog.pg_class c left join pg_catalog.pg_am am on am.oid = c.relam
  where c.oid = any ($1::oid[])`;

/** The sizes by entry id. */
export async function readSizes(session: Session, sources: ReadonlyMap<number, RowSource>): Promise<ReadonlyMap<number, TableSize>> {
  const rows = await session.query<Omit<TableSize, "condition"> & { readonly oid: number }>(SIZES, [[...sources.values()].map(({ oid }) => oid)]);
  const byOid = new Map(rows.map(({ oid, ...size }) => [oid, size]));
  return new Map([...sources].flatMap(([entry, { oid, condition }]) => {
    const size = byOid.get(oid);
    return size === undefined ? [] : [[entry, { ...size, condition }] as const];
  }));
}
