/** The schemas whose relations a pattern without a schema means: those that the role finds without naming a schema, as with pg_dump. */
import type { Session } from "../session/session.ts";

/** Reads the search path that role and database have set; the session's own is empty, and is so again afterwards. */
export async function readSearchPath(session: Session): Promise<readonly string[]> {
  await session.execute("BEGIN; RESET search_path");
  const [row] = await session.query<{ schemas: string[] }>("select pg_catalog.current_schemas(false)::text[] as schemas");
  await session.execute("ROLLBACK");
  return row?.schemas ?? [];
}
