/**
 * A zip read strictly (APPNOTE 6.3, without zip64, encryption and parts on several disks), in memory.
 *
 * The central directory decides, it stands directly before the end record, and the local headers must agree with
 * it: a file that two readers could read as two different bundles is refused.
 */
import { fromUtf8, join } from "./bytes.js";
import { Flaw, need } from "./flaw.js";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const STORED = 0;
const DEFLATED = 8;
/** Bits 1 and 2 are the deflater's effort, 3 says that sizes stand elsewhere too, 11 that names are UTF-8. */
const KNOWN_FLAGS = 0x080e;
/** Of the format, times ten: deflate is 2.0, and what came later is not read here. */
const MAX_VERSION = 20;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest >>> 0;
});

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/** `bytes` inflated by the browser, at most `most` bytes: 'deflate-raw', 'deflate' or 'gzip'. */
export async function inflate(bytes, format, most) {
  const stream = new DecompressionStream(format);
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // Rejected together with the reader, which is the one that is asked.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {});
  const parts = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      need(size <= most, "too-large", { most });
      parts.push(value);
    }
    await written;
  } catch (error) {
    reader.cancel().catch(() => {});
    if (error instanceof Flaw) throw error;
    throw new Flaw("deflate");
  }
  return join(...parts);
}

/** The files of a zip by their names, at most `mostFiles` of at most `most` bytes each. */
export async function unzip(bytes, mostFiles, most) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map();
  for (const entry of directory(view, bytes, mostFiles)) {
    need(!files.has(entry.name), "zip-twice", { name: entry.name });
    need(entry.size <= most, "too-large", { most });
    files.set(entry.name, await contents(view, bytes, entry));
  }
  return files;
}

function directory(view, bytes, mostFiles) {
  const end = endOf(view);
  const [disk, first, here, total] = [4, 6, 8, 10].map((field) => view.getUint16(end + field, true));
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  need(disk === 0 && first === 0 && here === total && start + size === end, "zip-form");
  need(total <= mostFiles, "zip-many", { found: total, most: mostFiles });
  const entries = [];
  let at = start;
  for (let number = 0; number < total; number += 1) {
    need(at + 46 <= end && view.getUint32(at, true) === CENTRAL, "zip-form");
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const next = at + 46 + nameBytes + extraBytes + commentBytes;
    need(next <= end, "zip-form");
    entries.push({
      version: view.getUint16(at + 6, true),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      local: view.getUint32(at + 42, true),
      name: fromUtf8(bytes.subarray(at + 46, at + 46 + nameBytes)),
      start,
    });
    at = next;
  }
  need(at === end, "zip-form");
  return entries;
}

/** The end record: its comment, if any, ends the file. */
function endOf(view) {
  const least = Math.max(0, view.byteLength - END_BYTES - 0xffff);
  for (let at = view.byteLength - END_BYTES; at >= least; at -= 1) {
    const ends = at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength;
    if (ends && view.getUint32(at, true) === END) return at;
  }
  throw new Flaw("zip-form");
}

async function contents(view, bytes, { version, flags, method, crc, packed, size, local, name, start }) {
  need((flags & ~KNOWN_FLAGS) === 0 && version <= MAX_VERSION, "zip-flags", { name });
  need(local + 30 <= start && view.getUint32(local, true) === LOCAL, "zip-form");
  const [nameBytes, extraBytes] = [26, 28].map((field) => view.getUint16(local + field, true));
  const data = local + 30 + nameBytes + extraBytes;
  need(data + packed <= start, "zip-form");
  const agrees =
    fromUtf8(bytes.subarray(local + 30, local + 30 + nameBytes)) === name &&
    view.getUint16(local + 6, true) === flags &&
    view.getUint16(local + 8, true) === method;
  need(agrees, "zip-differs", { name });
  const raw = bytes.subarray(data, data + packed);
  need(method === STORED || method === DEFLATED, "zip-method", { name, method });
  const whole = method === STORED ? raw : await inflate(raw, "deflate-raw", size);
  need(whole.length === size && crc32(whole) === crc, "zip-crc", { name });
  return whole;
}
