/** Security labels: `pg_seclabel` of the whole database, and `pg_shseclabel` of its subscriptions, in one query; `SECURITY LABEL` out. */
import type { Session } from "../session/session.ts";
import type { Links } from "./dependencies.ts";
import type { Key } from "./kind.ts";
import { ident, literal } from "./quote.ts";

export interface SecurityLabel {
  /** The name under which the module that understands the label has announced itself. */
  readonly provider: string;
  readonly label: string;
  /** A column of a table or view or an attribute of a composite type; null for the object itself. */
  readonly column: string | null;
}

interface LabelRow extends SecurityLabel {
  readonly key: Key;
}

// Ordered by attnum, the object's own first. Labels on databases, roles and tablespaces are not the database's.
const LABELS = /* sql */ `
  select l.classoid::pg_catalog.regclass::text || '/' || l.objoid as key, a.attname as column, l.provider, l.label
  from (select s.classoid, s.objoid, s.objsubid, s.provider, s.label from pg_catalog.pg_seclabel s
        union all
        select s.classoid, s.objoid, 0, s.provider, s.label from pg_catalog.pg_shseclabel s
        where s.classoid = 'pg_catalog.pg_subscription'::pg_catalog.regclass) l
  left join pg_catalog.pg_attribute a
    on l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and a.attrelid = l.objoid and a.attnum = l.objsubid and l.objsubid > 0
  order by l.classoid, l.objoid, l.objsubid, l.provider`;

/** Reads the labels of all objects. Those of members of extensions are not among them: `unmodelled.ts` tells of those. */
export async function readSecurityLabels(session: Session, links: Pick<Links, "byKey" | "objectAt">): Promise<ReadonlyMap<Key, readonly SecurityLabel[]>> {
  const labels = new Map<Key, SecurityLabel[]>();
  for (const { key, ...label } of await session.query<LabelRow>(LABELS)) {
    const object = links.objectAt(key);
    if (object === undefined || !links.byKey.has(object.key)) continue;
    if (label.column === null && key !== object.key) continue;
    labels.set(object.key, [...(labels.get(object.key) ?? []), label]);
  }
  return labels;
}

/** The statements that put the labels on the object that `address` names. */
export function securityLabelStatements(address: string, labels: readonly SecurityLabel[]): readonly string[] {
  const relation = address.replace(/^(?:TABLE|VIEW|MATERIALIZED VIEW|FOREIGN TABLE|TYPE) /, "");
  return labels.map(({ provider, label, column }) => {
    const on = column === null ? address : `COLUMN ${relation}.${ident(column)}`;
    return `SECURITY LABEL FOR ${ident(provider)} ON ${on} IS ${literal(label)};`;
  });
}
