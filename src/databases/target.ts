/** A connection text, and the same one for another database of the server. */
import { resolveConnection } from "../session/conninfo.ts";
import { quoteValue } from "../session/keyword-value.ts";
import { isUrl } from "../session/url.ts";

/** The settings of `text` for the database `name`. Of a keyword that comes twice the last counts, as in libpq. */
export function forDatabase(text: string | undefined, name: string): string {
  if (text !== undefined && isUrl(text)) return `${text}${text.includes("?") ? "&" : "?"}dbname=${encodeURIComponent(name)}`;
  const dbname = `dbname=${quoteValue(name)}`;
  return text !== undefined && text.includes("=") ? `${text} ${dbname}` : dbname;
}

/** The database that a connection text leads to, by itself or through the environment. Nothing is connected. */
export async function databaseNameOf(text: string | undefined): Promise<string> {
  return (await resolveConnection(text)).database;
}
