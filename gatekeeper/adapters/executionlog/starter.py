"""Owns the template that a project begins from: it says what is there to use, and gives the built-in text. Pure."""

from __future__ import annotations

_HEAD = """\
{{#- Section `{section}` of the execution log; Jinja. It stands in a file {section}.md.j2 of the folder that
    log: {{templates: FOLDER}} names. `gatekeeper log latest --try FOLDER` shows what it says of a run.

    default   the built-in text
    parts     its blocks by their headings; `head` is what comes before the first:
              {{{{ parts["Fixes"] }}}} fails where there is none, {{{{ parts.get("Fixes") }}}} says nothing then
    facts     the run in the shape of schema/summary.schema.json: facts.verdict, facts.steps, facts.rounds ...
    filters   code, cell (code in a table), duration, body (a part without its heading); every other {{{{ }}}} of a
              fact is escaped by itself
#}}
"""
_BODIES = {
    "summary": """\
{{ default }}

{% if facts.rounds %}
| Step | Verdict | Took |
|---|---|---|
{% for step in facts.steps %}
| {{ (step.gate ~ "/" ~ step.step) | cell }} | {{ step.verdict }} | {{ step.duration_s | duration }} |
{% endfor %}
{% endif %}
""",
    "status": """\
{{ default }}
{# The two lines above must stay as they are: they are the verdict. #}
""",
}
_BODY = """\
{% for name, text in parts.items() %}
{{ text }}

{% endfor %}
"""


def starter(section: str) -> str:
    """A template for the section that says what the built-in text says, with what there is to change it."""
    return _HEAD.format(section=section) + _BODIES.get(section, _BODY)
