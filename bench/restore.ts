/** How long does a restore into a new database take, until every index stands? Each side reads the archive it made itself. */
import { join } from "node:path";
import { archiveBytes, removeArchive } from "./archives.ts";
import type { Contender } from "./contenders.ts";
import { checkFixture, type Fixture } from "./fixtures.ts";
import type { RoundsOptions, Series, Turn } from "./rounds.ts";
import { runOnce, takeTurns } from "./rounds.ts";
import type { BenchServer } from "./server.ts";

const TARGET = "bench_target";

/** Makes the archives, untimed, and restores them in turn into a database that is new each time. */
export async function benchRestore(contenders: readonly Contender[], fixture: Fixture, options: RoundsOptions): Promise<readonly Series[]> {
  const archives = contenders.map((_, index) => join(options.server.archives, `restore-${index}`));
  for (const [index, contender] of contenders.entries()) {
    await removeArchive(archives[index]!);
    await runOnce(contender.dump(fixture.database, archives[index]!), options.server);
  }
  try {
    return await takeTurns(contenders.map((contender, index) => restoreTurn(contender, archives[index]!, fixture, options.server)), options);
  } finally {
    await dropTarget(options.server);
    await Promise.all(archives.map(removeArchive));
  }
}

function restoreTurn(contender: Contender, archive: string, fixture: Fixture, server: BenchServer): Turn {
  return {
    contender: contender.name,
    command: contender.restore(archive, TARGET),
    async prepare() {
      await dropTarget(server);
      await server.query("postgres", `create database ${TARGET} template template0`);
    },
    check: () => checkFixture(server, fixture, TARGET),
    archiveBytes: () => archiveBytes(archive),
  };
}

async function dropTarget(server: BenchServer): Promise<void> {
  await server.query("postgres", `drop database if exists ${TARGET} with (force)`);
}
