/** The archives of both sides, a file or a folder each, in the benchmark's own folder. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

export async function removeArchive(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Bytes of a file, or of all files in a folder and its folders. */
export async function archiveBytes(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path);
  const sizes = await Promise.all(names.map((name) => archiveBytes(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
