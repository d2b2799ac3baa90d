/**
 * The package as a stranger gets it: built afresh, packed by npm, unpacked into an empty folder beside its own
 * dependencies and nothing else. What only works in this repository fails here.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase } from "./helpers/database.ts";
import { type TemporaryFolder, temporaryFolder } from "./helpers/folder.ts";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

let place: TemporaryFolder;
/** Where the package was packed, and where somebody uses it. */
let source: string;
let user: string;
let packed: readonly string[];

beforeAll(async () => {
  place = await temporaryFolder();
  source = place.file("source");
  user = place.file("user");
  await mkdir(source);
  for (const name of ["package.json", "README.md", "CHANGELOG.md", "LICENSE", "docs"]) await cp(join(REPOSITORY, name), join(source, name), { recursive: true });
  const tsc = join(REPOSITORY, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", join(REPOSITORY, "tsconfig.build.json"), "--outDir", join(source, "dist"), "--tsBuildInfoFile", place.file("build.tsbuildinfo")]);
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--offline", "--pack-destination", place.path], { cwd: source });
  const [pack] = JSON.parse(stdout) as readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[];
  packed = (pack?.files ?? []).map(({ path }) => path);
  await unpack(place.file(pack?.filename ?? ""));
}, 240_000);

afterAll(async () => place[Symbol.asyncDispose]());

/** As npm would install it: the package a folder, its dependencies beside it. Only those that package.json names. */
async function unpack(tarball: string): Promise<void> {
  const modules = join(user, "node_modules");
  await mkdir(join(modules, "pgark"), { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "pgark")]);
  const { dependencies } = JSON.parse(await readFile(join(modules, "pgark/package.json"), "utf8")) as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies)) await symlink(join(REPOSITORY, "node_modules", name), join(modules, name));
}

/** Runs the package's own bin in the user's folder. */
async function pgark(...words: readonly string[]): Promise<string> {
  const { bin } = JSON.parse(await readFile(join(user, "node_modules/pgark/package.json"), "utf8")) as { bin: { pgark: string } };
  const { stdout } = await run(process.execPath, [join(user, "node_modules/pgark", bin.pgark), ...words], { cwd: user, maxBuffer: 1 << 26 });
  return stdout;
}

describe("the package", () => {
  test("holds the built code, the pages and nothing else", async () => {
    const strange = packed.filter((path) => !/^(?:dist\/.*\.(?:js|d\.ts)|docs\/[^/]+\.md|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(path));
    expect(strange).toStrictEqual([]);
    const pages = (await readdir(join(REPOSITORY, "docs"))).map((name) => `docs/${name}`);
    expect(packed).toStrictEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts", "dist/cli/main.js", "README.md", "CHANGELOG.md", "LICENSE", ...pages]));
  });

  test("imports no TypeScript file: the compiler rewrites import paths, but not all of them", async () => {
    const found: string[] = [];
    for (const path of packed.filter((name) => name.endsWith(".js"))) {
      const text = await readFile(join(source, path), "utf8");
      for (const [specifier] of text.matchAll(/(?:from|import)\s*\(?\s*"\.[^"]*\.ts"/g)) found.push(`${path}: ${specifier}`);
    }
    expect(found).toStrictEqual([]);
  });

  test("is clean to publint", async () => {
    const { messages } = await publint({ pkgDir: source, pack: false, strict: true });
    expect(messages).toStrictEqual([]);
  });

  test("starts as a program, and knows its version", async () => {
    const main = await readFile(join(user, "node_modules/pgark/dist/cli/main.js"), "utf8");
    expect(main.startsWith("#!/usr/bin/env node\n")).toBe(true);
    const { version } = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8")) as { version: string };
    expect(await pgark("--version")).toBe(`${version}\n`);
    expect(await pgark("--help")).toMatch(/^Usage: pgark [^]*Exit codes:/);
  });

  test("is a library that can be imported by its name", async () => {
    const program = `import { dump, openArchive, restore, VERSION } from "pgark"; console.log([typeof dump, typeof openArchive, typeof restore, VERSION].join(" "));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: user });
    expect(stdout).toMatch(/^function function function \d+\.\d+\.\d+\n$/);
  });

  test("backs up, lists, shows, prints, verifies and restores any URL from a folder without a configuration", async () => {
    await using shop = await createDatabase(`
      create table customers (id bigint generated always as identity primary key, name text not null);
      create table orders (id bigint primary key, customer_id bigint references customers, total numeric(10,2));
      insert into customers (name) select 'Customer ' || i from generate_series(1, 300) i;
      insert into orders select i, 1 + i % 300, i / 7.0 from generate_series(1, 2000) i;`);
    await using copy = await createDatabase();
    await pgark("backup", "--url", shop.url);
    const latest = `backups/${shop.name}-latest.ark`;
    expect(JSON.parse(await pgark("list", "--json"))).toMatchObject({ result: { archives: [{ database: shop.name, rows: 2300, tables: 2, state: "complete" }] } });
    expect(await pgark("show", latest)).toContain("public.orders");
    expect((await pgark("cat", latest, "customers")).split("\n").length).toBe(302);
    expect(await pgark("sql", latest)).toContain("CREATE TABLE public.orders");
    expect(await pgark("verify", latest)).toContain("good");
    expect(await pgark("restore", latest, "--url", copy.url)).toContain("2,300");
    await pgark("verify", latest, "--against", copy.url);
    expect(await copy.query("select count(*)::int as rows, sum(total)::text as total from orders")).toStrictEqual(await shop.query("select count(*)::int as rows, sum(total)::text as total from orders"));
  });
});
