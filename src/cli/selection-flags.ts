/** The flags that say what of a database or an archive is meant, alike for backup and restore. */
import { type Command, Option } from "commander";
import { messageOf, PgarkError } from "../errors.ts";
import { nodeIo } from "../io/io.ts";
import type { Content, RestoreOptions, SelectionOptions } from "../options.ts";
import { type FilteredFlag, readFilter } from "./filter-file.ts";
import { repeated } from "./flags.ts";
import { readList } from "./use-list.ts";

export interface SelectionFlags extends Readonly<Partial<Record<FilteredFlag, readonly string[]>>> {
  readonly schemaOnly?: true;
  readonly dataOnly?: true;
  readonly strictNames?: true;
  readonly section?: SelectionOptions["sections"];
  /** commander turns `--no-…` into a positive that is true by default. */
  readonly comments?: boolean;
  readonly securityLabels?: boolean;
  readonly publications?: boolean;
  readonly subscriptions?: boolean;
  readonly policies?: boolean;
  readonly tablespaces?: boolean;
  readonly tableAccessMethod?: boolean;
  /** Of restore alone. */
  readonly useList?: readonly number[];
}

/** `-n -N -t -T -e` and their kin, `--filter`, `--section`, `--schema-only`, `--data-only`, `--no-comments` … Patterns are psql's. */
export function addSelection(verb: Command): Command {
  return readFirst(verb, "filter", (text, file, command) => {
    for (const [flag, patterns] of readFilter(text, file)) command.setOptionValue(flag, [...((command.getOptionValue(flag) as readonly string[] | undefined) ?? []), ...patterns]);
  })
    .addOption(new Option("--schema-only", "definitions without rows").conflicts("dataOnly"))
    .option("--data-only", "rows without definitions")
    .option("--section <section>", "only pre-data, data or post-data (repeatable)", sectionOf)
    .option("-n, --schema <pattern>", "only these schemas (repeatable)", repeated)
    .option("-N, --exclude-schema <pattern>", "not these schemas (repeatable)", repeated)
    .option("-t, --table <pattern>", "only these tables, views and sequences (repeatable)", repeated)
    .option("-T, --exclude-table <pattern>", "not these (repeatable)", repeated)
    .option("--table-and-children <pattern>", "as --table, with what inherits from them and their partitions (repeatable)", repeated)
    .option("--exclude-table-and-children <pattern>", "not these with theirs (repeatable)", repeated)
    .option("--exclude-table-data <pattern>", "the definition of these tables, not their rows (repeatable)", repeated)
    .option("--exclude-table-data-and-children <pattern>", "the same, with what inherits from them (repeatable)", repeated)
    .option("-e, --extension <pattern>", "only these extensions (repeatable)", repeated)
    .option("--exclude-extension <pattern>", "not these extensions (repeatable)", repeated)
    .option("--filter <file>", "patterns from a file of lines such as `include table shop.*`; - for stdin (repeatable)", repeated)
    .option("--strict-names", "every pattern of what is wanted must fit something")
    .option("--no-comments", "leave out comments")
    .option("--no-security-labels", "leave out security labels")
    .option("--no-publications", "leave out publications")
    .option("--no-subscriptions", "leave out subscriptions")
    .option("--no-policies", "leave out row-level security policies")
    .option("--no-tablespaces", "leave out where things are stored")
    .option("--no-table-access-method", "leave out how tables are stored");
}

/** `--use-list`, for verbs that take one archive. */
export function addUseList(verb: Command): Command {
  return readFirst(verb, "useList", (text, file, command) => {
    command.setOptionValue("useList", readList(text, file));
  }).option("-L, --use-list <file>", "only the entries of a list, in its order: lines of show --toc; - for stdin");
}

/** Before the verb's work, reads the files that a flag names. */
function readFirst(verb: Command, flag: string, read: (text: string, file: string, command: Command) => void): Command {
  return verb.hook("preAction", async (_verb, command) => {
    // A flag is undefined, a file, or several files where it is repeatable: by its own definition above.
    const files = [(command.getOptionValue(flag) as string | readonly string[] | undefined) ?? []].flat();
    if (files.includes("-") && command.args.includes("-")) throw new PgarkError("USAGE", "an archive and a list of what is wanted cannot both come from stdin");
    for (const file of files) read(await textOf(file), file === "-" ? "stdin" : file, command);
  });
}

async function textOf(file: string): Promise<string> {
  try {
    if (file !== "-") return await nodeIo.readText(file);
    const pieces: Uint8Array[] = [];
    for await (const piece of process.stdin) pieces.push(piece as Uint8Array); // Without an encoding, stdin gives bytes.
    return Buffer.concat(pieces).toString("utf8");
  } catch (error) {
    throw new PgarkError("USAGE", `${file} cannot be read: ${messageOf(error)}`, { object: file, cause: error });
  }
}

type Sections = NonNullable<SelectionOptions["sections"]>;

function sectionOf(text: string, before: Sections | undefined): Sections {
  const section = (["pre-data", "data", "post-data"] as const).find((one) => one === text);
  if (section === undefined) throw new PgarkError("USAGE", `--section is one of pre-data, data and post-data, not ${text}`);
  return [...(before ?? []), section];
}

export function contentOf(flags: SelectionFlags): Content {
  return flags.schemaOnly === true ? "schema" : flags.dataOnly === true ? "data" : "all";
}

export function selectionOf(flags: SelectionFlags): SelectionOptions & Pick<RestoreOptions, "useList"> {
  return {
    schemas: flags.schema,
    excludeSchemas: flags.excludeSchema,
    tables: flags.table,
    excludeTables: flags.excludeTable,
    tablesAndChildren: flags.tableAndChildren,
    excludeTablesAndChildren: flags.excludeTableAndChildren,
    excludeTableData: flags.excludeTableData,
    excludeTableDataAndChildren: flags.excludeTableDataAndChildren,
    extensions: flags.extension,
    excludeExtensions: flags.excludeExtension,
    strictNames: flags.strictNames,
    sections: flags.section,
    noComments: flags.comments === false,
    noSecurityLabels: flags.securityLabels === false,
    noPublications: flags.publications === false,
    noSubscriptions: flags.subscriptions === false,
    noPolicies: flags.policies === false,
    noTablespaces: flags.tablespaces === false,
    noTableAccessMethod: flags.tableAccessMethod === false,
    ...(flags.useList === undefined ? {} : { useList: flags.useList }),
  };
}
