/**
 * Bytes and their texts: UTF-8, hex, base64, base58btc, and SHA-256.
 *
 * Every text is read in its one canonical form: were two texts the same bytes, a character could be changed
 * unnoticed.
 */
import { need } from "./flaw.js";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const MAX_BASE58 = 200;

export function toUtf8(text) {
  return new TextEncoder().encode(text);
}

/** Strict UTF-8; a byte order mark is kept, so that whoever reads on refuses it. */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return need(false, "utf-8");
  }
}

export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

export function same(left, right) {
  return left.length === right.length && left.every((byte, place) => byte === right[place]);
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Small letters only, and exactly `length` bytes. */
export function fromHex(text, length) {
  const form = typeof text === "string" && text.length === 2 * length && /^[0-9a-f]*$/.test(text);
  need(form, "hex", { length, text: shown(text) });
  return Uint8Array.from({ length }, (_, place) => parseInt(text.slice(2 * place, 2 * place + 2), 16));
}

export function toBase64(bytes) {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}

/** RFC 4648 4, with its padding and with zeros in the bits that are left over. */
export function fromBase64(text) {
  const form = typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  need(form, "base64", { text: shown(text) });
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  need(toBase64(bytes) === text, "base64", { text: shown(text) });
  return bytes;
}

/** RFC 4648 5 without padding, as multibase 'u' has it. */
export function fromBase64Url(text) {
  const form = typeof text === "string" && /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1;
  need(form, "base64", { text: shown(text) });
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
}

/** Base58btc after its multibase letter 'z'. Leading ones are zero bytes. */
export function fromMultibase58(text) {
  need(typeof text === "string" && text[0] === "z" && text.length <= MAX_BASE58, "base58", {
    text: shown(text),
  });
  const digits = text.slice(1);
  let number = 0n;
  for (const digit of digits) {
    const value = BASE58.indexOf(digit);
    need(value >= 0, "base58", { text: shown(text) });
    number = number * 58n + BigInt(value);
  }
  const bytes = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
  const zeros = digits.length - digits.replace(/^1+/, "").length;
  return Uint8Array.from([...new Array(zeros).fill(0), ...bytes]);
}

/** The beginning of what was found, for a message. */
export function shown(value) {
  const text = String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
