"""A run as one page: what it says, that it is whole and harmless, and where it is written."""

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from browser import ADDRESS, BROWSER, browse, served
from pages import Page

import plastica
from plastica.report import material as parts
from plastica.report import write
from plastica.report.material import Material, gathered
from plastica.report.page import page

HOSTILE = "<script>alert(1)</script>\x1b[31m\"'&</section>"
AS_TEXT = "<script>alert(1)</script>[31m\"'&</section>"
WIDTHS = "<script>document.title = document.documentElement.scrollWidth + ' of ' + innerWidth</script>"
SECTIONS = ["question", "equation", "figures", "held-out", "nearest", "ablation", "search", "repeat", "config"]


in_a_browser = pytest.mark.skipif(not BROWSER, reason="no browser is installed")


@pytest.fixture
def web():
    with served() as one:
        yield one


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory) -> Path:
    """A finished run of a name that is markup."""
    copy = tmp_path_factory.mktemp("reported") / "a <b> & 'c'"
    shutil.copytree(finished, copy)
    return copy


@pytest.fixture(scope="module")
def material(folder) -> Material:
    return gathered(plastica.Run.open(folder))


@pytest.fixture(scope="module")
def report(material) -> str:
    return page(material)


@pytest.fixture(scope="module")
def read(report) -> Page:
    return Page(report)


@pytest.fixture
def quick(material, monkeypatch):
    """Nothing is computed or drawn again for a report."""
    monkeypatch.setattr(write, "gathered", lambda run: replace(material, run=run))


def of(run: plastica.Run) -> Page:
    """The page of a run, without what is computed for it."""
    table = run.held_out if run.result() else None
    return Page(page(Material(run, run.summary(), run.is_begun, table, None, {}, {})))


def test_a_report_is_whole_and_loads_nothing(read):
    """No script, no image, no link that leads out; every id is there once; all sections, in their order."""
    assert read.wrong == []
    assert list(read.sections) == SECTIONS
    assert read.tags.count("svg") == 5
    assert read.tags.count("math") >= 1


def test_a_report_tells_the_question(read, material):
    """Network, rule, data and loss, each setting with its description."""
    said = read.sections["question"]
    for word in ("The network", "The rule of the feedforward connection", "The data", "The loss", "input neurons, N"):
        assert word in said
    assert "initial_normlength" not in said  # each value is in a cell of its own
    assert read.head == "oja, seed 3"


def test_a_report_tells_the_rule_and_what_it_is_near(read, material):
    """How many terms the equation leaves out, what its words mean, the angle to the known rule."""
    said, summary = read.sections["equation"], material.summary
    assert f"{summary['equation_left_out']['feedforward']['terms']} terms under 5 % left out" in said
    assert "y is postsynaptic activity" in said
    number = summary["equation"]["feedforward"].split("*")[0].removeprefix("-")
    assert number in said
    assert (
        f"{summary['angle_deg']['feedforward']:.1f}° from the rule that was to be found, oja"
        in read.sections["nearest"]
    )


def test_a_report_has_the_held_out_table(read, material):
    """Every row with its standard error, interval, median and paired difference."""
    said, table = read.sections["held-out"], material.held_out
    for name, row in table.items():
        assert name.replace("_", " ") in said
        assert f"{row.loss:.4g}" in said
        assert f"{row.median:.4g}" in said
        if row.difference is not None:
            assert f"{row.difference:.2g} ± {row.difference_error:.2g}" in said
    assert "explained_variance" in said


def test_a_report_tells_what_terms_matter(read, material):
    for name, loss, *_ in material.ablation.ranked():
        assert name in read.sections["ablation"]
        assert f"{loss:.4g}" in read.sections["ablation"]


def test_a_report_can_be_repeated(read, material, folder):
    """Seed, versions, the command, quoted for a shell, and the complete config."""
    said = read.sections["repeat"]
    assert "from its seed, 3" in said
    quoted = str(folder / "config.toml").replace("'", "'\"'\"'")
    assert f"plastica run '{quoted}'" in said
    assert all(library in said and version in said for library, version in material.summary["versions"].items())
    assert 'task = "oja"' in read.sections["config"]
    assert "# input neurons" in read.sections["config"]


def test_a_theory_and_restarts_are_told(material):
    """Where there are some."""
    restarts = [{"generation": 2, "reason": "stagnation"}]
    changed = {**material.summary, "theory": {"predicted_hz": 5.25, "stable": True}, "restarts": restarts}
    read = Page(page(replace(material, summary=changed)))
    assert "predicted hz5.25stableyes" in read.sections["theory"].replace("\n", "")
    assert "3stagnation" in read.sections["search"]


def test_known_rules_are_ranked(read, material):
    """The nearest ten of the catalogue, with both angles, their factors and their sources."""
    rows = material.known["feedforward"]
    said = read.sections["nearest"]
    assert f"{rows[0]['rule']}{rows[0]['angle_free_deg']:.1f}°{rows[0]['angle_deg']:.1f}°" in said.replace("\n", "")
    assert all(row["source"] in said for row in rows[:10])
    assert f"{rows[10]['rule']}{rows[10]['angle_free_deg']:.1f}°" not in said.replace("\n", "")
    assert "plastica identify" in said


def hostile(folder: Path) -> None:
    """Let every text of a run's files be markup and orders."""
    result = json.loads((folder / "result.json").read_text())
    details = result["held_out"]["details"]
    details[HOSTILE] = {**details["learned"], "outcomes": {HOSTILE: 3}, "metrics": {HOSTILE: 1.0}}
    (folder / "result.json").write_text(json.dumps({**result, "theory": {HOSTILE: HOSTILE}}))
    (folder / "status.json").write_text(json.dumps({"status": "finished", "reason": HOSTILE}))
    (folder / "environment.json").write_text(json.dumps({"versions": {HOSTILE: HOSTILE}, "machine": HOSTILE}))
    header, first, *lines = (folder / "journal.jsonl").read_text().splitlines()
    record = json.loads(first) | {"outcomes": {HOSTILE: 3}, "search": {"restarted": HOSTILE}}
    (folder / "journal.jsonl").write_text("\n".join([header, json.dumps(record), *lines, ""]))
    before, _, rest = (folder / "config.toml").read_text().partition("[engine]")
    engine = f'[engine]\nname = "dask"\nscheduler = {json.dumps(f"tcp://{HOSTILE}:1")}\n\n'
    (folder / "config.toml").write_text(before + engine + rest[rest.index("[held_out]") :])


def test_what_a_strangers_files_hold_comes_out_as_text(finished, tmp_path):
    """Markup and orders in names, values, reasons, versions and the config."""
    shutil.copytree(finished, tmp_path / "run")
    hostile(tmp_path / "run")
    read = of(plastica.Run.open(tmp_path / "run"))
    assert read.wrong == []
    assert list(read.sections) == [name for name in SECTIONS[:6] if name not in ("figures", "ablation")] + [
        "theory", "search", "repeat", "config"
    ]  # fmt: skip
    for section in ("held-out", "theory", "search", "repeat"):
        assert AS_TEXT in read.sections[section]
    assert "<script>alert(1)</script>\\u001b[31m" in read.sections["config"]
    assert "\x1b" not in "".join(read.sections.values())


def test_a_notebook_shows_a_strangers_run_as_text(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    hostile(tmp_path / "run")
    run = plastica.Run.open(tmp_path / "run")
    for shown in (run, run.held_out):
        read = Page(f'<section id="card">{shown._repr_html_()}</section>')
        assert read.wrong == []
        assert AS_TEXT in read.sections["card"]
        assert "\x1b" not in repr(shown)


@pytest.mark.parametrize("generations", [0, 2])
def test_an_unfinished_run_says_so(finished, monkeypatch, tmp_path, generations):
    """It reports what there is: a favourite, or nothing but the question; figures and ablation are left out here."""
    monkeypatch.setattr(parts, "plot_run", lambda run, folder: [])
    monkeypatch.setattr(parts, "ablation_of", lambda run: None)
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    (tmp_path / "run" / "status.json").write_text(json.dumps({"status": "interrupted", "reason": "stopped by SIGTERM"}))
    journal = tmp_path / "run" / "journal.jsonl"
    journal.write_text("\n".join([*journal.read_text().splitlines()[: 1 + generations], ""]))
    text = page(gathered(plastica.Run.open(tmp_path / "run")))
    read = Page(text)
    assert read.wrong == []
    assert "This run has not come to its end: interrupted (stopped by SIGTERM); " in text
    begun = ["equation", "nearest"] if generations else []
    assert list(read.sections) == [
        name for name in SECTIONS if name in {*begun, "question", "search", "repeat", "config"}
    ]
    assert ("how far it came" if generations else "nothing was found yet") in text


def test_report_writes_a_page_into_the_run(folder, call, quick, material):
    """And prints its name; the same run has the same report, which takes the place of the older one."""
    said = call("report", folder)
    assert (said.status, said.out, said.err) == (0, f"{folder / 'report.html'}\n", "")
    first = (folder / "report.html").read_bytes()
    assert first.decode() == page(material)
    assert call("report", folder).status == 0
    assert (folder / "report.html").read_bytes() == first
    (folder / "report.html").unlink()


def test_a_report_may_go_elsewhere(folder, call, quick, tmp_path):
    """Also into a folder that is not there yet."""
    assert call("report", folder, "--out", tmp_path / "new" / "mine.html").out == f"{tmp_path / 'new' / 'mine.html'}\n"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["mine.html"]
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("content", ["", "mine", "<!DOCTYPE html>"])
def test_no_other_file_is_replaced(folder, call, quick, tmp_path, content):
    (tmp_path / "page.html").write_text(content)
    said = call("report", folder, "--out", tmp_path / "page.html")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(
        f"plastica: {tmp_path / 'page.html'} exists and is no report of this run: delete it, or "
    )
    assert (tmp_path / "page.html").read_text() == content


def test_the_report_of_another_run_is_not_replaced(folder, pair, call, quick, tmp_path):
    assert call("report", folder, "--out", tmp_path / "page.html").status == 0
    said = call("report", pair, "--out", tmp_path / "page.html")
    assert said.status == 2
    assert "is no report of this run" in said.err


def test_a_report_is_written_through_no_link(folder, call, quick, tmp_path):
    """Wherever it leads, also to where nothing is."""
    (tmp_path / "victim").write_text("mine")
    for target in ("victim", "nothing"):
        (tmp_path / "page.html").unlink(missing_ok=True)
        (tmp_path / "page.html").symlink_to(tmp_path / target)
        said = call("report", folder, "--out", tmp_path / "page.html")
        assert (said.status, said.out) == (2, "")
        assert "is a symbolic link, and what it leads to is left alone" in said.err
    assert (tmp_path / "victim").read_text() == "mine"
    assert not (tmp_path / "nothing").exists()


def test_a_folder_is_no_file(folder, call, quick, tmp_path):
    said = call("report", folder, "--out", tmp_path)
    assert said.status == 2
    assert (
        said.err == f"plastica: {tmp_path} is a folder: name a file in it, such as --out {tmp_path / 'report.html'}\n"
    )


def test_a_folder_that_may_only_be_read_is_noticed_before_anything_is_computed(folder, call, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    monkeypatch.setattr(write, "gathered", None)
    said = call("report", folder)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"plastica: {folder / 'report.html'} cannot be written (Permission denied): ")
    assert said.err.endswith("write it elsewhere with --out FILE\n")


def test_nothing_is_half_written(folder, call, quick, monkeypatch, tmp_path):
    """A disk that is full leaves neither a part nor a page."""

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    said = call("report", folder, "--out", tmp_path / "page.html")
    assert said.status == 2
    assert "cannot be written (No space left on device)" in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_what_is_no_run_has_no_report(call, tmp_path, where):
    said = call("report", tmp_path / where)
    assert (said.status, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1


def test_a_damaged_run_has_no_report(finished, call, tmp_path):
    """One sentence, and no file."""
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / "result.json").write_text("[]")
    said = call("report", tmp_path / "run")
    assert (said.status, said.out) == (2, "")
    assert "result.json is damaged" in said.err
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_run_of_version_0_1_has_a_report(tmp_path):
    """Its held-out table has no differences."""
    shutil.copytree(Path(__file__).parents[1] / "data" / "version_0_1", tmp_path / "run")
    run = plastica.Run.open(tmp_path / "run")
    assert {row.difference for row in run.held_out.values()} == {None}
    assert of(run).wrong == []
    assert "learned" in repr(run.held_out)


def unguarded(text: str) -> str:
    """A page without what forbids it to load and to run anything."""
    return re.sub(r"<meta http-equiv=.*?>", "", text, count=1)


@in_a_browser
def test_a_browser_shows_a_report_and_asks_for_nothing(web, report, tmp_path):
    """No complaint, with and without what forbids to load anything; it shows the page that was written."""
    for written in (report, unguarded(report)):
        shown, complaints = browse(web, tmp_path, written)
        assert complaints == []
        assert web.asked in ([], [f"{ADDRESS}favicon.ico"])
        web.asked.clear()
        read = Page(shown)
        assert {k: said.strip() for k, said in read.sections.items()} == {
            k: said.strip() for k, said in Page(report).sections.items()
        }
        assert read.tags.count("math") == report.count("<math")


@in_a_browser
def test_what_a_page_asks_for_is_noticed(web, report, tmp_path):
    """Pictures from elsewhere: asked for, or forbidden with a complaint."""
    picture = report.replace(
        "<main>", '<main><img src="http://elsewhere.test/a.png"><img src="https://else.test/b.png">'
    )
    shown, _ = browse(web, tmp_path, unguarded(picture))
    assert "elsewhere.test" in shown
    assert {"http://elsewhere.test/a.png", "else.test:443"} <= set(web.asked)
    web.asked.clear()
    _, complaints = browse(web, tmp_path, picture)
    assert len(complaints) == 2
    assert not [one for one in web.asked if "else" in one]


@in_a_browser
def test_a_phone_has_room_for_a_report(web, report, tmp_path):
    """Nothing but tables, figures and texts of several lines scroll sideways."""
    measured = unguarded(report).replace("</body>", f"{WIDTHS}</body>")
    shown, _ = browse(web, tmp_path, measured, "--window-size=390,844")
    width, room = map(int, Page(shown).head.split(" of "))
    assert width <= room <= 600
