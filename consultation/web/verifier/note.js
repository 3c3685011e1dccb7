/**
 * C2SP signed notes (c2sp.org/signed-note): a text, an empty line, and lines of signatures.
 *
 * Known are plain Ed25519 (type 0x01) and a witness's timestamped cosignature (type 0x04,
 * c2sp.org/tlog-cosignature).
 */
import { fromBase64, fromHex, fromUtf8, join, same, sha256, shown, toUtf8 } from "./bytes.js";
import { need } from "./flaw.js";
import { ed25519, signed } from "./keys.js";

const MAX_NOTE_BYTES = 1_000_000;
const PLAIN = 0x01;
export const COSIGNATURE = 0x04;

/** A key under a name; `id` are the four bytes that mark its signatures. */
async function noteKey(name, type, bytes) {
  const id = (await sha256(join(toUtf8(`${name}\n`), Uint8Array.of(type), bytes))).subarray(0, 4);
  return { name, type, id, key: ed25519(bytes) };
}

/** The plain key of an operator or a unit. */
export async function plainKey(name, bytes) {
  return noteKey(name, PLAIN, bytes);
}

/** Read a verifier key: `name+hash+base64`. */
export async function parseVkey(vkey) {
  need(typeof vkey === "string", "vkey", { text: shown(vkey) });
  const [name, mark, ...rest] = vkey.trim().split("+");
  need(validName(name) && rest.length > 0, "vkey", { text: shown(vkey) });
  const material = fromBase64(rest.join("+"));
  need(material.length === 33 && [PLAIN, COSIGNATURE].includes(material[0]), "vkey", { text: shown(vkey) });
  const found = await noteKey(name, material[0], material.subarray(1));
  need(same(found.id, fromHex(mark, 4)), "vkey-hash", { name });
  return found;
}

/** Split a note; nothing is verified yet. */
export function parseNote(bytes) {
  const whole = fromUtf8(bytes);
  need(bytes.length <= MAX_NOTE_BYTES && !/[\u0000-\u0009\u000b-\u001f]/.test(whole), "note-letters");
  const end = whole.lastIndexOf("\n\n");
  const tail = whole.slice(end + 2);
  need(end >= 0 && tail.endsWith("\n"), "note-form");
  return { text: whole.slice(0, end + 1), signatures: tail.slice(0, -1).split("\n").map(parseLine) };
}

function parseLine(line) {
  const [dash, name, encoded, ...more] = line.split(" ");
  const form = dash === "—" && validName(name ?? "") && encoded !== undefined && more.length === 0;
  need(form, "note-line", { text: shown(line) });
  const blob = fromBase64(encoded);
  need(blob.length >= 5, "note-line", { text: shown(line) });
  return { name, id: blob.subarray(0, 4), blob: blob.subarray(4) };
}

/** Not empty, without white space and plus signs. */
function validName(name) {
  return name !== "" && !/[\p{White_Space}+]/u.test(name);
}

/** Those of `keys` that signed. Others' lines count for nothing; a known key's line that is wrong is a flaw. */
export async function signersOf(note, keys) {
  const found = new Set();
  for (const { name, id, blob } of note.signatures) {
    const key = keys.find((one) => one.name === name && same(one.id, id));
    if (key === undefined) continue;
    need(await lineHolds(key, note.text, blob), "note-signature", { name });
    found.add(key);
  }
  return found;
}

async function lineHolds({ type, key }, text, blob) {
  if (type === PLAIN) return signed(key, toUtf8(text), blob);
  if (blob.length !== 8 + 64) return false;
  const time = new DataView(blob.buffer, blob.byteOffset, 8).getBigUint64(0);
  return signed(key, toUtf8(`cosignature/v1\ntime ${time}\n${text}`), blob.subarray(8));
}
