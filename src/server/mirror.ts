/**
 * The Debian mirror this machine is configured with, whichever it is, turned into a source for another suite. Both ways of
 * writing it down are read: https://manpages.debian.org/sources.list
 */
import { join } from "node:path";
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";

export interface Mirror {
  readonly uri: string;
  /** As it was written: a path, or a whole key over several lines. Null where apt's own keyrings are to be used. */
  readonly signedBy: string | null;
  readonly trusted: boolean;
}

interface Source extends Mirror {
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const ARCHIVE_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Names of Debian's own suites that are not code names. Third parties call theirs otherwise (`bookworm-pgdg`). */
const GENERIC_SUITES = ["oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"];

/** Finds the mirror that serves this Debian's own suite. Throws `UNSUPPORTED` with the reason when this is no Debian or has none. */
export async function findMirror(io: Io, aptFolder = "/etc/apt"): Promise<Mirror> {
  const release = parseOsRelease(await io.readText("/etc/os-release").catch(() => ""));
  if (release.get("ID") !== "debian") {
    const name = release.get("PRETTY_NAME") ?? process.platform;
    throw new PgarkError("UNSUPPORTED", `Debian packages are fetched on Debian only, and this is ${name}`);
  }
  const own = [release.get("VERSION_CODENAME") ?? "", ...GENERIC_SUITES];
  const source = (await readSources(io, aptFolder)).find(
    ({ suites, components }) => components.includes("main") && suites.some((suite) => own.includes(suite)),
  );
  if (source === undefined) throw new PgarkError("UNSUPPORTED", "no Debian mirror is configured on this machine");
  const signedBy = source.signedBy ?? ((await io.stat(ARCHIVE_KEYRING)) === null ? null : ARCHIVE_KEYRING);
  return { uri: source.uri, signedBy, trusted: source.trusted };
}

/** The mirror as a deb822 source for one suite. */
export function sourceFor(mirror: Mirror, suite: string): string {
  const lines = ["Types: deb", `URIs: ${mirror.uri}`, `Suites: ${suite}`, "Components: main"];
  if (mirror.signedBy !== null) lines.push(`Signed-By: ${mirror.signedBy}`);
  if (mirror.trusted) lines.push("Trusted: yes");
  return `${lines.join("\n")}\n`;
}

async function readSources(io: Io, aptFolder: string): Promise<readonly Source[]> {
  const folder = join(aptFolder, "sources.list.d");
  const names = (await io.list(folder).catch(() => [])).toSorted();
  const sources: Source[] = [];
  for (const path of [join(aptFolder, "sources.list"), ...names.map((name) => join(folder, name))]) {
    const text = await io.readText(path).catch(() => "");
    if (path.endsWith(".sources")) sources.push(...parseDeb822(text));
    else if (path.endsWith(".list")) sources.push(...parseOneLine(text));
  }
  return sources;
}

/** `debian.sources`: stanzas of `Field: value`, continued by indented lines. */
export function parseDeb822(text: string): readonly Source[] {
  const sources: Source[] = [];
  for (const stanza of text.split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = "";
    for (const line of stanza.split("\n")) {
      if (line.startsWith("#") || line.trim() === "") continue;
      const field = /^([^\s:]+):[ \t]*(.*)$/.exec(line);
      if (field === null) fields.set(last, `${fields.get(last) ?? ""}\n${line}`);
      else fields.set((last = (field[1] ?? "").toLowerCase()), field[2] ?? "");
    }
    const uri = words(fields.get("uris"))[0];
    if (uri === undefined || !words(fields.get("types")).includes("deb") || isNo(fields.get("enabled"))) continue;
    sources.push({
      uri,
      suites: words(fields.get("suites")),
      components: words(fields.get("components")),
      signedBy: fields.get("signed-by") ?? null,
      trusted: isYes(fields.get("trusted")),
    });
  }
  return sources;
}

/** `sources.list`: `deb [options] uri suite component …`. */
export function parseOneLine(text: string): readonly Source[] {
  return text.split("\n").flatMap((line) => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (found === null) return [];
    const [, written = "", uri = "", suite = "", components = ""] = found;
    const options = new Map(words(written).map((option) => splitOnce(option, "=")));
    return [{ uri, suites: [suite], components: words(components), signedBy: options.get("signed-by") ?? null, trusted: isYes(options.get("trusted")) }];
  });
}

function parseOsRelease(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").map((line) => {
      const [name, value] = splitOnce(line, "=");
      return [name, value.replaceAll(/^["']|["']$/g, "")];
    }),
  );
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

function isYes(text: string | undefined): boolean {
  return /^(?:yes|true|1|on|enable)$/i.test(text?.trim() ?? "");
}

function isNo(text: string | undefined): boolean {
  return /^(?:no|false|0|off|disable)$/i.test(text?.trim() ?? "");
}
