/** Secrets do not belong on a command line: every process of the machine can read it. */
import { PgarkError } from "../errors.ts";

/** Throws when an argument holds a password, in a URL or in a key=value text. The message does not repeat it. */
export function refuseSecrets(args: readonly string[]): void {
  const guilty = args.find(holdsPassword);
  if (guilty === undefined) return;
  throw new PgarkError("USAGE", "a password stands on the command line, where every process of this machine can read it", {
    hint: "Leave it out and set PGPASSWORD or a line in ~/.pgpass (PGPASSFILE), name a service (service=NAME), or put the whole URL into the variable of a named database, for example RULESDB_URL.",
  });
}

function holdsPassword(argument: string): boolean {
  if (/\b(?:ssl)?password\s*=\s*\S/i.test(argument)) return true;
  const url = /\bpostgres(?:ql)?:\/\/([^/?#\s]*)@/i.exec(argument) ?? /\bpostgres(?:ql)?:\/\/([^?\s]*)@/i.exec(argument);
  return url?.[1] !== undefined && /:./.test(url[1]);
}
