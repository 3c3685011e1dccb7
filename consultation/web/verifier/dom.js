/** Elements of the page. What comes out of a file is only ever set as text. */
/** An element with its class and what it holds. */
export function element(name, kind, ...holds) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...holds);
  return made;
}

/** A sentence in both languages. */
export function said([vi, en]) {
  const both = document.createDocumentFragment();
  for (const [lang, text] of [
    ["vi", vi],
    ["en", en],
  ]) {
    const span = element("span", "", text);
    span.lang = lang;
    both.append(span);
  }
  return both;
}
