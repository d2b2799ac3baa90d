/** Sessions that are opened and closed together, and such as are ready or not there. */
import type { Session } from "./session.ts";

export interface SessionGroup extends AsyncDisposable {
  readonly sessions: readonly Session[];
}

/** Opens `count` sessions side by side; when one cannot be opened the others are closed and its error is thrown. */
export async function openSessions(count: number, open: () => Promise<Session>): Promise<SessionGroup> {
  const outcomes = await Promise.allSettled(Array.from({ length: Math.max(0, count) }, open));
  const sessions = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const close = async () => void (await Promise.allSettled(sessions.map((session) => session.close())));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure !== undefined) {
    await close();
    throw failure.reason;
  }
  return { sessions, [Symbol.asyncDispose]: close };
}

/** Makes a session ready for its work; when that fails it is closed, because nobody else would. */
export async function makeReady(session: Session, ready: (session: Session) => Promise<void>): Promise<Session> {
  try {
    await ready(session);
    return session;
  } catch (error) {
    await session.close().catch(() => {});
    throw error;
  }
}
