/**
 * The bundle out of a certificate's PDF: a stream of type /EmbeddedFile that holds a zip.
 *
 * Streams are looked for in the file's bytes, not through its cross-reference table, and the PDF's own signature is
 * not checked: whatever comes out is verified as a bundle, and what the pages show proves nothing.
 */
import { same } from "./bytes.js";
import { Flaw, need } from "./flaw.js";
import { inflate } from "./zip.js";

const EMBEDDED = /\/Type\s*\/EmbeddedFile(?![A-Za-z])/g;
const MAX_ATTACHMENTS = 64;

/** The one zip that is embedded, at most `most` bytes. */
export async function bundleInPdf(bytes, most) {
  // One character for each byte, so that places in the text are places in the file.
  const text = new TextDecoder("windows-1252").decode(bytes);
  const found = [];
  let seen = 0;
  for (const { index } of text.matchAll(EMBEDDED)) {
    need((seen += 1) <= MAX_ATTACHMENTS, "pdf-many", { most: MAX_ATTACHMENTS });
    const file = await attachment(text, bytes, index, most);
    if (file && file[0] === 0x50 && file[1] === 0x4b && !found.some((other) => same(other, file)))
      found.push(file);
  }
  need(found.length > 0, /\/Encrypt\b/.test(text) ? "pdf-encrypted" : "pdf-none");
  need(found.length === 1, "pdf-several", { found: found.length });
  return found[0];
}

/** What the stream holds in whose dictionary `index` is; null where it is written in another way. */
async function attachment(text, bytes, index, most) {
  const open = /stream\r?\n/g;
  open.lastIndex = index;
  const opening = open.exec(text);
  if (!opening) return null;
  const dictionary = text.slice(text.lastIndexOf(" obj", index) + 4, opening.index);
  if (dictionary.includes("endobj")) return null;
  const start = opening.index + opening[0].length;
  const length = lengthOf(text, dictionary);
  if (
    length === null ||
    length > most ||
    !/^\s*endstream/.test(text.slice(start + length, start + length + 16))
  ) {
    return null;
  }
  const raw = bytes.subarray(start, start + length);
  if (!dictionary.includes("/Filter")) return raw;
  if (!/\/Filter\s*(?:\/FlateDecode|\[\s*\/FlateDecode\s*\])/.test(dictionary)) return null;
  if (dictionary.includes("/DecodeParms")) return null;
  try {
    return await inflate(raw, "deflate", most);
  } catch (error) {
    if (error instanceof Flaw) return null;
    throw error;
  }
}

/** The stream's length: a number, or an object that is one (the last of that name, as updates are appended). */
function lengthOf(text, dictionary) {
  const [, number, generation] = /\/Length\s+(\d{1,9})(?:\s+(\d{1,5})\s+R)?/.exec(dictionary) ?? [];
  if (number === undefined) return null;
  if (generation === undefined) return Number(number);
  const objects = [
    ...text.matchAll(new RegExp(`(?<!\\d)${number}\\s+${generation}\\s+obj\\s+(\\d{1,9})\\s+endobj`, "g")),
  ];
  return objects.length > 0 ? Number(objects.at(-1)[1]) : null;
}
