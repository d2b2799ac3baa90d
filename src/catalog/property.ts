/**
 * What is said of a thing that one restore makes and the next leaves alone: the database, a role, a tablespace. One
 * statement each, as plain data in the record of a TOC entry whose `create` is empty, so that nothing says it unasked.
 */
export type PropertyType =
  | "create" | "owner" | "comment" | "security-label" | "privileges" | "password" | "membership"
  | "limit" | "template" | "public-schema" | "setting" | "role-setting";

export interface Property {
  readonly type: PropertyType;
  /** Roles that must be there. */
  readonly roles: readonly string[];
  /** Several of them where one means nothing without the other. */
  readonly statement: string;
  /** `server_version_num` of the first server that knows it, and of the first for which there is a better one. */
  readonly since?: number;
  readonly before?: number;
  /** What this statement does without, because such a server has no place for it. */
  readonly lost?: string;
  /** What to say instead where the server refuses it. */
  readonly otherwise?: string;
}

export interface PropertyOptions {
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  readonly noComments: boolean;
  readonly noSecurityLabels: boolean;
  /** Those of the target's server. */
  readonly roles: ReadonlySet<string>;
  readonly serverVersion: number;
}

/** What cannot be said on the target, or not whole, and why. */
export interface Left {
  readonly property: Property;
  readonly why: string;
}

/** Those that are wanted and can be said on the target, and what is left unsaid. */
export function chooseProperties(properties: readonly Property[], options: PropertyOptions): { readonly chosen: readonly Property[]; readonly left: readonly Left[] } {
  const { noOwner, noPrivileges, noComments, noSecurityLabels, roles, serverVersion } = options;
  const unwanted = new Set<PropertyType>([
    ...(noOwner ? (["owner"] as const) : []),
    ...(noPrivileges ? (["privileges"] as const) : []),
    ...(noComments ? (["comment"] as const) : []),
    ...(noSecurityLabels ? (["security-label"] as const) : []),
  ]);
  const replaced = new Set(properties.map(({ before }) => before));
  const meant = properties.filter(({ type, since = 0, before = Infinity }) => !unwanted.has(type) && serverVersion < before && !(serverVersion < since && replaced.has(since)));
  const left: Left[] = [];
  const chosen = meant.filter((property) => {
    const missing = property.roles.find((role) => !roles.has(role));
    const why = missing !== undefined ? `there is no role ${missing}` : serverVersion < (property.since ?? 0) ? `PostgreSQL ${major(serverVersion)} does not know it` : null;
    if (why !== null) left.push({ property, why });
    else if (property.lost !== undefined) left.push({ property, why: `PostgreSQL ${major(serverVersion)} has no place for ${property.lost}` });
    return why === null;
  });
  return { chosen, left };
}

export function major(serverVersion: number): number {
  return Math.floor(serverVersion / 10_000);
}

/** The properties that the record of an entry holds. Throws a plain Error for what is no such record. */
export function propertiesOf(record: unknown): readonly Property[] {
  if (typeof record !== "object" || record === null || !("properties" in record) || !Array.isArray(record.properties) || !record.properties.every(isProperty)) {
    throw new Error("the record of the entry holds no properties");
  }
  return record.properties;
}

function isProperty(value: unknown): value is Property {
  if (typeof value !== "object" || value === null || !("type" in value && "roles" in value && "statement" in value)) return false;
  const { type, roles, statement, since, before, lost, otherwise }: Record<string, unknown> = { ...value };
  const absentOr = (one: unknown, kind: "number" | "string") => one === undefined || typeof one === kind;
  return (
    typeof type === "string" && typeof statement === "string" && Array.isArray(roles) && roles.every((role) => typeof role === "string") &&
    absentOr(since, "number") && absentOr(before, "number") && absentOr(lost, "string") && absentOr(otherwise, "string")
  );
}
