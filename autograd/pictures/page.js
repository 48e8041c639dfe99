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
    g.setAttribute("tabindex", "-1");
    g.setAttribute("role", "img");
    g.setAttribute("aria-label", g.dataset.told);
  }

  // ---- stepping: what says the same is one stop; arrows lead to the neighbours along the roads
  const stop = (g) => `${block(g) || ""} ${g.dataset.told}`;
  const middle = (g) => { const b = g.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; };
  function steps(svg) {
    const all = parts(svg), told = all.filter((g) => g.dataset.told), first = new Map(), leading = new Map();
    for (const g of [...told].sort((a, b) => b.matches(".node, .column") - a.matches(".node, .column"))) {
      if (!first.has(stop(g))) first.set(stop(g), g); // a card before a line: it is easier to see
    }
    for (const g of first.values()) g.setAttribute("tabindex", "0");
    const add = (from, to, way) => {
      if (!leading.has(from)) leading.set(from, { on: [], back: [] });
      leading.get(from)[way].push(to);
    };
    const named = new Map(all.filter((g) => g.dataset.key).map((g) => [g.dataset.key, g]));
    for (const edge of all.filter((g) => g.dataset.from)) {
      const [tail, head] = [named.get(edge.dataset.from), named.get(edge.dataset.to)];
      if (!tail || !head) continue;
      add(tail, edge, "on"); add(edge, head, "on"); add(head, edge, "back"); add(edge, tail, "back");
    }
    function reached(from, way) { // the nearest stops that the roads lead to
      const here = stop(from), todo = told.filter((g) => stop(g) === here), seen = new Set(todo), found = [];
      while (todo.length) {
        for (const next of (leading.get(todo.pop()) || {})[way] || []) {
          if (seen.has(next)) continue;
          seen.add(next);
          if (next.dataset.told && stop(next) !== here) found.push(next); else todo.push(next);
        }
      }
      return found;
    }
    function beside(from, towards) { // where no road leads: what lies that way, sideways counting double
      const [x, y] = middle(from), far = (g) => { const [a, b] = middle(g); return [a - x, b - y]; };
      return told.filter((g) => {
        const [dx, dy] = far(g), ahead = dx * towards[0] + dy * towards[1];
        return stop(g) !== stop(from) && ahead > 2 && Math.abs(dx * towards[1] + dy * towards[0]) <= 2 * ahead;
      });
    }
    const nearest = (from, found) => {
      const [x, y] = middle(from), away = (g) => { const [a, b] = middle(g); return Math.hypot(a - x, b - y); };
      return found.sort((a, b) => away(a) - away(b))[0];
    };
    const column = () => { // whether data runs down the page
      let across = 0, down = 0;
      for (const g of all.filter((g) => g.dataset.from)) {
        const [tail, head] = [named.get(g.dataset.from), named.get(g.dataset.to)].map((n) => n ? middle(n) : [0, 0]);
        across += head[0] - tail[0]; down += head[1] - tail[1];
      }
      return down > across;
    };
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    return (from, key) => {
      const [back, on] = column() ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
      const found = key === back ? reached(from, "back") : key === on ? reached(from, "on") : [];
      const next = nearest(from, found.length ? found : beside(from, ways[key]));
      return next && (first.get(stop(next)) || next);
    };
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
    const step = steps(svg);
    const into = (g) => { // moves the picture where a part that was stepped to is out of sight
      const box = g.getBoundingClientRect(), frame = figure.getBoundingClientRect(), v = svg.viewBox.baseVal;
      if (box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom) return;
      const [x, y] = middle(g), p = at({ clientX: x, clientY: y });
      show(p.x - v.width / 2, p.y - v.height / 2, v.width, v.height);
    };
    figure.addEventListener("keydown", (event) => {
      const part = event.target.closest("g[data-told]");
      if (part && event.key.startsWith("Arrow") && !event.shiftKey) {
        event.preventDefault();
        const next = step(part, event.key);
        if (next) { next.focus({ preventScroll: true }); into(next); }
        return;
      }
      const v = svg.viewBox.baseVal, far = v.width / 12, centre = [v.x + v.width / 2, v.y + v.height / 2];
      const keys = {
        "+": () => zoom(0.8, ...centre), "=": () => zoom(0.8, ...centre), "-": () => zoom(1.25, ...centre), "0": () => show(...home),
        ArrowLeft: () => show(v.x - far, v.y, v.width, v.height), ArrowRight: () => show(v.x + far, v.y, v.width, v.height),
        ArrowUp: () => show(v.x, v.y - far, v.width, v.height), ArrowDown: () => show(v.x, v.y + far, v.width, v.height),
        Escape: () => { quiet(svg); figure.focus(); },
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
    figure.setAttribute("aria-describedby", "help");
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
