/**
 * What the server prints of a definition (a view's query, a function's body, a type's name) it prints as it is now,
 * not as the snapshot saw it; and only tables can be locked against change. So after the catalog has been read it
 * is asked which objects of the snapshot have been changed since: if any have, everything begins again. pg_dump
 * writes what came out, be it half of the one and half of the other.
 */
import { messageOf, PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** A deleted or updated row that the snapshot still sees has the number of the transaction in xmax, 32 bits of it. */
const XMAX = /* sql */ `(
  select case when near.xid > near.seen + 2147483648 then near.xid - 4294967296 else near.xid end
  from (select snapshot.seen, snapshot.seen - snapshot.seen % 4294967296 + x.xmax::text::int8 as xid) near)`;

/** Rows of `catalog` that the snapshot sees and a transaction has changed and committed since. An aborted one leaves its xmax behind too. */
function changed(catalog: string, name: string, namespace: string): string {
  return /* sql */ `
    select '${catalog}' as catalog, ${name} as name
    from pg_catalog.${catalog} x cross join snapshot
    where x.xmax::text <> '0' and ${namespace} in (select oid from schemas)
      and ${XMAX} >= snapshot.oldest and pg_catalog.pg_xact_status(${XMAX}::text::xid8) = 'committed'`;
}

const CHANGED = /* sql */ `
  with snapshot as (
    select pg_catalog.pg_snapshot_xmin(s)::text::int8 as oldest, pg_catalog.pg_snapshot_xmax(s)::text::int8 as seen from pg_catalog.pg_current_snapshot() s),
  schemas as (select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
  ${[
    changed("pg_namespace", "x.nspname::text", "x.oid"),
    changed("pg_proc", "x.proname::text", "x.pronamespace"),
    changed("pg_type", "x.typname::text", "x.typnamespace"),
    changed("pg_enum", "x.enumlabel::text", "(select typnamespace from pg_catalog.pg_type t where t.oid = x.enumtypid)"),
    changed("pg_collation", "x.collname::text", "x.collnamespace"),
    changed("pg_operator", "x.oprname::text", "x.oprnamespace"),
    changed("pg_rewrite", "x.ev_class::pg_catalog.regclass::text", "(select relnamespace from pg_catalog.pg_class c where c.oid = x.ev_class)"),
    changed("pg_statistic_ext", "x.stxname::text", "x.stxnamespace"),
    // A relation's row changes for many reasons; only a name that means something else now is one of ours.
    `${changed("pg_class", "x.relname::text", "x.relnamespace")}
      and pg_catalog.to_regclass(pg_catalog.format('%I.%I', (select nspname from pg_catalog.pg_namespace n where n.oid = x.relnamespace), x.relname)) is distinct from x.oid`,
  ].join(" union all ")}
  limit 5`;

const MOST_TRIES = 5;

/**
 * Opens a snapshot with `begin` and reads in it with `read`, as often as it takes until nothing that was read has
 * changed meanwhile. Throws SOURCE_CHANGED, naming what keeps changing.
 */
export async function readUndisturbed<Opened, Read>(leader: Session, begin: () => Promise<Opened>, read: (opened: Opened) => Promise<Read>): Promise<Read> {
  for (let tries = 1; ; tries++) {
    const opened = await begin();
    await leader.execute("SAVEPOINT pgark_catalog");
    const outcome = await read(opened).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await leader.execute("ROLLBACK TO SAVEPOINT pgark_catalog");
    const objects = await leader.query<{ catalog: string; name: string }>(CHANGED);
    if (objects.length === 0) {
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    }
    if (tries === MOST_TRIES) throw disturbed(objects, outcome);
    await leader.execute("ROLLBACK");
  }
}

function disturbed(objects: readonly { readonly catalog: string; readonly name: string }[], outcome: object): PgarkError {
  const names = objects.map(({ catalog, name }) => `${name} (${catalog})`).join(", ");
  const said = "error" in outcome ? `: ${messageOf(outcome.error)}` : "";
  return new PgarkError("SOURCE_CHANGED", `definitions were changed during each of ${MOST_TRIES} tries to read them all, last ${names}${said}`, {
    object: objects[0]?.name,
    cause: "error" in outcome ? outcome.error : undefined,
    hint: "Dump again when the migrations have ended.",
  });
}
