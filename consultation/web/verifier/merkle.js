/** The Merkle tree of RFC 9162 2.1: leaf hashes, and inclusion proofs by the algorithm of 2.1.3.2. */
import { join, same, sha256 } from "./bytes.js";
import { need } from "./flaw.js";

const HASH_BYTES = 32;
const MAX_HASHES = 128;

export async function leafHash(entry) {
  return sha256(join(Uint8Array.of(0), entry));
}

async function nodeHash(left, right) {
  return sha256(join(Uint8Array.of(1), left, right));
}

/** The leaf at `index` of a tree of `size` leaves leads to `root`; both numbers are BigInts. */
export async function checkInclusion(leaf, index, size, path, root) {
  need(leaf.length === HASH_BYTES && root.length === HASH_BYTES, "inclusion-path");
  need(index < size, "inclusion-index", { index: String(index), size: String(size) });
  let fn = index;
  let sn = size - 1n;
  let r = leaf;
  for (const p of path) {
    need(p.length === HASH_BYTES, "inclusion-path");
    need(sn !== 0n, "inclusion-long", { found: path.length });
    if (fn & 1n || fn === sn) {
      r = await nodeHash(p, r);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = await nodeHash(r, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  need(sn === 0n, "inclusion-short", { found: path.length });
  need(same(r, root), "inclusion-root");
}

/** A ledger's proof: hashes end to end. */
export function splitPath(bytes) {
  need(bytes.length % HASH_BYTES === 0 && bytes.length <= MAX_HASHES * HASH_BYTES, "inclusion-path");
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) =>
    bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}
