import { describe, expect, it } from "vitest";
import { trigger } from "../../../src/catalog/kinds/trigger.ts";
import { createDatabase, testServers } from "../../helpers/database.ts";
import { readNamed } from "./named.ts";

// Copies of a trigger are internal ones before 15: each version has to give the same.
describe.each(Object.keys(testServers()))("on PostgreSQL %s", (major) => {
  it("reads the triggers people made, and of a partition's copies those that are switched differently", async () => {
    await using database = await createDatabase(
      `create function f() returns trigger language plpgsql as 'begin return new; end';
       create table r (id int primary key);
       create table p (a int, b int references r) partition by list (a);
       create table p1 partition of p for values in (1);
       create table p2 partition of p for values in (2);
       create trigger t after insert on p for each row execute function f('x');
       alter table p disable trigger t;
       alter table p1 enable always trigger t;
       alter table p2 disable trigger all;`,
      { major },
    );
    const common = { kind: "trigger", schema: "public", name: "t", owner: null } as const;
    const found = await readNamed(database.url, trigger);
    expect(found).toStrictEqual([
      {
        ...common, key: "pg_trigger/trigger t on table public.p", aliases: [], needs: ["pg_class/table public.p"], signature: "p", table: "p", tableKey: "pg_class/table public.p",
        definition: "CREATE TRIGGER t AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f('x')", enabled: "disabled", clone: false, comesAs: "t",
      },
      {
        ...common, key: "pg_trigger/trigger t on table public.p1", aliases: [], needs: ["pg_class/table public.p1", "pg_trigger/trigger t on table public.p"], signature: "p1", table: "p1", tableKey: "pg_class/table public.p1",
        definition: "CREATE TRIGGER t AFTER INSERT ON public.p1 FOR EACH ROW EXECUTE FUNCTION public.f('x')", enabled: "always", clone: true, comesAs: "t",
      },
    ]);
    expect(found.flatMap((one) => trigger.create(one, { separate: new Set(), serverVersion: 170000 }))).toStrictEqual([
      "CREATE TRIGGER t AFTER INSERT ON public.p FOR EACH ROW EXECUTE FUNCTION public.f('x');",
      "ALTER TABLE public.p DISABLE TRIGGER t;",
      "ALTER TABLE public.p1 ENABLE ALWAYS TRIGGER t;",
    ]);
  });
});
