
"use strict";
// Shows the filters, and keeps them in the address so that a view can be shared: #level=error&rule=pack/rule.
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const sections = Array.from(document.querySelectorAll("section.file"));
  const items = Array.from(document.querySelectorAll("article"), (element) => {
    const { level, state, rule, kind, object } = element.dataset;
    return { element, level, state, rule, kind, object: object.toLowerCase(), name: object, file: element.parentElement.dataset.file, text: null };
  });
  // What is checked at first: all levels, and of states what is for somebody to decide on.
  const boxes = (name) => Array.from(form.querySelectorAll(`[name=${name}]`));
  const [levels, states] = [boxes("level"), boxes("state")];
  const checked = (all) => all.filter((box) => box.checked).map((box) => box.value);
  const isAsAtFirst = (all) => all.every((box) => box.checked === box.defaultChecked);

  const tally = (key) => {
    const counts = new Map();
    for (const item of items) counts.set(item[key], (counts.get(item[key]) || 0) + 1);
    return Array.from(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  };
  for (const name of ["rule", "kind", "file"]) {
    for (const [value, times] of tally(name)) form.elements[name].add(new Option(`${value} (${times})`, value));
  }
  for (const [name] of tally("name").slice(0, 500)) {
    document.getElementById("objects").append(new Option(name, name));
  }

  const wanted = () => {
    const value = (name) => form.elements[name].value.trim();
    return {
      level: checked(levels), state: checked(states),
      rule: value("rule"), kind: value("kind"), object: value("object"), file: value("file"), text: value("text"),
    };
  };

  const apply = () => {
    const { level, state, rule, kind, object, file, text } = wanted();
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const says = (item) => {
      if (!words.length) return true;
      item.text ??= `${item.file} ${item.element.textContent}`.toLowerCase();
      return words.every((word) => item.text.includes(word));
    };
    let shown = 0;
    for (const item of items) {
      const fits = level.includes(item.level) && (!states.length || state.includes(item.state)) && (!rule || item.rule === rule) && (!kind || item.kind === kind)
        && (!object || item.object.includes(object.toLowerCase())) && (!file || item.file === file) && says(item);
      item.element.hidden = !fits;
      shown += fits;
    }
    for (const section of sections) section.hidden = !section.querySelector("article:not([hidden])");
    count.value = `${shown} of ${items.length} findings`;
    none.hidden = shown > 0;
  };

  const toAddress = () => {
    const state = wanted();
    const address = new URLSearchParams();
    if (!isAsAtFirst(levels)) address.set("level", state.level.join(","));
    if (!isAsAtFirst(states)) address.set("state", state.state.join(","));
    for (const name of ["rule", "kind", "object", "file", "text"]) if (state[name]) address.set(name, state[name]);
    history.replaceState(null, "", `#${address}`);
  };

  const fromAddress = () => {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return;
    const address = new URLSearchParams(hash);
    for (const box of [...levels, ...states]) {
      const asked = address.get(box.name);
      box.checked = asked === null ? box.defaultChecked : asked.split(",").includes(box.value);
    }
    for (const name of ["rule", "kind", "object", "file", "text"]) form.elements[name].value = address.get(name) || "";
    apply();
  };

  form.addEventListener("input", () => { apply(); toAddress(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); toAddress(); }));
  addEventListener("hashchange", fromAddress);

  // The page of a rule unfolds below the finding that asks for it.
  for (const link of document.querySelectorAll("a.about")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
  }
  const unfold = (event) => {
    const link = event.target.closest("a.about");
    if (!link || event.type === "keydown" && event.key !== " ") return;
    event.preventDefault();
    const article = link.closest("article");
    const open = article.querySelector(".page");
    link.setAttribute("aria-expanded", String(!open));
    if (open) { open.remove(); return; }
    const page = document.querySelector(link.getAttribute("href")).cloneNode(true);
    page.removeAttribute("id");
    article.append(page);
  };
  document.addEventListener("click", unfold);
  document.addEventListener("keydown", unfold);

  form.hidden = false;
  apply();
  fromAddress();
})();
