/**
 * Privileges: texts of `aclitem` in, GRANT and REVOKE out. Pure. What is written is the difference between what an
 * object has and what a fresh one would have, in the order the server keeps it, because a grant by someone who
 * holds a grant option only works after that option was granted.
 */
import type { Acl } from "./kind.ts";
import { ident } from "./quote.ts";

/** An object as far as privileges go: any object of the catalog is one. */
export interface PrivilegeHolder {
  readonly owner: string | null;
  /** Absent or null when nothing differs from the default. */
  readonly acl?: Acl | null;
  /** Those of a table or view may carry an `acl` of their own; other kinds' columns are looked past. */
  readonly columns?: readonly unknown[];
}

/** One `aclitem`, taken apart. */
export interface AclItem {
  /** Null for PUBLIC. */
  readonly grantee: string | null;
  readonly grantor: string;
  /** Privilege letters, those with the grant option apart. */
  readonly plain: ReadonlySet<string>;
  readonly grantable: ReadonlySet<string>;
}

/** Letters and words of each object type's privileges, in the order in which they are written. */
type Vocabulary = readonly (readonly [letter: string, word: string, since?: number])[];

const TABLE: Vocabulary = [
  ["r", "SELECT"], ["a", "INSERT"], ["x", "REFERENCES"], ["d", "DELETE"], ["t", "TRIGGER"], ["D", "TRUNCATE"], ["m", "MAINTAIN", 170000], ["w", "UPDATE"],
];
const COLUMN: Vocabulary = [["r", "SELECT"], ["a", "INSERT"], ["x", "REFERENCES"], ["w", "UPDATE"]];
const SEQUENCE: Vocabulary = [["r", "SELECT"], ["U", "USAGE"], ["w", "UPDATE"]];
const EXECUTE: Vocabulary = [["X", "EXECUTE"]];
const USAGE: Vocabulary = [["U", "USAGE"]];
const SCHEMA: Vocabulary = [["C", "CREATE"], ["U", "USAGE"]];
const LARGE_OBJECT: Vocabulary = [["r", "SELECT"], ["w", "UPDATE"]];
const TABLESPACE: Vocabulary = [["C", "CREATE"]];
const PARAMETER: Vocabulary = [["s", "SET"], ["A", "ALTER SYSTEM"]];
const DATABASE: Vocabulary = [["C", "CREATE"], ["c", "CONNECT"], ["T", "TEMPORARY"]];

/** First words of an address → what GRANT calls the type, and its privileges. */
const TYPES: readonly (readonly [address: string, granted: string, vocabulary: Vocabulary])[] = [
  ["TABLE", "TABLE", TABLE],
  ["VIEW", "TABLE", TABLE],
  ["MATERIALIZED VIEW", "TABLE", TABLE],
  ["FOREIGN TABLE", "TABLE", TABLE],
  ["SEQUENCE", "SEQUENCE", SEQUENCE],
  ["FUNCTION", "FUNCTION", EXECUTE],
  ["PROCEDURE", "PROCEDURE", EXECUTE],
  ["LANGUAGE", "LANGUAGE", USAGE],
  ["SCHEMA", "SCHEMA", SCHEMA],
  ["TYPE", "TYPE", USAGE],
  ["DOMAIN", "TYPE", USAGE],
  ["LARGE OBJECT", "LARGE OBJECT", LARGE_OBJECT],
  ["FOREIGN DATA WRAPPER", "FOREIGN DATA WRAPPER", USAGE],
  ["SERVER", "FOREIGN SERVER", USAGE],
  ["DATABASE", "DATABASE", DATABASE],
  ["TABLESPACE", "TABLESPACE", TABLESPACE],
  ["PARAMETER", "PARAMETER", PARAMETER],
];

/** What ALTER DEFAULT PRIVILEGES calls each `defaclobjtype`. */
const DEFAULT_TYPES = {
  r: ["TABLES", TABLE],
  S: ["SEQUENCES", SEQUENCE],
  f: ["FUNCTIONS", EXECUTE],
  T: ["TYPES", USAGE],
  n: ["SCHEMAS", SCHEMA],
  L: ["LARGE OBJECTS", LARGE_OBJECT],
} as const satisfies Readonly<Record<string, readonly [string, Vocabulary]>>;

export type DefaultPrivilegeType = keyof typeof DEFAULT_TYPES;

/**
 * The statements that turn a fresh object's privileges into these: the object's, then its columns'. Empty when
 * nothing differs. `address` is how GRANT names it (`grantAddressOf`). Throws a plain Error when it has privileges
 * and its address is of a type that cannot have any.
 */
export function privilegeStatements(object: PrivilegeHolder, address: string, serverVersion: number): readonly string[] {
  const acl = object.acl ?? null;
  const columns = (object.columns ?? []).filter(hasAcl);
  if (acl === null && columns.length === 0) return [];
  const type = TYPES.find(([words]) => address.startsWith(`${words} `));
  if (type === undefined) throw new Error(`${address} is of a type that has no privileges`);
  const [words, granted, vocabulary] = type;
  const target = { on: `${granted} ${address.slice(words.length + 1)}`, owner: object.owner, prefix: "", suffix: "", serverVersion };
  // A REVOKE on the table takes privileges on its columns away as well: columns come after.
  return [
    ...(acl === null ? [] : changes(acl, { ...target, vocabulary })),
    ...columns.flatMap((column) => changes(column.acl, { ...target, vocabulary: COLUMN, suffix: `(${ident(column.name)})` })),
  ];
}

/** The roles that an object's privileges name, PUBLIC not among them. */
export function privilegeRoles(object: PrivilegeHolder): readonly string[] {
  const items = [...(object.acl?.actual ?? []), ...(object.columns ?? []).filter(hasAcl).flatMap((column) => column.acl.actual)].map(parseAclItem);
  return [...new Set(items.flatMap(({ grantee, grantor }) => (grantee === null ? [grantor] : [grantee, grantor])))].sort();
}

function hasAcl(column: unknown): column is { readonly name: string; readonly acl: Acl } {
  return typeof column === "object" && column !== null && "acl" in column && column.acl !== null;
}

/** ALTER DEFAULT PRIVILEGES for what `role` creates from now on, everywhere or in one schema. */
export function defaultPrivilegeStatements(role: string, schema: string | null, type: DefaultPrivilegeType, acl: Acl, serverVersion: number): readonly string[] {
  const [on, vocabulary] = DEFAULT_TYPES[type];
  const where = schema === null ? "" : ` IN SCHEMA ${ident(schema)}`;
  const prefix = `ALTER DEFAULT PRIVILEGES FOR ROLE ${ident(role)}${where} `;
  return changes(acl, { on, owner: role, prefix, suffix: "", vocabulary, serverVersion });
}

interface Target {
  readonly on: string;
  readonly owner: string | null;
  readonly vocabulary: Vocabulary;
  /** What comes before GRANT. */
  readonly prefix: string;
  /** What comes after each privilege: `(column)`. */
  readonly suffix: string;
  readonly serverVersion: number;
}

function changes(acl: Acl, target: Target): readonly string[] {
  const { on, owner, prefix } = target;
  const revoked = acl.base.filter((item) => !acl.actual.includes(item)).map(parseAclItem);
  const granted = acl.actual.filter((item) => !acl.base.includes(item)).map(parseAclItem);
  const isOwners = (item: AclItem) => item.grantee === owner && item.grantor === owner;
  // The owner's own first: the others' privileges descend from them.
  const ordered = [...granted.filter(isOwners), ...granted.filter((item) => !isOwners(item))];
  return [
    ...revoked.flatMap((item) => {
      const plain = words(new Set([...item.plain, ...item.grantable]), target, target.serverVersion);
      return plain === null ? [] : [`${prefix}REVOKE ${plain} ON ${on} FROM ${roleName(item.grantee)};`];
    }),
    ...ordered.flatMap((item) => {
      const plain = words(item.plain, target, NEWEST);
      const grantable = words(item.grantable, target, NEWEST);
      const grants: string[] = [];
      if (plain !== null) grants.push(`${prefix}GRANT ${plain} ON ${on} TO ${roleName(item.grantee)};`);
      if (grantable !== null) grants.push(`${prefix}GRANT ${grantable} ON ${on} TO ${roleName(item.grantee)} WITH GRANT OPTION;`);
      if (grants.length === 0 || owner === null || item.grantor === owner) return grants;
      return [`SET SESSION AUTHORIZATION ${ident(item.grantor)};`, ...grants, "RESET SESSION AUTHORIZATION;"];
    }),
  ];
}

/** Later than any server: what is granted must not grow on a newer one, where ALL means more. */
const NEWEST = Infinity;

/** Privileges as words, `ALL` where these are every one that the object type has in that version. */
function words(letters: ReadonlySet<string>, { vocabulary, suffix }: Target, serverVersion: number): string | null {
  const held = vocabulary.filter(([letter]) => letters.has(letter));
  if (held.length === 0) return null;
  if (held.length === vocabulary.filter(([, , since = 0]) => serverVersion >= since).length) return `ALL${suffix}`;
  return held.map(([, word]) => `${word}${suffix}`).join(",");
}

function roleName(grantee: string | null): string {
  return grantee === null ? "PUBLIC" : ident(grantee);
}

/** Takes `"odd ""name"""=r*w/owner` apart. Throws a plain Error for what `aclitemout` cannot have written. */
export function parseAclItem(text: string): AclItem {
  const [grantee, afterGrantee] = parseRole(text, 0);
  if (text[afterGrantee] !== "=") throw new Error(`aclitem ${text}: expected = at ${afterGrantee}`);
  const slash = text.indexOf("/", afterGrantee);
  if (slash === -1) throw new Error(`aclitem ${text}: expected a grantor`);
  const [grantor] = parseRole(text, slash + 1);
  const plain = new Set<string>();
  const grantable = new Set<string>();
  for (const [, letter = "", star] of text.slice(afterGrantee + 1, slash).matchAll(/([a-zA-Z])(\*?)/g)) {
    (star === "*" ? grantable : plain).add(letter);
  }
  return { grantee: grantee === "" ? null : grantee, grantor, plain, grantable };
}

/** A role's name from `start`, in double quotes or bare, and the position behind it. */
function parseRole(text: string, start: number): [name: string, end: number] {
  let name = "";
  let quoted = false;
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      if (quoted && text[at + 1] === '"') name += text[++at]!;
      else quoted = !quoted;
    } else if (!quoted && (character === "=" || character === "/")) break;
    else name += character;
  }
  return [name, at];
}
