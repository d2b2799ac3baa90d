/**
 * `postgresql://user:password@host:port,host:port/database?keyword=value`, read as libpq reads it and not as a
 * browser would: several hosts, socket folders, any keyword as a parameter. Error messages quote nothing of the
 * URL before the `?`: with one unescaped character a password looks like a host or a port.
 */
import { PgarkError } from "../errors.ts";
import { keyword } from "./keywords.ts";
import type { KeywordValues } from "./keywords.ts";

const PREFIX = /^postgres(?:ql)?:\/\//;

export function isUrl(text: string): boolean {
  return PREFIX.test(text);
}

export function parseUrl(text: string): KeywordValues {
  const values: KeywordValues = new Map();
  const rest = text.replace(PREFIX, "");
  const question = rest.indexOf("?");
  const address = question === -1 ? rest : rest.slice(0, question);
  const hostspec = readUser(address, values);
  const slash = hostspec.indexOf("/");
  readHosts(slash === -1 ? hostspec : hostspec.slice(0, slash), values);
  if (slash !== -1 && slash < hostspec.length - 1) values.set("dbname", decode(hostspec.slice(slash + 1), "database name"));
  if (question !== -1) readParameters(rest.slice(question + 1), values);
  return values;
}

/** Takes `user:password@` off the front and gives the rest. */
function readUser(address: string, values: KeywordValues): string {
  const end = address.search(/[@/]/);
  if (end === -1 || address[end] !== "@") return address;
  const userspec = address.slice(0, end);
  const colon = userspec.indexOf(":");
  const user = colon === -1 ? userspec : userspec.slice(0, colon);
  if (user !== "") values.set("user", decode(user, "user name"));
  if (colon !== -1 && colon < userspec.length - 1) values.set("password", decode(userspec.slice(colon + 1), "password"));
  return address.slice(end + 1);
}

function readHosts(hostspec: string, values: KeywordValues): void {
  if (hostspec === "") return;
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const one of hostspec.split(",")) {
    const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(one);
    if (match === null) throw malformed("a host must be written host, host:port or [IPv6]:port, and a password percent-encoded");
    hosts.push(decode(match[1] ?? match[2] ?? "", "host"));
    ports.push(match[3] ?? "");
  }
  if (hosts.some((host) => host !== "")) values.set("host", hosts.join(","));
  if (ports.some((port) => port !== "")) values.set("port", ports.join(","));
}

function readParameters(parameters: string, values: KeywordValues): void {
  for (const parameter of parameters.split("&")) {
    if (parameter === "") continue;
    const equals = parameter.indexOf("=");
    if (equals === -1) throw malformed('a parameter after the "?" lacks its "="');
    const name = decode(parameter.slice(0, equals), "parameter name");
    const value = decode(parameter.slice(equals + 1), `parameter ${name}`);
    // A parameter of node-postgres that asks for what happens here anyway.
    if (name === "uselibpqcompat") continue;
    if (name === "ssl" && value === "true") values.set("sslmode", "require");
    else values.set(keyword(name), value);
  }
}

function decode(text: string, what: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw malformed(`the ${what} holds a "%" that is not followed by two hexadecimal digits`);
  if (text.includes("%00")) throw malformed(`the ${what} holds %00`);
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw malformed(`the ${what} is not percent-encoded UTF-8`, error);
  }
}

function malformed(what: string, cause?: unknown): PgarkError {
  return new PgarkError("USAGE", `the connection URL cannot be read: ${what}`, {
    cause: cause instanceof URIError ? undefined : cause,
    hint: "Write @ as %40, : as %3A, / as %2F, ? as %3F and % as %25 inside a user name or a password.",
  });
}
