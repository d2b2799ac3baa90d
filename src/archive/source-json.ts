/** Where the rows came from, as the TOC and the manifest tell it. */
import * as v from "valibot";
import { count, text, textOrNull } from "./json.ts";

export const source = v.object({
  database: text,
  serverVersion: count,
  serverVersionText: text,
  systemIdentifier: textOrNull,
  encoding: text,
  collate: text,
  ctype: text,
  localeProvider: textOrNull,
  locale: textOrNull,
  collationVersion: textOrNull,
  snapshot: text,
  walLsn: textOrNull,
  snapshotAt: v.optional(textOrNull),
  startedAt: text,
  endedAt: text,
  extensions: v.array(v.object({ name: text, version: text, schema: text })),
  migrations: v.nullable(v.array(v.object({ hash: text, createdAt: text }))),
});
