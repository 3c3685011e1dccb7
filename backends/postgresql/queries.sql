-- name: standby_ready
SELECT count(*) = 1 FROM pg_stat_replication
WHERE application_name = 'standby' AND sync_state = 'sync' AND flush_lsn >= pg_current_wal_flush_lsn();

-- name: standby_streams
SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming';

-- An error where there is none.
-- name: drop_slot
SELECT 1 FROM pg_drop_replication_slot('standby');

-- name: make_synchronous
ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)';

-- name: reload
SELECT pg_reload_conf();

-- name: sent_bytes
SELECT coalesce(max(pg_wal_lsn_diff(sent_lsn, '0/0')), 0)::int8 FROM pg_stat_replication
WHERE application_name = 'standby';
