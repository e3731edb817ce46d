"""The page of a study: what was asked, how many runs succeed, the figures, the rules that were found, and all runs."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from plastica.figures import plot_study
from plastica.findings.numbers import shown
from plastica.markup import Markup, element, joined, lines, table
from plastica.report.inline_svg import captioned, inlined
from plastica.report.template import filled
from plastica.runs.folder import fingerprint
from plastica.studies import Study
from plastica.studies.summary import summary
from plastica.studies.words import FAMILIES, cells, columns
from plastica.terminal import printable
from plastica.toml_text import literal

CAPTIONS = {
    "search": "How the searches went: the median loss of the favourites against trials, with a band from the lower to "
    "the upper quartile of seeds; held-out losses, and angles to the known rule, a dot a run.",
    "rules": "The parameters of all rules that were found, beside those of the known rule.",
    "families": "Which rules resemble each other: by the angle between them, and by what they do.",
}
RUN = {"status": "status", "success": "succeeds", "held_out": "held-out loss", "held_out_se": "s.e.",
       "ratio": "over known rule", "angle": "angle (°)", "generations": "generations"}  # fmt: skip


@dataclass(frozen=True)
class StudyMaterial:
    """A study with its summary; `figures` are SVG by name."""

    study: Study
    summary: Mapping[str, Any]
    figures: Mapping[str, Markup]


def identity(study: Study) -> str:
    """Of what is asked, but for the seeds, of which there may be more later."""
    configs = (setting.at(0).portable()[0].toml() for setting in study.settings)
    return sha256("".join(map(fingerprint, configs)).encode()).hexdigest()


def page(study: Study) -> str:
    """The whole report. Raises UserError if no run of the study has begun."""
    material = StudyMaterial(study, summary(study), _figures(study))
    written = {name: (title, write(material)) for name, (title, write) in SECTIONS.items()}
    title = f"{study.task}, a study of {len(study.places)} runs"
    head = joined(element("h1", title), element("p", study.settings[0].config.asked), _state(material))
    return filled(identity(study), title, head, written, material.summary["folder"])


def _figures(study: Study) -> dict[str, Markup]:
    with TemporaryDirectory() as folder:
        files = plot_study(study, Path(folder))
        return {file.stem: inlined(file.read_text("utf-8"), file.stem) for file in files if file.suffix == ".svg"}


def _state(material: StudyMaterial) -> Markup:
    runs = material.summary["runs"]
    done = sum(row["held_out"] is not None for row in runs)
    if done == len(runs):
        return element("p", f"All {done} runs have come to their end.", class_="quiet")
    return element("p", f"{done} of {len(runs)} runs have come to their end; medians are of these.", class_="notice")


def outcome(material: StudyMaterial) -> Markup:
    """Success and medians of each setting."""
    settings = material.summary["settings"]
    titles = columns(settings)
    told = (
        f"A run succeeds where: {material.summary['success_in_words']}. Medians are over runs, each scored on held-out "
        "datasets of its own seed; in brackets are 95 % intervals, that of a share by Wilson's method."
    )
    rows = [cells(one, titles) for one in settings]
    return joined(element("p", told), table(("setting", "runs", "succeed", *titles.values()), rows))


def figures(material: StudyMaterial) -> Markup:
    """Those that `plastica plot` draws."""
    return joined(*(captioned(name, drawn, CAPTIONS.get(name, name)) for name, drawn in material.figures.items()))


def families(material: StudyMaterial) -> Markup:
    """The runs of each family, and the equation of the one that scores best."""
    rows = {row["run"]: row for row in material.summary["runs"]}
    return joined(*(
        joined(element("h3", f"Families {title}"), table(("family", "runs", "the best of them", "its rule"), [
            (str(number), str(len(members)), best, _equation(rows[best]))
            for number, members in enumerate(material.summary["families"][key], 1)
            for best in [min(members, key=lambda name: rows[name]["held_out"])]
        ], words=4))
        for key, title in FAMILIES.items() if material.summary["families"][key]
    ))  # fmt: skip


def _equation(row: Mapping[str, Any]) -> str:
    found = {key.removeprefix("equation_"): text for key, text in row.items() if key.startswith("equation_") and text}
    return "; ".join(f"{connection}: {text}" for connection, text in found.items())


def runs(material: StudyMaterial) -> Markup:
    """A row for each run; the table of `plastica show --csv` has all columns."""
    rows = material.summary["runs"]
    keys = [key for key in RUN if any(row.get(key) is not None for row in rows)]
    failed = [
        element("p", f"{row['run']}: {row['reason']}") for row in rows if row["held_out"] is None and row["reason"]
    ]
    found = [(row["run"], *(shown(row.get(key)) for key in keys)) for row in rows]
    return joined(table(("run", *(RUN[key] for key in keys)), found), *failed)


def repetition(material: StudyMaterial) -> Markup:
    """The command that asks for the same study, of the config below."""
    study = material.study
    told = (
        "With the config below as config.toml, this asks for the same study. Each run is an ordinary one, in its own "
        "folder, with its config and versions; one seed gives one result, bit for bit, for any number of threads or "
        "workers:"
    )
    return joined(element("p", told), element("pre", _command(study)))


def _command(study: Study) -> str:
    keys = study.settings[0].varied
    values = {key: list(dict.fromkeys(literal(one.varied[key]) for one in study.settings)) for key in keys}
    vary = [word for key, texts in values.items() for word in ("--vary", f"{key}={','.join(texts)}")]
    trust = ["--trust"] if study.settings[0].config.portable()[1] else []
    words = ["config.toml", "--seeds", ",".join(map(str, study.seeds)), *vary, "--success", study.success.text, *trust]
    return f"plastica study {shlex.join(map(printable, words))}"


def config(material: StudyMaterial) -> Markup:
    """The complete config of the first setting."""
    kept, _ = material.study.settings[0].config.portable()
    return element("pre", lines(kept.toml(comments=True)))


# What each section is called in links, its title, and what writes it; one that has nothing to say is left out.
SECTIONS: Mapping[str, tuple[str, Callable[[StudyMaterial], Markup]]] = {
    "outcome": ("Outcome", outcome),
    "figures": ("Figures", figures),
    "families": ("Rules that were found", families),
    "runs": ("Runs", runs),
    "repeat": ("To repeat it", repetition),
    "config": ("Config", config),
}
