import { defineConfig } from "./src/databases/config.ts";

/** The two databases of this repository. Where a variable is not set, the server that `pgark up` started is meant. */
export default defineConfig({
  databases: {
    rulesdb: { urlVariable: "RULESDB_URL", migrations: "drizzle" },
    memorydb: { urlVariable: "MEMORYDB_URL", migrations: "drizzle-memorydb", extensions: ["vector"] },
  },
  softReferences: [
    { from: "memorydb.public.rule_links.rule_id", to: "rulesdb.public.rules.id" },
    { from: "memorydb.public.sessions.project_key", to: "rulesdb.public.projects.key" },
  ],
});
