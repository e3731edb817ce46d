"""What it takes to have the same run again: seed, command, versions, config."""

import shlex

from plastica.markup import Markup, element, joined, lines, table
from plastica.report.material import Material
from plastica.terminal import printable


def repetition(material: Material) -> Markup:
    """One seed gives one result, bit for bit."""
    summary, environment = material.summary, material.run.folder.environment()
    told = (
        f"All random numbers of the run follow from its seed, {summary['seed']}: those of the search, of its datasets, "
        "of the held-out datasets and of the baselines. The same config with the same versions gives the same result, "
        "bit for bit, on any number of threads or workers:"
    )
    machine = " ".join(filter(None, (environment.get("system", ""), environment.get("machine", ""))))
    versions = [*summary["versions"].items(), *([("machine", machine)] if machine else [])]
    return joined(
        element("p", told),
        element("pre", _command(material)),
        element("h3", "Versions"),
        table(("library", "version"), versions, words=2)
        if versions
        else element("p", "The folder does not tell them."),
    )


def config(material: Material) -> Markup:
    """The complete config, as the folder keeps it."""
    kept, files = material.run.config.portable()
    told = "All settings, each below what it is; as config.toml, the text is that of the run's folder."
    named = f" It names {', '.join(files)}, a Python file that the folder keeps, too." if files else ""
    return joined(element("p", told + named), element("pre", lines(kept.toml(comments=True))))


def _command(material: Material) -> str:
    run = material.run
    trust = " --trust" if run.config.portable()[1] else ""
    return f"plastica run {shlex.quote(printable(str(run.folder.config)))}{trust}"
