/**
 * What the target's server knows of types, asked before any write: which of the archive's types it has, and how a
 * value of one type becomes a value of another.
 */
import { ident } from "../catalog/quote.ts";
import type { Session } from "../session/session.ts";
import { BUILT_IN } from "../values/types/registry.ts";
import { type TypeFacts, wireOf } from "../values/wire.ts";

export interface KnownType extends TypeFacts {
  readonly oid: number;
  /** `format_type(oid, -1)`: what a cast names. */
  readonly bareType: string;
  readonly element: KnownType | null;
  readonly base: KnownType | null;
  /** Of a domain: whether it brings a modifier for its base, which a cast to it applies without a word. */
  readonly modifies: boolean;
  /** `pg_type.typcategory`. */
  readonly category: string;
  /** Whether the server's own `=` compares two values. */
  readonly comparable: boolean;
}

export interface KnownTypes {
  /** By a name without modifiers, as it was asked for. Null when the target has no such type. */
  named(name: string): KnownType | null;
  /** The type that reads a wire's binary fields (src/values); null when the target has none. */
  ofWire(wire: string): KnownType | null;
  /** The `pg_cast` from one type to another: `castcontext` and `castmethod`. */
  cast(from: KnownType, to: KnownType): Cast | null;
  /** The session's, in which instants become clock times and back. */
  readonly timeZone: string;
}

interface Cast {
  /** `i`: implicit, where PostgreSQL itself casts unasked. */
  readonly context: string;
  /** `b`: the bytes are the same. */
  readonly method: string;
}

/** How values are cast: through `casts`, of which the last one is the target's type. */
export interface CastWay {
  readonly casts: readonly string[];
  readonly lossy: boolean;
  /** Whether the session's time zone has a say. */
  readonly zoned: boolean;
}

interface TypeRow extends Omit<KnownType, "element" | "base"> {
  readonly names: readonly string[];
  readonly elementOid: number | null;
  readonly baseOid: number | null;
}

// Types of pgvector are asked for always: an archive in binary names them by their wire alone.
const TYPES = /* sql */ `
  with recursive asked as (
    select asked.name, pg_catalog.to_regtype(asked.name)::pg_catalog.oid as oid from unnest($1::text[]) as asked (name)
  ),
  used as (
    select oid from asked where oid is not null
    union
    select t.oid from pg_catalog.pg_type t
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e'
    join pg_catalog.pg_extension x on x.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    where x.extname = 'vector' and t.typtype = 'b' and t.typelem = 0
    union
    select inner_type.oid
    from used u
    join pg_catalog.pg_type t on t.oid = u.oid
    join pg_catalog.pg_type inner_type on inner_type.oid = t.typbasetype or (inner_type.typarray = t.oid and inner_type.oid = t.typelem)
  )
  select t.oid, array(select name from asked where asked.oid = t.oid) as names,
    pg_catalog.format_type(t.oid, -1) as "bareType", n.nspname::text as "typeSchema", t.typname::text as "typeName", t.typtype::text as "typeKind",
    t.typcategory::text as category, t.typtypmod <> -1 as modifies, x.extname::text as extension, e.oid as "elementOid", nullif(t.typbasetype, 0) as "baseOid",
    -- varchar has its operators from text.
    t.typtype in ('e', 'r', 'm') or t.typname = 'varchar' or exists (
      select from pg_catalog.pg_opclass o join pg_catalog.pg_am m on m.oid = o.opcmethod
      where m.amname = 'btree' and o.opcdefault and o.opcintype = t.oid) as comparable
  from used u
  join pg_catalog.pg_type t on t.oid = u.oid
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
  left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = coalesce(e.oid, t.oid) and d.deptype = 'e'
  left join pg_catalog.pg_extension x on x.oid = d.refobjid`;

const CASTS = /* sql */ `
  select c.castsource as source, c.casttarget as target, c.castcontext::text as context, c.castmethod::text as method
  from pg_catalog.pg_cast c where c.castsource = any ($1::oid[]) and c.casttarget = any ($1::oid[])`;

const TIME_ZONE = /* sql */ `select pg_catalog.current_setting('TimeZone') as zone`;

/** Asks for types by name (without modifiers) and for those of wires, and for the casts between any of them. */
export async function readTypes(session: Session, names: readonly string[], wires: readonly string[]): Promise<KnownTypes> {
  const rows = await session.query<TypeRow>(TYPES, [[...new Set([...names, ...wires.flatMap((wire) => builtInName(wire) ?? []), "text"])]]);
  const types = linked(rows);
  const byName = new Map(rows.flatMap((row) => row.names.map((name): [string, KnownType] => [name, types.get(row.oid)!])));
  const found = await session.query<Cast & { source: number; target: number }>(CASTS, [rows.map(({ oid }) => oid)]);
  const casts = new Map(found.map(({ source, target, context, method }) => [`${source} ${target}`, { context, method }]));
  const [setting] = await session.query<{ zone: string }>(TIME_ZONE);
  return {
    named: (name) => byName.get(name) ?? null,
    ofWire: (wire) => byName.get(builtInName(wire) ?? "") ?? [...types.values()].find((type) => type.extension !== null && type.base === null && wireOf(type) === wire) ?? null,
    cast: (from, to) => casts.get(`${from.oid} ${to.oid}`) ?? null,
    timeZone: setting?.zone ?? "",
  };
}

/** The type of pg_catalog that reads a wire; null for one of an extension. */
function builtInName(wire: string): string | null {
  if (wire === "enum") return "text";
  const element = wire.endsWith("[]") ? wire.slice(0, -2) : wire;
  return BUILT_IN.has(element) ? `pg_catalog.${ident(element)}${wire.slice(element.length)}` : null;
}

function linked(rows: readonly TypeRow[]): ReadonlyMap<number, KnownType> {
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const types = new Map<number, KnownType>();
  const typeOf = (oid: number | null): KnownType | null => {
    const row = oid === null ? undefined : byOid.get(oid);
    if (row === undefined) return null;
    const known = types.get(row.oid);
    if (known !== undefined) return known;
    const { names: _, elementOid, baseOid, ...facts } = row;
    const type = { ...facts, element: typeOf(elementOid), base: typeOf(baseOid) };
    types.set(row.oid, type);
    return type;
  };
  for (const oid of byOid.keys()) typeOf(oid);
  return types;
}

/** What a domain is based on in the end; the type itself where it is none. */
export function baseOf(type: KnownType): KnownType {
  return type.base === null ? type : baseOf(type.base);
}

/**
 * How values of `from` become values of `to`: through their bases, arrays through their elements, by the server's own
 * casts, into and out of strings by their text, and from one enum to another by the labels. Gives the reason where
 * there is no way, or none of which could be told afterwards what it lost.
 */
export function castBetween(from: KnownType, to: KnownType, types: KnownTypes): CastWay | { readonly reason: string } {
  const source = baseOf(from);
  const target = baseOf(to);
  const way = stepBetween(source, target, types);
  if (way === null) return { reason: `there is no cast from ${from.bareType} to ${to.bareType}` };
  const lossy = way.lossy || modifies(to);
  if (lossy && !canTell(source, target, types)) return { reason: `what a cast from ${from.bareType} to ${to.bareType} loses could not be told` };
  const text = way.byText ? [source.element !== null && target.element !== null ? "text[]" : "text"] : [];
  return { casts: [...new Set([source.bareType, ...text, target.bareType, to.bareType])], lossy, zoned: way.zoned };
}

interface Step {
  readonly lossy: boolean;
  readonly byText: boolean;
  readonly zoned: boolean;
}

const SAFE: Step = { lossy: false, byText: false, zoned: false };

function stepBetween(source: KnownType, target: KnownType, types: KnownTypes): Step | null {
  if (source.oid === target.oid) return SAFE;
  if (source.element !== null && target.element !== null) return stepBetween(baseOf(source.element), baseOf(target.element), types);
  if (isString(target)) return { ...SAFE, byText: !isString(source) };
  const cast = types.cast(source, target);
  const pair = `${builtInType(source)} ${builtInType(target)}`;
  // The server's own cast knows 15 digits; the text has all of them.
  if (pair === "float4 numeric" || pair === "float8 numeric") return { ...SAFE, byText: true };
  if (cast !== null) {
    const safe = cast.method === "b" || LOSSLESS.has(pair) || (cast.context === "i" && !LOSSY.has(pair));
    return { lossy: !safe, byText: false, zoned: ZONED.has(pair) };
  }
  return isString(source) || (source.typeKind === "e" && target.typeKind === "e") ? { ...SAFE, byText: true } : null;
}

/** Casts that PostgreSQL does unasked although they round, cut, or depend on the clock's changes. */
const LOSSY: ReadonlySet<string> = new Set([
  "int4 float4",
  "int8 float4",
  "int8 float8",
  "numeric float4",
  "numeric float8",
  "text name",
  "varchar name",
  "bpchar name",
  "timestamp timestamptz",
  "date timestamptz",
  "time timetz",
]);

/** Casts that it does only when asked, although nothing is lost that means anything. */
const LOSSLESS: ReadonlySet<string> = new Set(["json jsonb", "jsonb json"]);

const ZONED: ReadonlySet<string> = new Set(["timestamptz timestamp", "timestamptz date", "timestamptz time", "timestamp timestamptz", "date timestamptz", "time timetz"]);

/** Empty for types of others. */
function builtInType({ typeSchema, typeName }: KnownType): string {
  return typeSchema === "pg_catalog" ? typeName : "";
}

/** Takes any text. `name` cuts it and `"char"` takes its first byte. */
function isString(type: KnownType): boolean {
  return type.category === "S" && !["name", "char"].includes(builtInType(type));
}

function modifies(type: KnownType): boolean {
  return type.modifies || (type.base !== null && modifies(type.base));
}

/** Whether a value can be cast back and compared. */
function canTell(source: KnownType, target: KnownType, types: KnownTypes): boolean {
  if (source.element !== null && target.element !== null) return canTell(baseOf(source.element), baseOf(target.element), types);
  const back = source.oid === target.oid || isString(source) || isString(target) || types.cast(target, source) !== null;
  // By image, where the type is not the server's own.
  return back && (source.comparable || source.typeSchema !== "pg_catalog");
}
