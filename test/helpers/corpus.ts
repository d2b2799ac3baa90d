/** The corpus: a file of SQL for each object and trap. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CORPUS = join(import.meta.dirname, "../corpus");

export const corpusFiles = readdirSync(CORPUS).filter((file) => file.endsWith(".sql"));

export function readCorpus(file: string): string {
  return readFileSync(join(CORPUS, file), "utf8");
}

/** The first line may name the oldest major that understands the file. */
export function requirement(file: string): number {
  return Number(/^-- requires: (\d+)/.exec(readCorpus(file))?.[1] ?? 13);
}

/** The roles that the file makes, for another server that is to have them as well. */
export function rolesOf(file: string): string {
  return [...readCorpus(file).matchAll(/^do \$\$ begin\s+create role .*?end;? \$\$;$/gms)].map(([statement]) => statement).join("\n");
}
