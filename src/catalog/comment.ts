/** Comments: `pg_description` of the whole database in one query, `COMMENT ON` out. */
import type { Session } from "../session/session.ts";
import type { Links } from "./dependencies.ts";
import { FIRST_NORMAL_OBJECT_ID } from "./fragments.ts";
import type { Key } from "./kind.ts";
import { ident, literal } from "./quote.ts";

export interface Comments {
  /** The object's own; `""` where the target's has to be removed; null when there is none. */
  readonly whole: string | null;
  /** Of columns of tables and views and of attributes of composite types, in their order. */
  readonly columns: readonly { readonly name: string; readonly comment: string }[];
  /** A constraint's index can have a comment of its own: the index's qualified name and the comment. */
  readonly index: { readonly name: string; readonly comment: string } | null;
}

interface Description {
  readonly key: Key;
  readonly column: string | null;
  readonly index: string | null;
  readonly comment: string;
  /** Written when the extension was created or updated, which the object belongs to. */
  readonly ofExtension: boolean;
}

// Ordered by attnum, so that columns come in their order. The index's name is already quoted: regclass is.
const DESCRIPTIONS = /* sql */ `
  select d.classoid::pg_catalog.regclass::text || '/' || d.objoid as key,
         a.attname as column,
         case when c.relkind in ('i', 'I') then c.oid::pg_catalog.regclass::text end as index,
         d.description as comment,
         exists (select from pg_catalog.pg_depend e left join pg_catalog.pg_extension x on x.oid = e.refobjid
                 where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e' and (e.xmin = d.xmin or x.xmin = d.xmin)) as "ofExtension"
  from pg_catalog.pg_description d
  left join pg_catalog.pg_class c on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objoid
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
  -- Schema public has a low number, and a large object may be given one.
  where d.objoid >= ${FIRST_NORMAL_OBJECT_ID} or d.classoid in ('pg_catalog.pg_namespace'::pg_catalog.regclass, 'pg_catalog.pg_largeobject'::pg_catalog.regclass)
  order by d.classoid, d.objoid, d.objsubid`;

/** What initdb writes on schema public. */
const STANDARD_PUBLIC_COMMENT = "standard public schema";

/** Reads the comments of all objects; of those of members of extensions only what somebody wrote later. */
export async function readComments(session: Session, links: Pick<Links, "objects" | "objectAt">): Promise<ReadonlyMap<Key, Comments>> {
  const comments = new Map<Key, Comments>();
  const noted = (key: Key): Comments => comments.get(key) ?? { whole: null, columns: [], index: null };
  for (const { key, column, index, comment, ofExtension } of await session.query<Description>(DESCRIPTIONS)) {
    const object = links.objectAt(key);
    if (object === undefined || ofExtension || object.kind === "system-object") continue;
    const before = noted(object.key);
    if (column !== null) comments.set(object.key, { ...before, columns: [...before.columns, { name: column, comment }] });
    else if (key === object.key) comments.set(object.key, { ...before, whole: comment });
    else if (object.kind === "constraint" && index !== null) comments.set(object.key, { ...before, index: { name: index, comment } });
    // Anything else hangs on a row type or an array type, which COMMENT ON reaches but no CREATE brings along.
  }
  for (const object of links.objects) {
    if (object.kind !== "schema" || object.name !== "public") continue;
    // A new database comes with the standard comment: it need not be written, but a removed one has to be removed.
    const { whole } = noted(object.key);
    if (whole === STANDARD_PUBLIC_COMMENT) comments.delete(object.key);
    else comments.set(object.key, { ...noted(object.key), whole: whole ?? "" });
  }
  return comments;
}

/** The statements that put the comments on the object that `address` names. */
export function commentStatements(address: string, comments: Comments): readonly string[] {
  const statements: string[] = [];
  if (comments.whole !== null) statements.push(`COMMENT ON ${address} IS ${literal(comments.whole)};`);
  if (comments.index !== null) statements.push(`COMMENT ON INDEX ${comments.index.name} IS ${literal(comments.index.comment)};`);
  const relation = address.replace(/^(?:TABLE|VIEW|MATERIALIZED VIEW|FOREIGN TABLE|TYPE) /, "");
  for (const { name, comment } of comments.columns) {
    statements.push(`COMMENT ON COLUMN ${relation}.${ident(name)} IS ${literal(comment)};`);
  }
  return statements;
}
