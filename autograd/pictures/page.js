"use strict";
// The page is whole without this script. With it: hover, pan, zoom, levels, theme. No outside code, no network.
(() => {
  const page = document.documentElement, card = document.getElementById("card");
  const figures = [...document.querySelectorAll("figure")];
  const wheelAlone = true; // the page is ours alone, so the plain wheel zooms
  page.classList.add("scripted");

  // ---- hover: the rest dims, a card gives the numbers
  const parts = (svg) => [...svg.querySelectorAll("g.node, g.edge, g.column")].filter((g) => !g.querySelector("g.column"));
  const block = (g) => [...g.classList].find((name) => /^b[1-9]\d*$/.test(name));
  function light(svg, chosen) {
    const name = chosen && block(chosen);
    for (const g of parts(svg)) {
      const lit = !chosen || g === chosen || (name && g.classList.contains(name));
      g.classList.toggle("dimmed", !lit);
    }
  }
  function tell(g, x, y) {
    card.textContent = g.dataset.told;
    card.hidden = false;
    const box = card.getBoundingClientRect();
    card.style.left = Math.max(6, Math.min(x + 14, innerWidth - box.width - 6)) + "px";
    card.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + "px";
  }
  function quiet(svg) { light(svg, null); card.hidden = true; }
  function told(g) {
    const title = g.querySelector("title");
    if (!title) return;
    g.dataset.told = title.textContent.trim();
    title.remove(); // or the browser would show it a second time
    g.setAttribute("tabindex", "0");
    g.setAttribute("role", "img");
    g.setAttribute("aria-label", g.dataset.told);
  }

  // ---- pan and zoom, by the view box
  function movable(figure, svg) {
    const whole = svg.viewBox.baseVal, home = [whole.x, whole.y, whole.width, whole.height];
    let held = null;
    const show = (x, y, w, h) => svg.setAttribute("viewBox", [x, y, w, h].join(" "));
    const at = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const inView = (event) => { // pointer in view-box units
      const p = at(event);
      return [p.x, p.y];
    };
    function zoom(factor, x, y) {
      const v = svg.viewBox.baseVal, w = v.width * factor;
      if (w > home[2] * 4 || w < home[2] / 200) return;
      show(x - (x - v.x) * factor, y - (y - v.y) * factor, w, v.height * factor);
    }
    figure.addEventListener("wheel", (event) => {
      if (!wheelAlone && !event.ctrlKey) return;
      event.preventDefault();
      zoom(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 60) / 300), ...inView(event));
    }, { passive: false });
    figure.addEventListener("pointerdown", (event) => { held = inView(event); figure.classList.add("held"); });
    addEventListener("pointerup", () => { held = null; figure.classList.remove("held"); });
    figure.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [x, y] = inView(event), v = svg.viewBox.baseVal;
      show(v.x + held[0] - x, v.y + held[1] - y, v.width, v.height);
    });
    figure.addEventListener("dblclick", () => show(...home));
    figure.addEventListener("keydown", (event) => {
      const v = svg.viewBox.baseVal, step = v.width / 12, middle = [v.x + v.width / 2, v.y + v.height / 2];
      const keys = {
        "+": () => zoom(0.8, ...middle), "=": () => zoom(0.8, ...middle), "-": () => zoom(1.25, ...middle), "0": () => show(...home),
        ArrowLeft: () => show(v.x - step, v.y, v.width, v.height), ArrowRight: () => show(v.x + step, v.y, v.width, v.height),
        ArrowUp: () => show(v.x, v.y - step, v.width, v.height), ArrowDown: () => show(v.x, v.y + step, v.width, v.height),
        Escape: () => quiet(svg),
      };
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  for (const figure of figures) {
    const svg = figure.querySelector("svg");
    svg.setAttribute("role", "group"); // its parts can be reached now
    figure.tabIndex = 0;
    parts(svg).forEach(told);
    movable(figure, svg);
    const over = (event) => {
      const g = event.target.closest && event.target.closest("g.column, g.node, g.edge");
      if (!g || !g.dataset.told) return quiet(svg);
      const box = g.getBoundingClientRect();
      light(svg, g);
      tell(g, event.clientX ?? box.left, event.clientY ?? box.bottom);
    };
    figure.addEventListener("pointermove", (event) => { if (!figure.classList.contains("held")) over(event); });
    figure.addEventListener("pointerleave", () => quiet(svg));
    figure.addEventListener("focusin", over);
    figure.addEventListener("focusout", () => quiet(svg));
  }

  // ---- levels of detail
  const buttons = [...document.querySelectorAll("button[data-level]")];
  function level(name) {
    figures.forEach((figure) => { figure.hidden = figure.dataset.level !== name; });
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.level === name)));
  }
  buttons.forEach((button) => button.addEventListener("click", () => level(button.dataset.level)));
  level(document.body.dataset.level);

  // ---- theme: auto, light, dark
  const switcher = document.getElementById("theme");
  if (switcher) switcher.addEventListener("click", () => {
    const dark = page.classList.contains("gradroutes-dark")
      || (page.classList.contains("gradroutes-page") && matchMedia("(prefers-color-scheme: dark)").matches);
    page.classList.remove("gradroutes-page");
    page.classList.toggle("gradroutes-dark", !dark);
  });
})();
