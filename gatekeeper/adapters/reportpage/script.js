// Makes the page quicker to read: search and filters, words beside the picture, folding, copying. All is there without.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const say = (words) => { byId("said").textContent = words; };

  // The table of tests: search, filter, and some rows at a time.
  const tests = () => {
    const AT_ONCE = 200;
    const body = byId("test-rows");
    const controls = byId("test-controls");
    if (!body || !controls) return;
    const search = byId("test-search");
    const count = byId("test-count");
    const more = byId("more-tests");
    const buttons = [...controls.querySelectorAll("button")];
    const all = [...body.rows].map((row) => ({
      row,
      marks: (row.dataset.m || "").split(" "),
      seconds: Number(row.dataset.s || -1),
      text: row.textContent.toLowerCase(),
    }));
    let mark = "";
    let shown = AT_ONCE;
    let found = all;
    let stop = null;

    // One row at a time is a stop of the Tab key.
    const reach = (row) => {
      if (stop) stop.tabIndex = -1;
      if (row) row.tabIndex = 0;
      stop = row;
    };
    const draw = () => {
      body.replaceChildren(...found.slice(0, shown).map((one) => one.row));
      reach(body.rows[0]);
      more.hidden = found.length <= shown;
      const some = more.hidden ? "" : `, the first ${shown.toLocaleString("en")} shown`;
      count.textContent = `${found.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} tests${some}`;
    };
    const choose = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = all.filter((one) => (!mark || one.marks.includes(mark)) && words.every((word) => one.text.includes(word)));
      if (mark === "slow") found.sort((one, other) => other.seconds - one.seconds);
      shown = AT_ONCE;
      draw();
    };
    const showMore = () => {
      shown += 5 * AT_ONCE;
      draw();
    };
    search.addEventListener("input", choose);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && search.value) {
        search.value = "";
        choose();
        event.preventDefault();
      } else if (event.key === "ArrowDown" && body.rows.length) {
        reach(body.rows[0]);
        stop.focus();
        event.preventDefault();
      }
    });
    for (const button of buttons) {
      button.addEventListener("click", () => {
        mark = button.dataset.mark;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        choose();
      });
    }
    more.addEventListener("click", () => {
      const next = body.rows.length;
      showMore();
      reach(body.rows[next]);
      stop.focus();
    });
    body.addEventListener("keydown", (event) => {
      const row = event.target;
      const last = body.rows.length - 1;
      if (row.tagName !== "TR") return;
      if (event.key === "Escape") return search.focus();
      const at = row.sectionRowIndex;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      if (to < 0) return search.focus();
      if (to > last && found.length > shown) showMore();
      reach(body.rows[Math.min(to, body.rows.length - 1)]);
      stop.focus();
    });
    draw();
    body.dataset.ready = "";
    controls.hidden = false;
  };

  // The picture: one stop for the Tab key, arrow keys within, and the words of what is looked at beside it.
  const picture = () => {
    const place = byId("lanes");
    if (!place) return;
    const tip = byId("tip");
    const start = (mark) => Number.parseFloat(mark.firstElementChild.getAttribute("x"));
    const lanes = [...place.querySelectorAll(".plot")]
      .map((plot) => [...plot.querySelectorAll(".lane-mark")].sort((one, other) => start(one) - start(other)))
      .filter((marks) => marks.length);
    for (const mark of lanes.flat()) {
      const title = mark.querySelector("title");
      mark.setAttribute("aria-label", title.textContent);
      mark.setAttribute("tabindex", "-1");
      title.remove();
    }
    if (!lanes.length) return;
    const hide = () => { tip.hidden = true; };
    const show = (mark) => {
      tip.textContent = mark.getAttribute("aria-label");
      tip.hidden = false;
      const at = mark.getBoundingClientRect();
      const below = at.bottom + tip.offsetHeight < innerHeight;
      tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${below ? at.bottom : at.top - tip.offsetHeight}px`;
    };
    let stop = lanes[0][0];
    stop.setAttribute("tabindex", "0");
    place.addEventListener("focusin", (event) => {
      const mark = event.target.closest(".lane-mark");
      if (!mark) return;
      stop.setAttribute("tabindex", "-1");
      stop = mark;
      stop.setAttribute("tabindex", "0");
      show(mark);
    });
    place.addEventListener("focusout", hide);
    place.addEventListener("keydown", (event) => {
      const number = lanes.findIndex((marks) => marks.includes(event.target));
      if (event.key === "Escape") hide();
      if (number < 0) return;
      const lane = lanes[number];
      const at = lane.indexOf(event.target);
      const near = (marks) => marks && marks.findLast((mark) => start(mark) <= start(event.target)) || marks && marks[0];
      const next = {
        ArrowRight: lane[at + 1], ArrowLeft: lane[at - 1], Home: lane[0], End: lane.at(-1),
        ArrowDown: near(lanes[number + 1]), ArrowUp: near(lanes[number - 1]),
      };
      if (!(event.key in next)) return;
      event.preventDefault();
      if (next[event.key]) next[event.key].focus();
    });
    // It stays while the pointer is on the words themselves.
    document.addEventListener("pointerover", (event) => {
      const mark = event.target.closest(".lane-mark");
      if (mark) show(mark);
      else if (event.target !== tip) hide();
    });
    // A key that reaches what is out of sight scrolls there: its words go along.
    const follow = () => {
      if (tip.hidden) return;
      if (document.activeElement === stop) show(stop);
      else hide();
    };
    addEventListener("scroll", follow, { passive: true });
    byId("lanes-help").hidden = false;
  };

  const copied = async (pre) => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(pre);
      return document.execCommand("copy");
    }
  };
  const copying = () => {
    for (const pre of document.querySelectorAll("pre[data-copy]")) {
      const box = document.createElement("div");
      const button = document.createElement("button");
      box.className = "copies";
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${pre.textContent.slice(0, 80)}`);
      button.addEventListener("click", async () => {
        const done = await copied(pre);
        button.textContent = done ? "Copied" : "Selected";
        say(done ? "Copied" : "It is selected: copy it with Control C or Command C");
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      pre.replaceWith(box);
      box.append(pre, button);
    }
  };

  const folding = () => {
    const controls = byId("folds");
    if (!controls) return;
    for (const button of controls.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        const open = button.id === "unfold-all";
        for (const one of document.querySelectorAll("details.attempt")) one.open = open;
        say(open ? "All unfolded" : "All folded");
      });
    }
    controls.hidden = false;
    // A link into something folded unfolds it.
    const unfold = () => {
      let target = null;
      try {
        target = byId(decodeURIComponent(location.hash.slice(1)));
      } catch {
        // What is no encoded text leads nowhere.
      }
      for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
      if (target) target.scrollIntoView();
    };
    addEventListener("hashchange", unfold);
    if (location.hash) unfold();
  };

  tests();
  picture();
  copying();
  folding();
})();
