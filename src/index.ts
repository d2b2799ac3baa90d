/**
 * pgark: PostgreSQL backup and restore without pg_dump. This file is the only door: what is exported here is what
 * a user may import, grouped by what it is for. The command line comes in through it too.
 */

// The stories.
export { dump } from "./dump.ts";
export { planRestore, type PlanOptions, restore } from "./restore.ts";
export { restoreThroughMigrations, type MigratedRestoreOptions, type MigratedRestoreReport } from "./migrate-to-archive.ts";
export { openArchive, type Archive, type ArchivedTable, type PrintFormat, type ScriptOptions } from "./open-archive.ts";
export { compareWithDatabase, tableDigests, type TableDigest } from "./compare.ts";
export { checkPair, isWhole, type CheckedReference, type DanglingValue, type PairedArchive, type PairOptions, type PairReport, type ReferenceReport, type UncheckedReference } from "./pair.ts";
export { compareSnapshots, type SnapshotFacts, type SnapshotsComparison } from "./pair/snapshots.ts";
export { safetyBackup, type SafetyBackup, type SafetyBackupRequest, type TableName } from "./safety-backup.ts";

// What goes in, what is told, what comes out, what goes wrong.
export { CONFLICT_POLICIES, DRIZZLE_JOURNAL, type CommonOptions, type ConflictPolicy, type Content, type DumpOptions, type JournalTable, type RestoreOptions, type SelectionOptions, type TableMapping } from "./options.ts";
export type { Listener, PgarkEvent, Warning } from "./events.ts";
export { balances, type DumpedTable, type DumpReport, type RestoreReport, type TableAccount, type TableComparison } from "./report.ts";
export { isPgarkError, PgarkError, type ErrorCode, type ErrorDetails } from "./errors.ts";
export type { Missing, PlannedLoad, RestorePlan } from "./restore/plan.ts";
export type { RowForecast } from "./restore/dry-run.ts";
export type { Example, ExampleClass } from "./restore/loaders/classify.ts";
export { SECTIONS, type Section } from "./section.ts";

// What an archive says of itself.
export type { BlockRecord, ChunkRecord, Manifest, SourceFacts } from "./archive/manifest.ts";
export type { DataFormat, Json, Pass, Toc, TocColumn, TocData, TocEntry } from "./archive/toc.ts";
export type { VerifyOptions, VerifyReport } from "./archive/verify.ts";
export type { Fault } from "./archive/fault.ts";

// Named databases and their migrations.
export { defineConfig, type ConfigInput, type ConfiguredDatabase, type DatabaseInput, type MigrationsFolder, type PgarkConfig, type ColumnAddress, type SoftReference } from "./databases/config.ts";
export { findProjectFolder, loadConfig, loadConfigFile } from "./databases/load.ts";
export { requireUrl, resolveDatabase, resolveDatabases, type NamedDatabase } from "./databases/resolve.ts";
export { lackingExtensions } from "./databases/extensions.ts";
export { archiveMigrationLevel, migrateDatabase, migrationLevel, stampDatabase } from "./databases/migrating.ts";
export { createScratchDatabase, dropScratchDatabase, ensureDatabase, inspectDatabase, recreateDatabase, PROTECTED_SETTING, type DatabaseFacts } from "./databases/recreate.ts";
export { seedDatabase, type SeedResult } from "./databases/seed.ts";
export { databaseNameOf, forDatabase } from "./databases/target.ts";
export type { MigrateResult } from "./migrations/apply.ts";
export type { AppliedMigration, Comparison } from "./migrations/journal.ts";
export type { StampResult } from "./migrations/stamp.ts";

// What is missing or wrong here.
export { examine, type ExamineInput } from "./doctor/doctor.ts";
export type { Finding } from "./doctor/finding.ts";

// The local server.
export { findServer, waysToGetVector, type FindServerOptions } from "./server/locate.ts";
export { findRunning, startServer, type RunningServer, type StartServerOptions } from "./server/local-server.ts";
export { defaultCacheFolder, defaultDataFolder } from "./server/folders.ts";
export { stateFile } from "./server/state.ts";

// Ground that programs with faults to inject, or a clock to stop, need.
export { nodeIo, type Io, type IoFile } from "./io/io.ts";
export { VERSION } from "./version.ts";
