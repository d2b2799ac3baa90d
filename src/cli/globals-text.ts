/** What an archive holds of the whole server, for those who look at it: counted, and without passwords. */
import type { Json, Toc, TocEntry } from "../index.ts";
import { counted } from "./units.ts";

const KINDS: Readonly<Record<string, string>> = { role: "role", "role-membership": "membership", "role-setting": "role with settings", tablespace: "tablespace", "parameter-privilege": "parameter" };

/** `3 roles, 2 memberships, with passwords`. */
export function globalsText({ entries }: Pick<Toc, "entries">): string {
  const counts = Object.entries(KINDS).flatMap(([kind, word]) => {
    const count = entries.filter((entry) => entry.kind === kind).length;
    return count === 0 ? [] : [kind === "role-setting" ? `settings of ${counted(count, "role")}` : counted(count, word)];
  });
  if (counts.length === 0) return "none";
  return [...counts, ...(entries.some((entry) => propertiesOf(entry).some(isPassword)) ? ["with passwords"] : [])].join(", ");
}

/** The archive itself still has them, for whoever may read the file. */
export function withoutPasswords(toc: Toc): Toc {
  const entries = toc.entries.map((entry) => {
    const properties = propertiesOf(entry);
    // A record with properties is an object.
    return properties.some(isPassword) ? { ...entry, record: { ...(entry.record as object), properties: properties.filter((one) => !isPassword(one)) } } : entry;
  });
  return { ...toc, entries };
}

function propertiesOf({ kind, record }: TocEntry): readonly Json[] {
  if (kind !== "role" || record === null || typeof record !== "object" || !("properties" in record)) return [];
  return Array.isArray(record.properties) ? record.properties : [];
}

function isPassword(property: Json): boolean {
  return property !== null && typeof property === "object" && "type" in property && property.type === "password";
}
