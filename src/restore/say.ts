/**
 * Says properties one by one. What the server refuses is told with its words and the others are said all the same: a
 * setting that the target does not know must not cost the rows.
 */
import type { Left, Property } from "../catalog/property.ts";
import { isPgarkError, messageOf } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";

/** `inside`: in a transaction, which has to survive what is refused. Gives a warning for each that could not be said. */
export async function sayEach(session: Session, of: string, properties: readonly Property[], inside: "inside" | "alone"): Promise<readonly Warning[]> {
  const warnings: Warning[] = [];
  for (const property of properties) {
    const refused = await attempt(session, [property], inside);
    if (refused !== null) warnings.push(notSaid(of, property, messageOf(refused)));
  }
  return warnings;
}

/** Runs the statements, all or none; gives what the server refused them with. Throws when the session is lost. */
export async function attempt(session: Session, properties: readonly Property[], inside: "inside" | "alone"): Promise<Error | null> {
  try {
    if (inside === "inside") await session.execute("SAVEPOINT pgark_property");
    for (const { statement } of properties) await session.execute(statement);
    if (inside === "inside") await session.execute("RELEASE SAVEPOINT pgark_property");
    return null;
  } catch (error) {
    if (!isPgarkError(error, "SQL_FAILED", "PERMISSION_DENIED")) throw error;
    if (inside === "inside") await session.execute("ROLLBACK TO SAVEPOINT pgark_property");
    return error;
  }
}

/** What the target cannot be told, as a warning. */
export function leftUnsaid(of: string, left: readonly Left[]): readonly Warning[] {
  return left.map(({ property, why }) => notSaid(of, property, why));
}

function notSaid(of: string, property: Property, why: string): Warning {
  return { code: "PROPERTY_NOT_RESTORED", object: of, message: `${property.lost === undefined && property.otherwise === undefined ? "" : "not whole: "}${what(property)}: ${why}` };
}

/** The statement without what may be secret: a password, and the value of a setting. */
function what({ type, statement }: Property): string {
  const [first = ""] = statement.replace(/;$/, "").split("\n");
  if (type === "password") return "the password";
  return type === "setting" || type === "role-setting" ? first.slice(0, first.indexOf(" TO ")) : first;
}
