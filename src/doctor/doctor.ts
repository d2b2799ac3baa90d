/** The story of an examination: this machine, each database, the backups. */
import * as zlib from "node:zlib";
import { databaseNameOf } from "../databases/target.ts";
import { nodeIo } from "../io/io.ts";
import type { CommonOptions } from "../options.ts";
import { checkBackups, checkFolder, readBackups } from "./backups.ts";
import { checkContainer, readContainerFacts } from "./container.ts";
import { checkDatabase, checkUnreachable, type DatabaseReading, type DatabaseToExamine, readDatabase } from "./database.ts";
import type { Finding } from "./finding.ts";
import { checkNode } from "./node.ts";

export interface ExamineInput {
  readonly databases: readonly DatabaseToExamine[];
  readonly projectFolder: string;
  readonly backupsFolder: string;
}

/** Looks at everything and changes nothing. What is wrong is in the findings; it throws only when it was cancelled. */
export async function examine(input: ExamineInput, options: CommonOptions = {}): Promise<readonly Finding[]> {
  const io = options.io ?? nodeIo;
  const findings: Finding[] = [checkNode(process.versions.node, "createZstdCompress" in zlib)];
  findings.push(...checkContainer(await readContainerFacts(io, input.projectFolder, process.env["PATH"] ?? "")));
  const backups = await readBackups(io, input.backupsFolder);
  for (const database of input.databases) {
    const reading = await readOrComplain(database, findings, options.signal);
    if (reading !== null) findings.push(...checkDatabase(database.name, reading));
    if (database.url !== undefined) findings.push(...checkBackups(database.name, await databaseNameOf(database.url), reading?.sizeBytes ?? null, backups));
  }
  findings.push(...checkFolder(backups));
  return findings;
}

async function readOrComplain(database: DatabaseToExamine, findings: Finding[], signal: AbortSignal | undefined): Promise<DatabaseReading | null> {
  if (database.url === undefined) {
    findings.push(checkUnreachable(database, undefined));
    return null;
  }
  try {
    return await readDatabase(database.url, database.extensions, signal);
  } catch (error) {
    signal?.throwIfAborted();
    findings.push(checkUnreachable(database, error));
    return null;
  }
}
