"""Keeps what Jinja compiles: workers have it from the main process, and need not compile it each for themselves.

Compiled code depends on the text, the options of its environment and whether backslashes are escaped, and on nothing
else: what a template renders to is computed each time. Filters and tests are kept as well: each environment looks for
those of Jinja in collections first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible._internal._templating import _jinja_bits as bits
from ansible._internal._templating._engine import TemplateEngine
from jinja2 import TemplateSyntaxError
from jinja2.environment import TemplateExpression

# Keywords of tasks whose value is an expression without braces.
EXPRESSIONS = frozenset({"when", "until", "failed_when", "changed_when", "that"})
# How the names of templates begin that others import or include.
IMPORTED = "_"

_codes: dict[tuple[Any, ...], Any] = {}
# Filters and tests that were found, by kind and name.
_plugins: dict[str, dict[str, Any]] = {"filter": {}, "test": {}}
_latest = threading.local()


def keep() -> None:
    """Let Ansible's environments of templates share what they compile and find; only the first call does something."""
    environment = bits.AnsibleEnvironment
    # Whoever debugs a template wants its code with notes of where it came from.
    if environment._debuggable_template_source or getattr(environment.compile, "keeps", False):
        return
    compile_text, compile_expression = environment.compile, environment.compile_expression

    def kept_text(self: Any, source: Any, name: Any = None, filename: Any = None, *rest: Any, **options: Any) -> Any:
        if rest or options or not isinstance(source, str):
            _latest.code = compile_text(self, source, name, filename, *rest, **options)
            return _latest.code
        key = (_key(self, source), name, filename)
        if key not in _codes:
            _codes[key] = compile_text(self, source, name, filename)
        return _codes[key]

    def kept_expression(self: Any, source: str, undefined_to_none: bool = True) -> Any:
        key = (_key(self, source),)
        if key not in _codes:
            expression = compile_expression(self, source, undefined_to_none)
            _codes[key] = _latest.code
            return expression
        template = self.template_class.from_code(self, _codes[key], self.make_globals(None), None)
        return TemplateExpression(template, undefined_to_none)

    intercept = bits.JinjaPluginIntercept
    begin = intercept.__init__

    def begin_with_known(self: Any, builtins: Any, loader: Any) -> None:
        begin(self, builtins, loader)
        self._wrapped_funcs |= _plugins[loader.type]

    intercept.__init__ = begin_with_known  # type: ignore[method-assign]
    kept_text.keeps = True  # type: ignore[attr-defined]
    environment.compile = kept_text  # type: ignore[method-assign]
    environment.compile_expression = kept_expression  # type: ignore[method-assign]


def _key(environment: Any, source: str) -> tuple[Any, ...]:
    """All that decides what a text is compiled to."""
    context = bits._TemplateCompileContext.current(optional=True)
    options = tuple(getattr(environment, name) for name in bits._TEMPLATE_OVERRIDE_FIELD_NAMES)
    # Without Ansible's tags, which would keep whole files alive.
    return str.__str__(source)[:], options, bool(context and context.escape_backslashes)


def warm(loader: Any, parsed: Iterable[Any], folders: Iterable[Path]) -> None:
    """Compile the texts in parsed files of roles, and folders of templates; what is none fails where it is used."""
    keep()
    environment = TemplateEngine(loader=loader).environment
    # As Ansible does: backslashes stand for themselves in the values of YAML, not in expressions and files.
    for text, is_expression in (found for content in parsed for found in _texts(content)):
        with suppress(TemplateSyntaxError), bits._TemplateCompileContext(escape_backslashes=not is_expression):
            if is_expression:
                environment.compile_expression(text.strip(), False)
            else:
                environment.compile(text)
    for folder in folders:
        for path in sorted(folder.glob("**/*.j2")):
            text = path.read_text(encoding="utf-8")
            with suppress(TemplateSyntaxError):
                environment.compile(text)
                # What others import is compiled under its name, for messages.
                if path.name.startswith(IMPORTED):
                    environment.compile(text, path.relative_to(folder).as_posix(), str(path))
    for kind, found in (("filter", environment.filters), ("test", environment.tests)):
        _plugins[kind] |= found._wrapped_funcs


def _texts(content: Any, is_expression: bool = False) -> Iterator[tuple[str, bool]]:
    """Give all texts to compile, and whether each is an expression without braces."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _texts(value, key in EXPRESSIONS)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value, is_expression)
    elif isinstance(content, str):
        braces = "{{" in content or "{%" in content
        if braces or is_expression:
            yield content, not braces
