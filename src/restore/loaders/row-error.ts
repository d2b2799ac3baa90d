/** Which errors speak of one row, so that the others can go on without it. */
import { isPgarkError } from "../../errors.ts";

/** Data exceptions, integrity constraints, WITH CHECK OPTION. */
const CLASSES: ReadonlySet<string> = new Set(["22", "23", "44"]);
/** A generated or identity column that takes no value, RAISE in a trigger, a type that cannot become another. */
const STATES: ReadonlySet<string> = new Set(["428C9", "P0001", "42804", "42846"]);

/** Whether the server refused a row, and not the statement, the role or the connection. */
export function isRowError(error: unknown): boolean {
  if (!isPgarkError(error) || error.sqlState === undefined) return false;
  return CLASSES.has(error.sqlState.slice(0, 2)) || STATES.has(error.sqlState);
}
