"""Rendered lines know their line of the template and its variables."""

from __future__ import annotations

import jinja2
import pytest
from ansible.module_utils.corbel.explain_template import Place, lines, marked, names, unmarked

MACROS = "{#- Shared. -#}\n{%- macro client(user) -%}\nuser = {{ user }}\nurl = {{ url }}\n{%- endmacro %}\n"
MAIN = """{% from 'macros' import client with context %}
[a]
{% for item in things %}
thing = {{ item }}
{% endfor %}
{% if wide %}
wide = {{
  wide | upper
}}
{% endif %}
{{ client('x') }}
last = 1
"""


def rendered(main: str, macros: str) -> str:
    environment = jinja2.Environment(loader=jinja2.DictLoader({"macros": macros}), trim_blocks=True)  # noqa: S701
    return environment.from_string(main).render(things=[1, 2], wide="w", url="u")


def test_marks_change_nothing_and_name_every_line() -> None:
    text = rendered(marked(MAIN, 0), marked(MACROS, 1))
    assert unmarked(text) == rendered(MAIN, MACROS)
    assert [(line.text, line.place) for line in lines(text)] == [
        ("[a]", Place(0, 2)),
        ("thing = 1", Place(0, 4)),
        ("thing = 2", Place(0, 4)),
        ("wide = W", Place(0, 7)),
        ("user = x", Place(1, 3)),
        ("url = u", Place(1, 4)),
        ("last = 1", Place(0, 12)),
    ]


def test_lines_of_a_macro_know_who_called_it() -> None:
    found = {line.text: line.caller for line in lines(rendered(marked(MAIN, 0), marked(MACROS, 1)))}
    assert found["user = x"] == found["url = u"] == Place(0, 11)
    assert found["last = 1"] is None


def test_a_macro_within_a_line_is_a_part_of_it() -> None:
    (line,) = lines(rendered(marked("{% from 'macros' import client %}\na = {{ client('x') }}", 0), marked(MACROS, 1)))[
        :1
    ]
    assert line.place == Place(0, 2)
    assert Place(1, 3) in line.parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = {{ b }}", {1: ["b"]}),
        ("{% for x in many %}\n{{ x.name }}\n{% endfor %}", {1: ["many"], 2: ["many"]}),
        ("{% set y = a ~ b %}\n{{ y }}", {1: ["a", "b"], 2: ["a", "b"]}),
        ("x = {{\n one |\n default(two)\n}}", {1: ["one", "two"]}),
        ("{% macro m(p) %}\n{{ p }} {{ q }}\n{% endmacro %}\n{{ m(r) }}", {2: ["q"], 4: ["r"]}),
    ],
    ids=["plain", "loop", "set", "several lines", "macro"],
)
def test_names_by_line(text: str, expected: dict[int, list[str]]) -> None:
    assert {line: found for line, found in names(text).items() if found} == expected
