// Search, filter and page the table of tests. All rows are there without this.
(() => {
  "use strict";
  const AT_ONCE = 200;
  const body = document.getElementById("test-rows");
  const controls = document.getElementById("test-controls");
  if (!body || !controls) return;
  const search = document.getElementById("test-search");
  const count = document.getElementById("test-count");
  const more = document.getElementById("more-tests");
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

  const draw = () => {
    body.replaceChildren(...found.slice(0, shown).map((one) => one.row));
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
  search.addEventListener("input", choose);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      mark = button.dataset.mark;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      choose();
    });
  }
  more.addEventListener("click", () => {
    shown += 5 * AT_ONCE;
    draw();
  });
  controls.hidden = false;
  draw();

  // A link into something folded unfolds it.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target && location.hash) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();
})();
