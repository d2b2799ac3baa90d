/**
 * Debian packages made into programs that run where they lie: unpacked below one folder, and each program told to
 * use the C library and the libraries that came with it instead of the system's.
 */
import { join } from "node:path";
import { PgarkError } from "../errors.ts";
import type { Io } from "../io/io.ts";
import { linkTarget, makePath, removeTree, typeAt } from "../io/tree.ts";
import { lastLines } from "./cluster.ts";
import { runProgram } from "./run-as.ts";

export interface UnpackOptions {
  /** Holds the .deb files, patchelf's among them. */
  readonly debs: string;
  /** Gets `root` (what was unpacked) and `bin` (links to the programs). */
  readonly folder: string;
  readonly major: number;
  readonly io: Io;
}

/** Unpacks, patches and tries the programs. Throws when one does not run. */
export async function unpackPackages({ debs, folder, major, io }: UnpackOptions): Promise<void> {
  const root = join(folder, "root");
  await unpack(debs, root, io);
  const home = join(root, "usr/lib/postgresql", String(major));
  await removeJit(join(home, "lib"));

  const loader = await findLoader(root, io);
  const libraries = await findLibraries(root, io);
  const patchelf = [loader, "--library-path", libraries, join(root, "usr/bin/patchelf")];
  await makePath(join(folder, "bin"), 0o755);
  for (const name of await io.list(join(home, "bin"))) {
    const program = join(home, "bin", name);
    if (!(await isElf(program, io))) continue;
    // rpath and not runpath: only the former also holds for the libraries that the libraries need.
    await must([...patchelf, "--set-interpreter", loader, "--force-rpath", "--set-rpath", `${libraries}:${join(home, "lib")}`, program]);
    await io.symlink(program, join(folder, "bin", name));
  }
  for (const name of ["postgres", "initdb", "psql", "pg_dump"]) await must([join(folder, "bin", name), "--version"]);
}

/** Older suites have /lib beside /usr/lib; with the links made first, everything lands below /usr in all of them. */
async function unpack(debs: string, root: string, io: Io): Promise<void> {
  for (const name of ["lib", "lib64", "bin", "sbin"]) {
    await makePath(join(root, "usr", name), 0o755);
    await io.symlink(`usr/${name}`, join(root, name));
  }
  for (const name of await io.list(debs)) {
    if (name.endsWith(".deb")) await must(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2"', "sh", join(debs, name), root]);
  }
}

/** LLVM is not fetched; with the JIT provider in place, but unloadable, expensive queries would fail. */
async function removeJit(libraryFolder: string): Promise<void> {
  for (const name of ["llvmjit.so", "llvmjit_types.bc", "bitcode"]) await removeTree(join(libraryFolder, name));
}

/** The program loader of the unpacked C library, with its links followed below `root`. */
async function findLoader(root: string, io: Io): Promise<string> {
  for (const folder of ["usr/lib64", "usr/lib"]) {
    const name = (await io.list(join(root, folder)).catch(() => [])).find((found) => /^ld-linux.*\.so\.\d+$/.test(found));
    if (name !== undefined) return followLinks(root, join(root, folder, name));
  }
  throw new PgarkError("UNSUPPORTED", `the packages unpacked in ${root} hold no program loader`, { object: root });
}

/** `usr/lib/x86_64-linux-gnu` and its like. */
async function findLibraries(root: string, io: Io): Promise<string> {
  const folder = join(root, "usr/lib");
  for (const name of await io.list(folder)) if ((await typeAt(join(folder, name, "libc.so.6"))) !== null) return join(folder, name);
  throw new PgarkError("UNSUPPORTED", `the packages unpacked in ${root} hold no C library`, { object: root });
}

/** Absolute links in packages mean the system they were made for, which here is `root`. */
async function followLinks(root: string, path: string): Promise<string> {
  let current = path;
  for (let target = await linkTarget(current); target !== null; target = await linkTarget(current)) {
    current = target.startsWith("/") ? join(root, target) : join(current, "..", target);
  }
  return current;
}

async function isElf(path: string, io: Io): Promise<boolean> {
  if ((await typeAt(path)) !== "file") return false;
  const file = await io.openRead(path);
  try {
    return Buffer.from(await file.read(0, 4)).equals(Buffer.from("\x7fELF", "latin1"));
  } finally {
    await file.close();
  }
}

async function must([program = "", ...programArguments]: readonly string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await runProgram(program, programArguments);
  if (exitCode !== 0) throw new PgarkError("IO_FAILED", `${program} failed: ${lastLines(stderr + stdout, 4)}`, { object: programArguments.at(-1) });
}
