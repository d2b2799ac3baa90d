/** PostgreSQL's own programs as oracles. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The path of `psql`, `pg_dump` … of a major that the tests use. */
export function program(name: string, major: string): string {
  // Written by global-setup.ts as an object of strings.
  const folders = JSON.parse(process.env["PGARK_TEST_BIN"] ?? "{}") as Record<string, string>;
  const folder = folders[major];
  if (folder === undefined) throw new Error(`no programs of PostgreSQL ${major} were found for the tests`);
  return join(folder, name);
}

/** What pg_dump says of a database's definitions, without what is random in it. */
export async function schemaDump(url: string, major: string): Promise<string> {
  const text = withoutChance(await run(program("pg_dump", major), ["--schema-only", "-b", "-d", url], { maxBuffer: 1 << 26 }));
  return Number(major) < 15 ? withoutUntouchedPublic(text, decodeURIComponent(new URL(url).username)) : text;
}

/** The same with what makes the database and is said of it. */
export async function createDump(url: string, major: string): Promise<string> {
  return withoutChance(await run(program("pg_dump", major), ["--schema-only", "--create", "-d", url], { maxBuffer: 1 << 26 }));
}

/** What pg_dumpall says of roles, tablespaces and parameters: the lines that hold `text`, with passwords. */
export async function globalsDump(url: string, major: string, text: string): Promise<readonly string[]> {
  const { stdout } = await run(program("pg_dumpall", major), ["--globals-only", "-d", url], { maxBuffer: 1 << 26 });
  // Before 16 it prints the folder of a tablespace inside the data folder, which has a number.
  return stdout.replace(/'pg_tblspc\/\d+'/g, "''").split("\n").filter((line) => line.includes(text) && !line.startsWith("--"));
}

function withoutChance({ stdout }: { readonly stdout: string }): string {
  // It prints the state of a partition's key triggers by their names, which are numbers of one database.
  return stdout.replace(/^\\(un)?restrict .*$/gm, "").replace(/(RI_ConstraintTrigger_[ac]_)\d+/g, "$1");
}

/**
 * Since 15 public belongs to the database's owner: a pg_dump that is newer than the server tells an older one's, as the
 * server makes it, as a change. A copy of a database without public has one, as every new database has, and that is not
 * what is compared. Anything else that it says of public stays.
 */
function withoutUntouchedPublic(text: string, superuser: string): string {
  const section = (name: string) => `--\n-- Name: ${name}; Schema: -; Owner: ${superuser}\n--\n\n`;
  return text
    .replace(`${section("public; Type: SCHEMA")}-- *not* creating schema, since initdb creates it\n\n\nALTER SCHEMA public OWNER TO ${superuser};\n\n`, "")
    .replace(`${section("SCHEMA public; Type: ACL")}REVOKE USAGE ON SCHEMA public FROM PUBLIC;\nGRANT ALL ON SCHEMA public TO PUBLIC;\n\n\n`, "");
}

/** The same as bytes, for databases that are in no encoding of ours. */
export async function schemaDumpBytes(url: string, major: string): Promise<Buffer> {
  const { stdout } = await run(program("pg_dump", major), ["--schema-only", "-b", "-d", url], { maxBuffer: 1 << 26, encoding: "buffer" });
  return Buffer.from(stdout.toString("latin1").replace(/^\\(un)?restrict .*$/gm, ""), "latin1");
}

/** Runs a script; throws with psql's words at the first error. */
export async function psql(url: string, file: string, major: string): Promise<void> {
  await run(program("psql", major), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", file], { maxBuffer: 1 << 26 });
}
