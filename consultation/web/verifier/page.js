/**
 * The page: files in, verdict and links out. Nothing is decided here.
 *
 * Every sentence stands in both languages side by side, and the style sheet shows one, so that a change of language
 * changes nothing else. What comes out of a file is only ever set as text.
 */
import { verify } from "./bundle.js";
import { toUtf8 } from "./bytes.js";
import { claims } from "./claims.js";
import { DETAILS } from "./details.js";
import { element, said } from "./dom.js";
import { Flaw } from "./flaw.js";
import { ability } from "./keys.js";
import { readPins } from "./pins.js";
import { fill, LEFT, LINKS, MARKS, NOTICES, QUIET, UNSURE, VERDICTS } from "./words.js";

const TITLES = { vi: "Kiểm tra giấy chứng nhận", en: "Verify a certificate" };
const COMMAND = "pilot verify giay-chung-nhan.zip --pins pins.json";

function mark(kind) {
  const sign = element("span", `mark ${kind}`, MARKS[kind][0]);
  sign.setAttribute("aria-hidden", "true");
  return sign;
}

function kindOf({ ok, code }) {
  if (ok === null) return code.startsWith("unpinned") ? "open" : "left";
  return ok ? "good" : "bad";
}

/** A link's name, and in words how it stands: never by colour or sign alone. */
function title(name, kind) {
  const state = element("span", `state ${kind}`, said(MARKS[kind].slice(1)));
  return element(
    "p",
    "head",
    element("strong", "", said(LINKS[name])),
    " ",
    state,
    " ",
    element("code", "", name),
  );
}

function linkItem(link) {
  const kind = kindOf(link);
  const detail = element("p", "detail", said(fill(DETAILS[link.code], link.found)));
  const item = element("li", kind, mark(kind), element("div", "", title(link.name, kind), detail));
  item.dataset.link = link.name;
  item.dataset.kind = kind;
  return item;
}

/** The links after the last one that was looked at. */
function unreached(links) {
  const names = Object.keys(LINKS);
  const last = names.indexOf(links.at(-1).name);
  return names.slice(last + 1).filter((name) => !QUIET.has(name));
}

function skippedItem(name) {
  return element("li", "skipped", mark("skipped"), element("div", "", title(name, "skipped")));
}

function verdictBox({ verdict, links }) {
  const { mark: sign, title, body } = VERDICTS[verdict];
  const broken = links.find(({ ok }) => ok === false);
  const text = fill(body, { link: broken && LINKS[broken.name] });
  const badge = element("span", "badge", sign);
  badge.setAttribute("aria-hidden", "true");
  const words = element("div", "", element("h2", "", said(title)), element("p", "", said(text)));
  if (broken) words.append(element("p", "", said(fill(DETAILS[broken.code], broken.found))));
  if (verdict === "valid") {
    const [status, voucher] = ["status", "ledger-head"].map((name) => links.find((one) => one.name === name));
    for (const one of [status, voucher])
      if (one) words.append(element("p", "", said(fill(DETAILS[one.code], one.found))));
  }
  if (verdict === "partial") {
    words.append(element("pre", "", element("code", "", COMMAND)));
    const left = links
      .filter(({ ok }) => ok === null)
      .map(({ name }) => element("li", "", said(LINKS[name])));
    words.append(element("p", "", said(LEFT)), element("ul", "", ...left));
  }
  const box = element("div", `verdict ${verdict}`, badge, words);
  box.dataset.verdict = verdict;
  return box;
}

function start() {
  const find = (id) => document.getElementById(id);
  const state = { pins: null, file: null, name: "", turn: 0 };

  function speak(lang) {
    document.documentElement.lang = lang;
    document.title = TITLES[lang];
    for (const button of document.querySelectorAll("button[data-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
  }

  function notice(place, code, found, kind) {
    place.replaceChildren(said(fill(NOTICES[code], found)));
    place.className = `notice ${kind}`;
  }

  async function check() {
    if (!state.file) return;
    const turn = (state.turn += 1);
    document.body.dataset.busy = "yes";
    notice(find("doing"), "busy", { name: state.name }, "quiet");
    const able = await ability();
    if (able !== "yes") return answer(turn, () => notice(find("doing"), able, {}, "bad"));
    try {
      const result = await verify(state.file, state.pins);
      answer(turn, () => show(result));
    } catch (error) {
      answer(turn, () => notice(find("doing"), "defect", { text: String(error) }, "bad"));
    }
  }

  /** Only the newest question is answered; an older verdict is gone before the next is known. */
  function answer(turn, act) {
    if (turn !== state.turn) return;
    find("doing").replaceChildren();
    find("doing").className = "notice";
    find("verdict").replaceChildren();
    find("links").replaceChildren();
    find("claims").replaceChildren();
    find("found").hidden = true;
    find("idle").hidden = true;
    act();
    document.body.dataset.busy = "no";
  }

  function show(result) {
    find("verdict").append(verdictBox(result));
    find("links").append(...result.links.map(linkItem));
    if (result.verdict !== "valid" && result.verdict !== "partial") {
      find("links").append(...unreached(result.links).map(skippedItem));
    }
    if (result.verdict === "consistent") find("claims").append(element("p", "notice unsure", said(UNSURE)));
    if (result.verdict !== "refused") find("claims").append(claims(result.credential));
    find("found").hidden = false;
    // On a narrow screen the answer stands below the questions.
    find("verdict").scrollIntoView({ block: "nearest" });
  }

  function usePins(bytes) {
    try {
      state.pins = readPins(bytes);
      const { issuers, ledgers } = state.pins;
      notice(find("pinned"), "pins-good", { issuers: issuers.size, ledgers: ledgers.size }, "good");
    } catch (error) {
      if (!(error instanceof Flaw)) throw error;
      state.pins = null;
      notice(find("pinned"), "pins-bad", { text: fill(DETAILS[error.code], error.found) }, "bad");
    }
    return check();
  }

  /** What a file is shows in its first bytes: pins are a JSON object, all else is taken for a bundle. */
  async function take(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (/^\s*\{/.test(String.fromCharCode(...bytes.subarray(0, 64)))) {
      find("pins-name").textContent = file.name;
      return usePins(bytes);
    }
    state.file = bytes;
    state.name = file.name;
    find("file-name").textContent = file.name;
    return check();
  }

  for (const zone of document.querySelectorAll(".drop")) {
    const input = zone.querySelector("input");
    // The same file may be chosen again after it was changed.
    input.addEventListener("click", () => (input.value = ""));
    input.addEventListener("change", () => Promise.all([...input.files].map(take)));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      return Promise.all([...event.dataTransfer.files].map(take));
    });
  }
  // A file dropped beside the zones would make the browser leave the page.
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
  find("use-pins").addEventListener("click", () => {
    find("pins-name").textContent = "";
    return usePins(toUtf8(find("pins-text").value));
  });
  for (const button of document.querySelectorAll("button[data-lang]")) {
    button.addEventListener("click", () => speak(button.dataset.lang));
  }
  notice(find("pinned"), "pins-none", {}, "quiet");
  speak(location.hash === "#en" ? "en" : "vi");
  ability().then((able) => able === "yes" || notice(find("doing"), able, {}, "bad"));
}

if (globalThis.document) start();
