/**
 * The catalog becomes the TOC: every object with its comments, privileges and rows as entries in restore order.
 * Pure. This is the one place that knows both the catalog's typed objects and the archive's plain entries.
 */
import type { Json, Pass, TocColumn, TocData, TocEntry } from "../archive/toc.ts";
import { privilegeRoles, privilegeStatements } from "../catalog/acl.ts";
import { type Catalog, grantAddressOf, moduleOf } from "../catalog/catalog.ts";
import { dependsOnExtensionStatements } from "../catalog/dependencies.ts";
import { databaseRecord } from "../catalog/database-properties.ts";
import { commentStatements } from "../catalog/comment.ts";
import type { Global, GlobalRecord } from "../catalog/globals.ts";
import type { AnyObject, DdlContext, Key } from "../catalog/kind.ts";
import { securityLabelStatements } from "../catalog/security-label.ts";
import { unlessThere, whereAllowed } from "../catalog/not-ours.ts";
import type { Range } from "../catalog/kinds/range.ts";
import type { Table } from "../catalog/kinds/table.ts";
import { asParsed } from "../catalog/printed.ts";
import { ownerToRestore } from "../catalog/owner.ts";
import { ident, literal, qualified } from "../catalog/quote.ts";
import type { Arrangement } from "../order/arrange.ts";
import { type Section, SECTIONS } from "../section.ts";
import { wireOf } from "../values/wire.ts";
import type { SequenceValue } from "./sequence-values.ts";

export interface TocOptions {
  /** What belongs to the whole server. Default: none of it. */
  readonly globals?: readonly Global[];
  readonly textOnly: boolean;
  /** Key of each sequence and identity → where it stands. */
  readonly sequenceValues: ReadonlyMap<Key, SequenceValue>;
}

/** Where the rows of an entry are read. */
export interface RowSource {
  readonly oid: number;
  /** What follows FROM for an extension's configuration table: `WHERE …`, or empty. */
  readonly condition: string;
}

export interface TocWithSources {
  readonly entries: readonly TocEntry[];
  /** By the id of the `table-data` entry. */
  readonly sources: ReadonlyMap<number, RowSource>;
}

type Draft = Omit<TocEntry, "id" | "dependencies" | "parent"> & {
  /** The object whose main entry this is; null for what hangs on one. */
  readonly main: Key | null;
  readonly needs: readonly Key[];
  readonly parentKey: Key | null;
  readonly source: RowSource | null;
};

export function buildToc(catalog: Catalog, arrangement: Arrangement, options: TocOptions): TocWithSources {
  // What was added to a table of an extension cannot be part of its CREATE.
  const context: DdlContext = { separate: new Set([...arrangement.separate, ...catalog.additions.keys()]), serverVersion: catalog.serverVersion };
  const drafts = [
    ...(options.globals ?? []).map(globalOf),
    ...databaseOf(catalog),
    ...arrangement.order.flatMap((object) => definitionsOf(object, catalog, arrangement, context)),
    ...[...catalog.members.values()].flatMap((member) => changesOf(member, catalog.memberOf.get(member.key) ?? null, catalog)),
    ...arrangement.order.flatMap((object) => rowsOf(object, catalog, options)),
    ...largeObjectData(arrangement.order),
  ].sort((a, b) => placeOf(a) - placeOf(b));
  return number(drafts, catalog, arrangement);
}

/** Sections in their order; event triggers, which could fire for anything, behind the very last refresh. */
function placeOf({ section, pass, kind }: Draft): number {
  return pass === "final" && kind !== "refresh" ? SECTIONS.length : SECTIONS.indexOf(section);
}

/** What belongs to the whole server: nothing runs it but a restore that is told to. */
function globalOf({ kind, name, address, of, properties }: Global): Draft {
  return { ...blank({ kind, schema: null, name }, "pre-data"), address, record: toJson({ of, properties } satisfies GlobalRecord) };
}

/** What is said of the database itself: nothing runs it but a restore that makes the database. */
function databaseOf({ database, objects }: Catalog): readonly Draft[] {
  const record = databaseRecord(database, objects.some(({ kind, name }) => kind === "schema" && name === "public"));
  const holder = { kind: "database", schema: null, name: database.name } as const;
  return [{ ...blank(holder, "pre-data"), address: `DATABASE ${ident(database.name)}`, record: toJson(record) }];
}

/** The entry that creates an object, then its comments, security labels and privileges. Nothing for what is written inside another. */
function definitionsOf(object: AnyObject, catalog: Catalog, arrangement: Arrangement, context: DdlContext): readonly Draft[] {
  // A child's that comes with the parent's after the rows is part of no CREATE, and may have a comment of its own.
  if (isInline(object, context)) return object.kind === "check" && object.late ? commentOf(object, object, "post-data", catalog) : [];
  if (object.kind === "system-object") return changesOf(object, null, catalog);
  const extension = catalog.additions.get(object.key);
  if (extension !== undefined) return additionOf(object, extension, arrangement, catalog, context);
  const module = moduleOf(object);
  const section = arrangement.sectionOf(object);
  const main: Draft = {
    ...blank(object, section),
    main: object.key,
    owner: ownerToRestore(object),
    address: module.address(object),
    create: [...module.create(object, context).map(asParsed), ...dependsOnExtensionStatements(object, module.address(object), catalog.dependsOnExtension.get(object.key) ?? [])],
    drop: module.drop(object),
    needs: arrangement.needsOf(object),
    parentKey: parentKeyOf(object),
    // What others will have on future objects is a privilege too, and names roles.
    ...(object.kind === "default-privileges"
      ? { pass: "privileges", record: { roles: [object.role, ...privilegeRoles({ owner: null, acl: object.privileges })] } }
      : { record: toJson(object) }),
    tablespace: "tablespace" in object ? object.tablespace : null,
    accessMethod: "accessMethod" in object ? object.accessMethod : null,
  };
  const holders = [object, ...inlineParts(object, catalog, context)];
  return [main, ...holders.flatMap((holder) => commentOf(holder, object, section, catalog)), ...securityLabelsOf(object, section, catalog), ...privilegesOf(object, section, catalog)];
}

/** What a user put on a member of an extension: made when the target's extension has not brought it. */
function additionOf(object: AnyObject, extension: Key, arrangement: Arrangement, catalog: Catalog, context: DdlContext): readonly Draft[] {
  const module = moduleOf(object);
  const section = arrangement.sectionOf(object);
  const address = module.address(object);
  const main: Draft = {
    ...blank(object, section),
    main: object.key,
    address,
    create: unlessThere(object, module.create(object, context).map(asParsed)),
    needs: arrangement.needsOf(object),
    parentKey: extension,
    record: toJson(object),
    tablespace: "tablespace" in object ? object.tablespace : null,
  };
  const comments = commentOf(object, object, section, catalog).map((draft) => ({ ...draft, create: whereAllowed(address, draft.create) }));
  return [main, ...comments];
}

/** What somebody changed about an object that the archive does not create: a member of the extension `holder`, or the server's own. */
function changesOf(object: AnyObject, holder: Key | null, catalog: Catalog): readonly Draft[] {
  const section = "pre-data";
  const own = object.kind === "system-object" && object.comment !== null ? commentStatements(object.address, { whole: object.comment, columns: [], index: null }) : [];
  const address = moduleOf(object).address(object);
  const drafts = [
    ...commentOf(object, object, section, catalog),
    ...(own.length > 0 ? [{ ...blank(object, section), kind: "comment", address, create: own }] : []),
    ...privilegesOf(object, section, catalog),
  ];
  return drafts.map((draft) => ({ ...draft, create: whereAllowed(address, draft.create), needs: holder === null ? [] : [holder], parentKey: holder }));
}

/** What an object is selected with: an index with its table, an owned sequence with the table that owns it, a table in a publication with the publication. */
function parentKeyOf(object: AnyObject): Key | null {
  if ("publicationKey" in object) return object.publicationKey;
  return "tableKey" in object ? object.tableKey : null;
}

/** Parts of an object's CREATE that have no statement of their own. */
const PARTS: ReadonlySet<string> = new Set(["default", "check", "domain-constraint", "rule"]);

function isInline(object: AnyObject, context: DdlContext): boolean {
  return PARTS.has(object.kind) && moduleOf(object).create(object, context).length === 0;
}

function inlineParts(owner: AnyObject, catalog: Catalog, context: DdlContext): readonly AnyObject[] {
  return (owner.needs ?? []).flatMap((key) => {
    const part = catalog.byKey.get(key);
    return part !== undefined && isInline(part, context) ? [part] : [];
  });
}

function commentOf(object: AnyObject, owner: AnyObject, section: Section, catalog: Catalog): readonly Draft[] {
  const comments = catalog.comments.get(object.key);
  if (comments === undefined) return [];
  const address = moduleOf(object).address(object);
  const create = commentStatements(address, comments);
  return create.length === 0 ? [] : [{ ...blank(object, section), kind: "comment", address, create, needs: [owner.key], parentKey: owner.key }];
}

function securityLabelsOf(object: AnyObject, section: Section, catalog: Catalog): readonly Draft[] {
  const labels = catalog.securityLabels.get(object.key);
  if (labels === undefined) return [];
  const address = moduleOf(object).address(object);
  return [{ ...blank(object, section), kind: "security-label", address, create: securityLabelStatements(address, labels), needs: [object.key], parentKey: object.key }];
}

function privilegesOf(object: AnyObject, section: Section, catalog: Catalog): readonly Draft[] {
  const address = moduleOf(object).address(object);
  const create = privilegeStatements(object, grantAddressOf(object), catalog.serverVersion);
  const own = create.length === 0 ? [] : [{ ...privilegesDraft(object, section), address, create, record: { roles: privilegeRoles(object) } }];
  return object.kind === "range" ? [...own, ...constructorPrivilegesOf(object, section, catalog)] : own;
}

/** The functions that come with a type belong to whoever makes it: what others may is given away by their owner. */
function constructorPrivilegesOf(range: Range, section: Section, catalog: Catalog): readonly Draft[] {
  return range.constructors.map((constructor) => {
    const address = `FUNCTION ${qualified(range.schema, constructor.name)}(${constructor.arguments})`;
    const create = privilegeStatements(constructor, address, catalog.serverVersion);
    const record = { roles: privilegeRoles(constructor), ofMultirange: constructor.ofMultirange };
    return { ...privilegesDraft(range, section), address, owner: constructor.owner, create, record };
  });
}

function privilegesDraft(object: AnyObject, section: Section): Draft {
  return { ...blank(object, section), pass: "privileges", kind: "privileges", needs: [object.key], parentKey: object.key };
}

/** The entries that carry an object's rows. */
function rowsOf(object: AnyObject, catalog: Catalog, options: TocOptions): readonly Draft[] {
  switch (object.kind) {
    case "table":
      return object.relationKind === "ordinary" ? [tableData(object, object, loadedThrough(object, catalog), "", options)] : [];
    case "extension":
      return object.configTables.flatMap((config) => {
        const table = catalog.members.get(config.key);
        if (table?.kind === "sequence") return sequenceValue(table, options.sequenceValues.get(table.key), object);
        return table?.kind === "table" ? [tableData(object, table, table, config.condition ?? "", options)] : [];
      });
    case "sequence":
    case "identity":
      return sequenceValue(object, options.sequenceValues.get(object.key));
    case "materialized-view":
      return object.populated ? [refresh(object)] : [];
    default:
      return [];
  }
}

/** The table that the rows go to: itself, but the root where rows cannot know their partition before they are there. */
function loadedThrough(table: Table, catalog: Catalog): Table {
  let through = table;
  for (let at: AnyObject | undefined = table; at?.kind === "table" && at.isPartition; ) {
    at = catalog.byKey.get(at.parents[0]?.key ?? table.key);
    if (at?.kind === "table" && (at.hashesEnum || through !== table)) through = at;
  }
  return through;
}

/** The rows of a table; `holder` is what they are selected with: the table itself, or the extension it came with. */
function tableData(holder: AnyObject, table: Table, through: Table, condition: string, options: TocOptions): Draft {
  const columns = table.columns.filter(({ generated }) => generated === null).map((column): TocColumn => ({ name: column.name, type: column.type, wire: wireOf(column.wire) }));
  const binary = !options.textOnly && columns.length > 0 && columns.every(({ wire }) => wire !== null);
  return {
    ...blank(table, "data"),
    kind: "table-data",
    address: `TABLE ${qualified(table.schema, table.name)}`,
    needs: [holder.key, through.key],
    parentKey: holder.key,
    data: { format: binary ? "copy-binary" : "copy-text", columns, schema: through.schema, table: through.name },
    source: { oid: Number(table.key.split("/")[1]), condition },
  };
}

function sequenceValue(sequence: AnyObject & { readonly kind: "sequence" | "identity" }, value: SequenceValue | undefined, holder: AnyObject = sequence): readonly Draft[] {
  if (value === undefined) return [];
  const name = qualified(sequence.schema, sequence.name);
  return [
    {
      ...blank(sequence, "data"),
      kind: "sequence-value",
      address: `SEQUENCE ${name}`,
      create: [`SELECT pg_catalog.setval(${literal(name)}, ${value.lastValue}, ${value.isCalled});`],
      needs: [holder.key],
      parentKey: holder.key,
      record: { lastValue: value.lastValue, isCalled: value.isCalled, increment: sequence.increment },
    },
  ];
}

/** The bytes of all large objects are one entry. */
function largeObjectData(order: readonly AnyObject[]): readonly Draft[] {
  const first = order.find(({ kind }) => kind === "large-object");
  if (first === undefined) return [];
  const data: TocData = { format: "large-objects", columns: [], schema: "pg_catalog", table: "pg_largeobject" };
  return [{ ...blank(first, "data"), kind: "large-object-data", name: "large objects", address: "LARGE OBJECTS", data }];
}

function refresh(view: AnyObject & { readonly kind: "materialized-view" }): Draft {
  const address = `MATERIALIZED VIEW ${qualified(view.schema, view.name)}`;
  // It holds what its owner sees, under policies perhaps; everything else is run so that policies end it.
  const create = ["SET row_security = on;", `REFRESH ${address};`, "SET row_security = off;"];
  return { ...blank(view, "post-data"), pass: "final", kind: "refresh", address, create, needs: [view.key], parentKey: view.key };
}

function blank(object: Pick<Draft, "kind" | "schema" | "name">, section: Section): Draft {
  return {
    kind: object.kind,
    section,
    pass: (object.kind === "event-trigger" ? "final" : "main") satisfies Pass,
    schema: object.schema,
    name: object.name,
    owner: null,
    address: "",
    create: [],
    drop: null,
    record: null,
    tablespace: null,
    accessMethod: null,
    data: null,
    main: null,
    needs: [],
    parentKey: null,
    source: null,
  };
}

/** Gives ids in order and turns keys into ids; an edge to an inline part becomes edges to what the part needs. */
function number(drafts: readonly Draft[], catalog: Catalog, arrangement: Arrangement): TocWithSources {
  const ids = new Map<Key, number>();
  drafts.forEach((draft, index) => draft.main !== null && ids.set(draft.main, index + 1));
  const resolve = (key: Key, seen: Set<Key>, into: Set<number>): void => {
    if (seen.has(key)) return;
    seen.add(key);
    const id = ids.get(key);
    const object = catalog.byKey.get(key);
    if (id !== undefined) into.add(id);
    else if (object !== undefined) for (const needed of arrangement.needsOf(object)) resolve(needed, seen, into);
  };
  const sources = new Map<number, RowSource>();
  const entries = drafts.map(({ main, needs, parentKey, source, ...entry }, index): TocEntry => {
    const id = index + 1;
    const dependencies = new Set<number>();
    // No object waits for itself, not by way of its parts either.
    const seen = new Set<Key>(main === null ? [] : [main]);
    for (const key of needs) resolve(key, seen, dependencies);
    if (source !== null) sources.set(id, source);
    return { id, ...entry, dependencies: [...dependencies].sort((a, b) => a - b), parent: parentKey === null ? null : (ids.get(parentKey) ?? null) };
  });
  return { entries, sources };
}

/** Every kind's record is plain data by contract, and not changed any more; what JSON leaves out (undefined) is not written. No copy: there are hundreds of thousands. */
function toJson(object: object): Json {
  return object as Json;
}

