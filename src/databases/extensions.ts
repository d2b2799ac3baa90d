/** Which extensions a server could create. */
import type { CommonOptions } from "../options.ts";
import { resolveConnection } from "../session/conninfo.ts";
import { connect } from "../session/connect.ts";

/** Those of `names` that the target's server does not have available, in the order given. */
export async function lackingExtensions(target: string, names: readonly string[], options: CommonOptions = {}): Promise<readonly string[]> {
  if (names.length === 0) return [];
  await using session = await connect(await resolveConnection(target), { signal: options.signal });
  const available = await session.query<{ name: string }>(`select name::text from pg_catalog.pg_available_extensions where name = any($1::text[])`, [names]);
  const known = new Set(available.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}
