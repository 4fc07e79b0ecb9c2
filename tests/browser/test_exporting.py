"""A view becomes a file, in a browser, with scripts and without; nothing for axe to find on the way."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import follow
from tests.newsroom import Form, Newsroom, documents

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "scheme", "scripts"), [(320, "dark", False), (1280, "light", True)], ids=["without scripts", "with"]
)
def test_a_view_is_exported_with_its_documents_and_the_file_taken_away(
    reader: Any, newsroom: Newsroom, tmp_path: Path, width: int, scheme: str, scripts: bool
) -> None:
    name = f"Exported {width}"
    assert Form(newsroom).send(documents(), name=name, regions=["armenia"]).status_code == 303
    assert Form(newsroom).send(documents(), name="Left out", regions=["georgia"]).status_code == 303
    chief = reader(width=width, scheme=scheme, scripts=scripts)
    chief.sign_in()
    page = chief.go("/desk/?region=armenia&sort=received")
    follow(page, "text=Export this view")
    page.check("text=With documents (ZIP)")
    if scripts:
        chief.check()
    page.click("main form.export-form button")
    page.wait_for_selector("main a:text('Download')")
    if scripts:
        chief.check()
    with page.expect_download() as coming:
        page.click("text=Download")
    coming.value.save_as(tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        names = archive.namelist()
    assert any(name in each for each in names), names
    assert not any("Left out" in each for each in names)
    assert sum(name in each and "letter" in each for each in names) == 1, names
    page.click("main form button:has-text('Remove')")
    page.wait_for_url("**/desk/export")
