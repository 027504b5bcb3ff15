from pathlib import Path

import pytest
from ansible._internal._templating import _jinja_bits as bits
from ansible.module_utils.corbel import template_code
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template


@pytest.fixture
def kept(monkeypatch):
    """Environments that keep code, from an empty store, and the texts that were really compiled."""
    environment, compiled = bits.AnsibleEnvironment, []
    monkeypatch.setattr(template_code, "_codes", {})
    generate = environment._generate

    def counted(self, source, *arguments, **options):
        compiled.append(source)
        return generate(self, source, *arguments, **options)

    monkeypatch.setattr(template_code, "_plugins", {"filter": {}, "test": {}})
    monkeypatch.setattr(bits.JinjaPluginIntercept, "__init__", bits.JinjaPluginIntercept.__init__)
    for name in ("compile", "compile_expression"):
        monkeypatch.setattr(environment, name, getattr(environment, name))
    monkeypatch.setattr(environment, "_generate", counted)
    template_code.keep()
    return compiled


def render(text, *, escape=True, **variables):
    templar = Templar(loader=DataLoader(), variables=variables)
    return templar.template(trust_as_template(text), escape_backslashes=escape)


def test_a_text_is_compiled_once_and_rendered_each_time(kept):
    assert render("{{ name }} is here", name="compute1") == "compute1 is here"
    assert render("{{ name }} is here", name="compute2") == "compute2 is here"
    assert len(kept) == 1


def test_an_expression_is_compiled_once_and_evaluated_each_time(kept):
    for size, expected in ((3, True), (1, False)):
        templar = Templar(loader=DataLoader(), variables={"size": size})
        assert templar.evaluate_conditional(trust_as_template("size > 2")) is expected
    assert len(kept) == 1


def test_a_text_and_an_expression_of_the_same_letters_are_told_apart(kept):
    templar = Templar(loader=DataLoader(), variables={"name": "compute1"})
    assert templar.evaluate_expression(trust_as_template("name")) == "compute1"
    with bits._TemplateCompileContext(escape_backslashes=True):
        bits.AnsibleEnvironment().compile("name")
    assert templar.evaluate_expression(trust_as_template("name")) == "compute1"


def test_backslashes_keep_their_two_meanings(kept):
    text = "{{ 'a\\tb' }}"
    assert render(text, escape=True) == "a\\tb"
    assert render(text, escape=False) == "a\tb"
    assert render(text, escape=True) == "a\\tb"


def test_options_of_the_environment_keep_their_meaning(kept):
    text = "{% if true %}\na{% endif %}"
    templar = Templar(loader=DataLoader())
    trimmed = templar.template(trust_as_template(text))
    assert templar.template(trust_as_template(text), overrides={"trim_blocks": False}) == "\na"
    assert templar.template(trust_as_template(text)) == trimmed == "a"


def test_an_error_is_told_each_time(kept):
    for _ in range(2):
        with pytest.raises(Exception, match="Syntax error in template"):
            render("{{ name")


def test_what_is_warm_is_not_compiled_again(kept, tmp_path: Path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "_part.j2").write_text("{% macro line() %}{{ name }}{% endmacro %}")
    (folder / "whole.j2").write_text("{% from '_part.j2' import line with context %}{{ line() }}")
    (folder / "broken.j2").write_text("{{ name")
    loader = DataLoader()
    content = [{"name": "A", "when": "size > 2", "vars": {"a": ["{{ name }}!"]}, "until": ["size > 3 ", True]}]
    template_code.warm(loader, [content], [folder])
    kept.clear()
    variables = {"size": 5, "name": "compute1"}
    templar = Templar(loader=loader, variables=variables)
    assert templar.evaluate_conditional(trust_as_template("size > 2"))
    assert templar.evaluate_conditional(trust_as_template("size > 3"))
    assert templar.template(trust_as_template("{{ name }}!")) == "compute1!"
    files = templar.copy_with_new_env(searchpath=[str(folder)])
    text = trust_as_template((folder / "whole.j2").read_text())
    assert files.template(text, escape_backslashes=False, overrides={"trim_blocks": True}) == "compute1"
    assert kept == []


def test_filters_that_are_warm_are_not_looked_for_again(kept, tmp_path: Path, monkeypatch):
    loader = DataLoader()
    template_code.warm(loader, [{"vars": {"a": "{{ [1] | first is odd }}"}}], [])
    monkeypatch.setattr(bits.filter_loader, "get", lambda name: pytest.fail(f"{name} is looked for"))
    monkeypatch.setattr(bits.test_loader, "get", lambda name: pytest.fail(f"{name} is looked for"))
    assert Templar(loader=loader).template(trust_as_template("{{ [4] | first is odd }}")) is False


def test_a_filter_that_one_environment_is_given_is_its_own(kept):
    bits.AnsibleEnvironment().filters["shout"] = str.upper
    assert "shout" not in bits.AnsibleEnvironment().filters
