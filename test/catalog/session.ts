/** What every test of the catalog opens: a session with a dump's settings. */
import { type Catalog, readCatalog } from "../../src/catalog/catalog.ts";
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { prepareDumpSession } from "../../src/session/prepare-session.ts";
import type { Session } from "../../src/session/session.ts";

/** Connected and prepared; closed at the end of the scope. */
export async function catalogSession(url: string): Promise<Session> {
  const session = await connect(await resolveConnection(url));
  await prepareDumpSession(session);
  return session;
}

/** The catalog of the database at `url`. */
export async function catalogOf(url: string): Promise<Catalog> {
  await using session = await catalogSession(url);
  return await readCatalog(session);
}
