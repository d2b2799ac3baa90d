/** Who owns an object after a restore: everything is made by the restoring role first, then given away. */
import type { CatalogObject } from "./kind.ts";

/** The role for `ALTER … OWNER TO`, or null when the kind has no owner or the owner goes without saying. */
export function ownerToRestore(object: Pick<CatalogObject, "kind" | "name" | "owner">): string | null {
  // Schema public is not created; from 15 on it belongs to pg_database_owner anyway, and 13 has no such role.
  if (object.kind === "schema" && object.name === "public" && object.owner === "pg_database_owner") return null;
  return object.owner;
}
