#!/bin/sh
# The whole way there and back, with both databases: data-only backup, nuke, up, migrate, data-only restore.
#
#   BACKUP_RESTORE_PHASE=setup   up, migrate, a few rows where there are none, and a reference archive of each database
#   (not set, or cycle)          the cycle itself; it nukes both databases
#   BACKUP_RESTORE_PHASE=verify  compares every table with the reference, by the digests of its rows
#   BACKUP_RESTORE_PHASE=all     the three in a row
#
# DATABASES="rulesdb" leaves memorydb out, for servers without pgvector. nuke confirms by the database's own name, so this
# works only where the databases are really called so.
set -eu

cd "$(dirname "$0")/.."
PGARK=${PGARK:-node dist/cli/main.js}
DATABASES=${DATABASES:-rulesdb memorydb}
FOLDER=${BACKUP_RESTORE_FOLDER:-backups/cycle}

setup() {
  mkdir -p "$FOLDER"
  $PGARK up
  $PGARK migrate $DATABASES
  for database in $DATABASES; do
    $PGARK seed "$database" --rows 200 || echo "$database was not seeded; the rows that it has are used"
    rm -f "$FOLDER/$database-reference.ark"
    # Migrations write their journal anew each time.
    $PGARK backup "$database" --data-only -T drizzle.__drizzle_migrations -o "$FOLDER/$database-reference.ark"
    if $PGARK show "$FOLDER/$database-reference.ark" | grep -qE '^sum +[1-9]'; then continue; fi
    echo "$database has no rows: comparing them would prove nothing" >&2
    exit 1
  done
}

cycle() {
  for database in $DATABASES; do
    $PGARK backup "$database" --data-only
  done
  confirmed=
  for database in $DATABASES; do
    confirmed="$confirmed --yes $database"
  done
  $PGARK nuke $DATABASES $confirmed
  $PGARK up
  $PGARK migrate $DATABASES
  for database in $DATABASES; do
    $PGARK restore "backups/$database-data-latest.ark" --db "$database" --data-only
  done
}

verify() {
  for database in $DATABASES; do
    $PGARK verify "$FOLDER/$database-reference.ark" --against "$database"
  done
  echo "every row came back"
}

case "${BACKUP_RESTORE_PHASE:-cycle}" in
  setup) setup ;;
  cycle) cycle ;;
  verify) verify ;;
  all)
    setup
    cycle
    verify
    ;;
  *)
    echo "BACKUP_RESTORE_PHASE is ${BACKUP_RESTORE_PHASE}, expected setup, cycle, verify or all" >&2
    exit 2
    ;;
esac
