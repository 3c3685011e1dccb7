-- name: tip
SELECT idx + 1, chain FROM entry ORDER BY idx DESC LIMIT 1;

-- name: indexes_of
SELECT leaf, idx FROM entry WHERE leaf = ANY(%b);

-- name: insert
COPY entry (idx, leaf, entry, chain, signature) FROM STDIN WITH (FORMAT BINARY);

-- name: count_bytes
UPDATE meter SET handed_over_bytes = handed_over_bytes + %s WHERE id = 1;

-- name: handed_over
SELECT handed_over_bytes FROM meter WHERE id = 1;

-- name: page
SELECT entry FROM entry WHERE idx >= %s AND idx < %s ORDER BY idx;

-- name: leaves
SELECT leaf FROM entry WHERE idx >= %s AND idx < %s ORDER BY idx;

-- name: row
SELECT (SELECT chain FROM entry WHERE idx = %s::int8 - 1), signature FROM entry WHERE idx = %s;

-- name: tamper_edit
UPDATE entry SET entry = %s, leaf = %s WHERE idx = %s;

-- name: tamper_delete
DELETE FROM entry WHERE idx = %s;

-- name: tamper_shift_out
UPDATE entry SET idx = idx + 1000000000000 WHERE idx > %s;

-- name: tamper_shift_in
UPDATE entry SET idx = idx - 1000000000001 WHERE idx >= 1000000000000;

-- name: tamper_clear
DELETE FROM entry;
