"""Six languages, one code: what a language says of a constant is not put into the code that all share."""

from collections.abc import Callable

import pytest
from jinja2 import Environment

from app.mail import letters
from app.web import templating
from app.web.languages import LANGUAGES


@pytest.mark.parametrize(
    ("environment", "template"),
    [(templating.environment, "applications/form.html"), (letters.text_environment, "mail/receipt.txt")],
)
def test_a_template_is_compiled_once_for_all_languages(
    environment: Callable[[str], Environment], template: str
) -> None:
    codes = [environment(language).get_template(template).root_render_func.__code__ for language in LANGUAGES]
    assert all(code is codes[0] for code in codes)


def test_what_a_filter_makes_of_a_constant_stays_each_language_s_own() -> None:
    source = "{{ 'duration-minute'|unit_pattern }}"
    made = {language: templating.environment(language).from_string(source).render() for language in LANGUAGES}
    assert made["ru"] != made["ka"] != made["de"]
    assert len({templating.environment(language).compile(source, raw=True) for language in LANGUAGES}) == 1


def test_text_parts_escape_nothing_although_pages_do() -> None:
    name = "mail/receipt.txt"
    html = templating.environment("de").get_template(name)
    assert letters.text_environment("de").get_template(name).root_render_func.__code__ != html.root_render_func.__code__
