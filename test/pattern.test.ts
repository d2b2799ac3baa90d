import { expect, it } from "vitest";
import { matchesRelation, parsePattern, parseSchemaPattern } from "../src/pattern.ts";

it.each([
  ["users", ["public.users", "app.users"], ["public.Users", "public.users2", "public.my_users"]],
  ["USERS", ["public.users"], ["public.USERS"]],
  ['"USERS"', ["public.USERS"], ["public.users"]],
  ["u?er*", ["public.user", "public.uXer_more"], ["public.uer"]],
  ['"u?er*"', ["public.u?er*"], ["public.user"]],
  ["app.*", ["app.users"], ["application.users"]],
  ["a*.us[a-e]r", ["app.user"], ["app.usfr", "public.user"]],
  ['"a.b".c', ["a.b.c"], ["a.c"]],
  ["us$r", ["public.us$r"], ["public.us"]],
  ['"quo""te"', ['public.quo"te'], ["public.quote"]],
  ["a|b", ["public.a", "public.b"], ["public.ab"]],
  ['fOO"BaR"', ["public.fooBaR"], ["public.foobar"]],
  ["*", ["public.new\nline", "public."], []],
  ["日本*", ["public.日本語"], ["public.語"]],
])("%s means %j and not %j", (text, fitting, other) => {
  const pattern = parsePattern(text);
  const fits = (name: string) => {
    const dot = name.lastIndexOf(".");
    return matchesRelation(pattern, name.slice(0, dot), name.slice(dot + 1));
  };
  expect(fitting.filter((name) => !fits(name))).toStrictEqual([]);
  expect(other.filter(fits)).toStrictEqual([]);
});

it("a pattern without a schema looks in the search path where there is one", () => {
  expect(["public", "app", "other"].filter((schema) => matchesRelation(parsePattern("t"), schema, "t", ["app", "public"]))).toStrictEqual(["public", "app"]);
  expect(matchesRelation(parsePattern("other.t"), "other", "t", ["app"])).toBe(true);
});

it.each(['"open', "a.b.c", "(", "[z-a]"])("%s is refused as a pattern", (text) => {
  expect(() => parsePattern(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

it("a schema's pattern holds no dot", () => {
  expect(() => parseSchemaPattern("a.b")).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(parseSchemaPattern('"a.b"').name.test("a.b")).toBe(true);
});
