/** Constraints of domains: normally written inside CREATE DOMAIN; NOT VALID ones and those on a loop by ALTER DOMAIN. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface DomainConstraint extends CatalogObject {
  readonly kind: "domain-constraint";
  readonly schema: string;
  readonly domain: string;
  /** A named NOT NULL, from 17 on; else a CHECK. */
  readonly notNull: boolean;
  readonly definition: string;
  /** False for NOT VALID: existing values may break it, so it has to wait until the rows are in. */
  readonly validated: boolean;
}

const DOMAIN_CONSTRAINTS = /* sql */ `
  select ${keySql("pg_constraint", "k.oid")} as key,
         n.nspname as schema,
         k.conname as name,
         t.typname as signature,
         null::text as owner,
         t.typname as domain,
         k.contype = 'n' as "notNull",
         pg_catalog.pg_get_constraintdef(k.oid) as definition,
         k.convalidated as validated
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_type t on t.oid = k.contypid
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where k.contypid <> 0 and ${userSchema()}
  order by n.nspname, t.typname, k.conname`;

export const domainConstraint: KindModule<DomainConstraint> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<DomainConstraint, "kind">>(DOMAIN_CONSTRAINTS);
    return rows.map((row) => ({ kind: "domain-constraint", ...row }));
  },
  create(object, context) {
    if (object.validated && !context.separate.has(object.key)) return [];
    const domain = qualified(object.schema, object.domain);
    return [`ALTER DOMAIN ${domain} ADD CONSTRAINT ${ident(object.name)} ${object.definition};`];
  },
  drop: (object) => `ALTER DOMAIN IF EXISTS ${qualified(object.schema, object.domain)} DROP CONSTRAINT IF EXISTS ${ident(object.name)};`,
  address: (object) => `CONSTRAINT ${ident(object.name)} ON DOMAIN ${qualified(object.schema, object.domain)}`,
};
