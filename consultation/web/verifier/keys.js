/**
 * Public keys as Multikey (W3C Controlled Identifiers 2.2.2), and signatures by WebCrypto.
 *
 * Two kinds: Ed25519, and ECDSA on P-256 with SHA-256.
 */
import { fromMultibase58, join, shown } from "./bytes.js";
import { Flaw, need } from "./flaw.js";

export const ED25519 = "Ed25519";
export const P256 = "P-256";

/** FIPS 186-5, SP 800-186 3.2.1.3: the field, the order and the constant of y^2 = x^3 - 3x + b. */
const FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** A public key: its kind and its bytes, for Ed25519 the 32 of RFC 8032, for P-256 the point compressed. */
export function parseMultikey(multikey) {
  const bytes = fromMultibase58(multikey);
  if (bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 0x01) return ed25519(bytes.subarray(2));
  if (bytes.length === 35 && bytes[0] === 0x80 && bytes[1] === 0x24) {
    uncompressed(bytes.subarray(2));
    return { kind: P256, bytes: bytes.subarray(2) };
  }
  throw new Flaw("multikey", { text: shown(multikey) });
}

export function ed25519(bytes) {
  need(bytes.length === 32, "key-length", { found: bytes.length });
  return { kind: ED25519, bytes };
}

/**
 * Whether `signature` over `message` is by `key`. A signature of another length is by nobody, and of ECDSA's two
 * signatures (r, s) and (r, n - s) only the one with the smaller s counts, so that no signature can be changed.
 */
export async function signed(key, message, signature) {
  const edwards = key.kind === ED25519;
  if (signature.length !== 64 || (!edwards && number(signature.subarray(32)) > ORDER / 2n)) return false;
  const algorithm = edwards ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  let imported;
  try {
    const raw = edwards ? key.bytes : uncompressed(key.bytes);
    imported = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
  } catch (error) {
    if (error?.name === "NotSupportedError") throw error;
    return false;
  }
  return crypto.subtle.verify(algorithm, imported, signature, message);
}

/** Whether this browser can check both kinds: 'yes', 'no-ed25519', or 'no-crypto' (a page over plain HTTP). */
export async function ability() {
  if (!globalThis.crypto?.subtle) return "no-crypto";
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32).fill(1), { name: "Ed25519" }, false, ["verify"]);
    return "yes";
  } catch (error) {
    return error?.name === "DataError" ? "yes" : "no-ed25519";
  }
}

/** SEC 1 2.3.4: WebCrypto need not read compressed points, so y is computed here. */
function uncompressed(point) {
  const sign = point[0];
  need(point.length === 33 && (sign === 2 || sign === 3), "point");
  const x = number(point.subarray(1));
  need(x < FIELD, "point");
  const square = (((x * x - 3n) % FIELD) * x + B) % FIELD;
  // The field's prime is 3 modulo 4, so this power is a square root where there is one.
  let y = power((square + FIELD) % FIELD, (FIELD + 1n) / 4n);
  need((y * y - square) % FIELD === 0n, "point");
  if ((y & 1n) !== BigInt(sign & 1)) y = FIELD - y;
  const digits = y.toString(16).padStart(64, "0");
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  return join(Uint8Array.of(4), point.subarray(1), bytes);
}

function number(bytes) {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function power(base, exponent) {
  let result = 1n;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * base) % FIELD;
    base = (base * base) % FIELD;
  }
  return result;
}
