/**
 * JSON read strictly, and its canonical form of RFC 8785 (JCS).
 *
 * `JSON.parse` would take the last of two equal names and round large numbers, so what was signed and what is
 * shown could differ. Here an object is a Map; a name that stands twice, a fraction and an exponent are
 * refused; an integer past 2^53 - 1 is kept as a BigInt, which has no canonical form.
 */
import { fromUtf8, shown, toUtf8 } from "./bytes.js";
import { Flaw, need } from "./flaw.js";

const MAX_DEPTH = 32;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** The value of `bytes`: Map, Array, string, number, bigint, boolean or null. */
export function parseJson(bytes) {
  const text = fromUtf8(bytes);
  let place = 0;

  const flaw = (code, found = {}) => new Flaw(code, { place, ...found });
  const next = (pattern) => {
    pattern.lastIndex = place;
    const found = pattern.exec(text);
    if (found) place = pattern.lastIndex;
    return found?.[0];
  };
  const blank = () => next(/[ \t\n\r]*/y);
  const eat = (letter) => {
    if (text[place] !== letter) return false;
    place += 1;
    return true;
  };

  function string() {
    if (!eat('"')) throw flaw("json");
    let found = "";
    for (;;) {
      found += next(/[^"\\\u0000-\u001f]*/y);
      if (eat('"')) return found;
      if (!eat("\\")) throw flaw("json");
      if (eat("u")) {
        const digits = next(/[0-9A-Fa-f]{4}/y);
        if (digits === undefined) throw flaw("json");
        found += String.fromCharCode(parseInt(digits, 16));
      } else {
        const letter = ESCAPES[text[place]];
        if (letter === undefined) throw flaw("json");
        found += letter;
        place += 1;
      }
    }
  }

  /** What stands between two brackets, separated by commas. */
  function series(close, item) {
    blank();
    if (eat(close)) return;
    do {
      blank();
      item();
      blank();
    } while (eat(","));
    if (!eat(close)) throw flaw("json");
  }

  function value(depth) {
    if (depth === 0 && /[[{]/.test(text[place] ?? "")) throw flaw("json-depth", { most: MAX_DEPTH });
    if (eat("{")) {
      const found = new Map();
      series("}", () => {
        const name = string();
        if (found.has(name)) throw flaw("json-name", { name: shown(name) });
        blank();
        if (!eat(":")) throw flaw("json");
        blank();
        found.set(name, value(depth - 1));
      });
      return found;
    }
    if (eat("[")) {
      const found = [];
      series("]", () => found.push(value(depth - 1)));
      return found;
    }
    if (text[place] === '"') return string();
    const digits = next(/-?(?:0|[1-9][0-9]*)/y);
    if (digits !== undefined) {
      if (/[.eE]/.test(text[place] ?? "")) throw flaw("json-float");
      const number = Number(digits);
      return Number.isSafeInteger(number) ? number : BigInt(digits);
    }
    const word = next(/true|false|null/y);
    if (word === undefined) throw flaw("json");
    return WORDS.get(word);
  }

  blank();
  const whole = value(MAX_DEPTH);
  blank();
  if (place < text.length) throw flaw("json");
  return whole;
}

/** The canonical text. ECMAScript's own form of strings is the one that RFC 8785 3.2.2.2 asks for. */
export function canonicalText(value) {
  if (typeof value === "string") {
    need(value.isWellFormed(), "json-surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number") return String(value);
  need(typeof value !== "bigint", "json-integer", { number: shown(value) });
  if (value instanceof Map) {
    // RFC 8785 3.2.3: by UTF-16 code units, which is how ECMAScript compares strings.
    const names = [...value.keys()].sort();
    return `{${names.map((name) => `${canonicalText(name)}:${canonicalText(value.get(name))}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  return String(value);
}

export function canonical(value) {
  return toUtf8(canonicalText(value));
}

/** Parse what must be its own canonical form to the byte. */
export function parseCanonical(bytes) {
  const value = parseJson(bytes);
  need(canonicalText(value) === fromUtf8(bytes), "json-canonical");
  return value;
}

/** An object with exactly these names. */
export function exactly(value, names, what) {
  const fits = value instanceof Map && value.size === names.length && names.every((name) => value.has(name));
  need(fits, "names", { what, names: names.join(", ") });
  return value;
}

/** A number from 0 on, of any size: sizes and places in a tree are 64 bits wide, a double holds 53. */
export function count(value, what) {
  const whole = typeof value === "number" || typeof value === "bigint";
  need(whole && value >= 0, "count", { what, text: shown(value) });
  return BigInt(value);
}

export function text(value, what) {
  need(typeof value === "string", "text", { what });
  return value;
}
