/** The rejects file: one JSON object a line for each row that was refused, with the constraint's name and the server's words. */
import { dirname } from "node:path";
import type { Io } from "../io/io.ts";
import type { Session } from "../session/session.ts";
import type { PlannedLoad } from "./plan.ts";
import { inTransaction } from "./transaction.ts";

/** How many rejected rows are in memory at a time. */
const ROWS_AT_A_TIME = 500;

const REJECTS = /* sql */ `
  select load, pg_catalog.json_build_object('key', key, 'constraint', constraint_name, 'message', message, 'row', "row")::text as line
  from pgark.rejects order by load, chunk, literal`;

/**
 * Writes what the journal holds to `path`, replacing what was there, and gives the number of rows; with none, no file stays. The file has its name when it is whole.
 */
export async function writeRejects(session: Session, path: string, loads: readonly PlannedLoad[], io: Io, singleTransaction: boolean): Promise<number> {
  const tables = new Map(loads.map(({ load, table }) => [load, table]));
  const unfinished = `${path}.${Buffer.from(io.random(6)).toString("hex")}.tmp`;
  return inTransaction(session, singleTransaction, async () => {
    await session.execute(`DECLARE pgark_rejects CURSOR FOR ${REJECTS}`);
    const fetch = () => session.query<{ load: number; line: string }>(`fetch ${ROWS_AT_A_TIME} from pgark_rejects`);
    let rows = await fetch();
    if (rows.length === 0) {
      // An open cursor would keep the journal from being dropped in the same transaction.
      await session.execute("CLOSE pgark_rejects");
      // What an earlier run left there is not true any more.
      await io.remove(path);
      return 0;
    }
    let count = 0;
    let position = 0;
    const file = await io.create(unfinished);
    try {
      for (; rows.length > 0; rows = await fetch()) {
        // The table's name goes in front, into the object that the server made.
        const bytes = Buffer.from(rows.map(({ load, line }) => `{"table": ${JSON.stringify(tables.get(load) ?? "")}, ${line.slice(1)}\n`).join(""));
        await file.write(bytes, position);
        position += bytes.length;
        count += rows.length;
      }
      await file.sync();
      await file.close();
      await io.renameOver(unfinished, path);
      await io.syncDirectory(dirname(path));
    } catch (error) {
      await io.remove(unfinished);
      throw error;
    }
    await session.execute("CLOSE pgark_rejects");
    return count;
  });
}
