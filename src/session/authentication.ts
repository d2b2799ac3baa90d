/**
 * Watches how a server lets us in and refuses what the settings forbid, before a password is sent. `pg` verifies
 * the SCRAM signature when it comes; that it must come at all, and channel binding, are enforced here. (`pg`
 * itself refuses more than 100,000 SCRAM iterations, which a rogue server could ask for to keep us busy.)
 */
import { PgarkError } from "../errors.ts";
import type { ConnectionSettings } from "./conninfo.ts";
import type { DriverConnection } from "./driver.ts";
import type { Encryption } from "./tls.ts";

type Method = "none" | "password" | "md5" | "scram-sha-256";

export interface AuthenticationWatch {
  /** Whether the server has said that we are in. */
  readonly passed: boolean;
  /** Throws when the settings forbid what the server asks for. Called before a password is handed out. */
  check(): void;
}

/** Starts watching. Must be called before the client attaches its own listeners, that is, before it connects. */
export function watchAuthentication(connection: DriverConnection, settings: ConnectionSettings, encryption: Encryption): AuthenticationWatch {
  let method: Method = "none";
  let bindable = false;
  let proven = false;
  let passed = false;
  const check = () => {
    refuseMethod(method, settings.requireAuth);
    if (settings.channelBinding === "require" && !bindable) {
      throw refused("channel binding is required, but the server does not offer SCRAM with channel binding over TLS");
    }
  };
  connection.on("authenticationCleartextPassword", () => (method = "password"));
  connection.on("authenticationMD5Password", () => (method = "md5"));
  connection.on("authenticationSASL", (message: { readonly mechanisms: readonly string[] }) => {
    method = "scram-sha-256";
    bindable = encryption === "tls" && message.mechanisms.includes("SCRAM-SHA-256-PLUS");
  });
  connection.on("authenticationSASLFinal", () => (proven = true));
  connection.on("authenticationOk", () => {
    try {
      check();
      if (method === "scram-sha-256" && !proven) throw refused("the server did not prove that it knows the password");
      passed = true;
    } catch (error) {
      connection.emit("error", error);
    }
  });
  return {
    get passed() {
      return passed;
    },
    check,
  };
}

/** `require_auth`: a list of methods that may be used, or, with `!` before each, of those that may not. */
function refuseMethod(method: Method, rules: readonly string[]): void {
  if (rules.length === 0) return;
  const allowed = rules.some((rule) => rule.startsWith("!")) ? !rules.includes(`!${method}`) : rules.includes(method);
  if (allowed) return;
  const asked = method === "none" ? "the server did not ask for any authentication" : `the server asked for ${method} authentication`;
  throw refused(`${asked}, which require_auth=${rules.join(",")} does not allow`);
}

function refused(why: string): PgarkError {
  return new PgarkError("AUTHENTICATION_FAILED", why);
}
