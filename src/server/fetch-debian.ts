/**
 * PostgreSQL with pgvector out of Debian's packages, unpacked beside the system: own libc, own libraries, nothing
 * installed, no root needed. What results are ordinary programs in `<cache>/<major>/bin`. It promises that a folder with the
 * stamp is complete, and that several processes asking at once fetch once.
 */
import { join } from "node:path";
import { PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import { ioError, type Io } from "../io/io.ts";
import { makePath, removeTree, writeSmallFile } from "../io/tree.ts";
import { openApt, type Apt, type Package } from "./apt.ts";
import { withLock } from "./lock.ts";
import { findMirror } from "./mirror.ts";
import { unpackPackages } from "./unpack.ts";

/** Which Debian has which PostgreSQL. 14 and 16 are in none. */
const SUITES: Readonly<Record<number, string>> = { 13: "bullseye", 15: "bookworm", 17: "trixie", 18: "forky" };

export const DEBIAN_MAJORS: readonly number[] = Object.keys(SUITES).map(Number);

export interface FetchDebianOptions {
  readonly major: number;
  readonly cacheFolder: string;
  readonly onEvent: Listener;
  readonly io: Io;
}

/** Where the programs of a fetched major stand. */
export function fetchedBinFolder(cacheFolder: string, major: number): string {
  return join(cacheFolder, String(major), "bin");
}

/** Whether a fetch of this major was finished. */
export async function isFetched(cacheFolder: string, major: number, io: Io): Promise<boolean> {
  return (await io.stat(stampFile(cacheFolder, major))) !== null;
}

/** Fetches a major into the cache unless it is there, and gives its bin folder. Throws `UNSUPPORTED` with the reason on machines that cannot. */
export async function fetchDebian(options: FetchDebianOptions): Promise<string> {
  const { major, cacheFolder, onEvent, io } = options;
  const binFolder = fetchedBinFolder(cacheFolder, major);
  if (await isFetched(cacheFolder, major, io)) return binFolder;
  const suite = SUITES[major];
  if (suite === undefined) {
    const known = Object.entries(SUITES).map(([number, name]) => `${number} in ${name}`);
    throw new PgarkError("UNSUPPORTED", `no Debian suite has PostgreSQL ${major} (${known.join(", ")})`);
  }
  await makePath(cacheFolder, 0o755).catch((error: unknown) => Promise.reject(ioError(error, cacheFolder)));
  const waiting = (): void => onEvent({ type: "step", step: "fetch", detail: `another process is fetching PostgreSQL ${major} into ${cacheFolder}; waiting for it` });
  await withLock(join(cacheFolder, `${major}.lock`), io, () => fetchLocked(options, suite), waiting);
  return binFolder;
}

async function fetchLocked({ major, cacheFolder, onEvent, io }: FetchDebianOptions, suite: string): Promise<void> {
  if (await isFetched(cacheFolder, major, io)) return;
  const folder = join(cacheFolder, String(major));
  // Left behind by somebody who was killed.
  await removeTree(folder);
  const work = join(cacheFolder, `${major}.fetching`);
  await removeTree(work);
  try {
    onEvent({ type: "step", step: "fetch", detail: `looking for PostgreSQL ${major} in Debian ${suite} on this machine's mirror` });
    const apt = await openApt(join(work, "apt"), await findMirror(io), suite);
    const packages = await choosePackages(apt, major);
    onEvent({ type: "step", step: "fetch", detail: describe(packages, major, suite, folder) });
    await apt.download(packages.map(({ name }) => name), join(work, "debs"));
    onEvent({ type: "step", step: "unpack", detail: folder });
    await unpackPackages({ debs: join(work, "debs"), folder, major, io });
    await writeSmallFile(stampFile(cacheFolder, major), `${packages.map(({ name }) => name).join("\n")}\n`, 0o644);
  } catch (error) {
    await removeTree(folder);
    throw error;
  } finally {
    await removeTree(work);
  }
}

async function choosePackages(apt: Apt, major: number): Promise<readonly Package[]> {
  const wanted = [`postgresql-${major}`, `postgresql-client-${major}`, "patchelf"];
  const vector = `postgresql-${major}-pgvector`;
  if (await apt.has(vector)) wanted.push(vector);
  const closure = await apt.closure(wanted);
  return closure.filter(({ name }) => wanted.includes(name) || isLoaded(name));
}

/** Of everything below the server, it loads libraries only; and of those, none that serve perl, JIT, or the system's own tools. */
function isLoaded(name: string): boolean {
  if (name === "zlib1g") return true;
  return name.startsWith("lib") && !/^lib(?:llvm|z3-|perl|db5|gdbm|debconf|pam-|proc|semanage|io-|text-|ipc-|json-|c-|sasl2-modules)|-perl$|-common$/.test(name);
}

function describe(packages: readonly Package[], major: number, suite: string, folder: string): string {
  const megabytes = Math.round(packages.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
  const vector = packages.some(({ name }) => name.endsWith("-pgvector")) ? " with pgvector" : "";
  return `downloading PostgreSQL ${major}${vector} from Debian ${suite} (${packages.length} packages, ${megabytes} MB) into ${folder}`;
}

function stampFile(cacheFolder: string, major: number): string {
  return join(cacheFolder, String(major), ".done");
}
