/** The flags that say what of a database or an archive is meant, alike for backup and restore. */
import { type Command, Option } from "commander";
import type { Content, SelectionOptions } from "../options.ts";
import { repeated } from "./flags.ts";

export interface SelectionFlags {
  readonly schemaOnly?: true;
  readonly dataOnly?: true;
  readonly schema?: readonly string[];
  readonly excludeSchema?: readonly string[];
  readonly table?: readonly string[];
  readonly excludeTable?: readonly string[];
  readonly excludeTableData?: readonly string[];
}

/** `-n -N -t -T`, `--schema-only` and `--data-only`. Patterns are psql's. */
export function addSelection(verb: Command): Command {
  return verb
    .addOption(new Option("--schema-only", "definitions without rows").conflicts("dataOnly"))
    .option("--data-only", "rows without definitions")
    .option("-n, --schema <pattern>", "only these schemas (repeatable)", repeated)
    .option("-N, --exclude-schema <pattern>", "not these schemas (repeatable)", repeated)
    .option("-t, --table <pattern>", "only these tables, views and sequences (repeatable)", repeated)
    .option("-T, --exclude-table <pattern>", "not these (repeatable)", repeated);
}

export function contentOf(flags: SelectionFlags): Content {
  return flags.schemaOnly === true ? "schema" : flags.dataOnly === true ? "data" : "all";
}

export function selectionOf(flags: SelectionFlags): SelectionOptions {
  return {
    schemas: flags.schema,
    excludeSchemas: flags.excludeSchema,
    tables: flags.table,
    excludeTables: flags.excludeTable,
    excludeTableData: flags.excludeTableData,
  };
}
