/** C2SP checkpoints (c2sp.org/tlog-checkpoint) and proofs under them (c2sp.org/tlog-proof). */
import { fromBase64, fromUtf8, shown, toHex } from "./bytes.js";
import { Flaw, need } from "./flaw.js";
import { parseNote, signersOf } from "./note.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_PATH = 63;

/** Digits without a leading zero, at most 19, as a BigInt. */
function decimal(text, code) {
  need(/^(?:0|[1-9][0-9]{0,18})$/.test(text), code, { text: shown(text) });
  return BigInt(text);
}

function hash(text) {
  const bytes = fromBase64(text);
  need(bytes.length === 32, "hash-length", { found: bytes.length });
  return bytes;
}

/** The text of a checkpoint: origin, size, root, and lines that are signed and mean nothing here. */
function parseCheckpoint(text) {
  const lines = text.split("\n");
  const form = lines.pop() === "" && lines.length >= 3 && lines.every((line) => line !== "");
  need(form, "checkpoint-form");
  const [origin, size, root, ...extension] = lines;
  return { origin, size: decimal(size, "checkpoint-size"), root: hash(root), extension };
}

/** The name under which a checkpoint is signed, before anything of it is known to be true. */
export function claimedOrigin(bytes) {
  return parseNote(bytes).text.split("\n")[0];
}

/** A checkpoint signed by `operator` and by `quorum` of `witnesses`, each key counted once. */
export async function checkCheckpoint(bytes, { operator, witnesses = [], quorum = 0 }) {
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  need(checkpoint.origin === operator.name, "origin", {
    found: shown(checkpoint.origin),
    name: operator.name,
  });
  const signers = await signersOf(note, [operator, ...witnesses]);
  need(signers.has(operator), "operator-unsigned", { name: operator.name });
  const cosigned = new Set(witnesses.filter((key) => signers.has(key)).map(({ key }) => toHex(key.bytes)));
  need(cosigned.size >= quorum, "witnesses", { found: cosigned.size, quorum });
  return { ...checkpoint, cosigned: cosigned.size };
}

/** A proof file: place, path, and the checkpoint's bytes. */
export function parseTlogProof(bytes) {
  const end = bytes.findIndex((byte, at) => byte === 10 && bytes[at + 1] === 10);
  need(end >= 0, "proof-header", { header: HEADER });
  const head = bytes.subarray(0, end);
  need(
    head.every((byte) => byte < 128),
    "proof-header",
    { header: HEADER },
  );
  const [first, ...lines] = fromUtf8(head).split("\n");
  need(first === HEADER, "proof-header", { header: HEADER });
  if (lines[0]?.startsWith("extra ")) fromBase64(lines.shift().slice("extra ".length));
  const place = lines.shift();
  if (!place?.startsWith("index ")) throw new Flaw("proof-index", { text: shown(place ?? "") });
  need(lines.length <= MAX_PATH, "inclusion-long", { found: lines.length });
  const index = decimal(place.slice("index ".length), "proof-index");
  return { index, path: lines.map((line) => fromBase64(line)), checkpoint: bytes.subarray(end + 2) };
}
