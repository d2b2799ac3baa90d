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
  transform: 35,
  // Extensions before everything that may use their types and functions.
  extension: 40,
  "shell-type": 50,
  "base-type": 50,
  enum: 50,
  domain: 50,
  composite: 50,
  range: 50,
  // A domain's constraint is part of its domain; alone it comes right behind the types.
  "domain-constraint": 55,
  // Before the functions on purpose: a view that casts depends on the cast's function alone, and so comes behind both.
  cast: 58,
  function: 60,
  aggregate: 70,
  operator: 72,
  // Most are there by then: an operator made them that names them.
  "shell-operator": 72,
  "access-method": 73,
  "operator-family": 74,
  // Before the classes: the server takes some that come later for the class's own.
  "operator-family-member": 75,
  "operator-class": 76,
  conversion: 77,
  "text-search-parser": 74,
  "text-search-template": 75,
  "text-search-dictionary": 76,
  "text-search-configuration": 77,
  "foreign-data-wrapper": 78,
  server: 79,
  "user-mapping": 79,
  sequence: 80,
  table: 90,
  "foreign-table": 90,
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
  "key-triggers": 485,
  "row-security": 490,
  policy: 500,
  publication: 504,
  "publication-table": 505,
  "publication-schema": 506,
  subscription: 507,
  "default-privileges": 510,
  "system-object": 520,
  "event-trigger": 560,
};
