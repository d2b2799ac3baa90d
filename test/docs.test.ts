/** What the documentation says exists: verbs, flags, exit codes, scripts, links. The command line itself is asked. */
import { access, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import * as library from "../src/index.ts";
import { EXIT } from "../src/cli/exit-codes.ts";
import { pgark } from "./cli/run.ts";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): Promise<string> => readFile(join(REPOSITORY, file), "utf8");

/** Each verb with its long flags, as its own help lists them. */
const verbs = new Map<string, readonly string[]>();
let commandLine = "";
let readme = "";
let restorePage = "";

beforeAll(async () => {
  [commandLine, readme, restorePage] = await Promise.all([read("docs/command-line.md"), read("README.md"), read("docs/restore.md")]);
  const { stdout } = await pgark(["--help"]);
  const [, commands = ""] = /\nCommands:\n([^]*?)\n\n/.exec(stdout) ?? [];
  const names = [...commands.matchAll(/^ {2}([a-z-]+) /gm)].flatMap(([, name]) => name ?? []);
  const helps = await Promise.all(names.map(async (name) => (await pgark([name, "--help"])).stdout));
  for (const [index, name] of names.entries()) verbs.set(name, [...(helps[index] ?? "").matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].flatMap(([, flag]) => flag ?? []));
});

/** The part of command-line.md about one verb. */
function sectionOf(verb: string): string {
  return commandLine.split(/^(?=##)/m).find((part) => new RegExp(`^### \`pgark ${verb}[ \`]`).test(part)) ?? "";
}

describe("docs/command-line.md", () => {
  test("has a section for every verb, and none for anything else", () => {
    const documented = [...commandLine.matchAll(/^### `pgark ([a-z-]+)/gm)].map(([, name]) => name);
    expect(verbs.size).toBeGreaterThanOrEqual(16);
    expect(documented.toSorted()).toStrictEqual([...verbs.keys()].toSorted());
  });

  test("names every flag, in the section of its verb or among those of every verb", () => {
    const common = sectionNamed("Flags of every verb");
    // restore-all refers to restore.
    const missing = [...verbs].flatMap(([verb, flags]) => {
      const text = `${common}${sectionOf(verb)}${verb === "restore-all" ? sectionOf("restore") : ""}`;
      return flags.filter((flag) => !new RegExp(`\`${flag}[ \`]`).test(text)).map((flag) => `${verb} ${flag}`);
    });
    expect(missing).toStrictEqual([]);
  });

  test("names no flag that its verb does not have", () => {
    const strange = [...verbs].flatMap(([verb, flags]) => {
      const ours = [...sectionOf(verb).matchAll(/`(--[a-z-]+)/g)].flatMap(([, flag]) => flag ?? []);
      // restore-all names the flags of restore that it lacks; up and restore tell of no others.
      return verb === "restore-all" ? [] : ours.filter((flag) => !flags.includes(flag)).map((flag) => `${verb} ${flag}`);
    });
    expect(strange).toStrictEqual([]);
  });

  test("lists every exit code, and no other", () => {
    const listed = [...sectionNamed("Exit codes").matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toStrictEqual(Object.values(EXIT).toSorted((a, b) => a - b));
  });
});

function sectionNamed(title: string): string {
  return commandLine.split(/^(?=## )/m).find((part) => part.startsWith(`## ${title}`)) ?? "";
}

describe("README.md", () => {
  test("opens with the two commands", () => {
    const [first = ""] = codeBlocks(readme);
    expect(first.split("\n").map((line) => line.replace(/\s*#.*/, ""))).toStrictEqual(["npm ci && npm run demo", "npm ci && npm test"]);
  });

  test.each(["README.md", "docs/restore.md", "docs/seed-workflow.md", "docs/troubleshooting.md", "docs/command-line.md"])("%s: every command is a verb with flags that it has, or a script of package.json", async (file) => {
    const { scripts } = JSON.parse(await read("package.json")) as { scripts: Record<string, string> };
    const wrong = commandsIn(await read(file)).filter((command) => !exists(command, Object.keys(scripts)));
    expect(wrong).toStrictEqual([]);
  });

  test("shows the five things: backup, restore, the seed workflow, verify, and a look inside", () => {
    const shown = new Set(commandsIn(readme).flatMap((command) => /^pgark ([a-z-]+)/.exec(command)?.[1] ?? []));
    for (const verb of ["backup", "restore", "nuke", "up", "migrate", "verify", "list", "show", "cat", "sql"]) expect(shown).toContain(verb);
  });

  test("calls nothing unbuilt that the command line has", () => {
    const merging = ["--on-conflict", "--resume", "--where", "--safety-backup", "--migrate-to-archive"];
    const has = (verb: string) => merging.filter((flag) => verbs.get(verb)?.includes(flag));
    expect({ restore: has("restore"), restoreAll: has("restore-all") }).toStrictEqual({ restore: merging, restoreAll: merging });
    expect([readme, restorePage, commandLine].flatMap((page) => page.match(/not built|unbuilt|not yet built|in this version rows/gi) ?? [])).toStrictEqual([]);
    expect(merging.filter((flag) => !restorePage.includes(flag))).toStrictEqual([]);
  });
});

test("every function that docs/library.md names is exported", async () => {
  const text = await read("docs/library.md");
  const named = [...text.matchAll(/`([a-z][A-Za-z]+)(?:\([^`]*\))?`/g)].flatMap(([, name]) => name ?? []);
  const notFunctions = new Set(["source", "target", "undefined", "signal", "onEvent", "code", "object", "hint", "cause", "manifest", "toc", "tables", "rows", "print", "sql", "verify", "pgark", "replace", "clean", "resume", "mapping", "where", "withParents", "withChildren", "leaveOut"]);
  const imported = [...text.matchAll(/^import \{ (.*) \} from "pgark"/gm)].flatMap(([, names]) => names?.split(", ") ?? []);
  const missing = [...named.filter((name) => !notFunctions.has(name)), ...imported].filter((name) => !(name in library));
  expect(imported.length).toBeGreaterThan(0);
  expect(missing).toStrictEqual([]);
});

test("links between the pages lead somewhere", async () => {
  const pages = ["README.md", "CHANGELOG.md", ...(await readdir(join(REPOSITORY, "docs"))).map((name) => `docs/${name}`)];
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, link = ""] of (await read(page)).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      await access(resolve(REPOSITORY, dirname(page), link)).catch(() => broken.push(`${page}: ${link}`));
    }
  }
  expect(broken).toStrictEqual([]);
});

function codeBlocks(text: string): readonly string[] {
  return [...text.matchAll(/^```(?:sh|console)\n([^]*?)\n```$/gm)].flatMap(([, block]) => block ?? []);
}

/** `npm run demo`, `pgark verify x --against y`: in code blocks and in the line. */
function commandsIn(text: string): readonly string[] {
  const inline = [...text.matchAll(/`((?:npx )?pgark [a-z][^`]*|npm [^`]*)`/g)].flatMap(([, command]) => command ?? []);
  const lines = codeBlocks(text).flatMap((block) => block.split("\n")).map((line) => line.replace(/^\$ /, "").replace(/\s+#.*/, ""));
  const all = [...inline, ...lines].flatMap((line) => line.split(/ && | \| /));
  return all.map((command) => command.replace(/^npx /, "")).filter((command) => /^(?:pgark|npm) /.test(command));
}

function exists(command: string, scripts: readonly string[]): boolean {
  const [program, first = "", ...rest] = command.split(/\s+/);
  if (program === "npm") return ["ci", "test", "install"].includes(first) || (first === "run" && scripts.includes(rest[0] ?? ""));
  const flags = verbs.get(first);
  return flags !== undefined && rest.filter((word) => word.startsWith("--")).every((flag) => flags.includes(flag));
}
