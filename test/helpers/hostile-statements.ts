/**
 * Statements that make one object of every kind with a name that hurts, and that put the same text wherever an
 * object can hold one: labels, parameters, options, values of settings, arguments, bounds, defaults, comments.
 */
import type { Kind } from "../../src/catalog/kind.ts";

export interface HostileName {
  /** At most 63 bytes. */
  readonly name: string;
  /** Unique in the database: names what cannot have the name itself. */
  readonly number: number;
  /** A role whose name is as bad. */
  readonly role: string;
  readonly major: number;
}

/** An identifier, always quoted: the engine's own quoting is what is under test. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function text(value: string): string {
  return `E'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** Plain schemas, one for each kind of name that would meet another of its like; to be run once, before all statements. */
export const SCHEMAS = [
  ..."aggregates base_in base_out bases casts children classes collations composites configurations conversions dictionaries domains".split(" "),
  ..."enums events excluded families foreigns functions identities indexed keyed listed lists materialized multiranges operators parsers parts published ranges rows shells".split(" "),
  ..."sequences statistics switched templates transforms triggers typed views".split(" "),
].map((schema) => `create schema ${schema}`).concat("create table rows.log (said text)");

type Statements = (hostile: Quoted) => readonly string[];

interface Quoted extends HostileName {
  /** The name as an identifier. */
  readonly id: string;
  /** The name as a value. */
  readonly value: string;
  readonly grantee: string;
}

/** Each kind of the engine's registry has its line: a new kind does not compile without one. The order is one in which they run. */
const KINDS: { readonly [K in Kind]: Statements } = {
  schema: ({ id, value, grantee }) => [`create schema ${id}`, `comment on schema ${id} is ${value}`, `grant usage on schema ${id} to ${grantee} with grant option`],
  language: ({ id, value }) => [`create language ${id} handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator`, `comment on language ${id} is ${value}`],
  collation: ({ id, value }) => [`create collation collations.${id} from "C"`, `comment on collation collations.${id} is ${value}`],
  // An extension's name is a file's; what can be bad is its schema and its comment.
  extension: ({ id, value, number }) => (number === 1 ? [`create extension citext schema ${id}`, `comment on extension citext is ${value}`] : []),
  "shell-type": ({ id }) => [`create type shells.${id}`],
  "base-type": ({ id, value }) => [
    `create type bases.${id}`,
    `create function base_in.${id}(cstring) returns bases.${id} language internal immutable strict as 'textin'`,
    `create function base_out.${id}(bases.${id}) returns cstring language internal immutable strict as 'textout'`,
    `create type bases.${id} (input = base_in.${id}, output = base_out.${id}, default = ${value}, category = '''', delimiter = '''')`,
    `comment on type bases.${id} is ${value}`,
  ],
  enum: ({ id, value, grantee }) => [`create type enums.${id} as enum ('', ${value}, 'after')`, `comment on type enums.${id} is ${value}`, `alter type enums.${id} owner to ${grantee}`],
  composite: ({ id, value }) => [`create type composites.${id} as (${id} text collate collations.${id}, labels enums.${id}[])`, `comment on column composites.${id}.${id} is ${value}`],
  range: ({ id, major }) => [`create type ranges.${id} as range (subtype = text, collation = collations.${id}${major >= 14 ? `, multirange_type_name = multiranges.${id}` : ""})`],
  domain: ({ id, value }) => [`create domain domains.${id} as text collate collations.${id} default ${value} constraint ${id} check (value <> ${value} || '!')`, `comment on constraint ${id} on domain domains.${id} is ${value}`],
  "domain-constraint": ({ id, value, number }) => [`alter domain domains.${id} add constraint "late ${number}" check (value <> ${value} || '?') not valid`],
  function: ({ id, value, grantee, number, major }) => [
    `create function functions.${id}(${id} text default ${value}, inout "in out" enums.${id} default ${value}, variadic rest text[] default array[${value}]) language sql
       set search_path to ${id}, "$user", '' set "my.setting" to ${value} as ${text(`select ${id}.${id}::enums.${id} /* ${number} */ from ${id}.${id} where ${value} = $$ -- ' $_0$ $pgark$ $$`)}`,
    `create function functions.${id}(int) returns table (${id} int, b text) language ${id} as ${value}`,
    ...(major >= 14 ? [`create function functions.${id}(${id} domains.${id}) returns text begin atomic select ${id} || ${value} as ${id}; end`] : []),
    `create procedure functions.${id}(${id} ranges.${id}) language ${id} as ${text("begin null; end $$ $_0$ $")}`,
    `comment on function functions.${id}(int) is ${value}`,
    `grant execute on function functions.${id}(int) to ${grantee}`,
  ],
  aggregate: ({ id, value }) => [
    `create function aggregates.${id}(text, text) returns text language sql immutable as 'select $1'`,
    `create aggregate aggregates.${id}(${id} text) (sfunc = aggregates.${id}, stype = text, initcond = ${value})`,
    `comment on aggregate aggregates.${id}(text) is ${value}`,
  ],
  operator: ({ id, value }) => [
    `create function operators.${id}(composites.${id}, domains.${id}) returns bool language sql immutable as 'select true'`,
    `create operator ${id}.<<%>> (leftarg = composites.${id}, rightarg = domains.${id}, function = operators.${id})`,
    `comment on operator ${id}.<<%>> (composites.${id}, domains.${id}) is ${value}`,
  ],
  "shell-operator": ({ id }) => [`create operator ${id}.=%= (leftarg = composites.${id}, rightarg = domains.${id}, function = operators.${id}, commutator = operator(${id}.%=%))`],
  "access-method": ({ id, value }) => [`create access method ${id} type index handler bthandler`, `comment on access method ${id} is ${value}`],
  "operator-family": ({ id, value }) => [`create operator family families.${id} using ${id}`, `comment on operator family families.${id} using ${id} is ${value}`],
  "operator-class": ({ id, value }) => [
    `create operator class classes.${id} for type int using ${id} family families.${id} as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int)`,
    `comment on operator class classes.${id} using ${id} is ${value}`,
  ],
  "operator-family-member": ({ id }) => [`alter operator family families.${id} using ${id} add operator 1 < (int, int8), function 1 (int, int8) btint48cmp(int, int8)`],
  cast: ({ id, value }) => [
    `create function casts.${id}(composites.${id}) returns enums.${id} language sql immutable as ${text(`select ${value}::enums.${id}`)}`,
    `create cast (composites.${id} as enums.${id}) with function casts.${id}(composites.${id})`,
    `comment on cast (composites.${id} as enums.${id}) is ${value}`,
  ],
  conversion: ({ id, value }) => [`create conversion conversions.${id} for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1`, `comment on conversion conversions.${id} is ${value}`],
  transform: ({ id, value }) => [
    `create function transforms.${id}(internal) returns enums.${id} language internal immutable as 'enum_recv'`,
    `create transform for enums.${id} language ${id} (to sql with function transforms.${id}(internal))`,
    `comment on transform for enums.${id} language ${id} is ${value}`,
  ],
  "text-search-parser": ({ id, value }) => [`create text search parser parsers.${id} (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)`, `comment on text search parser parsers.${id} is ${value}`],
  "text-search-template": ({ id }) => [`create text search template templates.${id} (init = dsimple_init, lexize = dsimple_lexize)`],
  "text-search-dictionary": ({ id, value }) => [`create text search dictionary dictionaries.${id} (template = templates.${id}, accept = 'false')`, `comment on text search dictionary dictionaries.${id} is ${value}`],
  "text-search-configuration": ({ id }) => [`create text search configuration configurations.${id} (parser = parsers.${id})`, `alter text search configuration configurations.${id} add mapping for asciiword, word with dictionaries.${id}, simple`],
  "foreign-data-wrapper": ({ id, value, grantee }) => [`create foreign data wrapper ${id} options (${id} ${value})`, `grant usage on foreign data wrapper ${id} to ${grantee}`],
  server: ({ id, value }) => [`create server ${id} type ${value} version ${value} foreign data wrapper ${id} options (${id} ${value})`, `comment on server ${id} is ${value}`],
  "user-mapping": ({ id, value, grantee }) => [`create user mapping for ${grantee} server ${id} options (${id} ${value}, "Password" ${value})`],
  table: ({ id, value, grantee, number, major }) => [
    `create table ${id}.${id} (${id} text collate collations.${id} not null, "gone" int, second enums.${id} default ${value}, third domains.${id}, fourth int, fifth text ${major >= 14 ? "compression pglz" : ""}) with (fillfactor = 70)`,
    `alter table ${id}.${id} drop column "gone"`,
    `alter table ${id}.${id} alter column ${id} set storage external, alter column ${id} set statistics 7, alter column ${id} set (n_distinct = -0.5)`,
    `insert into ${id}.${id} values (${value}, ${value}, ${value}, ${number}), ('', 'after', null, null)`,
    `comment on table ${id}.${id} is ${value}`,
    `comment on column ${id}.${id}.${id} is ${value}`,
    `grant select (${id}), update on ${id}.${id} to ${grantee}`,
    `create table parts.${id} (${id} text collate collations.${id}, b text) partition by range (${id}, (b || ${value}))`,
    `create table typed.${id} of composites.${id} (${id} with options default ${value})`,
  ],
  "foreign-table": ({ id, value }) => [
    `create foreign table foreigns.${id} (${id} text options (${id} ${value}) collate collations.${id} default ${value}, constraint ${id} check (${id} <> '')) server ${id} options (${id} ${value})`,
    `comment on foreign table foreigns.${id} is ${value}`,
  ],
  view: ({ id, value }) => [
    `create view views.${id} (${id}, extra) as select t.${id}, ${value}::text collate collations.${id} as x from ${id}.${id} as t where t.${id} <> ${value} || '.' with local check option`,
    `alter view views.${id} alter column ${id} set default ${value}`,
    `comment on column views.${id}.${id} is ${value}`,
  ],
  "materialized-view": ({ id, value }) => [`create materialized view materialized.${id} (${id}, extra) as select ${id}, ${value}::text from views.${id}`, `comment on materialized view materialized.${id} is ${value}`],
  sequence: ({ id, value, grantee }) => [`create sequence sequences.${id} start 7 maxvalue 99 cycle`, `select nextval(${text(`sequences.${id}`)})`, `comment on sequence sequences.${id} is ${value}`, `alter sequence sequences.${id} owner to ${grantee}`, `grant usage on sequence sequences.${id} to ${grantee}`],
  default: ({ id, value }) => [`alter table ${id}.${id} alter column fourth set default nextval(${text(`sequences.${id}`)}), alter column ${id} set default ${value}`],
  "sequence-owner": ({ id }) => [`create sequence ${id}."owned sequence"`, `alter sequence ${id}."owned sequence" owned by ${id}.${id}.${id}`],
  identity: ({ id, value, number }) => [
    `create table identities.t${number} (${id} int generated always as identity (sequence name identities.${id} start 5), b int generated always as (length(${value})) stored)`,
    `insert into identities.t${number} default values`,
    `comment on column identities.t${number}.${id} is ${value}`,
    `create table rows.r${number} (whole ${id}.${id}, list ${id}.${id}[], part composites.${id}, label enums.${id}, labels enums.${id}[], guarded domains.${id}, span ranges.${id})`,
    `insert into rows.r${number} select r, array[r, null], row(${value}, array[${value}, null, 'after'])::composites.${id}, ${value}, array[${value}, '']::enums.${id}[], ${value}, ranges.${id}(${value}, null) from ${id}.${id} r`,
  ],
  check: ({ id, value, number }) => [`alter table ${id}.${id} add constraint ${id} check (${id} <> ${value} || '!' and third is distinct from ${value} || '+')`, `comment on constraint ${id} on ${id}.${id} is ${value}`, `alter table ${id}.${id} add constraint "late ${number}" check (${id} <> ${value} || '?') not valid`],
  "table-attach": ({ id, value }) => [
    `create table children.${id} partition of parts.${id} for values from (${value}, minvalue) to (maxvalue, maxvalue)`,
    `create table lists.${id} (a int, ${id} text) partition by list (${id})`,
    `create table listed.${id} (${id} text, gone int, a int)`,
    `alter table listed.${id} drop column gone`,
    `alter table lists.${id} attach partition listed.${id} for values in (${value}, '', null)`,
    `insert into lists.${id} values (1, ${value}), (2, null)`,
  ],
  "large-object": ({ value, number, grantee }) => [`select lo_from_bytea(${900_000 + number}, convert_to(${value}, 'UTF8'))`, `comment on large object ${900_000 + number} is ${value}`, `grant select on large object ${900_000 + number} to ${grantee}`],
  constraint: ({ id, value, number }) => [
    `create table keyed.k${number} (${id} text collate collations.${id}, b int4range, constraint ${id} primary key (${id}))`,
    `create table excluded.e${number} (${id} int4range, b text, constraint ${id} exclude using gist (${id} with &&) where (b <> ${value}))`,
    `insert into keyed.k${number} values (${value}), ('')`,
    `comment on constraint ${id} on keyed.k${number} is ${value}`,
  ],
  index: ({ id, value, number }) => [
    `create table indexed.t${number} (${id} text collate collations.${id}, b int)`,
    `create index ${id} on indexed.t${number} (${id} text_pattern_ops desc, (${id} || ${value})) where ${id} <> ${value}`,
    `comment on index indexed.${id} is ${value}`,
    `alter index indexed.${id} alter column 2 set statistics 9`,
  ],
  "index-attach": ({ id, number }) => [`create index "p ${number}" on parts.${id} (${id})`],
  statistics: ({ id, value }) => [`create statistics statistics.${id} (ndistinct, mcv) on ${id}, second from ${id}.${id}`, `comment on statistics statistics.${id} is ${value}`],
  rule: ({ id, value }) => [
    `create rule ${id} as on delete to ${id}.${id} do also notify ${id}, ${value}`,
    `create rule "insert" as on insert to ${id}.${id} where new.${id} = ${value} || '-' do also insert into rows.log values (${value})`,
    `comment on rule ${id} on ${id}.${id} is ${value}`,
  ],
  trigger: ({ id, value }) => [
    `create function triggers.${id}() returns trigger language plpgsql as ${text("begin return new; end")}`,
    `create trigger ${id} before update of ${id}, second on ${id}.${id} for each row when (old.${id} <> ${value} or new.second = ${value}) execute function triggers.${id}(${value}, '', ${value}, 'x\\000y', E'\\\\')`,
    `create trigger "transitions" after insert on ${id}.${id} referencing new table as ${id} for each statement execute function triggers.${id}()`,
    `comment on trigger ${id} on ${id}.${id} is ${value}`,
  ],
  "foreign-key": ({ id, value, number }) => [`alter table ${id}.${id} add column "key" text collate collations.${id}, add constraint "key ${number}" foreign key ("key") references keyed.k${number} (${id}) on delete set default`, `comment on constraint "key ${number}" on ${id}.${id} is ${value}`],
  "key-triggers": ({ id, number }) => [`create table switched.${id} (a int, constraint "switched ${number}" unique (a) deferrable)`, `alter table switched.${id} disable trigger all`],
  "row-security": ({ id }) => [`alter table ${id}.${id} enable row level security`],
  policy: ({ id, value, grantee }) => [`create policy ${id} on ${id}.${id} to ${grantee} using (${id} <> ${value}) with check (third in (${value}, '%'))`, `comment on policy ${id} on ${id}.${id} is ${value}`],
  publication: ({ id, value }) => [`create publication ${id}`, `comment on publication ${id} is ${value}`],
  "publication-table": ({ id, value, number, major }) => [
    `create table published.p${number} (${id} text primary key, b text)`,
    `alter publication ${id} add table published.p${number}${major >= 15 ? ` (${id}, b) where (${id} <> ${value})` : ""}, ${id}.${id}`,
  ],
  "publication-schema": ({ id, number, major }) => (major >= 15 ? [`create publication "schemas ${number}" for tables in schema ${id}`] : []),
  subscription: ({ id, value, name }) => [
    `create subscription ${id} connection ${text(`dbname='${name.replace(/['\\]/g, "\\$&")}' password='${name.replace(/['\\]/g, "\\$&")}'`)} publication ${id}, "other" with (connect = false, slot_name = none)`,
    `comment on subscription ${id} is ${value}`,
  ],
  "default-privileges": ({ id, grantee }) => [`alter default privileges for role ${grantee} in schema ${id} grant select on tables to ${grantee}`, `alter default privileges for role ${grantee} grant usage on types to pg_monitor`],
  "system-object": ({ value, number }) => (number === 1 ? [`comment on function pg_catalog.pg_sleep(float8) is ${value}`] : []),
  "event-trigger": ({ id, value }) => [
    `create function events.${id}() returns event_trigger language plpgsql as ${text("begin end")}`,
    `create event trigger ${id} on ddl_command_end when tag in ('CREATE CAST') execute function events.${id}()`,
    `comment on event trigger ${id} is ${value}`,
  ],
};

/** The statements of all kinds for one name. */
export function statementsFor(hostile: HostileName): readonly string[] {
  const { name, role } = hostile;
  const parts: Quoted = { ...hostile, id: quoted(name), value: text(name), grantee: quoted(role) };
  return Object.values(KINDS).flatMap((statements) => statements(parts));
}
