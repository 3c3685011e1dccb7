-- name: tip
SELECT idx + 1, chain FROM entry ORDER BY idx DESC LIMIT 1;

-- name: index_of
SELECT idx FROM entry WHERE leaf = ?;

-- name: insert
INSERT INTO entry (idx, leaf, entry, chain, signature) VALUES (?, ?, ?, ?, ?);

-- name: count_bytes
UPDATE meter SET handed_over_bytes = handed_over_bytes + ? WHERE id = 1;

-- name: handed_over
SELECT handed_over_bytes FROM meter WHERE id = 1;

-- name: page
SELECT entry FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx;

-- name: row
SELECT chain, signature FROM entry WHERE idx = ?;

-- name: tamper_edit
UPDATE entry SET entry = ?, leaf = ? WHERE idx = ?;

-- name: tamper_delete
DELETE FROM entry WHERE idx = ?;

-- name: tamper_shift_out
UPDATE entry SET idx = idx + 1000000000000 WHERE idx > ?;

-- name: tamper_shift_in
UPDATE entry SET idx = idx - 1000000000001 WHERE idx >= 1000000000000;

-- name: tamper_clear
DELETE FROM entry;
