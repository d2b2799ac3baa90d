/** drizzle-kit's settings for memorydb. Generating needs no database; `push` and `studio` read MEMORYDB_URL. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./drizzle-memorydb/schema.ts",
  out: "./drizzle-memorydb",
  dbCredentials: { url: process.env["MEMORYDB_URL"] ?? "postgres:///memorydb" },
});
