/**
 * The cosmetic order of kinds: where an object stands when no dependency moves it. The numbers follow pg_dump's
 * order, whose reasons hold here too. A kind without a priority does not compile.
 */
import type { Kind } from "../catalog/kind.ts";

/** The boundaries between the sections, members of the sort like any object. */
export const BOUNDARY_PRIORITY = { "pre-data": 300, "post-data": 400 } as const;

export const PRIORITY: { readonly [K in Kind]: number } = {
  schema: 10,
  language: 20,
  collation: 30,
  // Extensions before everything that may use their types and functions.
  extension: 40,
  enum: 50,
  domain: 50,
  composite: 50,
  range: 50,
  // A domain's constraint is part of its domain; alone it comes right behind the types.
  "domain-constraint": 55,
  function: 60,
  aggregate: 70,
  sequence: 80,
  table: 90,
  view: 90,
  "materialized-view": 90,
  // Attached right behind the tables, before rows: a partition must route and prune from the start.
  "table-attach": 100,
  "sequence-owner": 110,
  identity: 110,
  default: 120,
  "large-object": 130,
  check: 410,
  constraint: 420,
  index: 430,
  "index-attach": 440,
  statistics: 450,
  rule: 460,
  // Triggers late: nothing that the restore itself does may fire them.
  trigger: 470,
  "foreign-key": 480,
  "row-security": 490,
  policy: 500,
  "default-privileges": 510,
};
