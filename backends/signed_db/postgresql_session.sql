-- name: begin
BEGIN;

-- Readers go on; other writers wait, at most as long as lock_timeout says.
-- name: lock
LOCK TABLE entry IN EXCLUSIVE MODE;

-- name: commit
COMMIT;

-- name: is_synced
SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on';

-- name: stored
SELECT pg_total_relation_size('entry') + pg_total_relation_size('meter');

-- name: waits_for_standby
SELECT current_setting('synchronous_standby_names') <> '';
