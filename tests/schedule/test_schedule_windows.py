"""The task follows the Task Scheduler's schema, and Windows would split the arguments as meant.

task.xsd here is the part of Microsoft's published schema that we touch; none of it was tried on a
Windows.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from made_up_jobs import UNKIND, WHENS, job

from advisor.errors import InputError
from advisor.schedule.job import read_mark
from advisor.schedule.windows import NAMESPACE, task_xml

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("task.xsd"))


def parsed(text: str) -> ElementTree.Element:
    """As the Task Scheduler reads the file: UTF-16, as its first line says."""
    return ElementTree.fromstring(text.encode("utf-16"))


def told(task: ElementTree.Element, name: str) -> str:
    found = task.findall(f".//{{{NAMESPACE}}}{name}")
    assert len(found) == 1
    return found[0].text or ""


def split(line: str) -> list[str]:
    """The rules of CommandLineToArgvW, learn.microsoft.com/windows/win32/api/shellapi, read
    2026-11-25: 2n backslashes and a quote are n backslashes and a quoting; 2n+1 and a quote are n
    and a plain quote; backslashes elsewhere are themselves."""
    found: list[str] = []
    word, quoted, begun, i = "", False, False, 0
    while i < len(line):
        if line[i] == "\\":
            end = i
            while end < len(line) and line[end] == "\\":
                end += 1
            count, i, begun = end - i, end, True
            if i < len(line) and line[i] == '"':
                word += "\\" * (count // 2)
                if count % 2:
                    word, i = word + '"', i + 1
            else:
                word += "\\" * count
        elif line[i] == '"':
            quoted, begun, i = not quoted, True, i + 1
        elif line[i] in " \t" and not quoted:
            if begun:
                found.append(word)
            word, begun, i = "", False, i + 1
        else:
            word, begun, i = word + line[i], True, i + 1
    return [*found, word] if begun else found


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_it_is_valid(when) -> None:
    SCHEMA.validate(parsed(task_xml(job(*UNKIND, when=when))))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("StartWhenAvailable", "StartIfAvailable"),
        ("IgnoreNew", "IgnoreAll"),
        ("PT10M", "10 minutes"),
        ('Context="user"', 'Context="nobody"'),
        ("<Priority>5", "<Priority>11"),
    ],
)
def test_the_schema_would_notice(right: str, wrong: str) -> None:
    text = task_xml(job())
    assert right in text
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        SCHEMA.validate(parsed(text.replace(right, wrong)))


def test_the_order_within_a_trigger_would_be_noticed() -> None:
    text = task_xml(job())
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        SCHEMA.validate(
            parsed(
                text.replace("<Enabled>true</Enabled>", "", 1).replace(
                    "<RandomDelay>PT10M</RandomDelay>",
                    "<RandomDelay>PT10M</RandomDelay><Enabled>true</Enabled>",
                )
            )
        )


def test_arguments_and_job_are_what_was_meant() -> None:
    made = job(*UNKIND)
    task = parsed(task_xml(made))
    assert (told(task, "Command"), *split(told(task, "Arguments"))) == made.command()
    assert read_mark(told(task, "Documentation")) == made


def test_a_laptop_is_asked_by_the_program_and_a_missed_time_is_made_up_for() -> None:
    task = parsed(task_xml(job()))
    assert told(task, "DisallowStartIfOnBatteries") == "false"
    assert told(task, "StopIfGoingOnBatteries") == "false"
    assert told(task, "StartWhenAvailable") == "true"
    assert told(task, "MultipleInstancesPolicy") == "IgnoreNew"
    assert told(task, "ExecutionTimeLimit") == "PT11100S"
    assert 4 <= int(told(task, "Priority")) <= 6


def test_a_path_that_is_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="too long"):
        task_xml(job(program=("C:\\" + "x" * 300,)))
