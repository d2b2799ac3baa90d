/** Staged rows that cannot go in, out of the staging and into the journal. */
import type { Session } from "../../session/session.ts";
import type { MergeLoad } from "./merge-load.ts";
import { tellColumns } from "./rejects.ts";

/**
 * Moves the rows of the temporary table `rows` that meet `condition` into `pgark.rejects`, in one statement. All three
 * expressions are SQL over the alias `s` of it. Gives how many rows there were.
 */
export async function rejectRows(session: Session, load: MergeLoad, chunk: number, rows: string, condition: string, constraint: string, message: string): Promise<number> {
  const told = tellColumns(load, "s");
  return session.execute(`
    WITH pgark_gone AS (
      DELETE FROM ${rows} s WHERE ${condition}
      RETURNING ${constraint} AS pgark_constraint, ${message} AS pgark_message, ${told.key} AS pgark_key, ${told.row} AS pgark_json, ${told.literal} AS pgark_literal)
    INSERT INTO pgark.rejects (load, chunk, constraint_name, message, key, "row", literal)
    SELECT ${load.load}, ${chunk}, pgark_constraint, pgark_message, pgark_key, pgark_json, pgark_literal FROM pgark_gone`);
}
