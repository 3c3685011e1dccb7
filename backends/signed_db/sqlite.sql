-- name: tip
SELECT idx + 1, chain FROM entry ORDER BY idx DESC LIMIT 1;

-- The one parameter has leaf hashes of 32 bytes, end to end.
-- name: indexes_of
WITH RECURSIVE asked (at) AS (
    SELECT 1 WHERE length(?1) > 0
    UNION ALL
    SELECT at + 32 FROM asked WHERE at + 32 <= length(?1)
)
SELECT leaf, idx FROM asked CROSS JOIN entry ON leaf = substr(?1, at, 32);

-- name: insert
INSERT INTO entry (idx, leaf, entry, chain, signature) VALUES (?, ?, ?, ?, ?);

-- name: count_bytes
UPDATE meter SET handed_over_bytes = handed_over_bytes + ? WHERE id = 1;

-- name: handed_over
SELECT handed_over_bytes FROM meter WHERE id = 1;

-- name: page
SELECT entry FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx;

-- name: leaves
SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx;

-- name: row
SELECT (SELECT chain FROM entry WHERE idx = ? - 1), signature FROM entry WHERE idx = ?;

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
