#!/bin/sh
# Starts PostgreSQL on the pod's volume, after making the database there if there is none: at the first start, and when a
# fault took the data away. Killed on the way, it begins again: the folder gets its name when all is done.
set -eu
bin=/usr/lib/postgresql/17/bin
data=/storage-data/postgres

if [ ! -d "$data" ]; then
  rm -rf "$data.new"
  "$bin/initdb" --pgdata="$data.new" --username=postgres --auth=trust --encoding=UTF8 --locale=C
  # Whoever reaches this network belongs to the run.
  echo 'host all all all trust' >> "$data.new/pg_hba.conf"
  echo 'CREATE DATABASE leasebreaker' | "$bin/postgres" --single -D "$data.new" postgres
  mv "$data.new" "$data"
fi

# Left by one that was killed; the number in it may be anybody's by now. Nothing else starts PostgreSQL on this folder.
rm -f "$data/postmaster.pid"

# What a commit has acknowledged is on the disk. No unix socket: nobody is beside it. Room for every client and its retries.
exec "$bin/postgres" -D "$data" \
  -c listen_addresses='*' -c port=5432 -c unix_socket_directories='' -c max_connections=1000 \
  -c fsync=on -c synchronous_commit=on -c full_page_writes=on \
  -c shared_buffers=64MB -c max_wal_size=256MB -c wal_level=minimal -c max_wal_senders=0
