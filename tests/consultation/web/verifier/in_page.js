/** What tests ask of the opened page; each is called by its name. */
({
  /** The verdict, or why there is none, once the page is no longer busy. */
  verdict: () =>
    new Promise((done) => {
      const told = () => {
        const box = document.querySelector("[data-verdict]");
        if (document.body.dataset.busy !== "no") return;
        watch.disconnect();
        done(box ? box.dataset.verdict : document.getElementById("doing").innerText);
      };
      const watch = new MutationObserver(told);
      watch.observe(document.body, { attributes: true, childList: true, subtree: true });
      told();
    }),

  /** Each link's name and how it stands. */
  links: () =>
    [...document.querySelectorAll("li[data-link]")].map(({ dataset }) => [dataset.link, dataset.kind]),

  text: () => document.querySelector("main").innerText,

  paste: (pins) => {
    document.getElementById("pins-text").value = pins;
    document.getElementById("use-pins").click();
  },

  speak: (lang) => {
    document.querySelector(`button[data-lang=${lang}]`).click();
    return [document.documentElement.lang, document.title];
  },

  fits: () => document.documentElement.scrollWidth <= innerWidth,

  /** The rules that stop a script from connecting to `where` and from running more script. */
  blocked: async (where) => {
    const rules = [];
    addEventListener("securitypolicyviolation", (event) => rules.push(event.effectiveDirective));
    await fetch(where).catch(() => {});
    const image = new Image();
    await new Promise((done) => {
      image.onerror = done;
      image.src = where;
    });
    const attempts = [
      () => (document.createElement("script").textContent = "globalThis.ran = true"),
      () => (document.body.innerHTML = "<b>x</b>"),
    ];
    for (const attempt of attempts) {
      try {
        attempt();
      } catch {
        rules.push("trusted-types");
      }
    }
    return rules;
  },

  /** Every text that is shown, with its colour and that of what is behind it. */
  colours: () =>
    [...document.querySelectorAll("body *")].flatMap((element) => {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
      );
      if (!own || !element.getClientRects().length) return [];
      const clear = (one) => /^rgba\(.*, 0\)$/.test(getComputedStyle(one).backgroundColor);
      let ground = element;
      while (ground.parentElement && clear(ground)) ground = ground.parentElement;
      const { backgroundColor } = getComputedStyle(clear(ground) ? document.body : ground);
      return [[element.textContent.trim().slice(0, 30), getComputedStyle(element).color, backgroundColor]];
    }),
});
