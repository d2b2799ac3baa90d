/** A command as a user runs it: starts a server on the folder it is given, says its process number, and ends. */
import { startServer, THROW_AWAY_SETTINGS } from "../../src/server/local-server.ts";
import { testBinaries } from "./helpers.ts";

const server = await startServer({ binaries: await testBinaries(), dataFolder: process.argv[2] ?? "", settings: THROW_AWAY_SETTINGS });
console.log(server.pid);
