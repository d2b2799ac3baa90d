import { expect, it } from "vitest";
import { commentStatements } from "../../src/catalog/comment.ts";
import { createDatabase } from "../helpers/database.ts";
import { addressOf } from "./address.ts";
import { catalogOf } from "./session.ts";

async function statementsOf(sql: string): Promise<readonly string[]> {
  await using database = await createDatabase(sql);
  const { objects, comments } = await catalogOf(database.url);
  return objects.flatMap((object) => {
    const found = comments.get(object.key);
    return found === undefined ? [] : commentStatements(addressOf(object), found);
  });
}

it("finds comments of objects, columns and a constraint's index, each at its object", async () => {
  const statements = await statementsOf(/* sql */ `
    create table t ("A b" int constraint k primary key, gone int, n int);
    alter table t drop column gone;
    comment on table t is 'it''s \\ here';
    comment on column t.n is 'n';
    comment on column t."A b" is 'first';
    comment on constraint k on t is 'key';
    comment on index k is 'its index';
    create type c as (x int, y int);
    comment on type c is 'type';
    comment on column c.y is 'attribute';
    create domain d as int constraint p check (value > 0);
    comment on constraint p on domain d is 'positive';
    comment on type t is 'on the row type: nothing creates that';
    select lo_create(870001);
    comment on large object 870001 is 'bytes';`);
  expect(statements).toStrictEqual([
    "COMMENT ON TYPE public.c IS 'type';",
    "COMMENT ON COLUMN public.c.y IS 'attribute';",
    "COMMENT ON CONSTRAINT p ON DOMAIN public.d IS 'positive';",
    "COMMENT ON TABLE public.t IS E'it''s \\\\ here';",
    `COMMENT ON COLUMN public.t."A b" IS 'first';`,
    "COMMENT ON COLUMN public.t.n IS 'n';",
    "COMMENT ON LARGE OBJECT 870001 IS 'bytes';",
    "COMMENT ON CONSTRAINT k ON public.t IS 'key';",
    "COMMENT ON INDEX public.k IS 'its index';",
  ]);
});

it.each([
  ["leaves schema public's standard comment to the target", "", []],
  ["removes a comment that schema public has lost", "comment on schema public is null", ["COMMENT ON SCHEMA public IS '';"]],
  ["writes a comment of one's own on schema public", "comment on schema public is 'ours'", ["COMMENT ON SCHEMA public IS 'ours';"]],
])("%s", async (_, sql, statements) => {
  expect(await statementsOf(sql)).toStrictEqual(statements);
});
