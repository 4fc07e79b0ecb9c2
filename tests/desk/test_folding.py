"""The same name in Latin, Cyrillic and native spelling is found by each, in both databases' full-text search."""

import sqlite3

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from app.applications.models import Application
from app.database import reading, transaction
from app.demonstration import fill
from app.desk import finding, search
from app.desk.folding import fold, fts5, index_text, latin, parse_query, tsquery
from app.settings import Settings

SAME = [
    ("გიორგი", "Giorgi", "Гиорги"),
    ("ᲒᲘᲝᲠᲒᲘ", "giorgi"),
    ("მწვანებაძე", "Mtsvanebadze", "Мцванебадзе"),
    ("ცისარტყელაშვილი", "Tsisartqelashvili", "Цисарткелашвили"),
    ("ყვავილაია", "Kvavilaia", "Квавилая"),
    ("ქეთევან", "Ketevan", "Кетеван"),
    ("Հարությունյան", "Harutyunyan"),
    ("Լուսաբեր", "Lusaber", "Лусабер"),
    ("Ծովիկյան", "Tsovikyan", "Цовикян"),
    ("Ծառուկեան", "Tsaroukian"),
    ("Երևան", "Yerevan", "Ереван", "Երեւան"),
    ("Cəfərova", "Jafarova", "Джафарова"),
    ("Qasımov", "Gasimov", "Гасымов"),
    ("Əşrəf", "Ashraf", "Ашраф"),
    ("Çıraqbəyli", "Chiragbayli"),
    ("İbrahimova", "Ibrahimova", "IBRAHIMOVA"),
    ("ЧӀагӀуева", "Chaghueva", "ЧIагIуева", "Чагуева"),
    ("Щербаков", "Shcherbakov"),
    ("Ёлкин", "Yolkin", "Елкин"),
    ("Müller", "Mueller", "Muller"),
    ("Öhlmüßen", "Ohlmussen", "ÖHLMÜSSEN"),
]


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[1])
def test_a_name_has_one_key_in_every_spelling(names: tuple[str, ...]) -> None:
    assert len({latin(name) for name in names}) == 1, [latin(name) for name in names]


@given(st.text())
def test_folding_never_fails_and_folds_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert all(char.isalnum() or char == " " for char in once)
    latin(text)


@given(st.text(max_size=400))
def test_whatever_an_editor_types_is_a_query_that_the_database_understands(q: str) -> None:
    expression = fts5(parse_query(q))
    if expression is not None:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')")
            connection.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()


@pytest.mark.parametrize("q", ['"', "NEAR(", "a*b", "x OR", "-", "'; DROP TABLE", "% _", "a:b", "\0", "(((", "!&|<->"])
def test_operators_of_either_database_are_text(connected: str, q: str) -> None:
    expression = tsquery(parse_query(q))
    with reading() as session:
        if expression is not None and session.get_bind().dialect.name == "postgresql":
            session.connection().execute(sa.text("SELECT to_tsquery('simple', :q)"), {"q": expression})
        assert search.found_by(session, q) is None or expression is not None


def test_phrases_words_and_beginnings_are_found_in_both_databases(connected: str, tmp_path: object) -> None:
    fill(Settings(data_dir=tmp_path, secret_key="k" * 40), 3)  # type: ignore[arg-type]
    with transaction() as session:
        application = session.exec(select(Application)).first()
        assert application is not None
        application.name, application.latin_name = "გიორგი მწვანებაძე", ""
        application.about = "Der blaue Lampenwart von Gleis null"
        session.add(application)
    search.index(str(application.id))

    def found(q: str) -> bool:
        from app.desk import queue
        from app.desk.queue import View

        with reading() as session:
            return application.id in [row.id for row in queue.page(session, View(q=q)).rows]

    for q in ("Giorgi", "гиорги", "ᲒᲘᲝᲠᲒᲘ მწვან", "Mtsvanebadze Giorgi", '"blaue lampenwart"', "lampen", "GLEIS NULL"):
        assert found(q), q
    for q in ('"lampenwart blaue"', "ampenwart", "Giorgi Maisuradze"):
        assert not found(q), q


def test_a_beginning_is_found_in_its_own_script_and_a_whole_word_across_scripts() -> None:
    def found(text: str, q: str) -> list[str]:
        return [text[start:end] for start, end in finding.spans(text, q)]

    assert found("The text of their tenth theatre", "the") == ["The", "their", "theatre"]
    assert found("გიორგი, Гиорги", "giorgi") == ["გიორგი", "Гиорги"]


def test_phrases_do_not_reach_from_one_field_into_the_next() -> None:
    assert "alpha beta" not in index_text("alpha", "beta")
