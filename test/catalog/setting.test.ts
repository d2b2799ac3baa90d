import { expect, it } from "vitest";
import { settingClause, splitNames } from "../../src/catalog/setting.ts";

it.each([
  ["work_mem=1MB", "SET work_mem TO '1MB'"],
  ["search_path=app, pg_temp", "SET search_path TO 'app', 'pg_temp'"],
  ['search_path="Odd, ""Schema""", public', `SET search_path TO 'Odd, "Schema"', 'public'`],
  ['search_path=""', "SET search_path TO ''"],
  ["search_path=", "SET search_path TO ''"],
  // Not one of the lists of names: the comma is part of the value.
  ["my.setting=a, b", `SET "my.setting" TO 'a, b'`],
  ["my.setting=x=it's", `SET "my.setting" TO 'x=it''s'`],
  ["DateStyle=ISO, DMY", `SET "DateStyle" TO 'ISO, DMY'`],
])("%s becomes %s", (setting, clause) => {
  expect(settingClause(setting)).toBe(clause);
});

it.each([
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  [' a , "B c",d ', ["a", "B c", "d"]],
  ['"a,b","c""d"', ["a,b", 'c"d']],
  ['"$user", public', ["$user", "public"]],
  ['"", a', ["", "a"]],
])("%j are the names %j", (list, names) => {
  expect(splitNames(list)).toStrictEqual(names);
});
