"""What is printed arrives on any terminal."""

import io
import json
import tomllib

from plastica.terminal import make_printable


def written(text: str, encoding: str) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    make_printable(stream)
    stream.write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_ascii_has_words_for_signs():
    """The degree sign and its like are spelled out."""
    assert written("1.3° ± 0.2…", "ascii") == "1.3 deg +- 0.2..."


def test_what_an_encoding_has_stays_as_it_is():
    """Each character is looked at by itself."""
    assert written("1.3° Zürich ☃", "latin-1") == "1.3° Zürich \\u2603"
    assert written("1.3° Zürich ☃", "utf-8") == "1.3° Zürich ☃"


def test_names_are_written_as_toml_and_json_write_them():
    """A config that was printed in ASCII says the same; bytes of a path that are no text do not end the program."""
    name = "Zürich ☃ 😀"
    assert tomllib.loads(f'file = "{written(name, "ascii")}"') == {"file": name}
    assert json.loads(written('"ü ☃"', "ascii")) == "ü ☃"
    assert written("caf\udce9", "utf-8") == "caf\\udce9"


def test_other_streams_are_left_alone():
    """A notebook's, say, or none at all."""
    for stream in (io.StringIO(), None):
        make_printable(stream)
