"""Owns what the report page is tried on, a run that is hostile wherever it can be, and what is measured of it."""

from __future__ import annotations

import json
import shlex
from xml.sax.saxutils import quoteattr

TESTS = 20_000
EVIL = (
    "</script><script>document.title=1</script><img src=x onerror=document.title=1><!-- <![CDATA[ ]]> --!>"
    "<svg onload=document.title=1><a href=javascript:document.title=1>\u2028\u202e&lt;b&gt;`'\""
)
SCRIPTS = {
    "many.py": f"""
evil = {quoteattr(EVIL)!r}
print('<testsuite name="s" tests="{TESTS}">')
for number in range({TESTS}):
    said = '<failure message=' + evil + '>boom</failure>' if number in (77, 78) else ''
    name = evil if number == 78 else f'"t{{number}}"'
    print(f'<testcase classname="c" name={{name}} time="{{number / 1e5}}">{{said}}</testcase>')
print('</testsuite>')
""",
    "evil.py": f"evil = {EVIL!a}"
    r"""
print(evil)
print("\x1b]8;;javascript:document.title=1\x1b\\click\x1b]8;;\x1b\\ \x1b[2J\x1b[1;1H\x1b]0;title\x07")
for code in range(256):
    print(f"\x1b[38;5;{code}mfront\x1b[0m \x1b[48;5;{code}mback\x1b[0m \x1b[7;38;5;{code}mturned\x1b[0m", end=" ")
    print(f"\x1b[31;48;5;{code};2mboth\x1b[0m")
print("\x1b[1;4;38;2;250;120;10mbold\x1b[0m 10%\r50%\r100%")
raise SystemExit(3)
""",
}
_QUOTED = f": {shlex.quote(EVIL)}"
CYCLE = f"""
title: {json.dumps(EVIL)}
until_green: {{rounds: 1}}
gates:
  a:
    steps:
      evil: {{run: {json.dumps(f'{_QUOTED}; "$PYTHON" evil.py')}}}
      fine: {{run: echo fine}}
      hangs: {{run: echo waiting; sleep 60, timeout: 1s, grace: 100ms}}
      many: {{run: '"$PYTHON" many.py > report.xml', report: {{junit: report.xml}}}}
      needy: {{needs: [evil], run: echo needy}}
"""

SCAN = {
    "focus": """
(() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const name = at.tagName + (at.id || at.textContent).trim().slice(0, 40);
  return [style.outlineStyle, name, at.getBoundingClientRect().left];
})()
""",
    "contrast": r"""
(() => {
  document.getElementById("unfold-all").click();
  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    // What stands on a bar of the picture is read on that bar.
    if (element.matches(".round-name, .kill.inside")) {
      return parts(getComputedStyle(element.parentElement.querySelector("rect")).fill);
    }
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  let measured = 0;
  for (const element of document.querySelectorAll("body *:not(script, style, title)")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(element);
    const front = parts(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(front), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    measured += 1;
    if (ratio < 4.5 || style.opacity !== "1") poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [measured, [...poor]];
})()
""",
    "wide": """
[...document.querySelectorAll("body *:not(svg *, .unseen, .skip, thead, thead *)")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".wide, pre"))
  .map((one) => `${one.tagName}.${one.className}`)
""",
    "outline": """
(() => {
  const wrong = [];
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1]));
  levels.forEach((level, i) => {
    if (level > (levels[i - 1] || 0) + 1) wrong.push(`h${level} after h${levels[i - 1]}`);
  });
  for (const name of ["h1", "main", "body > header", "nav"]) {
    if (document.querySelectorAll(name).length !== 1) wrong.push(`not one ${name}`);
  }
  for (const one of document.querySelectorAll("main > section")) {
    if (!document.getElementById(one.getAttribute("aria-labelledby"))) wrong.push(`section ${one.id}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) wrong.push("an id twice");
  if (document.documentElement.lang !== "en") wrong.push("no language");
  return wrong;
})()
""",
}
