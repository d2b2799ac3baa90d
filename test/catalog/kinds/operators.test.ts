/** What pg_dump loses and so cannot be the judge of: read by SQL on both sides of a whole dump and restore. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dump, restore } from "../../../src/index.ts";
import { createDatabase, testServers } from "../../helpers/database.ts";

const folder = mkdtempSync(join(tmpdir(), "pgark-operators-"));
afterAll(() => rmSync(folder, { recursive: true }));

const corpus = (name: string): string => readFileSync(join(import.meta.dirname, "../../corpus", name), "utf8");

/** Every operator of the user: those without a function are shells. */
const OPERATORS = /* sql */ `
  select o.oid::regoperator::text as operator, o.oprcode::text as function, o.oprresult::regtype::text as result, o.oprcom::regoperator::text as commutator,
    o.oprnegate::regoperator::text as negator, o.oprowner::regrole::text as owner, obj_description(o.oid, 'pg_operator') as comment
  from pg_operator o where o.oid >= 16384 order by 1`;

/** Those added to families of an extension and of PostgreSQL for a type of an extension. */
const ADDED = /* sql */ `
  select f.opfname as family, m.amopopr::regoperator::text as operator, m.amopstrategy as number
  from pg_amop m join pg_opfamily f on f.oid = m.amopfamily join pg_operator o on o.oid = m.amopopr where o.oprname in ('|>#', '#>|') order by 1, 2`;

/** Every member of every family, with the class or family that it goes with and how firmly. Types of other servers have other OIDs: all by name. */
const MEMBERS = /* sql */ `
  select f.opfname as family, m.what, m.number, m.lefttype::regtype::text, m.righttype::regtype::text, m.calls,
    array(select pg_describe_object(d.refclassid, d.refobjid, 0) || ' ' || d.deptype::text from pg_depend d where d.classid = m.class and d.objid = m.oid order by 1) as depends
  from (select oid, 'pg_amop'::regclass as class, 'operator' as what, amopfamily as family, amopstrategy as number, amoplefttype as lefttype, amoprighttype as righttype, amopopr::regoperator::text as calls from pg_amop
        union all select oid, 'pg_amproc', 'function', amprocfamily, amprocnum, amproclefttype, amprocrighttype, amproc::regprocedure::text from pg_amproc) m
  join pg_opfamily f on f.oid = m.family
  where m.oid >= 16384 order by 1, 2, 3, 4, 5`;

describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  it.each([
    ["shell operators, named by another or alone, with owners and comments", "operator--shells.sql", OPERATORS, 5],
    ["commutators and negators across schemas", "operator--commutator-and-negator.sql", OPERATORS, 6],
    ["members that were added to a family that PostgreSQL brought", "operator-family--members-of-built-in.sql", MEMBERS, 3],
    ["members that stand alone, and those that the server gave to a class", "operator-family--loose-members.sql", MEMBERS, 6],
    ["members of classes", "operator-class--own-type.sql", MEMBERS, 10],
    ["ordering members", "operator-class--gist-order.sql", MEMBERS, 18],
    ["members that were added to a family that an extension brought", "extension--user-operators-on-its-type.sql", ADDED, 3],
  ])("%s come back with all they depend on", async (_, file, facts, count) => {
    await using source = await createDatabase(corpus(file), { major });
    await using target = await createDatabase("", { major });
    const archive = join(folder, `${major}-${file}.ark`);
    await dump(source.url, archive);
    await restore(archive, target.url);
    const before = await source.query(facts);
    expect(before).toHaveLength(count);
    expect(await target.query(facts)).toStrictEqual(before);
    // Whoever cleans first finds the same again: nothing is in its own way.
    await restore(archive, target.url, { clean: true });
    expect(await target.query(facts)).toStrictEqual(before);
  });
});
