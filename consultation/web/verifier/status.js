/**
 * Whether a certificate was revoked, as of a snapshot: W3C Bitstring Status List v1.0.
 *
 * The list is a credential of the same unit; its first bit is the highest of the first byte (2.2).
 */
import { fromBase64Url, shown } from "./bytes.js";
import { need } from "./flaw.js";
import { exactly, text } from "./json.js";
import { inflate } from "./zip.js";

const PURPOSE = "revocation";
const STATUS_NAMES = ["id", "statusListCredential", "statusListIndex", "statusPurpose", "type"];
const LEAST_BYTES = 131_072 / 8;
const MOST_BYTES = 2 ** 27 / 8;

/** Where a certificate's bit stands: `credentialStatus`. */
export function statusEntry(value) {
  const entry = exactly(value, STATUS_NAMES, "credentialStatus");
  const [url, index] = ["statusListCredential", "statusListIndex"].map((name) => text(entry.get(name), name));
  need(/^(?:0|[1-9][0-9]{0,8})$/.test(index), "status-index", { text: shown(index) });
  const fits =
    entry.get("type") === "BitstringStatusListEntry" &&
    entry.get("statusPurpose") === PURPOSE &&
    entry.get("id") === `${url}#${index}`;
  need(fits, "status-entry");
  return { url, index: Number(index) };
}

/** Whether the bit at `index` is set in the list published at `url`; the list's signature is the caller's to check. */
export async function bitOf(list, { url, index }) {
  const [kind, subject] = [list.get("type"), list.get("credentialSubject")];
  need(Array.isArray(kind) && kind.includes("BitstringStatusListCredential"), "status-list");
  need(list.get("id") === url, "status-url", { url: shown(url), found: shown(list.get("id")) });
  need(subject instanceof Map && subject.get("type") === "BitstringStatusList", "status-list");
  need(subject.get("statusPurpose") === PURPOSE, "status-list");
  const encoded = text(subject.get("encodedList"), "encodedList");
  need(encoded[0] === "u", "status-list");
  const bits = await inflate(fromBase64Url(encoded.slice(1)), "gzip", MOST_BYTES);
  need(bits.length >= LEAST_BYTES, "status-short", { found: 8 * bits.length });
  need(index < 8 * bits.length, "status-index", { text: String(index) });
  return (bits[index >> 3] & (0x80 >> (index & 7))) !== 0;
}
