/** Objects as tests compare them: keys hold the server's own description instead of an OID. */
import type { CatalogObject, KindModule } from "../../../src/catalog/kind.ts";
import { catalogSession } from "../session.ts";

/** Reads all objects of a kind; `pg_class/16412` becomes `pg_class/table public.t`. */
export async function readNamed<T extends CatalogObject>(url: string, module: KindModule<T>): Promise<readonly T[]> {
  await using session = await catalogSession(url);
  const json = JSON.stringify(await module.read(session));
  const keys = [...new Set(json.match(/"[a-z_-]+\/\d+"/g))].map((key) => key.slice(1, -1));
  // Kinds that have no catalog of their own, such as index-attach, are numbered by their relation.
  const names = await session.query<{ key: string; name: string }>(
    `select k as key, split_part(k, '/', 1) || '/' || pg_describe_object(
       case when k like 'pg%' then split_part(k, '/', 1) else 'pg_class' end::regclass, split_part(k, '/', 2)::oid, 0) as name
     from unnest($1::text[]) k`,
    [keys],
  );
  const nameOf = new Map(names.map(({ key, name }) => [key, name]));
  // What was written as T is read back as T.
  return JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? (nameOf.get(value) ?? value) : value)) as T[];
}
