/** What tests of single steps of a restore open: a session with a restore's settings. */
import { connect } from "../../src/session/connect.ts";
import { resolveConnection } from "../../src/session/conninfo.ts";
import { prepareRestoreSession } from "../../src/session/prepare-session.ts";
import type { Session, SessionOptions } from "../../src/session/session.ts";

/** Connected and prepared; closed at the end of the scope. */
export async function targetSession(url: string, onNotice?: SessionOptions["onNotice"]): Promise<Session> {
  const session = await connect(await resolveConnection(url), { onNotice });
  await prepareRestoreSession(session);
  return session;
}
