/** drizzle-kit's settings for rulesdb. Generating needs no database; `push` and `studio` read RULESDB_URL. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./drizzle/schema.ts",
  out: "./drizzle",
  dbCredentials: { url: process.env["RULESDB_URL"] ?? "postgres:///rulesdb" },
});
