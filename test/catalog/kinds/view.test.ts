import { expect, it } from "vitest";
import { rule } from "../../../src/catalog/kinds/rule.ts";
import { view } from "../../../src/catalog/kinds/view.ts";
import { createDatabase } from "../../helpers/database.ts";
import { readNamed } from "./named.ts";

it("writes a view whole, or a dummy first and its query with the rule when the two are apart", async () => {
  await using database = await createDatabase(`
    create table t (a int, b varchar(5));
    create view v with (security_barrier) as select a, b collate "C" as "B" from t where a > 0 with local check option;`);
  const [found] = await readNamed(database.url, view);
  const [onSelect] = await readNamed(database.url, rule);
  const ruleKey = "pg_rewrite/rule _RETURN on view public.v" as const;
  const definition = { query: ' SELECT a,\n    (b COLLATE "C") AS "B"\n   FROM public.t\n  WHERE (a > 0)', options: ["security_barrier=true"], checkOption: "local" } as const;
  const column = { collation: null, defaultKey: null, defaultExpression: null, acl: null } as const;
  expect(found).toStrictEqual({
    kind: "view", key: "pg_class/view public.v", aliases: ["pg_type/type public.v", "pg_type/type public.v[]"], needs: [ruleKey], schema: "public", name: "v", owner: "postgres", acl: null,
    columns: [
      { ...column, number: 1, name: "a", type: "integer" },
      { ...column, number: 2, name: "B", type: "character varying(5)", collation: { schema: "pg_catalog", name: "C" } },
    ],
    definition,
    rule: ruleKey,
  });
  expect(onSelect).toStrictEqual({
    kind: "rule", key: ruleKey, needs: ["pg_class/view public.v"], schema: "public", name: "_RETURN", signature: "v", owner: null,
    relation: "v", tableKey: "pg_class/view public.v", event: "select", definition: null, view: definition, enabled: "origin", recursive: false,
  });

  const body = `WITH (security_barrier='true') AS\n${definition.query}\n  WITH LOCAL CHECK OPTION;`;
  const whole = { separate: new Set<never>(), serverVersion: 170000 };
  expect([view.create(found!, whole), rule.create(onSelect!, whole)]).toStrictEqual([[`CREATE VIEW public.v ${body}`], []]);
  const apart = { separate: new Set([onSelect!.key]), serverVersion: 170000 };
  expect([view.create(found!, apart), rule.create(onSelect!, apart)]).toStrictEqual([
    ['CREATE VIEW public.v AS\nSELECT\n    NULL::integer AS a,\n    NULL::character varying(5) COLLATE pg_catalog."C" AS "B";'],
    [`CREATE OR REPLACE VIEW public.v ${body}`],
  ]);
});
